"""The page for producers: every take with what was found in it, alone and in its context, and the loudness of the episode over time."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from voiceover.publish.manifest import Manifest
from voiceover.publish.pages.listening import SPEAKER_COLOURS
from voiceover.publish.pages.measures import gaps_of, speaker_shares
from voiceover.publish.pages.said import said_lines
from voiceover.publish.pages.template import HERE, page_text, relative_url
from voiceover.publish.tags import one_line
from voiceover.types import Finding, Profile, Respelling

CONTEXT_SECONDS = 2.0
"""How much is heard before and after a take that is played in its context."""


@dataclass(frozen=True, slots=True)
class ReviewAttempt:
    """An attempt at a line that was recorded again."""

    number: int
    """Counted from 1."""
    kept: bool
    audio: str
    """URL of its recording; empty if that is no longer stored."""
    seconds: float | None
    findings: tuple[Finding, ...]
    score: float | None
    """Lower is better; None if it is not known."""


@dataclass(frozen=True, slots=True)
class ReviewTake:
    """A take and everything that is known of it."""

    number: int
    """Counted from 1 in the order of the episode."""
    place: str
    """Its place in the script, as ``voiceover retake`` takes it; empty if the script no longer has the line."""
    speaker: str
    voice: str
    style: str
    engine: str
    seed: int
    options: str
    text: str
    spoken: str
    changes: tuple[Respelling, ...]
    """What is spoken differently from how it is displayed."""
    start: float
    """Seconds of the episode."""
    end: float
    audio: str
    """URL of its recording; empty if that is no longer stored."""
    suspect: bool
    findings: tuple[Finding, ...]
    attempts: tuple[ReviewAttempt, ...]
    own: bool
    """True for the writer's own recording."""

    @property
    def checks(self) -> tuple[str, ...]:
        """The names of the checks that found something."""
        return tuple(dict.fromkeys(finding.check for finding in self.findings))

    @property
    def flags(self) -> str:
        """The same as JSON, for the script of the page."""
        return json.dumps(self.checks)

    @property
    def is_spelled(self) -> bool:
        """True if other words are spoken than are shown."""
        return one_line(self.spoken) != one_line(self.text)


@dataclass(frozen=True, slots=True)
class ReviewCommands:
    """Commands for a shell, each before and after the places of the takes."""

    retake: tuple[str, str]
    accept: tuple[str, str]


def review_page(
    manifest: Manifest,
    audio: str,
    profile: Profile | None,
    takes: Sequence[ReviewTake],
    commands: ReviewCommands,
    transcript: bytes = b"",
) -> str:
    """Return the review of an episode whose audio is the file ``audio`` beside the page. ``transcript`` is as for ``listening_page``."""
    lines = said_lines(manifest, transcript)
    speakers = tuple(dict.fromkeys(line.speaker for line in lines))
    colours = {speaker: number % SPEAKER_COLOURS for number, speaker in enumerate(speakers)}
    report = manifest.loudness
    flags = Counter(check for take in takes for check in take.checks)
    values = {
        "title": one_line(manifest.title) or "Untitled",
        "language": manifest.language,
        "manifest": manifest,
        "report": report,
        "after": {name: _finite(getattr(report.after, name)) for name in ("integrated_lufs", "true_peak_dbtp", "range_lu")},
        "audio": relative_url(audio),
        "speakers": speakers,
        "colours": colours,
        "shares": speaker_shares(lines, profile),
        "gaps": gaps_of(lines),
        # Takes that need an ear come first.
        "takes": sorted(takes, key=lambda take: (not take.suspect, not take.findings, take.number)),
        "suspect": sum(take.suspect for take in takes),
        "flags": sorted(flags.items()),
        "context": CONTEXT_SECONDS,
    }
    data = {
        "seconds": manifest.seconds,
        "target": report.target.integrated_lufs,
        "peaks": b64encode(profile.peaks).decode() if profile is not None else "",
        "levels": b64encode(profile.levels).decode() if profile is not None else "",
        "chapters": [chapter.start_seconds for chapter in manifest.chapters],
        "lines": [[line.start, line.end, colours[line.speaker]] for line in lines],
        "music": [[sound.start, sound.end] for sound in manifest.sounds if sound.kind != "sound"],
        "context": CONTEXT_SECONDS,
        "retake": commands.retake,
        "accept": commands.accept,
    }
    return page_text(HERE / "review.html", values, data, figures=True)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
