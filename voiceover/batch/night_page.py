"""The report of a batch as a page: trouble first, players for what is suspect, and the last thirty runs as charts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from voiceover.audio.formats import AUDIO_SUFFIXES
from voiceover.batch.nights import MOST_NIGHTS, night_of
from voiceover.batch.state import output_state
from voiceover.batch.types import BatchReport, Night, Outcome, ScriptStatus
from voiceover.errors import PublishError
from voiceover.publish import MANIFEST_SUFFIX, page_text, read_manifest
from voiceover.system.files import make_folder, whole_file

PAGE_SUFFIXES = (".html", ".htm")
CONTEXT_SECONDS = 2.0
"""How much is heard before and after a suspect take."""
MOST_ROWS = 2000
"""Rows of the table; a first night of a large archive has more."""
_TEMPLATE = Path(__file__).parent / "night" / "night.html"
_CHART_WIDTH, _CHART_HEIGHT, _BAR = 300, 56, 10


@dataclass(frozen=True, slots=True)
class SuspectPlace:
    """A suspect take, and where it is in the audio."""

    start: float
    end: float
    line: int
    """Line of its turn in the script."""
    words: str
    """What was found in it."""


@dataclass(frozen=True, slots=True)
class NightRow:
    """An episode in the table."""

    kind: str
    """``failed``, ``unfinished``, ``suspect``, ``to do``, ``new``, ``changed`` or ``skipped``."""
    outcome: Outcome
    audio: str
    """URL of its audio; empty if there is none."""
    links: tuple[tuple[str, str], ...]
    """Its audio files: their formats, and the URLs."""
    others: tuple[tuple[str, str], ...] = ()
    """Its other files: the ends of their names, and the URLs."""
    places: tuple[SuspectPlace, ...] = ()

    @property
    def rtf(self) -> float | None:
        """Time spent for each second of the episode; None unless it was made."""
        outcome, facts = self.outcome, self.outcome.facts
        return outcome.wall_seconds / facts.seconds if outcome.status is ScriptStatus.MADE and facts and facts.seconds else None


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart."""

    x: float
    y: float
    height: float
    words: str
    """The run and its value."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A small chart of the last runs."""

    title: str
    last: str
    """The value of the last run."""
    bars: tuple[Bar, ...]


KINDS = {
    "failed": "Failed",
    "unfinished": "Unfinished",
    "suspect": "Suspect",
    "to do": "To do",
    "new": "New",
    "changed": "Changed",
    "skipped": "Skipped",
}
"""The kinds of rows in the order of the table, in words."""


def write_night_page(report: BatchReport, path: Path) -> None:
    """Write the page to ``path`` atomically. Raises PublishError."""
    make_folder(path.parent, "write the report", PublishError)
    text = night_page(report, path.parent)
    with whole_file(path, "write the report", PublishError) as file:
        file.write(text.encode("utf-8", "replace"))


def night_page(report: BatchReport, folder: Path) -> str:
    """Return the page, which will be in ``folder``."""
    rows = sorted(_rows(report, folder), key=lambda row: list(KINDS).index(row.kind))
    tonight = night_of(report)
    values = {
        "language": "en",
        "title": Path(os.path.realpath(report.request.output)).name or str(report.request.output),
        "report": report,
        "started": datetime.fromtimestamp(report.started).astimezone(),
        "night": tonight,
        "rows": rows[:MOST_ROWS],
        "more": max(len(rows) - MOST_ROWS, 0),
        "counts": [(kind, words, count) for kind, words in KINDS.items() if (count := sum(row.kind == kind for row in rows))],
        "unchanged": report.count(ScriptStatus.UNCHANGED),
        "charts": _charts((*report.nights, tonight)[-MOST_NIGHTS:]) if not report.request.dry_run else (),
        "width": _CHART_WIDTH,
        "height": _CHART_HEIGHT,
        "thick": _BAR - 2,
    }
    return page_text(_TEMPLATE, values, {"context": CONTEXT_SECONDS}, figures=True)


def _rows(report: BatchReport, folder: Path) -> Iterator[NightRow]:
    for short in report.outcomes:
        # An unchanged episode is only counted, unless a listener should hear it.
        if short.status is ScriptStatus.UNCHANGED and not short.suspect:
            continue
        outcome = report.full(short)
        below = Path(os.path.realpath(report.request.output), outcome.stem or outcome.found.name)
        files = [file.name for file in outcome.files if file.is_public]
        named = [(name.removeprefix(f"{below.name}."), _url(below.parent / name, folder)) for name in files]
        links = tuple(link for name, link in zip(files, named, strict=True) if _is_played(name))
        others = tuple(link for name, link in zip(files, named, strict=True) if not _is_played(name))
        audio = links[0][1] if links else ""
        places = tuple(_places(report, outcome)) if outcome.suspect else ()
        yield NightRow(_kind(outcome), outcome, audio, links, others, places)


def _kind(outcome: Outcome) -> str:
    if outcome.suspect:
        return "suspect"
    if outcome.status is ScriptStatus.MADE:
        return "new" if outcome.reason.startswith("new") else "changed"
    return outcome.status.value


def _is_played(name: str) -> bool:
    return Path(name).suffix.lower() in AUDIO_SUFFIXES


def _places(report: BatchReport, outcome: Outcome) -> Iterator[SuspectPlace]:
    """Yield the suspect takes of an episode; none for one that is split into chapters, which has no single file to play."""
    state = output_state(report.request)
    for file in outcome.files:
        if file.name.endswith(MANIFEST_SUFFIX):
            manifest = read_manifest(Path(state.path_of(outcome.stem, file.name)))
            for take in manifest.takes if manifest is not None and not manifest.parts else ():
                if take.suspect:
                    words = "; ".join(finding.message for finding in take.findings)
                    yield SuspectPlace(take.start_seconds, take.end_seconds, take.source_line, words)


def _url(path: Path, folder: Path) -> str:
    """Return the URL of a file for a page in ``folder``."""
    way = os.path.relpath(path, os.path.realpath(folder))
    return f"./{quote(way)}"


def _charts(nights: Sequence[Night]) -> tuple[Chart, ...]:
    speech, wall = ([getattr(night, name) / 60 for night in nights] for name in ("speech_seconds", "wall_seconds"))
    return (
        _chart("Episodes made", nights, [float(night.made) for night in nights], "{:.0f}"),
        _chart("Failed", nights, [float(night.failed) for night in nights], "{:.0f}"),
        _chart("Suspect takes", nights, [float(night.suspect) for night in nights], "{:.0f}"),
        _chart("Speech", nights, speech, "{:.1f} min"),
        _chart("Wall time", nights, wall, "{:.1f} min"),
        _chart("Real-time factor", nights, [night.rtf or 0.0 for night in nights], "{:.3f}"),
    )


def _chart(title: str, nights: Sequence[Night], values: Sequence[float], form: str) -> Chart:
    """Return bars from the right, where the last run is."""
    highest = max(values) or 1.0
    bars = []
    for back, (night, value) in enumerate(zip(reversed(nights), reversed(values), strict=True)):
        x = _CHART_WIDTH - _BAR * (back + 1)
        if x < 0:
            break
        tall = max(round(value / highest * (_CHART_HEIGHT - 4), 1), 1.0 if value else 0.0)
        day = datetime.fromtimestamp(night.started).astimezone().strftime("%Y-%m-%d %H:%M")
        bars.append(Bar(x, round(_CHART_HEIGHT - tall, 1), tall, f"{day}: {form.format(value)}"))
    return Chart(title, form.format(values[-1]), tuple(reversed(bars)))
