"""Ours, through the three calls that every back end has.

python ours.py CONFIG DIT VOCOS DURATION PRECISION GRAPHS THREADS: the fields of DiTConfig as JSON, files of weights in any layout that is
read, fp32, int8 or int4, and the folder of the cached graphs.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np
from line import TIME, answer, inputs, own, peak

from voiceover.engines.f5.backend import Backend, Prompt
from voiceover.engines.f5.choices import Architecture, Sampling
from voiceover.engines.f5.sampler import draw_noise, sample
from voiceover.engines.f5.weights.files import open_weights


def load(dit: Path, vocos: Path, duration: Path, precision: str, graphs: Path, threads: int) -> Backend:
    """Ready to step, which opens what a back end leaves for its first step."""
    from voiceover.engines.f5.onnx import load_backend

    weights = [open_weights(path, verify=False) for path in (dit, vocos, duration)]
    digest = hashlib.sha256(str(dit).encode()).hexdigest()  # random weights are known by where they lie
    backend = load_backend(*weights, architecture=Architecture.V1, graph_folder=graphs, digest=digest, precision=precision, threads=threads)
    if not (backend.dit.text and backend.dit.step):
        sys.exit("nothing was opened")
    return backend


def main(configs: str, dit: str, vocos: str, duration: str, precision: str, graphs: str, threads: str) -> None:
    config = json.loads(configs)["dit"]
    started = time.perf_counter()
    backend = load(Path(dit), Path(vocos), Path(duration), precision, Path(graphs), int(threads))
    loading = time.perf_counter() - started
    prompts: dict[int, Prompt] = {}

    def step(frames: int, out: str | None = None) -> dict[str, float]:
        """A guided step; what belongs to the prompt is kept from step to step, as in an utterance."""
        state, cond, ids = inputs(frames, config["mel_dim"], config["text_rows"])
        # A second time, since a back end may tidy up after the last.
        prompt = prompts.get(frames) or Prompt(cond, ids, np.array([TIME, 1], np.float32), True)
        prompts.clear()
        prompts[frames] = prompt
        started = time.perf_counter()
        found = backend.velocity(state, 0, prompt)
        seconds = time.perf_counter() - started
        if out is not None:
            np.save(out, found)
        return {"seconds": seconds}

    def utterance(frames: int, reference: int, steps: int) -> dict[str, float]:
        """Sampling and vocoder."""
        _, cond, ids = inputs(frames, config["mel_dim"], config["text_rows"])
        known = np.arange(frames)[None] < reference
        noise = draw_noise(0, frames, config["mel_dim"])[None]
        started = time.perf_counter()
        mel = sample(backend, cond=cond, known=known, ids=ids, noise=noise, sampling=Sampling(steps=steps))
        wave = backend.vocode(mel[:, reference:])
        return {"seconds": time.perf_counter() - started, "samples": wave.shape[-1]}

    answer({"seconds": loading}, step=step, utterance=utterance, peak=peak, own=own)


main(*sys.argv[1:])
