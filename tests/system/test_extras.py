"""Every text that says how to install something says what works from a checkout."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import Run

REPOSITORY = Path(__file__).parents[2]
TEXTS = sorted(
    path
    for pattern in ("*.md", "*.toml", "justfile", "docs/**/*.md", "voiceover/**/*", "scripts/**/*", "benchmarks/**/*", "voices/**/*.yaml")
    for path in REPOSITORY.glob(pattern)
    if path.is_file() and path.suffix in (".md", ".toml", ".py", ".yaml", ".html", ".sh", "") and "__pycache__" not in path.parts
)
FROM_AN_INDEX = re.compile(
    r"(?:\b(?:install|add|run)\b[^\n]*?[\s'\"]|\b(?:uvx|pipx run)\s+)voiceover(?:\[|['\"`\s),.]*$|==|>=)", re.MULTILINE
)
EXTRAS = re.compile(r"'\.\[([a-z,]+)\]'|how_to_install\('([a-z]+)'\)")


def test_no_text_installs_voiceover_from_a_package_index() -> None:
    for line in (
        "pip install voiceover",
        "pip install 'voiceover[media]'",
        "run `pip install voiceover`.",
        "uvx voiceover",
        "uv add voiceover==1",
    ):
        assert FROM_AN_INDEX.search(line), line
    assert FROM_AN_INDEX.search("uvx voiceover")
    for line in ("pip install '.[media]'", "pip install . && voiceover render a.md", "pip install -e '.[dev]'"):
        assert not FROM_AN_INDEX.search(line), line
    assert len(TEXTS) > 250
    found = [f"{path.relative_to(REPOSITORY)}: {match[0]}" for path in TEXTS for match in FROM_AN_INDEX.finditer(path.read_text("utf-8"))]
    assert found == []


def test_every_extra_that_a_text_names_is_one() -> None:
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    named = {name for path in TEXTS for match in EXTRAS.finditer(path.read_text("utf-8")) for name in (match[1] or match[2]).split(",")}
    assert {"media", "mlx", "onnx", "store", "ray", "zh", "cuda", "dev"} <= named
    assert named <= extras.keys()


@pytest.mark.parametrize(
    ("missing", "command", "said"),
    [
        ("fsspec", ["render", "a.md", "--store", "memory://x"], "pip install '.[store]'"),
        ("mlx", ["bench", "--backend", "mlx"], "pip install '.[mlx]'"),
    ],
)
def test_a_missing_extra_is_named_with_the_command_for_the_checkout(
    missing: str, command: list[str], said: str, voiceover_process: Run, tmp_path: Path
) -> None:
    (tmp_path / "a.md").write_text("Hello there.\n")
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules[{missing!r}] = None\n")
    done = voiceover_process(*command, check=None, PYTHONPATH=f"{tmp_path}:{':'.join(sys.path)}")
    assert done.returncode in (1, 2)
    assert f"in the voiceover checkout, run: {said}" in done.stderr
