"""The fast form of Kokoro's graph on disk: made once per model, processor and onnxruntime, checked before every use.

It is used only if it gives the same samples as the plain graph here, and is not slower. Without the package onnx, or on a processor
whose int8 products saturate, the plain graph runs.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voiceover.engines.onnx_runtime import DATA, GRAPH, VERSION, Session, save_loaded, session_options, with_output
from voiceover.errors import EngineError, ModelError, VoiceoverError
from voiceover.system.files import discard, staging_folder, sync_file, write_whole
from voiceover.system.memory import give_back_free_memory
from voiceover.system.processor import FULL, largest_weight, layout

REVISION = 2
"""Increase it when a graph is to be made again."""
SUMS = "sums.json"
"""SHA-256 of the files of a fast graph; of none if the plain graph is better here."""
DURATIONS = "/encoder/Clip_output_0"
"""The value of the graph that holds the durations, rounded, as float32."""
OUTPUTS = ("audio", DURATIONS)
_PROBE_IDS = 12

log = logging.getLogger(__name__)


def open_graph(model: Path, folder: Path, threads: int) -> Session:
    """Open the fast graph of ``model``, stored in ``folder``, or else the plain graph.

    Raises ModelError if onnxruntime cannot load the model.
    """
    if can_be_fast():
        place = folder / f"graph-{_key(model)}"
        try:
            if not (is_whole(place) or _make(model, place)) or not (place / GRAPH).is_file():
                return open_plain(model, threads)
            return Session(place / GRAPH, session_options(threads, optimize=False))
        except VoiceoverError as error:
            log.warning("%s; the plain graph is used, which is slower", error)
    return open_plain(model, threads)


def can_be_fast() -> bool:
    """Return True if int8 products are exact on this processor, and the package that rewrites graphs is installed."""
    return largest_weight() == FULL and importlib.util.find_spec("onnx") is not None


def open_plain(model: Path, threads: int) -> Session:
    """Open the graph as it is in the file."""
    return Session(with_output(_read(model), DURATIONS), session_options(threads), str(model))


def is_whole(place: Path) -> bool:
    """Return True if a fast graph, or the word that there is none, is stored at ``place`` as it was written."""
    try:
        sums = json.loads((place / SUMS).read_bytes())
        return (
            isinstance(sums, dict) and set(sums) <= {GRAPH, DATA} and all(_digest(place / name) == wanted for name, wanted in sums.items())
        )
    except (OSError, ValueError, TypeError, AttributeError):
        return False


def _key(model: Path) -> str:
    """Return a digest of all that a fast graph depends on; without onnx's version, as it only writes what is checked afterwards."""
    text = "\n".join((str(REVISION), VERSION, layout(), _digest(model)))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(model: Path) -> bytes:
    try:
        return model.read_bytes()
    except OSError as error:
        raise ModelError(f"{model}: cannot be read: {error.strerror or error}") from error


def _make(model: Path, place: Path) -> bool:
    """Make the fast graph at ``place``, and return True if one is to be used."""
    from voiceover.engines.kokoro.graph import rewrite_file

    with staging_folder(place.parent, place.name, EngineError) as staged:
        optimized = staged / "optimized"
        optimized.mkdir()
        # onnxruntime's own changes come first: after the rewriting it would make others, and with them other sums.
        save_loaded(with_output(_read(model), DURATIONS), optimized, session_options(1), packed=False)
        products = rewrite_file(optimized / GRAPH, optimized / "fast.onnx")
        save_loaded(optimized / "fast.onnx", staged, session_options(1, optimize=False), packed=bool(layout()))
        better = products > 0 and _is_better(staged / GRAPH, optimized / GRAPH)
        discard(optimized)
        names = (GRAPH, DATA) if better else ()
        for name in {GRAPH, DATA}.difference(names):
            discard(staged / name)
        for name in names:
            sync_file(staged / name)
        write_whole(staged / SUMS, json.dumps({name: _digest(staged / name) for name in names}).encode(), "write the graph's digests")
        if not is_whole(place):  # another process may have written it meanwhile, and have it open
            discard(place)
        with suppress(OSError):  # another process may have written it
            staged.rename(place)
    give_back_free_memory()  # a worker would hold 150 MB for nothing
    return better and is_whole(place)


def _is_better(fast: Path, plain: Path) -> bool:
    """Return True if two graphs give the same samples and the first is not slower."""
    sessions = [Session(path, session_options(1, optimize=False)) for path in (fast, plain)]
    inputs, found, seconds = _probe(), [], []
    for session in sessions:
        start = time.process_time()
        found.append(session.run(inputs, OUTPUTS))
        seconds.append(time.process_time() - start)
    same = all(one.tobytes() == other.tobytes() for one, other in zip(*found, strict=True))
    log.info("Kokoro's fast graph: %s samples, %.2f s instead of %.2f s", "the same" if same else "other", *seconds)
    return same and seconds[0] <= seconds[1]


def _probe() -> dict[str, NDArray[Any]]:
    """Return the inputs of a short call."""
    tokens = np.zeros((1, _PROBE_IDS + 2), np.int64)
    tokens[0, 1:-1] = 43 + 7 * np.arange(_PROBE_IDS) % 100
    style = np.sin(np.arange(256, dtype=np.float32))[None] / np.float32(5)
    return {"tokens": tokens, "style": style, "speed": np.ones(1, np.float32)}
