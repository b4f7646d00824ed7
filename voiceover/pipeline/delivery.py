"""From a mix to a master and the way its files are encoded: by the loudness target, the platform behind it, and the settings."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from voiceover import master, mix, publish
from voiceover.audio.formats import DEFAULT_FORMATS, FORMATS
from voiceover.pipeline import output
from voiceover.pipeline.job import Job, Rendered
from voiceover.settings.layers import NO_STEMS, PRESETS, delivery_for
from voiceover.types import (
    Delivery,
    Encoding,
    LoudnessReport,
    OnProgress,
    Pieces,
    PieceStore,
    Plan,
    Problem,
    Settings,
    Severity,
    Source,
    Stems,
    Timeline,
)
from voiceover.types.lazy_dataclass import dataclass

LONGEST_PIECE_SECONDS = 600
"""With a longer piece, the episode is finished as a whole."""


@dataclass(frozen=True, slots=True)
class Programme:
    """What is published: a master, where things are in it, and how it is encoded."""

    master: publish.Mastered
    timeline: Timeline
    encoding: Encoding
    stems: Stems | None = None
    """What the master was made from, taken apart; None if no stems are wanted."""


def make_programme(
    mixed: mix.Mix, plan: Plan, settings: Settings, formats: Sequence[str], store: PieceStore, on_progress: OnProgress | None
) -> Programme:
    """Master the mix of a plan to the loudness target of the settings, with the silence around it that the platform requires.

    What is computed of its pieces is kept in ``store``.
    """
    target = settings.loudness or PRESETS["podcast"]
    delivery, encoding = delivery_for(target), encoding_for(settings)
    whole = mix.with_room_tone(mixed, delivery) if delivery else mixed
    headroom_db = publish.headroom_db(formats, encoding)
    pieces = None if delivery else _pieces(mixed, store)  # room tone leaves no silence to cut in
    mastered = master.master_mix(whole, target, headroom_db=headroom_db, on_progress=on_progress, pieces=pieces)
    stems = mix.stems_of(whole, plan.cast, settings.stems) if settings.stems and settings.stems != NO_STEMS else None
    return Programme(mastered, whole.timeline, encoding, stems)


def _pieces(mixed: mix.Mix, store: PieceStore) -> Pieces | None:
    """Return the pieces of a mix; None if one of them is too long to be held in memory as an MP3, such as a programme over music."""
    items = mixed.pieces
    if max((piece.frames for piece in items), default=0) > LONGEST_PIECE_SECONDS * mixed.sample_rate:
        return None
    return Pieces(items, store)


def encoding_for(settings: Settings) -> Encoding:
    """Return bitrates and sample rate: those of the settings, else those that the platform requires."""
    delivery = delivery_for(settings.loudness or PRESETS["podcast"])
    base = delivery.encoding if delivery else Encoding()
    return Encoding({**base.bitrates, **(settings.bitrates or {})}, settings.sample_rate or base.sample_rate)


def delivery_parts(settings: Settings) -> dict[str, object]:
    """Return what an episode's recipe needs of this; nothing for the defaults, so that older episodes stay up to date."""
    delivery, parts = delivery_for(settings.loudness or PRESETS["podcast"]), dict[str, object]()
    if delivery:
        parts["silence"] = [delivery.added_head, delivery.added_tail, mix.TONE_DB]
    if settings.bitrates or settings.sample_rate:
        parts["encoding"] = {"bitrates": dict(settings.bitrates or {}), "sample_rate": settings.sample_rate}
    return parts


def bitrate_problems(job: Job, settings: Settings) -> list[Problem]:
    """Return an error for each format of the render that does not have the bitrate that is set; a warning if a site's own key sets it."""
    found = []
    place = settings.places.get("bitrates", Source("--bitrate", 0))
    formats = settings.formats or DEFAULT_FORMATS
    if job.output is not None and output.names_a_file(job.output):
        formats = (job.output.suffix.lower().removeprefix("."),)
    for kind in (FORMATS[name] for name in formats):
        kbps = (settings.bitrates or {}).get(kind.name)
        if kbps is not None and kbps not in kind.bitrates:
            message = f"bitrate: {kind.label} has no {kbps} kbps; choose from {kind.bitrate_choice}"
            is_foreign = "bitrates" in settings.foreign
            severity = Severity.WARNING if is_foreign else Severity.ERROR
            found.append(Problem(place, severity, "bad-value", message + (" (not used)" if is_foreign else "")))
    return found


def platform_lines(rendered: Rendered) -> list[str]:
    """Return what a finished episode has beside what its platform requires, as lines for people; none without a platform."""
    delivery = delivery_for(rendered.episode.report.target)
    manifest = publish.read_manifest(rendered.plan.place.manifest)
    if delivery is None or manifest is None:
        return []
    lines = [_line(delivery, _levels(rendered.episode.report))]
    if not manifest.parts:  # the chapters of a book are files of their own
        lines.append(_line(delivery, _lengths(delivery, manifest)))
    if not any(file.name.endswith(FORMATS[name].suffix) for file in manifest.files for name in delivery.formats):
        lines.append(f"{delivery.platform} takes {', '.join(FORMATS[name].label for name in delivery.formats)} files")
    return lines


@dataclass(frozen=True, slots=True)
class _Figure:
    """A property of a file beside its limits."""

    what: str
    value: float
    unit: str
    low: float
    high: float
    digits: int = 1

    def __str__(self) -> str:
        limits = f"at most {self.high:g}" if self.low == -inf else f"{self.low:g} to {self.high:g}"
        spare = 0.01 if self.unit == "s" else 0.0  # times in a manifest are rounded
        is_met = self.low - spare <= self.value <= self.high + spare
        return f"{self.what} {self.value:.{self.digits}f} {self.unit} ({limits}{'' if is_met else ': not met'})"


def _line(delivery: Delivery, figures: Sequence[_Figure]) -> str:
    return f"{delivery.platform}, limits in brackets: {', '.join(map(str, figures))}"


def _levels(report: LoudnessReport) -> list[_Figure]:
    target, after = report.target, report.after
    figures = [_Figure("peak", after.sample_peak_dbfs, "dB", -inf, target.ceiling_db)]
    if target.rms_dbfs is not None:
        figures.insert(0, _Figure("RMS", after.rms_dbfs, "dB", *target.rms_dbfs))
    if target.noise_floor_dbfs is not None:
        figures.append(_Figure("noise floor", after.noise_floor_dbfs, "dB", -inf, target.noise_floor_dbfs))
    return figures


def _lengths(delivery: Delivery, manifest: publish.Manifest) -> list[_Figure]:
    takes = [(take.start_seconds, take.end_seconds) for take in manifest.takes]
    recordings = [(each.start, each.end) for each in manifest.recordings]
    heard = [*takes, *recordings, *((each.start, each.end) for each in manifest.sounds)]
    head = min((start for start, _ in heard), default=0.0)
    tail = manifest.seconds - max((end for _, end in heard), default=0.0)
    return [
        _Figure("silence before the first sound", head, "s", *delivery.head_seconds, digits=2),
        _Figure("after the last", tail, "s", *delivery.tail_seconds, digits=2),
        _Figure("length", manifest.seconds / 60, "min", -inf, delivery.longest_seconds / 60),
    ]
