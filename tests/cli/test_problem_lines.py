"""What check, plan, render and batch print about a script: each message once, and what is not spoken as counts."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Run

PAGE = """# The mill

See [one](https://a.example/1), [two](https://a.example/2) and ![a mill](mill.png).

<div hidden>

Nobody sees this.

</div>
"""
COUNTS = "page.md: not spoken: 2 link targets, 1 image, 1 HTML tag or element (voiceover check --verbose lists them)"


def test_what_is_not_spoken_is_a_count_per_kind(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE, "utf-8")
    checked = voiceover("check", "page.md").stdout
    assert checked.splitlines()[0] == COUNTS
    assert "https://a.example/1" not in checked
    assert checked.splitlines()[-1] == "page.md: 0 errors, 0 warnings"
    verbose = voiceover("check", "page.md", "--verbose").stdout
    assert "page.md:3:5: not spoken: link target https://a.example/1" in verbose
    assert COUNTS not in verbose
    assert COUNTS in voiceover("plan", "page.md", "--engine", "draft").stderr
    rendered = voiceover("render", "page.md", "-o", "out", "--engine", "draft")
    assert rendered.stderr.splitlines().count(COUNTS) == 1
    assert "a.example" not in rendered.stderr


def test_json_lists_what_is_not_spoken(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE, "utf-8")
    found = json.loads(voiceover("check", "page.md", "--json").stdout)["scripts"][0]["problems"]
    assert [(problem["line"], problem["code"]) for problem in found] == [(3, "link-target"), (3, "link-target"), (3, "image"), (5, "html")]


def test_a_message_is_printed_once_by_a_command(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "voiceover.yaml").write_text("loudnes: -14\n", "utf-8")
    for name in ("one.md", "two.md"):
        (tmp_path / name).write_text(PAGE, "utf-8")
    checked = voiceover("check", "one.md", "two.md", check=2).stdout
    assert checked.count("unknown key") == 1
    assert "two.md: 1 error, 0 warnings" in checked
    rendered = voiceover("render", "one.md", "two.md", "-o", "out", "--engine", "draft", check=2).stderr
    assert rendered.count("unknown key") == 1
    assert "two.md: not rendered, for the same reason" in rendered


def test_the_log_of_a_batch_has_counts_and_its_report_the_list(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    nav = "<nav>" + "<a href='/x'>Another page of this site</a> " * 5 + "</nav>"
    (tmp_path / "in" / "page.md").write_text(f"---\ntitle: The mill\n---\n{PAGE}\n{nav}\n", "utf-8")
    log = voiceover("batch", "in", "-o", "out", "--engine", "draft", "--allow-draft", "--report", "report.json").stderr
    assert "    1 warning, 5 not spoken; the report and voiceover check list them" in log.splitlines()
    assert "a.example" not in log
    notes = json.loads((tmp_path / "report.json").read_text("utf-8"))["episodes"][0]["notes"]
    assert any("link target https://a.example/1" in note for note in notes)
    assert any("25 of the 31 words on this page (81%) are not spoken: 25 in HTML" in note for note in notes)


def test_a_page_of_nothing_but_opening_tags_is_checked_soon(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("<div>" * 100_000 + "Hello there.\n\n" + "<svg>\n\nStill here.\n", "utf-8")
    checked = voiceover("check", "page.md").stdout
    assert "warning: <svg> is never closed" in checked
    assert checked.splitlines()[-1] == "page.md: 0 errors, 1 warning"
