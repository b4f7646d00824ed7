"""F5-TTS's own code on PyTorch: its DiT, its sampler, and Vocos. Run by the interpreter of the peers' environment.

python torch_.py CONFIG DIT VOCOS fp32|bf16 THREADS: the fields of DiTConfig and VocosConfig as JSON, files of weights in torch's layout.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from line import TIME, answer, dit_sizes, inputs, peak
from stubs import stub

stub("torchaudio", "torchaudio.functional", "torchaudio.functional.functional", "librosa", "librosa.filters", "rjieba", "pypinyin")
stub("f5_tts.model.trainer", "encodec", "huggingface_hub", "yaml")

import numpy as np  # noqa: E402
import torch  # noqa: E402
from f5_tts.model import CFM, DiT  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from vocos.heads import ISTFTHead  # noqa: E402
from vocos.models import VocosBackbone  # noqa: E402


def load_dit(config: dict[str, Any], path: str) -> DiT:
    network = DiT(**dit_sizes(config))
    network.load_state_dict({name.removeprefix("transformer."): tensor for name, tensor in load_file(path).items()})
    return network.eval()


class NoMel(torch.nn.Module):
    """In place of the analysis of a clip: the reference is given as a mel."""

    def __init__(self, mel_dim: int) -> None:
        super().__init__()
        self.n_mel_channels = mel_dim


def load_vocos(config: dict[str, Any], path: str) -> torch.nn.Module:
    backbone = VocosBackbone(config["mel_dim"], config["dim"], config["intermediate_dim"], config["layers"])
    network = torch.nn.ModuleDict({"backbone": backbone, "head": ISTFTHead(config["dim"], config["n_fft"], config["hop_length"])})
    misfits = network.load_state_dict(load_file(path), strict=False)
    if misfits.unexpected_keys or misfits.missing_keys != ["head.istft.window"]:
        sys.exit(f"{path}: {misfits}")
    return network.eval()


def main(configs: str, dit: str, vocos: str, precision: str, threads: str) -> None:
    torch.set_num_threads(int(threads))
    config = json.loads(configs)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    network, vocoder = load_dit(config["dit"], dit).to(dtype), load_vocos(config["vocos"], vocos).to(dtype)
    mel_dim, text_rows = config["dit"]["mel_dim"], config["dit"]["text_rows"]
    last = 0

    @torch.inference_mode()
    def step(frames: int, out: str | None = None) -> dict[str, float]:
        """A guided step; the text's features are kept from step to step, as the sampler keeps them."""
        nonlocal last
        if frames != last:
            network.clear_cache()
            last = frames
        state, cond, ids = (torch.from_numpy(array) for array in inputs(frames, mel_dim, text_rows))
        state, cond, moment = state.to(dtype), cond.to(dtype), torch.tensor(TIME, dtype=dtype)
        started = time.perf_counter()
        found = network(state, cond, ids.long(), moment, cfg_infer=True, cache=True)
        seconds = time.perf_counter() - started
        if out is not None:
            np.save(out, found.float().numpy())
        return {"seconds": seconds}

    @torch.inference_mode()
    def utterance(frames: int, reference: int, steps: int) -> dict[str, float]:
        """Sampling and vocoder, as upstream's ``infer_process`` calls them."""
        _, cond, ids = (torch.from_numpy(array) for array in inputs(frames, mel_dim, text_rows))
        sampler = CFM(network, mel_spec_module=NoMel(mel_dim))
        started = time.perf_counter()
        mel, _ = sampler.sample(cond[:, :reference], ids.long(), frames, steps=steps, cfg_strength=2.0, sway_sampling_coef=-1.0, seed=0)
        wave = vocoder["head"](vocoder["backbone"](mel[:, reference:].to(dtype).permute(0, 2, 1)))
        return {"seconds": time.perf_counter() - started, "samples": wave.shape[-1]}

    @torch.inference_mode()
    def products(shapes: list[list[int]]) -> dict[str, float]:
        """Seconds of bare products (count, batch, rows, inner, columns) in the precision of the network."""
        spent = 0.0
        for count, batch, rows, inner, columns in shapes:
            left, right = torch.randn(batch, rows, inner).to(dtype), torch.randn(inner, columns).to(dtype)
            left @ right
            started = time.perf_counter()
            left @ right
            spent += count * (time.perf_counter() - started)
        return {"seconds": spent}

    answer({"version": f"torch {torch.__version__}"}, step=step, utterance=utterance, products=products, peak=peak)


main(*sys.argv[1:])
