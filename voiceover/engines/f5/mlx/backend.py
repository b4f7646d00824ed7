"""The back end on MLX."""

from __future__ import annotations

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.choices import Architecture, MLXPrecision
from voiceover.engines.f5.configs import DiTConfig, DurationConfig, VocosConfig
from voiceover.engines.f5.mel import waves
from voiceover.engines.f5.mlx.dit import DiT, Modulation
from voiceover.engines.f5.mlx.duration import DurationPredictor
from voiceover.engines.f5.mlx.layers import Rotary, rotary_for
from voiceover.engines.f5.mlx.loading import load_network
from voiceover.engines.f5.mlx.vocos import Vocos
from voiceover.errors import EngineError
from voiceover.tensors.named import Weights
from voiceover.types import FloatArray
from voiceover.types.lazy_dataclass import dataclass

CACHE_LIMIT = 256 * 2**20
"""Bytes of freed buffers that MLX keeps; without a limit they grow with every new length of an utterance."""
UNUSED = ("rotary_embed.inv_freq", "transformer.rotary_embed.inv_freq")
"""Tensors of checkpoints that are recomputed instead."""


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """Values shared by all steps of one prompt."""

    prompt: Prompt
    constant: mx.array
    modulation: Modulation
    rotary: Rotary
    mask: mx.array | None


class MLXBackend:
    """The ``Backend`` on MLX."""

    def __init__(self, dit: DiT, vocos: Vocos, predictor: DurationPredictor | None = None) -> None:
        self.dit = dit
        self.vocos = vocos
        self.predictor = predictor
        self._prepared: _Prepared | None = None
        mx.set_cache_limit(CACHE_LIMIT)

    def velocity(self, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray:
        prepared = self._prepared
        if prepared is None or prepared.prompt is not prompt:
            self._prepared = None
            self._prepared = prepared = prepare(self.dit, prompt)
        return step(self.dit, prepared, x, evaluation)

    def vocode(self, mel: FloatArray) -> FloatArray:
        self._prepared = None
        config = self.vocos.config
        return waves(_numpy(self.vocos(mx.array(mel))), config.hop_length, same=config.same_padding)

    def duration(self, mel: FloatArray, ids: NDArray[np.int32]) -> FloatArray:
        if self.predictor is None:
            raise EngineError("this model has no duration predictor; remove 'duration: predictor'")
        return _numpy(self.predictor(mx.array(mel), mx.array(ids)))


def prepare(dit: DiT, prompt: Prompt) -> _Prepared:
    """Compute everything that is the same in all steps of a prompt."""
    dtype = dit.proj_out.bias.dtype
    frames = prompt.cond.shape[1]
    valid = None if prompt.mask is None else mx.array(prompt.mask)
    text, no_text = dit.embed_text(mx.array(prompt.ids), frames, valid)
    cond = mx.array(prompt.cond).astype(dtype)
    if prompt.guided:
        text = mx.concatenate([text, no_text])
        cond = mx.concatenate([cond, mx.zeros_like(cond)])
        valid = None if valid is None else mx.concatenate([valid, valid])
    constant = dit.input_embed.constant(cond, text.astype(dtype))
    modulation = dit.modulation(prompt.times)
    rotary = rotary_for(frames, dit.config.dim_head)
    mx.eval(constant, modulation.blocks, modulation.final, rotary.cos, rotary.sin)
    return _Prepared(prompt, constant, modulation, rotary, valid)


def step(dit: DiT, prepared: _Prepared, x: FloatArray, evaluation: int) -> FloatArray:
    """Call the network once."""
    state = mx.array(x).astype(prepared.constant.dtype)
    modulation = prepared.modulation.at(slice(evaluation, evaluation + 1))
    return _numpy(dit(state, prepared.constant, modulation, prepared.rotary, prepared.mask))


def load_backend(
    dit: Weights,
    vocos: Weights,
    duration: Weights | None = None,
    *,
    architecture: Architecture,
    precision: MLXPrecision = MLXPrecision.QUANTIZED,
    predictor_rope_heads: int | None = 1,
) -> MLXBackend:
    """Load the networks of a model from sanitized weights.

    ``precision`` is the DiT's; vocoder and predictor run in float32, and never quantized. Raises ModelError for tensors that do not fit.
    """
    network = load_dit(dit, DiTConfig.from_weights(dit, architecture), precision)
    predictor = load_predictor(duration, predictor_rope_heads) if duration is not None else None
    return MLXBackend(network, load_vocos(vocos, VocosConfig.from_weights(vocos)), predictor)


def load_dit(weights: Weights, config: DiTConfig, precision: MLXPrecision = MLXPrecision.QUANTIZED) -> DiT:
    """Load the DiT alone. Its input projection is always dense, because it is used in parts."""
    network = DiT(config)
    load_network(network, weights, precision, prefix="transformer.", dense=("input_embed.proj",), unused=UNUSED)
    return network


def load_vocos(weights: Weights, config: VocosConfig) -> Vocos:
    """Load the vocoder alone, in float32."""
    network = Vocos(config)
    load_network(network, weights, MLXPrecision.FP32)
    return network


def load_predictor(weights: Weights, rope_heads: int | None = 1) -> DurationPredictor:
    """Load the duration predictor alone, in float32."""
    network = DurationPredictor(DurationConfig.from_weights(weights, rope_heads=rope_heads))
    load_network(network, weights, MLXPrecision.FP32, unused=UNUSED)
    return network


def _numpy(array: mx.array) -> FloatArray:
    return np.array(array.astype(mx.float32))
