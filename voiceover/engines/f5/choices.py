"""Values that a user can choose for F5: architecture, back end, precision, preset, rule of duration. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from voiceover.types.lazy_dataclass import dataclass

NAME = "f5"
AUTO = "auto"


class Architecture(StrEnum):
    """The two kinds of F5-TTS. The tensors do not reveal which one a model is."""

    V0 = "v0"
    """F5TTS_Base: rotary positions on the first head only, filler after the text is not masked."""
    V1 = "v1"
    """F5TTS_v1_Base: rotary positions on all heads, filler masked."""


class BackendName(StrEnum):
    """What runs the networks."""

    MLX = "mlx"
    ONNX = "onnx"


class MLXPrecision(StrEnum):
    """What a network computes in on MLX, whatever its weights are stored in."""

    FP32 = "fp32"
    FP16 = "fp16"
    BF16 = "bf16"
    QUANTIZED = "quantized"
    """Quantized matrices as stored, everything else in float32."""


class ONNXPrecision(StrEnum):
    """What the matrices of the transformer's blocks are run in on onnxruntime."""

    FP32 = "fp32"
    INT8 = "int8"
    """Matrices in int8 per row, activations in int8 per token."""
    INT8_WEIGHTS = "int8w"
    """Matrices in blocks of 8 bits, activations in float32."""
    INT4 = "int4"
    """Matrices in blocks of 4 bits, exactly as stored if they are stored that way; activations in float32."""


BACKENDS = (AUTO, *(name.value for name in BackendName))
AS_STORED = MLXPrecision.QUANTIZED.value
"""Both back ends accept it for the precision that the model is stored in."""
MLX_PRECISIONS = tuple(precision.value for precision in MLXPrecision)
ONNX_PRECISIONS = tuple(precision.value for precision in ONNXPrecision)
PRECISIONS = tuple(dict.fromkeys((AUTO, *MLX_PRECISIONS, *ONNX_PRECISIONS)))


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a mel is sampled."""

    steps: int = 32
    method: str = "euler"
    """A key of ``sampler.METHODS``."""
    cfg_strength: float = 2.0
    """Weight of classifier-free guidance; 0 for none, which halves the work."""
    sway_sampling_coef: float | None = -1.0
    """Negative values move the time grid towards the noise; None leaves it even."""
    epss: bool = True
    """True if the numbers of steps in ``sampler.EPSS`` use its grids."""


class DurationRule(StrEnum):
    """How the length of an utterance is found."""

    BYTES = "bytes"
    """The pace of the reference clip."""
    PREDICTOR = "predictor"
    """The duration predictor, if the model has one."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Defaults of a model; the ``Options`` of a line override them."""

    name: str
    sampling: Sampling
    speed: float = 1.0
    duration: DurationRule = DurationRule.BYTES


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("base", Sampling(steps=32)),
        Preset("fast", Sampling(steps=7)),
        Preset("distilled", Sampling(steps=8, cfg_strength=2.0), speed=1.15),
    )
}
"""By name. ``base`` has upstream's defaults, ``fast`` its pruned grid of seven steps, ``distilled`` suits the distilled 4-bit model."""
