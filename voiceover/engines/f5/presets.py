"""How each kind of model is run unless the script says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from voiceover.engines.f5.sampler import Sampling


class DurationRule(StrEnum):
    """Where the length of an utterance comes from."""

    BYTES = "bytes"
    """The reference's own pace."""
    PREDICTOR = "predictor"
    """The duration predictor; only where the model came with one."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Defaults of a model; ``Options`` of a line come before them."""

    name: str
    sampling: Sampling
    speed: float = 1.0
    duration: DurationRule = DurationRule.BYTES


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("base", Sampling(steps=32, method="euler")),
        Preset("fast", Sampling(steps=7, method="euler")),
        Preset("distilled", Sampling(steps=8, method="euler", cfg_strength=2.0), speed=1.15),
    )
}
"""By name. ``base``: upstream's defaults; ``fast``: its pruned grid of seven steps; ``distilled``: as the distilled 4-bit model is run."""
