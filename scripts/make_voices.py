"""Make the reference clips of the shipped voices: the draft engine speaks the words that each voice.yaml gives.

    python scripts/make_voices.py [--check] [NAME...]

Clips are 24 kHz mono FLAC of 16 bits at the engine's own level, with 0.4 s of silence at the end. The same version of espeakng-loader makes
the same samples again; ``--check`` says whether the clips that are there have them, and writes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import soundfile
import yaml

from voiceover.audio.files import resample
from voiceover.engines.contract import make_utterance
from voiceover.engines.draft import DraftEngine
from voiceover.types import DEFAULT_STYLE, Style, Voice

VOICES = Path(__file__).parents[1] / "voices"
SAMPLE_RATE = 24_000
END_SECONDS = 0.4
SEED = 1


def clips(folder: Path) -> Iterator[tuple[Path, str, str, Mapping[str, str | int | float]]]:
    """File, words, language and draft settings of each clip of a voice."""
    voice = yaml.safe_load((folder / "voice.yaml").read_text("utf-8"))
    for clip in (voice["reference"], *voice["styles"].values()):
        yield folder / clip["audio"], clip["text"], voice["language"], {**voice["draft"], **clip.get("draft", {})}


def spoken(engine: DraftEngine, text: str, language: str, settings: Mapping[str, str | int | float]) -> np.ndarray:
    """The clip as int16 (frames,)."""
    voice = Voice("clip", Path(), language, {DEFAULT_STYLE: Style(None, {"draft": settings})}, licence="CC0-1.0")
    audio = engine.speak(make_utterance(text, language, seed=SEED), voice)
    samples = resample(audio.samples, audio.sample_rate, SAMPLE_RATE)
    peak = float(np.abs(samples).max())
    if peak >= 1.0:
        raise SystemExit(f"{text!r} reaches {peak:.2f}; lower its volume")
    return np.round(np.append(samples, np.zeros(round(END_SECONDS * SAMPLE_RATE))) * 32_767).astype(np.int16)


def main(arguments: list[str]) -> int:
    check = "--check" in arguments
    names = [name for name in arguments if name != "--check"] or ["ada", "ben", "cora"]
    engine = DraftEngine()
    unlike = 0
    try:
        for name in names:
            for path, text, language, settings in clips(VOICES / name):
                samples = spoken(engine, text, language, settings)
                verdict = ""
                if check:
                    same = path.is_file() and np.array_equal(soundfile.read(path, dtype="int16")[0], samples)
                    unlike += not same
                    verdict = "  same" if same else "  OTHER SAMPLES"
                else:
                    soundfile.write(path, samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
                level = 10 * np.log10(np.mean((samples / 32_768) ** 2))
                seconds = len(samples) / SAMPLE_RATE
                print(f"{name}/{path.name:16} {seconds:5.2f} s  {level:6.1f} dBFS RMS  {path.stat().st_size:7} bytes{verdict}")
    finally:
        engine.close()
    return 1 if unlike else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
