"""Installed engines by name, from the entry-point group ``voiceover.engines``, and what each of them offers.

An entry point ``NAME = "module:make"`` names a function ``make(context: EngineContext) -> Engine``. The same module may offer more;
``offer`` fetches it. Everything is optional:

    ready(context)      reason why the engine cannot speak now, or None; an engine without it is never chosen by ``auto``
    outline(context)    EngineInfo without loading anything; backend and precision may be missing from its fingerprint
    runs_on(context)    a few words on what it runs on, shown to the user
    speaks(context, voice, language)    reason why it cannot speak a voice in a language, or None; asked if it is ready
    voices(context)     voices that come with the engine
    how_to_get(context, name)       what to do for a voice that is not there yet, as the end of a sentence; None for a name it does not know
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
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from voiceover.errors import EngineMissingError, VoiceoverError
from voiceover.settings.values import suggest
from voiceover.types import Engine, EngineContext, EngineInfo, Voice
from voiceover.types.engines import DEFAULT_RANK

GROUP = "voiceover.engines"
AUTO = "auto"
STAND_IN = "draft"
"""The engine that ``auto`` falls back to."""
OWN = ("f5", "kokoro", STAND_IN)
"""The engines of this package."""

Make = Callable[[EngineContext], Engine]
OfferName: TypeAlias = Literal[
    "ready",
    "speaks",
    "outline",
    "runs_on",
    "voices",
    "how_to_get",
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


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that speaks, and why."""

    name: str
    why: str
    """One line for the user."""


def engine_names() -> tuple[str, ...]:
    """Return the names of the installed engines: voiceover's own first, then all others, both in alphabetical order."""
    return tuple(_entry_points())


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


def choose_engine(
    setting: str, previous_engine: str | None = None, *, context: EngineContext | None = None, strict: bool = False
) -> Choice:
    """Return the engine for a setting: a name, or ``auto``.

    ``auto`` keeps the engine that made the episode last (``previous_engine``), unless that was the stand-in; otherwise it takes the
    ready engine of the lowest rank (``EngineInfo.rank``), and the stand-in if none is ready.

    One engine never silently replaces another. EngineMissingError is raised if a named engine is not installed, if ``auto`` finds the
    last engine gone or not ready, and, if ``strict`` (for unattended batches), if only the stand-in is ready.
    """
    if setting != AUTO:
        _require(setting)
        return Choice(setting, f"{setting} was asked for{_runs_on(setting, context)}")
    context = context or EngineContext(Path())
    if previous_engine not in (None, STAND_IN):
        return _stay(previous_engine, context)
    name, reasons = _best_ready(context)
    if name is not None:
        return Choice(name, f"{name} is ready{_runs_on(name, context)}")
    why = "; ".join(reasons) or "no other engine is installed"
    if strict:
        raise EngineMissingError(f"engine: auto finds only the stand-in voice here ({why}); to use it in a batch, say engine: {STAND_IN}")
    _require(STAND_IN)
    return Choice(STAND_IN, f"{STAND_IN}, a stand-in voice, because {why}")


def outline(setting: str, context: EngineContext) -> EngineInfo | None:
    """Return what is known, without loading it, about the engine that would speak a new episode; None if it offers no outline.

    Raises as ``choose_engine`` and ``open_engine`` do.
    """
    return _outline(setting if setting != AUTO else _best_ready(context)[0] or STAND_IN, context)


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


def _best_ready(context: EngineContext) -> tuple[str | None, list[str]]:
    """Return the engine that ``auto`` prefers among those that are ready, and why each other one is not."""
    ready, reasons = [], []
    for name in engine_names():
        if name == STAND_IN or (ask := offer(name, "ready")) is None:
            continue
        reason = ask(context_of(name, context))
        if reason is None:
            ready.append(name)
        else:
            reasons.append(f"{name}: {reason}")
    if len(ready) < 2:  # an outline may open a model
        return (ready[0] if ready else None), reasons
    return min(ready, key=lambda name: _rank(name, context)), reasons


def _rank(name: str, context: EngineContext) -> int:
    try:
        info = _outline(name, context)
    except VoiceoverError:
        info = None
    return DEFAULT_RANK if info is None else info.rank


def _outline(name: str, context: EngineContext) -> EngineInfo | None:
    outline_of = offer(name, "outline")
    return None if outline_of is None else cast("EngineInfo", outline_of(context_of(name, context)))


def _stay(name: str, context: EngineContext) -> Choice:
    """Return the engine of the last render. Raises EngineMissingError if it cannot speak now."""
    advice = f"make it available again, or choose another by name, such as --engine {STAND_IN}"
    if name not in _entry_points():
        raise EngineMissingError(f"the last render of this episode used the engine {name}, which is not installed; {advice}")
    ready = offer(name, "ready")
    reason = None if ready is None else ready(context_of(name, context))
    if reason is not None:
        raise EngineMissingError(f"the last render of this episode used the engine {name}, which is not ready: {reason}; {advice}")
    return Choice(name, f"{name} made the last render{_runs_on(name, context)}")


def _entry_points() -> dict[str, metadata.EntryPoint]:
    """Return the entry points by name; voiceover's own win over others of the same name, then the first on the path."""
    return _scan(tuple(sys.path))


@lru_cache(maxsize=4)
def _scan(path: tuple[str, ...]) -> dict[str, metadata.EntryPoint]:
    """Read the metadata of all packages on ``path``, which is ``sys.path``: slow, so once per process unless the path changes."""
    found = sorted(metadata.entry_points(group=GROUP), key=lambda point: (not _is_own(point), point.name))
    points: dict[str, metadata.EntryPoint] = {}
    for point in found:
        points.setdefault(point.name, point)
    return points


def _is_own(point: metadata.EntryPoint) -> bool:
    return point.dist is not None and point.dist.name == "voiceover"


def _require(name: str) -> metadata.EntryPoint:
    points = _entry_points()
    if name in points:
        return points[name]
    near = suggest(name, points)
    hint = f'; did you mean "{near}"?' if near else "."
    raise EngineMissingError(f'there is no engine "{name}" here{hint} Installed: {", ".join(points) or "none"}.')


def _make(name: str) -> Make:
    module, point = _module(name), _require(name)
    return cast("Make", getattr(module, point.attr))


def _module(name: str) -> Any:
    """Return the module that the entry point names. Raises EngineMissingError if it cannot be imported or lacks its ``make``."""
    point = _require(name)
    try:
        module = import_module(point.module)
        getattr(module, point.attr)
    except (ImportError, AttributeError) as error:
        raise EngineMissingError(f'the engine "{name}" ({point.value}) is installed but cannot be loaded: {error}') from error
    return module


def _runs_on(name: str, context: EngineContext | None) -> str:
    """Return what the engine says it would run on, as the end of a sentence; empty if it says nothing."""
    if context is None:
        return ""
    try:
        runs_on = offer(name, "runs_on")
        return "" if runs_on is None else f", {runs_on(context_of(name, context))}"
    except VoiceoverError:  # reported when the engine is opened
        return ""
