"""When a page is public."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from voiceover.script import read_page

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("front", "why"),
    [
        ("title: x", ""),
        ("draft: true", "a draft (draft: true)"),
        ("Draft: yes", "a draft (draft: true)"),
        ("draft: false", ""),
        ("audio: false", "audio: false"),
        ("audio: talk.mp3", ""),
        ("date: 2026-11-22", ""),
        ("date: 2999-01-01", "not before 2999-01-01 (date)"),
        ("publishDate: 2999-01-01T09:00:00+01:00\ndate: 2020-01-01", "not before 2999-01-01T09:00:00+01:00 (publishDate)"),
        ("publishdate: 2026-11-23T02:59:59Z", ""),
        ("publishDate: 2026-11-23 04:00:01 +0100", "not before 2026-11-23 04:00:01 +0100 (publishDate)"),
        ("expiryDate: 1999-01-01", "expired on 1999-01-01 (expiryDate)"),
        ("expiryDate: 2999-01-01", ""),
        ("expiryDate: next week\npublishDate: soon", ""),
        ("voiceover: {audio: false}", "audio: false"),
        ("published: false", "not published (published: false)"),
        ("Published: No", "not published (published: false)"),
        ('published: "false"', "not published (published: false)"),
        ("published: true", ""),
        ("published: 2020-01-01", ""),
        ("publish: false", "not published (publish: false)"),
        ("status: draft", "not published (status: draft)"),
        ("Status: Draft", "not published (status: draft)"),
        ("status: published", ""),
        ("status: [draft]", ""),
        ("voiceover: {status: draft}", "not published (status: draft)"),
        ("voiceover: {published: true}\npublished: false", ""),
        ("params: {published: false}", "not published (published: false)"),
        ("params: {voiceover: {publish: false}}", "not published (publish: false)"),
        ("params: {draft: true}", "a draft (draft: true)"),
        ("params: {status: draft}\nstatus: final", ""),
    ],
)
def test_kept_out(front: str, why: str) -> None:
    assert read_page(f"---\n{front}\n---\n\nText.\n", Path("x.md")).kept_out(NOW) == why


def test_published_in_the_other_kinds_of_front_matter() -> None:
    for typed, name in (
        ('+++\ntitle = "x"\npublished = false\n+++\nText.\n', "x.md"),
        ('{"title": "x", "published": false}\nText.\n', "x.mdx"),
        ('{"title": "x", "published": "false", "segments": []}', "x.json"),
        ("title: x\npublished: no\nsegments: []\n", "x.yaml"),
    ):
        assert read_page(typed, Path(name)).kept_out(NOW) == "not published (published: false)"


def test_the_other_kinds_of_front_matter() -> None:
    toml = read_page('+++\ntitle = "x"\ndraft = true\ndate = 2020-01-02T03:04:05Z\n+++\nText.\n', Path("x.md"))
    assert (toml.is_script, toml.draft, toml.date) == (True, True, "2020-01-02T03:04:05+00:00")
    json = read_page('{"expiryDate": "1999-01-01", "params": {"voiceover": {"cast": {"A": "ada"}}}}\nText.\n', Path("x.md"))
    assert (json.is_script, json.kept_out(NOW)) == (True, "expired on 1999-01-01 (expiryDate)")
    assert read_page("title: x\naudio: no\nsegments: []\n", Path("x.yaml")).kept_out(NOW) == "audio: false"
    assert read_page("\n\n---\ntitle: x\ndraft: true\n---\nText.\n", Path("x.md")).draft
    assert not read_page("\n---\nAnn: x\n\n---\nText.\n", Path("x.md")).is_script
    assert not read_page("colour: red\n", Path("x.yaml")).is_script
    assert not read_page("- a\n- b\n", Path("x.yaml")).is_script
    assert not read_page("# Title\n\nText.\n", Path("x.md")).is_script
