"""The JSON file beside a Piper voice: sample rate, language, phonemes and their ids, speakers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voiceover.engines.draft.languages import voice_for
from voiceover.errors import ModelError
from voiceover.settings.values import parse_language
from voiceover.types.lazy_dataclass import dataclass

MOST_BYTES = 4_000_000
MOST_SYMBOLS = 4096
MOST_SPEAKERS = 100_000
PAD, START, END = "_", "^", "$"
"""Phonemes that every voice has: around a text, and between two others."""


@dataclass(frozen=True, slots=True)
class PiperConfig:
    """What a voice says about itself."""

    sample_rate: int
    language: str
    """BCP 47 tag."""
    espeak: str
    """espeak-ng's name of the language whose phonemes it was trained on."""
    quality: str
    """In words, such as ``medium``; may be empty."""
    noise: float
    length: float
    noise_w: float
    """Its own scales: of the sound's noise, of durations, and of their noise."""
    ids: Mapping[str, tuple[int, ...]]
    """Ids of each phoneme, a single character."""
    replaced: Mapping[str, tuple[str, ...]]
    """Phonemes spoken in place of others."""
    speakers: int
    """Number of speakers; 1 if it has no choice."""
    speaker_names: Mapping[str, int]


def read_config(path: Path) -> PiperConfig:
    """Read the JSON file of a voice. Raises ModelError, which says what is wrong, for any other file."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ModelError(f"{path}: over {MOST_BYTES // 1_000_000} MB; not the JSON of a Piper voice")
        return _config(json.loads(data.decode("utf-8")))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from error
    except _ShapeError as error:
        raise ModelError(f"{path}: not the JSON of a Piper voice: {error}") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not the JSON of a Piper voice: no JSON in UTF-8") from error


class _ShapeError(Exception):
    """Something is missing or of another type."""


def _config(found: Any) -> PiperConfig:
    audio, espeak = _mapping(found, "audio"), _mapping(found, "espeak")
    kind = found.get("phoneme_type", "espeak")
    if kind != "espeak":
        raise _ShapeError(f'it is for phonemes of the kind "{str(kind)[:40]}"; only espeak\'s are spoken')
    wanted = espeak.get("voice")
    name = voice_for(wanted) if isinstance(wanted, str) and len(wanted) < 40 else None
    if name is None:
        raise _ShapeError(f'"voice" in "espeak" is {str(wanted)[:40]!r}, which is no language of espeak-ng')
    ids = {_phoneme(key): _numbers(value) for key, value in _mapping(found, "phoneme_id_map").items()}
    if len(ids) > MOST_SYMBOLS:
        raise _ShapeError(f'"phoneme_id_map" has over {MOST_SYMBOLS} phonemes')
    missing = [key for key in (PAD, START, END) if not ids.get(key)]
    if missing:
        raise _ShapeError(f'"phoneme_id_map" has no {missing[0]}')
    replaced = found.get("phoneme_map") or {}
    if not isinstance(replaced, dict):
        raise _ShapeError('"phoneme_map" must be a mapping')
    scales = found.get("inference", {})
    speakers = _number(found.get("num_speakers", 1), "num_speakers", 1, MOST_SPEAKERS)
    names = found.get("speaker_id_map") or {}
    if not (isinstance(names, dict) and all(_is_number(number, 0, speakers - 1) for number in names.values())):
        raise _ShapeError('"speaker_id_map" must give each speaker a number below "num_speakers"')
    quality = audio.get("quality")
    return PiperConfig(
        sample_rate=int(_number(audio.get("sample_rate"), "sample_rate", 8000, 48_000)),
        language=_language(found.get("language"), name),
        espeak=name,
        quality=quality if isinstance(quality, str) and quality.isprintable() and len(quality) <= 20 else "",
        noise=_scale(scales, "noise_scale", 0.667),
        length=_scale(scales, "length_scale", 1.0) or 1.0,
        noise_w=_scale(scales, "noise_w", 0.8),
        ids=ids,
        replaced={_phoneme(key): tuple(_phonemes(value)) for key, value in replaced.items()},
        speakers=int(speakers),
        speaker_names={str(key)[:80]: int(number) for key, number in names.items()},
    )


def _mapping(found: Any, key: str) -> dict[str, Any]:
    value = found.get(key) if isinstance(found, dict) else None
    if not isinstance(value, dict):
        raise _ShapeError(f'it has no "{key}"')
    return value


def _phoneme(key: str) -> str:
    if not 1 <= len(key) <= 8:
        raise _ShapeError(f"{key[:40]!r} is not a phoneme")
    return key


def _phonemes(value: Any) -> list[str]:
    if not (isinstance(value, list) and all(isinstance(each, str) and len(each) <= 8 for each in value)):
        raise _ShapeError('"phoneme_map" must map phonemes to lists of phonemes')
    return value


def _numbers(value: Any) -> tuple[int, ...]:
    if not (isinstance(value, list) and len(value) <= 8 and all(_is_number(each, 0, MOST_SYMBOLS - 1) for each in value)):
        raise _ShapeError('"phoneme_id_map" must map phonemes to lists of ids')
    return tuple(value)


def _scale(scales: Any, key: str, default: float) -> float:
    return float(_number(scales.get(key, default) if isinstance(scales, dict) else default, key, 0, 10, whole=False))


def _number(value: Any, key: str, low: float, high: float, *, whole: bool = True) -> float:
    if not (_is_number(value, low, high) and (isinstance(value, int) or not whole)):
        raise _ShapeError(f'"{key}" must be a number from {low:g} to {high:g}')
    return float(value)


def _is_number(value: Any, low: float, high: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and low <= value <= high


def _language(found: Any, espeak: str) -> str:
    """Return the language's tag: with the region that the voice gives, if it is espeak's language."""
    region = found.get("code") if isinstance(found, dict) else None
    tag = parse_language(region.replace("_", "-")) if isinstance(region, str) and len(region) < 40 else None
    own = parse_language(espeak) or espeak
    return tag if tag is not None and voice_for(tag) is not None else own
