"""One model in one precision and preset, speaking every line."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voiceover import engines
from voiceover.audio.files import PcmWriter
from voiceover.engines.contract import make_utterance
from voiceover.engines.f5.choices import PRESETS, Preset
from voiceover.engines.f5.configs import Architecture
from voiceover.engines.f5.engine import F5Engine
from voiceover.engines.f5.reference import Reference
from voiceover.engines.f5.upstream import Upstream
from voiceover.errors import EngineError, VoiceoverError
from voiceover.pipeline.trial.checks import Finding, check, frames_of, measure, reference_lufs
from voiceover.pipeline.trial.lines import Line
from voiceover.pipeline.trial.rates import Rates, flops_of
from voiceover.pipeline.trial.result import Compared, Run, Spoken
from voiceover.takes.check import checked_audio
from voiceover.tensors.named import InstalledModel
from voiceover.types import Audio, Engine, EngineContext, Source, Utterance, Voice

AGAIN = 3
"""The line that is spoken first and once more in its place: it must be the same samples whatever came between."""
COMPARED = 1
"""The line that is compared with f5-tts."""
UPSTREAM_DOUBT = {"fp32": 1e-3, "quantized": 1e-2}
UPSTREAM_DOUBT_HALF = 5e-2
"""Relative norms of the difference from f5-tts that ask for an explanation, in float32 and in half precision."""
ENGINE = "f5"


@dataclass(frozen=True, slots=True)
class Setting:
    """What all runs share."""

    model: InstalledModel
    voice: Voice
    reference: Reference
    lines: Sequence[Line]
    context: EngineContext
    rates: Rates
    folder: Path
    """Where the report is being put together."""
    clean: Callable[[str], str]
    """Takes this machine's paths out of a message."""
    upstream: Upstream | None
    not_compared: str
    on_line: Callable[[int, str], None]
    """Told how many lines of the run are done, and what comes now."""


def utterance_of(line: Line, number: int) -> Utterance:
    """The line as an engine is given it; its number is its seed."""
    made = make_utterance(line.text, line.language, seed=number)
    return replace(made, source=Source("line", number, 1))


def speak_all(setting: Setting, precision: str, preset: str) -> Run:
    """Speak every line and check it. What the machine or the model refuses is said in the run, not raised."""
    options: Mapping[str, str] = {**setting.context.options, "precision": precision, "preset": preset, "any-language": "yes"}
    started = time.perf_counter()
    try:
        engine = engines.open_engine(ENGINE, replace(setting.context, options=options))
    except VoiceoverError as error:
        return Run(precision, preset, setting.clean(str(error)))
    try:
        setting.on_line(0, f"{precision}, {preset}: loading")
        again = utterance_of(setting.lines[AGAIN], AGAIN + 1)
        first: Audio | None = None
        try:
            first = engine.speak(again, setting.voice)
        except Exception as error:  # back ends raise whatever their device says; with a place it is the line's, without the machine's
            if not str(error).startswith(str(again.source)):
                return Run(precision, preset, setting.clean(_words(error)))
        loaded = time.perf_counter() - started
        spoken, repeated = _lines(setting, engine, PRESETS[preset], f"{precision}-{preset}")
        findings = []
        if first is not None and repeated is not None and first.samples.tobytes() != repeated.samples.tobytes():
            findings.append(Finding("not-the-same", f"line {AGAIN + 1}, spoken twice, gave other samples", fault=True))
        senseless = sum(any(found.code in ("noise", "tone") for found in one.findings) for one in spoken)
        if 2 * senseless > len(spoken):
            what = f"{senseless} of {len(spoken)} lines sound like noise or a tone: is it v0 or v1, is this its vocabulary?"
            findings.append(Finding("no-speech", what, fault=True))
        compared, why = _compared(setting, engine)
        limit = UPSTREAM_DOUBT.get(precision, UPSTREAM_DOUBT_HALF)
        if compared is not None and not compared.relative <= limit:
            findings.append(Finding("f5-tts", f"its mel is {compared.relative:.2g} from that of f5-tts, where {limit:g} is the most"))
        frames = sorted(one.frames for one in spoken)[len(spoken) // 2]
        rate = setting.rates.of(engine.info.fingerprint, precision, frames)
        return Run(precision, preset, None, engine.info.fingerprint, loaded, spoken, rate, compared, why, tuple(findings))
    finally:
        engine.close()


def _lines(setting: Setting, engine: Engine, preset: Preset, name: str) -> tuple[tuple[Spoken, ...], Audio | None]:
    """Every line, and the audio of the one that was spoken before."""
    home = setting.folder / "audio" / name
    home.mkdir(parents=True)
    spoken, repeated = [], None
    level = reference_lufs(setting.reference)
    for index, line in enumerate(setting.lines):
        setting.on_line(index, f"{name.replace('-', ', ', 1)}: line {index + 1}, {line.kind}")
        utterance = utterance_of(line, index + 1)
        frames, samples = frames_of(setting.reference, utterance.spoken, preset)
        started = time.perf_counter()
        try:
            audio = engine.speak(utterance, setting.voice)
            took = time.perf_counter() - started
            repeated = audio if index == AGAIN else repeated
            audio = checked_audio(audio, utterance, engine.info.sample_rate)
        except Exception as error:  # a line that fails must not cost the report of the others
            words = setting.clean(_words(error)).removeprefix(f"{utterance.source}: ")
            spoken.append(Spoken(index, (Finding("not-spoken", words, fault=True),), frames=frames))
            continue
        figures = measure(audio, line.text, level)
        path = home / f"{index + 1:02}.flac"
        _write(path, audio)
        gflops = flops_of(setting.rates.config, preset, frames) / took / 1e9
        findings = check(audio, figures, setting.reference, samples)
        spoken.append(Spoken(index, findings, figures, path.relative_to(setting.folder).as_posix(), frames, took, gflops))
    return tuple(spoken), repeated


def _compared(setting: Setting, engine: Engine) -> tuple[Compared | None, str]:
    if setting.upstream is None:
        return None, setting.not_compared
    load: Callable[[], F5Engine] | None = getattr(engine, "loaded", None)
    if load is None:
        return None, "this engine does not show its mel"
    utterance = utterance_of(setting.lines[COMPARED], COMPARED + 1)
    setting.on_line(len(setting.lines), "comparing with f5-tts")
    try:
        asked = load().asked(utterance, setting.voice)
        ours = load().sampled(asked, setting.upstream.noise(asked, utterance.seed))
        theirs = setting.upstream.sampled(asked, utterance.seed)
    except VoiceoverError as error:
        return None, setting.clean(str(error))
    speech = slice(len(asked.reference.mel), None)
    apart = np.abs(ours[speech] - theirs[speech])
    relative = float(np.linalg.norm(apart) / np.linalg.norm(theirs[speech]))
    return Compared(relative, float(apart.max())), ""


def open_upstream(model: InstalledModel, clean: Callable[[str], str]) -> tuple[Upstream | None, str]:
    """The package f5-tts with the model's weights, or why not."""
    try:
        return Upstream(model.dit, Architecture(model.architecture)), ""
    except EngineError as error:
        return None, clean(str(error))


def _write(path: Path, audio: Audio) -> None:
    """A file that every browser plays; what is over full scale is lowered as a whole."""
    peak = float(np.abs(audio.samples).max())
    samples = audio.samples / np.float32(max(peak, 1.0))
    with PcmWriter(path, "flac", audio.sample_rate, 1) as file:
        file.write(samples[:, None])


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, VoiceoverError) else f"{type(error).__name__}: {error}"
