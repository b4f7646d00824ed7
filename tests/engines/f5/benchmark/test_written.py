"""Both forms of a report, from hand-made findings: whole, valid, and silent about whose machine it was."""

from __future__ import annotations

import getpass
import json
import math
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.engines.f5.benchmark.parts import LINES, result, run, spoken
from voiceover.engines.f5.benchmark.checks import LineFinding
from voiceover.engines.f5.benchmark.machine import describe_machine, without_paths
from voiceover.engines.f5.benchmark.page import as_page
from voiceover.engines.f5.benchmark.report import check_folder, check_space
from voiceover.engines.f5.benchmark.result import ReportRun, as_json, summary
from voiceover.errors import OutputError
from voiceover.models import ModelFinding

VOID = {"meta", "link", "br", "img"}


class Page(HTMLParser):
    """Counts tags, holds what is addressed, and fails where tags are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_a_report_passes_only_with_something_that_ran_and_no_fault() -> None:
    doubt, fault = LineFinding("level", "odd"), LineFinding("silence", "nothing", fault=True)
    left_out = ReportRun("fp16", "base", "no such products")
    assert result(run(spoken(0, doubt)), left_out).passed
    assert not result(left_out).passed
    assert not result(run(spoken(0, fault))).passed
    assert not result(run(spoken(0), findings=(fault,))).passed
    assert not result(run(spoken(0)), faults=(ModelFinding("dit", "damaged"),)).passed


def test_the_page_is_whole_and_can_be_listened_to() -> None:
    page = Page(as_page(result(run(*(spoken(index) for index in range(len(LINES)))), ReportRun("bf16", "fast", "<not> here"))))
    players = page.all("audio")
    assert [player["src"] for player in players] == [f"audio/fp32-base/{number:02}.flac" for number in range(1, 21)]
    assert all(player["aria-label"] and "controls" in player for player in players)
    assert page.all("html") == [{"lang": "en"}]
    assert not page.all("script") + page.all("link") + page.all("img")
    assert [link["href"] for link in page.all("a")] == ["report.json"]
    assert all(line.text in page.text for line in LINES)
    assert "<mine>" in page.text  # escaped in the source
    assert "<not> here" in page.text
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {attributes["aria-labelledby"] for _, attributes in page.tags if "aria-labelledby" in attributes} <= set(ids)


def test_the_page_asks_nothing_of_others_and_has_a_dark_side() -> None:
    text = as_page(result(run(spoken(0))))
    assert "http" not in text
    assert "prefers-color-scheme: dark" in text


def test_the_json_has_figures_and_no_number_that_json_lacks() -> None:
    told = json.loads(
        as_json(result(run(spoken(0, LineFinding("peak", "high")), spoken(1, loudness=-math.inf)), ReportRun("fp16", "base", "no")))
    )
    assert (told["schema"], told["passed"], len(told["lines"])) == (1, True, 20)
    first, second = told["runs"]
    assert second == {"precision": "fp16", "preset": "base", "refused": "no"}
    assert (first["faults"], first["doubts"], first["realtime_factor"]) == (0, 1, 2.0)
    assert first["share_of_machine_rate"] == 0.25
    assert first["f5_tts"] == {"relative": 4e-6, "largest": 3e-5}
    assert [line["loudness_lufs"] for line in first["lines"]] == [-20.0, None]
    assert "audio/" not in json.dumps(told)


def test_a_run_in_one_line() -> None:
    assert (
        summary(run(spoken(0)))
        == "fp32, base: 1 of 1 lines, 0 faults, 0 doubts, 2.00 s per second of speech, 25 % of the machine's matrix rate, 4e-06 from f5-tts"
    )
    assert summary(ReportRun("bf16", "fast", "why")) == "bf16, fast: left out: why"


def test_messages_lose_their_places(tmp_path: Path) -> None:
    home = tmp_path / "Jo Doe"
    for message in (
        f"{home / 'models' / 'mine' / 'dit.safetensors'}: cut short",
        "[Errno 2] No such file: '/opt/some/where/libthing.so'",
        r"C:\Users\jo\model.pt is damaged",
    ):
        cleaned = without_paths(message, [home])
        assert not any(private in cleaned for private in ("Doe", "opt", "Users", "jo", "some")), cleaned
        assert any(name in cleaned for name in ("dit.safetensors", "libthing.so", "model.pt"))
    assert without_paths("3/4 of it, and 1/2 more", [home]) == "3/4 of it, and 1/2 more"


def test_the_machine_is_told_without_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER"):
        monkeypatch.setenv(name, "jodoe")
    assert getpass.getuser() == "jodoe"
    told = describe_machine()
    assert told["cores"]
    assert told["memory_bytes"] is None or int(str(told["memory_bytes"])) > 10**8
    assert str(Path.home()) not in json.dumps(told)
    assert "jodoe" not in json.dumps(told)


def test_a_place_that_cannot_be_the_reports(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    for taken in ("file", "full"):
        with pytest.raises(OutputError, match="there is something of that name already"):
            check_folder(tmp_path / taken)
    with pytest.raises(OutputError, match="there is a file of that name already"):
        check_folder(tmp_path / "file" / "report")
    before = sorted(tmp_path.rglob("*"))
    check_folder(tmp_path / "empty")
    check_folder(tmp_path / "new" / "deep" / "report")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_disk_that_is_too_small(tmp_path: Path) -> None:
    check_space(tmp_path / "a" / "b", 1)
    with pytest.raises(OutputError, match=r"the report may take 1000000000000 MB, and \d+ MB are free"):
        check_space(tmp_path / "a" / "b", 10**18)
