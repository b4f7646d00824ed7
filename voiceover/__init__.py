"""voiceover turns a script into a finished episode.

    import voiceover

    rendered = voiceover.render(voiceover.Job("episode.md", output="out"))

The names of ``__all__`` are the stable interface; they load when they are first used, so that ``import voiceover`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceover.system.lazy import names_on_demand
from voiceover.system.version import __version__ as __version__

if TYPE_CHECKING:
    from voiceover.errors import VoiceoverError
    from voiceover.pipeline.check import check_script
    from voiceover.pipeline.context import open_store
    from voiceover.pipeline.job import Checked, EpisodePlan, Job, Rendered
    from voiceover.pipeline.preview import Part
    from voiceover.pipeline.render import finish_episode, plan_episode, record, render
    from voiceover.types import Engine, EngineContext, EngineInfo, Episode, Options, Progress, Settings

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

__getattr__ = names_on_demand(
    "voiceover",
    {
        "errors": ("VoiceoverError",),
        "pipeline.preview": ("Part",),
        "pipeline.job": ("Checked", "EpisodePlan", "Job", "Rendered"),
        "pipeline.check": ("check_script",),
        "pipeline.context": ("open_store",),
        "pipeline.render": ("finish_episode", "plan_episode", "record", "render"),
        "types": ("Engine", "EngineContext", "EngineInfo", "Episode", "Options", "Progress", "Settings"),
    },
)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
