"""The draft engine: espeak-ng, instant and without a download, for listening to a script before it is recorded properly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from voiceover.engines.draft.languages import LANGUAGES, espeak_voice
from voiceover.engines.draft.marks import find_marks
from voiceover.engines.draft.pieces import cut_pieces
from voiceover.engines.draft.process import COMMAND, EspeakProcess
from voiceover.errors import EngineError, EngineMissingError
from voiceover.system.installed import installed_version
from voiceover.types import DEFAULT_STYLE, Audio, EngineInfo, Utterance, Voice
from voiceover.types.lazy_dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voiceover.types import FloatArray

NAME = "draft"
REVISION = 1
"""Raised by hand when the samples for the same utterance change."""

SAMPLE_RATE = 22_050
FADE_SECONDS = 0.005
"""Length of the fades at both ends of a piece: espeak-ng cuts off the tail of voices with echo."""

FULL_SCALE = 32_768.0


@dataclass(frozen=True, slots=True)
class Sound:
    """A voice's settings for espeak-ng, named as in ``Style.settings["draft"]``."""

    variant: str = ""
    """Name of a variant in espeak-ng's ``voices/!v``, such as ``f3``; empty for none."""
    pitch: float = 50
    """0 to 99; 50 is the variant's own."""
    range: float = 50
    """0 to 99: how far the pitch moves; 0 is monotone."""
    rate: float = 175
    """Words per minute, 20 to 900."""
    volume: float = 100
    """Percent, 0 to 200; 100 leaves 6 dB of headroom and more."""


LIMITS: Mapping[str, tuple[float, float]] = {"pitch": (0, 99), "range": (0, 99), "rate": (20, 900), "volume": (0, 200)}
"""Limits to which values are clamped. espeak-ng's slowest rate is 80 words per minute; below that its samples are stretched."""


class DraftEngine:
    """espeak-ng in a process of its own, started with the first utterance. One instance serves one thread."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        """``command`` starts the process. Raises EngineMissingError if the package espeakng-loader is not installed."""
        self._process = EspeakProcess(command)
        loader = installed_version("espeakng-loader")
        if loader is None:
            raise EngineMissingError("the draft engine needs the package espeakng-loader: pip install espeakng-loader")
        self._info = EngineInfo(
            name=NAME,
            revision=REVISION,
            fingerprint=f"{NAME} r{REVISION} espeakng-loader {loader}",
            sample_rate=SAMPLE_RATE,
            window_seconds=60.0,
            reference_in_window=False,
            options=frozenset({"speed", "seed"}),
            languages=LANGUAGES,
            provisional=True,
            returns_marks=True,
            realtime_factor=0.002,
            licence="GPL-3.0-or-later (espeak-ng), loaded in a process of its own",
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        """Speak one utterance at 22,050 Hz, with the time of each word.

        Settings that the voice does not have default to ``Sound``'s. Raises EngineError for an unknown language, variant or style, for an
        utterance without words or without sound, and if espeak-ng's process dies twice.
        """
        try:
            return self._speak(utterance, voice)
        except EngineError as error:
            raise EngineError(f"{utterance.source}: {error}") from error

    def close(self) -> None:
        self._process.close()

    def _speak(self, utterance: Utterance, voice: Voice) -> Audio:
        sound = read_sound(voice, utterance.style)
        pieces = cut_pieces(utterance.spans)
        if not pieces:
            raise EngineError(f'there are no words in "{utterance.spoken.strip()}"')
        suffix = f"+{sound.variant}" if sound.variant else ""
        speed = 1.0 if utterance.options.speed is None else utterance.options.speed
        low, high = LIMITS["rate"]
        request = {
            "pieces": [{"voice": espeak_voice(p.language) + suffix, "text": p.text, "pause": p.pause} for p in pieces],
            "rate": min(max(sound.rate * speed, low), high),
            "pitch": sound.pitch,
            "range": sound.range,
            "seed": utterance.seed % 0x7FFFFFFF,  # the modulus of espeak-ng's generator
        }
        recordings, words = self._process.speak(request)
        if not any(samples.any() for samples in recordings):
            raise EngineError(f'espeak-ng makes no sound of "{utterance.spoken.strip()}" in {pieces[0].language}')
        marks = find_marks(utterance.spoken, pieces, words, [len(samples) for samples in recordings])
        return Audio(join_pieces(recordings, sound.volume / 100), SAMPLE_RATE, marks)


def read_sound(voice: Voice, style: str) -> Sound:
    """Return how a voice sounds in one style. Raises EngineError for an unknown style and for a value of the wrong type."""
    if style not in voice.styles:
        known = ", ".join(sorted(name for name in voice.styles if name != DEFAULT_STYLE)) or "none"
        raise EngineError(f'voice "{voice.name}" has no style "{style}"; it has: {known}')
    settings = voice.styles[style].settings.get(NAME, {})
    variant = str(settings.get("variant", ""))
    numbers: dict[str, float] = {}
    for key, (low, high) in LIMITS.items():
        if key not in settings:
            continue
        value = settings[key]
        if isinstance(value, str) or not math.isfinite(value):
            raise EngineError(f'voice "{voice.name}": draft setting {key} is {value!r}; it must be a number from {low:g} to {high:g}')
        numbers[key] = min(max(value, low), high)
    return Sound("" if variant == "none" else variant, **numbers)


def join_pieces(pieces: Sequence[NDArray[np.int16]], gain: float) -> FloatArray:
    """Join the pieces, each faded at its ends: float32 (frames,), full scale at +-1 for a gain of 1."""
    import numpy as np

    joined = np.concatenate(pieces).astype(np.float32) * np.float32(gain / FULL_SCALE)
    start = 0
    for piece in pieces:
        faded = joined[start : start + len(piece)]
        length = min(round(FADE_SECONDS * SAMPLE_RATE), len(piece) // 2)
        ramp = np.linspace(0.0, 1.0, length, endpoint=False, dtype=np.float32)
        faded[:length] *= ramp
        faded[len(piece) - length :] *= ramp[::-1]
        start += len(piece)
    return joined
