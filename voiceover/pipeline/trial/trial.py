"""A trial of a model: what is asked for, run by run, and the report in its folder, there whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from voiceover import models, voices
from voiceover.audio.files import read_clip
from voiceover.engines.f5.choices import PRESETS
from voiceover.engines.f5.choose.precision import check_quantized, quantization
from voiceover.engines.f5.choose.runtime import choose_backend, precisions_of
from voiceover.engines.f5.configs import Architecture, DiTConfig
from voiceover.engines.f5.mel import FRAME_RATE, SAMPLE_RATE
from voiceover.engines.f5.reference import Reference, prepare_reference
from voiceover.errors import InputError, ModelError, VoiceError
from voiceover.pipeline.check import voice_folders
from voiceover.pipeline.context import engine_context
from voiceover.pipeline.trial.checks import frames_of
from voiceover.pipeline.trial.lines import Line, lines_for
from voiceover.pipeline.trial.machine import machine, without_places
from voiceover.pipeline.trial.page import as_page
from voiceover.pipeline.trial.place import check_place, check_space
from voiceover.pipeline.trial.rates import Rates
from voiceover.pipeline.trial.report import as_json
from voiceover.pipeline.trial.result import Result, Run, summary
from voiceover.pipeline.trial.runs import ENGINE, Setting, open_upstream, speak_all
from voiceover.system import folders
from voiceover.system.files import staging_folder, sync_file, sync_folder, write_whole
from voiceover.tensors.named import InstalledModel
from voiceover.types import DEFAULT_STYLE, OnProgress, Progress, Voice

VOICE = "ada"
PAGE = "report.html"
DATA = "report.json"
STAGE = "trial"
AS_STORED = "quantized"
"""Every back end takes it for what the model is stored in."""
BYTES_A_SECOND = 48_000
"""Of audio: what 16 bits at 24 kHz take before they are packed."""
PAGE_BYTES = 2_000_000


def tried_precisions(backend: str = "auto", cache_folder: Path | None = None) -> tuple[str, ...]:
    """Every precision of the back end that would speak here. Raises EngineOptionError where that is not installed."""
    chosen, _ = choose_backend(backend, engine_context(cache_folder).cache_folder / ENGINE)
    return precisions_of(chosen)


@dataclass(frozen=True, slots=True)
class Trial:
    """What is to be tried."""

    name: str
    """Of an installed model."""
    folder: Path
    """Where the report will stand: a new folder, or an empty one."""
    voice: str = VOICE
    precisions: Sequence[str] = ()
    """All of the back end where none is named."""
    presets: Sequence[str] = tuple(PRESETS)
    options: Mapping[str, str] = field(default_factory=dict)
    """Further ``EngineContext.options``."""
    cache_folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """A trial whose every part was found and whose report can be written."""

    trial: Trial
    record: models.Record
    voice: Voice
    reference: Reference
    lines: tuple[Line, ...]
    remarks: tuple[str, ...]


def prepare(trial: Trial) -> Ready:
    """Look at everything that can be looked at before anything is spoken.

    Raises OutputError for a folder that cannot be the report's and for a disk that is too full, ModelError, VoiceError and InputError for
    a model, voice, precision or preset that is not there.
    """
    check_place(trial.folder)
    precisions = tried_precisions(trial.options.get("backend", "auto"), trial.cache_folder)
    for given, known, what in (
        (trial.precisions, dict.fromkeys((*precisions, AS_STORED)), "precision"),
        (trial.presets, tuple(PRESETS), "preset"),
    ):
        unknown = [name for name in given if name not in known]
        if unknown:
            raise InputError(f'there is no {what} "{unknown[0]}" to try; there are {", ".join(known)}')
    record = models.find(folders.data_folder(), trial.name)
    if record.architecture is None:
        raise ModelError(f"{record.name} is a vocoder, or its record does not say v0 or v1: nothing to speak with")
    if AS_STORED in trial.precisions:
        with suppress(ModelError):  # a model that cannot be opened has a report that says so
            check_quantized(models.open_model(folders.data_folder(), record.name))
    trial = replace(trial, precisions=trial.precisions or precisions)
    voice = voices.load_voice(trial.voice, voice_folders(Path("here.md")))
    clip = voice.styles[DEFAULT_STYLE].clip
    if clip is None:
        raise VoiceError(f"{voice.name} has no clip, and F5 speaks after one; take another --voice, such as {VOICE}")
    reference = prepare_reference(read_clip(clip), clip.text, str(clip.path))
    lines, remarks = lines_for(record.languages)
    if voice.synthetic:
        remarks = (*remarks, "the voice is a machine's: how good the model can sound is heard with a person's, by --voice")
    seconds = (
        sum(frames_of(reference, line.text, PRESETS["base"])[0] / FRAME_RATE for line in lines) * len(trial.presets) * len(trial.precisions)
    )
    check_space(trial.folder, round(seconds * BYTES_A_SECOND) + PAGE_BYTES)
    return Ready(trial, record, voice, reference, lines, remarks)


def run_trial(ready: Ready, files: Sequence[models.Finding], on_progress: OnProgress, tell: Callable[[str], None]) -> Result:
    """Speak and check every line at each precision and preset, and write the report; ``tell`` hears a line about each run.

    Nothing is left where it is stopped. Raises OutputError where the report cannot be written.
    """
    trial = ready.trial
    context = engine_context(trial.cache_folder, ready.record.name, trial.options)
    context = replace(context, cache_folder=context.cache_folder / ENGINE)
    private = (folders.data_folder(), context.cache_folder, ready.voice.folder, trial.folder.absolute())

    def clean(text: str) -> str:
        return without_places(text, private)

    told = tuple(models.Finding(clean(found.what), None if found.fault is None else clean(found.fault)) for found in files)
    for remark in ready.remarks:
        tell(remark)
    pairs = [(precision, preset) for precision in trial.precisions for preset in trial.presets]
    total = len(pairs) * len(ready.lines)
    with staging_folder(trial.folder.absolute().parent, trial.folder.absolute().name) as staged:
        runs: list[Run] = []
        model: InstalledModel | None = None
        try:
            opened = models.open_model(folders.data_folder(), ready.record.name)
            rates = Rates(DiTConfig.from_weights(opened.dit, Architecture(opened.architecture)))
        except ModelError as error:
            runs += [Run(precision, preset, clean(str(error))) for precision, preset in pairs]
        else:
            model = opened
            upstream, why = open_upstream(opened, clean)
            for index, (precision, preset) in enumerate(pairs):
                watch = partial(_watch, on_progress, index * len(ready.lines), total)
                setting = Setting(opened, ready.voice, ready.reference, ready.lines, context, rates, staged, clean, upstream, why, watch)
                runs.append(speak_all(setting, precision, preset))
                tell(summary(runs[-1]))
        on_progress(Progress(STAGE, total, total, "writing the report"))
        result = Result(machine(), _model_fields(ready.record, model), _voice_fields(ready), ready.lines, ready.remarks, told, tuple(runs))
        write_whole(staged / DATA, as_json(result), "write the report")
        write_whole(staged / PAGE, as_page(result).encode(), "write the report")
        for path in sorted(staged.rglob("*.flac")):
            sync_file(path)
        staged.replace(trial.folder)
        sync_folder(trial.folder.absolute().parent)
    return result


def _watch(on_progress: OnProgress, before: int, total: int, done: int, what: str) -> None:
    on_progress(Progress(STAGE, before + done, total, what))


def _model_fields(record: models.Record, model: InstalledModel | None) -> dict[str, object]:
    """What may be told of a model: not the folder that it came from."""
    stored = quantization(model) if model is not None else None
    return {
        "name": record.name,
        "digest": record.digest if model is None else model.digest,
        "architecture": record.architecture,
        "licence": record.licence,
        "layout": record.layout,
        "preset": record.preset,
        "languages": None if record.languages is None else list(record.languages),
        "bytes": record.bytes,
        "bits": stored[0] if stored else None,
        "group_size": stored[1] if stored else None,
        "vocoder": record.vocoder,
        "duration_predictor": "duration" in record.parts,
    }


def _voice_fields(ready: Ready) -> dict[str, object]:
    """What may be told of a voice: the name of a shipped one only, since others are people's."""
    voice, reference = ready.voice, ready.reference
    shipped = voice.folder.resolve().parent == voices.shipped_folder().resolve()
    return {
        "name": voice.name if shipped else "a voice of one's own",
        "language": voice.language,
        "synthetic": voice.synthetic,
        "reference_seconds": len(reference.samples) / SAMPLE_RATE,
        "reference_gain": reference.gain,
    }
