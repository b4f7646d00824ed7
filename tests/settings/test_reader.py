from __future__ import annotations

from pathlib import Path

import pytest

from voiceover.audio.formats import FORMATS
from voiceover.settings.confine import confined
from voiceover.settings.layers import PRESETS
from voiceover.settings.problems import Problems
from voiceover.settings.reader import find_project, has_cast, read_settings
from voiceover.settings.strict_yaml import read_yaml
from voiceover.settings.values import (
    edit_distance,
    parse_bool,
    parse_gain,
    parse_integer,
    parse_language,
    parse_number,
    parse_seconds,
    suggest,
)
from voiceover.types import (
    Bumper,
    CastEntry,
    Disclosure,
    Ducking,
    Gaps,
    LoudnessTarget,
    Options,
    Read,
    Settings,
    Severity,
    SoundEntry,
    Source,
)

KEYS = (
    *("title", "show", "season", "episode", "date", "author", "description", "cover", "language", "voice"),
    *("cast", "sounds", "assets", "intro", "outro", "ducking", "intro_chapter", "lexicon", "loudness", "channels", "gaps", "seed"),
    *(
        "engine",
        "model",
        "steps",
        "method",
        "cfg_strength",
        "sway_sampling_coef",
        "speed",
        "disclosure",
        "commercial",
        "notes",
        "read",
        "format",
        "bitrate",
        "sample_rate",
    ),
    *("duration", "listen", "retakes", "guid", "link", "short_reference", "feed"),
)


def read(text: str, folder: Path, **kinds) -> tuple[Settings, Problems]:
    problems = Problems()
    node = read_yaml(text, "s.md", problems, first_line=2)
    return read_settings(node, folder, problems, **kinds), problems


def clean(text: str, folder: Path, **kinds) -> Settings:
    settings, problems = read(text, folder, **kinds)
    assert not problems.found, [str(problem) for problem in problems.found]
    return settings


def only_error(text: str, folder: Path, **kinds) -> str:
    _, problems = read(text, folder, **kinds)
    assert [problem.severity for problem in problems.found] == [Severity.ERROR], [str(problem) for problem in problems.found]
    return str(problems.found[0])


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1.5s", 1.5),
        ("500ms", 0.5),
        ("500 ms", 0.5),
        ("2", 2.0),
        (".5s", 0.5),
        ("1 min", 60.0),
        ("0s", 0.0),
        ("-1s", -1.0),
        ("2 Seconds", 2.0),
    ],
)
def test_durations(text, seconds):
    assert parse_seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "1,5s", "1h", "fast", "1s2", "nan", "inf", "1e3s", "٣s", "9" * 400])
def test_what_is_no_duration(text):
    assert parse_seconds(text) is None


@pytest.mark.parametrize(("text", "db"), [("-18dB", -18.0), ("-1", -1.0), ("+3 db", 3.0), ("\N{MINUS SIGN}6dB", -6.0), ("0.5", 0.5)])
def test_gains(text, db):
    assert parse_gain(text) == db


@pytest.mark.parametrize("text", ["loud", "-18 dBFS", "", "--1", "nan"])
def test_what_is_no_gain(text):
    assert parse_gain(text) is None


def test_numbers_words_and_languages():
    assert parse_number("1.10") == 1.1
    assert parse_number("1e3") is None
    assert parse_integer("007") == 7
    assert parse_integer("1.0") is None
    assert parse_integer("9" * 5000) is None
    assert [parse_bool(word) for word in ("Yes", "off", "TRUE", "1", "")] == [True, False, True, None, None]
    assert [parse_language(word) for word in ("en", "pt_BR", "zh-Hant-TW", "english please", "e")] == [
        "en",
        "pt-BR",
        "zh-Hant-TW",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("a", "b", "edits"),
    [("town", "town", 0), ("twon", "town", 1), ("ben", "her", 2), ("", "abc", 3), ("kitten", "sitting", 3), ("abcd", "badc", 2)],
)
def test_edit_distance(a, b, edits):
    assert edit_distance(a, b) == edit_distance(b, a) == edits


def test_the_nearest_word_is_suggested_without_regard_to_case():
    assert suggest("Twon", ["Narrator", "Town", "Country"]) == "Town"
    assert suggest("NARATOR", ["Narrator", "Town"]) == "Narrator"
    assert suggest("zebra", ["Narrator", "Town"]) is None
    assert suggest("x", []) is None


# ---------------------------------------------------------------- keys


CAST_LINE = (
    "cast: {Narrator: ada, Town: {voice: ben, speed: 1.1}, Country: {voice: cora, gain: -1dB, lang: fr, style: Whispering, seed: 7}, Owl: }"
)


def test_every_key_of_the_format(tmp_path):
    (tmp_path / "cover.png").write_bytes(b"\x89PNG")
    (tmp_path / "sounds").mkdir()
    for name in ("theme.flac", "end.wav"):
        (tmp_path / "sounds" / name).touch()
    settings = clean(
        """title: NO
show: Fable Hour
season: 1
episode: 3
date: 2026-11-20
author: Aesop
description: Two mice.
cover: cover.png
language: en_GB
voice: ben
CAST_LINE
sounds: {theme: sounds/theme.flac, end: {file: sounds/end.wav, licence: CC0-1.0, credit: "A. Smith, 2026"}}
assets: [sounds]
intro: theme
outro: {file: sounds/end.wav, overlap: 2s, fade: 500ms}
ducking: {depth: 9dB, release: 1.5s}
intro_chapter: Before we begin
lexicon: {Nguyen: win}
loudness: ebu
channels: stereo
gaps: {scene: 900, turn: 0.5s, sentence: 0ms}
seed: 12
engine: draft
model: small
steps: 32
method: euler
cfg_strength: 2
sway_sampling_coef: -1
speed: 0.9
disclosure: {spoken: A machine speaks.}
commercial: no
read: {headings: silent, images: alt, footnotes: inline}
format: [MP3, .flac, mp3]
bitrate: {mp3: 128, opus: 48 kbps}
sample_rate: 44.1 kHz
""".replace("CAST_LINE", CAST_LINE),
        tmp_path,
    )
    assert (settings.title, settings.show, settings.season, settings.episode, settings.date) == ("NO", "Fable Hour", 1, 3, "2026-11-20")
    assert (settings.author, settings.description, settings.language, settings.voice) == ("Aesop", "Two mice.", "en-GB", "ben")
    assert settings.cover == str(tmp_path / "cover.png")
    assert settings.cast == (
        CastEntry("Narrator", "ada", Source("s.md", 12, CAST_LINE.index("Narrator") + 1)),
        CastEntry("Town", "ben", Source("s.md", 12, CAST_LINE.index("Town") + 1), options=Options(speed=1.1)),
        CastEntry(
            "Country",
            "cora",
            Source("s.md", 12, CAST_LINE.index("Country") + 1),
            language="fr",
            style="whispering",
            options=Options(seed=7),
            gain_db=-1.0,
        ),
        CastEntry("Owl", "", Source("s.md", 12, CAST_LINE.index("Owl") + 1)),
    )
    assert settings.sounds == {
        "theme": SoundEntry(str(tmp_path / "sounds/theme.flac")),
        "end": SoundEntry(str(tmp_path / "sounds/end.wav"), "CC0-1.0", "A. Smith, 2026"),
    }
    assert settings.assets == (str(tmp_path / "sounds"),)
    assert settings.intro == Bumper("theme")
    assert settings.outro == Bumper(str(tmp_path / "sounds/end.wav"), 2.0, 0.5)
    assert settings.ducking == Ducking(9.0, release_seconds=1.5)
    assert settings.intro_chapter == "Before we begin"
    assert settings.lexicon == {"Nguyen": "win"}
    assert settings.loudness == PRESETS["ebu"]
    assert settings.channels == "stereo"
    assert settings.gaps == Gaps(sentence=0, turn=500, scene=900)
    assert (settings.engine, settings.model) == ("draft", "small")
    assert settings.options == Options(speed=0.9, seed=12, steps=32, method="euler", cfg_strength=2.0, sway_sampling_coef=-1.0)
    assert (settings.disclosure, settings.commercial) == (Disclosure(spoken=True, words="A machine speaks."), False)
    assert settings.read == Read(headings="skip", images="alt", footnotes="inline")
    assert settings.formats == ("mp3", "flac")
    assert (settings.bitrates, settings.sample_rate) == ({"mp3": 128, "opus": 48}, 44100)


@pytest.mark.parametrize(("typed", "rate"), [("44100", 44100), ("48000 Hz", 48000), ("48 kHz", 48000), ("48khz", 48000), ("44.1", 44100)])
def test_a_sample_rate_is_in_hertz_or_kilohertz(typed, rate, tmp_path):
    assert clean(f"sample_rate: {typed}\n", tmp_path).sample_rate == rate


def test_one_bitrate_is_for_all_lossy_formats(tmp_path):
    assert clean("bitrate: 128k\n", tmp_path).bitrates == {"mp3": 128, "m4a": 128, "m4b": 128, "opus": 128}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_with_nothing_after_it_says_nothing(key, tmp_path):
    assert clean(f"{key}:\n", tmp_path) == Settings()


def test_an_empty_front_matter_says_nothing(tmp_path):
    assert read_settings(None, tmp_path, Problems()) == Settings()


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words\n"])
def test_front_matter_must_be_a_mapping(text, tmp_path):
    for lenient in (False, True):
        assert "key: value" in only_error(text, tmp_path, lenient=lenient)


@pytest.mark.parametrize(
    ("key", "nearest"), [("titel", "title"), ("Title", "title"), ("cfg-strength", "cfg_strength"), ("sound", "sounds")]
)
def test_an_unknown_key_names_the_nearest_known_one(key, nearest, tmp_path):
    assert only_error(f"show: x\n{key}: x\n", tmp_path) == f's.md:3:1: unknown key "{key}"; did you mean "{nearest}"?'


def test_an_unknown_key_that_is_near_none_lists_them(tmp_path):
    message = only_error("bibliography: x\n", tmp_path)
    for key in KEYS:
        assert key in message


def test_keys_of_the_project_file_do_not_belong_into_a_script(tmp_path):
    assert "voiceover.yaml" in only_error("voices: v\n", tmp_path)
    settings = clean("voices: [v, ../w]\nscripts: '*.md, more/*.md'\nassets: [../shared]\n", tmp_path, project=True)
    assert settings.voices == (str(tmp_path / "v"), str(tmp_path.parent / "w"))
    assert settings.scripts == ("*.md", "more/*.md")
    assert settings.assets == (str(tmp_path.parent / "shared"),)


@pytest.mark.parametrize(
    "line",
    [
        "episode: three",
        "episode: -1",
        "season: 1.5",
        "date: tomorrow",
        "date: 2026-13-01",
        "date: 2026-02-30",
        "language: the English one",
        "title: [a]",
        "channels: 5.1",
        "loudness: podcst",
        "loudness: -3",
        "loudness: {target: -16, cieling: -1}",
        "loudness: {ceiling: 1}",
        "loudness: {preset: loud}",
        "loudness: [podcast]",
        "gaps: 300",
        "gaps: {turn: -1}",
        "gaps: {turn: 61s}",
        "gaps: {turns: 300}",
        "seed: -1",
        "seed: 9223372036854775808",
        "speed: 0.1",
        "speed: nan",
        "steps: 0",
        "method: newton",
        "cfg_strength: 11",
        "sway_sampling_coef: 2",
        "commercial: perhaps",
        "read: {headings: loud}",
        "read: {code: alt}",
        "read: speak",
        "format: m4c",
        "format: []",
        "bitrate: loud",
        "bitrate: 8",
        "bitrate: 321",
        "bitrate: {flac: 128}",
        "bitrate: {mp3: fast}",
        "bitrate: [128]",
        "sample_rate: 22050",
        "sample_rate: CD",
        "sample_rate: [48000]",
        "sample_rate: 1e400",
        "sample_rate: nan",
        "cover: missing.png",
        "cover: cover.gif",
        "sounds: [a]",
        "sounds: {door: }",
        "sounds: {door: {licence: CC0-1.0}}",
        "sounds: {door: {file: door.wav, author: me}}",
        "sounds: {door: {file: door.wav, credit: [a, b]}}",
        "intro: nothing",
        "intro: {overlap: 2s}",
        "outro: {file: nothing.wav}",
        "ducking: 12dB",
        "ducking: {depth: -3dB}",
        "ducking: {depth: 90dB}",
        "ducking: {attack: 0}",
        "ducking: {hold: a while}",
        "ducking: {sustain: 1s}",
        "lexicon: {Nguyen: }",
        "lexicon: missing.yaml",
        "cast: [ada, ben]",
        "cast: ada",
        "cast: {}",
        "cast: {Town: {voice: [ben]}}",
        "cast: {Town: {gain: loud}}",
        "cast: {Town: {speed: 9}}",
        "cast: {Town: {lang: the English one}}",
        "cast: {Town: [ben]}",
        "cast: {'': ben}",
        "cast: {'To|wn': ben}",
        "cast: {'[Town]': ben}",
        "cast: {'Town:': ben}",
        "voiceover: yes",
    ],
)
def test_a_wrong_value_is_one_error_at_its_place(line, tmp_path):
    message = only_error(f"show: x\n{line}\n", tmp_path)
    assert message.startswith("s.md:3:")


@pytest.mark.parametrize("name", ["chapter", "Pause", "SOUND", "music", "Audio", "scene"])
def test_words_of_the_format_are_no_names(name, tmp_path):
    assert name in only_error(f"cast: {{Town: ben, {name}: ada}}\n", tmp_path)


def test_two_names_that_differ_in_case_are_one(tmp_path):
    message = only_error("cast:\n  Straße: ben\n  STRASSE: ada\n", tmp_path)
    assert message.startswith("s.md:4:3: ")
    assert "s.md:3:3" in message


def test_all_errors_come_at_once_and_the_right_values_stand(tmp_path):
    settings, problems = read("titel: x\nepisode: three\nshow: Fable Hour\ncast: {Pause: ada, Town: ben}\n", tmp_path)
    assert [problem.code for problem in problems.errors] == ["unknown-key", "bad-value", "reserved-name"]
    assert settings.show == "Fable Hour"
    assert settings.cast is not None
    assert [entry.name for entry in settings.cast] == ["Town"]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("Podcast", PRESETS["podcast"]),
        ("acx", PRESETS["acx"]),
        ("-18", LoudnessTarget("custom", -18.0, -1.0)),
        ("-19 LUFS", LoudnessTarget("custom", -19.0, -1.0)),
        ("-16", PRESETS["podcast"]),
        ("{preset: ebu, ceiling: -2 dBTP}", LoudnessTarget("custom", -23.0, -2.0)),
        ("{target: -20}", LoudnessTarget("custom", -20.0, -1.0)),
        ("{mono_reference: playback}", LoudnessTarget("podcast", -16.0, -1.0, mono_reference="playback")),
        ("{preset: acx, target: -20}", LoudnessTarget("custom", -20.0, -3.0)),
    ],
)
def test_loudness(text, target, tmp_path):
    assert clean(f"loudness: {text}\n", tmp_path).loudness == target


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("2026-11-20", "2026-11-20"),
        ("2026-11-20T09:00:00Z", "2026-11-20T09:00:00Z"),
        ("2026-11-20 09:00:00 +0200", "2026-11-20T09:00:00+0200"),
    ],
)
def test_dates(typed, read_as, tmp_path):
    assert clean(f"date: {typed}\n", tmp_path).date == read_as


def test_formats_may_stand_in_one_text(tmp_path):
    assert clean(f"format: {', '.join(FORMATS)}\n", tmp_path).formats == tuple(FORMATS)


# ---------------------------------------------------------------- layers


def test_a_layer_holds_over_the_one_below(tmp_path):
    below = clean("show: Fable Hour\ntitle: x\nseed: 1\nspeed: 0.9\nlexicon: {a: b, c: d}\n", tmp_path)
    above = clean("title: y\nspeed: 1.1\nlexicon: {c: e}\n", tmp_path)
    merged = above.over(below)
    assert (merged.show, merged.title, merged.options) == ("Fable Hour", "y", Options(speed=1.1, seed=1))
    assert merged.lexicon == {"a": "b", "c": "e"}


def test_half_a_map_leaves_the_other_half_of_the_project_file(tmp_path):
    (tmp_path / "door.wav").touch()
    base = clean(
        "gaps: {turn: 300}\nread: {code: speak}\nloudness: ebu\nsounds: {door: door.wav}\nducking: {depth: 15}\n", tmp_path, project=True
    )
    settings = clean(
        "gaps: {scene: 900}\nread: {images: alt}\nloudness: {ceiling: -3}\nintro: door\nducking: {hold: 200ms}\n", tmp_path, base=base
    )
    assert settings.gaps == Gaps(turn=300, scene=900)
    assert settings.read == Read(code="speak", images="alt")
    assert settings.loudness == LoudnessTarget("custom", -23.0, -3.0)
    assert settings.intro == Bumper("door")
    assert settings.ducking == Ducking(depth_db=15.0, hold_seconds=0.2)


# ---------------------------------------------------------------- a blog's own front matter


def test_an_article_may_have_any_foreign_key(tmp_path):
    settings, problems = read("tags: [a]\ntitel: x\nvoices: {x: y}\nlayout: post\ntitle: Hello\n", tmp_path, lenient=True)
    assert settings == Settings(title="Hello")
    assert not problems.found


def test_a_key_of_ours_in_another_shape_is_a_warning_and_unused(tmp_path):
    settings, problems = read("cover: {image: x.png}\nauthor: [a, b]\nformat: html\nspeed: fast\ntitle: Hello\n", tmp_path, lenient=True)
    assert settings == Settings(title="Hello")
    assert [(problem.severity, problem.source.line) for problem in problems.all] == [("warning", line) for line in (2, 3, 4, 5)]


def test_a_map_of_our_own_holds_our_keys_apart_and_wins(tmp_path):
    for text in (
        "tags: [a]\ntitle: Blog\nshow: X\nvoiceover: {title: Heard, voice: ben}\n",
        "title: Blog\nshow: X\nparams: {voiceover: {title: Heard, voice: ben}}\n",
    ):
        settings = clean(text, tmp_path)
        assert (settings.title, settings.show, settings.voice) == ("Heard", "X", "ben")


def test_a_map_of_our_own_is_strict(tmp_path):
    assert 'did you mean "voice"' in only_error("tags: [a]\nvoiceover: {voise: ben}\n", tmp_path, lenient=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cast: {A: ada}", True),
        ("voiceover: {cast: {A: ada}}", True),
        ("params: {voiceover: {cast: {A: ada}}}", True),
        ("cast: [Tom Hanks]", False),
        ("title: x", False),
        ("- cast", False),
        ("", False),
    ],
)
def test_what_makes_a_script_is_its_cast(text, found):
    assert has_cast(read_yaml(text, "s.md", Problems())) is found


# ---------------------------------------------------------------- files


@pytest.fixture
def tree(tmp_path):
    """A script's folder beside a folder of shared files and one that is nobody's business."""
    for name in ("script/sounds", "shared", "secret"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("script/cover.png", "script/sounds/door.wav", "shared/theme.flac", "secret/passwd"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "script/link").symlink_to(tmp_path / "secret")
    (tmp_path / "script/passwd").symlink_to(tmp_path / "secret/passwd")
    (tmp_path / "script/theme").symlink_to(tmp_path / "shared/theme.flac")
    (tmp_path / "script/loop").symlink_to(tmp_path / "script/loop")
    return tmp_path


def find(tree: Path, text: str, assets: tuple[str, ...] = (), **kinds) -> tuple[Path | None, list[str]]:
    problems = Problems()
    path = confined(text, tree / "script", [tree / name for name in assets], Source("s.md", 3, 4), problems, **kinds)
    return path, [problem.code for problem in problems.errors]


@pytest.mark.parametrize("text", ["cover.png", "./cover.png", "sounds/../cover.png", "sounds/door.wav", "later.wav"])
def test_files_of_the_folder_are_found(tree, text):
    path, codes = find(tree, text)
    assert codes == []
    assert path == (tree / "script" / text).resolve()


@pytest.mark.parametrize(
    "text",
    [
        "../secret/passwd",
        "../../../../../../etc/passwd",
        "/etc/passwd",
        "~/x.png",
        "C:\\x.png",
        "link/passwd",
        "passwd",
        "theme",
        "sounds/../../secret/passwd",
        "../shared/theme.flac",
        "../missing",
    ],
)
def test_nothing_outside_the_folder_can_be_named(tree, text):
    assert find(tree, text) == (None, ["outside-folder"])


@pytest.mark.parametrize("text", ["theme.flac", "../shared/theme.flac", "theme"])
def test_the_assets_of_the_project_are_inside(tree, text):
    assert find(tree, text, ("shared",)) == (tree / "shared/theme.flac", [])


def test_assets_do_not_open_their_neighbours(tree):
    for text in ("../secret/passwd", "link/passwd", "passwd"):
        assert find(tree, text, ("shared",)) == (None, ["outside-folder"])


@pytest.mark.parametrize("text", ["", " ", "a\0b"])
def test_what_is_no_path(tree, text):
    assert find(tree, text) == (None, ["bad-value"])


def test_a_missing_file_is_an_error_where_it_is_needed(tree):
    for text in ("later.wav", "sounds", "x" * 400):
        assert find(tree, text, must_exist=True) == (None, ["missing-file"])
    assert find(tree, "loop", must_exist=True)[0] is None


def test_a_script_cannot_grant_itself_a_folder(tree):
    for text in ("assets: [../secret]\n", "assets: /\n", "assets: link\n"):
        assert only_error(text, tree / "script").startswith("s.md:2:")


def test_paths_of_the_project_file_are_relative_to_it_and_its_assets_hold_for_scripts(tree):
    base = clean("assets: [shared]\nsounds: {theme: shared/theme.flac}\n", tree, project=True)
    settings = clean("sounds: {other: theme.flac}\n", tree / "script", base=base).over(base)
    assert settings.sounds == dict.fromkeys(("theme", "other"), SoundEntry(str(tree / "shared/theme.flac")))


def test_a_lexicon_file_is_read_and_its_problems_have_its_places(tmp_path):
    (tmp_path / "words.yaml").write_text("Nguyen: win\nNO: en oh\n", "utf-8")
    assert clean("lexicon: words.yaml\n", tmp_path).lexicon == {"Nguyen": "win", "NO": "en oh"}
    (tmp_path / "words.yaml").write_text("Nguyen: win\nNguyen: new yen\n", "utf-8")
    assert only_error("lexicon: words.yaml\n", tmp_path).startswith(f"{tmp_path / 'words.yaml'}:2:1: ")
    (tmp_path / "words.yaml").write_bytes(b"a: b\nc: \xff\n")
    assert only_error("lexicon: words.yaml\n", tmp_path).startswith(f"{tmp_path / 'words.yaml'}:2:")


def test_a_lexicon_outside_the_folder_is_refused(tree):
    (tree / "secret/words.yaml").write_text("a: b\n", "utf-8")
    assert "outside" in only_error("lexicon: ../secret/words.yaml\n", tree / "script")


def test_the_project_file_is_the_nearest_one_upward(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    deep = tmp_path / "home/a/b/c"
    deep.mkdir(parents=True)
    script = deep / "s.md"
    assert find_project(script) is None
    (tmp_path / "voiceover.yaml").write_text("", "utf-8")
    assert find_project(script) is None, "not past the home folder"
    (tmp_path / "home/a/voiceover.yaml").write_text("", "utf-8")
    assert find_project(script) == tmp_path / "home/a/voiceover.yaml"
    (tmp_path / "home/a/b/.git").mkdir()
    assert find_project(script) is None, "not past a .git folder"
    (tmp_path / "home/a/b/voiceover.yaml").write_text("", "utf-8")
    assert find_project(script) == tmp_path / "home/a/b/voiceover.yaml"
    monkeypatch.chdir(deep)
    assert find_project(Path("s.md")) == tmp_path / "home/a/b/voiceover.yaml"
    assert find_project(Path("x/../../s.md")) == tmp_path / "home/a/b/voiceover.yaml"
