"""The page for listeners: what is in it, what it weighs, and what it refuses. ``tests/browser`` opens it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.publish.parts import manifest_input, metadata, placed, report, timeline, utterance
from voiceover.publish.manifest import Manifest, make_manifest
from voiceover.publish.pages.listening import listening_page
from voiceover.types import Profile

SCRIPT = (
    "---\ntitle: Two mice\ncast: {Town: ada, Country: ben}\n---\n\n## One\n\nTown: Come with me.\n\nCountry: No, thank you. 🧀 Cheese!\n"
)
SENTENCE = "A lamp was seen by the keeper of the rock, and nobody could say how long it had been there before the boat came."


def island(page: str) -> dict[str, object]:
    """The data of a page for its script."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, object] = json.loads(found[1])
    return data


def long_episode(hours: float) -> Manifest:
    """An episode of two speakers with as many words an hour as people speak, in ten chapters."""
    step, count = 7.0, round(hours * 3600 / 7)
    lines = [utterance(f"{SENTENCE} {number}", ("Town", "Country")[number // 3 % 2], number, number) for number in range(count)]
    entries = [placed(line, step * number + 0.1, step - 0.6) for number, line in enumerate(lines)]
    chapters = [(f"Chapter {number}", step * (number * count // 10)) for number in range(10)]
    whole = timeline(hours * 3600, entries, chapters)
    steps = round(hours * 36000)
    heard = replace(report(), profile=Profile(bytes(200 + at % 40 for at in range(steps)), bytes(150 + at % 60 for at in range(steps))))
    return make_manifest(manifest_input(whole), whole, metadata("Two hours on a rock"), heard, [])


def test_a_page_holds_the_words_with_their_times_and_allows_nothing_else(tmp_path: Path, voiceover: Run) -> None:
    (tmp_path / "mice.md").write_text(SCRIPT)
    done = voiceover("render", "mice.md", "--engine", "draft", "-o", "out", "--page", "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    page = tmp_path / "out" / "mice.draft.html"
    assert events[-1] == {"event": "page", "path": "out/mice.draft.html"}
    text = page.read_text("utf-8")
    assert ' src="./mice.draft.mp3"' in text
    assert "Two mice" in text
    assert all(f"<bdi>{name}</bdi>" in text for name in ("Town", "Country"))
    data = island(text)
    transcript = json.loads((tmp_path / "out" / "mice.draft.transcript.json").read_text())
    for row, segment in zip(data["lines"], transcript["segments"], strict=True):  # type: ignore[call-overload]
        assert row[:2] == [round(segment["startTime"] * 100), round(segment["endTime"] * 100)]
        assert [row[0] + int(delta) for delta in row[3].split()] == [round(word["startTime"] * 100) for word in segment["words"]]
    manifest = json.loads((tmp_path / "out" / "mice.draft.manifest.json").read_text())
    peaks = base64.b64decode(manifest["loudness"]["profile"]["peaks"])
    assert len(peaks) == int(manifest["seconds"] * 10)
    # The loudest of them is the sample peak that the master was measured to have.
    assert abs(max(peaks) / 4 - 63.75 - manifest["loudness"]["after"]["sample_peak_dbfs"]) < 0.3
    assert 10 < len(base64.b64decode(data["bars"])) <= len(peaks)  # type: ignore[arg-type]
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy and policy[1].startswith("default-src &#39;none&#39;; ")
    for tag in ("style", "script"):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert len(inside) == 1 and f"{tag}-src &#39;sha256-{digest}&#39;;" in policy[1]
    assert not re.search(r"\s(on\w+|style)=", text.split("<body>")[1].split("<script")[0])
    assert not re.search(r"https?://(?!www\.w3\.org)", re.sub(r"<footer>.*</footer>", "", text, flags=re.DOTALL))

    # A render that changes the episode makes its page again; one that does not leaves it.
    before = page.stat().st_mtime_ns
    voiceover("render", "mice.md", "--engine", "draft", "-o", "out")
    assert page.stat().st_mtime_ns == before
    (tmp_path / "mice.md").write_text(SCRIPT.replace("Come with me", "Do come with me"))
    voiceover("render", "mice.md", "--engine", "draft", "-o", "out")
    assert "Do come with me" in page.read_text("utf-8")


def test_an_older_episode_is_decoded_once(tmp_path: Path, voiceover: Run) -> None:
    (tmp_path / "mice.md").write_text(SCRIPT)
    voiceover("render", "mice.md", "--engine", "draft")
    page, manifest = tmp_path / "mice.draft.html", tmp_path / "mice.draft.manifest.json"
    voiceover("page", "mice.md", VOICEOVER_CACHE=tmp_path / "cache")
    new = bytes(base64.b64decode(island(page.read_text("utf-8"))["bars"]))  # type: ignore[arg-type]
    content = json.loads(manifest.read_text())
    del content["loudness"]["profile"]
    for take in content["takes"]:
        take.pop("words", None)
    manifest.write_text(json.dumps(content))
    (tmp_path / "mice.draft.transcript.json").write_text('{"segments": [{"startTime": NaN}]}')
    assert not (tmp_path / "cache" / "profiles").exists()
    voiceover("page", "mice.md", "--embed", VOICEOVER_CACHE=tmp_path / "cache")
    text = page.read_text("utf-8")
    old = bytes(base64.b64decode(island(text)["bars"]))  # type: ignore[arg-type]
    assert abs(len(old) - len(new)) <= 1  # an MP3 has frames of its own
    assert sum(abs(a - b) for a, b in zip(old, new, strict=False)) / len(new) < 20
    assert base64.b64encode((tmp_path / "mice.draft.mp3").read_bytes()).decode() in text
    kept = list((tmp_path / "cache" / "profiles").iterdir())
    assert len(kept) == 1
    kept[0].write_bytes(bytes(20))
    voiceover("page", "mice.md", VOICEOVER_CACHE=tmp_path / "cache")
    assert base64.b64decode(island(page.read_text("utf-8"))["bars"]) == bytes(10)  # type: ignore[arg-type]
    # Without times of words, they share the time of the line.
    times = [[int(delta) for delta in row[3].split()] for row in island(text)["lines"]]  # type: ignore[attr-defined]
    assert all(len(row) > 2 and row == sorted(row) for row in times)


def test_what_cannot_be_a_page_is_one_line(tmp_path: Path, voiceover: Run) -> None:
    (tmp_path / "mice.md").write_text(SCRIPT)
    none = voiceover("page", "mice.md", "-o", "out", check=2)
    assert none.stderr.strip() == ("mice.md: there is no finished episode in out; run `voiceover render` first, or name its folder with -o")
    voiceover("render", "mice.md", "--engine", "draft")
    page, audio = tmp_path / "mice.draft.html", tmp_path / "mice.draft.mp3"
    page.write_text("<p>My own page.</p>")
    assert "not a page that voiceover made" in voiceover("page", "mice.md", check=2).stderr
    assert page.read_text() == "<p>My own page.</p>"
    voiceover("render", "mice.md", "--engine", "draft", "--loudness", "-20")  # does not touch it either
    assert page.read_text() == "<p>My own page.</p>"
    page.unlink()
    page.symlink_to(tmp_path / "elsewhere.html")
    assert "not a page that voiceover made" in voiceover("page", "mice.md", check=2).stderr
    page.unlink()
    audio.write_bytes(audio.read_bytes()[:-9])
    assert "changed since it was rendered" in voiceover("page", "mice.md", check=2).stderr
    audio.unlink()
    assert "there is no such file" in voiceover("page", "mice.md", check=2).stderr
    assert not page.exists()


@pytest.mark.parametrize("made_by", ["batch", "split"])
def test_an_episode_of_a_batch_and_one_in_chapters_have_pages(made_by: str, tmp_path: Path, voiceover: Run) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "mice.md").write_text(f"{SCRIPT}\n## Two\n\nTown: Good night.\n")
    flags = ("--split", "chapters") if made_by == "split" else ()
    voiceover("batch", "in", "-o", "out", "--engine", "draft", "--allow-draft", *flags)
    pages = voiceover("page", "in/mice.md", "-o", "out", *flags).stdout.split()
    assert len(pages) == (2 if flags else 1)
    assert all((tmp_path / page).is_file() for page in pages)
    assert "Good night." in (tmp_path / pages[-1]).read_text("utf-8")
    (tmp_path / "in" / "mice.md").write_text(f"{SCRIPT}\n## Two\n\nTown: Good morning.\n")
    voiceover("batch", "in", "-o", "out", "--engine", "draft", "--allow-draft", *flags)
    assert "Good morning." in (tmp_path / pages[-1]).read_text("utf-8")
    if flags:  # the page of a chapter that is renamed goes with its files
        (tmp_path / "in" / "mice.md").write_text(f"{SCRIPT}\n## Three\n\nTown: Good morning.\n")
        voiceover("batch", "in", "-o", "out", "--engine", "draft", "--allow-draft", *flags)
        assert not (tmp_path / pages[-1]).exists() and (tmp_path / pages[0]).exists()


def test_two_hours_are_a_small_page() -> None:
    manifest = long_episode(2)
    text = listening_page(manifest, "long.mp3", manifest.loudness.profile)
    shell = listening_page(replace(manifest, takes=(), chapters=()), "long.mp3", None)
    assert len(shell.encode()) < 100_000
    assert len(text.encode()) < 500_000
    assert text.count("<span>A lamp") == 1029
