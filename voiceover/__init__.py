"""voiceover turns a script into a finished episode.

    import voiceover

    rendered = voiceover.render(voiceover.Job("episode.md", output="out"))

The names of ``__all__`` are the stable interface; they load when they are first used, so that ``import voiceover`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from voiceover.checking import Checked, check_script
    from voiceover.config import Settings
    from voiceover.errors import VoiceoverError
    from voiceover.preview import Part
    from voiceover.studio import (
        EpisodePlan,
        Job,
        Rendered,
        finish_episode,
        open_store,
        plan_episode,
        record,
        render,
    )
    from voiceover.types import Engine, EngineContext, EngineInfo, Episode, Options, Progress

__all__ = [
    "Checked",
    "Engine",
    "EngineContext",
    "EngineInfo",
    "Episode",
    "EpisodePlan",
    "Job",
    "Options",
    "Part",
    "Progress",
    "Rendered",
    "Settings",
    "VoiceoverError",
    "check_script",
    "finish_episode",
    "open_store",
    "plan_episode",
    "record",
    "render",
]

_HOMES = {
    "config": ("Settings",),
    "errors": ("VoiceoverError",),
    "preview": ("Part",),
    "studio": (
        "Checked",
        "EpisodePlan",
        "Job",
        "Rendered",
        "check_script",
        "finish_episode",
        "open_store",
        "plan_episode",
        "record",
        "render",
    ),
    "types": ("Engine", "EngineContext", "EngineInfo", "Episode", "Options", "Progress"),
}


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"voiceover.{module}"), name)
    raise AttributeError(f"module 'voiceover' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
