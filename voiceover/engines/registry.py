"""Installed engines by name, from the entry-point group ``voiceover.engines``, and what each of them offers.

An entry point ``NAME = "module:make"`` names a function ``make(context: EngineContext) -> Engine``. The same module may offer more;
``offer`` fetches it. Everything is optional:

    ready(context)      reason why the engine cannot speak now, or None; an engine without it is never chosen by ``auto``
    outline(context)    EngineInfo without loading anything; backend and precision may be missing from its fingerprint
    runs_on(context)    a few words on what it runs on, shown to the user
    speaks(context, voice, language)    reason why it cannot speak a voice in a language, or None; asked if it is ready
    voices(context)     voices that come with the engine
    how_to_get(context, name)       what to do for a voice that is not there yet, as the end of a sentence; None for a name it does not know
    fit_voice(context, voice)       the voice as the engine will speak it, with a remark: a ``FittedVoice``; or VoiceError
    VOICE_SETTINGS      schema of its section in voice.yaml
    OPTIONS             options of the engine, from flags and ``--engine-option``
    MODEL_FAMILY        how its models are recognised, checked and described
    diagnose(context)   its part of ``voiceover doctor``
    settle(context, again)          what it measures once per machine and model, or again; returns the result in one line, or None
    bench(context, on_message)      its benchmark, a ``Benchmark``
    report(context, request)        its report on a model for ``models verify --report``: a ``PreparedReport`` for a ``ReportRequest``

``docs/engines.md`` describes each of them.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from typing import Any, Literal, TypeAlias, cast

from voiceover.errors import EngineMissingError, VoiceoverError
from voiceover.settings.values import suggest
from voiceover.system.installed import EntryPoint, entry_points
from voiceover.types import Engine, EngineContext, Voice

GROUP = "voiceover.engines"
AUTO = "auto"
STAND_IN = "draft"
"""The engine that ``auto`` falls back to."""

Make = Callable[[EngineContext], Engine]
OfferName: TypeAlias = Literal[
    "ready",
    "speaks",
    "outline",
    "runs_on",
    "voices",
    "how_to_get",
    "fit_voice",
    "VOICE_SETTINGS",
    "OPTIONS",
    "MODEL_FAMILY",
    "diagnose",
    "settle",
    "bench",
    "report",
]
"""What the module of an entry point may hold beside ``make``."""

logger = logging.getLogger(__name__)


def engine_names() -> tuple[str, ...]:
    """Return the names of the installed engines: voiceover's own first, then all others, both in alphabetical order."""
    return tuple(_entry_points())


def own_engines() -> tuple[str, ...]:
    """Return the names of the engines that come with voiceover, in alphabetical order."""
    return tuple(name for name, point in _entry_points().items() if _is_own(point))


def offer(name: str, what: OfferName) -> Any:
    """Return what the module of the engine ``name`` offers under ``what``, or None.

    Raises EngineMissingError if the engine is not installed or cannot be imported.
    """
    return getattr(_module(name), what, None)


def offers(what: OfferName) -> Iterator[tuple[str, Any]]:
    """Yield the name and the offer of every installed engine that has ``what``; an engine that cannot be imported is skipped."""
    for name in engine_names():
        try:
            found = offer(name, what)
        except EngineMissingError as error:
            logger.warning("%s", error)
            continue
        if found is not None:
            yield name, found


def context_of(name: str, context: EngineContext) -> EngineContext:
    """Return the context with the cache folder of the engine ``name`` alone, as every function that an engine offers gets it."""
    return replace(context, cache_folder=context.cache_folder / name)


def open_engine(name: str, context: EngineContext) -> Engine:
    """Make the engine ``name``; ``context`` is its own (see ``context_of``).

    Raises EngineMissingError if it is not installed or cannot be imported, and whatever the engine itself raises.
    """
    return _make(name)(context)


def engine_voices(context: EngineContext, only: str | None = None) -> dict[str, Voice]:
    """Return the voices that the installed engines bring, or the engine ``only``, by name; of two of one name the first engine's.

    An engine that cannot list its voices is skipped with a warning in the log.
    """
    found: dict[str, Voice] = {}
    for name, voices in offers("voices"):
        if only not in (None, name):
            continue
        try:
            brought = tuple(voices(context_of(name, context)))
        except VoiceoverError as error:
            logger.warning("the voices of the engine %s cannot be listed: %s", name, error)
            continue
        for voice in brought:
            found.setdefault(voice.name, _brought(voice, name))
    return found


def how_to_get_voice(name: str, context: EngineContext) -> str | None:
    """Return what to do for a voice that no engine has yet, as the end of a sentence; None if no engine knows the name."""
    found = (how(context_of(engine, context), name) for engine, how in offers("how_to_get"))
    return next((advice for advice in found if advice is not None), None)


def fault_of(name: str, context: EngineContext) -> str | None:
    """Return why an engine cannot speak now, as it says itself; None if it can."""
    context = context_of(name, context)
    ready, outline = offer(name, "ready"), offer(name, "outline")
    if ready is not None:
        reason: str | None = ready(context)
        return reason
    try:
        if outline is not None:
            outline(context)
    except VoiceoverError as error:
        return str(error)
    return None


def _brought(voice: Voice, engine: str) -> Voice:
    """Return the voice as one of ``engine``. Its settings name it and its style, since takes are told apart by settings, not by names."""
    styles = {}
    for key, style in voice.styles.items():
        naming = {"voice": voice.name, **({"style": key} if key else {})}
        styles[key] = replace(style, settings={**style.settings, engine: {**naming, **style.settings.get(engine, {})}})
    return replace(voice, engine=engine, folder=None, styles=styles)


def forget_engines() -> None:
    """Scan the installed packages again at the next question: for tests that install an engine while they run."""
    _scan.cache_clear()


def _entry_points() -> dict[str, EntryPoint]:
    """Return the entry points by name; voiceover's own win over others of the same name, then the first on the path."""
    return _scan(tuple(sys.path))


@lru_cache(maxsize=4)
def _scan(path: tuple[str, ...]) -> dict[str, EntryPoint]:
    """Read the metadata of all packages on ``path``, which is ``sys.path``: slow, so once per process unless the path changes."""
    found = sorted(entry_points(GROUP), key=lambda point: (not _is_own(point), point.name))
    points: dict[str, EntryPoint] = {}
    for point in found:
        points.setdefault(point.name, point)
    return points


def _is_own(point: EntryPoint) -> bool:
    return point.package == "voiceover"


def is_installed(name: str) -> bool:
    """True if there is an engine of this name; it may still be impossible to import."""
    return name in _entry_points()


def require(name: str) -> EntryPoint:
    """Return the entry point of an engine. Raises EngineMissingError, with the nearest name, if it is not installed."""
    points = _entry_points()
    if name in points:
        return points[name]
    near = suggest(name, points)
    hint = f'; did you mean "{near}"?' if near else "."
    raise EngineMissingError(f'there is no engine "{name}" here{hint} Installed: {", ".join(points) or "none"}.')


def _make(name: str) -> Make:
    module, point = _module(name), require(name)
    return cast("Make", getattr(module, point.attribute))


def _module(name: str) -> Any:
    """Return the module that the entry point names. Raises EngineMissingError if it cannot be imported or lacks its ``make``."""
    point = require(name)
    try:
        module = import_module(point.module)
        getattr(module, point.attribute)
    except (ImportError, AttributeError) as error:
        raise EngineMissingError(f'the engine "{name}" ({point.value}) is installed but cannot be loaded: {error}') from error
    return module
