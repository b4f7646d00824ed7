"""One guided step of F5 at full size: ours, F5-TTS's own PyTorch code and f5-tts-mlx side by side, on the CPU at hand.

python benchmarks/f5_step.py [--quick] [--json FILE]

Everybody has the same random weights in the sizes of F5TTS_v1_Base (f5_weights.py), the same inputs and as many threads as there are cores,
and is loaded once into a process of its own. They step in turns; a figure is the median of the rounds, once what no step changes is
computed. Whoever takes over 20 s is run once, f5-tts-mlx only at 200 frames. The peers are installed with pip into an environment of
their own, in the folder that f5_weights.py names (2 GB); where they cannot be had, their rows are not measured.

The machine's own limit is measured in the same rounds: every product of a step by itself through onnxruntime, those of the
blocks' linear layers by the fastest int8 kernel, the rest in float32. Less than their sum no step can take on it. On a processor with
products of bf16 (AMX, AVX-512, Arm) the same products in bf16 stand beside it, by PyTorch, since onnxruntime has none on CPUs.

Ratios that int8 makes suppose AVX-512 VNNI; without it they are printed and not required.

--quick takes the tiny network, a few frames, and peers only where their environment is there; then no ratio is required.
"""

from __future__ import annotations

import math
import statistics
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial

import numpy as np
from f5_contenders.children import (
    Contender,
    Files,
    files,
    rounds,
    start_machine,
    start_mlx,
    start_ours,
    start_torch,
    started,
    supposing_vnni,
    told,
)
from f5_weights import FULL, TINY
from table import Row, finish, options, required

from voiceover.engines.f5.mlx.step_speed import BATCH, products_of
from voiceover.system.processor import instruction_sets

FRAMES = (500, 1000, 2000)
JUDGED = 1000
QUICK_FRAMES = 32
MLX_FRAMES = 200
ROUNDS = 3
SAME_WORK = 1e-3
"""Relative norm between outputs of the same step in float32."""
BF16_SETS = {"amx_bf16", "avx512_bf16", "bf16"}
"""What ``instruction_sets`` calls products of bf16."""
SUMS = {"fp32": "all products of a step in fp32", "int8": "the same, the linear layers in int8"}
TORCH, BF16, MLX = "PyTorch fp32", "PyTorch bf16", "f5-tts-mlx"
FLOAT, INT8, INT8W = "ours fp32", "ours int8", "ours int8w"
ROWS8, ROWS4 = "ours int8, rowwise int4 weights", "ours int4, rowwise int4 weights"


def starters(given: Files, full: bool) -> dict[str, Callable[[], Contender]]:
    return {
        TORCH: partial(start_torch, given, "fp32", install=full),
        BF16: partial(start_torch, given, "bf16", install=full),
        FLOAT: partial(start_ours, given, "fp32"),
        INT8: partial(start_ours, given, "int8"),
        INT8W: partial(start_ours, given, "int8w"),
        ROWS8: partial(start_ours, given, "int8", rowwise=True),
        ROWS4: partial(start_ours, given, "int4", rowwise=True),
    }


def floor(machine: Contender, given: Files, frames: int) -> dict[str, float]:
    """Seconds of a step's products: ``fp32`` and ``int8`` for all, and rates of the linear layers by kernel in 10^9 operations a second."""
    config = given.sizes.dit
    # The linear layers of the blocks: what does not belong to attention, position convolutions, first and last layer.
    shapes = []
    for one in products_of(config, frames):
        linear = one.batch == 1 and one.rows == BATCH * frames and one.columns != config.mel_dim
        shapes.append((one.count, one.batch, one.rows, one.inner, one.columns, linear))
    spent = machine.ask("products", shapes=shapes)
    operations = sum(2.0 * math.prod(shape[:5]) for shape in shapes if shape[5])
    dense = spent["MatMul fp32"]
    best = min(parts["linear"] for parts in spent.values())
    rates = {kernel: operations / parts["linear"] / 1e9 for kernel, parts in spent.items()}
    return {"fp32": dense["linear"] + dense["rest"], "int8": best + dense["rest"], **rates}


def bf16_floor(peer: Contender, given: Files, frames: int) -> float:
    """Seconds of a step's products in bf16 by PyTorch."""
    shapes = [(one.count, one.batch, one.rows, one.inner, one.columns) for one in products_of(given.sizes.dit, frames)]
    return float(peer.ask("products", shapes=shapes)["seconds"])


def errors(here: Mapping[str, Contender], frames: int) -> tuple[dict[str, float], dict[str, float]]:
    """Relative norm of each one's step against our fp32, of those that have the same weights; and the seconds of that one step."""
    found, spent = {}, {}
    with tempfile.TemporaryDirectory() as room:
        for number, (name, one) in enumerate(here.items()):
            spent[name] = one.ask("step", frames=frames, out=f"{room}/{number}.npy")["seconds"]
            found[name] = np.load(f"{room}/{number}.npy")
    whole = found.pop(FLOAT, None)
    if whole is None:
        return {}, spent
    return {name: float(np.linalg.norm(out - whole) / np.linalg.norm(whole)) for name, out in found.items()}, spent


def measured(given: Files, full: bool) -> list[Row]:
    frames_of, judged, few = (FRAMES, JUDGED, MLX_FRAMES) if full else ((QUICK_FRAMES,), QUICK_FRAMES, QUICK_FRAMES)
    with ExitStack() as stack:
        here, missing = started(starters(given, full), stack)
        machine, no_machine = started({"machine": start_machine}, stack)
        print("; ".join([told(), *sorted({one.loaded["version"] for one in here.values() if "version" in one.loaded})]), flush=True)
        seconds: dict[int, dict[str, float]] = {}
        floors: dict[int, dict[str, float]] = {}
        for frames in frames_of:
            limits: list[dict[str, float]] = []
            between = partial(lambda into, count: into.extend(floor(one, given, count) for one in machine.values()), limits, frames)
            seconds[frames] = rounds(here, ROUNDS, "step", between=between, frames=frames)
            floors[frames] = {name: statistics.median(one[name] for one in limits) for name in limits[0]} if limits else {}
        halves = [bf16_floor(here[BF16], given, judged) for _ in range(ROUNDS)] if BF16 in here and has_bf16() else []
        at_few = rounds({name: one for name, one in here.items() if name in (INT8, FLOAT)}, ROUNDS, "step", frames=few)
        once, no_mlx = started({MLX: partial(start_mlx, given, install=full)}, stack)
        error, spent = errors({**{name: one for name, one in here.items() if name not in (ROWS8, ROWS4)}, **once}, few)
        at_few |= {name: spent[name] for name in once}
    missing |= {**no_machine, **no_mlx}
    return [
        *error_rows(error, missing),
        *seconds_rows(seconds),
        *floor_rows(floors[judged], seconds[judged], judged, missing, full),
        *bf16_rows(halves, seconds[judged], judged, missing),
        *ratio_rows(seconds[judged], judged, missing, full),
        ratio_row(f"{INT8}: times faster than {MLX} at {few} frames", at_few, MLX, INT8, 100, missing, full),
        *(Row(f"  {name}, s", value, "", True) for name, value in at_few.items()),
    ]


def error_rows(error: Mapping[str, float], missing: Mapping[str, str]) -> list[Row]:
    what = f"{TORCH} against {FLOAT}, one step, relative norm"
    if TORCH in error:
        rows = [Row(what, error[TORCH], f"under {SAME_WORK}: the same work", error[TORCH] < SAME_WORK)]
    else:
        rows = [Row(what, None, f"under {SAME_WORK}", True, why(missing, TORCH, FLOAT))]
    return [*rows, *(Row(f"  {name}", value, "", True) for name, value in error.items() if name != TORCH)]


def seconds_rows(seconds: Mapping[int, Mapping[str, float]]) -> list[Row]:
    return [
        Row(f"{name}, a guided step of {frames} frames, s", spent, "", True)
        for frames, found in seconds.items()
        for name, spent in found.items()
    ]


def floor_rows(floor: Mapping[str, float], seconds: Mapping[str, float], frames: int, missing: Mapping[str, str], full: bool) -> list[Row]:
    rows = [
        Row(f"the machine: {name}, linear layers, 10^9 operations a second", rate, "", True)
        for name, rate in floor.items()
        if name not in SUMS
    ]
    rows += [Row(f"the machine: {words}, {frames} frames, s", floor[name], "", True) for name, words in SUMS.items() if name in floor]
    if floor and TORCH in seconds:
        rows.append(Row(f"  so a step is at most so many times faster than {TORCH}", seconds[TORCH] / floor["int8"], "", True))
    if floor and FLOAT in seconds:
        rows.append(Row(f"share of the fp32 products' rate that {FLOAT} reaches", floor["fp32"] / seconds[FLOAT], "", True))
    for name in (INT8, ROWS8):
        what = f"share of the int8 + fp32 products' rate that {name} reaches"
        if floor and name in seconds:
            share = floor["int8"] / seconds[name]
            rows.append(required(what, share, "at least 0.6", share >= 0.6, full))
        else:
            rows.append(Row(what, None, "at least 0.6", True, why(missing, name, "machine")))
    return rows


def has_bf16() -> bool:
    return bool(BF16_SETS & set(instruction_sets()))


def bf16_rows(halves: list[float], seconds: Mapping[str, float], frames: int, missing: Mapping[str, str]) -> list[Row]:
    what = f"the machine: all products of a step in bf16 (PyTorch), {frames} frames, s"
    if not halves:
        return [Row(what, None, "", True, why(missing, BF16) if has_bf16() else "this processor has no products of bf16")]
    limit = statistics.median(halves)
    return [
        Row(what, limit, "", True),
        Row(f"share of that rate that {BF16} reaches", limit / seconds[BF16], "", True),
        *(Row(f"  {name}: times that limit", seconds[name] / limit, "", True) for name in (INT8, FLOAT) if name in seconds),
    ]


def ratio_rows(seconds: Mapping[str, float], frames: int, missing: Mapping[str, str], full: bool) -> list[Row]:
    rows = []
    for name in (INT8, ROWS8, FLOAT):
        for peer, least in ((TORCH, 2.5), (BF16, 1.4)):
            what = f"{name}: times faster than {peer} at {frames} frames"
            rows.append(ratio_row(what, seconds, peer, name, least if name in (INT8, ROWS8) else None, missing, full, vnni=True))
    return rows


def ratio_row(
    what: str,
    seconds: Mapping[str, float],
    peer: str,
    own: str,
    least: float | None,
    missing: Mapping[str, str],
    full: bool,
    *,
    vnni: bool = False,
) -> Row:
    """``least`` is None where nothing is required; ``vnni`` says that the requirement supposes it."""
    words = "" if least is None else f"at least {least:g}"
    if own not in seconds or peer not in seconds:
        return Row(what, None, words, True, why(missing, own, peer))
    ratio = seconds[peer] / seconds[own]
    if least is None:
        return Row(what, ratio, "", True)
    return required(what, ratio, words, ratio >= least, full, supposing_vnni() if vnni else "")


def why(missing: Mapping[str, str], *names: str) -> str:
    return "; ".join(f"{name}: {missing[name]}" for name in names if name in missing)


def main() -> None:
    arguments = options(__doc__, "the tiny network").parse_args()
    full = not arguments.quick
    finish(measured(files(FULL if full else TINY), full), arguments.json)


if __name__ == "__main__":
    main()
