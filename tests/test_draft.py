"""The draft engine: the real espeak-ng, in its real process."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from voiceover.engines.contract import make_utterance
from voiceover.engines.draft import DraftEngine, Sound, read_sound
from voiceover.engines.draft.engine import join_pieces
from voiceover.engines.draft.languages import ALIASES, LANGUAGES, NAMES, voice_for
from voiceover.engines.draft.pieces import Piece, cut_pieces
from voiceover.engines.draft.process import COMMAND, EspeakProcess
from voiceover.errors import EngineError
from voiceover.types import DEFAULT_STYLE, Audio, Options, SpokenSpan, Style, Utterance, Voice

VOICES = Path(__file__).parents[1] / "voices"
A = "My poor dear friend, you live here no better than the ants."
B = "Hush! Twelve cats are at the door, and so on and so forth."
RATE = 22_050

Settings = Mapping[str, str | int | float]


def voice_of(**settings: str | float) -> Voice:
    return Voice("vera", Path(), "en-GB", {DEFAULT_STYLE: Style(None, {"draft": settings})}, licence="CC0-1.0")


def utterance_of(*spans: str | tuple[str, str], speed: float | None = None, seed: int = 1) -> Utterance:
    """Spans in English, or (text, language)."""
    spoken = tuple(SpokenSpan(span, "en-GB") if isinstance(span, str) else SpokenSpan(*span) for span in spans)
    made = make_utterance("", options=Options(speed=speed), seed=seed)
    return Utterance(**{name: getattr(made, name) for name in made.__slots__} | {"spans": spoken})


def digest(audio: Audio) -> str:
    return hashlib.sha256(audio.samples.tobytes()).hexdigest()


def pitch_of(audio: Audio) -> float:
    """Median fundamental frequency of the voiced frames, by autocorrelation."""
    size, found = round(0.04 * audio.sample_rate), []
    for start in range(0, len(audio.samples) - size, size // 2):
        frame = audio.samples[start : start + size]
        if np.sqrt(np.mean(frame**2)) < 0.02:
            continue
        likeness = np.correlate(frame * np.hanning(size), frame * np.hanning(size), "full")[size - 1 :]
        low, high = audio.sample_rate // 400, audio.sample_rate // 60
        lag = low + int(np.argmax(likeness[low:high]))
        if likeness[lag] > 0.4 * likeness[0]:
            found.append(audio.sample_rate / lag)
    return float(np.median(found))


def longest_silence(audio: Audio) -> float:
    loud = np.flatnonzero(np.abs(audio.samples) > 0.003)
    return float(np.max(np.diff(loud))) / audio.sample_rate


@pytest.fixture(scope="module")
def engine() -> Iterator[DraftEngine]:
    engine = DraftEngine()
    yield engine
    engine.close()


@pytest.fixture
def process_with(tmp_path: Path) -> Callable[[str], tuple[str, ...]]:
    """The command for espeak's real process with some code run in it first; the code has the module as ``espeak``."""

    def command(code: str) -> tuple[str, ...]:
        script = tmp_path / "espeak_with.py"
        head = f"""
            import importlib.util, os, sys
            from pathlib import Path
            folder = Path({str(tmp_path)!r})
            spec = importlib.util.spec_from_file_location("espeak", {COMMAND[-1]!r})
            espeak = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(espeak)
            with open(folder / "starts", "a") as starts:
                starts.write("x")
        """
        script.write_text(textwrap.dedent(head) + textwrap.dedent(code) + "\nespeak.main()\n")
        return (sys.executable, "-P", str(script))

    return command


# ---------------------------------------------------------------- the same, always


PROGRAM = """
import hashlib, sys
sys.path.insert(0, {root!r})
from tests.test_draft import DraftEngine, digest, utterance_of, voice_of
engine = DraftEngine()
for text in sys.argv[1:]:
    for settings in ({{}}, {{"variant": "f3", "pitch": 60}}, {{"variant": "whisperf"}}):
        print(digest(engine.speak(utterance_of(text), voice_of(**settings))))
engine.close()
"""


def test_a_b_a_is_the_same_in_two_processes_at_once() -> None:
    program = PROGRAM.format(root=str(Path(__file__).parents[1]))
    orders = ((A, B, A), (B, B, A))
    running = [
        subprocess.Popen([sys.executable, "-c", program, *order], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for order in orders
    ]
    outputs = [process.communicate(timeout=60) for process in running]
    assert [error for _, error in outputs] == ["", ""]
    first, second = (output.split() for output, _ in outputs)
    assert first[:3] == first[6:] == second[6:]
    assert first[3:6] == second[:3] == second[3:6]
    assert len(set(first)) == 6


def test_two_hundred_other_utterances_change_nothing(engine: DraftEngine) -> None:
    voice = voice_of(variant="f3")
    before = digest(engine.speak(utterance_of(A), voice))
    for number in range(200):
        engine.speak(utterance_of("word " * (number % 7 + 1), seed=number), voice_of(variant=("whisper", "m3", "f3")[number % 3]))
    assert digest(engine.speak(utterance_of(A), voice)) == before


def test_the_seed_is_heard_where_a_voice_has_breath(engine: DraftEngine) -> None:
    takes = [digest(engine.speak(utterance_of(A, seed=seed), voice_of(variant="whisper"))) for seed in (1, 2, 1, 2**63 - 1)]
    assert takes[0] == takes[2]
    assert len(set(takes)) == 3


def test_a_fresh_process_serves_where_the_library_does_not_unload(
    engine: DraftEngine, process_with: Callable[[str], tuple[str, ...]], tmp_path: Path
) -> None:
    stuck = DraftEngine(process_with("espeak.is_loaded = lambda path: True"))
    voice = voice_of(variant="whisperf")
    try:
        for text in (A, B, A):
            assert digest(stuck.speak(utterance_of(text), voice)) == digest(engine.speak(utterance_of(text), voice))
    finally:
        stuck.close()
    assert (tmp_path / "starts").read_text() == "xxx"


def test_the_library_unloads_here(process_with: Callable[[str], tuple[str, ...]], tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("elsewhere a fresh process may serve each utterance")
    engine = DraftEngine(process_with(""))
    for text in (A, B, A):
        engine.speak(utterance_of(text), voice_of())
    engine.close()
    assert (tmp_path / "starts").read_text() == "x"


# ---------------------------------------------------------------- the process


def test_a_path_of_more_than_160_characters_does_no_harm(engine: DraftEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.find_spec("espeakng_loader")
    assert spec is not None
    assert spec.origin is not None
    real = Path(spec.origin).parent
    package = tmp_path.joinpath(*["a folder with a long name " * 3] * 3, "espeakng_loader")
    package.mkdir(parents=True)
    for path in real.iterdir():
        if path.name.startswith(("__init__", "libespeak", "espeak-ng-data")):
            (package / path.name).symlink_to(path)
    assert len(str(package / "espeak-ng-data")) > 230
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    process = EspeakProcess((sys.executable, "-P", "-v", COMMAND[-1]))
    far = DraftEngine(COMMAND)
    try:
        assert digest(far.speak(utterance_of(A), voice_of())) == digest(engine.speak(utterance_of(A), voice_of()))
        where = subprocess.run(
            [sys.executable, "-P", "-c", "import espeakng_loader as e; print(e.__file__)"], capture_output=True, text=True, check=True
        )
        assert where.stdout.startswith(str(package))
    finally:
        far.close()
        process.close()


def test_what_is_printed_in_the_process_stays_out_of_the_samples(
    engine: DraftEngine, process_with: Callable[[str], tuple[str, ...]]
) -> None:
    code = """
        import ctypes
        real = espeak.say_pieces
        def loud(*arguments):
            libc = ctypes.CDLL(None)
            libc.puts(b"from the C library" * 100)
            libc.fflush(None)
            os.write(1, b"straight to the descriptor")
            print("from Python", flush=True)
            return real(*arguments)
        espeak.say_pieces = loud
    """
    noisy = DraftEngine(process_with(code))
    try:
        for _ in range(2):
            assert digest(noisy.speak(utterance_of(A), voice_of())) == digest(engine.speak(utterance_of(A), voice_of()))
    finally:
        noisy.close()


def test_a_process_that_dies_is_started_again(engine: DraftEngine, process_with: Callable[[str], tuple[str, ...]], tmp_path: Path) -> None:
    code = """
        real = espeak.say_pieces
        def fragile(library, data, request):
            if "Hush" in request["pieces"][0]["text"] and not (folder / "died").exists():
                (folder / "died").touch()
                os._exit(1)
            return real(library, data, request)
        espeak.say_pieces = fragile
    """
    fragile = DraftEngine(process_with(code))
    try:
        for text in (A, B, A):
            assert digest(fragile.speak(utterance_of(text), voice_of())) == digest(engine.speak(utterance_of(text), voice_of()))
    finally:
        fragile.close()
    assert (tmp_path / "starts").read_text() == "xx"


def test_a_process_that_dies_twice_is_an_error_with_its_last_words(process_with: Callable[[str], tuple[str, ...]], tmp_path: Path) -> None:
    code = """
        real = espeak.say_pieces
        def deadly(library, data, request):
            if "Hush" in request["pieces"][0]["text"]:
                os.write(2, b"first line\\nno such phoneme table\\n")
                os._exit(3)
            return real(library, data, request)
        espeak.say_pieces = deadly
    """
    deadly = DraftEngine(process_with(code))
    try:
        with pytest.raises(EngineError, match=r"^contract\.md:3:1: .*died twice: no such phoneme table \(exit code 3\)$"):
            deadly.speak(utterance_of(B), voice_of())
        assert deadly.speak(utterance_of(A), voice_of()).seconds > 1
    finally:
        deadly.close()
    assert (tmp_path / "starts").read_text() == "xxx"


def test_a_process_that_cannot_start_is_an_error() -> None:
    nowhere = DraftEngine(("/nonexistent/python", "espeak.py"))
    with pytest.raises(EngineError, match="contract.md:3:1: .*/nonexistent/python"):
        nowhere.speak(utterance_of(A), voice_of())
    nowhere.close()


def test_a_process_that_hangs_is_an_error(process_with: Callable[[str], tuple[str, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voiceover.engines.draft.process.ANSWER_SECONDS", 0.3)
    monkeypatch.setattr("voiceover.engines.draft.process.CLOSE_SECONDS", 0.1)
    hung = DraftEngine(process_with("import time\nespeak.say_pieces = lambda *arguments: time.sleep(60)"))
    with pytest.raises(EngineError, match="no answer"):
        hung.speak(utterance_of(A), voice_of())
    hung.close()


def test_the_process_ends_when_its_parent_is_killed(process_with: Callable[[str], tuple[str, ...]], tmp_path: Path) -> None:
    command = process_with("import atexit\natexit.register((folder / 'ended').touch)")
    program = f"""
import sys, time
sys.path.insert(0, {str(VOICES.parent)!r})
from tests.test_draft import A, DraftEngine, utterance_of, voice_of
engine = DraftEngine({command!r})
engine.speak(utterance_of(A), voice_of())
print("spoken", flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "spoken\n"
        assert not (tmp_path / "ended").exists()
        parent.send_signal(signal.SIGKILL)
    for _ in range(200):
        if (tmp_path / "ended").exists():
            break
        time.sleep(0.05)
    assert (tmp_path / "ended").exists()


def test_an_engine_that_is_forgotten_ends_its_process() -> None:
    engine = DraftEngine()
    engine.speak(utterance_of(A), voice_of())
    process = engine._process._process
    assert process is not None
    del engine
    assert process.poll() == 0


def speak_in_fork(engine: DraftEngine, heard: multiprocessing.SimpleQueue[str]) -> None:
    heard.put(digest(engine.speak(utterance_of(B), voice_of())))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_has_a_process_of_its_own(engine: DraftEngine) -> None:
    engine.speak(utterance_of(A), voice_of())
    context = multiprocessing.get_context("fork")
    heard = context.SimpleQueue()
    child = context.Process(target=speak_in_fork, args=(engine, heard))
    child.start()
    here = digest(engine.speak(utterance_of(A), voice_of()))
    there = heard.get()
    child.join(20)
    assert child.exitcode == 0
    assert there == digest(engine.speak(utterance_of(B), voice_of()))
    assert here == digest(engine.speak(utterance_of(A), voice_of()))


def test_the_library_is_never_loaded_here(engine: DraftEngine) -> None:
    engine.speak(utterance_of(A), voice_of())
    program = "from tests.test_draft import *; e = DraftEngine(); e.speak(utterance_of(A), voice_of()); e.close(); print('espeakng_loader' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=VOICES.parent, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    maps = Path("/proc/self/maps")
    if maps.exists():
        assert "libespeak" not in maps.read_text()


# ---------------------------------------------------------------- what is heard


def test_pitch_range_rate_and_volume_are_heard(engine: DraftEngine) -> None:
    def spoken(**settings: float) -> Audio:
        return engine.speak(utterance_of(A), voice_of(**settings))

    assert pitch_of(spoken(pitch=80)) > 1.2 * pitch_of(spoken(pitch=20))
    assert spoken(rate=100).seconds > 1.5 * spoken(rate=200).seconds
    assert np.max(np.abs(spoken(volume=50).samples)) == pytest.approx(0.5 * np.max(np.abs(spoken(volume=100).samples)), rel=1e-6)
    assert digest(spoken(range=10)) != digest(spoken(range=90))


def test_settings_have_fallbacks_and_limits() -> None:
    assert read_sound(Voice("v", Path(), "en", {DEFAULT_STYLE: Style(None)}), DEFAULT_STYLE) == Sound()
    assert read_sound(voice_of(variant="none", pitch=300, rate=1, volume=-2), DEFAULT_STYLE) == Sound("", pitch=99, rate=20, volume=0)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"variant": "f9"}, 'variant "f9"; it has .*f1, f2'),
        ({"pitch": "high"}, "pitch is 'high'; .*0 to 99"),
        ({"rate": float("nan")}, "rate is nan"),
    ],
)
def test_a_setting_that_cannot_be_used_is_an_error(engine: DraftEngine, settings: Settings, words: str) -> None:
    with pytest.raises(EngineError, match=f"^contract.md:3:1: .*{words}"):
        engine.speak(utterance_of(A), voice_of(**settings))


def test_an_unknown_style_is_an_error(engine: DraftEngine) -> None:
    voice = Voice("vera", Path(), "en", {DEFAULT_STYLE: Style(None), "quiet": Style(None)})
    with pytest.raises(EngineError, match='voice "vera" has no style "loud"; it has: quiet'):
        read_sound(voice, "loud")


@pytest.mark.parametrize(("speed", "least", "most"), [(0.3, 2.6, 3.9), (0.5, 1.7, 2.4), (2.0, 0.4, 0.6), (3.0, 0.28, 0.42)])
def test_speed_scales_the_length_even_beyond_the_librarys_own_rates(engine: DraftEngine, speed: float, least: float, most: float) -> None:
    """espeak-ng goes from 80 to 450 words a minute: 0.46 to 2.6 times its normal rate."""
    plain = engine.speak(utterance_of(A), voice_of())
    scaled = engine.speak(utterance_of(A, speed=speed), voice_of())
    assert least < scaled.seconds / plain.seconds < most
    assert pitch_of(scaled) == pytest.approx(pitch_of(plain), rel=0.1)


@pytest.mark.parametrize(
    ("unit", "language", "count"),
    [
        ("word ", "en-GB", 80),  # 400 characters without a full stop
        ("word ", "en-GB", 1000),
        (A + " ", "en-GB", 85),  # 5 kB of sentences
        ("a", "en-GB", 600),  # one endless word
        ("日本語を話しますか", "ja", 100),
        ("你好吗", "zh", 200),
        ("สวัสดีครับผมชื่อสมชาย", "th", 60),
    ],
)
def test_a_long_text_comes_out_whole(engine: DraftEngine, unit: str, language: str, count: int) -> None:
    quarter, whole = (engine.speak(utterance_of((unit * part, language)), voice_of(rate=400)).seconds for part in (count // 4, count))
    assert whole / quarter == pytest.approx(4, rel=0.12)


def test_markup_is_not_obeyed(engine: DraftEngine) -> None:
    said = engine.speak(utterance_of('one <break time="5s"/> two'), voice_of())
    assert longest_silence(said) < 1.0
    tagged, plain = (engine.speak(utterance_of(text), voice_of()) for text in ("<b>one</b> two", "one two"))
    assert tagged.seconds > 1.5 * plain.seconds  # the letters of the tags are spoken


def test_phonemes_are_not_obeyed(engine: DraftEngine) -> None:
    marked, plain = (engine.speak(utterance_of(text), voice_of()) for text in ("[[fIS]] and chips", "fIS and chips"))
    assert marked.seconds == pytest.approx(plain.seconds, rel=0.25)
    assert cut_pieces([SpokenSpan("[[fIS]]", "en")])[0].text == "[[fIS]]"


def test_control_characters_are_not_obeyed(engine: DraftEngine) -> None:
    """espeak-ng takes Ctrl-A, a number and a letter as a command: 9S would be nine words a minute, 0A silence."""
    commanded, spelled = (engine.speak(utterance_of(text), voice_of()) for text in ("\x010A hello there", " 0A hello there"))
    assert digest(commanded) == digest(spelled)
    assert digest(engine.speak(utterance_of("one\x00 two"), voice_of())) == digest(engine.speak(utterance_of("one  two"), voice_of()))
    assert digest(engine.speak(utterance_of("one\ud800 two"), voice_of())) == digest(engine.speak(utterance_of("one two"), voice_of()))


@pytest.mark.parametrize("text", ["", " ", "...", "?!", "\u2014", "\x01\x02"])
def test_an_utterance_without_words_is_an_error(engine: DraftEngine, text: str) -> None:
    with pytest.raises(EngineError, match="contract.md:3:1: there are no words"):
        engine.speak(utterance_of(text), voice_of())


# ---------------------------------------------------------------- languages


def espeak_data() -> Path:
    spec = importlib.util.find_spec("espeakng_loader")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "espeak-ng-data"


def test_the_table_of_languages_is_that_of_the_wheel() -> None:
    data = espeak_data()
    found = set()
    for path in (path for path in (data / "lang").rglob("*") if path.is_file()):
        named = [line.split()[1] for line in path.read_text("utf-8").splitlines() if line.startswith("dictionary ")]
        dictionary = named[0] if named else path.name.split("-")[0]
        if (data / f"{dictionary}_dict").exists():
            found.add(path.name)
    assert set(NAMES) == found
    assert set(ALIASES.values()) <= found


@pytest.mark.parametrize(
    ("tag", "voice"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("en-US", "en-US"),
        ("EN_us", "en-US"),
        ("en-AU", "en"),
        ("en-CA", "en-US"),
        ("de-AT", "de"),
        ("pt", "pt"),
        ("pt-BR", "pt-BR"),
        ("pt-PT", "pt"),
        ("zh", "cmn"),
        ("zh-Hans-CN", "cmn"),
        ("zh-HK", "yue"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("es", "es"),
        ("es-ES", "es"),
        ("es-MX", "es-419"),
        ("fr-CH", "fr-CH"),
        ("fr-CA", "fr"),
        ("sr-Latn", "sr"),
        ("tlh", None),
        ("e", None),
        ("", None),
    ],
)
def test_a_tag_finds_its_voice(tag: str, voice: str | None) -> None:
    assert voice_for(tag) == voice
    if voice is not None:
        assert tag.lower()[:2] in LANGUAGES


def test_every_language_speaks() -> None:
    """One request a language, in one process; what the wheel's data has must give sound."""
    process = EspeakProcess()
    mute = []
    try:
        for name in NAMES:
            request = {
                "pieces": [{"voice": f"{name}+f3", "text": "ana 12", "pause": False}],
                "rate": 175,
                "pitch": 50,
                "range": 50,
                "seed": 1,
            }
            if np.max(np.abs(process.speak(request)[0])) < 1000:
                mute.append(name)
    finally:
        process.close()
    assert mute == []


def test_an_unknown_language_is_an_error_that_says_which_are_there(engine: DraftEngine) -> None:
    with pytest.raises(EngineError, match=r'^contract\.md:3:1: espeak-ng has no language "tlh"; it has .*de.*en.*zh'):
        engine.speak(utterance_of("Hello ", ("nuqneH", "tlh")), voice_of())


def test_a_span_is_spoken_in_its_language_by_the_same_voice(engine: DraftEngine) -> None:
    voice = voice_of(variant="f3")
    english, german = (engine.speak(utterance_of("He said ", ("Straßenbahn", tag), ", and left."), voice) for tag in ("en-GB", "de"))
    assert digest(english) != digest(german)
    assert pitch_of(german) == pytest.approx(pitch_of(english), rel=0.2)


def test_spans_are_cut_where_the_language_changes_and_marks_stay_with_their_words() -> None:
    spans = [
        SpokenSpan("She said ", "en"),
        SpokenSpan("bonjour", "fr"),
        SpokenSpan(", twice. ", "en"),
        SpokenSpan("Then ", "EN"),
        SpokenSpan("adieu", "fr"),
        SpokenSpan("!", "en"),
    ]
    assert cut_pieces(spans) == (
        Piece("She said", "en", pause=False),
        Piece("bonjour,", "fr", pause=True),
        Piece("twice. Then", "en", pause=False),
        Piece("adieu!", "fr", pause=False),
    )


def test_a_mark_that_opens_or_belongs_to_a_word_stays_with_it() -> None:
    spans = [
        SpokenSpan("Tom", "en"),
        SpokenSpan("¿Qué?", "es"),
        SpokenSpan("(he asked)", "en"),
        SpokenSpan("Max", "de"),
        SpokenSpan("'s", "en"),
    ]
    assert [piece.text for piece in cut_pieces(spans)] == ["Tom", "¿Qué?", "(he asked)", "Max", "'s"]


def test_pieces_are_joined_without_a_click() -> None:
    step = np.full(1000, 16_384, np.int16)
    joined = join_pieces([step, step], gain=1.0)
    assert joined.shape == (2000,)
    assert joined.dtype == np.float32
    assert np.max(np.abs(np.diff(joined, prepend=0, append=0))) < 0.01
    assert joined[500] == 0.5


# ---------------------------------------------------------------- the shipped voices


def shipped(name: str) -> dict[str, tuple[Path, str, str, Settings]]:
    """Clip, words, language and draft settings of each style."""
    told = yaml.safe_load((VOICES / name / "voice.yaml").read_text("utf-8"))
    styles = {"plain": told["reference"], **told["styles"]}
    return {
        style: (VOICES / name / clip["audio"], clip["text"], told["language"], {**told["draft"], **clip.get("draft", {})})
        for style, clip in styles.items()
    }


@pytest.mark.parametrize("name", ["ada", "ben", "cora"])
def test_a_shipped_voice_has_its_clips(name: str) -> None:
    styles = shipped(name)
    assert set(styles) == {"plain", "quiet", "whispering", "angry"}
    assert len({path for path, *_ in styles.values()}) == 4
    for path, text, _, _ in styles.values():
        info = soundfile.info(path)
        assert (info.format, info.samplerate, info.channels) == ("FLAC", 24_000, 1)
        assert 5 <= info.duration <= 8
        assert path.stat().st_size < 300_000
        assert 5 < len(text.split()) / info.duration * 2.5 < 12  # the words are about those that are heard
        samples, _ = soundfile.read(path, dtype="float32")
        assert 0.05 < np.max(np.abs(samples)) < 1.0
        assert np.all(np.abs(samples[-round(0.3 * 24_000) :]) < 0.001)
        assert np.max(np.abs(samples[-round(0.7 * 24_000) : -round(0.3 * 24_000)])) > 0.01


def test_the_shipped_voices_and_their_styles_are_told_apart_by_ear(engine: DraftEngine) -> None:
    pitches = {}
    for name in ("ada", "ben", "cora"):
        said = {}
        for style, (_, _, language, settings) in shipped(name).items():
            said[style] = engine.speak(utterance_of((A, language)), voice_of(**settings))
        power = {style: float(np.mean(audio.samples**2)) for style, audio in said.items()}
        assert power["angry"] > 1.4 * power["plain"] > 2.8 * power["quiet"]
        assert power["whispering"] < power["quiet"]
        assert said["quiet"].seconds > said["plain"].seconds > said["angry"].seconds
        spectra = {style: brightness(audio) for style, audio in said.items()}
        assert spectra["whispering"] > 1.5 * spectra["plain"]
        pitches[name] = pitch_of(said["plain"])
    assert pitches["cora"] > 1.15 * pitches["ada"] > 1.15 * 1.4 * pitches["ben"]


def brightness(audio: Audio) -> float:
    """Spectral centroid in Hz."""
    power = np.abs(np.fft.rfft(audio.samples)) ** 2
    return float(np.sum(power * np.fft.rfftfreq(len(audio.samples), 1 / audio.sample_rate)) / np.sum(power))


def test_the_clips_were_made_from_the_words_beside_them(tmp_path: Path) -> None:
    """The tool that made them says so, where the wheel is the one that it ran with."""
    told = json.loads(json.dumps(shipped("ada")["plain"][3]))
    assert set(told) == {"variant", "pitch", "range", "rate", "volume"}
