"""f5-tts-mlx: one guided step of its DiT, which it takes in two calls. Run by the interpreter of the peers' environment.

python mlx_.py CONFIG DIT: the fields of DiTConfig as JSON, and a file of weights in torch's layout.
"""

from __future__ import annotations

import json
import re
import sys
import time

from line import TIME, answer, dit_sizes, inputs, peak
from stubs import stub

stub("f5_tts_mlx.cfm")

import mlx.core as mx  # noqa: E402
import numpy as np  # noqa: E402
from f5_tts_mlx.dit import DiT  # noqa: E402

LISTS = re.compile(r"\.(to_out|text_blocks|time_mlp|conv1d|ff\.ff)\.(\d+)(?=\.)")
CONVOLUTION = re.compile(r"(\.dwconv|\.conv1d\.layers\.\d+)\.weight$")


def load_dit(config: dict[str, int], path: str) -> DiT:
    network = DiT(**dit_sizes(config))
    weights = []
    for raw, tensor in mx.load(path).items():
        name = LISTS.sub(r".\1.layers.\2", raw.removeprefix("transformer.")).replace(".layers.0.0.", ".layers.0.layers.0.")
        weights.append((name, tensor.swapaxes(1, 2) if CONVOLUTION.search(name) else tensor))
    network.load_weights(weights)
    network.eval()
    mx.eval(network.parameters())
    return network


def main(configs: str, dit: str) -> None:
    config = json.loads(configs)["dit"]
    network = load_dit(config, dit)

    def step(frames: int, out: str | None = None) -> dict[str, float]:
        state, cond, ids = (mx.array(array) for array in inputs(frames, config["mel_dim"], config["text_rows"]))
        started = time.perf_counter()
        found = [network(state, cond, ids, mx.array(TIME), drop_audio_cond=drop, drop_text=drop) for drop in (False, True)]
        mx.eval(found)
        seconds = time.perf_counter() - started
        if out is not None:
            np.save(out, np.concatenate([np.array(half) for half in found]))
        return {"seconds": seconds}

    answer({"version": f"mlx {mx.__version__}"}, step=step, peak=peak)


main(*sys.argv[1:])
