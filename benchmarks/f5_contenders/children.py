"""The contenders seen from the benchmark: environments of the peers, processes, rounds side by side."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from f5_weights import Sizes, default_folder, make, torch_file

from voiceover.system.cpu import available_cores
from voiceover.system.processor import instruction_sets

HERE = Path(__file__).parent
SLOW_SECONDS = 20.0
"""A contender whose first, unmeasured run took longer is not run again: that run is its figure."""
CPU_ONLY = "+cpu" if sys.platform == "linux" else ""
PYTORCH_INDEX = "https://download.pytorch.org/whl/cpu"
PEERS: Mapping[str, Sequence[Sequence[str]]] = {
    "torch": (
        ("--extra-index-url", PYTORCH_INDEX, f"torch==2.13.0{CPU_ONLY}", "x-transformers", "torchdiffeq", "safetensors", "scipy", "numpy"),
        ("--no-deps", "f5-tts==1.1.22", "vocos==0.1.0"),
    ),
    "mlx": (("mlx[cpu]" if sys.platform == "linux" else "mlx", "einops", "numpy"), ("--no-deps", "f5-tts-mlx==0.2.6")),
}
"""What pip is given, call by call: not the peers' audio, training and download packages."""


class NotHereError(Exception):
    """A contender that cannot be run on this machine; says why."""


class Contender:
    """A process that answers requests. Loading is over when it is there; ``loaded`` is what it said then."""

    def __init__(self, python: str | Path, script: str, *arguments: object) -> None:
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        command = [str(python), str(HERE / script), *map(str, arguments)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True)
        self.loaded = self.hear()

    def ask(self, do: str, **request: object) -> Any:
        self.tell(do, **request)
        return self.hear()

    def tell(self, do: str, **request: object) -> None:
        """Send a request whose answer ``hear`` waits for."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **request}) + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        self._process.communicate()
        self._errors.close()

    def hear(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        code = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().strip().splitlines()
        raise RuntimeError(said[-1] if said else f"ended with {code}")


@dataclass(frozen=True, slots=True)
class Files:
    """The same weights for everybody."""

    sizes: Sizes
    folder: Path
    torch: Path
    torch_vocos: Path

    @property
    def config(self) -> str:
        return json.dumps({"dit": asdict(self.sizes.dit), "vocos": asdict(self.sizes.vocos)})


def files(sizes: Sizes) -> Files:
    return Files(sizes, make(sizes), torch_file(sizes, "dit"), torch_file(sizes, "vocos"))


def python_of(peer: str, *, install: bool) -> Path:
    """The interpreter of a peer's environment, which is made where it is not there. Raises NotHereError."""
    key = hashlib.sha256(json.dumps([PEERS[peer], sys.version_info[:2]]).encode()).hexdigest()[:8]
    folder = default_folder() / f"peers-{peer}-{key}"
    python = folder / "bin" / "python"
    if (folder / "complete").exists():
        return python
    if not install:
        raise NotHereError("its environment is made by a run without --quick")
    print(f"making the environment of {peer}: {folder}", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    for packages in PEERS[peer]:
        done = subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotHereError(f"pip cannot get {' '.join(packages)}: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    (folder / "complete").touch()
    return python


def start_torch(given: Files, precision: str, *, install: bool) -> Contender:
    """F5-TTS on PyTorch. Raises NotHereError."""
    return start_peer("torch", install, given.config, given.torch, given.torch_vocos, precision, available_cores())


def start_mlx(given: Files, *, install: bool) -> Contender:
    """f5-tts-mlx. Raises NotHereError."""
    return start_peer("mlx", install, given.config, given.torch)


def start_peer(peer: str, install: bool, *arguments: object) -> Contender:
    """A peer that does not come up is not there; one that fails later, and whatever of ours fails, is a fault."""
    try:
        return Contender(python_of(peer, install=install), f"{peer}_.py", *arguments)
    except RuntimeError as error:
        raise NotHereError(f"it does not start: {error}") from error


def start_ours(given: Files, precision: str, *, rowwise: bool = False) -> Contender:
    """Ours, from the float weights that the peers have or from their rowwise int4 bundle. Raises NotHereError, RuntimeError."""
    need_onnxruntime()
    dit = given.folder / "int4" if rowwise else given.torch
    others = (given.folder / "vocos.safetensors", given.folder / "duration_v2.safetensors")
    return Contender(sys.executable, "ours.py", given.config, dit, *others, precision, default_folder() / "graphs", available_cores())


def start_machine() -> Contender:
    """The bare products. Raises NotHereError, RuntimeError."""
    need_onnxruntime()
    return Contender(sys.executable, "machine.py", available_cores())


def need_onnxruntime() -> None:
    """Raises NotHereError."""
    missing = [package for package in ("onnx", "onnxruntime") if find_spec(package) is None]
    if missing:
        raise NotHereError(f"needs {' and '.join(missing)}")


def started(wanted: Mapping[str, Callable[[], Contender]], stack: ExitStack) -> tuple[dict[str, Contender], dict[str, str]]:
    """Those that can be run, closed with ``stack``, and why the others cannot."""
    here: dict[str, Contender] = {}
    missing: dict[str, str] = {}
    for name, start in wanted.items():
        try:
            here[name] = start()
            stack.callback(here[name].close)
        except NotHereError as why:
            missing[name] = str(why)
    return here, missing


def rounds(
    contenders: Mapping[str, Contender], count: int, do: str, *, between: Callable[[], None] = lambda: None, **request: object
) -> dict[str, float]:
    """Median seconds of each, run in turns, ``between`` once a turn; before them once unmeasured."""
    seconds: dict[str, list[float]] = {name: [one.ask(do, **request)["seconds"]] for name, one in contenders.items()}
    for _ in range(count):
        between()
        for name, one in contenders.items():
            if seconds[name][0] <= SLOW_SECONDS:
                seconds[name].append(one.ask(do, **request)["seconds"])
    return {name: statistics.median(found[1:] or found) for name, found in seconds.items()}


def told() -> str:
    """The machine and what ours stands on, in words."""
    names = [name for name in ("onnxruntime", "numpy") if find_spec(name)]
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    return f"{platform.machine()}, {' '.join(instruction_sets())}; {available_cores()} threads; {versions}"


def supposing_vnni() -> str:
    """Why a ratio is not required here that int8 products with VNNI make; empty where it is."""
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    return "supposes AVX-512 VNNI" if x86 and not {"avx512_vnni", "avx_vnni"} & set(instruction_sets()) else ""
