"""Write a book that is bound from finished episodes: one audio file with a chapter for each, and its credits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from voiceover.audio.formats import M4B
from voiceover.errors import PublishError
from voiceover.publish.commit import check_output, commit_stage, file_digest, new_stage
from voiceover.publish.cover import Cover
from voiceover.publish.credits import CREDITS_SUFFIX, Credit, credits_text, merged_credits
from voiceover.publish.encode import encode_files
from voiceover.publish.episode import NO_WISHES, check_request, committed, write_text
from voiceover.publish.levelled import encoding_progress
from voiceover.publish.tags import episode_tags
from voiceover.system.files import os_errors_as
from voiceover.types import AudioStream, ChapterMark, Encoding, EpisodeChapter, EpisodeFile, Metadata, OnProgress, Timeline


def publish_bound(
    stream: AudioStream,
    metadata: Metadata,
    chapters: Sequence[EpisodeChapter],
    cover: Cover | None,
    credits: Iterable[Credit],
    folder: Path,
    stem: str,
    on_progress: OnProgress | None = None,
    *,
    encoding: Encoding = NO_WISHES,
) -> tuple[EpisodeFile, ...]:
    """Write STEM.m4b and STEM.credits.txt into ``folder``, both at once (see ``commit``), and return them.

    ``stream`` is encoded as it is: it is mastered already. ``credits`` are those of all episodes. The caller must hold
    the lock of ``stem``.

    Raises OutputError and InputError before any work, PublishError if a file cannot be written; what was there is then untouched.
    """
    check_request((M4B.name,), metadata, encoding)
    check_output(folder, stem)
    marks = tuple(ChapterMark(chapter.title, round(chapter.start_seconds * stream.sample_rate)) for chapter in chapters)
    tags = episode_tags(metadata, Timeline(stream.sample_rate, stream.frames, (), marks), cover)
    with new_stage(folder, stem) as stage:
        book, listed = stage / f"{stem}{M4B.suffix}", stage / f"{stem}{CREDITS_SUFFIX}"
        encode_files(stream, tags, {M4B.name: book}, encoding, encoding_progress(stream, on_progress))
        write_text(listed, [credits_text(merged_credits(credits), metadata)])
        with os_errors_as(PublishError, "read the finished files", stage):
            files = [file_digest(path) for path in (book, listed)]
        commit_stage(folder, stem, [file.name for file in files], {})
    return committed(files, folder, None)
