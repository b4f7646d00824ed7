"""Completes the voices of a cast for the engines that will speak them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from voiceover.errors import VoiceError
from voiceover.settings.problems import Problems
from voiceover.types import Cast, CastEntry, FittedVoice, Voice

FitVoice: TypeAlias = Callable[[Voice], FittedVoice]
"""Returns a voice with all settings that decide its sound; raises VoiceError."""


def fit_cast(cast: Cast, entries: Sequence[CastEntry], fits: Mapping[str, FitVoice], problems: Problems) -> Cast:
    """Return the cast with the voice of each speaker in ``fits`` completed by its engine.

    At the entry of a speaker, an error ``unfit-voice``, which leaves the speaker out, or a warning ``fitted-voice``, once per voice.
    """
    right, reported = dict(cast), set[tuple[str, str]]()
    for entry in entries:
        voice, fit = cast.get(entry.name), fits.get(entry.name)
        if voice is None or fit is None:
            continue
        try:
            fitted = fit(voice)
        except VoiceError as error:
            problems.error(entry.source, "unfit-voice", str(error))
            del right[entry.name]
            continue
        right[entry.name] = fitted.voice
        if fitted.remark is not None and (voice.name, fitted.remark) not in reported:
            problems.warning(entry.source, "fitted-voice", fitted.remark)
            reported.add((voice.name, fitted.remark))
    return right
