"""check, plan, render and batch give one verdict on a script, with one exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_parts import run
from tests.pipeline.test_again import picture

COMMANDS = {"check": [], "plan": [], "render": ["-o", "out"], "batch": ["-o", "night", "--report", "report.json"]}
CAST = "cast: {Ann: ada, Bob: ben}\n"
TALK = "Ann: Hello there, my friend.\n\nBob: Good morning to you.\n"


def verdicts(script: str, *, night: tuple[str, ...] = ("--engine", "draft", "--allow-draft")) -> dict[str, tuple[int, str]]:
    """The verdict of every command; the batch is asked for the draft voice, which a nightly job does not take by itself."""
    found = {name: run(name, script, *more, *(night if name == "batch" else ())) for name, more in COMMANDS.items()}
    # A batch keeps warnings out of its log: they are in its report.
    report = Path("report.json")
    notes = json.loads(report.read_text("utf-8"))["episodes"] if report.exists() else []
    code, told = found["batch"]
    found["batch"] = code, "\n".join([told, *(note for episode in notes for note in episode.get("notes", ()))])
    return found


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("theme.wav", "guest.wav"):
        (tmp_path / name).touch()
    (tmp_path / "cover.png").write_bytes(picture(7))
    (tmp_path / "page.png").write_bytes(b"<html>no picture</html>")
    (tmp_path / "ipa.yaml").write_text("Nguyen: {ipa: wɪn}\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("front", "body", "said"),
    [
        ("intro: theme.wav", TALK, "3:8: {here}/theme.wav: the file is empty"),
        ("sounds: {theme: theme.wav}\nintro: theme", TALK, '4:8: "theme": {here}/theme.wav: the file is empty'),
        ("outro: {file: theme.wav, overlap: 2s, fade: 3s}", TALK, "3:8: "),
        ("sounds: {theme: theme.wav}", f"[music: theme, under]\n\n{TALK}", '6:1: "theme": {here}/theme.wav: the file is empty'),
        ("", "Ann: [audio: guest.wav] What is said in it.\n", "6:25: {here}/guest.wav: the file is empty"),
    ],
)
def test_what_cannot_be_rendered_is_refused_by_every_command(here: Path, front: str, body: str, said: str) -> None:
    Path("a.md").write_text(f"---\n{CAST}{front}\n---\n\n{body}", "utf-8")
    for name, (code, told) in verdicts("a.md").items():
        assert code == 2, (name, told)
        assert f"a.md:{said.format(here=here)}" in told, (name, told)
    assert not list(Path().rglob("*.mp3"))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{voice: ada, engine: f5}", "a.md:2:34: no model is installed"),
        ("{voice: ada, engine: draf}", 'a.md:2:34: there is no engine "draf" here; did you mean "draft"?'),
        ("{voice: ada, house: {voice: nova}}", 'a.md:2:26: unknown key "house"'),
        ("{voice: nova, engine: openai}", 'there is no voice "nova", and the engine openai brings none: the engine openai cannot speak'),
        ("{voice: nova, engine: openai}", "voiceover config server add"),
    ],
)
def test_an_engine_of_a_speaker_that_is_not_there_is_an_error_of_every_command(entry: str, said: str) -> None:
    Path("a.md").write_text(f"---\ncast: {{Ann: {entry}, Bob: {{voice: ben, engine: draft}}}}\n---\n\n{TALK}", "utf-8")
    for name, (code, told) in verdicts("a.md", night=()).items():
        assert code == 2, (name, told)
        assert said in told, (name, told)


def test_a_voice_of_the_command_line_has_no_place_in_the_script() -> None:
    Path("a.md").write_text(f"---\n{CAST}---\n\n{TALK}", "utf-8")
    code, told = run("render", "a.md", "--voice", "zed")
    assert (code, '--voice: unknown voice "zed"' in told) == (2, True), told


def test_a_text_file_is_no_folder_for_audio() -> None:
    code, told = run("say", "Hi.", "-o", "hi.txt")
    assert (code, "hi.txt: files of type .txt are not supported" in told) == (2, True), told
    assert not Path("hi.txt").exists()


def test_the_yaml_form_and_the_project_file_are_refused_alike() -> None:
    Path("a.yaml").write_text("title: A\nsounds: {t: theme.wav}\nsegments:\n  - Hello there.\n  - {sound: t}\n", "utf-8")
    Path("b.md").write_text(f"---\n{CAST}---\n\n{TALK}", "utf-8")
    assert [code for code, _ in verdicts("a.yaml").values()] == [2] * 4
    Path("voiceover.yaml").write_text("outro: theme.wav\n", "utf-8")
    for code, told in verdicts("b.md").values():
        assert (code, "voiceover.yaml:1:8: " in told, "theme.wav: the file is empty" in told) == (2, True, True), told


@pytest.mark.parametrize(
    ("front", "body", "said"),
    [
        ("intro: gone.wav", TALK, 'a.md:3:8: there is no file "gone.wav"'),
        ("sounds: {door: gone.wav}\nintro: door", TALK, 'a.md:4:8: intro: the file of the sound "door" is missing'),
        ("sounds: {door: gone.wav}", f"{TALK}\n[sound: door]\n", 'the file of the sound "door" is missing'),
        ("cover: gone.png", TALK, 'a.md:3:8: there is no file "gone.png"'),
        ("cover: page.png", TALK, "a.md:3:8: "),
        ("lexicon: gone.yaml", TALK, 'a.md:3:10: there is no file "gone.yaml"'),
        ("", "Ann: [audio: gone.wav] What is said in it.\n", 'there is no file "gone.wav"'),
        ("engine: draf", TALK, 'a.md:3:9: there is no engine "draf" here; did you mean "draft"?'),
        ("engine: Unity", TALK, 'a.md:3:9: there is no engine "Unity" here'),
        ("model: X100", TALK, "the model X100 was requested"),
        ("engine: f5\nmodel: X100", TALK, "X100"),
        ("engine: f5", TALK, "no model is installed"),
    ],
)
def test_what_is_missing_is_an_error_of_every_command(front: str, body: str, said: str) -> None:
    Path("a.md").write_text(f"---\n{CAST}{front}\n---\n\n{body}", "utf-8")
    # A flag would replace the engine.
    for name, (code, told) in verdicts("a.md", night=()).items():
        assert code == 2, (name, told)
        assert said in told or (name == "batch" and front == "model: X100" and "only the stand-in" in told), (name, told)
    assert not list(Path().rglob("*.mp3"))


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("engine: Unity", '2:9: warning: `engine:` there is no engine "Unity" (not used)'),
        ("engine: drafts", '2:9: warning: `engine:` there is no engine "drafts" (not used); did you mean "draft"?'),
        ("model: X100", '2:8: warning: `model:` there is no model "X100" (not used)'),
        ("engine: V8\nmodel: 911", '3:8: warning: `model:` there is no model "911" (not used)'),
        ("disclosure: I own a goose.", "2:13: warning: disclosure must be one of spoken, metadata, or {spoken: your own sentence}"),
        ("feed: news", "2:7: warning: `feed:` is not supported yet"),
        ("cover: page.png", "2:8: warning: "),
        ("intro: A short text on geese.wav", "2:8: warning: "),
        ("casts: {Ann: ada, Bob: ben}", '2:1: warning: unknown key "casts"; did you mean "cast"? (not used)'),
        ("voise: ben", '2:1: warning: unknown key "voise"; did you mean "voice"? (not used)'),
    ],
)
def test_an_article_is_spoken_whatever_its_own_front_matter_means(front: str, said: str) -> None:
    Path("a.md").write_text(f"---\n{front}\n---\n\nThe game is about geese and a fence.\n", "utf-8")
    for name, (code, told) in verdicts("a.md").items():
        assert code == 0, (name, told)
        assert f"a.md:{said}" in told, (name, told)
    for flags in ((), ("--engine", "draft")):
        assert run("check", "a.md", *flags)[0] == 0
    assert len(list(Path().rglob("*.draft.mp3"))) == 2


def test_the_project_keeps_its_engine_when_a_page_names_one_that_is_not_ours() -> None:
    Path("voiceover.yaml").write_text("engine: draft\n")
    Path("a.md").write_text("---\nengine: Unity\n---\n\nThe game is about geese.\n")
    code, told = run("batch", "a.md", "-o", "night", "--allow-draft")
    assert (code, "made: 1" in told) == (0, True), told
    # In its own map a page says what it means.
    Path("a.md").write_text("---\nengine: Unity\nvoiceover: {engine: drat}\n---\n\nThe game is about geese.\n")
    assert [code for code, _ in verdicts("a.md", night=()).values()] == [2] * 4


@pytest.mark.parametrize("value", ["no", "false", "0", ""])
def test_a_key_that_is_switched_off_is_no_error(value: str) -> None:
    keys = f"retakes: {value}\n"
    Path("a.md").write_text(f"---\n{CAST}{keys}commercial: no\nfeed: {value.replace('0', 'no')}\n---\n\n{TALK}")
    assert run("check", "a.md")[0] == 0


@pytest.mark.parametrize(
    ("front", "body", "said"),
    [
        ("lexicon: {friend: /frɛnd/}", TALK, 'the engine draft does not speak IPA, so "friend" is read as written'),
        (
            "lexicon: ipa.yaml",
            "Ann: Hello there, Nguyen, my friend.\n",
            'a.md:6:6: warning: the engine draft does not speak IPA, so "Nguyen"',
        ),
        ("", "Ann: Hello, [Nguyen](say:/wɪn/) my friend.\n", 'so "Nguyen" is read as written; give a spelling too'),
    ],
)
def test_ipa_without_a_spelling_is_a_warning_for_an_engine_without_phonemes(front: str, body: str, said: str) -> None:
    Path("a.md").write_text(f"---\n{CAST}{front}\n---\n\n{body}", "utf-8")
    for name, (code, told) in verdicts("a.md").items():
        assert (code, said in told) == (0, True), (name, told)


@pytest.mark.parametrize(
    ("front", "body", "said"),
    [
        ("lexicon: {friend: /frENd/}", TALK, 'a.md:3:19: "friend" in the lexicon: /frENd/ cannot be spoken: "E", "N" are not symbols'),
        ("lexicon: {friend: {say: frend, ipa: fr3nd}}", TALK, '"friend" in the lexicon: /fr3nd/ cannot be spoken: "3" is not a symbol'),
        ("lexicon: {friend: {ipa: ˈ}}", TALK, '"friend" in the lexicon: /ˈ/ cannot be spoken: it has no sounds'),
        ("lexicon: {friend: {say: /frɛnd/}}", TALK, 'a.md:3:19: "friend" in the lexicon: "say" is a spelling for the ear'),
        ("lexicon: bad.yaml", TALK, 'bad.yaml:1:9: "friend" in the lexicon: /x?/ cannot be spoken: "?" is not a symbol'),
        ("", "Ann: Hello, [Nguyen](say:/w%31n/) my friend.\n", 'a.md:6:13: /w1n/ cannot be spoken: "1" is not a symbol'),
    ],
)
def test_what_is_not_ipa_is_an_error_at_its_place(front: str, body: str, said: str) -> None:
    Path("bad.yaml").write_text("friend: /x?/\n", "utf-8")
    Path("a.md").write_text(f"---\n{CAST}{front}\n---\n\n{body}", "utf-8")
    for name, (code, told) in verdicts("a.md").items():
        assert (code, said in told) == (2, True), (name, told)


def test_a_lexicon_entry_may_give_both_forms() -> None:
    Path("a.md").write_text(f"---\n{CAST}lexicon: {{friend: {{say: frend, ipa: frɛnd}}}}\n---\n\n{TALK}", "utf-8")
    assert run("check", "a.md")[0] == 0
    Path("a.md").write_text(f"---\n{CAST}lexicon: {{friend: {{sya: frend}}}}\n---\n\n{TALK}", "utf-8")
    assert 'did you mean "say"' in run("check", "a.md")[1]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("show.yaml", "title: Fable Hour\nfeed: {url: https://example.org/feed.xml}\n"),
        ("show.yaml", "title: Fable Hour\nfeed: feed.xml\nsegments: [Hello there.]\n"),
        ("show.md", "---\ntitle: Fable Hour\nfeed: {url: https://example.org/feed.xml}\n---\n\nStories for small people.\n"),
        ("show.md", f"---\n{CAST}feed: feed.xml\n---\n\n{TALK}"),
    ],
)
def test_a_show_is_no_script(name: str, text: str) -> None:
    Path("content").mkdir()
    Path("content/page.md").write_text("---\ntitle: A page\n---\n\nThis is a page.\n")
    (Path("content") / name).write_text(text)
    for each in ("check", "plan", "render"):
        code, told = run(each, f"content/{name}")
        assert code == 2
        assert told.count("describes a show") == 1, told
        assert told.count(" error") <= 1
    code, told = run("batch", "content", "-o", "out", "--engine", "draft", "--allow-draft", "--report", "report.json")
    assert code == 0, told
    assert [each["name"] for each in json.loads(Path("report.json").read_text())["episodes"]] == ["page"]
    # Named in the project file, or by itself, it is passed over with the reason.
    Path("voiceover.yaml").write_text("scripts: [content/*]\n")
    code, told = run("batch", "content", "-o", "out", "--engine", "draft", "--allow-draft")
    assert (code, "a show (it has feed:)" in told) == (0, True), told
