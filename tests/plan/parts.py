"""Scripts, voices and engines small enough to read, and what a manifest would say of a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from voiceover.plan import build_plan, voice_digest
from voiceover.settings.problems import Problems
from voiceover.types import (
    CastEntry,
    Clip,
    EngineInfo,
    Item,
    Options,
    Plan,
    Planned,
    RecordedLine,
    Script,
    Segment,
    Settings,
    Source,
    Span,
    Style,
    Voice,
)

TOP = Source("town.md")
CLIP = Clip(Path("clip.wav"), "x" * 75, "c1", 5.0)
"""15 bytes a second."""
ADA = Voice(
    "ada",
    Path("voices/ada"),
    "en",
    {"": Style(CLIP, {"draft": {"pitch": 40}}), "quiet": Style(replace(CLIP, sha256="c2"), {"draft": {"pitch": 30}})},
    licence="CC0-1.0",
)
BEN = Voice("ben", Path("voices/ben"), "en-GB", {"": Style(None, {"draft": {"pitch": 20}})}, speed=0.9, gain_db=2.0, licence="CC0-1.0")
DRAFT = EngineInfo("draft", 3, "draft r3", 22050, 60.0, reference_in_window=False, provisional=True, realtime_factor=0.01)
CLONER = EngineInfo(
    "cloner", 1, "cloner r1 f16", 24000, 30.0, reference_in_window=True, options=frozenset({"speed", "seed", "steps"}), model="base"
)


def line(*spans: str | Span, speaker: str = "Narrator", paragraph: int = 0, **more: object) -> Segment:
    """A segment of plain text and spans."""
    said = tuple(Span(span) if isinstance(span, str) else span for span in spans)
    return Segment(speaker, said, paragraph, Source("town.md", paragraph + 1), **more)  # type: ignore[arg-type]


def town(*items: Item | str, cast: Iterable[CastEntry] = (), settings: Settings = Settings()) -> Script:  # noqa: B008
    """A script with a narrator (ada) and Ben (ben); a string is a paragraph of the narrator's."""
    lines = tuple(line(item, paragraph=number) if isinstance(item, str) else item for number, item in enumerate(items))
    entries = tuple(cast) or (CastEntry("Narrator", "ada", TOP), CastEntry("Ben", "ben", TOP))
    return Script("town.md", "Town", lines, entries, "Narrator", settings)


def plan_of(script: Script, engine: EngineInfo = DRAFT, problems: Problems | None = None, **more: object) -> Plan:
    """The plan of ``script`` with nothing in the store, unless ``more`` says otherwise."""
    more.setdefault("has", lambda address: False)
    voices = {"ada": ADA, "ben": BEN}
    cast = {entry.name: voices[entry.voice] for entry in script.cast}
    engines = {entry.name: engine for entry in script.cast}
    return build_plan(script, cast, script.settings, engines, problems or Problems(), **more)  # type: ignore[arg-type]


def texts(plan: Plan) -> list[str]:
    return [planned.utterance.text for planned in plan.planned]


def spoken(*spans: str | Span, **settings: object) -> str:
    """What the engine is given for a line."""
    plan = plan_of(town(line(*spans), settings=Settings(**settings)))  # type: ignore[arg-type]
    return " ".join(planned.utterance.spoken for planned in plan.planned)


def only(plan: Plan) -> Planned:
    (planned,) = plan.planned
    return planned


def recorded(plan: Plan) -> tuple[RecordedLine, ...]:
    """What the manifest says once ``plan`` was rendered."""
    return tuple(
        RecordedLine(
            address=u.address,
            line_key=u.line_key,
            segment_key=u.segment_key,
            speaker=u.speaker,
            style=u.style,
            text=u.text,
            spoken=u.spans,
            options=u.options,
            seed=u.seed,
            attempt=u.attempt,
            voice_digest=voice_digest(plan.voice_of(u), u.style, plan.engine_of(u)),
            engine=plan.engine_of(u).name,
            model=plan.engine_of(u).model,
            fingerprint=plan.engine_of(u).fingerprint,
            revision=plan.engine_of(u).revision,
            seconds=u.estimate_seconds,
        )
        for u in (planned.utterance for planned in plan.planned)
    )


def stored(plan: Plan) -> Callable[[str], bool]:
    """A store that holds every take of ``plan``."""
    return {planned.utterance.address for planned in plan.planned}.__contains__


def faster(speed: float) -> Options:
    return Options(speed=speed)
