"""Audio in memory as a stream, and ffmpeg's ebur128 as the other opinion."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import imageio_ffmpeg
import numpy as np

from tests.audio.ebu_signals import Samples


@dataclass(frozen=True)
class ArrayStream:
    """Samples of shape (frames, channels) as an AudioStream."""

    samples: Samples
    sample_rate: int
    block: int = 50_000

    @property
    def channels(self) -> int:
        return self.samples.shape[1]

    @property
    def frames(self) -> int:
        return len(self.samples)

    def blocks(self) -> Iterator[Samples]:
        for start in range(0, self.frames, self.block):
            yield self.samples[start : start + self.block]


@dataclass(frozen=True)
class FfmpegLoudness:
    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float


def ffmpeg_loudness(samples: Samples, rate: int) -> FfmpegLoudness:
    """What ffmpeg's ebur128 reads, to the thousandth (true peak: of full scale); the samples go in as floats."""
    layout = {1: "mono", 2: "stereo", 5: "5.0"}[samples.shape[1]]
    done = subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats"),
            *("-f", "f32le", "-ar", str(rate), "-ch_layout", layout, "-i", "pipe:0"),
            *("-af", "ebur128=peak=true:metadata=1:framelog=quiet,ametadata=mode=print:file=-", "-f", "null", "-"),
        ],
        input=np.ascontiguousarray(samples, "<f4").tobytes(),
        capture_output=True,
        check=True,
    )
    last = dict(line.split("=") for line in done.stdout.decode().split("frame:")[-1].splitlines()[1:])
    peak = float(last["lavfi.r128.true_peak"])
    return FfmpegLoudness(float(last["lavfi.r128.I"]), float(last["lavfi.r128.LRA"]), 20 * np.log10(max(peak, 1e-6)))
