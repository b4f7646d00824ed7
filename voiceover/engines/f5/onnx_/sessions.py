"""Graphs on disk, made once, and onnxruntime sessions of them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from voiceover.engines.f5.onnx_.graph import GraphBuilder
from voiceover.errors import EngineError
from voiceover.files import staging_folder
from voiceover.types import FloatArray

REVISION = 1
"""Raise it when a graph of the same weights would be another."""
GRAPH, DATA = "graph.onnx", "tensors.bin"
_SHRINK = "memory.enable_memory_arena_shrinkage"

log = logging.getLogger(__name__)


class Network:
    """A graph that runs, float32 in and out."""

    def __init__(self, graph: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Patterns of memory are kept for every shape that was ever seen.
        options.enable_mem_pattern = False
        try:
            self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own errors share no other class
            raise EngineError(f"onnxruntime {onnxruntime.__version__} cannot load {graph}: {error}") from error
        self._giving_back = onnxruntime.RunOptions()
        self._giving_back.add_run_config_entry(_SHRINK, "cpu:0")

    def run(self, inputs: Mapping[str, NDArray[Any]], *, keep_memory: bool = False) -> FloatArray:
        """The one output. ``keep_memory`` holds on to working memory, for the next call of the same sizes."""
        try:
            (found,) = self._session.run(None, dict(inputs), None if keep_memory else self._giving_back)
        except Exception as error:
            raise EngineError(f"onnxruntime: {error}") from error
        return np.asarray(found, np.float32)


def open_network(folder: Path, key: str, build: Callable[[GraphBuilder], dict[str, str]], threads: int) -> Network:
    """The network that ``build`` adds to a graph, kept in ``folder`` under ``key``: a digest of all that the graph depends on.

    Raises EngineError where it cannot be written or loaded, ModelError for tensors that do not fit.
    """
    place = folder / key
    if not (place / GRAPH).is_file():
        _make(place, build)
    try:
        return Network(place / GRAPH, threads)
    except EngineError as error:
        log.warning("%s; it is made again", error)
        for path in (place / GRAPH, place / DATA):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            place.rmdir()
        _make(place, build)
        return Network(place / GRAPH, threads)


def graph_key(*parts: object) -> str:
    """Name of a graph: a digest of ``parts``, of the way it is built, and of the onnxruntime that will run it."""
    told = "\n".join(map(str, (REVISION, onnxruntime.__version__, *parts)))
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def _make(place: Path, build: Callable[[GraphBuilder], dict[str, str]]) -> None:
    with staging_folder(place.parent, place.name, EngineError) as room:
        with (room / DATA).open("wb") as data:
            builder = GraphBuilder(data)
            builder.save(room / GRAPH, build(builder))
        if not place.exists():  # another process may have been as quick
            room.rename(place)
