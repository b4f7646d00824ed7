"""A 10-second line on the CPU at hand: ours against F5-TTS's own PyTorch code, with memory, loading and what fast precisions lose.

python benchmarks/f5_utterance.py [--quick] [--json FILE]

The line follows a reference of 5 s. Ours takes 7 steps (EPSS), PyTorch in float32 its default of 32; sampling and vocoder are both in the
time. PyTorch at our 7 steps, for which it has EPSS too, is shown beside it. Weights, peers, threads and turns are those of f5_step.py.
PyTorch takes minutes and is run once.

Memory is the largest resident set of a process that loads a cached graph, with the duration predictor, and speaks that line. Loading is
from the opening of the files to the back end being there. What a precision loses is the relative norm of one step against our float32
from the same file of weights.

--quick takes the tiny network and a short line, and the peer only where its environment is there; then nothing of this is required.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np
from f5_contenders.children import (
    Files,
    NotHereError,
    files,
    rounds,
    start_ours,
    start_torch,
    started,
    supposing_vnni,
    told,
)
from f5_weights import FULL, TINY
from table import Row, finish, options, required

from voiceover.engines.f5.mel import HOP_LENGTH, SAMPLE_RATE

ROUNDS = 3
STEPS, DEFAULT_STEPS = 7, 32
ERROR_FRAMES = 500
TORCH, TORCH_SAME = "PyTorch fp32", "PyTorch fp32, the same steps"
OURS: Mapping[str, tuple[str, bool]] = {
    "ours fp32": ("fp32", False),
    "ours int8": ("int8", False),
    "ours int8w": ("int8w", False),
    "ours fp32, rowwise int4 weights": ("fp32", True),
    "ours int8, rowwise int4 weights": ("int8", True),
    "ours int4, rowwise int4 weights": ("int4", True),
}
"""Precision, and whether the weights are rowwise int4."""
MOST_MB = {"int8": 1000, "int4": 700}
LONGEST_LOAD = 2.0
LEAST_RATIO = 10
MOST_ERROR = 0.02


def line(full: bool) -> dict[str, int]:
    """Frames in all, and those of the reference."""
    reference, spoken = (round(seconds * SAMPLE_RATE / HOP_LENGTH) for seconds in ((5, 10) if full else (0.1, 0.2)))
    return {"frames": reference + spoken, "reference": reference}


def spoken_seconds(full: bool) -> float:
    """Of the line."""
    return (line(full)["frames"] - line(full)["reference"]) * HOP_LENGTH / SAMPLE_RATE


def measured(given: Files, full: bool) -> list[Row]:
    for precision, rowwise in OURS.values():  # the graphs are cached from here on
        try:
            start_ours(given, precision, rowwise=rowwise).close()
        except NotHereError:
            continue
    fresh: dict[str, tuple[float, float]] = {}
    error: dict[str, float] = {}
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name:
        for number, (who, (precision, rowwise)) in enumerate(OURS.items()):
            try:
                fresh[who] = alone(given, precision, rowwise, Path(name) / f"{number}.npy", full)
            except NotHereError as why:
                missing[who] = str(why)
        error = losses(Path(name), list(fresh))
    with ExitStack() as stack:
        wanted = {who: partial(start_ours, given, precision, rowwise=rowwise) for who, (precision, rowwise) in OURS.items()}
        here, _ = started({who: start for who, start in wanted.items() if who in fresh}, stack)
        peer, absent = started({TORCH: partial(start_torch, given, "fp32", install=full)}, stack)
        seconds = rounds(here, ROUNDS if full else 1, "utterance", steps=STEPS, **line(full))
        seconds |= rounds(peer, 0, "utterance", steps=DEFAULT_STEPS, **line(full))
        at_same = rounds(peer, 0, "utterance", steps=STEPS, **line(full))
        seconds |= {TORCH_SAME: at_same[TORCH]} if at_same else {}
        print("; ".join([told(), *(one.loaded["version"] for one in peer.values())]), flush=True)
    missing |= absent
    rows = [*speed_rows(seconds, missing, full)]
    for who in OURS:
        rows += own_rows(who, fresh.get(who), error.get(who), missing, full)
    return rows


def alone(given: Files, precision: str, rowwise: bool, out: Path, full: bool) -> tuple[float, float]:
    """Seconds to load and peak memory, each from processes of their own; the step goes to ``out``."""
    loads = []
    for _ in range(ROUNDS if full else 0):
        one = start_ours(given, precision, rowwise=rowwise)
        loads.append(float(one.loaded["seconds"]))
        one.close()
    one = start_ours(given, precision, rowwise=rowwise)
    loads.append(float(one.loaded["seconds"]))
    one.ask("utterance", steps=1, **line(full))
    peak = one.ask("peak")["mb"]
    one.ask("step", frames=ERROR_FRAMES if full else 32, out=str(out))
    one.close()
    return statistics.median(loads), float(peak)


def losses(folder: Path, names: list[str]) -> dict[str, float]:
    """Relative norms of the steps against float32 from the same weights."""
    found = {who: np.load(folder / f"{number}.npy") for number, who in enumerate(OURS) if who in names}
    error = {}
    for who, step in found.items():
        whole = next((one for one, kind in OURS.items() if kind == ("fp32", OURS[who][1])), "")
        if who != whole and whole in found:
            error[who] = float(np.linalg.norm(step - found[whole]) / np.linalg.norm(found[whole]))
    return error


def speed_rows(seconds: Mapping[str, float], missing: Mapping[str, str], full: bool) -> list[Row]:
    spoken = spoken_seconds(full)
    rows = [
        Row(f"{who}, {DEFAULT_STEPS if who == TORCH else STEPS} steps: s a second of speech", spent / spoken, "", True)
        for who, spent in seconds.items()
    ]
    for who, (precision, _) in OURS.items():
        what = f"{who}: times faster than {TORCH} at the same {STEPS} steps"
        if who in seconds and TORCH_SAME in seconds:
            rows.append(Row(what, seconds[TORCH_SAME] / seconds[who], "", True))
        what = f"{who}: times faster than {TORCH}"
        words = f"at least {LEAST_RATIO}" if precision == "int8" else ""
        if who not in seconds or TORCH not in seconds:
            rows.append(Row(what, None, words, True, "; ".join(f"{name}: {missing[name]}" for name in (who, TORCH) if name in missing)))
        elif not words:
            rows.append(Row(what, seconds[TORCH] / seconds[who], "", True))
        else:
            ratio = seconds[TORCH] / seconds[who]
            rows.append(required(what, ratio, words, ratio >= LEAST_RATIO, full, supposing_vnni()))
    return rows


def own_rows(who: str, fresh: tuple[float, float] | None, error: float | None, missing: Mapping[str, str], full: bool) -> list[Row]:
    precision, rowwise = OURS[who]
    if fresh is None:
        return [Row(f"{who}: loading, memory, loss", None, "", True, missing[who])]
    loading, peak = fresh
    rows = [required(f"{who}: loading from the cached graph, s", loading, f"under {LONGEST_LOAD:g}", loading < LONGEST_LOAD, full)]
    most = MOST_MB.get(precision)
    what = f"{who}: peak of the process, MB"
    rows.append(Row(what, peak, "", True) if most is None else required(what, peak, f"under {most}", peak < most, full))
    if error is not None:
        what = f"{who}: one step against fp32, relative norm"
        # Rowwise int4 is an int8 matrix exactly: only the activations lose.
        held = rowwise and precision == "int8"
        rows.append(required(what, error, f"under {MOST_ERROR}", error < MOST_ERROR, full) if held else Row(what, error, "", True))
    return rows


def main() -> None:
    arguments = options(__doc__, "the tiny network").parse_args()
    full = not arguments.quick
    finish(measured(files(FULL if full else TINY), full), arguments.json)


if __name__ == "__main__":
    main()
