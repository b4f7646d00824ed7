"""The line protocol of a contender: a JSON object a line, a request on standard input, its answer on standard output.

The first line that a contender writes says that it is loaded. It imports nothing of voiceover, since the peers' interpreters run it too.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np


def answer(loaded: Mapping[str, Any], **calls: Callable[..., Mapping[str, Any]]) -> None:
    """Say that everything is loaded, then answer requests by the call that they name in ``do``, until there are no more."""
    file = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print goes to standard error
    print(json.dumps(loaded), file=file, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(calls[request.pop("do")](**request)), file=file, flush=True)


def inputs(frames: int, mel_dim: int, text_rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What every contender steps from: state (1, n, mel), reference mel in the first third (1, n, mel), ids (1, nt)."""
    draw = np.random.RandomState(frames)
    state, cond = draw.standard_normal((2, 1, frames, mel_dim)).astype(np.float32)
    cond[:, frames // 3 :] = 0
    return state, cond, draw.randint(0, text_rows - 1, (1, max(frames // 6, 1))).astype(np.int32)


def dit_sizes(config: Mapping[str, int]) -> dict[str, int]:
    """What the DiT of F5-TTS and that of f5-tts-mlx are made with, from the fields of ``DiTConfig``."""
    same = {name: config[name] for name in ("dim", "depth", "heads", "dim_head", "mel_dim", "text_dim", "conv_layers")}
    return {**same, "ff_mult": config["ff_dim"] // config["dim"], "text_num_embeds": config["text_rows"] - 1}


TIME = 0.3
"""The time of the step."""


def peak() -> Mapping[str, float]:
    """Largest resident set of this process so far, MB of 10^6 bytes."""
    import resource

    return {"mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6}


def own() -> Mapping[str, float]:
    """Memory of this process that no other can have part in, MB of 10^6 bytes (Linux)."""
    lines = Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()
    return {"mb": sum(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) * 1024 / 1e6}
