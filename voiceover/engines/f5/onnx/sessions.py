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
from numpy.typing import NDArray

from voiceover.engines.f5.onnx.graph import GraphBuilder
from voiceover.engines.onnx_runtime import DATA, GRAPH, VERSION, Session, save_loaded, session_options
from voiceover.errors import EngineError
from voiceover.system.files import discard, staging_folder, sync_file
from voiceover.system.processor import layout
from voiceover.types import FloatArray

REVISION = 2
"""Increase it when the graph of the same weights changes."""

log = logging.getLogger(__name__)


class GraphSession:
    """A graph that runs, with float32 outputs."""

    def __init__(self, graph: Path, threads: int) -> None:
        self._session = Session(graph, session_options(threads, spinning=True), failure=EngineError)

    def run(self, inputs: Mapping[str, NDArray[Any]], *, keep_memory: bool = False) -> FloatArray:
        """Return the only output. ``keep_memory`` keeps the working memory for the next call of the same sizes."""
        (found,) = self._session.run(inputs, keep_memory=keep_memory)
        return np.asarray(found, np.float32)


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
    text = "\n".join(map(str, (REVISION, VERSION, layout(), *parts)))
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
    try:
        save_loaded(plain / GRAPH, staged, session_options(threads, spinning=True), EngineError, packed=True)
    except EngineError as error:  # the graph runs without it, but takes more memory
        log.info("%s; each process rearranges its matrices", error)
        return False
    return True
