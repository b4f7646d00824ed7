"""``quantize``: a smaller model from one in full precision."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.copying import check_space
from voiceover.models.importing import Given, import_model, name_of
from voiceover.models.intake import About, Taken, take_model
from voiceover.models.parts import Parts, find_parts, parts_from
from voiceover.models.readers import open_weights
from voiceover.models.record import MODEL, Record
from voiceover.models.store import check_new_name, find, installed, model_folder, models_folder
from voiceover.models.writing import is_rowwise, quantized_bytes, rowwise_bytes, write_bundle, write_quantized
from voiceover.system.files import os_errors_as, staging_folder
from voiceover.tensors.named import Weights

BITS = (4, 8)
GROUPS = (32, 64, 128)
_EMBEDDING = "transformer.text_embed.text_embed.weight"


@dataclass(frozen=True, slots=True)
class How:
    """How matrices are made smaller."""

    bits: int = 4
    group_size: int = 64
    rowwise: bool = False
    """The bundle of int4 with a scale a row."""

    @property
    def suffix(self) -> str:
        return "int4" if self.rowwise else f"{self.bits}bit" if self.group_size == 64 else f"{self.bits}bit-g{self.group_size}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: what becomes of some of the tensors."""

    what: str
    tensors: int
    before: int
    """Bytes."""
    after: int


def import_full(path: Path, how: How, data: Path, *, architecture: str | None = None, new_name: str | None = None) -> Record:
    """Import the model at ``path``, once it is known that it can be quantized, and that the name of what is made of it is free.

    Raises ModelError.
    """
    dit = find_parts(path).dit
    if dit is None:
        raise ModelError(f"{path}: holds no F5-TTS network; only models are quantized")
    plan_quantize(open_weights(dit, verify=False), how)
    name = name_of(path)
    made = new_name or f"{name}-{how.suffix}"
    if made.casefold() == name.casefold():
        raise ModelError(f'"{made}" will be the name of the model in full precision, which is imported first; give another --name')
    check_new_name(data, made, MODEL)
    if any(record.name == name for record in installed(data)):
        raise ModelError(f"there is a model {name} already; to quantize that one: voiceover models quantize {name}")
    taken = import_model(path, Given(architecture=architecture), data)
    return taken if isinstance(taken, Record) else taken.record


def quantize_model(name: str, how: How, data: Path, *, new_name: str | None = None) -> tuple[Taken, tuple[Line, ...]]:
    """Add to the store a model made from ``name``, and what became of its tensors.

    Matrices of linear layers whose width the group divides are quantized; embeddings, convolutions, norms, the vocoder and the
    duration predictor stay as they are (rowwise int4 takes convolutions too, and the rest to float16). Raises ModelError for a model
    that is quantized already.
    """
    record = find(data, name)
    if record.kind != MODEL:
        raise ModelError(f"{record.name} is a vocoder; only models are quantized")
    folder = model_folder(data, record.name)
    dit = open_weights(folder / record.parts["dit"], verify=False)
    lines = plan_quantize(dit, how)
    made_name = new_name or f"{record.name}-{how.suffix}"
    check_new_name(data, made_name, MODEL)
    for role in ("duration", "vocoder"):
        if path := record.parts.get(role):
            count = len(open_weights(folder / path, verify=False).names())
            lines.append(Line(f"{role}, left as it is", count, *_sizes(record, path)))
    parts = parts_from({role: folder / path for role, path in record.parts.items()})
    with staging_folder(models_folder(data), f"{record.name}-{how.suffix}", ModelError) as room:
        check_space(room, 2 * sum(line.after for line in lines), "quantize the model")
        made = room / "bundle" if how.rowwise else room / f"model_{how.bits}b.safetensors"
        with os_errors_as(ModelError, "write the quantized model", made):
            if how.rowwise:
                write_bundle(dit, record.name, made)
            else:
                write_quantized(dit, quantizable(dit, how.group_size), how.bits, how.group_size, made)
        about = About(
            name=made_name,
            licence=record.licence,
            commercial=record.commercial,
            source=f"{record.name} ({record.source})",
            revision=record.revision,
            architecture=record.architecture,
            preset=record.preset,
            languages=None if record.languages is None else frozenset(record.languages),
            vocoder=record.vocoder,
            note=f"{record.name}, quantized here.",
        )
        return take_model(parts_of(parts, made), about, data), tuple(lines)


def parts_of(parts: Parts, dit: Path) -> Parts:
    """The parts with another network."""
    return Parts(dit=dit).over(parts)


def plan_quantize(dit: Weights, how: How) -> list[Line]:
    """What will become of a network's tensors. Raises ModelError for a network that is quantized already, and impossible choices."""
    if not how.rowwise and (how.bits not in BITS or how.group_size not in GROUPS):
        raise ModelError(f"quantize to {' or '.join(map(str, BITS))} bits in groups of {', '.join(map(str, GROUPS))}")
    names = dit.names()
    if any(len(dit.shape(name)) == 2 and dit.quantized(name) is not None for name in names):
        raise ModelError(f"{dit.source}: quantized already; quantize from the model in full precision")
    chosen = {name for name in names if is_rowwise(name, dit.shape(name))} if how.rowwise else quantizable(dit, how.group_size)
    if not chosen:
        raise ModelError(f"{dit.source}: has no linear layer whose width {how.group_size} divides")

    def after(name: str) -> int:
        shape = dit.shape(name)
        if name not in chosen:
            return math.prod(shape) * (2 if how.rowwise else 4)
        return rowwise_bytes(shape) if how.rowwise else quantized_bytes((shape[0], shape[1]), how.bits, how.group_size)

    linear = {name for name in names if is_linear(name, dit)}
    kept = f"linear layers whose width {how.group_size} does not divide"
    made = "4 bits a row" if how.rowwise else f"{how.bits} bits, groups of {how.group_size}"
    groups: list[tuple[str, Callable[[str], bool]]] = [
        (f"linear layers, {made}", lambda n: n in chosen & linear),
        ("convolutions, 4 bits a row", lambda n: n in chosen - linear),
        (kept, lambda n: n in linear - chosen),
        ("embeddings, norms, biases" + (", float16" if how.rowwise else " and convolutions"), lambda n: n not in linear | chosen),
    ]
    lines = []
    for what, belongs in groups:
        mine = [name for name in names if belongs(name)]
        if mine:
            lines.append(Line(what, len(mine), sum(4 * math.prod(dit.shape(name)) for name in mine), sum(map(after, mine))))
    return lines


def quantizable(dit: Weights, group_size: int) -> frozenset[str]:
    """The matrices of linear layers whose width the group size divides."""
    return frozenset(name for name in dit.names() if is_linear(name, dit) and dit.shape(name)[1] % group_size == 0)


def is_linear(name: str, dit: Weights) -> bool:
    """Whether a tensor is the matrix of a linear layer: two dimensions, and not the table of an embedding."""
    return name.endswith(".weight") and name != _EMBEDDING and len(dit.shape(name)) == 2


def _sizes(record: Record, part: str) -> tuple[int, int]:
    size = sum(file.bytes for name, file in record.files.items() if name == part or name.startswith(f"{part}/"))
    return size, size
