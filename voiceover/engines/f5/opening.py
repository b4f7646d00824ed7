"""The model that a context names, and whether F5 can speak with it. Light: every command asks when no engine is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from voiceover.engines.f5.choices import NAME
from voiceover.errors import ModelError, VoiceoverError
from voiceover.types import EngineContext

if TYPE_CHECKING:
    from voiceover.engines.f5.weights.model import F5Model

_opened: WeakKeyDictionary[Callable[..., F5Model], dict[str | None, F5Model]] = WeakKeyDictionary()
"""Models by the ``open_model`` of the context that opened them: each render makes a new one."""


def why_not_ready(context: EngineContext) -> str | None:
    """Return why F5 cannot speak now, None if a model and something to run it on are installed."""
    try:
        open_model(context)
    except VoiceoverError as error:
        return str(error)
    from voiceover.engines.f5.choose.runtime import NOTHING_INSTALLED, installed_backends

    return None if installed_backends() else NOTHING_INSTALLED


def open_model(context: EngineContext) -> F5Model:
    """Open the model that the context names, once per render: a model is asked for when it is chosen, described and loaded.

    Raises ModelError if there is no such model, or it is incomplete.
    """
    if context.open_model is None:
        raise ModelError("this engine has no access to models")
    try:
        models = _opened.setdefault(context.open_model, {})
    except TypeError:  # a callable without weak references
        models = {}
    name = context.options.get("model")
    if name not in models:
        models[name] = context.open_model(name, NAME)
    return models[name]
