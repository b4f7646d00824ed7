"""``voiceover guide``: the script format on one page."""

from __future__ import annotations

import click

from voiceover.cli.help import GroupedCommand
from voiceover.cli.terminal import echo


@click.command(cls=GroupedCommand, examples=("voiceover guide",))
def guide() -> None:
    """Print the rules of the script format for a person or a language model.

    Under 120 lines of Markdown: how to write a script, and the voices that are here. `voiceover check --json` says what to mend in a draft.
    """
    from voiceover.authoring.guide import guide_text

    echo(guide_text(), nl=False, lines=True)
