"""``voiceover voices add``, ``check`` and ``try`` as a user types them, and what a voice without consent comes to."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.voice_parts import RATE, WORDS, convert, save, sentence, silence
from voiceover import voices
from voiceover.engines.contract import make_utterance
from voiceover.engines.draft import DraftEngine
from voiceover.errors import EngineError
from voiceover.pipeline.context import from_engines
from voiceover.pipeline.job import Job
from voiceover.pipeline.say import say
from voiceover.types import Cast, EngineInfo, Settings, Style
from voiceover.voices import plain_style_remarks, synthetic_remarks


@pytest.fixture
def memo(ffmpeg: str, tmp_path: Path) -> Path:
    return convert(ffmpeg, save(tmp_path / "source.wav", sentence()), tmp_path / "memo.m4a")


@pytest.fixture
def with_ffmpeg(ffmpeg: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "ffmpeg").symlink_to(ffmpeg)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_from_a_voice_memo_to_a_voice_that_speaks(voiceover: Run, memo: Path, with_ffmpeg: None, tmp_path: Path):
    done = voiceover("voices", "add", "zoe", "--audio", memo, "--text", WORDS, "--consent", "self", "--language", "en-GB")
    assert "noise: speech is" in done.stdout
    assert "s of reference: a 10 s line takes" in done.stdout
    folder = Path(os.environ["VOICEOVER_DATA"]) / "voices" / "zoe"
    assert sorted(path.name for path in folder.iterdir()) == ["plain.flac", "report.json", "voice.yaml"]
    shown = json.loads(voiceover("voices", "show", "zoe", "--json").stdout)
    assert (shown["consent"], shown["language"], shown["synthetic"]) == ("self", "en-GB", False)
    assert shown["styles"]["plain"]["text"] == WORDS
    assert "ok" in voiceover("voices", "check", "zoe").stdout.splitlines()[0]
    voiceover("voices", "try", "ZOE", "Hello there.", "-o", "hello.wav")
    assert (tmp_path / "hello.draft.wav").stat().st_size > 10_000


def test_a_refused_recording_is_exit_code_2_with_all_verdicts(voiceover: Run, tmp_path: Path):
    path = save(tmp_path / "short.wav", sentence()[: round(1.5 * RATE)])
    arguments = ("voices", "add", "zoe", "--audio", path, "--text", WORDS, "--consent", "self")
    done = voiceover(*arguments, check=2)
    assert "refused as a reference clip\n  length: 1.0 s is too short" in done.stderr
    assert "channels: mono" in done.stdout
    told = json.loads(voiceover(*arguments, "--json", check=2).stdout)
    assert (told["added"], told["verdict"]) == (False, "refusal")
    assert {check["check"] for check in told["checks"] if check["verdict"] == "refusal"} >= {"length", "words"}
    assert not (Path(os.environ["VOICEOVER_DATA"]) / "voices").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--consent", "self"), "--text"),
        (("--text", WORDS), "--consent self"),
        (("--text", WORDS, "--consent", "self", "--from", "soon"), "--from"),
        (("--text", WORDS, "--consent", "self", "--project"), "voiceover.yaml"),
        (("--text", WORDS, "--consent", "self", "--project", "--to-folder", "x"), "exclude"),
    ],
)
def test_what_is_missing_is_said(arguments, said, voiceover: Run, tmp_path: Path):
    done = voiceover("voices", "add", "zoe", "--audio", save(tmp_path / "a.wav", sentence()), *arguments, check=2)
    assert said in done.stderr


def test_a_voice_goes_where_it_is_wanted(voiceover: Run, tmp_path: Path):
    arguments = ("--audio", save(tmp_path / "a.wav", sentence()), "--text", WORDS, "--licence", "CC0-1.0")
    (tmp_path / "show" / "scripts").mkdir(parents=True)
    (tmp_path / "show" / "voiceover.yaml").write_text("language: en\n")
    voiceover("voices", "add", "zoe", *arguments, "--project", cwd=tmp_path / "show" / "scripts")
    voiceover("voices", "add", "ann", *arguments, "--to-folder", "voices", "--from", "100ms", "--json")
    assert (tmp_path / "show" / "voices" / "zoe" / "voice.yaml").is_file()
    assert (tmp_path / "voices" / "ann" / "voice.yaml").is_file()


@pytest.mark.slow
def test_check_looks_at_every_voice_and_ends_with_2_where_one_is_refused(voiceover: Run, tmp_path: Path):
    good = json.loads(voiceover("voices", "check", "--json").stdout)
    assert [(voice["name"], voice["synthetic"], len(voice["clips"])) for voice in good] == [
        (name, True, 4) for name in ("ada", "ben", "cora", "dan")
    ]
    assert {clip["verdict"] for voice in good for clip in voice["clips"].values()} <= {"ok", "remark"}
    folder = tmp_path / "voices" / "zed"
    folder.mkdir(parents=True)
    (folder / "voice.yaml").write_text("licence: CC0-1.0\nreference: {audio: a.wav, text: Nothing is said here.}\n")
    save(folder / "a.wav", silence(5))
    done = voiceover("voices", "check", check=2)
    assert "zed, plain: refusal" in done.stdout
    assert "ada is synthetic" in done.stdout
    voiceover("voices", "check", "ada")


def test_a_voice_that_is_not_there_is_named(voiceover: Run):
    assert 'did you mean "cora"' in voiceover("voices", "try", "coar", "Hello.", check=2).stderr


def test_an_error_in_a_voice_has_its_place_and_the_line_that_was_typed_has_none(voiceover: Run, tmp_path: Path):
    folder = tmp_path / "voices" / "eve"
    folder.mkdir(parents=True)
    (folder / "voice.yaml").write_text("licence: CC0-1.0\nspeed: 9\n")
    for command in (("say", "Hello.", "--voice", "eve"), ("voices", "try", "eve", "Hello.")):
        assert voiceover(*command, check=2).stderr.startswith("voices/eve/voice.yaml:2:8: speed must be")
    (folder / "voice.yaml").write_text("licence: CC0-1.0\n")
    assert voiceover("say", "Hello.", "--voice", "eve", "--style", "sad", check=2).stderr.startswith("the voice eve of Voice has no style")


def test_a_line_that_fails_is_not_named_by_a_file_that_nobody_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fails(job: Job) -> None:
        raise EngineError(f"{job.script}:1:72: no numbers; see voices/eve/voice.yaml:3:1: there")

    monkeypatch.setattr("voiceover.pipeline.say.render", fails)
    with pytest.raises(EngineError) as caught:
        say("Hello.", None, tmp_path / "say.wav", Settings(), None)
    assert str(caught.value) == "no numbers; see voices/eve/voice.yaml:3:1: there"


def test_plain_is_the_voice_without_a_style_wherever_it_is_typed(voiceover: Run, tmp_path: Path):
    words = "Hello there, my dear friend."
    (tmp_path / "s.md").write_text(
        "---\ncast:\n  Ann: {voice: ada, style: whispering}\n  Bob: {voice: ada, style: Plain}\n---\n\n"
        f"Ann (plain): {words}\n\nBob: {words}\n\nAnn: {words}\n"
    )
    voiceover("render", "s.md", "--format", "wav", "--engine", "draft")
    takes = json.loads((tmp_path / "s.draft.manifest.json").read_text())["takes"]
    assert [take["style"] for take in takes] == ["", "", "whispering"]
    for command in (("voices", "try", "ada", words), ("say", words, "--voice", "ada")):
        for number, style in enumerate(((), ("--style", "plain"))):
            voiceover(*command, *style, "-o", f"{number}.wav")
        assert (tmp_path / "0.draft.wav").read_bytes() == (tmp_path / "1.draft.wav").read_bytes()


@pytest.mark.parametrize("terms", ["", "consent: unknown\n"])
def test_a_clone_without_consent_is_refused_before_anything_is_recorded(terms, voiceover: Run, tmp_path: Path):
    folder = tmp_path / "voices" / "eve"
    folder.mkdir(parents=True)
    save(folder / "a.wav", sentence())
    (folder / "voice.yaml").write_text(f"{terms}reference: {{audio: a.wav, text: 'The river is low this morning.'}}\n")
    (tmp_path / "s.md").write_text("Hello there.\n")
    done = voiceover("render", "s.md", "--voice", "eve", check=2)
    assert 'needs "licence"' in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s.md", "voices"]
    assert not list(Path(os.environ["VOICEOVER_CACHE"]).rglob("*.wav"))


# ---------------------------------------------------------------- synthetic voices


@pytest.fixture
def draft() -> EngineInfo:
    engine = DraftEngine()
    engine.close()
    return engine.info


def remarks(cast: Cast, engine: EngineInfo) -> list[str]:
    return synthetic_remarks(cast, dict.fromkeys(cast, engine))


def test_an_engine_that_hears_a_synthetic_clip_is_told_of_once_with_the_cure(draft: EngineInfo):
    shipped = {name: voices.load_voice(name, [voices.shipped_folder()], from_engines()) for name in ("ada", "ben")}
    cast = {name: replace(voice, folder=Path("mine", name)) for name, voice in shipped.items()}
    hears = replace(draft, name="f5", reference_in_window=True)
    assert remarks(cast, draft) == []
    assert remarks(shipped, hears) == [], "the shipped clips sound human"
    (remark,) = remarks({**cast, "Other": cast["ada"]}, hears)
    assert remark.startswith("the voices ada, ben are synthetic, and f5")
    assert "voiceover voices add NAME" in remark
    assert "\n" not in remark
    human = replace(cast["ada"], synthetic=False)
    assert remarks({"A": human}, hears) == []
    assert remarks({"A": human, "B": cast["ben"]}, hears)[0].startswith("the voice ben is synthetic")
    clipless = replace(cast["ada"], styles={name: replace(style, clip=None) for name, style in cast["ada"].styles.items()})
    assert remarks({"A": clipless}, hears) == []


def test_a_style_without_settings_for_the_engine_is_spoken_plain_with_one_remark(tmp_path: Path, draft: EngineInfo, voiceover: Run):
    ada = voices.load_voice("ada", [voices.shipped_folder()], from_engines())
    flat = replace(ada, styles={name: Style(style.clip, {"draft": {"pitch": 40}}) for name, style in ada.styles.items()})
    lines = [(flat, style, draft) for style in ("", "quiet", "angry", "quiet")]
    (remark,) = plain_style_remarks(lines)
    assert remark == "the voice ada has no settings for quiet and angry that draft could use, so draft speaks these lines plainly"
    assert plain_style_remarks([(ada, style, draft) for style in ada.styles]) == []
    assert plain_style_remarks([(flat, "quiet", replace(draft, reference_in_window=True))]) == []
    folder = tmp_path / "voices" / "eve"
    folder.mkdir(parents=True)
    (folder / "voice.yaml").write_text("consent: self\nstyles: {quiet: {}, angry: {draft: {pitch: 70}}}\n")
    script = "---\ncast: {Eve: eve}\n---\n\nEve (quiet): Hello.\n\nEve (angry): Go.\n\nEve (quiet): Bye.\n"
    (tmp_path / "s.md").write_text(script)
    said = voiceover("render", "s.md", "--engine", "draft").stderr
    assert said.count("the voice eve has no settings for quiet that draft could use") == 1


def test_the_mark_changes_nothing_that_is_heard(draft: EngineInfo):
    engine = DraftEngine()
    try:
        voice = voices.load_voice("ada", [voices.shipped_folder()], from_engines())
        said = [engine.speak(make_utterance("Hello."), each).samples.tobytes() for each in (voice, replace(voice, synthetic=False))]
    finally:
        engine.close()
    assert said[0] == said[1]
