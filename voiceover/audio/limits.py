"""Limits for audio files from others. They also apply to the decoded length, since compressed silence takes hardly any space."""

from __future__ import annotations

from voiceover.types.lazy_dataclass import dataclass

BEST_CLIP_SECONDS = (4.0, 8.0)
"""Shortest and longest duration of a reference clip for the best result."""
BEST_CLIP = f"{BEST_CLIP_SECONDS[0]:g} to {BEST_CLIP_SECONDS[1]:g} s"
"""``BEST_CLIP_SECONDS`` for messages."""
MOST_CHANNELS = 32
LOWEST_RATE = 4_000
HIGHEST_RATE = 384_000
"""Highest sample rate in Hz. No microphone records at a higher rate, and all samples have to be resampled."""
MOST_VOICE_BYTES = 400_000_000
"""Largest total size of the clips of one voice, since each of them is hashed."""
_UNKNOWN_FRAMES = 1 << 62
"""libsndfile reports at least this many frames if the header has no length."""


@dataclass(frozen=True, slots=True)
class AudioLimits:
    """Limits for one kind of file."""

    what: str
    """Name of the kind of file for messages, with an article."""
    most_bytes: int | None
    seconds: float
    samples: int
    """Largest product of sample rate, channels and seconds."""
    advice: str
    channels: int = MOST_CHANNELS
    """Largest number of channels."""

    def size_problem(self, size: int) -> str | None:
        """Return the problem of a file of ``size`` bytes, or None."""
        if self.most_bytes is None or size <= self.most_bytes:
            return None
        return f"the file has {size / 1e6:,.0f} MB; {self.what} may have at most {self.most_bytes / 1e6:.0f} MB. {self.advice}"

    def format_problem(self, rate: int, channels: int) -> str | None:
        """Return the problem of a sample rate and a number of channels, or None."""
        if not 1 <= channels <= self.channels:
            return f"has {channels} channels; {self.what} may have at most {self.channels}, and one is enough"
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            return f"has a sample rate of {rate} Hz; {self.what} may have {LOWEST_RATE} to {HIGHEST_RATE} Hz, and 24000 to 48000 is usual"
        return None

    def length_problem(self, rate: int, channels: int, frames: int) -> str | None:
        """Return the problem of a length of ``frames``, or None."""
        if frames >= _UNKNOWN_FRAMES:
            return "has no length in its header; save it again with an audio editor"
        if frames <= self.most_frames(rate, channels):
            return None
        detail = f" at {rate} Hz with {channels} channel{'' if channels == 1 else 's'}" if frames <= self.seconds * rate else ""
        most = self.most_frames(rate, channels) / rate
        return f"lasts {_duration(frames / rate)}; {self.what} may last at most {_duration(most)}{detail}. {self.advice}"

    def most_frames(self, rate: int, channels: int) -> int:
        """Return the largest length at this sample rate and number of channels."""
        return int(min(self.seconds * rate, self.samples / channels))


CLIP = AudioLimits(
    what="a reference clip",
    most_bytes=32_000_000,
    seconds=60.0,
    samples=6_000_000,
    advice=f"{BEST_CLIP} of speech sound best: 'voiceover voices add' takes a part of a recording with --from and --to",
)
"""Limits for a clip in a voice's folder."""
RECORDING = AudioLimits(
    what="a recording",
    most_bytes=None,
    seconds=600.0,
    samples=600 * 48_000,
    advice=f"Use --from and --to to select {BEST_CLIP} for the clip",
)
"""Limits for the part of a recording from which a clip is made. The file may be of any size, since only the part is kept in memory."""
OWN_RECORDING = AudioLimits(
    what="a recording of a line",
    most_bytes=400_000_000,
    seconds=600.0,
    samples=600 * 96_000,
    advice="Cut out the words of the line, and give that file",
)
"""Limits for a recording that takes the place of a line, or is held against its words. All of it is kept in memory."""
TURN = AudioLimits(
    what="a recorded turn",
    most_bytes=None,
    seconds=600.0,
    samples=600 * 48_000 * 2,
    advice="Cut it into several turns",
)
"""Limits for a recorded turn, which is held in memory as one take. Its channels are mixed while it is read."""
SOUND = AudioLimits(
    what="a sound",
    most_bytes=None,
    seconds=4 * 3600.0,
    samples=4 * 3600 * 48_000 * 2,
    advice="Cut it with an audio editor",
    channels=2,
)
"""Limits for sounds and music, which are streamed."""


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    return f"{seconds / 60:.1f}".removesuffix(".0") + " minutes" if seconds < 7200 else f"{seconds / 3600:,.1f} hours"
