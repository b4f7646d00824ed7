"""``voiceover bind``: one audiobook of finished episodes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click

from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import flags, json_option, quiet_option, state_option
from voiceover.cli.terminal import clock, display, echo


@click.command(
    cls=GroupedCommand,
    examples=("voiceover bind out/book.chapters -o book.m4b", 'voiceover bind season1 -o season1.m4b --title "Season 1" --cover cover.jpg'),
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write, ending in .m4b.")
@click.option("--title", help="Title of the book. [default: that of the episodes' book or show]")
@click.option("--author", help="Author of the book. [default: the authors of the episodes]")
@click.option("--language", help="Language of the book, such as en. [default: that of most of the time]")
@click.option("--cover", type=click.Path(path_type=Path, dir_okay=False), help="JPEG or PNG. [default: the cover of the first episode]")
@click.option(
    "--gap",
    type=click.FloatRange(0, 60),
    help="Seconds of silence between two episodes, with what they end and begin with. [default: 1.5]",
)
@click.option("--inner-chapters", is_flag=True, help="Also mark the chapters within the episodes.")
@click.option("--allow-draft", is_flag=True, help="Take episodes of the draft voice.")
@click.option("--allow-suspect", is_flag=True, help="Take episodes in which a check found a take that may be wrong.")
@state_option
@click.option("--no-wait", is_flag=True, help="Exit with code 4 instead of waiting if another run is writing the book.")
@quiet_option
@json_option
def bind(
    folder: Path,
    output: Path,
    title: str | None,
    author: str | None,
    language: str | None,
    cover: Path | None,
    gap: float | None,
    inner_chapters: bool,
    allow_draft: bool,
    allow_suspect: bool,
    state: Path | None,
    no_wait: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Bind the finished episodes of a folder to one audiobook.

    FOLDER holds episodes, or the chapters of one (render --split chapters). They are joined in the order of their names to an M4B with a
    chapter for each; nothing is recorded or mastered.
    """
    from voiceover.show import BindRequest
    from voiceover.show import bind as bind_book

    if state is not None and not state.is_dir():
        raise click.UsageError(f"--state {state}: there is no such folder")
    layer = flags(title=title, author=author, language=language)
    request = BindRequest(
        folder,
        output,
        layer.title or "",
        layer.author or "",
        layer.language or "",
        cover,
        inner_chapters=inner_chapters,
        allow_draft=allow_draft,
        allow_suspect=allow_suspect,
        wait=not no_wait,
        states=None if state is None else (state,),
    )
    if gap is not None:
        request = replace(request, gap_seconds=gap)
    with display(as_json, quiet) as shown:
        book = bind_book(request, shown.progress, lambda: shown.say(f"{output}: waiting for another run of this book"))
    if as_json:
        event = {
            "event": "book",
            "title": book.title,
            "seconds": round(book.seconds, 3),
            "chapters": [{"title": chapter.title, "start": round(chapter.start_seconds, 3)} for chapter in book.chapters],
            "files": [{"path": str(file.path), "bytes": file.bytes, "sha256": file.sha256} for file in book.files],
            "remarks": list(book.remarks),
        }
        echo(json.dumps(event, ensure_ascii=False))
        return
    for remark in book.remarks:
        echo(remark, err=True)
    count = len(book.chapters)
    shown.say(f"{book.files[0].path}: {book.title}, {clock(book.seconds)}, {count} chapter{'' if count == 1 else 's'}")
