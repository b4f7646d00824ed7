"""``voiceover spoken``: text as it is spelled for speech."""

from __future__ import annotations

import json
import sys

import click

from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import json_option
from voiceover.cli.terminal import echo


@click.command(
    cls=GroupedCommand,
    examples=('voiceover spoken "It cost $3.5M on 2024-07-04."', "cat lines.txt | voiceover spoken --lang de"),
)
@click.argument("text", required=False)
@click.option("--lang", "language", default="en", show_default=True, help="Language of the text, such as de or en-GB.")
@json_option
def spoken(text: str | None, language: str, as_json: bool) -> None:
    """Print TEXT as it is spoken: numbers, dates, signs and abbreviations in words.

    Without TEXT, or with -, each line of standard input is one text. The text is plain, not Markdown: a lexicon, [x](say:y) and emphasis
    belong to scripts, for which there is voiceover plan --spoken.
    """
    from voiceover.text.normalize import LANGUAGES, has_rules, spell_text
    from voiceover.text.pieces import spoken_spans

    if text is None and sys.stdin.isatty():
        raise click.UsageError("give a text, or lines on standard input")
    lines = _lines() if text in (None, "-") else (text or "").splitlines() or [""]
    if not has_rules(language):
        echo(f'there are no rules for "{language}", so its text stays as it is; there are rules for {", ".join(LANGUAGES)}', err=True)
    for line in lines:
        pieces = spell_text(line, language)
        said = "".join(span.text for span in spoken_spans(pieces))
        if as_json:
            respelled = [{"text": piece.text, "spoken": piece.spoken, "rule": piece.rule} for piece in pieces if piece.rule]
            said = json.dumps({"text": line, "spoken": said, "respelled": respelled}, ensure_ascii=False)
        echo(said, lines=True)


def _lines() -> list[str]:
    data = sys.stdin.buffer.read()
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise click.UsageError(f"standard input is not UTF-8 text: byte {error.start + 1} cannot be read") from error
