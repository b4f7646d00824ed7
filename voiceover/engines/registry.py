"""Engines by name, found by the entry-point group ``voiceover.engines``.

An entry point ``NAME = "module:make"`` names a function ``make(context: EngineContext) -> Engine``. The module may also have

    def ready(context: EngineContext) -> str | None

which says, quickly and without loading anything, why the engine could not speak now ("no model is installed; run ..."), or None when it
could. An engine with ``ready`` offers itself to ``auto``; one without is used only by name. A third function,

    def runs_on(context: EngineContext) -> str

tells in a few words what it would run on here, which is said to the user. A fourth,

    def outline(context: EngineContext) -> EngineInfo

gives, as quickly as ``ready``, what ``make`` would say of the engine but for what must be tried on the machine, so that a script can be
checked against it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import cast

from voiceover.errors import EngineMissingError, VoiceoverError
from voiceover.settings.values import suggest
from voiceover.types import Engine, EngineContext, EngineInfo

GROUP = "voiceover.engines"
AUTO = "auto"
STAND_IN = "draft"
"""What ``auto`` falls back to."""
OWN = ("f5", STAND_IN)
"""The engines of this package."""

Make = Callable[[EngineContext], Engine]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which engine speaks, and why."""

    name: str
    why: str
    """One line for the user."""


def engine_names() -> tuple[str, ...]:
    """Names of the installed engines: voiceover's own first, then those of others, each in alphabetical order."""
    return tuple(_entry_points())


def open_engine(name: str, context: EngineContext) -> Engine:
    """The engine ``name``, ready to speak.

    Raises EngineMissingError when it is not installed or cannot be imported, and whatever the engine itself raises.
    """
    return _make(name)(context)


def choose_engine(
    setting: str, previous_engine: str | None = None, *, context: EngineContext | None = None, strict: bool = False
) -> Choice:
    """The engine for a setting: a name, or ``auto``.

    ``auto`` stays with the engine that made the episode last (``previous_engine``), unless that was the stand-in; else it takes the first
    of ``engine_names`` that says it is ready; else the stand-in. ``context`` is what each engine's ``ready`` is given.

    No engine takes another's place in silence. So EngineMissingError is raised when a named engine is not installed, when ``auto`` finds
    the last engine gone or not ready, and, if ``strict`` (for batches, which nobody watches), when ``auto`` has only the stand-in.
    """
    if setting != AUTO:
        _require(setting)
        return Choice(setting, f"{setting} was asked for{_runs_on(setting, context)}")
    context = context or EngineContext(Path())
    if previous_engine not in (None, STAND_IN):
        return _stay(previous_engine, context)
    reasons = []
    for name, reason in _offered(context):
        if reason is None:
            return Choice(name, f"{name} is ready{_runs_on(name, context)}")
        reasons.append(f"{name}: {reason}")
    why = "; ".join(reasons) or "no other engine is installed"
    if strict:
        raise EngineMissingError(f"engine: auto finds only the stand-in voice here ({why}); to use it in a batch, say engine: {STAND_IN}")
    _require(STAND_IN)
    return Choice(STAND_IN, f"{STAND_IN}, a stand-in voice, because {why}")


def _offered(context: EngineContext) -> Iterator[tuple[str, str | None]]:
    """The engines that offer themselves to ``auto``, in its order, each with the reason why it could not speak."""
    for name in engine_names():
        if name != STAND_IN and (ready := _ready(name)) is not None:
            yield name, ready(context)


def _stay(name: str, context: EngineContext) -> Choice:
    """The engine of the last render, which ``auto`` replaces by no other."""
    advice = f"make it available again, or choose another by name, such as --engine {STAND_IN}"
    if name not in _entry_points():
        raise EngineMissingError(f"the last render of this episode used the engine {name}, which is not installed; {advice}")
    ready = _ready(name)
    reason = None if ready is None else ready(context)
    if reason is not None:
        raise EngineMissingError(f"the last render of this episode used the engine {name}, which is not ready: {reason}; {advice}")
    return Choice(name, f"{name} made the last render{_runs_on(name, context)}")


def _entry_points() -> dict[str, metadata.EntryPoint]:
    """By name; of two with one name voiceover's own counts, else the first on the path."""
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
    point = _require(name)
    try:
        return cast("Make", point.load())
    except (ImportError, AttributeError) as error:
        raise EngineMissingError(f'the engine "{name}" ({point.value}) is installed but cannot be loaded: {error}') from error


def outline(setting: str, context: EngineContext) -> EngineInfo | None:
    """What is known at once of the engine that a setting names, or that ``auto`` would take for a new episode; None where it does not say.

    Raises as ``choose_engine`` and ``open_engine`` do.
    """
    name = next((name for name, reason in _offered(context) if reason is None), STAND_IN) if setting == AUTO else setting
    tell = getattr(sys.modules[_make(name).__module__], "outline", None)
    return None if tell is None else cast("EngineInfo", tell(context))


def _ready(name: str) -> Callable[[EngineContext], str | None] | None:
    """The ``ready`` beside the engine's ``make``."""
    module = sys.modules[_make(name).__module__]
    return cast("Callable[[EngineContext], str | None] | None", getattr(module, "ready", None))


def _runs_on(name: str, context: EngineContext | None) -> str:
    """What the engine says it would run on, as the end of a sentence."""
    if context is None:
        return ""
    try:
        tell = getattr(sys.modules[_make(name).__module__], "runs_on", None)
        return "" if tell is None else f", {tell(context)}"
    except VoiceoverError:  # it is told when the engine is opened
        return ""
