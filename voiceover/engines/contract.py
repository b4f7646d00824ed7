"""Rules that every engine must keep, as tests that run against a real one: ours pass them, and yours should, too.

In the tests of an engine:

    import pytest
    from voiceover.engines.contract import RULES, check_engine, plain_voice

    def test_contract():
        check_engine(open_my_engine, plain_voice())

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)    # or one test per rule
    def test_rule(rule):
        rule(open_my_engine, plain_voice(), "en")

``open_my_engine`` makes a new engine at each call. An engine that needs reference clips must be given a voice that has one. A broken rule
raises ContractError, an AssertionError, which says what was expected. A run speaks some 45 short utterances.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import Any, TypeAlias

import numpy as np

from voiceover.audio.speech_detection import find_speech
from voiceover.engines.registry import offer
from voiceover.errors import EngineError, VoiceoverError
from voiceover.types import (
    DEFAULT_STYLE,
    Audio,
    Engine,
    EngineContext,
    EngineInfo,
    Kind,
    Options,
    OptionSpec,
    Source,
    SpokenSpan,
    Style,
    Utterance,
    Voice,
    VoiceSettings,
)

SHORT = "The mice ran home."
LONG = "My poor dear friend, you live here no better than the ants. Come with me, and see how well I live."
OTHER = "Goodbye! Twelve cats are waiting at the door."

LARGEST_PEAK = 4.0
"""+12 dBFS: floats may overshoot full scale; beyond this the scale is another one, such as that of 16-bit integers."""
SILENCE_PEAK = 0.001

LEAST_MARKED = 0.75
"""Share of the words that have a mark of their own: espeak-ng, for one, speaks "of the" as one word."""
MOST_LATE_SECONDS = 0.15
"""Largest distance of the first mark from the start of the speech."""
MOST_OFF = 0.15
"""Largest distance of the last mark from where its letters are in the text, as a share of the speech."""

OPTION_VALUES: dict[str, tuple[Any, Any]] = {
    "speed": (0.8, 1.25),
    "seed": (1, 2),
    "steps": (8, 16),
    "method": ("euler", "midpoint"),
    "cfg_strength": (1.0, 2.0),
    "sway_sampling_coef": (-1.0, 0.0),
    "duration": ("bytes", "predictor"),
}
"""Two values for each field of ``Options``."""

OpenEngine: TypeAlias = Callable[[], Engine]
Rule: TypeAlias = Callable[[OpenEngine, Voice, str], None]


class ContractError(AssertionError):
    """An engine breaks a rule of the contract."""


def check_engine(open_engine: OpenEngine, voice: Voice, language: str = "en") -> None:
    """Run every rule; ``language`` is one that the engine speaks. Raises ContractError at the first breach."""
    for rule in RULES:
        rule(open_engine, voice, language)


def check_offers(name: str, context: EngineContext) -> None:
    """Check what the installed engine ``name`` offers beside ``make``. Raises ContractError at the first breach.

    ``context`` is the engine's own; nothing heavy is loaded.
    """
    reason = (offer(name, "ready") or (lambda _: None))(context)
    _must(reason is None or isinstance(reason, str), f"ready returns {reason!r}; it must be None or a reason")
    if reason is None and (speaks := offer(name, "speaks")) is not None:
        fault = speaks(context, plain_voice(), "en")
        _must(fault is None or isinstance(fault, str), f"speaks returns {fault!r}; it must be None or a reason")
    schema = offer(name, "VOICE_SETTINGS")
    _must(schema is None or isinstance(schema, VoiceSettings), "VOICE_SETTINGS must be a VoiceSettings")
    for what, specs in (("OPTIONS", offer(name, "OPTIONS") or ()), ("VOICE_SETTINGS", schema.keys if schema else ())):
        _check_specs(what, specs)
    line_options = {field.name for field in fields(Options)}
    foreign = [spec.name for spec in offer(name, "OPTIONS") or () if spec.per_line and spec.name not in line_options]
    _must(not foreign, f"OPTIONS has {foreign} per line, which Options does not have")
    if reason is None and (outline := offer(name, "outline")) is not None:
        info = outline(context)
        _must(isinstance(info, EngineInfo) and info.name == name, f"outline must return an EngineInfo of {name}, not {info!r}")
    if reason is None and (voices := offer(name, "voices")) is not None:
        _check_voices(voices(context))


def _check_specs(what: str, specs: Iterable[OptionSpec]) -> None:
    names = []
    for spec in specs:
        _must(isinstance(spec, OptionSpec), f"{what} has {spec!r}, which is not an OptionSpec")
        _must(bool(spec.help), f"{what}: {spec.name} has no help")
        _must(spec.name == spec.name.strip().lower() and bool(spec.name), f"{what}: {spec.name!r} must be a word in lower case")
        chooses = spec.kind in (Kind.CHOICE, Kind.WEIGHTS)
        _must(chooses == bool(spec.choices), f"{what}: {spec.name} needs choices if it is a CHOICE or WEIGHTS, and only then")
        names.append(spec.name)
    _must(len(set(names)) == len(names), f"{what} names an option twice: {names}")


def _check_voices(voices: Iterable[Voice]) -> None:
    names = []
    for voice in voices:
        _must(isinstance(voice, Voice), f"voices returns {voice!r}, which is not a Voice")
        _must(bool(voice.name.strip()), "a voice has no name")
        _must(bool(voice.licence or voice.consent), f"the voice {voice.name} has neither a licence nor a consent")
        _must(DEFAULT_STYLE in voice.styles, f"the voice {voice.name} has no plain style")
        names.append(voice.name.casefold())
    _must(len(set(names)) == len(names), f"two voices have one name: {names}")


def plain_voice(name: str = "plain") -> Voice:
    """Return a voice without a clip or settings, for engines that need neither."""
    return Voice(name, None, "en", {DEFAULT_STYLE: Style(None)}, licence="CC0-1.0")


def make_utterance(text: str, language: str = "en", *, options: Options | None = None, seed: int = 1) -> Utterance:
    """Return an utterance like those of a plan, for an engine's own tests."""
    return Utterance(
        address="0" * 64,
        line_key="0" * 64,
        segment_key="0" * 64,
        speaker="Narrator",
        voice="plain",
        style=DEFAULT_STYLE,
        spans=(SpokenSpan(text, language),),
        text=text,
        options=options or Options(),
        seed=seed,
        attempt=0,
        gain_db=0.0,
        paragraph=0,
        estimate_seconds=len(text) / 15,
        source=Source("contract.md", 3, 1),
    )


# ---------------------------------------------------------------- rules


def info_is_whole(open_engine: OpenEngine, voice: Voice, language: str) -> None:
    """``info`` holds sensible values, the same for each instance, before and after speaking."""
    engine, other = open_engine(), open_engine()
    try:
        info = engine.info
        _must(isinstance(info, EngineInfo), f"info must be an EngineInfo, not {type(info).__name__}")
        _must(bool(info.name) and info.name == info.name.strip().lower(), f"name is {info.name!r}; it must be a word in lower case")
        _must(info.revision >= 1, f"revision is {info.revision}; it must be 1 or more")
        _must(bool(info.fingerprint), "fingerprint is empty; it must name all that the sound depends on")
        _must(8_000 <= info.sample_rate <= 192_000, f"sample_rate is {info.sample_rate}; it must be 8,000 to 192,000")
        _must(0 < info.window_seconds < math.inf, f"window_seconds is {info.window_seconds}; it must be the longest audio of a call")
        _must(info.realtime_factor > 0, f"realtime_factor is {info.realtime_factor}; it must be seconds of work per second of speech")
        unknown = info.options - {field.name for field in fields(Options)}
        _must(not unknown, f"options names {sorted(unknown)}, which Options does not have")
        odd = [tag for tag in info.languages or () if not (tag.isalpha() and tag.islower())]
        _must(not odd, f"languages has {odd}; it must hold primary subtags such as en")
        _must(info.best_characters is None or info.best_characters >= 1, f"best_characters is {info.best_characters}; it must be 1 or more")
        _must(info.worker_threads is None or info.worker_threads >= 1, f"worker_threads is {info.worker_threads}; it must be 1 or more")
        _must(other.info == info, "two instances have different infos")
        engine.speak(make_utterance(SHORT, language), voice)
        _must(engine.info == info, "info changes with speaking")
    finally:
        engine.close()
        other.close()


def audio_is_sound(open_engine: OpenEngine, voice: Voice, language: str) -> None:
    """``speak`` returns mono float32 at the sample rate of ``info``: finite, not silent, full scale at +-1."""
    engine = open_engine()
    try:
        audio = engine.speak(make_utterance(SHORT, language), voice)
        _must(isinstance(audio, Audio), f"speak must give an Audio, not {type(audio).__name__}")
        samples = audio.samples
        _must(samples.dtype == np.float32, f"samples are {samples.dtype}; they must be float32")
        _must(samples.ndim == 1, f"samples have the shape {samples.shape}; it must be (frames,)")
        _must(audio.sample_rate == engine.info.sample_rate, f"sample_rate is {audio.sample_rate}, and {engine.info.sample_rate} in info")
        _must(bool(np.isfinite(samples).all()), "samples contain NaN or infinity")
        peak = float(np.max(np.abs(samples), initial=0.0))
        _must(peak > SILENCE_PEAK, "the audio is silent")
        _must(peak <= LARGEST_PEAK, f"samples reach {peak:g}; full scale is 1")
    finally:
        engine.close()


def more_words_are_longer(open_engine: OpenEngine, voice: Voice, language: str) -> None:
    """A longer text takes longer, and is spoken in full if it fits the window."""
    engine = open_engine()
    try:
        short, long = (engine.speak(make_utterance(text, language), voice).seconds for text in (SHORT, LONG))
        _must(long > 1.5 * short, f"{len(LONG)} characters take {long:.2f} s and {len(SHORT)} take {short:.2f} s")
        if 5 * long < engine.info.window_seconds:
            longest = engine.speak(make_utterance(" ".join([LONG] * 4), language), voice).seconds
            _must(longest > 3 * long, f"a text four times as long takes {longest:.2f} s instead of about {4 * long:.2f} s")
    finally:
        engine.close()


def sound_is_a_function(open_engine: OpenEngine, voice: Voice, language: str) -> None:
    """An utterance gives the same samples whatever was spoken before and in every instance, unless ``info.repeatable`` is False."""
    first, second = open_engine(), open_engine()
    try:
        if not first.info.repeatable:
            return
        utterance = make_utterance(LONG, language, seed=7)
        once = _bytes(first, utterance, voice)
        first.speak(make_utterance(OTHER, language, seed=8), voice)
        _must(_bytes(first, utterance, voice) == once, "the same utterance sounds different after another one")
        second.speak(make_utterance(OTHER, language, seed=9), voice)
        _must(_bytes(second, utterance, voice) == once, "the same utterance sounds different in another instance")
    finally:
        first.close()
        second.close()


def samples_are_the_callers(open_engine: OpenEngine, voice: Voice, language: str) -> None:
    """Each call returns an array of its own, which the caller may change."""
    engine = open_engine()
    try:
        utterance = make_utterance(SHORT, language)
        kept = engine.speak(utterance, voice).samples
        before = kept.tobytes()
        again = engine.speak(utterance, voice).samples
        _must(kept.tobytes() == before and not np.shares_memory(kept, again), "two calls give the same array")
        _must(again.flags.writeable, "samples cannot be written to")
        again[:] = 0
        _must(
            not engine.info.repeatable or _bytes(engine, utterance, voice) == before, "changing the samples changes those of the next call"
        )
    finally:
        engine.close()


def position_is_not_heard(open_engine: OpenEngine, voice: Voice, language: str) -> None:
    """Only the spans, options, seed and style matter: equal lines share a take, wherever they are in a script."""
    engine = open_engine()
    try:
        if not engine.info.repeatable:
            return
        here = make_utterance(SHORT, language)
        there = replace(
            here,
            address="f" * 64,
            line_key="f" * 64,
            segment_key="f" * 64,
            speaker="Town",
            text="As a reader sees it.",
            attempt=3,
            gain_db=-6.0,
            paragraph=12,
            estimate_seconds=9.0,
            source=Source("elsewhere.md", 900, 2),
        )
        _must(_bytes(engine, here, voice) == _bytes(engine, there, voice), "the same words sound different at another place in the script")
    finally:
        engine.close()


def options_are_as_declared(open_engine: OpenEngine, voice: Voice, language: str) -> None:
    """Options that ``info.options`` does not name change nothing; ``speed``, if named, changes the length."""
    engine = open_engine()
    try:
        measured = {}
        refused = {name for name, _, _ in engine.info.unavailable}
        for name, values in OPTION_VALUES.items():
            if name == "seed" or name in refused:  # engines use ``Utterance.seed``, which is made from ``seed``
                continue
            low, high = (engine.speak(make_utterance(LONG, language, options=Options(**{name: value})), voice) for value in values)
            measured[name] = low, high
            same = not engine.info.repeatable or low.samples.tobytes() == high.samples.tobytes()
            _must(same or name in engine.info.options, f"{name} changes the sound, and info.options does not name it")
        if "speed" in engine.info.options:
            slow, fast = (audio.seconds for audio in measured["speed"])
            _must(slow > 1.2 * fast, f"at speed 0.8 it takes {slow:.2f} s, at 1.25 {fast:.2f} s")
    finally:
        engine.close()


def spans_are_spoken_in_order(open_engine: OpenEngine, voice: Voice, language: str) -> None:
    """Every span is spoken: two take longer than each alone."""
    engine = open_engine()
    try:
        spans = (SpokenSpan(SHORT + " ", language), SpokenSpan(OTHER, language))
        both = engine.speak(replace(make_utterance("", language), spans=spans), voice).seconds
        alone = [engine.speak(make_utterance(text, language), voice).seconds for text in (SHORT, OTHER)]
        _must(both > 1.2 * max(alone), f"two spans take {both:.2f} s, the longer one alone {max(alone):.2f} s")
    finally:
        engine.close()


def marks_are_words(open_engine: OpenEngine, voice: Voice, language: str) -> None:
    """If ``info.returns_marks``, the audio marks where the words of the spoken text begin, over all spans; else it has no marks.

    A mark is at the first letter of a word, or at a sign before it. Some words may share a mark with the word before.
    """
    engine = open_engine()
    try:
        two = (SpokenSpan(SHORT + " ", language), SpokenSpan(OTHER, language))
        for spans in ((SpokenSpan(LONG, language),), two):
            utterance = replace(make_utterance("As a reader sees it.", language), spans=spans)
            audio = engine.speak(utterance, voice)
            if not engine.info.returns_marks:
                _must(not audio.marks, "the audio has marks, and info.returns_marks is False")
                continue
            _check_marks(audio, utterance.spoken)
    finally:
        engine.close()


def failures_are_engine_errors(open_engine: OpenEngine, voice: Voice, language: str) -> None:
    """Text that cannot be spoken raises EngineError with its place in the script; the engine works on after it."""
    engine = open_engine()
    try:
        bad = [make_utterance(text, language) for text in ("", "...", "\x00\x01\u200b")]
        if engine.info.languages is not None:
            bad.append(make_utterance(SHORT, "qqq"))  # in the range that ISO 639 keeps for private use
        for utterance in bad:
            _fails_well(engine, utterance, voice)
        _must(engine.speak(make_utterance(SHORT, language), voice).seconds > 0, "the engine is silent after an error")
    finally:
        engine.close()


def close_may_be_called_twice(open_engine: OpenEngine, voice: Voice, language: str) -> None:
    """``close`` works twice, with and without having spoken."""
    for speaks in (False, True):
        engine = open_engine()
        if speaks:
            engine.speak(make_utterance(SHORT, language), voice)
        engine.close()
        engine.close()


RULES: tuple[Rule, ...] = (
    info_is_whole,
    audio_is_sound,
    more_words_are_longer,
    sound_is_a_function,
    samples_are_the_callers,
    position_is_not_heard,
    options_are_as_declared,
    spans_are_spoken_in_order,
    marks_are_words,
    failures_are_engine_errors,
    close_may_be_called_twice,
)


def _must(kept: bool, words: str) -> None:
    if not kept:
        raise ContractError(words)


def _check_marks(audio: Audio, spoken: str) -> None:
    words = [word.start() for word in re.finditer(r"\w+", spoken)]
    marked = []
    for mark in audio.marks:
        _must(0 <= mark.position < len(spoken), f"a mark is at character {mark.position} of {len(spoken)}")
        at = next((start for start in words if start >= mark.position), len(spoken))
        before = spoken[mark.position : at]
        _must(at < len(spoken) and not any(map(str.isspace, before)), f"a mark is at character {mark.position}, where no word begins")
        marked.append(at)
    _must(marked == sorted(set(marked)), "the marks are not in the order of the words")
    missing = f"{len(marked)} of {len(words)} words are marked; marks are needed for at least {LEAST_MARKED:.0%}"
    _must(len(marked) >= LEAST_MARKED * len(words), missing)
    _must(marked[0] == words[0], "the first word has no mark")
    frames = [mark.frame for mark in audio.marks]
    _must(frames == sorted(frames), "the words that are marked are not in the order of time")
    speech = find_speech(audio.samples, audio.sample_rate)
    late = (frames[0] - speech.start) / audio.sample_rate
    _must(abs(late) <= MOST_LATE_SECONDS, f"the first mark is {late:+.3f} s from the start of the speech")
    length = speech.end - speech.start
    expected = speech.start + marked[-1] / len(spoken) * length
    off = abs(frames[-1] - expected) / length
    _must(
        frames[-1] < speech.end and off <= MOST_OFF, f"the last mark is at {frames[-1] / audio.sample_rate:.2f} s of {audio.seconds:.2f} s"
    )


def _bytes(engine: Engine, utterance: Utterance, voice: Voice) -> bytes:
    return engine.speak(utterance, voice).samples.tobytes()


def _fails_well(engine: Engine, utterance: Utterance, voice: Voice) -> None:
    what = f"{utterance.spoken!r} in {utterance.spans[0].language}"
    try:
        audio = engine.speak(utterance, voice)
    except EngineError as error:
        _must(str(utterance.source) in str(error), f"the error for {what} does not name {utterance.source}: {error}")
    except VoiceoverError as error:
        raise ContractError(f"{what} raises {type(error).__name__}; it must be an EngineError") from error
    except Exception as error:
        raise ContractError(f"{what} raises {error!r}; it must be an EngineError") from error
    else:
        _must(utterance.spans[0].language != "qqq", "a language that is not in info.languages is spoken anyway")
        _must(bool(np.isfinite(audio.samples).all()), f"{what} gives samples that contain NaN or infinity")
