"""The languages that have rules, each loaded when text in it is first spelled."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

from voiceover.text.normalize.rules import Rule

LANGUAGES = ("en", "de", "fr", "es", "it", "ja", "zh")
"""Primary subtags of the languages with rules."""


def has_rules(language: str) -> bool:
    """Return True if there are rules for a language (BCP 47 tag)."""
    return _primary(language) in LANGUAGES


@lru_cache
def rules_of(language: str) -> tuple[Rule, ...]:
    """Return the rules for a language (BCP 47 tag), in the order in which they are tried; empty if it has none."""
    primary = _primary(language)
    if primary not in LANGUAGES:
        return ()
    rules: tuple[Rule, ...] = import_module(f"voiceover.text.normalize.{primary}").LANGUAGE_RULES
    return rules


def _primary(language: str) -> str:
    return language.split("-", 1)[0].lower()
