"""``verify``: whether a model of the store is what it was, and what it should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.copying import sha256_of
from voiceover.models.readers import Network, network_of, open_weights
from voiceover.models.record import Record
from voiceover.models.shapes import check_network, no_numbers
from voiceover.models.store import find, model_folder
from voiceover.tensors.vocabulary import check_vocab, read_vocab


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    fault: str | None = None
    """None where all is well."""


def verify_model(data: Path, name: str) -> Iterator[Finding]:
    """Look at a model, or a vocoder, and at the vocoder it speaks through: files, tensors, vocabulary.

    Raises ModelError where there is none.
    """
    record = find(data, name)
    yield from _verify(record, model_folder(data, record.name))
    if record.vocoder is not None:
        try:
            other = find(data, record.vocoder)
        except ModelError as error:
            yield Finding(f"vocoder {record.vocoder}", str(error))
            return
        if "vocoder" not in other.parts:
            yield Finding(f"vocoder {record.vocoder}", "it is a model and no vocoder")
            return
        yield from _verify(other, model_folder(data, other.name))


def _verify(record: Record, folder: Path) -> Iterator[Finding]:
    broken = False
    for name, stored in record.files.items():
        finding = _file(folder / name, f"{record.name}/{name}", stored.sha256)
        broken = broken or finding.fault is not None
        yield finding
    if broken:
        return
    wanted = {"dit": Network.DIT, "duration": Network.DURATION, "vocoder": Network.VOCOS}
    for role, path in record.parts.items():
        if role not in wanted:
            continue
        what = f"{record.name}: {role}"
        try:
            weights = open_weights(folder / path, verify=False)
            if network_of(weights) is not wanted[role]:
                raise ModelError(f"{path}: holds another network")
            check_network(weights, wanted[role])
            if role == "dit":
                tokens = read_vocab(folder / record.parts["vocab"])
                check_vocab(tokens, weights.shape("transformer.text_embed.text_embed.weight")[0], folder / record.parts["vocab"])
            if wild := no_numbers(weights):
                raise ModelError(wild)
        except ModelError as error:
            yield Finding(what, str(error))
        else:
            yield Finding(f"{what}, {len(weights.names())} tensors")


def _file(path: Path, what: str, sha256: str) -> Finding:
    try:
        actual = sha256_of(path)
    except OSError as error:
        return Finding(what, f"cannot be read: {error.strerror}")
    return Finding(what, None if actual == sha256 else f"SHA-256 {actual[:12]}…, {sha256[:12]}… when it came")
