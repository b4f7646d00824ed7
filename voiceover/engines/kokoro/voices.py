"""The voices that there are: upstream's by name, and the packs that voiceover ships. Reads no pack."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from voiceover.engines.kokoro.choices import LICENCE, NAME
from voiceover.settings.values import did_you_mean
from voiceover.types import DEFAULT_STYLE, Style, Voice

SHIPPED = Path(__file__).with_name("packs")
_NAMES = {
    "af": "alloy aoede bella heart jessica kore nicole nova river sarah sky",
    "am": "adam echo eric fenrir liam michael onyx puck santa",
    "bf": "alice emma isabella lily",
    "bm": "daniel fable george lewis",
    "ef": "dora",
    "em": "alex santa",
    "ff": "siwis",
    "hf": "alpha beta",
    "hm": "omega psi",
    "if": "sara",
    "im": "nicola",
    "jf": "alpha gongitsune nezumi tebukuro",
    "jm": "kumo",
    "pf": "dora",
    "pm": "alex santa",
    "zf": "xiaobei xiaoni xiaoxiao xiaoyi",
    "zm": "yunjian yunxi yunxia yunyang",
}
UPSTREAM = tuple(f"{prefix}_{name}" for prefix, names in _NAMES.items() for name in names.split())
"""Names of the voices that ``voiceover models pull kokoro`` installs. The first letter is the language, the second the sex."""

SHIPPED_BRITISH = frozenset(("ada", "dan"))
"""Shipped packs that are blends of British voices."""

_SEXES = {"f": "female", "m": "male"}
_LANGUAGES = {
    "a": ("en-US", "American"),
    "b": ("en-GB", "British"),
    "e": ("es", "Spanish"),
    "f": ("fr", "French"),
    "h": ("hi", "Hindi"),
    "i": ("it", "Italian"),
    "j": ("en-US", "Japanese voice that speaks English"),
    "p": ("pt-BR", "Brazilian"),
    "z": ("en-US", "Chinese voice that speaks English"),
}
"""Language and description by first letter. There are no phonemes here for Japanese and Chinese: those voices speak what others speak."""


def shipped_packs() -> dict[str, Path]:
    """Return the packs that come with voiceover, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.npz"))}


def unknown_pack(name: str, known: Iterable[str]) -> str:
    """Return the message for a voice of Kokoro that is not there."""
    if name in UPSTREAM:
        return f"the voice {name} of Kokoro is not installed; get it: voiceover models pull kokoro"
    known = tuple(known)
    return f'Kokoro has no voice "{name}"{did_you_mean(name, known) or "."} It has {", ".join(known) or "none"}.'


def upstream_voices(names: Iterable[str]) -> list[Voice]:
    """Return the upstream voices of these packs."""
    found = []
    for name in names:
        if name not in UPSTREAM:
            continue
        language, words = _LANGUAGES[name[0]]
        description = f"{words.capitalize() if words[0].islower() else words}, {_SEXES[name[1]]}. A voice of Kokoro-82M."
        styles = {DEFAULT_STYLE: Style(None, {NAME: {"voice": name}})}
        found.append(Voice(name, None, language, styles, licence=LICENCE, description=description))
    return found


def accent_region(weights: Iterable[tuple[str, float]]) -> str:
    """Return the region of English that a blend speaks best: GB if most of it is British, else US."""
    british = sum(share for name, share in weights if name.startswith(("bf_", "bm_")) or name.partition("-")[0] in SHIPPED_BRITISH)
    return "GB" if british > 0.5 else "US"
