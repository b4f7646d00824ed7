"""A voice is a folder: a reference clip, the exact words that are said in it, and ``voice.yaml``, which names both.

    voices/ada/voice.yaml

    description: A calm narrator, alto.
    language: en-GB                     # of the clips; BCP 47
    speed: 1.0                          # optional; the cast entry's, script's or segment's own replaces it
    gain: 0dB                           # optional; adds up with the cast entry's and the segment's
    licence: CC0-1.0                    # SPDX identifier or words: under which terms the clip may be used
    consent: Ada Byron, 2026-11-20      # who agreed that the voice is used, and when, or "self"; one of the two must be there
    synthetic: false                    # optional; true where a machine spoke the clips
    reference: {audio: plain.wav, text: The exact words that are said in the clip.}
    draft: {variant: f3, pitch: 55, range: 50, rate: 165, volume: 100}
    styles:
      whispering: {audio: whispering.wav, text: These words are whispered., draft: {variant: whisperf, volume: 60}}

The folder's name is the voice's. Paths are relative to the folder and stay inside it. ``reference`` may be missing, and so may a style's
clip: only an engine that needs no clip can then speak it. Other sections, such as ``draft``, are settings of the voice for an engine,
which declares them (``VOICE_SETTINGS``).

Voices are looked for in ``voices/`` beside the script, in the project's ``voices/`` and the folders that its key ``voices`` names, in the
user's data folder, among the shipped ones, and among those that come with engines; the first match wins. Names of voices and styles are
found in any case; of two voices in one folder whose names differ only in case, an exact match wins.

``add_voice`` checks a recording and makes a clip of it; ``check_voice`` repeats the checks. Their results are in ``report.json``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceover.system.lazy import names_on_demand
from voiceover.voices.casting import cast_voices, check_styles, recast, settle_style_hints
from voiceover.voices.catalogue import CATALOGUE, PublishedVoice, published_voice
from voiceover.voices.find import list_voices, load_voice, voice_called, voice_folders
from voiceover.voices.fitting import fit_cast
from voiceover.voices.from_engines import FromEngines
from voiceover.voices.places import search_folders, shipped_folder
from voiceover.voices.remove import contents_of, removable_voice, remove_voice, voice_named
from voiceover.voices.verdicts import ClipReport, ClipVerdict, Cut, Level

if TYPE_CHECKING:
    from voiceover.voices.add import Added, Addition, ClipRefusedError, add_voice
    from voiceover.voices.check import check_voice, plain_style_remarks, synthetic_remarks
    from voiceover.voices.pull import pull_voice

__all__ = [
    "CATALOGUE",
    "Added",
    "Addition",
    "ClipRefusedError",
    "ClipReport",
    "ClipVerdict",
    "Cut",
    "FromEngines",
    "Level",
    "PublishedVoice",
    "add_voice",
    "cast_voices",
    "check_styles",
    "check_voice",
    "contents_of",
    "fit_cast",
    "list_voices",
    "load_voice",
    "plain_style_remarks",
    "published_voice",
    "pull_voice",
    "recast",
    "removable_voice",
    "remove_voice",
    "search_folders",
    "settle_style_hints",
    "shipped_folder",
    "synthetic_remarks",
    "voice_called",
    "voice_folders",
    "voice_named",
]

__getattr__ = names_on_demand(
    "voiceover.voices",
    {
        "add": ("Added", "Addition", "ClipRefusedError", "add_voice"),
        "check": ("check_voice", "plain_style_remarks", "synthetic_remarks"),
        "pull": ("pull_voice",),
    },
)
