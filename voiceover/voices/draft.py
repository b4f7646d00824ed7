"""What the draft engine is told of a voice: from ``draft:`` in voice.yaml, else from the voice's name.

The ranges are espeak-ng's own (speak_lib.h: espeakRATE from 80 to 450, espeakPITCH and espeakRANGE to 99, espeakVOLUME to 200).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Node
from voiceover.settings.values import read_fields, read_integer, read_word

ENGINE = "draft"
RANGES: Mapping[str, tuple[int, int]] = {"pitch": (0, 99), "range": (0, 99), "rate": (80, 450), "volume": (0, 200)}
KEYS = ("variant", *RANGES)
_VARIANTS = (
    *("f1", "f2", "f3", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"),
    *("Alex", "Andrea", "Andy", "Annie", "Denis", "Diogo", "Lee", "Michael", "linda", "steph"),
)
"""Those of espeak-ng 1.52 that sound like people, without echo. Never reordered: a voice's sound hangs on its place here."""
_VARIANT_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)

DraftSettings = dict[str, str | int | float]


def derived(name: str) -> DraftSettings:
    """Settings by a voice's name without regard to case, the same on every machine: pitch 30 to 70, range 40 to 74, rate 150 to 184."""
    digest = hashlib.sha256(f"voiceover draft voice: {name.casefold()}".encode()).digest()
    parts = [int.from_bytes(digest[at : at + 4], "big") for at in range(0, 16, 4)]
    return {
        "variant": _VARIANTS[parts[0] % len(_VARIANTS)],
        "pitch": 30 + parts[1] % 41,
        "range": 40 + parts[2] % 35,
        "rate": 150 + parts[3] % 35,
        "volume": 100,
    }


def read_draft(node: Node | None, problems: Problems, below: DraftSettings) -> DraftSettings:
    """The five settings, complete: those of ``draft:`` over ``below``."""
    settings = dict(below)
    values = read_fields(node, problems, "draft", KEYS) if node is not None else None
    for key, value in (values or {}).items():
        read = _read_variant(value, problems) if key == "variant" else read_integer(value, problems, f"draft: {key}", *RANGES[key])
        if read is not None:
            settings[key] = read
    return settings


def _read_variant(node: Node, problems: Problems) -> str | None:
    name = read_word(node, problems, "draft: variant")
    if name is not None and not _VARIANT_NAME.fullmatch(name):
        problems.error(node.source, "bad-value", f'draft: variant must be the name of an espeak-ng variant such as f3, not "{name}"')
        return None
    return name
