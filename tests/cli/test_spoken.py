"""``voiceover spoken``, ``plan --spoken``, and both texts of a finished episode."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Run
from voiceover.text.normalize import spelling


def test_a_text_is_printed_as_it_is_spoken(voiceover: Run) -> None:
    done = voiceover("spoken", "Dr. Hill paid $3.5M.")
    assert (done.stdout, done.stderr) == ("Doctor Hill paid three point five million dollars.\n", "")
    assert voiceover("spoken", "Am 3. Mai.", "--lang", "de").stdout == "Am dritten Mai.\n"
    assert voiceover("spoken", "*5* [x](say:y)").stdout == "*five* [x](say:y)\n"


def test_each_line_of_standard_input_is_a_line(tmp_path: Path) -> None:
    def spoken(data: bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([sys.executable, "-m", "voiceover", "spoken"], input=data, capture_output=True, cwd=tmp_path, timeout=60)

    assert spoken("5 cats\n\ncafé №7\n".encode()).stdout.decode() == "five cats\n\ncafé number seven\n"
    assert spoken(b"5 \xff").returncode == 2
    assert b"is not UTF-8 text: byte 3" in spoken(b"5 \xff").stderr


def test_json_names_the_rules(voiceover: Run) -> None:
    assert json.loads(voiceover("spoken", "5%", "--json").stdout) == {
        "text": "5%",
        "spoken": "five percent",
        "respelled": [{"text": "5%", "spoken": "five percent", "rule": "percent"}],
    }


def test_a_language_without_rules_says_so(voiceover: Run) -> None:
    done = voiceover("spoken", "Miaka 5", "--lang", "sw")
    assert done.stdout == "Miaka 5\n"
    assert done.stderr.startswith('there are no rules for "sw"')


SCRIPT = "---\ntitle: T\ncast: {Narrator: ada}\nlexicon: {SQL: sequel}\n---\n\nDr. Hill paid $5 for SQL.\n\nIt was 10:30.\n"


def test_the_plan_shows_each_line_as_it_is_spoken(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text(SCRIPT, "utf-8")
    lines = voiceover("plan", "one.md", "--spoken").stdout.splitlines()
    assert "Doctor Hill paid five dollars for sequel." in lines[0]
    assert lines[1:4] == ["    title: Dr. -> Doctor", "    money: $5 -> five dollars", "    lexicon: SQL -> sequel"]
    takes = json.loads(voiceover("plan", "one.md", "--json").stdout)["takes"]
    assert [take["spoken"] for take in takes] == ["Doctor Hill paid five dollars for sequel.", "It was ten thirty."]


def test_an_episode_holds_both_texts_and_newer_rules_record_nothing(
    voiceover: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.md").write_text(SCRIPT, "utf-8")
    with monkeypatch.context() as older:
        older.setattr(spelling, "rules_of", lambda language: ())  # a version before there were rules
        voiceover("render", "one.md")
    manifest = tmp_path / "one.draft.manifest.json"
    before = manifest.read_bytes()
    assert [take["text"] for take in json.loads(before)["takes"]] == ["Dr. Hill paid $5 for SQL.", "It was 10:30."]
    assert json.loads(before)["takes"][0]["spoken"][0]["text"] == "Dr. Hill paid $5 for sequel."
    plan = json.loads(voiceover("plan", "one.md", "--json").stdout)
    assert [take["reason"] for take in plan["takes"]] == ["kept: spelled by older rules"] * 2
    voiceover("render", "one.md")
    assert manifest.read_bytes() == before
    voiceover("render", "one.md", "--refresh")
    assert json.loads(manifest.read_bytes())["takes"][0]["spoken"][0]["text"] == "Doctor Hill paid five dollars for sequel."
    captions = (tmp_path / "one.draft.vtt").read_text("utf-8")
    assert "Dr. Hill paid $5 for SQL." in captions
    assert "five dollars" not in captions


@pytest.mark.parametrize("text", ["1," * 20_000, "a@" * 20_000, "1:" * 20_000, "$" * 40_000, "A." * 20_000])
def test_a_text_made_to_take_long_is_planned_soon(voiceover: Run, text: str) -> None:
    start = time.process_time()
    assert voiceover("spoken", text).returncode == 0
    assert time.process_time() - start < 8.0  # a pattern that tries everything twice would take minutes
