"""F5-TTS: flow matching on mel spectrograms, in the voice of a reference clip.

choices       back ends, precisions and presets to choose from
text, reference, duration, mel, sampler, positions    shared by all back ends, in numpy
backend       interface of the networks; ``mlx`` and ``onnx`` implement it, with the sizes in ``configs``
choose        which back end and precision run a model on this machine
benchmark     its speed on this machine, and reports on models
weights       models in the store: layouts, checks, quantizing
engine        one utterance at a time, or several of one length; ``lazy_engine`` loads it on first use
opening       the model that it is to speak with

The functions below are what the engine offers (see ``voiceover.engines.registry``). They import the rest when they are called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voiceover.engines.f5.options import OPTIONS
from voiceover.engines.f5.weights.family import F5Family
from voiceover.types import Benchmark, Engine, EngineContext, EngineInfo, PreparedReport, ReportRequest

__all__ = ["MODEL_FAMILY", "OPTIONS", "bench", "diagnose", "make", "outline", "ready", "report", "runs_on", "settle"]

MODEL_FAMILY = F5Family()


def make(context: EngineContext) -> Engine:
    """Return the engine for the model named in ``context.options``, or for the user's default model.

    Raises ModelError if there is no such model, EngineOptionError for a back end, precision or preset that is unknown or not installed.
    """
    from voiceover.engines.f5.lazy_engine import LazyF5
    from voiceover.engines.f5.opening import open_model

    return LazyF5(open_model(context), context)


def ready(context: EngineContext) -> str | None:
    """Return why F5 cannot speak now, None if a model and something to run it on are installed."""
    from voiceover.engines.f5.opening import why_not_ready

    return why_not_ready(context)


def runs_on(context: EngineContext) -> str:
    """Return the back end, and why. Raises EngineOptionError for one that is not installed."""
    from voiceover.engines.f5.choose.runtime import choose_backend

    return choose_backend(context.options.get("backend", "auto"), context.cache_folder)[1]


def outline(context: EngineContext) -> EngineInfo:
    """Describe the model without choosing what runs it. Raises as ``make`` does, except for the back end."""
    from voiceover.engines.f5.lazy_engine import describe_model

    return describe_model(context)


def diagnose(context: EngineContext) -> Mapping[str, str]:
    """Return F5's part of ``doctor``: lines by name."""
    from voiceover.engines.f5.benchmark.diagnosis import describe

    return describe(context)


def settle(context: EngineContext, again: bool = False) -> str | None:
    """Test once per machine which precision preserves the speech of a model, or ``again``; return the result, None if none is needed.

    Raises ModelError for damaged weights, EngineError if there is not enough memory or disk space.
    """
    from voiceover.engines.f5.benchmark.diagnosis import settle_precision

    return settle_precision(context, again)


def bench(context: EngineContext, on_message: Callable[[str], None]) -> Benchmark:
    """Time one guided step, and this machine's matrix products of the same shapes. Raises as ``make`` does."""
    from voiceover.engines.f5.benchmark.bench import run_bench

    return run_bench(context, on_message)


def report(context: EngineContext, request: ReportRequest) -> PreparedReport:
    """Prepare the report on a model. Raises OutputError, ModelError, VoiceError and InputError."""
    from voiceover.engines.f5.benchmark.report import prepare_report

    return prepare_report(context, request)
