"""Chapters and transcripts for players and sites, read back by a JSON and an HTML reader."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.publish.parts import metadata, placed, small_timeline, timeline, utterance
from voiceover.publish.player_files import chapters_json, transcript_html, transcript_json

HOSTILE = '<script>x()</script> ]]> \U0001f9c0 \u202eevil\u202c & "q" \''


class Page(HTMLParser):
    """The tags of a page, and its text by tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


def test_chapters_have_times_in_seconds() -> None:
    found = json.loads(chapters_json(metadata(), small_timeline()))
    assert found == {
        "version": "1.2.0",
        "title": "The Town Mouse",
        "chapters": [{"startTime": 0.0, "title": "The country"}, {"startTime": 1.0, "title": "The town"}],
    }


@pytest.mark.parametrize("count", [1, 500])
def test_any_number_of_chapters(count: int) -> None:
    line = timeline(count + 1.0, [], [(f"Part {number}", float(number)) for number in range(count)])
    rows = json.loads(chapters_json(metadata(), line))["chapters"]
    assert [row["startTime"] for row in rows] == [float(number) for number in range(count)]


def test_without_chapters_there_is_nothing_to_write() -> None:
    assert chapters_json(metadata(), timeline(1.0, [], [])) == ""


def test_a_segment_has_its_speaker_its_times_and_its_words() -> None:
    found = json.loads(transcript_json(metadata(), small_timeline()))
    assert found["version"] == "1.0.0"
    first, second = found["segments"]
    assert (first["speaker"], first["startTime"], first["endTime"]) == ("Town", 0.1, 0.9)
    assert first["body"] == "Come with me, and I will show you how to live."
    assert (second["speaker"], second["startTime"], second["endTime"], second["body"]) == (
        "Country",
        1.0,
        1.9,
        "Good cheese is worth a walk.",
    )
    words = second["words"]
    assert [word["body"] for word in words] == ["Good", "cheese", "is", "worth", "a", "walk."]
    assert (words[0]["startTime"], words[-1]["endTime"]) == (1.0, 1.9)
    assert all(word["startTime"] <= word["endTime"] for word in words)
    assert [word["endTime"] for word in words[:-1]] == [word["startTime"] for word in words[1:]]


def test_segments_never_overlap() -> None:
    line = timeline(3.0, [placed(utterance("One two."), 0.1, 1.0), placed(utterance("Three.", "Country", 1), 0.8, 1.0)], [])
    first, second = json.loads(transcript_json(metadata(), line))["segments"]
    assert (first["endTime"], second["startTime"], second["endTime"]) == (1.1, 1.1, 1.8)


def test_the_page_has_chapters_speakers_times_and_says_that_the_speech_is_synthetic() -> None:
    page = Page(transcript_html(metadata(language="en"), small_timeline()))
    assert page.texts["h1"] == ["The Town Mouse"]
    assert page.texts["small"] == ["The voices in this recording are synthetic (f5-base)."]
    assert page.texts["bdi"] == ["The country", "Town", "The town", "Country"]
    assert page.texts["time"] == ["00:00:00", "00:00:00", "00:00:01", "00:00:01"]
    assert "Good cheese is worth a walk." in "".join(page.texts["p"])


def test_a_draft_says_that_it_is_one() -> None:
    page = Page(transcript_html(replace(metadata(), provisional=True), small_timeline()))
    assert page.texts["small"][0].startswith("DRAFT, not for publication")


@pytest.mark.parametrize("title", [HOSTILE, HOSTILE + "x" * 5000, "\u05d0\u05d1\u05d2"])
def test_nothing_of_a_script_becomes_markup(title: str) -> None:
    line = timeline(3.0, [placed(utterance(title, title), 0.1, 0.5), placed(utterance("Yes.", "Ada", 1), 1.0, 0.5)], [(title, 0.0)])
    about = metadata(title, language='en"><script>')
    page = Page(transcript_html(about, line))
    assert page.open == []
    assert "script" not in page.tags
    assert "".join(page.texts["h1"]) == title
    assert json.loads(chapters_json(about, line))["chapters"][0]["title"] == title
    assert json.loads(transcript_json(about, line))["segments"][0]["body"] == title
