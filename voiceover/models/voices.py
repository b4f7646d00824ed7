"""Makes a voice of the user's from the reference clip that came with a model."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.settings.terms import UNSTATED, licence_of
from voiceover.system.files import staging_folder
from voiceover.types.models import BundledVoice

VOICES = "voices"


def save_voice(voice: BundledVoice, data: Path, model: str, licence: str) -> BundledVoice:
    """Make a voice from a clip whose words are known; an existing voice of that name is left alone. Raises ModelError.

    The voice gets the model's ``licence``. If that is unknown, the voice has none until the user writes one into its file.
    """
    name = re.sub(r"[^a-z0-9-]+", "-", voice.name.lower()).strip("-")[:64].strip("-") or "voice"
    folder = data / VOICES / name
    if folder.exists():
        return replace(voice, name=name, folder=folder)
    if voice.text is None:
        return replace(voice, name=name)
    known = licence_of(licence)
    terms = f"{known}, as the model {model} that it came with" if known else None
    content = {
        "description": f"The reference clip that came with the model {model}.",
        "language": "en",
        "licence": terms or UNSTATED,
        "reference": {"audio": voice.clip.name, "text": voice.text},
    }
    with staging_folder(folder.parent, name, ModelError) as staged:
        shutil.copyfile(voice.clip, staged / voice.clip.name)
        # JSON is YAML, and nothing in the words can be taken for YAML syntax.
        (staged / "voice.yaml").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
        staged.rename(folder)
    return replace(voice, name=name, folder=folder, made=True, licence=terms)
