"""Lets engines complete the voices that they will speak, before a script is planned."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from voiceover import engines, voices
from voiceover.pipeline.context import engine_context
from voiceover.pipeline.job import Checked
from voiceover.settings.problems import Problems


def fit_voices(names: Mapping[str, str], checked: Checked, cache_folder: Path | None) -> Checked:
    """Return the checked script with voices that have all that decides their sound, and an error for each that an engine cannot speak.

    ``names`` are the engines by speaker. A script with errors stays as it is.
    """
    offered = {name: engines.offer(name, "fit_voice") for name in set(names.values())}
    contexts = {name: engines.context_of(name, engine_context(cache_folder)) for name, fit in offered.items() if fit is not None}
    fits = {speaker: functools.partial(offered[name], contexts[name]) for speaker, name in names.items() if name in contexts}
    if checked.script is None or checked.errors or not fits:
        return checked
    problems = Problems()
    cast = voices.fit_cast(checked.cast, checked.script.cast, fits, problems)
    found = sorted((*checked.problems, *problems.all), key=lambda problem: problem.source)
    return replace(checked, cast=cast, problems=tuple(found))
