"""NAME.takes.yaml as a person, or a stranger, may have written it, and how the commands change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.plan.parts import line, town
from voiceover.audio.files import write_wav_float
from voiceover.errors import InputError, SettingsError
from voiceover.settings.problems import Problems
from voiceover.takes import changing_choices, choices_file, copy_recording, drop_copies, place_choices, read_choices
from voiceover.types import Severity, Source, TakeChoice

SCRIPT = Path("ep.md")
ENTRY = "takes:\n  - speaker: Ada\n    text: Hello there.\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    tone(tmp_path / "ok.wav")
    return tmp_path


def tone(path: Path, seconds: float = 1.0, level: float = 0.3, rate: int = 16_000, channels: int = 1) -> Path:
    wave = (level * np.sin(np.arange(int(seconds * rate)) / 9)).astype(np.float32)
    write_wav_float(path, np.tile(wave[:, None], channels), rate)
    return path


def read(text: str) -> tuple[tuple[TakeChoice, ...], list[str]]:
    Path("ep.takes.yaml").write_text(text, "utf-8")
    problems = Problems()
    return read_choices(choices_file(SCRIPT), problems), [str(problem) for problem in problems.errors]


def test_everything_that_may_be_chosen() -> None:
    (spoken, mine), told = read(
        ENTRY + "    occurrence: 2\n    attempt: 3\n    seed: 7\n    speed: 0.9\n    say: NO\n    accept: [long, end-cut]\n"
        "  - {speaker: Ben, text: 12:30, audio: ok.wav}\n"
    )
    assert told == []
    assert (spoken.occurrence, spoken.attempt, spoken.seed, spoken.speed, spoken.say) == (2, 3, 7, 0.9, "NO")
    assert spoken.accepted == ("long", "end-cut")
    assert mine.text == "12:30"
    assert mine.recording is not None
    assert mine.recording.path == Path("ok.wav").resolve()
    assert read("") == ((), [])
    assert read("takes:\n") == ((), [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("takes: {a: b}", "ep.takes.yaml:1:8: takes must be a list"),
        ("- a", "ep.takes.yaml:1:1: choices for takes must be a mapping"),
        ("takes:\n  - Hello", "ep.takes.yaml:2:5: an entry of takes must be a mapping"),
        ("cast: {A: ada}", 'ep.takes.yaml:1:1: unknown key "cast"'),
        (ENTRY, "ep.takes.yaml:2:5: an entry needs a choice: attempt, seed, speed, say, audio, accept"),
        ("takes:\n  - {text: Hi, seed: 1}", 'ep.takes.yaml:2:5: an entry needs "speaker"'),
        ("takes:\n  - {speaker: A, seed: 1}", 'ep.takes.yaml:2:5: an entry needs "text"'),
        (ENTRY + "    sede: 4\n", 'ep.takes.yaml:4:5: unknown key "sede"; did you mean "seed"?'),
        (ENTRY + "    seed: -1\n", "ep.takes.yaml:4:11: seed must be a whole number"),
        (ENTRY + "    attempt: 1e9\n", "ep.takes.yaml:4:14: attempt must be a whole number"),
        (ENTRY + "    occurrence: 0\n    seed: 1\n", "ep.takes.yaml:4:17: occurrence must be a whole number from 1"),
        (ENTRY + "    speed: 9\n", "ep.takes.yaml:4:12: speed must be a number from 0.3 to 3"),
        (ENTRY + "    say: '...'\n", "ep.takes.yaml:4:10: say must be words that can be spoken"),
        (
            ENTRY + f"    say: {'a' * 6000}\n",
            "ep.takes.yaml:4:10: say must be words that can be spoken, on one line of at most 5000 characters",
        ),
        (ENTRY + "    audio: /etc/passwd\n", 'ep.takes.yaml:4:12: "/etc/passwd" must be given relative to the folder'),
        (ENTRY + "    audio: ../secret.wav\n", 'ep.takes.yaml:4:12: "../secret.wav" lies outside the folder'),
        (ENTRY + "    audio: link.wav\n", 'ep.takes.yaml:4:12: "link.wav" lies outside the folder'),
        (ENTRY + "    audio: gone.wav\n", 'ep.takes.yaml:4:12: there is no file "gone.wav"'),
        (ENTRY + "    audio: ep.md\n", "ep.takes.yaml:4:12: "),
        (ENTRY + "    audio: ok.wav\n    speed: 2\n", 'ep.takes.yaml:5:12: "speed" cannot be chosen for an own recording'),
        (ENTRY + "    seed: 1\n  - {speaker: ADA, text: 'Hello  there.', seed: 2}\n", "ep.takes.yaml:5:5: there are two entries"),
        (ENTRY + "    seed: 1\n    seed: 2\n", 'ep.takes.yaml:5:5: the key "seed" is given twice'),
        (ENTRY + "    seed: !!python/object:os.system 1\n", "ep.takes.yaml:4:11: the tag"),
        ("takes:\n" + "  - {speaker: A, text: b, seed: 1}\n" * 2001, "ep.takes.yaml:2:3: takes may have 2000 entries, not 2001"),
        ("takes: " + "[" * 60, "nested more than 50 levels deep"),
        ("takes:\n  - a: &a [1, *a]\n", "ep.takes.yaml:2:"),
        ("takes: \0", "a NUL byte"),
    ],
)
def test_what_is_wrong_is_one_error_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    Path("ep.md").write_text("no audio", "utf-8")
    Path("link.wav").symlink_to("/etc/hostname")
    _, told = read(text)
    assert len(told) == 1
    assert said in told[0]


def test_files_that_are_none() -> None:
    path = choices_file(SCRIPT)

    def told() -> str:
        problems = Problems()
        assert read_choices(path, problems) == ()
        return "".join(map(str, problems.errors))

    assert told() == ""
    path.write_bytes(b"takes: \xff\n")
    assert "ep.takes.yaml:1:1: byte 0xFF is not UTF-8 text" in told()
    path.write_bytes(b"#" * (4 * 1024**2 + 1))
    assert "at most 4 MB" in told()
    path.unlink()
    path.mkdir()
    assert "this is not a file" in told()
    path.rmdir()
    path.symlink_to("/etc/hostname")
    assert "a link to a file outside the script's folder" in told()


def changed(*removed: TakeChoice, added: TakeChoice | None = None) -> str:
    with changing_choices(SCRIPT) as file:
        file.change(removed, added)
    return choices_file(SCRIPT).read_text("utf-8") if choices_file(SCRIPT).exists() else ""


def test_a_change_leaves_the_other_lines_as_they_are() -> None:
    hello = TakeChoice("Ada", "Hello there.", Source(""), seed=1)
    made = changed(added=hello)
    assert made.startswith("# ")
    ben = "\n# about Ben\n- speaker: Ben\n  text: Bye.\n  accept: [long]\n"
    written = f"# mine\ntakes:\n- speaker: Ada # her\n  text: Hello there.\n  seed: 5\n{ben}"
    choices_file(SCRIPT).write_text(written, "utf-8")
    quoted = TakeChoice("Ada", 'She said: "no # one" \\ é \u2028\ufeff', Source(""), say="yes: no", speed=0.9)
    with_quoted = changed(added=quoted)
    assert with_quoted.startswith(written)
    again, told = read(with_quoted)
    assert told == []
    assert (again[2].text, again[2].say, again[2].speed) == ('She said: "no # one" \\ é \u2028\ufeff'.strip(), "yes: no", 0.9)
    replaced = changed(quoted, added=hello)
    assert replaced == f'# mine\ntakes:\n- speaker: "Ada"\n  text: "Hello there."\n  seed: 1\n{ben}'
    assert changed(hello) == f"# mine\ntakes:\n{ben}"


def test_the_last_choice_takes_the_file_with_it() -> None:
    hello = TakeChoice("Ada", "Hello there.", Source(""), seed=1)
    assert changed(added=hello)
    assert changed(hello) == ""
    assert not list(Path().glob(".*"))


def test_what_cannot_be_changed_line_by_line_is_refused_whole() -> None:
    text = "takes: [{speaker: Ada, text: Hello there., seed: 5}, {speaker: Ben, text: Bye., seed: 2}]\n"
    choices_file(SCRIPT).write_text(text, "utf-8")
    with pytest.raises(InputError, match="only be changed in an editor"):
        changed(TakeChoice("Ada", "Hello there.", Source("")))
    assert choices_file(SCRIPT).read_text("utf-8") == text
    choices_file(SCRIPT).write_text("takes: [", "utf-8")
    with pytest.raises(SettingsError):
        changed(added=TakeChoice("Ada", "Hello there.", Source(""), seed=1))
    choices_file(SCRIPT).write_text("segments: []\n", "utf-8")
    with pytest.raises(SettingsError, match="has other keys than takes"):
        changed(added=TakeChoice("Ada", "Hello there.", Source(""), seed=1))


def test_a_choice_without_its_words_names_the_nearest_line() -> None:
    script = town(line("My dear friend, you live no better than the ants.", speaker="Ben", paragraph=6), "Hello.", "Hello.")
    seed = TakeChoice("Ben", "My poor friend, you live no better than ants.", Source("t.yaml", 3, 5), seed=1)
    tone(Path("mine.flac.wav"))
    (mine,), _ = read("takes:\n  - {speaker: Ben, text: My poor friend, audio: ok.wav}\n")
    third = TakeChoice("Narrator", "Hello.", Source("t.yaml", 9, 5), occurrence=3, seed=1)
    problems = Problems()
    place_choices(script, [seed, mine, third], problems)
    found = {problem.severity: str(problem) for problem in problems.all if "Hello" not in problem.message}
    assert "so what was chosen for it is not used; the nearest line is town.md:7:1: Ben:" in found[Severity.WARNING]
    assert "so its recording ok.wav has no line; the nearest line is town.md:7:1: Ben:" in found[Severity.ERROR]
    assert '"Hello." 2 times only, not 3 times' in " ".join(problem.message for problem in problems.all)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: tone(path, level=0.0), "holds only silence"),
        (lambda path: tone(path, 2400.0, rate=4000), "lasts 40 minutes; a recording of a line may last at most 10 minutes"),
        (lambda path: path.write_text("Hello."), "is not a recording that can be read|is not audio|cannot read this format"),
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: tone(path, level=float("nan")), "contains NaN or infinity"),
        (lambda path: tone(path, channels=40), "has 40 channels"),
    ],
)
def test_what_cannot_be_an_own_recording(make: Callable[[Path], object], said: str) -> None:
    make(Path("mine.wav"))
    with pytest.raises(InputError, match=said):
        copy_recording(Path("mine.wav"), SCRIPT, "Hello.")
    assert not Path("ep.takes").exists()


def test_a_copy_is_mono_flac_and_goes_when_nothing_needs_it() -> None:
    name = copy_recording(tone(Path("stereo.wav"), channels=2, level=3.0), SCRIPT, "Hello, there!")
    assert name.startswith("ep.takes/hello-there-")
    assert name == copy_recording(Path("stereo.wav"), SCRIPT, "Hello, there!")
    drop_copies(SCRIPT, [name], [name])
    assert Path(name).exists()
    mine = Path("ep.takes/mine.flac")
    mine.write_bytes(Path(name).read_bytes())
    drop_copies(SCRIPT, [name, "ep.takes/mine.flac", "stereo.wav", "../x.flac"], [])
    assert [path.name for path in Path("ep.takes").iterdir()] == ["mine.flac"]
    assert Path("stereo.wav").exists()


def test_a_folder_that_leads_elsewhere_gets_no_copy(tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    Path("ep.takes").symlink_to(other)
    with pytest.raises(InputError, match="a link to a folder outside"):
        copy_recording(Path("ok.wav"), SCRIPT, "Hello.")
    assert not list(other.iterdir())
