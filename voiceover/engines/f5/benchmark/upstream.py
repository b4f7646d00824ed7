"""SWivid's package ``f5-tts``, if it is installed: samples the same weights, prompt and noise with its own code, for comparison.

Speaking does not need it. The package runs on torch, in float32 on the CPU.
"""

from __future__ import annotations

import importlib.util
import re
import warnings
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voiceover.engines.f5.choices import Architecture
from voiceover.engines.f5.configs import DiTConfig
from voiceover.engines.f5.engine import NetworkInput
from voiceover.errors import EngineError
from voiceover.tensors.named import Weights
from voiceover.types import FloatArray

NOT_INSTALLED = "f5-tts not installed: not compared"
_CONVOLUTION = re.compile(r"\.(dwconv|conv1d\.\d+)\.weight$")
_COMPUTED = ("rotary_embed.inv_freq",)
"""Tensors that the package computes itself."""


def installed() -> bool:
    """Return True if the package is installed; it is not loaded."""
    return importlib.util.find_spec("f5_tts") is not None


def version() -> str | None:
    """Return the package's version, None if it is not installed as a distribution."""
    try:
        return metadata.version("f5-tts")
    except metadata.PackageNotFoundError:
        return None


def torch_name(name: str) -> str:
    """Return the package's own name for a tensor of the transformer."""
    return name.removeprefix("transformer.").replace(".layers.", ".")


def torch_tensor(name: str, tensor: NDArray[Any]) -> FloatArray:
    """Return a tensor, given its torch name, in torch's layout and float32: convolutions are (out, in / groups, kernel) there."""
    turned = np.swapaxes(tensor, 1, 2) if _CONVOLUTION.search(name) and tensor.ndim == 3 else tensor
    return np.ascontiguousarray(turned, np.float32)


class Upstream:
    """The package's network with the weights of a model; quantized matrices are made dense."""

    def __init__(self, weights: Weights, architecture: Architecture) -> None:
        """Raises EngineError if the package is not installed, cannot be loaded, or rejects the weights."""
        if not installed():
            raise EngineError(NOT_INSTALLED)
        self._known: dict[tuple[object, ...], FloatArray] = {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._model = _load(weights, DiTConfig.from_weights(weights, architecture))
        except Exception as error:  # any release of the package, of torch and of their dependencies
            raise EngineError(f"f5-tts cannot be used: {type(error).__name__}: {error}") from error

    def noise(self, line: NetworkInput, seed: int) -> FloatArray:
        """Return the noise that the package itself draws for ``seed``, shape (frames, mel)."""
        import torch

        torch.manual_seed(seed)
        drawn: FloatArray = torch.randn(line.frames, line.reference.mel.shape[1]).numpy()
        return drawn

    def sampled(self, line: NetworkInput, seed: int) -> FloatArray:
        """Return the mel (frames, mel) of reference and speech that the package samples from ``noise(line, seed)``; computed once.

        Raises EngineError with the package's own message.
        """
        key = line.frames, line.ids.tobytes(), line.reference.mel.tobytes(), line.sampling, seed
        if key not in self._known:
            self._known[key] = self._sample(line, seed)
        return self._known[key]

    def _sample(self, line: NetworkInput, seed: int) -> FloatArray:
        import torch

        sampling = line.sampling
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._model.odeint_kwargs = {"method": sampling.method}
                found, _ = self._model.sample(
                    cond=torch.from_numpy(line.reference.mel[None].copy()),
                    text=torch.from_numpy(line.ids[None].astype(np.int64)),
                    duration=line.frames,
                    steps=sampling.steps,
                    cfg_strength=sampling.cfg_strength,
                    sway_sampling_coef=sampling.sway_sampling_coef,
                    seed=seed,
                    use_epss=sampling.epss,
                )
        except Exception as error:
            raise EngineError(f"f5-tts cannot sample this: {type(error).__name__}: {error}") from error
        mel: FloatArray = found[0].numpy()
        return mel


def _load(weights: Weights, config: DiTConfig) -> Any:
    import torch
    from f5_tts.model.backbones.dit import DiT
    from f5_tts.model.cfm import CFM

    network = DiT(
        dim=config.dim,
        depth=config.depth,
        heads=config.heads,
        dim_head=config.dim_head,
        ff_mult=config.ff_dim / config.dim if config.ff_dim % config.dim else config.ff_dim // config.dim,
        mel_dim=config.mel_dim,
        text_num_embeds=config.text_rows - 1,
        text_dim=config.text_dim,
        text_mask_padding=config.text_mask_padding,
        qk_norm="rms_norm" if config.qk_norm else None,
        conv_layers=config.conv_layers,
        pe_attn_head=config.rope_heads,
    )
    expected = network.state_dict()
    tensors = {}
    for name in weights.names():
        known = torch_name(name)
        if known in expected and known not in _COMPUTED:
            array = torch_tensor(known, weights.tensor(name))
            tensors[known] = torch.from_numpy(array.reshape(tuple(expected[known].shape)))
    missing = [name for name in expected if name not in tensors and name not in _COMPUTED]
    if missing:
        raise ValueError(f"the model lacks tensors that it needs: {', '.join(missing[:5])}")
    network.load_state_dict(tensors, strict=False)
    return CFM(transformer=network, num_channels=config.mel_dim).eval()
