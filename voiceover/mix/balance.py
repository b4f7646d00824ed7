"""Balance between voices: one gain per voice and episode, so that all voices are equally loud.

All styles of a voice share its gain, so that a whisper stays quieter. Levels are BS.1770 loudness of the speech alone, as stored with
each take.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voiceover.audio.files import read_clip
from voiceover.audio.level_steps import BALANCE_DB, nearest_step
from voiceover.audio.loudness import speech_power, to_lufs
from voiceover.errors import InputError
from voiceover.types import DEFAULT_STYLE, Cast, EngineInfo, Take, Utterance, Voice

log = logging.getLogger(__name__)

LIMIT_DB = 12.0
"""Largest gain or attenuation of a voice."""
LEAST_SECONDS = 3.0
"""With less speech in the episode, a voice's level is taken from its reference clip."""


@dataclass(slots=True)
class _VoiceSpeech:
    """Total speech of one voice in an episode."""

    energy: float = 0.0
    seconds: float = 0.0

    @property
    def power(self) -> float:
        return self.energy / self.seconds if self.seconds else 0.0


def balance_voices(
    spoken: Iterable[Utterance], takes: Mapping[str, Take], cast: Cast, engines: Mapping[str, EngineInfo]
) -> dict[str, float]:
    """Return the gain in dB of each voice and each own recording, by ``Utterance.level_group``.

    ``takes`` are by address, ``engines`` by name.

    The common level is the mean of the voices' levels, weighted by how long each speaks, and moved as far as needed to keep all gains
    within ``LIMIT_DB``. If two voices differ by more than twice that, they are brought as close together as the limit allows.

    Less than 3 s of speech is not enough to measure a level. Then the reference clip's level is used if its engine uses the clip, since it
    speaks at the clip's level. If it does not, or the clip cannot be read, the few seconds are used; a voice without speech gets no gain.
    """
    speech: dict[str, _VoiceSpeech] = {}
    cloned: dict[str, Voice] = {}
    for utterance in spoken:
        take = takes.get(utterance.address)
        own = speech.setdefault(utterance.level_group, _VoiceSpeech())
        if take is not None:
            own.energy += take.speech_power * take.speech_seconds
            own.seconds += take.speech_seconds
        engine = engines.get(utterance.engine)
        if utterance.speaker in cast and engine is not None and engine.reference_in_window and utterance.recording is None:
            cloned[utterance.voice] = cast[utterance.speaker]
    levels: dict[str, float] = {}
    for name, own in speech.items():
        power = own.power
        if own.seconds < LEAST_SECONDS and name in cloned:
            power = _clip_power(cloned[name]) or power
        if power > 0:
            levels[name] = to_lufs(power)
    seconds = sum(speech[name].seconds for name in levels)
    if not seconds:
        return dict.fromkeys(speech, 0.0)
    common = sum(levels[name] * speech[name].seconds for name in levels) / seconds
    low, high = sorted((max(levels.values()) - LIMIT_DB, min(levels.values()) + LIMIT_DB))
    common = min(max(common, low), high)
    gains = {name: nearest_step(min(max(common - level, -LIMIT_DB), LIMIT_DB), BALANCE_DB) for name, level in levels.items()}
    return {name: gains.get(name, 0.0) for name in speech}


def _clip_power(voice: Voice) -> float:
    """Return the speech power of the voice's plain reference clip; 0.0 if it has none or it cannot be read."""
    style = voice.styles.get(DEFAULT_STYLE)
    if style is None or style.clip is None:
        return 0.0
    try:
        audio = read_clip(style.clip)
    except InputError as error:
        log.info("the level of %s is measured on its few words in the episode, since its clip cannot be read: %s", voice.name, error)
        return 0.0
    return speech_power(audio.samples, audio.sample_rate)[0]
