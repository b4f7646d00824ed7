from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from voiceover.audio.pydub_bridge import from_pydub, to_pydub
from voiceover.errors import InputError
from voiceover.types import Audio


def audio(*samples: float) -> Audio:
    return Audio(np.array(samples, np.float32), 22_050)


def test_there_and_back_keeps_sixteen_bits():
    samples = np.random.default_rng(1).integers(-32_768, 32_768, 5000).astype(np.float32) / 32_768
    back = from_pydub(to_pydub(Audio(samples, 24_000)))
    assert back.sample_rate == 24_000
    assert back.samples.dtype == np.float32
    assert np.array_equal(back.samples, samples)


def test_a_segment_is_what_pydub_users_know():
    segment = to_pydub(Audio(np.full(22_050, 0.5, np.float32), 22_050))
    assert (segment.channels, segment.sample_width, segment.frame_rate, len(segment)) == (1, 2, 22_050, 1000)
    assert segment.max == 16_384
    assert len(segment[:250] + segment[500:]) == 750


def test_past_full_scale_is_clipped():
    assert list(to_pydub(audio(1.0, 2.0, -1.0, -2.0, 0.0)).get_array_of_samples()) == [32_767, 32_767, -32_768, -32_768, 0]


@pytest.mark.filterwarnings("ignore")  # of pydub's own import, where this test is the first
@pytest.mark.parametrize("width", [1, 2, 4])
def test_any_width_and_channels_are_read(width):
    from pydub import AudioSegment

    half = 1 << (8 * width - 2)
    frames = np.array([[half, 0], [-half, -half]], {1: "<i1", 2: "<i2", 4: "<i4"}[width])
    segment = AudioSegment(data=frames.tobytes(), sample_width=width, frame_rate=8000, channels=2)
    assert from_pydub(segment).samples == pytest.approx([0.25, -0.5])


def test_anything_else_is_an_input_error():
    with pytest.raises(InputError, match="not list"):
        from_pydub([0, 1])  # type: ignore[arg-type]


def test_pydub_is_imported_only_when_it_is_used():
    code = "import sys, voiceover.audio.pydub_bridge; sys.exit('pydub' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
