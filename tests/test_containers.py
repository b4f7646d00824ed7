"""The image and the GitHub action: linted, their shell run, and the image built where there is a builder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
CI = (ROOT / "docs" / "ci.md").read_text("utf-8")
IMAGE = (ROOT / "Dockerfile").read_text("utf-8")


def lint(program: str, *arguments: str | Path, given: str | None = None) -> None:
    """Run a linter of the development environment, which is beside its Python."""
    path = shutil.which(program, path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))))
    assert path is not None, f"{program} is not installed: pip install -e '.[dev]'"
    done = subprocess.run([path, *arguments], cwd=ROOT, input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_linters_find_nothing(tmp_path: Path) -> None:
    lint("hadolint", "Dockerfile")
    workflow = tmp_path / ".github" / "workflows" / "site.yml"
    workflow.parent.mkdir(parents=True)
    (example,) = re.findall(r"```yaml\n(name: site.*?)```", CI, re.DOTALL)
    workflow.write_text(example.replace("OWNER/voiceover@COMMIT", f"owner/voiceover@{'0' * 40}"), "utf-8")
    lint("zizmor", "--offline", "--no-progress", "-q", "action.yml", ".github/workflows/ci.yml", workflow)
    for step in STEPS:
        if "run" in step:
            assert step["shell"] == "bash"
            assert "${{" not in step["run"]  # an input that becomes a part of a command could be one
            lint("shellcheck", "--shell=bash", "-", given=f"set -eo pipefail\n{step['run']}")


def test_the_image_is_small_careful_and_says_its_licence() -> None:
    words = [line.split() for line in IMAGE.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    last = max(number for number, line in enumerate(words) if line[0] == "FROM")
    user = [line[1] for line in words[last:] if line[0] == "USER"]
    assert user == ["10001:10001"]
    assert "slim" in next(line[1] for line in words if line[:1] == ["ARG"] and line[1].startswith("PYTHON="))
    (labels,) = [" ".join(line) for line in words[last:] if line[0] == "LABEL"]
    for label in ("title", "description", "version", "source", "revision", "documentation", "licenses"):
        assert f"org.opencontainers.image.{label}=" in labels
    page = (ROOT / "docs" / "image-licences.md").read_text("utf-8")
    (licences,) = re.findall(r'licenses="(.*?)"', labels)
    for licence in licences.split(" AND "):
        assert licence.removesuffix("-Clause").removesuffix("-3") in page, licence
    assert licences.startswith("GPL-3.0-or-later")  # espeak-ng
    # What is copied is sent to the builder, and nothing else is.
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    needed = [path for line in words if line[0] == "COPY" and not line[1].startswith("--from") for path in line[1:-1] if path != "."]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    needed += ["requirements-dev.lock", project["project"]["readme"], *project["project"]["license-files"]]
    needed += project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert [path for path in needed if path not in allowed and path.partition("/")[0] not in allowed] == []
    assert all((ROOT / path).exists() for path in allowed)
    assert "!tests" not in allowed


def test_the_page_has_every_input_and_output() -> None:
    for name, about in ACTION["inputs"].items():
        row = re.search(rf"^\| `{name}` \|.*\| (.*) \|$", CI, re.MULTILINE)
        assert row is not None, name
        assert row[1].strip("`") == ("required" if about.get("required") else about["default"])
    for name in ACTION["outputs"]:
        assert f"`{name}`" in CI


class Runner:
    """Runs the steps of the action with a shell as GitHub does, but for the actions of others."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        self.site = folder / "site"
        self.site.mkdir()
        self.folder = folder
        self.known = {f"inputs.{name}": about.get("default", "") for name, about in ACTION["inputs"].items()}
        self.known |= {f"inputs.{name}": text for name, text in inputs.items()}
        self.known |= {"runner.os": "Linux", "runner.temp": f"{folder}/temp dir", "github.action_path": str(ROOT)}
        self.known["steps.python.outputs.python-path"] = str(self._python())
        self.summary = folder / "summary"

    def _python(self) -> Path:
        """A Python whose environments have voiceover from this checkout, and a pip that only notes what it was asked for."""
        path = self.folder / "python"
        voiceover = f"exec {sys.executable} -m voiceover"
        path.write_text(
            f"""#!/bin/bash -eu
[ "$1 $2" = "-m venv" ]
mkdir -p "$3/bin"
ln -s {sys.executable} "$3/bin/python"
printf '#!/bin/bash\\n{voiceover} "$@"\\n' > "$3/bin/voiceover"
printf '#!/bin/bash\\nprintf "%%s\\\\n" "$@" > "{self.folder}/pip"\\n' > "$3/bin/pip"
chmod +x "$3/bin/voiceover" "$3/bin/pip"
""",
            "utf-8",
        )
        path.chmod(0o755)
        return path

    def run(self) -> int:
        """Run the steps until one fails, then those that always run; return the exit code."""
        code, installed = 0, False
        for number, step in enumerate(STEPS):
            is_due = installed if "always()" in step.get("if", "") else not code
            if "run" not in step or not is_due:
                continue
            output = self.folder / f"output-{number}"
            output.write_text("")
            more = {name: self._filled(text) for name, text in step["env"].items()}
            files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(self.summary), "PYTHONPATH": self._path}
            script = self.folder / f"step-{number}.sh"
            script.write_text(step["run"], "utf-8")
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
                cwd=self.site,
                env={**os.environ, **more, **files},
                capture_output=True,
                text=True,
                timeout=120,
            )
            self.said = done.stdout + done.stderr
            assert "Traceback" not in self.said
            found = (line.split("=", 1) for line in output.read_text("utf-8").splitlines())
            self.known |= {f"steps.{step.get('id')}.outputs.{name}": text for name, text in found}
            installed = installed or (step.get("id") == "install" and not done.returncode)
            if done.returncode and not code:
                code, self.failure = done.returncode, self.said
        return code

    @property
    def _path(self) -> str:
        return os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ (\S+) \}\}", lambda match: self.known[match[1]], text)

    def output(self, name: str) -> str:
        return self._filled(ACTION["outputs"][name]["value"])


def test_the_action_makes_the_audio_of_a_site(tmp_path: Path) -> None:
    asked = "--engine=draft\n  --allow-draft\n\n--format=wav"
    runner = Runner(tmp_path, paths="content\n my page.md \n", output="static/audio files", arguments=asked, extras="kokoro,media")
    (runner.site / "content").mkdir()
    (runner.site / "content" / "one.md").write_text("---\ntitle: One\n---\n\nHello.\n", "utf-8")
    (runner.site / "my page.md").write_text("---\ntitle: $(touch pwned) `touch pwned`\n---\n\nHello.\n", "utf-8")
    assert runner.run() == 0, runner.failure
    assert (tmp_path / "pip").read_text("utf-8").splitlines() == ["install", "--quiet", f"{ROOT}[kokoro,media]"]
    constraints = (tmp_path / "temp dir" / "voiceover" / "environment" / "constraints.txt").read_text("utf-8")
    assert re.search(r"^numpy==[\d.]+ ;|^numpy==[\d.]+$", constraints, re.MULTILINE)
    assert "--hash" not in constraints
    assert {path.name for path in (runner.site / "static" / "audio files").glob("*.wav")} == {"one.draft.wav", "my page.draft.wav"}
    assert [runner.output(name) for name in ("made", "unchanged", "failed", "suspect")] == ["2", "0", "0", "0"]
    assert json.loads(Path(runner.output("report")).read_bytes())["counts"]["made"] == 2
    assert "| 2 | 0 | 0 | 0 |" in runner.summary.read_text("utf-8")
    assert not list(tmp_path.rglob("pwned"))
    # Another build, from what the cache has kept.
    shutil.rmtree(tmp_path / "temp dir" / "voiceover" / "environment")
    (runner.site / "content" / "one.md").write_text("Twon: {x\n---\ncast: 3\n---\n", "utf-8")
    (runner.site / "content" / "two.md").write_text("---\ncast: {Ann: ada}\n---\n\n**Bob:** Hello.\n", "utf-8")
    assert runner.run() == 1
    assert "two.md:5:1" in runner.failure
    assert (runner.output("unchanged"), runner.output("failed")) == ("1", "1")
    assert list((tmp_path / "temp dir" / "voiceover" / "takes").rglob("*.wav"))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"paths": " \n"}, "::error::paths: name a folder"),
        ({"extras": "kokoro]; touch pwned #"}, "::error::extras: names separated by commas"),
        ({"paths": "--help"}, "no file or folder --help|--help"),
        ({"arguments": "$(touch pwned)"}, "pwned"),
    ],
)
def test_bad_input_ends_with_2_and_runs_nothing(tmp_path: Path, given: dict[str, str], told: str) -> None:
    runner = Runner(tmp_path, **{"paths": "content", "output": "out", **given})
    assert runner.run() == 2
    assert re.search(told, runner.failure)
    assert not list(tmp_path.rglob("pwned"))


def builder() -> str:
    """Return why no image can be built here; empty if one can."""
    program = shutil.which("docker")
    if program is None:
        return "docker is not installed"
    done = subprocess.run([program, "info"], capture_output=True, text=True, timeout=30)
    return "" if done.returncode == 0 else "no docker daemon is running"


@pytest.mark.slow
def test_the_image_is_built_and_speaks(tmp_path: Path) -> None:
    if reason := builder():
        pytest.skip(reason)
    subprocess.run(["docker", "build", "-q", "-t", "voiceover-test", "."], cwd=ROOT, check=True, timeout=1500)
    (tmp_path / "hello.md").write_text("Hello there.\n", "utf-8")
    run = ["docker", "run", "--rm", "--network", "none", "--user", f"{os.getuid()}:{os.getgid()}", "-v", f"{tmp_path}:/work"]
    subprocess.run([*run, "voiceover-test", "render", "hello.md", "--engine", "kokoro"], check=True, timeout=600)
    assert (tmp_path / "hello.mp3").stat().st_size > 5_000
    who = ["docker", "run", "--rm", "--entrypoint", "id", "voiceover-test", "-u"]
    assert subprocess.run(who, check=True, capture_output=True, text=True).stdout.strip() == "10001"
