"""Command groups that suggest what a mistyped command should have been."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from voiceover.cli.help import write_summaries

SCRIPT_SUFFIXES = (".md", ".markdown", ".mdx", ".qmd", ".rmd", ".yaml", ".yml", ".json", ".txt")


class SuggestingGroup(click.Group):
    """A group whose error for an unknown command names the nearest one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that ``args`` begin with. Raises UsageError with a suggestion if there is none."""
        if args and self.get_command(ctx, args[0]) is None:
            raise click.UsageError(f"there is no command {args[0]!r}{self.suggestion(ctx, args)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with their whole summaries."""
        write_summaries(self, ctx, formatter)

    def suggestion(self, ctx: click.Context, args: list[str]) -> str:
        """The end of the error message: what may have been meant."""
        from voiceover.settings.values import suggest

        nearest = suggest(args[0], self.list_commands(ctx))
        return _meant(ctx, [nearest, *args[1:]]) if nearest else f"; the commands are {', '.join(self.list_commands(ctx))}"


class RootGroup(SuggestingGroup):
    """The command ``voiceover``, which also recognizes a script or a folder given without a command."""

    def suggestion(self, ctx: click.Context, args: list[str]) -> str:
        """Suggest ``render`` for a script and ``batch`` for a folder, unless a command's name is nearer."""
        first = args[0]
        if os.path.isdir(first):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
            output = [] if any(word.startswith(("-o", "--output")) for word in args) else ["-o", "OUT"]
            return _meant(ctx, ["batch", *args, *output])
        if first == "-" or os.path.isfile(first) or Path(first).suffix.lower() in SCRIPT_SUFFIXES:  # noqa: PTH113
            return _meant(ctx, ["render", *args])
        return super().suggestion(ctx, args)


def _meant(ctx: click.Context, words: list[str]) -> str:
    groups = [ctx.info_name or ""] if ctx.parent else []  # whatever the program was started as
    return f"; did you mean {shlex.join(['voiceover', *groups, *words])}?"
