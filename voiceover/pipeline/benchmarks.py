"""Measurements that engines offer: benchmarks, and reports on models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from voiceover import engines, models, takes, voices
from voiceover.errors import EngineMissingError
from voiceover.pipeline.check import voice_folders
from voiceover.pipeline.context import engine_context, from_engines
from voiceover.pipeline.models import can_use, model_store
from voiceover.settings.layers import DEFAULT_VOICE
from voiceover.types import Benchmark, PreparedReport, ReportRequest, Voice


def run_benchmark(engine: str | None, options: Mapping[str, str], on_message: Callable[[str], None]) -> Benchmark:
    """Run the benchmark of an engine, or of the first one that has one.

    engine      name of the engine, None for the first with a benchmark
    options     options of the engine, and those of its benchmark
    on_message  gets remarks before and during the measurement

    Raises EngineMissingError if the engine is not installed or has no benchmark, and whatever the engine raises.
    """
    name = engine or next((name for name, _ in engines.offers("bench")), None)
    if name is None:
        raise EngineMissingError("no installed engine has a benchmark")
    bench = engines.offer(name, "bench")
    if bench is None:
        known = ", ".join(other for other, _ in engines.offers("bench"))
        raise EngineMissingError(f"the engine {name} has no benchmark; engines with one: {known or 'none'}")
    result: Benchmark = bench(engines.context_of(name, engine_context(None, options=options)), on_message)
    return result


def prepare_report(
    model: str,
    folder: Path,
    *,
    voice: str | None = None,
    options: Mapping[str, str] | None = None,
    variants: Mapping[str, Sequence[str]] | None = None,
) -> PreparedReport:
    """Prepare the report on an installed model by the engine that speaks it, before anything is spoken.

    model     name of the model
    folder    folder of the report, new or empty
    voice     name of the voice that speaks, None for the default one
    options   options of the engine
    variants  values to try per option, all of them for an option that is missing or empty

    Raises ModelError, VoiceError, InputError and OutputError for what cannot be found or written, EngineMissingError if no engine offers
    reports.
    """
    reports = dict(engines.offers("report"))
    if not reports:
        raise EngineMissingError("no installed engine reports on models")
    store = model_store()
    record = models.find(store, model)
    name = next((name for name in reports if can_use(name, record.name)), None)
    if name is None:
        raise EngineMissingError(f"no installed engine reports on models like {record.name}")
    context = engines.context_of(name, engine_context(None, model, options))
    request = ReportRequest(
        record=record,
        folder=folder,
        load_voice=_load_voice,
        is_shipped=_is_shipped,
        check_audio=takes.checked_audio,
        private_folders=(store.folder,),
        voice=voice,
        variants=variants or {},
    )
    prepared: PreparedReport = reports[name](context, request)
    return prepared


def _load_voice(name: str | None) -> Voice:
    return voices.load_voice(name or DEFAULT_VOICE, voice_folders(Path("here.md")), from_engines())


def _is_shipped(voice: Voice) -> bool:
    return voice.folder is not None and voice.folder.resolve().parent == voices.shipped_folder().resolve()
