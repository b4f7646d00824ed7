"""The report on a model: every line in each precision and preset, written to a folder completely or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from voiceover.audio.files import read_clip
from voiceover.engines.f5.benchmark.checks import frames_of
from voiceover.engines.f5.benchmark.lines import ReportLine, lines_for
from voiceover.engines.f5.benchmark.machine import describe_machine, without_paths
from voiceover.engines.f5.benchmark.page import as_page
from voiceover.engines.f5.benchmark.rates import MatrixRates
from voiceover.engines.f5.benchmark.result import FileResult, ReportResult, ReportRun, as_json, summary
from voiceover.engines.f5.benchmark.runs import RunSetup, open_upstream, speak_all
from voiceover.engines.f5.choices import AS_STORED, AUTO, PRESETS
from voiceover.engines.f5.choose.precision import check_quantized, quantization
from voiceover.engines.f5.choose.runtime import choose_backend, precisions_of
from voiceover.engines.f5.configs import DiTConfig
from voiceover.engines.f5.lazy_engine import LazyF5
from voiceover.engines.f5.mel import FRAME_RATE, SAMPLE_RATE
from voiceover.engines.f5.opening import open_model
from voiceover.engines.f5.reference import Reference, prepare_reference
from voiceover.engines.f5.weights.model import F5Model
from voiceover.errors import InputError, ModelError, OutputError, VoiceError
from voiceover.system.files import make_folder, os_errors_as, staging_folder, sync_file, sync_folder, write_whole
from voiceover.types import DEFAULT_STYLE, CheckedFile, Engine, EngineContext, OnProgress, Progress, ReportRequest, Voice
from voiceover.types.models import ModelRecord

PAGE = "report.html"
DATA = "report.json"
STAGE = "trial"
BYTES_PER_SECOND = 48_000
"""Size of a second of audio: 16 bits at 24 kHz, before compression."""
PAGE_BYTES = 2_000_000


def prepare_report(context: EngineContext, request: ReportRequest) -> F5Report:
    """Check everything that can be checked before anything is spoken.

    Raises OutputError for a folder that cannot hold the report and for a disk that is too full, ModelError, VoiceError and InputError for
    a model, voice, precision or preset that does not exist.
    """
    check_folder(request.folder)
    known = precisions_of(choose_backend(context.options.get("backend", AUTO), context.cache_folder)[0])
    precisions, presets = tuple(request.variants.get("precision", ())), tuple(request.variants.get("preset", ())) or tuple(PRESETS)
    _check_known("precision", precisions, tuple(dict.fromkeys((*known, AS_STORED))))
    _check_known("preset", presets, tuple(PRESETS))
    record = request.record
    if record.architecture is None:
        raise ModelError(f"{record.name} is a vocoder, or its record does not say v0 or v1: it cannot speak")
    if AS_STORED in precisions:
        with suppress(ModelError):  # the report of a model that cannot be opened says so
            check_quantized(open_model(context))
    precisions = precisions or known
    voice = request.load_voice(request.voice)
    clip = voice.styles[DEFAULT_STYLE].clip
    if clip is None:
        raise VoiceError(f"{voice.name} has no clip, and F5 speaks in the voice of one; take another --voice")
    reference = prepare_reference(read_clip(clip), clip.text, str(clip.path))
    lines, remarks = lines_for(record.languages)
    if voice.synthetic:
        remarks = (*remarks, "the voice is synthetic: use --voice with a person's voice to hear how good the model can sound")
    audio_seconds = sum(frames_of(reference, line.text, PRESETS["base"])[0] / FRAME_RATE for line in lines) * len(presets) * len(precisions)
    check_space(request.folder, round(audio_seconds * BYTES_PER_SECOND) + PAGE_BYTES)
    return F5Report(context, request, record, precisions, presets, voice, reference, lines, remarks)


@dataclass(frozen=True, slots=True)
class F5Report:
    """A ``PreparedReport``."""

    context: EngineContext
    request: ReportRequest
    record: ModelRecord
    precisions: tuple[str, ...]
    presets: tuple[str, ...]
    voice: Voice
    reference: Reference
    lines: tuple[ReportLine, ...]
    remarks: tuple[str, ...]

    def write(self, files: Sequence[CheckedFile], on_progress: OnProgress, on_message: Callable[[str], None]) -> bool:
        """See ``PreparedReport.write``."""
        folder = self.request.folder
        for remark in self.remarks:
            on_message(remark)
        with staging_folder(folder.absolute().parent, folder.absolute().name) as staged:
            model, runs = self._runs(staged, on_progress, on_message)
            result = ReportResult(
                describe_machine(),
                _model_fields(self.record, model),
                _voice_fields(self.voice, self.reference, self.request.is_shipped(self.voice)),
                self.lines,
                self.remarks,
                tuple(FileResult(self._clean(file.what), None if file.fault is None else self._clean(file.fault)) for file in files),
                runs,
            )
            total = len(self._pairs) * len(self.lines)
            on_progress(Progress(STAGE, total, total, "writing the report"))
            write_whole(staged / DATA, as_json(result), "write the report")
            write_whole(staged / PAGE, as_page(result).encode(), "write the report")
            for path in sorted(staged.rglob("*.flac")):
                sync_file(path)
            staged.replace(folder)
            sync_folder(folder.absolute().parent)
        return result.passed

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        return [(precision, preset) for precision in self.precisions for preset in self.presets]

    def _clean(self, text: str) -> str:
        """Remove the paths of this machine from a message."""
        request = self.request
        folders = (*request.private_folders, self.context.cache_folder, self.voice.folder, request.folder.absolute())
        return without_paths(text, [folder for folder in folders if folder is not None])

    def _runs(
        self, staged: Path, on_progress: OnProgress, on_message: Callable[[str], None]
    ) -> tuple[F5Model | None, tuple[ReportRun, ...]]:
        """Return the model and all runs; if it cannot be opened, None and runs that say so."""
        try:
            model = open_model(self.context)
            rates = MatrixRates(DiTConfig.from_weights(model.dit, model.architecture))
        except ModelError as error:
            return None, tuple(ReportRun(precision, preset, self._clean(str(error))) for precision, preset in self._pairs)
        upstream, why = open_upstream(model, self._clean)
        setup = RunSetup(
            voice=self.voice,
            reference=self.reference,
            lines=self.lines,
            context=self.context,
            make=_make,
            check_audio=self.request.check_audio,
            rates=rates,
            folder=staged,
            clean=self._clean,
            upstream=upstream,
            not_compared=why,
            on_line=lambda done, what: None,
        )
        runs = []
        total = len(self._pairs) * len(self.lines)
        for index, (precision, preset) in enumerate(self._pairs):
            on_line = partial(_report_progress, on_progress, index * len(self.lines), total)
            runs.append(speak_all(replace(setup, on_line=on_line), precision, preset))
            on_message(summary(runs[-1]))
        return model, tuple(runs)


def check_folder(folder: Path) -> None:
    """Raise OutputError unless ``folder`` is new or empty and its parent can be written: speaking takes too long to find out later."""
    with os_errors_as(OutputError, "put a report there", folder):
        if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
            raise OutputError(f"{folder}: there is something of that name already; name a new folder for the report")
        if folder.exists() and folder.stat().st_dev != folder.absolute().parent.stat().st_dev:
            raise OutputError(f"{folder}: this is the root of a disk; name a folder in it")
    parents = [parent for parent in folder.absolute().parents if not parent.exists()]
    make_folder(folder.absolute().parent, "put a report there")
    for parent in parents:  # a check leaves nothing behind
        parent.rmdir()


def check_space(folder: Path, needed: int) -> None:
    """Raise OutputError if the disk of ``folder`` lacks ``needed`` bytes."""
    existing = next(parent for parent in folder.absolute().parents if parent.exists())
    with os_errors_as(OutputError, "look at the disk", folder):
        free = shutil.disk_usage(existing).free
    if free < needed:
        raise OutputError(f"{folder}: the report may take {needed / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free; try fewer --precision")


def _check_known(what: str, names: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f'there is no {what} "{unknown[0]}" to try; there are {", ".join(known)}')


def _make(context: EngineContext) -> Engine:
    return LazyF5(open_model(context), context)


def _report_progress(on_progress: OnProgress, before: int, total: int, done: int, what: str) -> None:
    on_progress(Progress(STAGE, before + done, total, what))


def _model_fields(record: ModelRecord, model: F5Model | None) -> dict[str, object]:
    """Return the facts of a model, without the folder that it came from."""
    stored = quantization(model) if model is not None else None
    return {
        "name": record.name,
        "digest": record.digest if model is None else model.digest,
        "architecture": record.architecture,
        "licence": record.licence,
        "layout": record.layout,
        "preset": record.preset,
        "languages": None if record.languages is None else sorted(record.languages),
        "bytes": record.bytes,
        "bits": stored[0] if stored else None,
        "group_size": stored[1] if stored else None,
        "vocoder": record.vocoder,
        "duration_predictor": "duration" in record.parts,
    }


def _voice_fields(voice: Voice, reference: Reference, shipped: bool) -> dict[str, object]:
    """Return the facts of a voice; only shipped voices are named, because others belong to people."""
    return {
        "name": voice.name if shipped else "a voice of one's own",
        "language": voice.language,
        "synthetic": voice.synthetic,
        "reference_seconds": len(reference.samples) / SAMPLE_RATE,
        "reference_gain": reference.gain,
    }
