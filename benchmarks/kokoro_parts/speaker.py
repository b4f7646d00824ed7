"""A process that speaks phonemes with Kokoro's weights.

python speaker.py KIND MODEL CACHE THREADS; KIND is "ours", "kokoro-onnx", or "onnxruntime" for the plain file with default options, which
is what kokoro-onnx runs. All speak with the shipped voice cora.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).parents[1]))

from f5_contenders.line import answer, own, peak

from voiceover.engines.kokoro.packs import read_pack
from voiceover.engines.kokoro.symbols import IDS
from voiceover.engines.kokoro.voices import shipped_packs

Speak = Callable[[str], np.ndarray]


def ids_of(phonemes: str) -> list[int]:
    return [IDS[symbol] for symbol in phonemes]


def plain_session(model: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def load_ours(model: Path, cache: Path, threads: int, styles: np.ndarray) -> Speak:
    from voiceover.engines.kokoro.network import Network

    network = Network(model, cache, threads)
    return lambda phonemes: network.speak(ids_of(phonemes), styles[len(phonemes) - 1], 1.0).samples


def load_onnxruntime(model: Path, cache: Path, threads: int, styles: np.ndarray) -> Speak:
    del cache
    session = plain_session(model, threads)

    def speak(phonemes: str) -> np.ndarray:
        tokens = np.array([[0, *ids_of(phonemes), 0]], np.int64)
        inputs = {"tokens": tokens, "style": styles[None, len(phonemes) - 1], "speed": np.ones(1, np.float32)}
        return np.asarray(session.run(None, inputs)[0]).reshape(-1)

    return speak


def load_peer(model: Path, cache: Path, threads: int, styles: np.ndarray) -> Speak:
    """The package kokoro-onnx, with a session of as many threads."""
    del cache
    from kokoro_onnx import Kokoro

    with tempfile.TemporaryDirectory() as room:
        voices = Path(room) / "voices.npz"
        np.savez(voices, cora=styles[:, None])
        session = plain_session(model, threads)
        speaker = Kokoro.from_session(session, str(voices))
        speaker.voices = dict(speaker.voices)
    return lambda phonemes: speaker.create(phonemes, "cora", is_phonemes=True, trim=False)[0]


LOADERS = {"ours": load_ours, "kokoro-onnx": load_peer, "onnxruntime": load_onnxruntime}


def main(kind: str, model: str, cache: str, threads: str) -> None:
    styles = read_pack(shipped_packs()["cora"])
    before, began = time.process_time(), time.perf_counter()
    speak = LOADERS[kind](Path(model), Path(cache), int(threads), styles)
    loaded = {"cpu": time.process_time() - before, "wall": time.perf_counter() - began}

    def line(phonemes: str) -> dict[str, Any]:
        before, began = time.process_time(), time.perf_counter()
        samples = speak(phonemes)
        spent = {"cpu": time.process_time() - before, "wall": time.perf_counter() - began}
        return {**spent, "audio": len(samples) / 24_000, "sha256": hashlib.sha256(samples.tobytes()).hexdigest()}

    answer(loaded, line=line, own=own, peak=peak)


if __name__ == "__main__":
    main(*sys.argv[1:])
