"""The review of an episode, as it is written; ``tests/browser`` opens it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engine_packages import install

ENGINE = Path(__file__).parents[1] / "stumbling_engine.py"
HEAD = "---\ntitle: T\nengine: stumbler\ncast: {Ann: ada, Bob: ben}\n---\n\n"
SCRIPT = f"{HEAD}Ann: In 1844.\n\nBob: This one (9 bad) never is well. And this is.\n"


@pytest.fixture(autouse=True)
def stumbler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").mkdir()
    install(tmp_path / "site", ENGINE, "stumbler", monkeypatch)


def test_it_has_what_the_render_stored(tmp_path: Path, voiceover: Run) -> None:
    (tmp_path / "-a'b.md").write_text(SCRIPT)
    voiceover("render", "./-a'b.md", "-o", "out", "--retakes", "1", check=3)
    page = tmp_path / voiceover("review", "--", "-a'b.md", cwd=tmp_path, check=2).stdout  # the episode is not here
    page = tmp_path / voiceover("review", "-o", "out", "--engine", "stumbler", "--", "-a'b.md").stdout.removesuffix("\n")
    text = page.read_text("utf-8")
    assert page.name == "-a'b.review.html"
    data = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])  # type: ignore[index]
    assert data["retake"] == ["voiceover retake './-a'\"'\"'b.md' ", " --output out --engine stumbler"]
    assert data["accept"][0].startswith("voiceover takes accept ")
    assert re.findall(r'data-place="([^"]*)"', text) == ["9", "7"]
    recordings = re.findall(r'class="alone" data-audio="file://([^"]*)"', text)
    assert len(recordings) == 2 and all(Path(path).is_file() for path in recordings)
    assert text.count('aria-label="Play attempt ') == 2
    assert "eighteen forty-four" in text

    # What is asked of the takes of another version, of another engine, or of a stranger's manifest is left out.
    manifest = tmp_path / "out" / "-a'b.manifest.json"
    content = json.loads(manifest.read_text("utf-8"))
    for take in content["takes"]:
        take["address"] = "../../../etc/passwd"
        take.pop("attempts", None)
    manifest.write_text(json.dumps(content))
    (tmp_path / "-a'b.md").write_text(SCRIPT.replace("engine: stumbler", "engine: nosuch"))
    done = voiceover("review", "-o", "out", "--", "-a'b.md")
    assert "the review has no places in the script" in done.stderr
    text = page.read_text("utf-8")
    assert "passwd" not in text
    assert re.findall(r'data-place="([^"]*)"', text) == ["", ""]
    assert re.findall(r'class="alone" data-audio="([^"]*)"', text) == ["", ""]

    page.write_text("mine")
    assert "not a page that voiceover made" in voiceover("review", "-o", "out", "--", "-a'b.md", check=2).stderr
