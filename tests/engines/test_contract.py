"""The engines' contract: the example engine keeps it, and each rule catches an engine that does not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from tests.engine_packages import install
from tests.tone_engine import ToneEngine
from voiceover.engines import contract, forget_engines
from voiceover.engines.contract import RULES, ContractError, check_engine, check_offers, make_utterance, plain_voice
from voiceover.errors import EngineError
from voiceover.types import Audio, EngineContext, EngineInfo, Mark, Utterance, Voice


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_example_engine_keeps_the_contract(rule: contract.Rule) -> None:
    rule(ToneEngine, plain_voice(), "en")


def test_every_public_rule_is_in_the_list() -> None:
    told = {
        name
        for name, thing in vars(contract).items()
        if getattr(thing, "__annotations__", {}).keys() == {"open_engine", "voice", "language", "return"}
    }
    assert {rule.__name__ for rule in RULES} == told - {"check_engine"}


class WithoutRevision(ToneEngine):
    @property
    def info(self) -> EngineInfo:
        return dataclasses.replace(super().info, revision=0)


class UnlikeItself(ToneEngine):
    instances = 0

    def __init__(self) -> None:
        UnlikeItself.instances += 1
        self.number = UnlikeItself.instances

    @property
    def info(self) -> EngineInfo:
        return dataclasses.replace(super().info, fingerprint=f"tone {self.number}")


class WithoutThreads(ToneEngine):
    @property
    def info(self) -> EngineInfo:
        return dataclasses.replace(super().info, worker_threads=0)


class WithForeignOption(ToneEngine):
    @property
    def info(self) -> EngineInfo:
        return dataclasses.replace(super().info, options=frozenset({"speed", "loudness"}))


class InDoubles(ToneEngine):
    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        return Audio(super().speak(utterance, voice).samples.astype(np.float64), 16_000)


class InIntegers(ToneEngine):
    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        return Audio(super().speak(utterance, voice).samples * np.float32(32_768), 16_000)


class Silent(ToneEngine):
    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        return Audio(super().speak(utterance, voice).samples * np.float32(0), 16_000)


class AtAnotherRate(ToneEngine):
    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        return Audio(super().speak(utterance, voice).samples, 22_050)


class CutOff(ToneEngine):
    """Speaks at most 3 s."""

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        return Audio(super().speak(utterance, voice).samples[: 3 * 16_000], 16_000)


class WithMemory(ToneEngine):
    """Each utterance is a little louder than the last."""

    def __init__(self) -> None:
        self.spoken = 0

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        self.spoken += 1
        return Audio(super().speak(utterance, voice).samples * np.float32(1 + 0.01 * self.spoken), 16_000)


class WithCache(ToneEngine):
    """Hands out the same array again."""

    def __init__(self) -> None:
        self.kept: dict[tuple[object, ...], Audio] = {}

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        key = (utterance.spoken, utterance.options, utterance.seed)
        if key not in self.kept:
            self.kept[key] = super().speak(utterance, voice)
        return self.kept[key]


class HearsThePlace(ToneEngine):
    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        return Audio(super().speak(utterance, voice).samples * np.float32(1 + utterance.paragraph), 16_000)


class HearsSteps(ToneEngine):
    """Uses an option that it does not declare."""

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        return Audio(super().speak(utterance, voice).samples / np.float32(utterance.options.steps or 1), 16_000)


class DeafToSpeed(ToneEngine):
    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        return super().speak(dataclasses.replace(utterance, options=dataclasses.replace(utterance.options, speed=None)), voice)


class FirstSpanOnly(ToneEngine):
    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        return super().speak(dataclasses.replace(utterance, spans=utterance.spans[:1]), voice)


class WithMarks(ToneEngine):
    """Changes the marks."""

    def marked(self, marks: tuple[Mark, ...], utterance: Utterance) -> tuple[Mark, ...]:
        raise NotImplementedError

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        audio = super().speak(utterance, voice)
        return dataclasses.replace(audio, marks=self.marked(audio.marks, utterance))


class MarksUnannounced(ToneEngine):
    @property
    def info(self) -> EngineInfo:
        return dataclasses.replace(super().info, returns_marks=False)


class WithoutMarks(WithMarks):
    def marked(self, marks: tuple[Mark, ...], utterance: Utterance) -> tuple[Mark, ...]:
        return ()


class MarksWithinWords(WithMarks):
    def marked(self, marks: tuple[Mark, ...], utterance: Utterance) -> tuple[Mark, ...]:
        return tuple(dataclasses.replace(mark, position=mark.position + 1) for mark in marks)


class MarksBeyondTheText(WithMarks):
    def marked(self, marks: tuple[Mark, ...], utterance: Utterance) -> tuple[Mark, ...]:
        return (*marks, Mark(len(utterance.spoken), marks[-1].frame))


class MarksOutOfOrder(WithMarks):
    def marked(self, marks: tuple[Mark, ...], utterance: Utterance) -> tuple[Mark, ...]:
        return marks[::-1]


class MarksOutOfTime(WithMarks):
    def marked(self, marks: tuple[Mark, ...], utterance: Utterance) -> tuple[Mark, ...]:
        return tuple(Mark(mark.position, other.frame) for mark, other in zip(marks, marks[::-1], strict=True))


class MarksInSamplesOfAnotherRate(WithMarks):
    def marked(self, marks: tuple[Mark, ...], utterance: Utterance) -> tuple[Mark, ...]:
        return tuple(dataclasses.replace(mark, frame=mark.frame // 2) for mark in marks)


class MarksLate(WithMarks):
    def marked(self, marks: tuple[Mark, ...], utterance: Utterance) -> tuple[Mark, ...]:
        return tuple(dataclasses.replace(mark, frame=mark.frame + 3200) for mark in marks)


class MarksCountedInEachSpan(WithMarks):
    def marked(self, marks: tuple[Mark, ...], utterance: Utterance) -> tuple[Mark, ...]:
        first = len(utterance.spans[0].text)
        return tuple(dataclasses.replace(mark, position=mark.position % first) for mark in marks)


class RaisesAnything(ToneEngine):
    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        try:
            return super().speak(utterance, voice)
        except EngineError as error:
            raise ValueError("need at least one array to concatenate") from error


class NamesNoPlace(ToneEngine):
    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        try:
            return super().speak(utterance, voice)
        except EngineError as error:
            raise EngineError("there are no words") from error


class SpeaksWhatItCannot(ToneEngine):
    """Names its languages and refuses no other."""

    @property
    def info(self) -> EngineInfo:
        return dataclasses.replace(super().info, languages=frozenset({"en"}))


class ClosesOnce(ToneEngine):
    closed = False

    def close(self) -> None:
        if self.closed:
            raise RuntimeError("closed before")
        self.closed = True


@pytest.mark.parametrize(
    ("open_engine", "rule", "words"),
    [
        (WithoutRevision, "info_is_whole", "revision is 0"),
        (UnlikeItself, "info_is_whole", "two instances"),
        (WithForeignOption, "info_is_whole", "loudness"),
        (WithoutThreads, "info_is_whole", "worker_threads is 0"),
        (InDoubles, "audio_is_sound", "float64"),
        (InIntegers, "audio_is_sound", "full scale is 1"),
        (Silent, "audio_is_sound", "audio is silent"),
        (AtAnotherRate, "audio_is_sound", "22050"),
        (CutOff, "more_words_are_longer", "characters|four times"),
        (WithMemory, "sound_is_a_function", "after another one"),
        (WithCache, "samples_are_the_callers", "same array"),
        (HearsThePlace, "position_is_not_heard", "another place"),
        (HearsSteps, "options_are_as_declared", "steps changes the sound"),
        (DeafToSpeed, "options_are_as_declared", "at speed 0.8"),
        (FirstSpanOnly, "spans_are_spoken_in_order", "two spans"),
        (MarksUnannounced, "marks_are_words", "returns_marks is False"),
        (WithoutMarks, "marks_are_words", "0 of 21 words"),
        (MarksWithinWords, "marks_are_words", "no word begins|not in the order"),
        (MarksBeyondTheText, "marks_are_words", "at character 98 of 98"),
        (MarksOutOfOrder, "marks_are_words", "order of the words"),
        (MarksOutOfTime, "marks_are_words", "order of time"),
        (MarksInSamplesOfAnotherRate, "marks_are_words", "last mark"),
        (MarksLate, "marks_are_words", "from the start of the speech"),
        (MarksCountedInEachSpan, "marks_are_words", "no word begins|order of the words"),
        (RaisesAnything, "failures_are_engine_errors", "must be an EngineError"),
        (NamesNoPlace, "failures_are_engine_errors", "contract.md:3:1"),
        (SpeaksWhatItCannot, "failures_are_engine_errors", "spoken anyway"),
    ],
)
def test_a_rule_catches_the_engine_that_breaks_it(open_engine: Callable[[], ToneEngine], rule: str, words: str) -> None:
    with pytest.raises(ContractError, match=words):
        getattr(contract, rule)(open_engine, plain_voice(), "en")
    with pytest.raises(ContractError):
        check_engine(open_engine, plain_voice())


class NeverTheSame(ToneEngine):
    """Samples at random, and says so."""

    @property
    def info(self) -> EngineInfo:
        return dataclasses.replace(super().info, repeatable=False)

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        audio = super().speak(utterance, voice)
        noise = np.random.default_rng().normal(0, 0.01, len(audio.samples))
        return dataclasses.replace(audio, samples=audio.samples + noise.astype(np.float32))


def test_an_engine_that_cannot_repeat_its_samples_passes_if_it_says_so() -> None:
    check_engine(NeverTheSame, plain_voice())


OFFERS = """
from tone_engine import make, ready, outline
from voiceover.types import Kind, OptionSpec, Style, Voice, VoiceSettings
"""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", ""),
        ("OPTIONS = (OptionSpec('a', ''),)", "a has no help"),
        ("OPTIONS = (OptionSpec('a', 'b', Kind.CHOICE),)", "needs choices"),
        ("OPTIONS = (OptionSpec('a', 'b'),) * 2", "names an option twice"),
        ("OPTIONS = (OptionSpec('a', 'b', per_line=True),)", "per line"),
        ("OPTIONS = ('a',)", "not an OptionSpec"),
        ("VOICE_SETTINGS = {}", "must be a VoiceSettings"),
        ("VOICE_SETTINGS = VoiceSettings((OptionSpec('A', 'b'),))", "lower case"),
        ("def ready(context): return False", "None or a reason"),
        ("def outline(context): return 'tone'", "must return an EngineInfo"),
        ("def voices(context): return [Voice('x', None, 'en', {'': Style(None)})]", "neither a licence nor a consent"),
        ("def voices(context): return [Voice('x', None, 'en', {}, licence='CC0-1.0')]", "no plain style"),
        ("def voices(context): return [Voice(n, None, 'en', {'': Style(None)}, licence='CC0-1.0') for n in 'xX']", "one name"),
    ],
)
def test_what_an_engine_offers_is_checked(code: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / f"offers_{abs(hash(code))}.py"
    module.write_text(f"{OFFERS.replace('tone_engine', 'tests.tone_engine')}\n{code}\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, module, "tone", monkeypatch)
    forget_engines()
    try:
        with pytest.raises(ContractError, match=words) if words else nullcontext():
            check_offers("tone", EngineContext(tmp_path / "cache"))
    finally:
        forget_engines()


def test_an_engine_that_cannot_be_closed_twice_is_caught() -> None:
    with pytest.raises(RuntimeError, match="closed before"):
        contract.close_may_be_called_twice(ClosesOnce, plain_voice(), "en")


def test_a_broken_rule_is_a_failed_assertion() -> None:
    assert issubclass(ContractError, AssertionError)


def test_make_utterance_takes_language_options_and_seed() -> None:
    utterance = make_utterance("Hallo.", "de-AT", seed=4)
    assert (utterance.spoken, utterance.spans[0].language, utterance.seed, utterance.style) == ("Hallo.", "de-AT", 4, "")
