"""What was found once is kept by key in a file of JSON, beside a model or in the cache."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from voiceover.errors import EngineError
from voiceover.system.files import os_errors_as, write_whole


def read_kept(path: Path) -> dict[str, Any]:
    """What ``path`` keeps; nothing where it is not there or holds something else."""
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text("utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def keep(path: Path, key: str, value: Any, doing: str) -> None:
    """Put ``value`` under ``key`` beside what ``path`` keeps already. ``doing`` is a verb and its object; raises EngineError."""
    with os_errors_as(EngineError, doing, path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps({**read_kept(path), key: value}, indent=1).encode(), doing, EngineError)
