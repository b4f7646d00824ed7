"""Graphs on disk, made once, and their onnxruntime sessions.

onnxruntime rearranges large matrices for the processor. If the processor is known, the result is stored beside the graph: then every
process maps it, and all workers share one copy (onnxruntime, "session.save_external_prepacked_constant_initializers").
"""

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

from voiceover.engines.f5.onnx.graph import LARGE_BYTES, GraphBuilder
from voiceover.engines.f5.onnx.processor import layout
from voiceover.errors import EngineError
from voiceover.system.files import discard, staging_folder, sync_file
from voiceover.types import FloatArray

REVISION = 2
"""Increase it when the graph of the same weights changes."""
GRAPH, DATA = "graph.onnx", "tensors.bin"
_SHRINK = "memory.enable_memory_arena_shrinkage"

log = logging.getLogger(__name__)


class GraphSession:
    """A graph that runs, with float32 outputs."""

    def __init__(self, graph: Path, threads: int) -> None:
        self._session = _session(graph, _options(threads))
        self._giving_back = onnxruntime.RunOptions()
        self._giving_back.add_run_config_entry(_SHRINK, "cpu:0")

    def run(self, inputs: Mapping[str, NDArray[Any]], *, keep_memory: bool = False) -> FloatArray:
        """Return the only output. ``keep_memory`` keeps the working memory for the next call of the same sizes."""
        try:
            (found,) = self._session.run(None, dict(inputs), None if keep_memory else self._giving_back)
        except Exception as error:
            raise EngineError(f"onnxruntime: {error}") from error
        return np.asarray(found, np.float32)


def _options(threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Otherwise onnxruntime keeps a memory pattern for every shape it has seen.
    options.enable_mem_pattern = False
    return options


def _session(graph: Path, options: Any) -> Any:
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common base class
        raise EngineError(f"onnxruntime {onnxruntime.__version__} cannot load {graph}: {error}") from error


def open_network(folder: Path, key: str, build: Callable[[GraphBuilder], dict[str, str]], threads: int) -> GraphSession:
    """Open the network that ``build`` adds to a graph, stored in ``folder`` under ``key``: a digest of all that the graph depends on.

    Raises EngineError if it cannot be written or loaded, ModelError for tensors that do not fit.
    """
    place = folder / key
    if not (place / GRAPH).is_file():
        _make(place, build, threads)
    try:
        return GraphSession(place / GRAPH, threads)
    except EngineError as error:
        log.warning("%s; writing it again", error)
        for path in (place / GRAPH, place / DATA):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            place.rmdir()
        _make(place, build, threads)
        return GraphSession(place / GRAPH, threads)


def graph_key(*parts: object) -> str:
    """Return the name of a graph: a digest of ``parts``, its format, onnxruntime's version and the processor."""
    text = "\n".join(map(str, (REVISION, onnxruntime.__version__, layout(), *parts)))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _make(place: Path, build: Callable[[GraphBuilder], dict[str, str]], threads: int) -> None:
    with staging_folder(place.parent, place.name, EngineError) as staged:
        plain = staged / "plain"
        plain.mkdir()
        with (plain / DATA).open("wb") as data:
            builder = GraphBuilder(data)
            builder.save(plain / GRAPH, build(builder))
        if not layout() or not _lay_out(plain, staged, threads):
            for name in (GRAPH, DATA):
                (plain / name).rename(staged / name)
        discard(plain)
        for path in staged.iterdir():
            sync_file(path)
        try:
            staged.rename(place)
        except OSError:
            if not (place / GRAPH).is_file():  # another process may have written it
                raise


def _lay_out(plain: Path, staged: Path, threads: int) -> bool:
    """Write a graph into ``staged`` with its matrices rearranged for this processor. Return False, and leave nothing, if that fails."""
    options = _options(threads)
    options.optimized_model_filepath = str(staged / GRAPH)
    options.add_session_config_entry("session.optimized_model_external_initializers_file_name", DATA)
    options.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", str(LARGE_BYTES))
    options.add_session_config_entry("session.save_external_prepacked_constant_initializers", "1")
    try:
        _session(plain / GRAPH, options)
    except EngineError as error:  # the graph runs without it, but takes more memory
        log.info("%s; each process rearranges its matrices", error)
        for name in (GRAPH, DATA):
            discard(staged / name)
        return False
    return True
