"""Adding a voice: what is stored, what of an older voice stays, and what is refused."""

from __future__ import annotations

import functools
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.voice_parts import RATE, SENTENCES, WORDS, save, sentence
from tests.voices.test_voice_file import make_voice
from voiceover import voices
from voiceover.audio.files import open_audio, read_audio
from voiceover.errors import InputError, OutputError, PublishError, SettingsError, VoiceError
from voiceover.pipeline.context import from_engines
from voiceover.types import DEFAULT_STYLE, Clip, Style, Voice
from voiceover.voices import Added, Addition, ClipRefusedError

add_voice = functools.partial(voices.add_voice, engines=from_engines())


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "data" / "voices"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return save(tmp_path / "recording.wav", sentence())


@pytest.fixture
def wanted(shelf: Path, recording: Path) -> Addition:
    return Addition("Zoë", recording, WORDS, shelf, consent="self")


def clip_of(voice: Voice, style: str = DEFAULT_STYLE) -> Clip:
    clip = voice.styles[style].clip
    assert clip is not None
    return clip


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def second(wanted: Addition, tmp_path: Path, **changes: object) -> Addition:
    """A further clip with other words."""
    path = save(tmp_path / "second.wav", sentence(1))
    return replace(wanted, **{"audio": path, "text": SENTENCES[1], "consent": None, **changes})  # type: ignore[arg-type]


# ---------------------------------------------------------------- a new voice


def test_a_new_voice_is_there_and_can_be_loaded(wanted, shelf):
    added = add_voice(wanted)
    voice = voices.load_voice("zoë", [shelf], from_engines())
    assert added.voice == voice
    assert (voice.name, voice.folder, voice.language, voice.consent, voice.licence, voice.synthetic) == (
        *("Zoë", shelf / "Zoë", "en", "self", None, False),
    )
    clip = clip_of(voice)
    assert clip.text == WORDS
    stored = open_audio(clip.path)
    assert (clip.path.suffix, stored.sample_rate, stored.channels) == (".flac", 24_000, 1)
    assert clip.seconds == pytest.approx(added.report.seconds, abs=0.001)
    assert clip.seconds < len(sentence()) / RATE - 0.7
    assert sorted(path.name for path in (shelf / "Zoë").iterdir()) == ["plain.flac", "report.json", "voice.yaml"]
    assert [path.name for path in shelf.iterdir()] == ["Zoë"]


def test_the_stored_clip_is_the_speech_of_the_recording(wanted, tmp_path):
    stored = read_audio(clip_of(add_voice(wanted).voice).path)
    original = read_audio(tmp_path / "recording.wav")
    energy = [np.sqrt(np.sum(np.square(audio.samples, dtype=np.float64)) / audio.sample_rate) for audio in (stored, original)]
    assert energy[0] == pytest.approx(energy[1], rel=0.01)


def test_the_report_is_stored_and_names_nothing_of_this_machine(wanted, shelf, tmp_path):
    added = add_voice(wanted)
    text = (shelf / "Zoë/report.json").read_text("utf-8")
    stored = json.loads(text)["clips"]["plain"]
    assert stored["sha256"] == clip_of(added.voice).sha256
    assert stored["audio"] == "plain.flac"
    assert stored["verdict"] == "ok"
    assert {check["check"]: check["verdict"] for check in stored["checks"]}["noise"] == "ok"
    assert stored["seconds"] == pytest.approx(added.report.seconds, abs=0.001)
    for trace in (str(tmp_path), "recording", os.uname().nodename, "/"):
        assert trace not in text


def test_the_same_recording_gives_the_same_files(wanted, tmp_path):
    add_voice(wanted)
    again = replace(wanted, voices_folder=tmp_path / "other")
    add_voice(again)
    assert everything(wanted.voices_folder) == everything(again.voices_folder)


def test_a_part_is_taken_with_its_words(wanted, tmp_path, shelf):
    both = save(tmp_path / "both.wav", np.concatenate((sentence(0), sentence(1))))
    border = len(sentence(0)) / RATE
    added = add_voice(replace(wanted, audio=both, text=SENTENCES[1], start=border - 0.2, stop=border + len(sentence(1)) / RATE))
    assert added.report.seconds == pytest.approx(len(sentence(1)) / RATE - 1, abs=0.3)
    part = json.loads((shelf / "Zoë/report.json").read_text("utf-8"))["clips"]["plain"]["part"]
    assert part["from"] == pytest.approx(border - 0.2)


@pytest.mark.parametrize(("start", "stop"), [(3.0, 3.0), (4.0, 2.0), (90.0, None), (1.0, 90.0), (-1.0, None), (0.0, 2000.0)])
def test_a_part_that_is_not_there(start, stop, wanted, shelf):
    with pytest.raises(VoiceError):
        add_voice(replace(wanted, start=start, stop=stop))
    assert not shelf.exists()


def test_words_that_yaml_would_take_for_marks_survive(wanted, shelf):
    words = 'No: # "the heron" \\n stands - where {the} [boats] & *used* to lie!  C\'est l\u2019été\u00a0: 100%, yes.'
    assert clip_of(add_voice(replace(wanted, text=words, consent="Zoë: yes # 1")).voice).text == " ".join(words.split())
    assert voices.load_voice("zoë", [shelf], from_engines()).consent == "Zoë: yes # 1"


@pytest.mark.parametrize("text", ["", "  ", "...", "a\0b", "a\x1b[2Jb", "a\udcffb"])
def test_words_that_are_none(text, wanted, shelf):
    with pytest.raises(VoiceError, match="words"):
        add_voice(replace(wanted, text=text))
    assert not shelf.exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "a\0", "x" * 70, "-rf", "a\nb\tc/"])
def test_names_that_cannot_be(name, wanted, shelf):
    with pytest.raises(VoiceError, match="name of a voice"):
        add_voice(replace(wanted, name=name))
    assert not shelf.exists()


# ---------------------------------------------------------------- consent and licence


@pytest.mark.parametrize(
    ("consent", "licence", "stored"),
    [
        ("SELF", None, ("self", None)),
        ("Ada Byron,  2026-11-20", None, ("Ada Byron, 2026-11-20", None)),
        (None, "CC0-1.0", (None, "CC0-1.0")),
        ("Ada, 2026", "CC-BY-4.0", ("Ada, 2026", "CC-BY-4.0")),
    ],
)
def test_the_terms_are_stored(consent, licence, stored, wanted):
    voice = add_voice(replace(wanted, consent=consent, licence=licence)).voice
    assert (voice.consent, voice.licence) == stored


@pytest.mark.parametrize(
    ("consent", "licence"),
    [
        *((None, None), ("", None), ("yes", None), ("2026-11-20", None), ("pending, 2026-11-20", None), ("a\udcff 2026", None)),
        *((None, " "), (None, "-"), (None, "Not stated"), (None, "NOASSERTION"), (None, "none"), (None, "x\x07"), ("self", "unknown")),
    ],
)
def test_a_voice_without_terms_is_not_made(consent, licence, wanted, shelf):
    with pytest.raises(VoiceError, match=r"--consent|--licence"):
        add_voice(replace(wanted, consent=consent, licence=licence))
    assert not shelf.exists()


@pytest.mark.parametrize(
    "terms", ["", "licence:", "licence: none", "consent: 'no'", "consent: unknown\nlicence: '-'", "consent: ''", "licence: N/A"]
)
def test_a_clone_without_terms_is_refused_when_it_is_loaded(terms, tmp_path):
    make_voice(tmp_path, "eve", f"{terms}\nreference: {{audio: plain.wav, text: Some words.}}\n", "plain.wav")
    with pytest.raises(SettingsError) as caught:
        voices.load_voice("eve", [tmp_path], from_engines())
    assert "no-consent" in {problem.code for problem in caught.value.problems}


# ---------------------------------------------------------------- what is refused


def test_a_refused_recording_leaves_nothing_and_says_why(wanted, shelf, tmp_path):
    noise = 0.1 * np.random.default_rng(1).standard_normal(5 * RATE).astype(np.float32)
    path = save(tmp_path / "noise.wav", noise)
    with pytest.raises(ClipRefusedError, match=r"noise\.wav: refused as a reference clip\n  speech: no speech") as caught:
        add_voice(replace(wanted, audio=path))
    assert caught.value.report.refused
    assert caught.value.exit_code == 2
    assert not shelf.exists()


def test_a_long_recording_is_not_cut_by_itself(wanted, tmp_path, shelf):
    path = save(tmp_path / "long.wav", np.concatenate([sentence(index) for index in range(4)]))
    with pytest.raises(ClipRefusedError, match=r"silent at .*--from .*--to ") as caught:
        add_voice(replace(wanted, audio=path, text=" ".join(SENTENCES)))
    cut = caught.value.report.cuts[0]
    assert not shelf.exists()
    word = next(index for index in range(4) if cut.start < sum(len(sentence(i)) for i in range(index + 1)) / RATE)
    assert add_voice(replace(wanted, audio=path, text=SENTENCES[word], start=cut.start, stop=cut.stop)).voice.name == "Zoë"


@pytest.mark.parametrize("content", [None, b"", b"not audio"])
def test_a_file_that_cannot_be_read(content, wanted, shelf, tmp_path):
    path = tmp_path / "memo.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=str(path)):
        add_voice(replace(wanted, audio=path))
    assert not shelf.exists()


def test_what_is_no_file_is_called_what_it_is(wanted, tmp_path):
    for path, said in ((tmp_path, "is a folder"), (Path("/dev/null"), "is a device"), (tmp_path / "gone.wav", "there is no such file")):
        with pytest.raises(InputError, match=f"^{path}: {said}"):
            add_voice(replace(wanted, audio=path))


def test_samples_that_are_no_numbers(wanted, tmp_path):
    samples = sentence().copy()
    samples[RATE] = np.nan
    with pytest.raises(VoiceError, match="NaN or infinity"):
        add_voice(replace(wanted, audio=save(tmp_path / "nan.wav", samples, subtype="FLOAT")))


def test_a_voice_is_not_overwritten(wanted, shelf, tmp_path):
    add_voice(wanted)
    before = everything(shelf)
    with pytest.raises(VoiceError, match="--replace"):
        add_voice(replace(second(wanted, tmp_path), name="ZOË", consent="self"))
    assert everything(shelf) == before


def test_a_folder_that_is_no_voice_is_left_alone(wanted, shelf):
    (shelf / "Zoë").mkdir(parents=True)
    (shelf / "Zoë" / "letter.txt").write_text("mine")
    with pytest.raises(VoiceError, match="exists but is not a voice"):
        add_voice(wanted)
    assert everything(shelf) == {"Zoë/letter.txt": b"mine"}


def test_a_shelf_that_cannot_be_written(wanted, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="write the voice"):
        add_voice(replace(wanted, voices_folder=tmp_path / "file" / "voices"))


def test_a_voice_of_that_name_elsewhere_is_told(wanted, tmp_path):
    make_voice(tmp_path / "project", "zoë", "licence: CC0-1.0\n")
    (note,) = add_voice(wanted, [wanted.voices_folder, tmp_path / "project"]).notes
    assert str(tmp_path / "project" / "zoë") in note


# ---------------------------------------------------------------- styles

TYPED = """# Recorded in the kitchen.
description: A voice   # mine
language: en
consent: Zoë, 2026-11-20
gain: -1.5dB
reference:
  # the first take was better
  audio: plain.wav   # by the window
  text: The exact words.
draft: {pitch: 62}
"""
STYLES = """styles:
  tired:   # late
    draft: {rate: 120}
  # and this one
  angry: {audio: angry.wav, text: 'It''s enough!'}

# the end
"""


def with_voice(shelf: Path, text: str) -> Voice:
    make_voice(shelf, "Zoë", text, "plain.wav", "angry.wav")
    return voices.load_voice("zoë", [shelf], from_engines())


@pytest.mark.parametrize(
    "text",
    [
        TYPED,
        TYPED.rstrip("\n"),
        TYPED + STYLES,
        TYPED + STYLES.rstrip("\n"),
        TYPED.replace("\n", "\r\n") + STYLES.replace("\n", "\r\n"),
        STYLES + TYPED,
        TYPED + "styles:\n",
        TYPED + "styles:   # none yet\n\n",
        TYPED + "styles: {}\n",
        TYPED + "styles: {angry: {audio: angry.wav, text: Enough!}}   # one\n",
        TYPED + "styles:\n    angry:\n        audio: angry.wav\n        text: |\n          Enough!\n\n          of this\n",
        "\ufeff" + TYPED,
    ],
)
def test_a_style_is_added_and_every_other_line_stays(text, wanted, shelf, tmp_path):
    before = with_voice(shelf, text)
    added = add_voice(second(wanted, tmp_path, style="Deep  Quiet"))
    after = voices.load_voice("zoë", [shelf], from_engines())
    assert added.style == "deep quiet"
    assert clip_of(after, "deep quiet").text == SENTENCES[1]
    assert {name: style for name, style in after.styles.items() if name != "deep quiet"} == before.styles
    assert replace(after, styles={}) == replace(before, styles={})
    written = (shelf / "Zoë/voice.yaml").read_bytes().decode()
    lines = text.removeprefix("\ufeff").splitlines()
    kept = [line for line in lines if not line.startswith("styles: {")]
    assert [line for line in written.splitlines() if line in kept] == kept
    assert not added.notes
    assert ("\r\n" in text) == ("\r\n" in written)


@pytest.mark.parametrize(
    "text",
    [
        TYPED + "styles:\n  angry:\n    audio: angry.wav\n    text: |\n      Enough!\n      # of this\n",
        "{licence: CC0-1.0, gain: -2, speed: 1.1, reference: {audio: plain.wav, text: 'It is: so'}, draft: {pitch: 7}}  # all\n",
    ],
)
def test_what_cannot_be_edited_is_written_anew_and_that_is_said(text, wanted, shelf, tmp_path):
    before = with_voice(shelf, text)
    added = add_voice(second(wanted, tmp_path, style="glad"))
    assert clip_of(added.voice, "glad").text == SENTENCES[1]
    assert {name: style for name, style in added.voice.styles.items() if name != "glad"} == before.styles
    assert replace(added.voice, styles={}) == replace(before, styles={})
    assert added.notes == ("voice.yaml was written anew; its comments are gone",)


def test_a_further_style_goes_behind_the_others(wanted, shelf, tmp_path):
    with_voice(shelf, TYPED + STYLES)
    add_voice(second(wanted, tmp_path, style="glad"))
    assert list(voices.load_voice("zoë", [shelf], from_engines()).styles) == [DEFAULT_STYLE, "tired", "angry", "glad"]
    reports = json.loads((shelf / "Zoë/report.json").read_text("utf-8"))["clips"]
    assert set(reports) == {"glad"}


def replaced(wanted: Addition, shelf: Path, tmp_path: Path, text: str, style: str, **changes: object) -> tuple[Voice, Added, str]:
    before = with_voice(shelf, text)
    added = add_voice(second(wanted, tmp_path, style=style, replace=True, **changes))
    return before, added, (shelf / "Zoë/voice.yaml").read_text("utf-8")


@pytest.mark.parametrize("style", ["plain", "angry"])
def test_a_clip_is_replaced_and_the_comments_stay(style, wanted, shelf, tmp_path):
    before, added, written = replaced(wanted, shelf, tmp_path, TYPED + STYLES, style)
    assert clip_of(added.voice, added.style).text == SENTENCES[1]
    assert {name: each for name, each in added.voice.styles.items() if name != added.style} == {
        name: each for name, each in before.styles.items() if name != added.style
    }
    for comment in ("# Recorded in the kitchen.", "# mine", "# by the window", "# late", "# and this one", "# the end"):
        assert comment in written
    assert not added.notes
    # What a person put there is not ours to remove.
    assert (shelf / "Zoë/plain.wav").exists()
    assert (shelf / "Zoë/angry.wav").exists()


def test_a_style_without_a_clip_gets_one_and_keeps_its_settings(wanted, shelf, tmp_path):
    before, added, written = replaced(wanted, shelf, tmp_path, TYPED + STYLES, "tired")
    assert clip_of(added.voice, "tired").text == SENTENCES[1]
    assert added.voice.styles["tired"].settings == before.styles["tired"].settings
    assert replace(added.voice, styles={}) == replace(before, styles={})
    assert added.voice.styles["angry"] == before.styles["angry"]
    assert ("#" in written.partition("\n")[2]) is False
    assert added.notes == ("voice.yaml was written anew; its comments are gone",)


def test_a_voice_without_a_clip_gets_one(wanted, shelf, tmp_path):
    make_voice(shelf, "Zoë", "licence: CC0-1.0   # mine\ndraft: {pitch: 40}\n")
    voice = add_voice(second(wanted, tmp_path)).voice
    assert clip_of(voice).text == SENTENCES[1]
    assert voice.styles[DEFAULT_STYLE].settings["draft"]["pitch"] == 40
    assert "# mine" in (shelf / "Zoë/voice.yaml").read_text("utf-8")


def test_a_clip_of_ours_that_is_replaced_is_gone(wanted, shelf, tmp_path):
    old = clip_of(add_voice(wanted).voice)
    new = clip_of(add_voice(second(wanted, tmp_path, replace=True)).voice)
    assert (new.text, old.path.exists(), new.path.exists()) == (SENTENCES[1], False, True)
    assert len(list((shelf / "Zoë").iterdir())) == 3


def test_replacing_with_other_terms_changes_them(wanted, shelf, tmp_path):
    add_voice(wanted)
    voice = add_voice(second(wanted, tmp_path, replace=True, licence="CC0-1.0", language="de")).voice
    assert (voice.consent, voice.licence, voice.language) == (None, "CC0-1.0", "de")


def test_a_style_goes_by_the_terms_and_language_of_its_voice(wanted, shelf, tmp_path):
    add_voice(wanted)
    before = everything(shelf)
    for change in ({"consent": "Ann, 2026"}, {"licence": "CC0-1.0"}, {"language": "de"}):
        with pytest.raises(VoiceError, match=r"consent: self|speaks en"):
            add_voice(second(wanted, tmp_path, style="glad", **change))
    assert everything(shelf) == before
    add_voice(second(wanted, tmp_path, style="glad", consent="self", language="en"))


def test_terms_and_language_stay_true_of_the_clips_that_stay(wanted, shelf, tmp_path):
    add_voice(wanted)
    add_voice(second(wanted, tmp_path, style="sad"))
    before = everything(shelf)
    for style in ("plain", "sad", "glad"):
        for change in (
            {"consent": "Bob, 2026-01-01"},
            {"licence": "CC0-1.0"},
            {"consent": "self", "licence": "CC0-1.0"},
            {"language": "de"},
        ):
            with pytest.raises(VoiceError, match=r"Zoë has consent: self; a style has the same terms|speaks en; a style in de"):
                add_voice(second(wanted, tmp_path, style=style, replace=True, **change))
    assert everything(shelf) == before
    voice = add_voice(second(wanted, tmp_path, style="sad", replace=True, consent="self", language="en")).voice
    assert (voice.consent, voice.licence, voice.language) == ("self", None, "en")


def test_a_style_may_repeat_all_that_its_voice_says(wanted, shelf, tmp_path):
    add_voice(replace(wanted, licence="CC0-1.0"))
    with pytest.raises(VoiceError, match=r"has consent: self, licence: CC0-1\.0;"):
        add_voice(second(wanted, tmp_path, style="sad", consent="self", licence="MIT"))
    add_voice(second(wanted, tmp_path, style="sad", consent="self", licence="CC0-1.0"))
    voice = add_voice(second(wanted, tmp_path, style="sad", consent="self", replace=True)).voice
    assert (voice.consent, voice.licence) == ("self", "CC0-1.0")


def test_a_style_needs_its_voice(wanted, shelf, tmp_path):
    with pytest.raises(VoiceError, match="without --style"):
        add_voice(replace(wanted, style="glad"))
    assert not shelf.exists()


def test_a_broken_voice_is_not_touched(wanted, shelf, tmp_path):
    make_voice(shelf, "Zoë", "speed: 9\n")
    with pytest.raises(SettingsError, match="speed"):
        add_voice(second(wanted, tmp_path, style="glad"))
    assert everything(shelf) == {"Zoë/voice.yaml": b"speed: 9\n"}


def test_a_disk_that_fills_up_leaves_the_old_voice(wanted, shelf, tmp_path, monkeypatch):
    add_voice(wanted)
    before = everything(shelf)

    def full(*arguments: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("voiceover.system.files.os.fsync", full)
    with pytest.raises(OutputError, match="disk is full"):
        add_voice(second(wanted, tmp_path, style="glad"))
    assert everything(shelf) == before


@pytest.mark.parametrize("style", ["plain", "glad"])
def test_what_goes_wrong_is_named_by_its_place_and_not_by_that_of_a_moment(style, wanted, shelf, tmp_path, monkeypatch):
    if style == "glad":
        add_voice(wanted)

    def full(path: Path, samples: object) -> str:
        raise PublishError(f"{path}: cannot write the FLAC: the disk is full")

    monkeypatch.setattr("voiceover.voices.add.write_clip", full)
    with pytest.raises(PublishError) as caught:
        add_voice(second(wanted, tmp_path, style=style, consent="self"))
    assert str(caught.value).startswith(f"{shelf / 'Zoë' / style}.flac: cannot write")


def test_a_voice_that_could_not_be_read_again_is_refused_without_a_place(wanted, shelf):
    styles = "".join(f"  s{number}: {{}}\n" for number in range(100))
    make_voice(shelf, "Zoë", f"consent: self\nstyles:\n{styles}")
    with pytest.raises(VoiceError) as caught:
        add_voice(replace(wanted, style="glad"))
    assert str(caught.value) == "the voice Zoë cannot be written: a voice may have 100 styles, not 101"


def test_two_styles_whose_names_look_alike_have_a_file_each(wanted, shelf, tmp_path):
    add_voice(wanted)
    for style in ("so-so", "so so", "悲しい"):
        add_voice(second(wanted, tmp_path, style=style))
    voice = voices.load_voice("zoë", [shelf], from_engines())
    assert len({clip_of(voice, style).path for style in voice.styles}) == 4


def test_the_types_are_what_others_build_on(wanted):
    assert isinstance(add_voice(wanted).voice.styles[DEFAULT_STYLE], Style)
