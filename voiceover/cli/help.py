"""Help pages with options in groups and an example for each command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

GROUPS = {
    "What to make": (
        "kind",
        "adapt_style",
        "speakers",
        "minutes",
        "force",
        "formats",
        "bitrate",
        "sample_rate",
        "channels",
        "split",
        "stems",
        "lines",
        "chapter",
        "only",
        "refresh",
        "page",
        "verify",
        "listen",
        "watch",
        "play",
        "dry_run",
        "explain",
        "prune",
        "show_all",
        "show_spoken",
        "show",
        "allow_draft",
        "allow_suspect",
        "retakes",
        "gone",
        "check",
        "ask_host",
    ),
    "How it sounds": ("voice", "style", "language", "speed", "seed", "say", "audio", "loudness"),
    "Engine": ("engine", "model", "backend", "precision", "threads", "preset", "gpu_batch", "any_language", "engine_option"),
    "Language model": ("prompt", "show_prompt", "llm_url", "llm_model", "llm_key_env", "llm_timeout", "llm_context"),
    "Where": ("output", "state", "sheet", "cache_dir", "jobs", "store", "cluster"),
    "When": ("no_wait", "fail_fast", "timeout", "until", "max_time", "at"),
    "Output": ("verbose", "quiet", "as_json", "paths", "report_files", "listing", "log", "into"),
}
"""Option names by group, in the order of the help page; the names are those of the command's parameters."""
REQUIRED, OTHER = "Required", "Other"


class GroupedCommand(click.Command):
    """A command whose help page shows its options in groups, then its examples."""

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.examples = tuple(examples)
        """Command lines as a user would type them."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, a section per group."""
        sections: dict[str, list[tuple[str, str]]] = {name: [] for name in (REQUIRED, *GROUPS, OTHER)}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                sections[group_of(parameter)].append(record)
        filled = {name: records for name, records in sections.items() if records}
        if len(filled) < 3:  # too few options to need groups
            filled = {"Options": [record for records in filled.values() for record in records]}
        for name, records in filled.items():
            with formatter.section(name):
                formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, one per line and never wrapped."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Example" if len(self.examples) == 1 else "Examples"):
                for example in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


def group_of(parameter: click.Parameter) -> str:
    """Return the group of an option, ``OTHER`` if it has none."""
    if parameter.required:
        return REQUIRED
    return next((group for group, names in GROUPS.items() if parameter.name in names), OTHER)


def write_commands(formatter: click.HelpFormatter, summaries: Sequence[tuple[str, str]]) -> None:
    """Write commands with their summaries, wrapped if need be."""
    if summaries:
        with formatter.section("Commands"):
            formatter.write_dl(summaries)
