"""One model in one precision and preset, speaking every line."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voiceover.audio.files import PcmWriter
from voiceover.engines.contract import make_utterance
from voiceover.engines.f5.benchmark.checks import LineFinding, check, frames_of, measure, reference_lufs
from voiceover.engines.f5.benchmark.lines import ReportLine
from voiceover.engines.f5.benchmark.rates import MatrixRates, flops_of
from voiceover.engines.f5.benchmark.result import Comparison, ReportRun, SpokenLine
from voiceover.engines.f5.benchmark.upstream import Upstream
from voiceover.engines.f5.choices import PRESETS, Preset
from voiceover.engines.f5.engine import F5Engine
from voiceover.engines.f5.reference import Reference
from voiceover.engines.f5.weights.model import F5Model
from voiceover.errors import EngineError, VoiceoverError
from voiceover.types import Audio, Engine, EngineContext, Source, Utterance, Voice

REPEATED = 3
"""Index of the line that is spoken first, and again in its place: the samples must be the same whatever came between."""
COMPARED = 1
"""Index of the line that is compared with f5-tts."""
UPSTREAM_DOUBT = {"fp32": 1e-3, "quantized": 1e-2}
UPSTREAM_DOUBT_HALF = 5e-2
"""Relative norms of the difference from f5-tts that need an explanation, in float32 and in half precision."""


@dataclass(frozen=True, slots=True)
class RunSetup:
    """What all runs of a report share."""

    voice: Voice
    reference: Reference
    lines: Sequence[ReportLine]
    context: EngineContext
    make: Callable[[EngineContext], Engine]
    check_audio: Callable[[Audio, Utterance, int], Audio]
    """Checks audio as the recorder does, at a sample rate. Raises EngineError."""
    rates: MatrixRates
    folder: Path
    """Folder in which the report is written."""
    clean: Callable[[str], str]
    """Removes this machine's paths from a message."""
    upstream: Upstream | None
    not_compared: str
    """Reason why there is no ``upstream``."""
    on_line: Callable[[int, str], None]
    """Gets the number of finished lines of the run, and what comes next."""


def utterance_of(line: ReportLine, number: int) -> Utterance:
    """Return the line as an engine gets it; its number is its seed."""
    made = make_utterance(line.text, line.language, seed=number)
    return replace(made, source=Source("line", number, 1))


def speak_all(setup: RunSetup, precision: str, preset: str) -> ReportRun:
    """Speak every line and check it. If the machine or the model refuses, the run says so; nothing is raised."""
    options: Mapping[str, str] = {**setup.context.options, "precision": precision, "preset": preset, "any-language": "yes"}
    started = time.perf_counter()
    try:
        engine = setup.make(replace(setup.context, options=options))
    except VoiceoverError as error:
        return ReportRun(precision, preset, setup.clean(str(error)))
    try:
        setup.on_line(0, f"{precision}, {preset}: loading")
        again = utterance_of(setup.lines[REPEATED], REPEATED + 1)
        first: Audio | None = None
        try:
            first = engine.speak(again, setup.voice)
        except Exception as error:  # any error of the device; one that names the line concerns the line, not the machine
            if not str(error).startswith(str(again.source)):
                return ReportRun(precision, preset, setup.clean(_message(error)))
        loaded = time.perf_counter() - started
        spoken, repeated = _lines(setup, engine, PRESETS[preset], f"{precision}-{preset}")
        findings = []
        if first is not None and repeated is not None and first.samples.tobytes() != repeated.samples.tobytes():
            findings.append(LineFinding("not-the-same", f"line {REPEATED + 1}, spoken twice, gave different samples", fault=True))
        senseless = sum(any(found.code in ("noise", "tone") for found in one.findings) for one in spoken)
        if 2 * senseless > len(spoken):
            what = f"{senseless} of {len(spoken)} lines sound like noise or a tone: is it v0 or v1, is this its vocabulary?"
            findings.append(LineFinding("no-speech", what, fault=True))
        compared, why = _compared(setup, engine)
        limit = UPSTREAM_DOUBT.get(precision, UPSTREAM_DOUBT_HALF)
        if compared is not None and not compared.relative <= limit:
            message = f"its mel differs by {compared.relative:.2g} from that of f5-tts; at most {limit:g} is expected"
            findings.append(LineFinding("f5-tts", message))
        frames = sorted(one.frames for one in spoken)[len(spoken) // 2]
        rate = setup.rates.of(engine.info.fingerprint, precision, frames)
        return ReportRun(precision, preset, None, engine.info.fingerprint, loaded, spoken, rate, compared, why, tuple(findings))
    finally:
        engine.close()


def _lines(setup: RunSetup, engine: Engine, preset: Preset, name: str) -> tuple[tuple[SpokenLine, ...], Audio | None]:
    """Speak and check every line; return them and the audio of the repeated one."""
    folder = setup.folder / "audio" / name
    folder.mkdir(parents=True)
    spoken, repeated = [], None
    level = reference_lufs(setup.reference)
    for index, line in enumerate(setup.lines):
        setup.on_line(index, f"{name.replace('-', ', ', 1)}: line {index + 1}, {line.kind}")
        utterance = utterance_of(line, index + 1)
        frames, samples = frames_of(setup.reference, utterance.spoken, preset)
        started = time.perf_counter()
        try:
            audio = engine.speak(utterance, setup.voice)
            took = time.perf_counter() - started
            repeated = audio if index == REPEATED else repeated
            audio = setup.check_audio(audio, utterance, engine.info.sample_rate)
        except Exception as error:  # a line that fails must not cost the report of the others
            message = setup.clean(_message(error)).removeprefix(f"{utterance.source}: ")
            spoken.append(SpokenLine(index, (LineFinding("not-spoken", message, fault=True),), frames=frames))
            continue
        figures = measure(audio, line.text, level)
        path = folder / f"{index + 1:02}.flac"
        _write(path, audio)
        gflops = flops_of(setup.rates.config, preset, frames) / took / 1e9
        findings = check(audio, line.text, figures, setup.reference, samples)
        spoken.append(SpokenLine(index, findings, figures, path.relative_to(setup.folder).as_posix(), frames, took, gflops))
    return tuple(spoken), repeated


def _compared(setup: RunSetup, engine: Engine) -> tuple[Comparison | None, str]:
    """Compare the mel of one line with that of f5-tts; return the reason if that is impossible."""
    if setup.upstream is None:
        return None, setup.not_compared
    load: Callable[[], F5Engine] | None = getattr(engine, "loaded", None)
    if load is None:
        return None, "this engine does not show its mel"
    utterance = utterance_of(setup.lines[COMPARED], COMPARED + 1)
    setup.on_line(len(setup.lines), "comparing with f5-tts")
    try:
        line = load().prepare(utterance, setup.voice)
        ours = load().sampled(line, setup.upstream.noise(line, utterance.seed))
        theirs = setup.upstream.sampled(line, utterance.seed)
    except VoiceoverError as error:
        return None, setup.clean(str(error))
    speech = slice(len(line.reference.mel), None)
    apart = np.abs(ours[speech] - theirs[speech])
    relative = float(np.linalg.norm(apart) / np.linalg.norm(theirs[speech]))
    return Comparison(relative, float(apart.max())), ""


def open_upstream(model: F5Model, clean: Callable[[str], str]) -> tuple[Upstream | None, str]:
    """Return the package f5-tts with the model's weights, or None and the reason."""
    try:
        return Upstream(model.dit, model.architecture), ""
    except EngineError as error:
        return None, clean(str(error))


def _write(path: Path, audio: Audio) -> None:
    """Write a file that every browser plays, lowered as a whole if it exceeds full scale."""
    peak = float(np.abs(audio.samples).max())
    samples = audio.samples / np.float32(max(peak, 1.0))
    with PcmWriter(path, "flac", audio.sample_rate, 1) as file:
        file.write(samples[:, None])


def _message(error: Exception) -> str:
    return str(error) if isinstance(error, VoiceoverError) else f"{type(error).__name__}: {error}"
