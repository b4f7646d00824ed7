"""Bind finished episodes to one book: an M4B with a chapter for each. Nothing is recorded or mastered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from voiceover import publish
from voiceover.audio.formats import M4B
from voiceover.errors import InputError, OutputError
from voiceover.pipeline.output import CHAPTERS, DRAFT
from voiceover.pipeline.render import no_progress
from voiceover.publish import Manifest
from voiceover.show.bindable import Bindable, bindable_episodes
from voiceover.show.joined import JoinedFile, JoinedStream, frames_at
from voiceover.system import locks
from voiceover.types import AudioStream, EpisodeChapter, EpisodeFile, Metadata, OnProgress

GAP_SECONDS = 1.5
"""Silence between two episodes, with what the first ends and the second begins with: as between the chapters of an episode."""
_MOST_CHANNELS = 2
_LEAST_BYTES = 10
"""Bytes of a second of audio: even silence in FLAC has more."""
_EVEN_LU = 1.0
"""Episodes may differ this much in loudness without a remark."""


@dataclass(frozen=True, slots=True)
class BindRequest:
    """What to bind, and how. Empty texts are taken from the episodes."""

    folder: Path
    output: Path
    """The file to write; for episodes of the draft voice, its name gets ``.draft``."""
    title: str = ""
    author: str = ""
    language: str = ""
    """BCP 47 tag."""
    cover: Path | None = None
    gap_seconds: float = GAP_SECONDS
    inner_chapters: bool = False
    """Mark the chapters within the episodes, too."""
    allow_draft: bool = False
    allow_suspect: bool = False
    wait: bool = True
    """Wait for another run that writes the same book instead of failing."""
    states: tuple[Path, ...] | None = None
    """State folders of batches that hold manifests; None for those where a batch keeps them by default."""


@dataclass(frozen=True, slots=True)
class BoundBook:
    """A book that was written."""

    files: tuple[EpisodeFile, ...]
    """The audio first."""
    title: str
    seconds: float
    chapters: tuple[EpisodeChapter, ...]
    remarks: tuple[str, ...]


def bind(request: BindRequest, on_progress: OnProgress = no_progress, on_wait: Callable[[], None] | None = None) -> BoundBook:
    """Join the finished episodes of a folder, in the order of their names, to one M4B.

    ``on_wait`` is called once if another run writes the same book and this one waits for it. Raises InputError if there is anything wrong
    with the episodes (see ``bindable_episodes``), the cover or the output, and PublishError if a file cannot be written; a book that was
    there is then untouched.
    """
    if request.output.suffix.lower() != M4B.suffix or not request.output.stem.removesuffix(DRAFT):
        raise OutputError(f"{request.output}: a book is an {M4B.label} file; give it a name such as book{M4B.suffix}")
    publish.check_request((M4B.name,), Metadata(request.title, request.language))
    cover = publish.read_cover(request.cover) if request.cover is not None else None
    bound = bindable_episodes(
        request.folder, request.output, states=request.states, allow_draft=request.allow_draft, allow_suspect=request.allow_suspect
    )
    metadata = _metadata(request, bound)
    stream = _joined(request, bound)
    chapters = tuple(_chapters(bound, stream.starts(), inner=request.inner_chapters))
    if cover is None:
        cover = next(filter(None, (publish.embedded_cover(each.audio) for each in bound)), None)
    name = request.output.stem.removesuffix(DRAFT)
    stem = name + DRAFT if metadata.provisional else name
    credits = [credit for each in bound for credit in each.episode.manifest.credits]
    folder = request.output.parent
    publish.check_output(folder, stem)
    with locks.episode_lock(folder, name, request.wait, on_wait):
        files = publish.publish_bound(stream, metadata, chapters, cover, credits, folder, stem, on_progress)
    remarks = (*filter(None, (each.remark for each in bound)), *_uneven(bound))
    return BoundBook(files, metadata.title, stream.frames / stream.sample_rate, chapters, remarks)


def _joined(request: BindRequest, bound: Sequence[Bindable]) -> JoinedStream:
    """Return the stream of a book at the sample rate that its file will have. Raises InputError for a file that cannot be joined."""
    opened: list[AudioStream] = []
    for each in bound:
        stream = publish.open_decoded(each.audio)
        if not stream.frames or stream.channels > _MOST_CHANNELS:
            why = f"it has {stream.channels} channels; a book has one or two" if stream.frames else "there is no sound in it"
            raise InputError(f"{each.audio}: {why}")
        if stream.frames / stream.sample_rate > each.audio.stat().st_size / _LEAST_BYTES + 1:
            raise InputError(f"{each.audio}: says that it is longer than a file of its size can be; render its episode again")
        opened.append(stream)
    rate = M4B.sample_rate or max(stream.sample_rate for stream in opened)
    gaps = [*(_gap(request, before, after) for before, after in pairwise(bound)), 0.0]
    files = (
        JoinedFile(each.audio, frames_at(stream, rate), round(gap * rate)) for each, stream, gap in zip(bound, opened, gaps, strict=True)
    )
    return JoinedStream(tuple(files), rate, max(stream.channels for stream in opened))


def _gap(request: BindRequest, before: Bindable, after: Bindable) -> float:
    """Return the silence to insert in seconds: what is missing between the last take and the next first one."""
    first, second = before.episode.manifest, after.episode.manifest
    ends = first.seconds - max((take.end_seconds for take in first.takes), default=first.seconds)
    begins = min((take.start_seconds for take in second.takes), default=0.0)
    return max(request.gap_seconds - max(ends, 0.0) - max(begins, 0.0), 0.0)


def _chapters(bound: Sequence[Bindable], starts: Sequence[float], *, inner: bool) -> Iterable[EpisodeChapter]:
    for each, start in zip(bound, starts, strict=True):
        manifest = each.episode.manifest
        within = [chapter for chapter in manifest.chapters if 0 <= chapter.start_seconds < manifest.seconds] if inner else []
        if not within or within[0].start_seconds > 0:
            yield EpisodeChapter(manifest.title, start)
        yield from (EpisodeChapter(chapter.title, start + chapter.start_seconds) for chapter in within)


def _metadata(request: BindRequest, bound: Sequence[Bindable]) -> Metadata:
    manifests = [each.episode.manifest for each in bound]
    title = request.title or _title(request.folder, manifests)
    engines = {engine.name: engine for manifest in manifests for engine in manifest.engines}
    speaking = [engines[name] for name in sorted(engines)]
    # As in an episode: of several engines, those without a model are named in its place.
    models = {engine.model or (engine.name if len(engines) > 1 else "") for manifest in manifests for engine in manifest.engines}
    return Metadata(
        title=title,
        show=title,
        author=request.author or ", ".join(dict.fromkeys(filter(None, (manifest.author for manifest in manifests)))),
        language=request.language or _longest(manifests),
        provisional=any(each.episode.is_draft for each in bound),
        by_rules=bool(speaking) and all(engine.provisional for engine in speaking),
        engine=", ".join(engine.name for engine in speaking),
        model=", ".join(sorted(filter(None, models))),
        recorded=tuple(sorted({said.speaker for manifest in manifests for said in manifest.recordings})),
        mixed=any(manifest.sounds or manifest.recordings for manifest in manifests),
    )


def _title(folder: Path, manifests: Sequence[Manifest]) -> str:
    """Return the title of the book, or the show, that all episodes are of; else the name of the folder."""
    titles = {manifest.book.title if manifest.book is not None else manifest.show for manifest in manifests}
    return next(iter(titles)) if len(titles) == 1 and all(titles) else folder.resolve().name.removesuffix(CHAPTERS)


def _longest(manifests: Sequence[Manifest]) -> str:
    """Return the language of most of the time; empty if no manifest tells."""
    seconds: dict[str, float] = defaultdict(float)
    for manifest in manifests:
        seconds[manifest.language] += manifest.seconds
    seconds.pop("", None)
    return max(seconds, key=lambda language: seconds[language], default="")


def _uneven(bound: Sequence[Bindable]) -> Iterable[str]:
    """Yield a remark if the episodes differ in loudness, since nothing is mastered again."""
    reports = [each.episode.manifest.loudness for each in bound]
    if all(report.reached and report.target == reports[0].target for report in reports):
        return  # even for a target that is a range, such as ACX's
    levels = {each.episode.name: each.episode.manifest.loudness.after.integrated_lufs for each in bound}
    quiet, loud = min(levels, key=lambda name: levels[name]), max(levels, key=lambda name: levels[name])
    if levels[loud] - levels[quiet] > _EVEN_LU:
        yield f"{quiet} has {levels[quiet]:.1f} LUFS and {loud} {levels[loud]:.1f}; render both with one loudness preset"
