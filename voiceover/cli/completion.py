"""Names that a shell can complete: voices, models, engines, formats. Nothing here may print or fail; no suggestion is always an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _completer(names: Callable[[click.Context], Iterable[tuple[str, str]]]) -> Complete:
    """Return a completion function for ``names``, which yields each name and what it is."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        with suppress(Exception):
            begin = incomplete.casefold()
            return [CompletionItem(name, help=about or None) for name, about in names(ctx) if name.casefold().startswith(begin)]
        return []

    return complete


def _voices(ctx: click.Context) -> Iterable[tuple[str, str]]:
    """The voices that the script on the command line would find, else those of the current folder."""
    from voiceover.pipeline.voices import voice_names

    # While an option has no value yet, click leaves the arguments before it in ctx.args.
    given = ctx.params.get("script") or next(iter(ctx.params.get("scripts") or ctx.args), None)
    return [(name, "") for name in voice_names(Path(given) if given else None)]


def _models(ctx: click.Context) -> Iterable[tuple[str, str]]:
    """The installed models."""
    from voiceover import models
    from voiceover.pipeline.models import model_store

    return [(record.name, "") for record in models.installed(model_store())]


def _engines(ctx: click.Context) -> Iterable[tuple[str, str]]:
    from voiceover import engines

    return [(engines.AUTO, "the best engine that is ready"), *((name, "") for name in engines.engine_names())]


def _formats(ctx: click.Context) -> Iterable[tuple[str, str]]:
    from voiceover.audio.formats import FORMATS

    return [(name, "") for name in FORMATS]


def _splits(ctx: click.Context) -> Iterable[tuple[str, str]]:
    from voiceover.settings.layers import SPLITS

    return [(name, "") for name in SPLITS]


def _channels(ctx: click.Context) -> Iterable[tuple[str, str]]:
    from voiceover.settings.layers import CHANNELS

    return [(name, "") for name in CHANNELS]


def _sample_rates(ctx: click.Context) -> Iterable[tuple[str, str]]:
    from voiceover.audio.formats import SAMPLE_RATES

    return [(str(rate), "") for rate in SAMPLE_RATES]


def _loudness(ctx: click.Context) -> Iterable[tuple[str, str]]:
    from voiceover.settings.layers import PRESETS

    return [(name, "" if target.integrated_lufs is None else f"{target.integrated_lufs:g} LUFS") for name, target in PRESETS.items()]


def _servers(ctx: click.Context) -> Iterable[tuple[str, str]]:
    """The speech servers of the user's configuration."""
    from voiceover.settings.user_config import read_user_config

    return [(label, server.url) for label, server in read_user_config().servers.items()]


complete_voices = _completer(_voices)
complete_models = _completer(_models)
complete_engines = _completer(_engines)
complete_formats = _completer(_formats)
complete_loudness = _completer(_loudness)
complete_splits = _completer(_splits)
complete_channels = _completer(_channels)
complete_sample_rates = _completer(_sample_rates)
complete_servers = _completer(_servers)
