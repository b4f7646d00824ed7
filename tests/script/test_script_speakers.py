"""Who speaks: warnings about names and about a dialogue without a cast, and styles beside a label."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from voiceover.pipeline.check import check_script
from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.types import CastEntry, Direction, Problem, Script, Settings, Source

HEAD = "---\ncast: {Ann: ada, Bo: ben}\n---\n\n"


def load(folder: Path, text: str, name: str = "episode.md", base: Settings | None = None) -> tuple[Script, list[Problem]]:
    path = folder / name
    path.write_text(text, "utf-8")
    problems = Problems()
    script = load_script(path, problems, base or Settings())
    assert script is not None
    return script, list(problems.all)


def said(problems: list[Problem], code: str) -> list[str]:
    return [f"{p.source.line}:{p.source.column} {p.severity}: {p.message}" for p in problems if p.code == code]


def test_an_unknown_name_is_reported_once_with_a_count(tmp_path: Path) -> None:
    text = (
        HEAD
        + "**Cy Hill:** Line one.\n\n" * 8
        + "**Break:**\n\nAnn: Yes I do.\n\n"
        + "[00:04] Zed: No.\n\nZed [00:09] So.\n\n"
        + "Bo: Good day."
    )
    _, problems = load(tmp_path, text)
    assert said(problems, "unknown-speaker") == [
        r'5:1 error: unknown speaker "Cy Hill" (8 times, first here). The cast is Ann, Bo. To keep it as text, write **Cy Hill\:**',
        r'21:1 error: unknown speaker "Break". The cast is Ann, Bo. To keep it as text, write **Break\:**',
    ]
    assert said(problems, "looks-like-label") == [
        '25:1 warning: "Zed" (2 times, first here) is not in the cast, so this is read as text by Ann: if it is a speaker, give it a voice '
        r"in the cast; if not, write Zed\: to keep it as it is"
    ]
    _, problems = load(tmp_path, "cast: {Ann: ada}\nsegments:\n- Zed: One two.\n- Zed: Three four.\n- Ann: Five six.\n", "a.yaml")
    assert said(problems, "unknown-speaker") == [
        '3:3 error: unknown speaker "Zed" (2 times, first here). The cast is Ann. If this is text, put quotes around all of it'
    ]


@pytest.mark.parametrize(
    "typed", [r"**Zed\:** Hello there.", r"Zed\: Hello there.", r"**Zed** \[00:22] Hello there.", r"\{Zed} Hello there."]
)
def test_the_way_to_keep_a_name_as_text_works(typed: str, tmp_path: Path) -> None:
    script, problems = load(tmp_path, HEAD + f"Ann: One two.\n\nBo: Three four.\n\n{typed}\n")
    assert script.segments[-1].text == typed.replace("\\", "").replace("*", "")
    assert problems == []


def test_one_word_turns_are_counted_in_one_warning(tmp_path: Path) -> None:
    _, problems = load(tmp_path, HEAD + "Ann: Yes.\n\nBo: No.\n\nAnn: Oh.\n\nBo: That is so.\n")
    assert said(problems, "short-turn") == [
        "5:6 warning: 3 turns of one word, the first here (Yes.); voices often speak single words badly, so add a few"
    ]


def test_a_member_of_the_scripts_own_cast_without_a_line(tmp_path: Path) -> None:
    _, problems = load(tmp_path, "---\ncast: {Ann: ada, Bo: ben, Quote: cora}\n---\nAnn: One two.\n\n> Three four.\n")
    assert said(problems, "silent-speaker") == ["2:18 warning: Bo is in the cast but has no lines"]
    project = Settings(cast=tuple(CastEntry(name, "", Source("voiceover.yaml")) for name in ("Ann", "Bo")))
    assert load(tmp_path, "Ann: One two.\n", base=project)[1] == []


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (("**Host:** ", "**Guest:** "), "Host: ada, Guest: ben"),
        (("HOST: ", "GUEST: "), "HOST: ada, GUEST: ben"),
        (("Speaker 1: ", "Speaker 2: "), "Speaker 1: ada, Speaker 2: ben"),
        (("[S1] ", "[S2] "), "S1: ada, S2: ben"),
        (("[00:01] Ann: ", "[00:04] Bo: "), "Ann: ada, Bo: ben"),
        (("**Ann** [00:01] ", "**Bo** [00:04] "), "Ann: ada, Bo: ben"),
        (("<Person1>", "<Person2>"), "Person1: ada, Person2: ben"),
        (("<v Ann>", "<v Bo>"), "Ann: ada, Bo: ben"),
        (("{Ann} ", "{Bo} "), "Ann: ada, Bo: ben"),
        (("ANN\n", "BO\n"), "ANN: ada, BO: ben"),
        (("**Ann**\n\n", "**Bo**\n\n"), "Ann: ada, Bo: ben"),
        (("Ann 0:01\n", "Bo 0:04\n"), "Ann: ada, Bo: ben"),
        (("Ann [laughing]: ", "Bo [sad]: "), "Ann: ada, Bo: ben"),
        (("Q: ", "A: "), "Q: ada, A: ben"),
        (("Dr. Hill: ", "J. Frost: "), "Dr. Hill: ada, J. Frost: ben"),
        (("user: ", "assistant: "), "user: ada, assistant: ben"),
        (("0:01 Speaker 1\n", "0:04 Speaker 2\n"), "Speaker 1: ada, Speaker 2: ben"),
        (("<b>Ann:</b> ", "<strong>Bo</strong>: "), "Ann: ada, Bo: ben"),
        (("主持人：", "嘉宾："), "主持人: ada, 嘉宾: ben"),
    ],
)
def test_a_dialogue_without_a_cast_is_one_warning_with_a_cast_to_paste(labels: tuple[str, str], names: str, tmp_path: Path) -> None:
    host, guest = labels
    text = f"# The fence\n\n{host}Did you feed the geese?\n\n{guest}I did, before the frost.\n\n{host}Good, then we can talk.\n"
    _, problems = load(tmp_path, text)
    found = said(problems, "looks-like-dialogue")
    assert len(found) == 1
    assert found[0].startswith("3:1 warning: this looks like a dialogue (")
    assert found[0].endswith(f"cast: {{{names}}}")
    script, problems = load(tmp_path, f"---\ncast: {{{names}}}\n---\n{text}")
    assert len({segment.speaker for segment in script.segments}) == 2
    assert not said(problems, "unknown-speaker") and not said(problems, "looks-like-label")


def test_a_dialogue_in_yaml_without_a_cast(tmp_path: Path) -> None:
    lines = "".join(f'- "{text}"\n' for text in ("Host: Did you see it?", "Guest: I did see it.", "Host: Good, let us talk."))
    _, problems = load(tmp_path, f"segments:\n{lines}", "a.yaml")
    assert [line.split(" warning")[0] for line in said(problems, "looks-like-dialogue")] == ["2:4"]


@pytest.mark.parametrize(
    "text",
    [
        "Note: this is so.\n\nIt goes on here.\n\n**Tip:** do that, too.\n\nNote: and this is so.\n",
        "**Speed:** it is fast.\n\n**Size:** it is small.\n\n**Look:** it is red.\n\n**Feel:** it is soft.\n",
        "Name: Bo\n\nAge: 4\n\nName: Ann\n\nAge: 5\n",
        "Fixed: a bug in it.\n\nAdded: a thing in it.\n\nFixed: another bug in it.\n",
        "- Paris: the city of light.\n- Rome: the eternal city.\n- Paris: the city of love.\n",
        "Serves: 4 people or so.\n\nPrep time: 10 minutes in all.\n\nServes: 5 people or so.\n",
        "**Pros:** it is quick.\n\n**Cons:** it is dear.\n\n**Pros:** it is red.\n\n**Cons:** it is blue.\n",
        "**Step 1:** do this.\n\n**Step 2:** do that.\n\n**Step 1:** do it again.\n",
        "Monday: we fed the geese at noon.\n\nTuesday: it rained the whole day.\n\nMonday: the fence fell down.\n",
        "It was clear: he was late.\n\nHe said: go on then.\n\nIt was clear: all was lost.\n",
        "**Host:** Did you feed the geese?\n\n**Guest:** I did, before the frost.\n",
    ],
)
def test_an_article_is_not_taken_for_a_dialogue(text: str, tmp_path: Path) -> None:
    assert said(load(tmp_path, text)[1], "looks-like-dialogue") == []


def test_a_style_beside_a_label_if_the_voice_has_it_else_a_direction(tmp_path: Path) -> None:
    path = tmp_path / "episode.md"
    path.write_text(
        HEAD + "Ann [whispering]: One two.\n\nBo [laughing]: Three four.\n\nBO\n(quiet)\n\nFive six.\n\nAnn\n(sadly)\nSeven eight.\n",
        "utf-8",
    )
    checked = check_script(path)
    assert checked.errors == () and checked.script is not None
    assert [(s.speaker, s.style, s.text) for s in checked.script.segments] == [
        ("Ann", "whispering", "One two."),
        ("Bo", None, "Three four."),
        ("Bo", "quiet", "Five six."),
        ("Ann", None, "Seven eight."),
    ]
    assert [(p.source.line, p.message) for p in checked.problems] == [(7, "direction laughing"), (15, "direction sadly")]
    kept = [direction for segment in checked.script.segments for direction in segment.directions]
    assert [direction.text for direction in kept] == ["laughing", "sadly"]
    assert not any(isinstance(item, Direction) for item in checked.script.items)


def test_a_slip_of_a_cue_is_an_error_in_a_script_and_a_warning_in_an_article(tmp_path: Path) -> None:
    (tmp_path / "theme.wav").write_bytes(b"")
    head = "---\ncast: {Ann: ada}\nsounds: {theme: theme.wav}\n---\n"
    _, problems = load(tmp_path, head + "Ann: One [puase 1s] two. [muisc: theme, under] [muisc: them]\n")
    assert said(problems, "bad-cue") == [
        r"5:10 error: [puase 1s] is not a cue; did you mean [pause 1s]? To have it read as text, write \[",
        r"5:26 error: [muisc: theme, under] is not a cue; did you mean [music: theme, under]? To have it read as text, write \[",
    ]
    script, problems = load(tmp_path, "One [puase 1s] two.\n")
    assert [line.split(":")[1] for line in said(problems, "bad-cue")] == ["5 warning"]
    assert script.segments[0].text == "One [puase 1s] two."


@pytest.mark.parametrize(
    "text",
    [
        "Bo" + " " * 60_000 + "x",
        "**" + " " * 60_000 + "x",
        "{" + " " * 60_000 + "x",
        "<" + " " * 60_000 + "x",
        "[A]" + " " * 60_000 + "\nx",
        "Bo [a] " * 3_000,
        "(laughs) " * 5_000,
        "*sighs* (" * 2_000,
    ],
)
@pytest.mark.parametrize("head", [HEAD, ""])
def test_long_runs_are_read_in_one_pass(text: str, head: str, tmp_path: Path) -> None:
    start = time.process_time()
    load(tmp_path, head + text)
    assert time.process_time() - start < 4


def test_directions_leave_the_spoken_text_and_so_the_takes_as_they_are(tmp_path: Path) -> None:
    plain, _ = load(tmp_path, HEAD + "Ann: I told you so. The fence is rotten.\n\nBo: It is.\n")
    directed, _ = load(
        tmp_path, HEAD + "Ann: (sighs) I told you so. [laughter] The fence [crosstalk] is rotten.\n\n[SFX: door]\n\nBo: It is. *gasps*\n"
    )
    assert [(s.speaker, s.spans, s.paragraph) for s in directed.segments] == [(s.speaker, s.spans, s.paragraph) for s in plain.segments]
