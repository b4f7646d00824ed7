"""The report of a batch as a page, and the runs that its charts show; ``tests/browser`` opens it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.conftest import Run

NIGHT = dict.fromkeys(("started", "wall_seconds", "made", "failed", "unchanged", "suspect", "speech_seconds", "seconds", "work_seconds"), 1)


def test_a_night_is_a_page_beside_the_json(tmp_path: Path, voiceover: Run) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "one.md").write_text("---\ntitle: One & <only>\n---\n\nGood evening.\n")
    (tmp_path / "in" / "bad.md").write_text("---\ncast: {A: ada}\n---\n\nA: [pause 1q]\n")
    batch = ("batch", "in", "-o", "out", "--engine", "draft", "--allow-draft")
    voiceover(*batch, "--dry-run", "--report", "pages/plan.html", check=1)
    plan = (tmp_path / "pages" / "plan.html").read_text("utf-8")
    assert "Dry run" in plan and "<svg" not in plan
    done = voiceover(*batch, "--report", "pages/night.HTML", "--report", "report.json", "--report", "-", check=1)
    told = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert json.loads(done.stdout) == told
    text = (tmp_path / "pages" / "night.HTML").read_text("utf-8")
    rows = re.findall(r'<tr class="([a-z-]+)">', text)
    assert rows == ["failed", "new"]
    assert "One &amp; &lt;only&gt;" in text
    assert 'href="./../out/one.draft.mp3"' in text
    assert ">transcript.json</a>" in text
    assert text.count("<rect") == 6
    assert ">The last run</h2>" in text
    voiceover(*batch, "--report", "pages/night.html", check=1)
    again = (tmp_path / "pages" / "night.html").read_text("utf-8")
    assert "1 episode is unchanged." in again
    assert again.count("<rect") == 12
    assert ">The last 2 runs</h2>" in again


def test_runs_of_a_stranger_are_none(tmp_path: Path, voiceover: Run) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "one.md").write_text("---\ntitle: One\n---\n\nGood evening.\n")
    batch = ("batch", "in", "-o", "out", "--engine", "draft", "--allow-draft", "--report", "night.html")
    voiceover(*batch)
    nights = next((tmp_path / ".voiceover").glob("*/nights.json"))
    assert nights.stat().st_mode & 0o777 == 0o600

    def bars() -> int:
        voiceover(*batch)
        return (tmp_path / "night.html").read_text("utf-8").count("<rect") // 6

    assert bars() == 2
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps({"schema": 1, "nights": [NIGHT] * 3}))
    nights.unlink()
    nights.symlink_to(secret)
    assert bars() == 1
    assert not nights.is_symlink() and json.loads(secret.read_text())["nights"] == [NIGHT] * 3
    for content in ("[", "[]", '{"schema": 2}', *(json.dumps({"schema": 1, "nights": [NIGHT | {"made": made}]}) for made in wrong())):
        nights.write_text(content)
        assert bars() == 1, content
    nights.write_text(json.dumps({"schema": 1, "nights": [NIGHT] * 40}))
    assert bars() == 30
    assert len(json.loads(nights.read_text())["nights"]) == 30


def wrong() -> tuple[object, ...]:
    return ("<script>", True, float("nan"), -1, 1e300, None)
