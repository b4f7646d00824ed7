"""Command groups that suggest what a mistyped command should have been."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

import click

from voiceover.cli.help import write_commands
from voiceover.cli.listing import SUMMARIES, load_command

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
        write_commands(formatter, self.summaries(ctx))

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return the name and the whole first sentence of each command: click itself cuts it to one line."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        return [(name, command.get_short_help_str(limit=1000)) for name, command in found if command is not None]

    def suggestion(self, ctx: click.Context, args: list[str]) -> str:
        """The end of the error message: what may have been meant."""
        from voiceover.settings.values import suggest

        nearest = suggest(args[0], self.list_commands(ctx))
        return _meant(ctx, [nearest, *args[1:]]) if nearest else f"; the commands are {', '.join(self.list_commands(ctx))}"


class RootGroup(SuggestingGroup):
    """The command ``voiceover``, which imports its commands when they are used, and recognizes a script or a folder given without one."""

    @property
    def commands(self) -> MutableMapping[str, click.Command]:
        """All commands by name; to list them here imports them."""
        return {name: self._command(name) for name in SUMMARIES}

    @commands.setter
    def commands(self, commands: MutableMapping[str, click.Command]) -> None:
        self._loaded = dict(commands)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in alphabetical order."""
        return sorted(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, imported if need be; None if there is no such name."""
        return self._command(cmd_name) if cmd_name in SUMMARIES else None

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return the names and summaries of the commands, which are not imported."""
        return sorted(SUMMARIES.items())

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was given; what the library logs goes to standard error."""
        from voiceover.cli.log_lines import log_to_stderr

        log_to_stderr()
        return super().invoke(ctx)

    def suggestion(self, ctx: click.Context, args: list[str]) -> str:
        """Suggest ``render`` for a script and ``batch`` for a folder, unless a command's name is nearer."""
        first = args[0]
        if os.path.isdir(first):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
            output = [] if any(word.startswith(("-o", "--output")) for word in args) else ["-o", "OUT"]
            return _meant(ctx, ["batch", *args, *output])
        if first == "-" or os.path.isfile(first) or Path(first).suffix.lower() in SCRIPT_SUFFIXES:  # noqa: PTH113
            return _meant(ctx, ["render", *args])
        return super().suggestion(ctx, args)

    def _command(self, name: str) -> click.Command:
        if name not in self._loaded:
            self._loaded[name] = load_command(name)
        return self._loaded[name]


def _meant(ctx: click.Context, words: list[str]) -> str:
    import shlex

    groups = [ctx.info_name or ""] if ctx.parent else []  # whatever the program was started as
    return f"; did you mean {shlex.join(['voiceover', *groups, *words])}?"
