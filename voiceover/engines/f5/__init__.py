"""F5-TTS: flow matching on mel spectrograms, in the voice of a reference clip.

choices       back ends, precisions, solvers and presets to choose from
text, reference, duration, mel, sampler, positions    shared by all back ends, in numpy
backend       interface of the networks; ``mlx`` and ``onnx`` implement it, with the sizes in ``configs``
choose        which back end and precision run a model on this machine
engine        one utterance at a time, or several of one length; ``lazy_engine`` loads it on first use

The functions below are what the engine offers (see ``voiceover.engines.registry``). They import the rest when they are called.
"""

from __future__ import annotations

from voiceover.types import Engine, EngineContext, EngineInfo


def make(context: EngineContext) -> Engine:
    """Return the engine for the model named in ``context.options``, or for the user's default model.

    Raises ModelError if there is no such model, EngineOptionError for a back end, precision or preset that is unknown or not installed.
    """
    from voiceover.engines.f5.lazy_engine import LazyF5, open_model

    return LazyF5(open_model(context), context)


def ready(context: EngineContext) -> str | None:
    """Return why F5 cannot speak now, None if a model and something to run it on are installed."""
    from voiceover.engines.f5.lazy_engine import why_not_ready

    return why_not_ready(context)


def runs_on(context: EngineContext) -> str:
    """Return the back end, and why. Raises EngineOptionError for one that is not installed."""
    from voiceover.engines.f5.choose.runtime import choose_backend

    return choose_backend(context.options.get("backend", "auto"), context.cache_folder)[1]


def outline(context: EngineContext) -> EngineInfo:
    """Describe the model without choosing what runs it. Raises as ``make`` does, except for the back end."""
    from voiceover.engines.f5.lazy_engine import describe_model

    return describe_model(context)
