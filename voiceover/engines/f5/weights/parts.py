"""Finds the parts of a model in the user's files, by content, never by file name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from voiceover.engines.f5.weights.files import open_weights
from voiceover.engines.f5.weights.layout import NetworkKind, network_of
from voiceover.errors import ModelError
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Node, Scalar, read_yaml
from voiceover.tensors.bundle import MANIFEST
from voiceover.tensors.file_names import file_in, leads_out
from voiceover.tensors.stored import StoredWeights

WEIGHTS = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")
CONFIGS = (".yaml", ".yml", ".json")
LARGEST_CONFIG = 1_000_000


@dataclass(frozen=True, slots=True)
class ModelParts:
    """The parts of a model: files, or folders of bundles."""

    dit: Path | None = None
    vocab: Path | None = None
    duration: Path | None = None
    vocoder: Path | None = None
    voice: Path | None = None
    """An archive with a reference clip, and perhaps a vocoder."""
    architecture: str | None = None
    """v0 or v1, from a config beside the weights."""

    def over(self, base: ModelParts) -> ModelParts:
        """Return these parts, and those of ``base`` for the ones that are unknown here."""
        mine = {name: getattr(self, name) for name in self.__slots__}
        return replace(base, **{name: value for name, value in mine.items() if value is not None})


def parts_from(roles: Mapping[str, Path]) -> ModelParts:
    """ModelParts by their role."""
    known: dict[str, Any] = dict(roles)
    return ModelParts(**known)


def find_parts(path: Path) -> ModelParts:
    """Find the parts at ``path``: a file of weights and what is beside it, a folder of such files, or a bundle.

    Raises ModelError if there is nothing, nothing known, or more than one of a kind.
    """
    if path.is_file():
        network = network_of(open_weights(path))
        if network is not NetworkKind.DIT:
            return parts_from({_ROLES[network]: path})
        beside = _of_folder(path.parent, skip={NetworkKind.DIT})
        return replace(beside, dit=path, architecture=_architecture(path, path.parent))
    if not path.is_dir():
        raise ModelError(f"{path}: there is no such file or folder")
    return _of_folder(path, skip=set())


def architecture_of(config: Mapping[str, Any], where: str) -> str | None:
    """Return v0 or v1 by the keys ``pe_attn_head`` and ``text_mask_padding`` of an F5-TTS config, None if it has neither.

    A missing ``pe_attn_head`` means upstream's default, which is v1's. Raises ModelError for a mix of the two.
    """
    arch = config
    for key in ("model", "arch"):
        inner = arch.get(key)
        if isinstance(inner, Mapping):
            arch = inner
    if not {"pe_attn_head", "text_mask_padding"} & arch.keys():
        return None
    first_head_alone = arch.get("pe_attn_head") in (1, "1")
    masked = str(arch.get("text_mask_padding", True)).lower() != "false"
    if first_head_alone != (not masked):
        raise ModelError(f"{where}: pe_attn_head and text_mask_padding are those of neither v0 (1, false) nor v1 (none, true)")
    return "v0" if first_head_alone else "v1"


_ROLES = {NetworkKind.DIT: "dit", NetworkKind.DURATION: "duration", NetworkKind.VOCOS: "vocoder"}


def _of_folder(folder: Path, skip: set[NetworkKind]) -> ModelParts:
    if (folder / MANIFEST).is_file() and NetworkKind.DIT not in skip:
        return _of_bundle(folder)
    found: dict[NetworkKind, Path] = {}
    doubles: dict[NetworkKind, list[str]] = {}
    unknown = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_file() or path.suffix.lower() not in WEIGHTS:
            continue
        if skip and (path.suffix.lower() != ".safetensors" or leads_out(folder, path)):
            continue  # beside a named file, look only into what is quick and safe
        file_in(folder, path.name)
        try:
            network = network_of(open_weights(path))
        except ModelError as error:
            unknown.append(str(error))
            continue
        if network in skip:
            continue
        doubles.setdefault(network, []).append(path.name)
        found[network] = path
    for network, names in doubles.items():
        if len(names) > 1 and (network is NetworkKind.DIT or not skip):
            raise ModelError(f"{folder}: holds several of one kind ({', '.join(names)}); name the file of the one to import")
    if not found and not skip:
        looked = f"looked for {', '.join(f'*{suffix}' for suffix in WEIGHTS)} and a bundle's {MANIFEST}"
        raise ModelError("; ".join([f"{folder}: an unknown layout: {looked}", *unknown]))
    single = {_ROLES[network]: path for network, path in found.items() if len(doubles[network]) == 1}
    dit = found.get(NetworkKind.DIT)
    return replace(parts_from(single), vocab=_vocab(folder), architecture=_architecture(dit, folder) if dit else None)


def _of_bundle(folder: Path) -> ModelParts:
    """Find the parts of a bundle: a DiT with an archive and a vocabulary beside it, or a vocoder."""
    network = network_of(open_weights(folder, verify=False))
    if network is not NetworkKind.DIT:
        return parts_from({_ROLES[network]: folder})
    archives = sorted(folder.glob("*.tar"))
    if len(archives) > 1:
        raise ModelError(f"{folder}: holds several archives: {', '.join(path.name for path in archives)}")
    for path in archives:
        file_in(folder, path.name)
    return ModelParts(dit=folder, vocab=_vocab(folder), voice=archives[0] if archives else None, architecture=_architecture(None, folder))


def _vocab(folder: Path) -> Path | None:
    """Return ``vocab.txt``, or the only text file with vocab in its name."""
    names = sorted(path.name for path in folder.glob("*.txt") if "vocab" in path.name.lower())
    chosen = "vocab.txt" if (folder / "vocab.txt").is_file() else names[0] if len(names) == 1 else None
    return None if chosen is None else file_in(folder, chosen)


def _architecture(dit: Path | None, folder: Path) -> str | None:
    """Return v0 or v1 from a config of the model's own name, or from ``config.*``."""
    stems = ([dit.stem] if dit else []) + ["config", "setting"]
    for name in [f"{stem}{suffix}" for stem in stems for suffix in CONFIGS]:
        path = folder / name
        if not path.is_file():
            continue
        config = read_config(file_in(folder, name) or path)
        if config is not None and (found := architecture_of(config, str(path))):
            return found
    return None


def read_config(path: Path, *, strict: bool = False) -> Mapping[str, Any] | None:
    """Read a YAML or JSON file as plain mappings and strings; return None if it is neither.

    Raises ModelError if it cannot be read; with ``strict`` also for broken YAML.
    """
    try:
        if path.stat().st_size > LARGEST_CONFIG:
            return None
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    if path.suffix == ".json":
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None
    problems = Problems()
    node = read_yaml(text, str(path), problems)
    if strict and problems.errors:
        raise ModelError(str(problems.errors[0]))
    return None if problems.errors or not isinstance(node, Fields) else _plain_fields(node)


def _plain_fields(node: Fields) -> Mapping[str, Any]:
    return {key.text: _plain(value) for key, value in node.entries}


def _plain(node: Node) -> Any:
    if isinstance(node, Fields):
        return _plain_fields(node)
    if isinstance(node, Scalar):
        return None if node.plain and node.text in ("", "null", "~", "None") else node.text
    return [_plain(item) for item in node.items]


def check_vocoder_config(weights: StoredWeights, folder: Path) -> None:
    """Raise ModelError if a vocoder is made for another kind of mel than F5-TTS makes (24 kHz, hop 256, "center")."""
    said: dict[str, Any] = {key.removeprefix("architecture."): value for key, value in weights.metadata.items()}
    path = file_in(folder, "config.yaml")
    if path is not None and (config := read_config(path, strict=True)) is not None:
        for part in ("feature_extractor", "head"):
            inner = config.get(part)
            arguments = inner.get("init_args") if isinstance(inner, Mapping) else None
            said |= arguments if isinstance(arguments, Mapping) else {}
    for key, right in (("sample_rate", "24000"), ("hop_length", "256"), ("padding", "center")):
        if key in said and str(said[key]) != right:
            raise ModelError(f"{weights.source}: a vocoder with {key} {said[key]}; F5-TTS needs {right}")
