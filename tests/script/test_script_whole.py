"""A script as a whole: its title, cast, layers, sounds and recordings, and how complaints are worded."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.types import CastEntry, Cue, Script, Settings, Source

HEAD = "---\ncast: {Narrator: ada, Town: ben, Country: cora}\n---\n"


def load(folder: Path, text: str, name: str = "episode.md", base: Settings | None = None) -> tuple[Script, list[str]]:
    path = folder / name
    path.write_text(text, "utf-8")
    problems = Problems()
    script = load_script(path, problems, base or Settings())
    assert script is not None
    return script, [str(problem).removeprefix(f"{folder}/") for problem in problems.all]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: In front\n---\n# A heading\n\nHello.", "In front"),
        ("Hello.\n\n# A *heading*  of\tours\n\n# Another", "A heading of ours"),
        ("## A chapter\n\nHello.", "episode"),
    ],
)
def test_title(text: str, title: str, tmp_path: Path) -> None:
    assert load(tmp_path, text)[0].title == title


def test_an_article_has_one_speaker_without_a_voice_of_its_own(tmp_path: Path) -> None:
    script, _ = load(tmp_path, "---\nvoice: cora\n---\nHello there.")
    assert script.article
    assert [(entry.name, entry.voice) for entry in script.cast] == [(script.narrator, "")]
    assert script.settings.voice == "cora"
    script, _ = load(tmp_path, "segments:\n- Hello there.", "episode.yaml")
    assert not script.article
    assert [segment.speaker for segment in script.segments] == [script.narrator]


def test_layers(tmp_path: Path) -> None:
    base = Settings(title="Project", show="Fables", cast=(CastEntry("Ann", "ada", Source("voiceover.yaml")),), loudness=None)
    script, problems = load(tmp_path, "Ann: Hello there.", base=base)
    assert (script.title, script.settings.show, script.article) == ("Project", "Fables", False)
    assert [(entry.name, entry.voice) for entry in script.cast] == [("Ann", "ada")]
    script, problems = load(tmp_path, "---\nshow: Tales\ncast: {Bob: {voice: ben, gain: -2dB}, Eve: }\n---\nBob: Hello there.", base=base)
    assert script.settings.show == "Tales"
    assert [(entry.name, entry.voice, entry.gain_db) for entry in script.cast] == [("Bob", "ben", -2.0), ("Eve", "", 0.0)]
    assert problems == ["episode.md:3:39: warning: Eve is in the cast but has no lines"]


def test_sounds(tmp_path: Path) -> None:
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "door.wav").write_bytes(b"")
    head = "---\ncast: {Narrator: ada}\nsounds: {door: sounds/door.wav, theme: sounds/gone.wav}\n---\n"
    script, problems = load(tmp_path, head + "Hello. [sound: door, -6dB] There. [Music: door, under, -18 dB, fade 2s]\n")
    cues = [(c.kind, c.name, c.under, c.level_db, c.fade_seconds) for c in script.items if isinstance(c, Cue)]
    assert cues == [("sound", "door", False, -6.0, 0.0), ("music", "door", True, -18.0, 2.0)]
    assert problems == []
    _, problems = load(tmp_path, head + "Hello there. [sound: dor]\n\n[sound: theme] [sound: door, loud] [music: stop, under]\n")
    assert problems[0] == 'episode.md:5:22: unknown sound "dor"; did you mean "door"? The sounds are door, theme.'
    assert [line.split(": ")[0] for line in problems] == ["episode.md:5:22", "episode.md:7:9", "episode.md:7:30", "episode.md:7:36"]
    script, problems = load(
        tmp_path,
        head.strip("-\n") + "\nsegments:\n- Hello.\n- {sound: door, gain: -6dB}\n- {music: door, under: true, gain: -18dB, fade: 2s}\n",
        "a.yaml",
    )
    assert cues == [(c.kind, c.name, c.under, c.level_db, c.fade_seconds) for c in script.items if isinstance(c, Cue)]


def test_a_recorded_turn(tmp_path: Path) -> None:
    (tmp_path / "guest.wav").write_bytes(b"")
    text = HEAD + "Town: [audio: guest.wav, -3dB] I was there.\n\nAll of it I saw.\n\nCountry: So was I.\n"
    script, problems = load(tmp_path, text)
    assert [(s.speaker, s.recording, s.gain_db, s.text) for s in script.segments] == [
        ("Town", "guest.wav", -3.0, "I was there. All of it I saw."),
        ("Country", None, 0.0, "So was I."),
    ]
    assert problems == ["episode.md:2:8: warning: Narrator is in the cast but has no lines"]
    _, problems = load(tmp_path, "---\ncast: {Town: ben}\n---\nTown: [audio: guest.wav] I was there. [pause 1s] I saw it.\n")
    assert problems == [
        "episode.md:4:50: a recorded turn is one piece: put a label before this text, so that it is clear who says it (Town?)"
    ]


def test_a_recording_outside_the_folder_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "guest.wav").write_bytes(b"")
    (inside / "link.wav").symlink_to(tmp_path / "guest.wav")
    head = "---\ncast: {Town: ben}\n---\n"
    for name in ("../guest.wav", str(tmp_path / "guest.wav"), "link.wav"):
        _, problems = load(inside, head + f"Town: [audio: {name}] I was there.\n")
        assert [line.split(" ")[0] for line in problems] == ["episode.md:4:15:"]
    _, problems = load(inside, head + "Town: [audio: link.wav] I was there.\n", base=Settings(assets=(str(tmp_path),)))
    assert problems == []


def test_wording(tmp_path: Path) -> None:
    _, problems = load(
        tmp_path,
        HEAD + "**Twon:** Hello there.\n\n[Bob | sad] Hello there.\n\nBob: Hello there.\n\n[Town | quiet, sped 2] Hello there.\n\n"
        "Hello [pause 2min] there [pause] now.\n\nCountry: Goodbye.\n\n[x](say:a b)\n",
    )
    assert problems == [
        'episode.md:4:1: unknown speaker "Twon"; did you mean "Town"? The cast is Narrator, Town, Country. '
        r"To keep it as text, write **Twon\:**",
        'episode.md:6:1: unknown speaker "Bob". The cast is Narrator, Town, Country. To keep it as text, write \\[Bob | sad]',
        'episode.md:8:1: warning: "Bob" is not in the cast, so this is read as text by Narrator: if it is a speaker, give it a voice '
        "in the cast; if not, write Bob\\: to keep it as it is",
        'episode.md:10:16: unknown setting "sped"; did you mean "seed"?',
        'episode.md:12:14: a pause must be a duration such as 1.5s or 500ms, from 0 to 60 s, not "2min"',
        r"episode.md:12:26: [pause] is not a valid cue: write [pause 1.5s] or [pause: 500ms], or \[ to have the bracket read as text",
        "episode.md:16:1: not a valid pronunciation: write [text](say:word), or for several words [text](<say:two words>)",
    ]


def test_wording_of_what_would_be_lost(tmp_path: Path) -> None:
    table = "| Year | Price |\n|---|---|\n| 1990 | 5 dollars | sold | out |\n"
    head = "---\ncast: {Narrator: ada, Town: ben}\n---\n\nOnce upon a time.\n\n"
    _, problems = load(tmp_path, head + "Town: Are you coming?\n\n[Guest]: Yes.\n\n" + table)
    assert problems == [
        'episode.md:9:1: warning: "Guest" is not in the cast, so this is read as text by Town: if it is a speaker, give it a voice '
        "in the cast; if not, write \\[Guest]: to keep it as it is",
        'episode.md:13:22: warning: this row has more cells than the header, so "sold | out" is not read; give the header another cell, '
        r"or write \| for a bar within a cell",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("One two three. <del>Four five.</del>", ""),
        (f"{'word ' * 60}\n\n<nav>{'link ' * 12}</nav>", "12 of the 72 words on this page (17%) are not spoken: 12 in HTML"),
        (f"{'word ' * 120}\n\n<nav>{'link ' * 12}</nav>", ""),
        (f"{'word ' * 60}[^1]\n\n[^1]: {'note ' * 12}", "12 of the 72 words on this page (17%) are not spoken: 12 in footnotes"),
        (f"---\nread: {{tables: skip}}\n---\nword {'word ' * 59}\n\n| a | b |\n|---|---|\n" + "| c | d |\n" * 5, "12 in tables"),
        (f"{'word ' * 60}\n\n<s>\n\n{'old ' * 12}\n\n</s>", "12 in struck text"),
        (f"{'word ' * 60}\n\n```\n{'code ' * 90}\n```\n\n<!-- {'no ' * 90} -->\n\n<div hidden>\n\n{'no ' * 90}\n\n</div>", ""),
    ],
)
def test_a_page_of_which_over_a_tenth_is_left_out_is_a_warning_with_the_share(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(text, "utf-8")
    problems = Problems()
    load_script(path, problems)
    told = [problem.message for problem in problems.all if problem.code == "left-out"]
    assert len(told) == bool(words)
    assert words in "".join(told)


def test_the_target_of_a_link_in_html_is_listed_whole_also_if_it_is_a_template(tmp_path: Path) -> None:
    script, told = load(tmp_path, '<p>See <a href="{{< ref "x.md" >}}" id=y>this</a>, <a href=\'/a?b=1&amp;c\'>that</a>.</p>\n')
    assert [segment.text for segment in script.segments] == ["See this, that."]
    assert [message.partition("not spoken: ")[2] for message in told[1:]] == ['link target {{< ref "x.md" >}}', "link target /a?b=1&c"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Two.\n\n<svg>\none\n\nThree.",
            "episode.md:3:1: warning: <svg> is never closed, so lines 3 to 4 are not read; close it with </svg>",
        ),
        ("Two.\n\n<script>\none\n\nThree.", "episode.md:3:1: warning: <script> is never closed, so lines 3 to 6 are not read"),
        ("<p>Two <span hidden>one</p>", "episode.md:1:8: warning: <span> is never closed, so the rest of line 1 is not read"),
    ],
)
def test_an_element_that_is_never_closed_is_a_warning_with_its_lines(text: str, words: str, tmp_path: Path) -> None:
    script, told = load(tmp_path, text)
    assert "Two" in script.segments[0].text and not any("one" in segment.text for segment in script.segments)
    assert any(message.startswith(words) for message in told)


def test_an_error_in_a_table_of_html_is_at_its_own_cell(tmp_path: Path) -> None:
    rows = "<tr><th>Name</th><th>Age</th></tr>\n<tr>\n<td>The goose</td>\n<td>It is [x](say:) old</td>\n</tr>"
    script, told = load(tmp_path, f"---\ncast: {{Ann: ada}}\n---\n\nAnn: Look.\n\n<table>\n{rows}\n</table>\n")
    assert told == ["episode.md:11:11: ](say: is empty: write [text](say:win)"]
    assert [(segment.text, segment.source.line) for segment in script.segments][1:] == [("Name: The goose; Age: It is [x](say:) old.", 10)]
