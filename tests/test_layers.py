"""Imports go down only, rooms do not know each other, and each third-party package has one fence."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "voiceover"
ROOMS = {"script", "voices", "plan", "engines", "models", "takes", "mix", "master", "publish"}
PIPELINE = {"pipeline"}
FRONT = {"cli", "__main__", "batch"}

FENCES = {
    "click": {"cli"},
    "rich": {"cli"},
    "yaml": {"settings/strict_yaml"},
    "markdown_it": {"script"},
    "mdit_py_plugins": {"script"},
    "sentencex": {"text/sentences"},
    "espeakng_loader": {"engines/draft"},
    "lameenc": {"publish"},
    "soundfile": {"audio/files"},
    "soxr": {"audio/files"},
    "pydub": {"audio/pydub_bridge"},
    "platformdirs": {"system/folders"},
    "mlx": {"engines/f5/mlx"},
    "onnx": {"engines/f5/onnx"},
    "onnxruntime": {"engines/f5/onnx"},
    "pypinyin": {"engines/f5/text"},
    "av": {"audio/decode"},
    "huggingface_hub": {"models/hub"},
    "rjieba": {"engines/f5/text"},
    "f5_tts": {"engines/f5/benchmark/upstream"},
    "torch": {"engines/f5/benchmark/upstream"},
    "fsspec": {"system/remote_store"},
    "ray": {"takes/cluster"},
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).with_suffix("").as_posix(), ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module, name: str) -> Iterator[str]:
    """Full names of everything that a module imports, at any depth of its code."""
    package = ["voiceover", *name.split("/")]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: -node.level] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def floor(place: str) -> int:
    head = place.split("/", maxsplit=1)[0]
    if head in FRONT:
        return 3
    if head in PIPELINE:
        return 2
    return 1 if head in ROOMS else 0


def home(full_name: str) -> str | None:
    """The first part below the package, None for what is not ours or is the package itself."""
    parts = full_name.split(".")
    return parts[1] if parts[0] == "voiceover" and len(parts) > 1 else None


def breaches(name: str, tree: ast.Module) -> list[str]:
    mine = name.split("/", maxsplit=1)[0]
    found = []
    for full_name in imported(tree, name):
        other = home(full_name)
        if other in {None, mine} or mine == "__init__":
            continue
        up = floor(other) > floor(name)
        sideways = floor(other) == floor(name) == 1
        if up or sideways:
            found.append(f"{name} imports {full_name}")
    return found


def test_imports_go_down_only() -> None:
    assert [breach for name, tree in modules() for breach in breaches(name, tree)] == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("mix/edit", "from voiceover.takes import store"),
        ("mix/edit", "from voiceover import master"),
        ("audio/files", "import voiceover.pipeline.render"),
        ("plan/build", "def f():\n    from voiceover.cli import main"),
        ("script/check", "from ..voices import load_voice"),
    ],
)
def test_a_breach_is_seen(name: str, code: str) -> None:
    assert breaches(name, ast.parse(code))


def test_third_party_packages_stay_behind_their_fence() -> None:
    out = []
    for name, tree in modules():
        for full_name in imported(tree, name):
            allowed = FENCES.get(full_name.split(".")[0])
            if allowed is not None and not any(name == place or name.startswith(f"{place}/") for place in allowed):
                out.append(f"{name} imports {full_name}")
    assert out == []


def test_only_the_command_line_prints() -> None:
    loud = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        if name.split("/")[0] != "cli"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert loud == []


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import voiceover", {"scipy", "mlx", "onnxruntime", "espeakng_loader", "numpy", "soundfile", "markdown_it", "yaml", "rich"}),
        (
            "from voiceover.cli import voiceover; voiceover.main(['--help'], standalone_mode=False)",
            {"scipy", "mlx", "onnxruntime", "numpy", "soundfile", "yaml"},
        ),
        ("import voiceover.pipeline.render", {"scipy", "mlx", "onnxruntime", "espeakng_loader", "pydub", "torch", "fsspec", "ray"}),
    ],
)
def test_importing_stays_light(code: str, heavy: set[str]) -> None:
    program = f"import sys\n{code}\nprint('LOADED', *sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED"
