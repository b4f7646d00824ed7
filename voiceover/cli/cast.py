"""``voiceover cast``: give the speech of prose to its speakers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.help import GroupedCommand
from voiceover.cli.llm_options import llm_options
from voiceover.cli.options import json_option
from voiceover.cli.terminal import display, echo

if TYPE_CHECKING:
    from voiceover.authoring.casting import CastReport
    from voiceover.authoring.chat import LanguageModel


@click.command(
    cls=GroupedCommand,
    examples=(
        "voiceover cast chapter1.md",
        "voiceover cast book/*.md -o cast",
        "voiceover cast chapter1.md --llm-url http://localhost:8080/v1",
    ),
)
@click.argument("chapters", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A folder, or for one chapter a file ending in .md. [default: NAME.cast.md here]",
)
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False), help="The cast sheet. [default: cast.yaml beside the copies]")
@click.option("--force", is_flag=True, help="Replace copies that are there already, and changes that you made in them.")
@llm_options
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@json_option
def cast(
    chapters: tuple[Path, ...],
    output: Path | None,
    sheet: Path | None,
    force: bool,
    model: LanguageModel | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Find who says what in prose, and write labels into a copy.

    CHAPTERS are Markdown or plain text files with quoted speech. The copy has the same words; what the rules are unsure of stays with the
    narrator, marked by a comment. The cast sheet lists the speakers: write their voices there and run the command again with --force.
    """
    from voiceover.authoring.casting import CastRequest, cast_chapters

    shown = display(False, quiet or as_json)
    with shown:
        report = cast_chapters(CastRequest(chapters, output, sheet, model, force), shown.progress)
    if as_json:
        echo(json.dumps(_json(report), ensure_ascii=False, indent=2), lines=True)
        return
    for chapter in report.chapters:
        by_model = f", {chapter.by_model} by the language model" if model is not None else ""
        echo(f"{chapter.copy}: {chapter.quotations} quotations, {chapter.by_rules} given to a speaker{by_model}, {chapter.still_open} open")
    for role in report.roles:
        echo(f"  {role.name}: {role.voice or 'no voice yet'}, {role.lines} line{'' if role.lines == 1 else 's'}")
    if any(chapter.still_open for chapter in report.chapters):
        echo("what is open is read by the narrator and marked <!-- who? --> in the copy", err=True)
    echo(f"{report.sheet}: write a voice for each speaker, then run this again with --force", err=True)


def _json(report: CastReport) -> dict[str, object]:
    return {
        "chapters": [
            {
                "chapter": str(each.chapter),
                "copy": str(each.copy),
                "quotations": each.quotations,
                "by_rules": each.by_rules,
                "by_model": each.by_model,
                "open": each.still_open,
            }
            for each in report.chapters
        ],
        "sheet": str(report.sheet),
        "cast": [
            {
                "name": role.name,
                "voice": role.voice or None,
                "aliases": list(role.aliases),
                "lines": role.lines,
                "first_words": role.first_words,
            }
            for role in report.roles
        ],
    }
