"""A Hub on loopback that holds tiny models, and a catalogue that lists them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.models import tiny
from tests.models.hub_server import Hub, serving

BUNDLE = ("manifest.json", "tensor_q4_index.json", "tensors.q4.bin", "tensor_fp16_index.json", "tensors.fp16.bin", "checksums.sha256")


@dataclass
class Shop:
    """The loopback Hub, and the command that pulls from it."""

    hub: Hub
    pull: Run
    environment: dict[str, str]
    write_catalogue: Callable[..., None]


@pytest.fixture
def shop(tmp_path: Path, voiceover_process: Run) -> Iterator[Shop]:
    hub = Hub()
    commits = {
        "authors/vocos": hub.add("authors/vocos", tiny.vocoder_repository(tmp_path / "repo_vocos")),
        "authors/base": hub.add("authors/base", tiny.f5_tts_mlx(tmp_path / "repo_base")),
        "authors/distill": hub.add("authors/distill", tiny.distilled(tmp_path / "repo_distill")),
        "authors/tune": hub.add("authors/tune", tiny.checkpoint(tmp_path / "repo_tune", "v1", tokens=90)),
    }
    path = tmp_path / "catalogue.yaml"

    def write(*, sha256: str | None = None) -> None:
        def listed(repository: str, name: str, role: str) -> str:
            content = hub.repositories[repository][name]
            digest = sha256 if sha256 and role == "dit" else hashlib.sha256(content).hexdigest()
            return f"      - {{role: {role}, path: {name}, bytes: {len(content)}, sha256: {digest}}}\n"

        path.write_text(
            "vocoders:\n  vocos-mel-24khz:\n    repository: authors/vocos\n"
            f"    revision: {commits['authors/vocos']}\n    licence: MIT\n    commercial: yes\n    files:\n"
            + listed("authors/vocos", "pytorch_model.bin", "vocoder")
            + listed("authors/vocos", "config.yaml", "config")
            + "models:\n  base:\n    repository: authors/base\n"
            f"    revision: {commits['authors/base']}\n    licence: CC-BY-NC-4.0\n    commercial: no\n    languages: [en, zh]\n"
            "    architecture: v1\n    vocoder: vocos-mel-24khz\n    note: A tiny one.\n    files:\n"
            + listed("authors/base", "model_v1_4b.safetensors", "dit")
            + listed("authors/base", "vocab.txt", "vocab")
            + listed("authors/base", "duration_v2.safetensors", "duration")
            + "  newest:\n    repository: authors/base\n    licence: CC-BY-NC-4.0\n    commercial: no\n    architecture: v0\n"
            "    vocoder: vocos-mel-24khz\n    files:\n      - {role: dit, path: model_8b.safetensors}\n"
            "      - {role: vocab, path: vocab.txt}\n"
            "  distill:\n    repository: authors/distill\n    licence: not known\n    commercial: no\n    languages: [en]\n"
            "    architecture: v0\n    preset: distilled\n    vocoder: vocos-mel-24khz\n    files:\n"
            + "".join(f"      - {{role: bundle, path: {name}}}\n" for name in BUNDLE)
            + "      - {role: bundle, path: not_there.json, optional: yes}\n"
            "      - {role: vocab, path: F5TTS_Base_vocab.txt}\n      - {role: voice, path: peyton_voice_q4.tar}\n"
            "  tune:\n    repository: authors/tune\n    licence: Apache-2.0\n    commercial: yes\n"
            "    vocoder: vocos-mel-24khz\n    files:\n      - {role: dit, path: model_last.pt}\n      - {role: vocab, path: vocab.txt}\n"
        )

    write()
    environment = {
        "VOICEOVER_CATALOGUE": str(path),
        "VOICEOVER_DATA": str(tmp_path / "data"),
        "HF_HOME": str(tmp_path / "hf"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_PROXY": "127.0.0.1",
    }

    def pull(*arguments: str | Path, **more: object) -> object:
        return voiceover_process("models", "pull", *arguments, **{**environment, "HF_ENDPOINT": hub.url, **more})

    with serving(hub):
        environment["HF_ENDPOINT"] = hub.url
        yield Shop(hub, pull, environment, write)  # type: ignore[arg-type]
