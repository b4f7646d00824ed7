"""Opens onnxruntime sessions, for every engine whose network runs on it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voiceover.errors import EngineError, ModelError, VoiceoverError
from voiceover.system.files import discard

# Official builds of onnxruntime report their use to Microsoft, and read this variable when they are loaded. voiceover reports nothing.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

onnxruntime.disable_telemetry_events()

VERSION: str = onnxruntime.__version__
GRAPH, DATA = "graph.onnx", "tensors.bin"
"""Names of a graph and its large tensors on disk."""
LARGE_BYTES = 4096
"""Tensors of this size or more go into the file beside a graph."""
_SHRINK = "memory.enable_memory_arena_shrinkage"


def session_options(threads: int, *, optimize: bool = True, spinning: bool = False) -> Any:
    """Return options for ``threads`` threads; 0 leaves their number to onnxruntime.

    ``optimize`` is False for a graph to run as it is. Threads that wait ``spinning`` gain a little on an idle machine, and lose half of
    the speed on a busy one.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Otherwise onnxruntime keeps a memory pattern for every shape it has seen.
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spinning else "0")
    if not optimize:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return options


def save_loaded(graph: Path | bytes, folder: Path, options: Any, failure: type[VoiceoverError] = ModelError, *, packed: bool) -> None:
    """Load a graph and write it into ``folder`` as onnxruntime runs it: ``GRAPH``, and its large tensors in ``DATA``.

    ``packed`` adds the matrices as they are rearranged for this processor: every process then maps them, and all share one copy
    (onnxruntime, "session.save_external_prepacked_constant_initializers"). Raises ``failure`` and leaves nothing if that is not possible.
    """
    options.optimized_model_filepath = str(folder / GRAPH)
    options.add_session_config_entry("session.optimized_model_external_initializers_file_name", DATA)
    options.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", str(LARGE_BYTES))
    if packed:
        options.add_session_config_entry("session.save_external_prepacked_constant_initializers", "1")
    try:
        Session(graph, options, failure=failure)
    except failure:
        for name in (GRAPH, DATA):
            discard(folder / name)
        raise


class Session:
    """A loaded graph on the CPU."""

    def __init__(self, graph: Path | bytes, options: Any, name: str = "", failure: type[VoiceoverError] = ModelError) -> None:
        """Load a graph from a file or from memory; ``name`` is what messages call a graph in memory.

        Raises ``failure`` if onnxruntime refuses it. A stranger's file must have passed ``read_onnx`` before.
        """
        shown, source = (name, graph) if isinstance(graph, bytes) else (str(graph), str(graph))
        try:
            self._session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors have no common base class
            raise failure(f"{shown}: onnxruntime {VERSION} cannot load it: {error}") from error
        self._giving_back = onnxruntime.RunOptions()
        self._giving_back.add_run_config_entry(_SHRINK, "cpu:0")

    def run(self, inputs: Mapping[str, Any], outputs: Sequence[str] | None = None, *, keep_memory: bool = False) -> list[NDArray[Any]]:
        """Return the ``outputs`` in order, all if None. ``keep_memory`` keeps the working memory for the next call of the same sizes.

        Raises EngineError if onnxruntime fails.
        """
        try:
            found = self._session.run(outputs, dict(inputs), None if keep_memory else self._giving_back)
        except Exception as error:
            raise EngineError(f"onnxruntime: {error}") from error
        return [np.asarray(each) for each in found]


def with_output(model: bytes, name: str) -> bytes:
    """Return an ONNX model in which the float32 value ``name`` is an output too, without parsing it.

    Messages of protobuf that are joined are merged ("Encoding: Last One Wins"): a model of nothing but an output adds it to the other.
    """
    tensor_type = _field(1, b"\x08\x01")  # elem_type: FLOAT
    value = _field(1, name.encode()) + _field(2, tensor_type)
    return model + _field(7, _field(12, value))


def _field(number: int, content: bytes) -> bytes:
    length, size = bytearray(), len(content)
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    length.append(size)
    return bytes([number << 3 | 2]) + bytes(length) + content
