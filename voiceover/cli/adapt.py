"""``voiceover adapt``: rewrite an article for the ear."""

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
    from voiceover.authoring.adapting import AdaptReport
    from voiceover.authoring.chat import LanguageModel


@click.command(
    cls=GroupedCommand,
    examples=(
        "voiceover adapt article.md -o episode.md",
        "voiceover adapt article.md -o episode.md --llm-url http://localhost:11434/v1 --llm-model qwen3 --style dialogue",
    ),
)
@click.argument("article", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The script to write. [default: NAME.episode.md here]"
)
@click.option("--style", "adapt_style", default="narration", show_default=True, help="narration, or dialogue (which needs --llm-url).")
@click.option("--speakers", default="Ann,Ben", show_default=True, help="Names of the speakers of a dialogue; the first explains.")
@click.option("--minutes", type=click.FloatRange(0.1, 600), help="Length to aim for; needs --llm-url. [default: that of the article]")
@click.option("--prompt", type=click.Path(path_type=Path, dir_okay=False), help="File with the instructions for the language model.")
@click.option("--show-prompt", is_flag=True, help="Print the instructions that would be used, and write nothing.")
@click.option("--force", is_flag=True, help="Replace a script that is there already, and changes that you made in it.")
@llm_options
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@json_option
def adapt(
    article: Path,
    output: Path | None,
    adapt_style: str,
    speakers: str,
    minutes: float | None,
    prompt: Path | None,
    show_prompt: bool,
    force: bool,
    model: LanguageModel | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Rewrite an article for the ear, as a script.

    ARTICLE is Markdown or plain text. Rules turn lists into sentences, tables into statements, code into one line that announces it, and
    footnotes into parentheses. With --llm-url a language model rewrites it section by section; an answer that loses a number, a name, a
    link or a heading is refused, and that section is rewritten by rules and marked by a comment.
    """
    from voiceover.authoring.adapting import STYLES, AdaptRequest, adapt_article, read_prompt

    if adapt_style not in STYLES:
        raise click.BadParameter(f"{adapt_style!r} is not one of {', '.join(STYLES)}", param_hint="--style")
    if show_prompt:
        echo(read_prompt(adapt_style, article, prompt), nl=False, lines=True)
        return
    names = tuple(name.strip() for name in speakers.split(","))
    shown = display(False, quiet or as_json)
    with shown:
        report = adapt_article(AdaptRequest(article, output, adapt_style, names, minutes, model, prompt, force), shown.progress)
    if as_json:
        echo(json.dumps(_json(report), ensure_ascii=False, indent=2), lines=True)
        return
    by_rules = [section for section in report.sections if section.why]
    if model is None:
        echo(f"{report.script}: rewritten by rules")
    else:
        echo(f"{report.script}: {len(report.sections)} sections, {len(by_rules)} of them by rules, since the model's answers were refused")
    for section in by_rules:
        echo(f"{article}:{section.line}:1: {section.title}: rewritten by rules: {section.why}", err=True)


def _json(report: AdaptReport) -> dict[str, object]:
    return {
        "script": str(report.script),
        "sections": [
            {"title": each.title, "line": each.line, "by_model": each.by_model, "refused": each.why or None} for each in report.sections
        ],
    }
