"""Opens, verifies and quantizes installed F5 models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from voiceover.engines.f5.weights import quantizing
from voiceover.engines.f5.weights.files import bundle_files, open_weights
from voiceover.engines.f5.weights.layout import NetworkKind, network_of
from voiceover.engines.f5.weights.model import F5Model
from voiceover.engines.f5.weights.shapes import TEXT_EMBEDDING, check_network, not_finite
from voiceover.engines.f5.weights.vocabulary import check_vocab, read_vocab
from voiceover.errors import ModelError
from voiceover.types.models import InstalledFiles, ModelFinding, ModelRecord, QuantizePlan, QuantizeRow

NETWORKS = {"dit": NetworkKind.DIT, "duration": NetworkKind.DURATION, "vocoder": NetworkKind.VOCOS}
"""The network of each role with weights."""


def open_installed(files: InstalledFiles) -> F5Model:
    """Open a model for the engine; see ``ModelFamily.open``."""
    record, folder = files.record, files.folder
    if record.architecture is None:
        raise ModelError(f"{record.name}: its record does not say v0 or v1; get the model again")
    if files.vocoder is not None and files.vocoder_folder is not None:
        vocoder = files.vocoder_folder / files.vocoder.parts["vocoder"]
    else:
        vocoder = folder / record.parts["vocoder"]
    return F5Model(
        name=record.name,
        digest=files.digest,
        facts=record.facts,
        # Checksums were compared at the installation; ``verify`` compares them again.
        dit=open_weights(folder / record.parts["dit"], verify=False),
        vocoder=open_weights(vocoder, verify=False),
        duration=open_weights(folder / record.parts["duration"], verify=False) if "duration" in record.parts else None,
        vocab=read_vocab(folder / record.parts["vocab"]),
        bytes=files.bytes,
        folder=folder,
    )


def verify(record: ModelRecord, folder: Path) -> Iterator[ModelFinding]:
    """Check tensors, values and vocabulary; see ``ModelFamily.verify``."""
    for role, path in record.parts.items():
        if role not in NETWORKS:
            continue
        what = f"{record.name}: {role}"
        try:
            weights = open_weights(folder / path, verify=False)
            if network_of(weights) is not NETWORKS[role]:
                raise ModelError(f"{path}: holds another network")
            check_network(weights, NETWORKS[role])
            if role == "dit":
                vocab = folder / record.parts["vocab"]
                check_vocab(read_vocab(vocab), weights.shape(TEXT_EMBEDDING)[0], vocab)
            if fault := not_finite(weights):
                raise ModelError(fault)
        except ModelError as error:
            yield ModelFinding(what, str(error))
        else:
            yield ModelFinding(f"{what}, {len(weights.names())} tensors")


def plan_quantize(weights: Path, options: Mapping[str, str], others: Mapping[str, Path]) -> QuantizePlan:
    """Tell what quantizing does; see ``QuantizingFamily.plan_quantize``."""
    dit, how = open_weights(weights, verify=False), quantizing.read_options(options)
    if network_of(dit) is not NetworkKind.DIT:
        raise ModelError(f"{weights}: holds no F5-TTS network; only models are quantized")
    rows = quantizing.plan_quantize(dit, how)
    for role in ("duration", "vocoder"):
        if role in others:
            size = _size(others[role])
            count = len(open_weights(others[role], verify=False).names())
            rows.append(QuantizeRow(f"{role}, left as it is", count, size, size))
    return QuantizePlan(how.suffix, tuple(rows))


def quantize(weights: Path, options: Mapping[str, str], name: str, folder: Path) -> Path:
    """Write the quantized weights; see ``QuantizingFamily.quantize``."""
    return quantizing.quantize(open_weights(weights, verify=False), quantizing.read_options(options), name, folder)


def _size(path: Path) -> int:
    if path.is_dir():
        return sum((path / name).stat().st_size for name in bundle_files(path))
    return path.stat().st_size
