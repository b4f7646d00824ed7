"""``voiceover import``: scripts from books, documents, captions and other tools' scripts."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import json_option
from voiceover.cli.terminal import echo

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from voiceover.authoring.importing import ImportReport

_STDIN = "-"


def _complete_formats(_context: click.Context, _option: click.Parameter, typed: str) -> list[str | CompletionItem]:
    from voiceover.authoring.importing import IMPORT_FORMATS

    return [name for name in IMPORT_FORMATS if name.startswith(typed)]


@click.command(
    name="import",
    cls=GroupedCommand,
    examples=("voiceover import book.epub -o book", "voiceover import talk.vtt -o episodes", "pbpaste | voiceover import - -o drafts"),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder for the scripts; it is created.")
@click.option("--from", "format_name", shell_complete=_complete_formats, metavar="FORMAT", help="Format of FILE, if it is not recognized.")
@click.option(
    "--depth", type=click.IntRange(0, 6), help="Levels of headings that get a file each; 0 makes one file. [default: by the text]"
)
@click.option("--whole", is_flag=True, help="Leave out nothing: keep title pages, menus, headers and footers.")
@click.option("--replace", is_flag=True, help="Replace files of the same names.")
@click.option("--verbose", is_flag=True, help="List everything that was left out, instead of a count per kind.")
@json_option
def import_(
    file: Path, output: Path, format_name: str | None, depth: int | None, whole: bool, replace: bool, verbose: bool, as_json: bool
) -> None:
    """Write scripts from a book, a document, captions or another tool's script.

    FILE is an EPUB, a Word document, a web page, a PDF with text, plain text, SRT or WebVTT captions, a Fountain screenplay, a dialogue
    for another speech model, or turns in JSON or YAML; - reads standard input. A book becomes a folder with a file for each chapter and
    a voiceover.yaml. The scripts are yours to edit: rendering never reads FILE again.
    """
    from voiceover.authoring.importing import IMPORT_FORMATS, ImportRequest, import_manuscript
    from voiceover.settings.values import did_you_mean

    if format_name is not None and format_name not in IMPORT_FORMATS:
        hint = did_you_mean(format_name, IMPORT_FORMATS) or f"; the formats are {', '.join(IMPORT_FORMATS)}"
        raise click.UsageError(f"--from: there is no format {format_name!r}{hint}")
    data = None
    if str(file) == _STDIN:
        from voiceover.authoring.importing.run import MAX_INPUT_BYTES

        data = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1) if sys.stdin is not None else b""
    name = Path("standard input") if data is not None else file
    report = import_manuscript(ImportRequest(name, output, data, format_name, whole=whole, depth=depth, replace=replace))
    if as_json:
        echo(json.dumps(_json(report), ensure_ascii=False, indent=2), lines=True)
        return
    _tell(report, verbose=verbose)


def _tell(report: ImportReport, *, verbose: bool) -> None:
    for script in report.scripts:
        echo(f"{script.path}: {script.words:,} words", err=True)
    for path in report.others:
        echo(path, err=True)
    for remark in report.remarks:
        echo(f"note: {remark}", err=True)
    if verbose:
        for omission in report.omissions:
            words = f": {omission.text}" if omission.text else ""
            echo(f"left out: {omission.kind}{f' ({omission.where})' if omission.where else ''}{words}", err=True)
    elif report.omissions:
        counts = Counter(omission.kind for omission in report.omissions)
        kinds = ", ".join(f"{count} {kind if count == 1 else _plural(kind)}" for kind, count in counts.items())
        echo(f"left out: {kinds} (--verbose lists them)", err=True)
    first = report.scripts[0].path
    if len(report.scripts) > 1:
        echo(f"voiceover batch {shlex.quote(str(report.folder))} -o OUT")
    else:
        echo(f"voiceover check {shlex.quote(str(first))}")


def _plural(kind: str) -> str:
    """Return the plural of what was left out: ``title pages``, ``pictures without a description``."""
    head, joint, rest = next(
        (kind.partition(word) for word in (" without ", " that ", " outside ", " of ", " or ", " beside ") if word in kind), (kind, "", "")
    )
    if joint == " or ":
        return kind
    plural = f"{head[:-1]}ies" if head.endswith("y") and head[-2:-1] not in "aeiou" else f"{head}es" if head.endswith("x") else f"{head}s"
    return f"{plural}{joint}{rest}"


def _json(report: ImportReport) -> dict[str, object]:
    return {
        "folder": str(report.folder),
        "format": report.format.name,
        "scripts": [{"path": str(script.path), "title": script.title, "words": script.words} for script in report.scripts],
        "files": [str(path) for path in report.others],
        "speakers": list(report.speakers),
        "left_out": [{"kind": each.kind, "where": each.where, "text": each.text} for each in report.omissions],
        "remarks": list(report.remarks),
    }
