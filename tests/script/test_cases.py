"""Real kinds of files, one small case each in ``cases/``: what is spoken by whom, and what the writer is told.

Every value here is written by hand from the script format, none is recorded from the program's output.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import Run
from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.types import Chapter, Direction, Item, Pause, Scene, Segment, Settings

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """What a case is to give."""

    file: str
    said: list[str]
    """``Speaker: words``, ``# chapter``, ``(direction)``, in order."""
    problems: list[tuple[str, str]] = field(default_factory=list)
    """Severity and place, with the words that the writer needs; unspoken things come as ``unspoken``."""
    refused: bool = False
    """True if there is no script, only errors."""


READ = [
    Case(
        "01-dialogue-no-cast.md",
        [
            "Narrator: The fence",
            "Narrator: Host: Did you feed the geese this morning?",
            "Narrator: Guest: I did, before the frost was gone.",
            "Narrator: Host: Good, then we can talk about the fence.",
        ],
        [("warning 3:1", '"Host" twice, "Guest" once'), ("warning 3:1", "cast: {Host: ada, Guest: ben}")],
    ),
    Case(
        "05-timestamp-label.md",
        ["Ann: Did you feed the geese this morning?", "Bo: I did, before the frost was gone.", "Ann: Good."],
        [
            ("unspoken 6:1", "[00:00:01]"),
            ("unspoken 8:1", "[00:00:04]"),
            ("unspoken 10:1", "[00:00:09]"),
            ("warning 10:17", "a turn of one word"),
        ],
    ),
    Case(
        "07-xml-speakers.md",
        ["Person1: Did you feed the geese this morning?", "Person2: I did, before the frost was gone.", "Person1: Good, then we can talk."],
    ),
    Case("15-play-names.md", ["Ann [whispering]: Did you feed the geese this morning?", "Bo: I did, before the frost was gone."]),
    Case(
        "17-stage-directions.md",
        [
            "Ann: I told you so. The fence is rotten.",
            "([laughs])",
            "Ann: We met at in spring.",
            "([SFX: a door])",
            "Bo: Was that the door?",
        ],
        [
            ("unspoken 6:25", "[laughter]"),
            ("unspoken 6:46", "[crosstalk]"),
            ("unspoken 8:9", "[laughs]"),
            ("unspoken 10:20", "[unintelligible 00:03:18.16]"),
            ("unspoken 12:1", "[SFX: a door]"),
        ],
    ),
    Case("19-emotion-brackets.md", ["Ann: The fence is done.", "Bo [laughing]: That is very funny!", "Bo [excited]: Look over there!"]),
    Case(
        "21-html-prose.md",
        [
            "# Chapter 1",
            "Narrator: Chapter 1",
            "Narrator: Once upon a time there was a mill, and the miller had three sons.",
            "Narrator: The eldest was tall.",
            "# Chapter 2",
            "Narrator: Chapter 2",
            "Narrator: They went away.",
        ],
        [("unspoken 3:1", "<p>"), ("unspoken 5:1", '<div class="lead">')],
    ),
    Case(
        "23-containers.md",
        [
            "Narrator: The geese are fed.",
            "Narrator: Before you start",
            "Narrator: The posts are made of oak.",
            "Narrator: Careful",
            "Narrator: The saw is sharp.",
            "Narrator: That is all.",
        ],
        [("unspoken 3:1", ":::note"), ("unspoken 7:1", "!!! warning")],
    ),
    Case("25-alerts.md", ["Narrator: Wear gloves.", "Narrator: The geese are fed."], [("unspoken 1:3", "[!NOTE]")]),
    Case(
        "27-attributes.md",
        ["Narrator: The first paragraph of a page.", "# The posts", "Narrator: The posts", "Narrator: The end."],
        [
            ("unspoken 1:1", "{: .lead}"),
            ("unspoken 4:14", "{#posts .unlisted}"),
            ("unspoken 6:1", 'image "A post"'),
            ("unspoken 6:20", "{width=50%"),
            ("unspoken 9:1", "{: .small }"),
        ],
    ),
    Case(
        "29-wiki-links.md",
        ["Narrator: See our wood and Fences.", "Narrator: The end."],
        [("unspoken 1:4", "link target Wood"), ("unspoken 1:39", "image plank.png")],
    ),
    Case(
        "31-mdx.mdx",
        ["Narrator: Geese", "Narrator: The geese are fed."],
        [("unspoken 4:1", "import Tabs"), ("unspoken 5:1", "export const year"), ("unspoken 7:1", "a note to myself")],
    ),
    Case("33-strikethrough.md", ["Narrator: We love fences."], [("unspoken 1:4", "hate")]),
    Case("35-liquid-links.md", ["Narrator: A year ago we built a fence."], [("unspoken 1:12", "{% post_url 2024-01-01-old %}")]),
    Case(
        "37-tex-delimiters.md",
        ["Narrator: The area is a times b in all.", "Narrator: a squared plus b squared equals c squared"],
    ),
    Case(
        "46-noise-unknown-speaker.md",
        [*(f"Ann: Cy Hill: This is line {number} of mine." for number in range(1, 9)), "Ann: Break:", "Ann: Yes."],
        [
            ("warning 3:18", "Bo is in the cast but has no lines"),
            ("error 6:1", 'unknown speaker "Cy Hill" (8 times, first here)'),
            ("error 22:1", r"To keep it as text, write **Break\:**"),
        ],
    ),
    Case(
        "48-list-goes-on.md",
        ["Narrator: Open the gate.", "Narrator: Let the geese out.", "Narrator: Close the gate."],
        [("unspoken 4:1", "code block (yaml")],
    ),
    Case(
        "51-title-names.md",
        ["Ann: Good morning.", "Ann: Dr. Hill: The geese are well.", "Ann: J. Frost: I am glad, and so is Mrs. Lee."],
        [
            ("warning 3:18", "Bo is in the cast but has no lines"),
            ("warning 8:1", '"Dr. Hill" is not in the cast, so this is read as text by Ann'),
            ("warning 10:1", '"J. Frost" is not in the cast, so this is read as text by Ann'),
        ],
    ),
    Case(
        "53-superscript-notes.md",
        ["Narrator: The king was old. His son was not. Nor was his horse."],
        [
            ("unspoken 1:18", "note mark ¹"),
            ("unspoken 1:36", "https://example.org/son"),
            ("unspoken 1:58", "note mark 2"),
            ("unspoken 3:1", "https://example.org/son"),
        ],
    ),
    Case(
        "09-json-dialogue.json",
        [],
        [
            ("error 1:24", '"dialogue" looks like the lines of a script; call it segments'),
            ("error 1:24", '"cast": {"Ann": "ada", "Bo": "ben"}'),
        ],
        refused=True,
    ),
    Case(
        "11-yaml-dialogue.yaml",
        [],
        [
            ("error 2:1", '"dialogue" looks like the lines of a script; call it segments'),
            ("error 2:1", "cast: {host: ada, guest: ben}"),
        ],
        refused=True,
    ),
    Case("13-srt-captions.srt", [], [("error 2:1", "SRT caption"), ("error 2:1", "voiceover import")], refused=True),
]


@pytest.mark.parametrize("case", READ, ids=lambda case: case.file)
def test_a_case_says_what_is_right(case: Case) -> None:
    problems = Problems()
    script = load_script(CASES / case.file, problems, Settings())
    assert (script is None) == case.refused
    assert [_said(item) for item in script.items if _said(item)] == case.said if script is not None else not case.said
    found = [f"{problem.severity} {problem.source.line}:{problem.source.column}" for problem in problems.all]
    assert found == list(dict.fromkeys(place for place, _ in case.problems))
    for place, words in case.problems:
        assert words in problems.all[found.index(place)].message


def _said(item: Item) -> str:
    match item:
        case Segment():
            hint = f" [{item.style_hint.text}]" if item.style_hint is not None else ""
            return f"{item.speaker}{hint}: " + "".join(span.say or span.text for span in item.spans)
        case Chapter():
            return f"# {item.title}"
        case Direction():
            return f"({item.text})"
        case Scene() | Pause():
            raise AssertionError("no case has a pause")
        case _:
            raise AssertionError("no case has a sound")


def test_every_case_is_tested() -> None:
    by_command = {"39-language-zh.md", "41-jekyll-unpublished.md", "43-batch-left-out.md", "44-front-matter-engine.md"}
    assert {path.name for path in CASES.iterdir()} == {case.file for case in READ} | by_command


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("39-language-zh.md", ("39-language-zh.md:1:3: warning: ", "Chinese characters", "en-GB", "set language: zh")),
        ("44-front-matter-engine.md", ("44-front-matter-engine.md:3:9: warning: ", '"Unity"', "the default is used")),
    ],
)
def test_check_and_render_agree(file: str, words: tuple[str, ...], voiceover: Run, tmp_path: Path) -> None:
    shutil.copy(CASES / file, tmp_path)
    for arguments in (("check", file), ("render", file, "--engine", "draft", "-o", "out.mp3")):
        done = voiceover(*arguments)
        line = next(line for line in (done.stdout + done.stderr).splitlines() if words[0] in line)
        assert all(word in line for word in words), line


def test_a_batch_skips_unpublished_pages_and_counts_what_it_leaves_out(voiceover: Run, tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "_drafts").mkdir(parents=True)
    for file in ("41-jekyll-unpublished.md", "43-batch-left-out.md", "31-mdx.mdx"):
        shutil.copy(CASES / file, site)
    shutil.copy(CASES / "44-front-matter-engine.md", site / "_drafts" / "later.md")
    done = voiceover("batch", "site", "-o", "out", "--engine", "draft", "--allow-draft", "--index", "index.json")
    assert "not published (published: false)" in done.stderr
    assert "not published (in _drafts/)" in done.stderr
    assert "left out: 1 without a title (name them by a glob or by scripts: in voiceover.yaml)" in done.stderr
    assert {path.name for path in (tmp_path / "out").glob("*.mp3")} == {"31-mdx.draft.mp3"}
    index = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    assert list(index["pages"]) == ["31-mdx.mdx"]
    assert index["without"] == {"41-jekyll-unpublished.md": "not public", "_drafts/later.md": "not public"}
