"""Per-speaker balance: one gain a voice and episode, so that every voice speaks equally loud.

One gain over all styles of a voice: a whisper stays a whisper. Levels are BS.1770 loudness of the speech alone, as stored beside the takes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voiceover.audio.files import read_clip
from voiceover.audio.loudness import speech_power, to_lufs
from voiceover.errors import InputError
from voiceover.types import DEFAULT_STYLE, Cast, EngineInfo, Take, Utterance, Voice

log = logging.getLogger(__name__)

LIMIT_DB = 12.0
"""No voice is raised or lowered by more."""
LEAST_SECONDS = 3.0
"""Under so much speech in all, a voice's level is that of its reference clip."""


@dataclass(slots=True)
class _Heard:
    """Speech of one voice in an episode."""

    energy: float = 0.0
    seconds: float = 0.0

    @property
    def power(self) -> float:
        return self.energy / self.seconds if self.seconds else 0.0


def balance_voices(spoken: Iterable[Utterance], takes: Mapping[str, Take], cast: Cast, engine: EngineInfo) -> dict[str, float]:
    """Gain in dB for each voice, by its name; ``takes`` by address.

    All meet at the mean of their levels, weighted by how long each speaks, or as near to it as takes nobody beyond ``LIMIT_DB``; where they
    lie more than twice that apart they come as near to each other as they can.

    Under 3 s of speech is too little to go by: the reference clip's level serves, where the engine hears the clip and so speaks at its
    level. Where it does not, or the clip cannot be read, the voice's own few seconds do; a voice without any speech gets no gain.
    """
    heard: dict[str, _Heard] = {}
    voices: dict[str, Voice] = {}
    for utterance in spoken:
        take = takes.get(utterance.address)
        own = heard.setdefault(utterance.voice, _Heard())
        if take is not None:
            own.energy += take.speech_power * take.speech_seconds
            own.seconds += take.speech_seconds
        if utterance.speaker in cast:
            voices[utterance.voice] = cast[utterance.speaker]
    levels: dict[str, float] = {}
    for name, own in heard.items():
        power = own.power
        if own.seconds < LEAST_SECONDS and engine.reference_in_window and name in voices:
            power = _clip_power(voices[name]) or power
        if power > 0:
            levels[name] = to_lufs(power)
    seconds = sum(heard[name].seconds for name in levels)
    if not seconds:
        return dict.fromkeys(heard, 0.0)
    common = sum(levels[name] * heard[name].seconds for name in levels) / seconds
    low, high = sorted((max(levels.values()) - LIMIT_DB, min(levels.values()) + LIMIT_DB))
    common = min(max(common, low), high)
    # To a hundredth: what the last bit of a float decides on another machine must not change an episode.
    gains = {name: round(min(max(common - level, -LIMIT_DB), LIMIT_DB), 2) for name, level in levels.items()}
    return {name: gains.get(name, 0.0) for name in heard}


def _clip_power(voice: Voice) -> float:
    """Speech power of the voice's plain reference clip; 0.0 where there is none that can be read."""
    style = voice.styles.get(DEFAULT_STYLE)
    if style is None or style.clip is None:
        return 0.0
    try:
        audio = read_clip(style.clip)
    except InputError as error:
        log.info("the level of %s is taken from its own few words: %s", voice.name, error)
        return 0.0
    return speech_power(audio.samples, audio.sample_rate)[0]
