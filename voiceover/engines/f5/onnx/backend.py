"""The back end on onnxruntime: fast on any CPU."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.choices import Architecture, ONNXPrecision
from voiceover.engines.f5.configs import DiTConfig, DurationConfig, VocosConfig
from voiceover.engines.f5.mel import waves
from voiceover.engines.f5.onnx.dit import prompt_graph, step_graph
from voiceover.engines.f5.onnx.duration import duration_graph
from voiceover.engines.f5.onnx.graph import GraphBuilder
from voiceover.engines.f5.onnx.layers import LayerBuilder, LayerKind
from voiceover.engines.f5.onnx.modulation import modulation_of
from voiceover.engines.f5.onnx.sessions import GraphSession, graph_key, open_network
from voiceover.engines.f5.onnx.vocos import vocos_graph
from voiceover.engines.f5.positions import embedding_rows, rotary_tables, text_positions
from voiceover.errors import EngineError
from voiceover.system.processor import largest_weight
from voiceover.tensors.named import Weights
from voiceover.types import FloatArray

KEPT_TIMES = 2
"""Number of time grids whose modulations are cached: 18 MB for 32 steps of Base."""


@dataclass(frozen=True, slots=True)
class GraphStore:
    """Folder of a model's graphs, and how they are run."""

    folder: Path
    digest: str
    """Digest of the model's weights."""
    threads: int

    def open(self, name: str, build: Callable[[GraphBuilder], dict[str, str]], *parts: object) -> GraphSession:
        """Open the network ``name``, whose graph depends on ``parts`` besides the weights."""
        return open_network(self.folder, f"{name}-{graph_key(self.digest, name, *parts)}", build, self.threads)


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """Values shared by all steps of one prompt."""

    prompt: Prompt
    inputs: dict[str, NDArray[Any]]
    modulation: FloatArray
    network: GraphSession


class DiTGraphs:
    """The graphs of the diffusion transformer, opened on first use."""

    def __init__(
        self, weights: Weights, config: DiTConfig, place: GraphStore, precision: ONNXPrecision, exact: Collection[LayerKind] = ()
    ) -> None:
        self._weights, self.config, self._place = weights, config, place
        self._precision, self._exact = precision, frozenset(exact)
        self._largest = largest_weight()
        self._times: OrderedDict[bytes, FloatArray] = OrderedDict()

    @cached_property
    def text(self) -> GraphSession:
        """Computes from a prompt what every step needs."""
        return self._place.open("prompt", lambda graph: prompt_graph(LayerBuilder(graph, self._weights), self.config), self.config)

    @cached_property
    def step(self) -> GraphSession:
        """Computes one step."""
        return self._step(masked=False)

    @cached_property
    def masked_step(self) -> GraphSession:
        """Computes one step for utterances of different lengths."""
        return self._step(masked=True)

    def modulation(self, times: FloatArray) -> FloatArray:
        """Return vectors (times, ...); see ``modulation_of``."""
        key = times.tobytes()
        found = self._times.pop(key, None)
        self._times[key] = found = modulation_of(self._weights, self.config, times) if found is None else found
        if len(self._times) > KEPT_TIMES:
            self._times.popitem(last=False)
        return found

    def _step(self, *, masked: bool) -> GraphSession:
        def build(graph: GraphBuilder) -> dict[str, str]:
            parts = LayerBuilder(graph, self._weights, self._precision, self._exact, self._largest)
            return step_graph(parts, self.config, masked=masked)

        exact = sorted(self._exact) if self._precision is not ONNXPrecision.FP32 else ()
        largest = self._largest if self._precision is ONNXPrecision.INT8 else ""
        return self._place.open("step", build, self.config, self._precision, exact, largest, masked)


class ONNXSteps:
    """The steps of a DiT, without vocoder and duration predictor."""

    def __init__(self, dit: DiTGraphs) -> None:
        self.dit = dit
        self._prepared: _Prepared | None = None

    def velocity(self, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray:
        prepared = self._prepared
        if prepared is None or prepared.prompt is not prompt:
            self._prepared = None
            self._prepared = prepared = prepare(self.dit, prompt)
        state = np.concatenate([x, x]) if prompt.guided else x
        inputs = {**prepared.inputs, "x": state, "modulation": prepared.modulation[evaluation]}
        return prepared.network.run(inputs, keep_memory=evaluation + 1 < len(prompt.times))


class ONNXBackend(ONNXSteps):
    """The ``Backend`` on onnxruntime."""

    def __init__(
        self, dit: DiTGraphs, vocos: GraphSession, vocos_config: VocosConfig, predictor: tuple[GraphSession, DurationConfig] | None
    ) -> None:
        super().__init__(dit)
        self._vocos, self._vocos_config = vocos, vocos_config
        self._predictor = predictor

    def vocode(self, mel: FloatArray) -> FloatArray:
        self._prepared = None
        config = self._vocos_config
        return waves(self._vocos.run({"mel": mel}), config.hop_length, same=config.same_padding)

    def duration(self, mel: FloatArray, ids: NDArray[np.int32]) -> FloatArray:
        if self._predictor is None:
            raise EngineError("this model has no duration predictor; remove 'duration: predictor'")
        network, config = self._predictor
        frames = max(mel.shape[1], ids.shape[1])
        cos, sin = rotary_tables(frames, config.dim_head)
        inputs: dict[str, NDArray[Any]] = {
            "mel": np.pad(mel, ((0, 0), (0, frames - mel.shape[1]), (0, 0))),
            "rows": embedding_rows(ids, frames),
            "positions": text_positions(frames, config.text_dim),
            "cos": cos,
            "sin": sin,
        }
        return network.run(inputs)[:, 0]


def prepare(dit: DiTGraphs, prompt: Prompt) -> _Prepared:
    """Compute everything that is the same in all steps of a prompt."""
    config, frames = dit.config, prompt.cond.shape[1]
    rows = embedding_rows(prompt.ids, frames, prompt.mask)
    present = np.ones((*rows.shape, 1), np.float32) if prompt.mask is None else prompt.mask[..., None].astype(np.float32)
    spoken, cond = (rows != 0)[..., None].astype(np.float32), prompt.cond
    if prompt.guided:  # both halves use the filler of the given text
        rows, cond = np.concatenate([rows, np.zeros_like(rows)]), np.concatenate([cond, np.zeros_like(cond)])
        present, spoken = np.concatenate([present, present]), np.concatenate([spoken, spoken])
    positions = text_positions(frames, config.text_dim)
    given: dict[str, NDArray[Any]] = {"rows": rows, "cond": cond, "positions": positions, "heard": present, "spoken": spoken}
    cos, sin = rotary_tables(frames, config.dim_head)
    inputs: dict[str, NDArray[Any]] = {"constant": dit.text.run(given), "cos": cos, "sin": sin}
    if prompt.mask is not None:
        inputs["mask"] = present
    network = dit.step if prompt.mask is None else dit.masked_step
    return _Prepared(prompt, inputs, dit.modulation(prompt.times), network)


def load_backend(
    dit: Weights,
    vocos: Weights,
    duration: Weights | None = None,
    *,
    architecture: Architecture,
    graph_folder: Path,
    digest: str,
    precision: ONNXPrecision | str = ONNXPrecision.INT8,
    exact: Collection[LayerKind] = (),
    threads: int = 0,
) -> ONNXBackend:
    """Load the networks of a model from sanitized weights; missing graphs are written to ``graph_folder``.

    ``digest`` names the weights of all three. ``precision`` is the DiT's blocks', but for the kinds of layer in ``exact``; the rest runs in
    float32. ``threads`` 0 leaves their number to onnxruntime. Raises ModelError for tensors that do not fit.
    """
    place = GraphStore(graph_folder, digest, threads)
    network = DiTGraphs(dit, DiTConfig.from_weights(dit, architecture), place, ONNXPrecision(precision), exact)
    config = VocosConfig.from_weights(vocos)
    predictor = None if duration is None else load_predictor(duration, place)
    return ONNXBackend(network, load_vocos(vocos, config, place), config, predictor)


def load_steps(dit: Weights, config: DiTConfig, graph_folder: Path, precision: str, threads: int = 0) -> ONNXSteps:
    """Load the DiT alone, to time its steps."""
    return ONNXSteps(DiTGraphs(dit, config, GraphStore(graph_folder, "0" * 64, threads), ONNXPrecision(precision)))


def load_vocos(weights: Weights, config: VocosConfig, place: GraphStore) -> GraphSession:
    """Load the vocoder alone."""
    return place.open("vocos", lambda graph: vocos_graph(LayerBuilder(graph, weights), config), config)


def load_predictor(weights: Weights, place: GraphStore, rope_heads: int | None = 1) -> tuple[GraphSession, DurationConfig]:
    """Load the duration predictor alone."""
    config = DurationConfig.from_weights(weights, rope_heads=rope_heads)
    return place.open("duration", lambda graph: duration_graph(LayerBuilder(graph, weights), config), config), config
