"""Options of the commands that may ask a language model."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from voiceover.authoring.chat import LanguageModel

KEY_VARIABLE = "VOICEOVER_LLM_KEY"
_OPTIONS = (
    click.option("--llm-url", metavar="URL", help="Server of a language model (/v1/chat/completions): https, or http on this machine."),
    click.option("--llm-model", metavar="NAME", help="Model to ask. [default: the server's own]"),
    click.option(
        "--llm-key-env",
        metavar="VARIABLE",
        help=f"Environment variable that holds the server's key. [default: {KEY_VARIABLE}, if it is set]",
    ),
    click.option("--llm-timeout", metavar="SECONDS", type=click.FloatRange(0.1, 3600), help="Longest time of one request. [default: 300]"),
    click.option(
        "--llm-context", metavar="TOKENS", type=click.IntRange(2048, 2_000_000), help="Context window of the model. [default: 8192]"
    ),
)


def llm_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a language model; it gets what they name as ``model``, or None."""

    @wraps(command)
    def run(
        *,
        llm_url: str | None,
        llm_model: str | None,
        llm_key_env: str | None,
        llm_timeout: float | None,
        llm_context: int | None,
        **others: Any,
    ) -> None:
        command(model=_model(llm_url, llm_model, llm_key_env, llm_timeout, llm_context), **others)

    for option in reversed(_OPTIONS):
        run = option(run)
    return run


def _model(url: str | None, model: str | None, key_env: str | None, timeout: float | None, context: int | None) -> LanguageModel | None:
    if url is None:
        given = {"--llm-model": model, "--llm-key-env": key_env, "--llm-timeout": timeout, "--llm-context": context}
        alone = next((name for name, value in given.items() if value is not None), None)
        if alone is not None:
            raise click.UsageError(f"{alone} goes with --llm-url, which names the server")
        return None
    from voiceover.authoring.chat import DEFAULT_TIMEOUT_SECONDS, language_model

    if key_env is None and os.environ.get(KEY_VARIABLE, "").strip():
        key_env = KEY_VARIABLE
    return language_model(url, model, key_env, timeout or DEFAULT_TIMEOUT_SECONDS, context)
