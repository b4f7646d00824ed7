from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from voiceover import voices
from voiceover.audio.files import write_wav_float
from voiceover.engines.draft.voice_settings import VOICE_SETTINGS, derived
from voiceover.errors import InputError, SettingsError, VoiceError
from voiceover.pipeline.context import from_engines
from voiceover.settings.problems import Problems
from voiceover.types import DEFAULT_STYLE, Cast, CastEntry, Script, Segment, Settings, Source, Span, Voice

DRAFT_KEYS = {"variant", "pitch", "range", "rate", "volume"}


def make_voice(shelf: Path, name: str, text: str, *clips: str, seconds: float = 1.5) -> Path:
    """A folder with ``voice.yaml`` and clips of noise."""
    folder = shelf / name
    folder.mkdir(parents=True)
    (folder / "voice.yaml").write_text(text, "utf-8")
    for clip in clips:
        samples = np.random.default_rng(len(clip)).standard_normal(int(seconds * 8000)).astype(np.float32)
        write_wav_float(folder / clip, samples * 0.1, 8000)
    return folder


def load(text: str, shelf: Path, *clips: str) -> Voice:
    make_voice(shelf, "zoe", text, *clips)
    return voices.load_voice("zoe", [shelf], from_engines())


def codes_of(text: str, shelf: Path, *clips: str) -> list[tuple[str, str]]:
    """Place and code of each error of a voice.yaml."""
    folder = make_voice(shelf, "zoe", text, *clips)
    with pytest.raises(SettingsError) as caught:
        voices.load_voice("zoe", [shelf], from_engines())
    path = str(folder / "voice.yaml")
    assert all(problem.source.path == path for problem in caught.value.problems)
    return [(f"{problem.source.line}:{problem.source.column}", problem.code) for problem in caught.value.problems]


def draft_of(voice: Voice, style: str = DEFAULT_STYLE) -> dict[str, object]:
    return dict(voice.styles[style].settings["draft"])


# ---------------------------------------------------------------- voice.yaml

WHOLE = """description: A calm narrator.
language: en_GB
speed: 0.95
gain: -1.5dB
licence: CC0-1.0
consent: Zoe, 2026-11-20
reference: {audio: plain.wav, text: The exact words.}
draft: {variant: f3, pitch: 55, range: 45, rate: 165, volume: 90}
styles:
  Whispering:
    audio: whisper.wav
    text: "NO:  whispered\\n words."
    draft: {variant: whisperf, volume: 60}
  tired: {draft: {rate: 120}}
"""


def test_a_whole_voice(tmp_path):
    voice = load(WHOLE, tmp_path, "plain.wav", "whisper.wav")
    assert (voice.name, voice.folder, voice.language) == ("zoe", tmp_path / "zoe", "en-GB")
    assert (voice.speed, voice.gain_db, voice.licence, voice.consent) == (0.95, -1.5, "CC0-1.0", "Zoe, 2026-11-20")
    assert voice.description == "A calm narrator."
    assert list(voice.styles) == [DEFAULT_STYLE, "whispering", "tired"]
    clip = voice.styles[DEFAULT_STYLE].clip
    assert clip is not None
    assert (clip.path, clip.text, clip.seconds) == (tmp_path / "zoe/plain.wav", "The exact words.", 1.5)
    assert clip.sha256 == hashlib.sha256((tmp_path / "zoe/plain.wav").read_bytes()).hexdigest()
    whispered = voice.styles["whispering"].clip
    assert whispered is not None
    assert whispered.text == "NO: whispered words."
    assert voice.styles["tired"].clip is None


def test_a_clip_may_name_the_one_that_it_replaces(tmp_path):
    clip = "  audio: plain.wav\n  text: New words.\n"
    sha = "0123456789abcdef" * 4
    voice = load(f"licence: x\nreference:\n{clip}  formerly: {{sha256: {sha}, text: 'Old  words.'}}\n", tmp_path, "plain.wav")
    clip_read = voice.styles[DEFAULT_STYLE].clip
    assert clip_read is not None
    assert clip_read.formerly == (sha, "Old words.")
    for number, (written, place, code) in enumerate(
        (
            ("{sha256: 12, text: Old.}", "5:22", "bad-value"),
            (f"{{sha256: {sha}}}", "5:13", "missing-key"),
            ("yes", "5:13", "bad-value"),
            (f"{{sha256: {sha}, text: Old., seconds: 4}}", "", "unknown-key"),
        )
    ):
        found = codes_of(f"licence: x\nreference:\n{clip}  formerly: {written}\n", tmp_path / str(number), "plain.wav")
        assert [of for _, of in found] == [code]
        assert not place or found[0][0] == place


def test_a_style_takes_over_the_draft_settings_that_it_does_not_give(tmp_path):
    voice = load(WHOLE, tmp_path, "plain.wav", "whisper.wav")
    assert draft_of(voice) == {"variant": "f3", "pitch": 55, "range": 45, "rate": 165, "volume": 90}
    assert draft_of(voice, "whispering") == {"variant": "whisperf", "pitch": 55, "range": 45, "rate": 165, "volume": 60}
    assert draft_of(voice, "tired") == {"variant": "f3", "pitch": 55, "range": 45, "rate": 120, "volume": 90}


def test_a_voice_needs_no_clip(tmp_path):
    voice = load("licence: CC0-1.0\n", tmp_path)
    assert voice.styles[DEFAULT_STYLE].clip is None
    assert (voice.language, voice.speed, voice.gain_db) == ("en", None, 0.0)
    assert draft_of(voice) == derived("zoe")


def test_a_voice_needs_a_licence_or_a_consent(tmp_path):
    assert codes_of("language: en\nlicence:\n", tmp_path) == [("1:1", "no-consent")]
    make_voice(tmp_path / "other", "zoe", "consent: Zoe, 2026-11-20\n")
    assert voices.load_voice("zoe", [tmp_path / "other"], from_engines()).consent == "Zoe, 2026-11-20"


NO_TERMS = [
    "false",
    "true",
    "Yes",
    "on",
    "pending",
    "not stated",
    "not known; made of others",
    "None.",
    "NOASSERTION",
    "unknown (ask Kim)",
    "'?'",
]


@pytest.mark.parametrize("key", ["licence", "consent"])
@pytest.mark.parametrize("said", NO_TERMS)
def test_a_licence_or_consent_that_says_there_is_none_is_none(key, said, tmp_path):
    assert codes_of(f"language: en\n{key}: {said}\n", tmp_path) == [(f"2:{len(key) + 3}", "no-consent")]
    make_voice(tmp_path / "other", "zoe", f"{key}: {said}\n{'consent' if key == 'licence' else 'licence'}: Zoe, 2026\n")
    voice = voices.load_voice("zoe", [tmp_path / "other"], from_engines())
    assert {voice.licence, voice.consent} == {None, "Zoe, 2026"}


@pytest.mark.parametrize("said", ["2026-11-20", "pending, 2026-11-20", "No: 2026", "true"])
def test_a_consent_says_at_least_who(said, tmp_path):
    folder = make_voice(tmp_path, "zoe", f"consent: '{said}'\n")
    with pytest.raises(SettingsError) as caught:
        voices.load_voice("zoe", [tmp_path], from_engines())
    assert str(caught.value) == (
        f'{folder / "voice.yaml"}:1:10: "{said}" is not a valid consent; a voice needs "licence" (such as CC0-1.0) or "consent" '
        '(self, or who agreed and when, such as "Ada Byron, 2026-11-20"): write the one that is true'
    )


@pytest.mark.parametrize(
    "terms",
    [
        *("licence: CC0-1.0", "licence: CC-BY-4.0", "licence: public domain", "licence: Unlicense", "licence: Northern State University"),
        *(
            "consent: Kim",
            "consent: 'yes, Ada Byron, 2026-11-20'",
            "consent: self",
            "consent: SELF",
            "consent: Ada Byron, 2026-11-20",
            "consent: Na, 2026-11-20",
            "consent: myself, 2026-11-22",
        ),
        *("licence: CC0-1.0\nconsent: Kim", "licence: x"),
    ],
)
def test_terms_that_are_some(terms, tmp_path):
    voice = load(terms, tmp_path)
    typed = dict(line.split(": ", 1) for line in terms.split("\n"))
    assert {"licence": voice.licence, "consent": voice.consent} == {
        key: typed[key].strip("'") if key in typed else None for key in ("licence", "consent")
    }


@pytest.mark.parametrize(
    ("lines", "place", "code"),
    [
        ("licenze: x", "2:1", "unknown-key"),
        ("speed: 9", "2:8", "bad-value"),
        ("synthetic: perhaps", "2:12", "bad-value"),
        ("gain: loud", "2:7", "bad-value"),
        ("language: the English one", "2:11", "bad-value"),
        ("draft: {pitch: 100}", "2:16", "bad-value"),
        ("draft: {rate: fast}", "2:15", "bad-value"),
        ("draft: {volume: 1.5}", "2:17", "bad-value"),
        ("draft: {variant: ../../x}", "2:18", "bad-value"),
        ("draft: {tone: 1}", "2:9", "unknown-key"),
        ("draft: f3", "2:8", "bad-value"),
        ("styles: [a]", "2:9", "bad-value"),
        ("styles: {a: {audoi: x}}", "2:14", "unknown-key"),
        ("styles: {a: {draft: {}}, A: {draft: {}}}", "2:26", "duplicate-name"),
        ("styles: {Plain: {draft: {}}}", "2:10", "bad-value"),
        ("reference: {audio: plain.wav}", "2:12", "missing-key"),
        ("reference: {text: Some words.}", "2:12", "missing-key"),
        ("reference: {audio: plain.wav, text: ''}", "2:37", "bad-value"),
        ("reference: {audio: gone.wav, text: x}", "2:20", "missing-file"),
        ("reference: {audio: ../secret.wav, text: x}", "2:20", "outside-folder"),
        ("reference: {audio: /etc/passwd, text: x}", "2:20", "outside-folder"),
        ("reference: {audio: link.wav, text: x}", "2:20", "outside-folder"),
        ("reference: {audio: voice.yaml, text: x}", "2:20", "not-audio"),
        ("reference: {audio: empty.wav, text: x}", "2:20", "not-audio"),
        ("language: en\nlanguage: de", "3:1", "duplicate-key"),
        ("description: He said: yes", "2:21", "yaml-syntax"),
    ],
)
def test_what_is_wrong_in_a_voice_has_its_place(lines, place, code, tmp_path):
    folder = make_voice(tmp_path, "zoe", f"licence: CC0-1.0\n{lines}\n", "plain.wav", "../secret.wav")
    (folder / "link.wav").symlink_to(tmp_path / "secret.wav")
    write_wav_float(folder / "empty.wav", np.zeros(0, np.float32), 8000)
    with pytest.raises(SettingsError) as caught:
        voices.load_voice("zoe", [tmp_path], from_engines())
    (problem,) = caught.value.problems
    assert str(problem.source) == f"{folder / 'voice.yaml'}:{place}"
    assert problem.code == code


def test_a_clip_that_is_not_audio_names_the_clip(tmp_path):
    folder = make_voice(tmp_path, "zoe", "licence: x\nreference: {audio: plain.wav, text: x}\n")
    (folder / "plain.wav").write_text("not audio", "utf-8")
    with pytest.raises(InputError, match=str(folder / "plain.wav")):
        voices.load_voice("zoe", [tmp_path], from_engines())


def test_all_errors_of_a_voice_come_at_once(tmp_path):
    text = "speed: 9\nreference: {audio: gone.wav, text: x}\nstyles: {a: {audio: gone.wav, text: y}}\n"
    assert {code for _, code in codes_of(text, tmp_path)} == {"no-consent", "bad-value", "missing-file"}


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"licence: \xff\n", b"- a\n", b"licence: a\0b\n"])
def test_a_voice_file_that_cannot_be_read_is_an_error_with_its_path(content, tmp_path):
    folder = make_voice(tmp_path, "zoe", "")
    (folder / "voice.yaml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"voice\.yaml:1"):
        voices.load_voice("zoe", [tmp_path], from_engines())


# ---------------------------------------------------------------- how a name sounds


def test_settings_by_name_are_complete_in_range_and_whole():
    for index in range(300):
        settings = derived(f"voice {index}")
        assert set(settings) == DRAFT_KEYS
        assert isinstance(settings["variant"], str)
        for key, low, high in ((spec.name, int(spec.low or 0), int(spec.high)) for spec in VOICE_SETTINGS.keys if spec.high is not None):
            assert isinstance(settings[key], int)
            assert low <= int(settings[key]) <= high


def test_unlike_names_sound_unlike():
    names = [
        f"{first}{second}"
        for first in ("Ann", "Ben", "Kim", "Lu", "Max")
        for second in ("", "a", "e", "i", "o", "na", "ny", "son", " 1", " 2")
    ]
    settings = [derived(name) for name in names]
    assert len({tuple(sound.values()) for sound in settings}) == len(names)
    assert len({sound["variant"] for sound in settings}) >= 12
    pitches = [int(sound["pitch"]) for sound in settings]
    assert max(pitches) - min(pitches) >= 30


def test_the_same_name_sounds_the_same_in_any_process_and_case():
    code = "from voiceover.engines.draft.voice_settings import derived; print(derived('ZOE'))"
    environments = [{"PYTHONHASHSEED": seed} for seed in ("1", "2")]
    outputs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment).stdout
        for environment in environments
    ]
    assert outputs[0] == outputs[1] == f"{derived('zoe')}\n"


def test_the_sound_of_a_name_never_changes():
    # A change of these would record every line of such a voice again.
    assert derived("zoe") == {"variant": "Andrea", "pitch": 30, "range": 74, "rate": 157, "volume": 100}


# ---------------------------------------------------------------- where voices are


def test_the_nearest_folder_wins(tmp_path, monkeypatch):
    monkeypatch.setenv("VOICEOVER_DATA", str(tmp_path / "data"))
    folders = voices.search_folders(tmp_path / "script/s.md", tmp_path / "project", [tmp_path / "extra"])
    assert folders == (
        tmp_path / "script/voices",
        tmp_path / "project/voices",
        tmp_path / "extra",
        tmp_path / "data/voices",
        voices.shipped_folder(),
    )
    for place in reversed(folders[:-1]):
        make_voice(place, "Ada", f"licence: x\ndescription: {place}\n")
        assert voices.load_voice("ada", folders, from_engines()).description == str(place)


def test_a_folder_is_looked_into_once_and_first(tmp_path):
    folders = voices.search_folders(tmp_path / "s.md", tmp_path, [tmp_path / "voices", tmp_path / "extra"])
    assert folders[:2] == (tmp_path / "voices", tmp_path / "extra")
    assert len(set(folders)) == len(folders) == 4


def test_the_shipped_voices_are_there_for_a_script_anywhere(tmp_path, monkeypatch):
    monkeypatch.setenv("VOICEOVER_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    folders = voices.search_folders(None, None)
    assert [voice.name for voice in voices.list_voices(folders, from_engines())] == ["ada", "ben", "cora", "dan"]
    for voice in voices.list_voices(folders, from_engines()):
        assert {"quiet", "whispering", "angry"} < set(voice.styles)
        for style in voice.styles.values():
            assert style.clip is not None
            assert 3 < style.clip.seconds < 12
            assert set(style.settings["draft"]) == DRAFT_KEYS


def test_the_shipped_voices_are_read_fast():
    spent = []
    for _ in range(4):
        start = time.process_time()
        assert len(voices.list_voices([voices.shipped_folder()], from_engines())) == 4
        spent.append(time.process_time() - start)
    assert min(spent) < 0.04


def test_names_are_found_in_any_case_and_spaces_around_do_not_matter(tmp_path):
    make_voice(tmp_path, "Zoë", "licence: x\n")
    assert voices.load_voice(" ZOË ", [tmp_path], from_engines()).name == "Zoë"


def test_of_two_names_that_differ_in_case_the_one_that_was_typed_is_taken(tmp_path):
    (tmp_path / "case").mkdir()
    if (tmp_path / "CASE").exists():
        pytest.skip("names of files have no case here")
    for name in ("Zoe", "zoe", "ZOE"):
        make_voice(tmp_path / "near", name, f"licence: x\ndescription: {name}\n")
    make_voice(tmp_path / "far", "zOe", "licence: x\n")
    folders = [tmp_path / "near", tmp_path / "far"]
    typed = {name: voices.load_voice(name, folders, from_engines()).name for name in (" Zoe", "zoe", "ZOE ", "zOe")}
    assert typed == {" Zoe": "Zoe", "zoe": "zoe", "ZOE ": "ZOE", "zOe": "ZOE"}  # the nearer folder comes first
    assert [voice.name for voice in voices.list_voices(folders, from_engines())] == ["ZOE", "Zoe", "zoe"]
    cast = voices.cast_voices([entry("A", "zoe"), entry("B", "Zoe"), entry("C", "ZOE")], "ann", folders, from_engines(), Problems())
    assert {name: voice.name for name, voice in cast.items()} == {"A": "zoe", "B": "Zoe", "C": "ZOE"}


@pytest.mark.parametrize("name", ["zo", "../zoe", "voices/zoe", "", ".", "..", ".hidden", "/etc", "a\0b", "notes"])
def test_a_name_that_is_no_voice_lists_what_there_is(name, tmp_path):
    shelf = tmp_path / "voices"
    make_voice(shelf, "zoe", "licence: x\n")
    make_voice(shelf, "ann", "licence: x\n")
    make_voice(shelf, ".hidden", "licence: x\n")
    make_voice(tmp_path, "zoe", "licence: x\n")
    (shelf / "notes").mkdir()
    with pytest.raises(VoiceError, match=r"The voices are ann, zoe\."):
        voices.load_voice(name, [shelf, tmp_path / "missing"], from_engines())


def test_an_unknown_voice_suggests_the_nearest(tmp_path):
    make_voice(tmp_path, "cora", "licence: x\n")
    with pytest.raises(VoiceError, match='did you mean "cora"'):
        voices.load_voice("coar", [tmp_path], from_engines())


def test_no_voices_at_all_are_said_so(tmp_path):
    with pytest.raises(VoiceError, match="no voices"):
        voices.load_voice("ada", [tmp_path], from_engines())


def test_the_list_leaves_a_broken_voice_out_and_says_why(tmp_path, caplog):
    make_voice(tmp_path, "b", "licence: x\n")
    make_voice(tmp_path, "a", "speed: 1\n")
    with caplog.at_level(logging.WARNING):
        assert [voice.name for voice in voices.list_voices([tmp_path], from_engines())] == ["b"]
    assert "voice.yaml:1:1" in caplog.text


# ---------------------------------------------------------------- casting


def entry(name: str, voice: str, line: int = 1, style: str | None = None) -> CastEntry:
    return CastEntry(name, voice, Source("s.md", line, 3), style=style)


@pytest.fixture
def shelf(tmp_path):
    make_voice(tmp_path, "ann", "licence: x\nstyles: {whispering: {}}\n")
    make_voice(tmp_path, "kim", "consent: Kim, 2026-11-20\n")
    make_voice(tmp_path, "bad", "speed: 9\n")
    return tmp_path


def test_each_speaker_gets_a_voice(shelf):
    problems = Problems()
    cast = voices.cast_voices(
        [entry("Town", "KIM"), entry("Country", ""), entry("Narrator", "ann")], "ann", [shelf], from_engines(), problems
    )
    assert {name: voice.name for name, voice in cast.items()} == {"Town": "kim", "Country": "ann", "Narrator": "ann"}
    assert not problems.found


def test_an_unknown_voice_is_an_error_at_the_entry(shelf):
    problems = Problems()
    cast = voices.cast_voices([entry("Town", "kin", 4), entry("Country", "", 5)], "zebra", [shelf], from_engines(), problems)
    assert cast == {}
    assert [str(problem) for problem in problems.errors] == [
        's.md:4:3: unknown voice "kin"; did you mean "kim"? The voices are ann, bad, kim.',
        's.md:5:3: unknown voice "zebra". The voices are ann, bad, kim.',
    ]
    assert {problem.code for problem in problems.errors} == {"unknown-voice"}


def test_what_is_wrong_in_a_voice_is_told_once(shelf):
    problems = Problems()
    cast = voices.cast_voices([entry("A", "bad"), entry("B", "bad"), entry("C", "kim")], "ann", [shelf], from_engines(), problems)
    assert list(cast) == ["C"]
    assert sorted(problem.code for problem in problems.errors) == ["bad-value", "no-consent"]


def script_of(cast: list[CastEntry], *segments: tuple[str, str | None]) -> Script:
    items = tuple(
        Segment(speaker, (Span("Hi."),), index, Source("s.md", 10 + index, 1), style=style)
        for index, (speaker, style) in enumerate(segments)
    )
    return Script("s.md", "x", items, tuple(cast), cast[0].name, Settings())


def test_styles_that_a_voice_has_not_are_errors_at_their_places(shelf):
    entries = [entry("Town", "ann", 3, "whispring"), entry("Country", "kim", 4)]
    problems = Problems()
    cast = voices.cast_voices(entries, "ann", [shelf], from_engines(), problems)
    script = script_of(entries, ("Town", "whispering"), ("Town", None), ("Country", "angry"), ("Nobody", "angry"))
    voices.check_styles(script, cast, problems)
    assert [str(problem) for problem in problems.errors] == [
        's.md:3:3: the voice ann of Town has no style "whispring"; did you mean "whispering"? Its styles are whispering.',
        's.md:12:1: the voice kim of Country has no style "angry". It has no styles.',
    ]
    assert {problem.code for problem in problems.errors} == {"unknown-style"}


def test_a_cast_without_voices_has_no_styles_to_check():
    cast: Cast = {}
    problems = Problems()
    voices.check_styles(script_of([entry("Town", "x", style="quiet")], ("Town", "quiet")), cast, problems)
    assert not problems.found
