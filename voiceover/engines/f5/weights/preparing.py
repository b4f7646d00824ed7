"""Checks an F5 model where it is, before the store copies it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from voiceover.engines.f5.choices import NAME, PRESETS
from voiceover.engines.f5.weights.archive import unpack_archive, vocab_in, vocoder_in, voice_in
from voiceover.engines.f5.weights.files import bundle_files, open_weights
from voiceover.engines.f5.weights.layout import NetworkKind, network_of
from voiceover.engines.f5.weights.parts import ModelParts, check_vocoder_config, find_parts, parts_from
from voiceover.engines.f5.weights.shapes import TEXT_EMBEDDING, check_network, not_finite
from voiceover.engines.f5.weights.vocabulary import check_vocab, read_vocab
from voiceover.errors import ModelError
from voiceover.tensors.bundle import verify_checksums
from voiceover.tensors.file_names import file_in
from voiceover.tensors.stored import StoredWeights
from voiceover.types.models import MODEL, VOCODER, ModelPart, ModelRequest, PreparedModel, RecognizedModel

STANDARD_VOCODER = "vocos-mel-24khz"
"""The vocoder of F5's authors."""
DEFAULT_PRESET = next(iter(PRESETS))
SAY_ARCHITECTURE = "say --arch v0 or --arch v1"


def recognize(path: Path) -> RecognizedModel:
    """Find the weights at ``path``. Raises ModelError, saying what was looked for."""
    parts = find_parts(path)
    alone = parts.dit is None and parts.duration is None and parts.vocoder is not None
    return RecognizedModel(parts.dit or parts.vocoder or parts.duration or path, VOCODER if alone else MODEL)


def prepare(request: ModelRequest, scratch: Path) -> PreparedModel:
    """Check a model or vocoder; see ``ModelFamily.prepare``."""
    parts = find_parts(request.path) if request.path is not None else _parts_by_role(request.files)
    return _prepare_vocoder(parts, request) if request.kind == VOCODER else _prepare_model(parts, request, scratch)


def _prepare_model(parts: ModelParts, request: ModelRequest, scratch: Path) -> PreparedModel:
    """Raises ModelError for missing, extra or misshapen tensors, a vocabulary of another size, an unknown architecture, no vocoder."""
    parts, named = _with_options(parts, request)
    if parts.dit is None:
        known = [role for role in ("duration", "vocoder", "vocab") if getattr(parts, role) is not None]
        raise ModelError(f"{request.source}: holds no F5-TTS network, only {', '.join(known) or 'nothing that is known'}")
    dit = _checked(parts.dit, NetworkKind.DIT)
    architecture = _architecture(parts, request)
    if parts.voice is not None:
        unpack_archive(parts.voice, scratch)
        parts = parts.over(ModelParts(vocab=vocab_in(scratch)))
    parts, vocoder, remarks = _with_vocoder(parts, named, request, scratch)
    tokens = _checked_vocab(parts, dit)
    if parts.duration is not None:
        _checked(parts.duration, NetworkKind.DURATION)
    return PreparedModel(
        kind=MODEL,
        parts={role: _part(role, path) for role in ("dit", "vocab", "duration", "vocoder") if (path := getattr(parts, role)) is not None},
        layout=describe_layout(dit),
        completed=replace(
            request.facts,
            architecture=architecture,
            preset=request.options.get("preset") or request.facts.preset or DEFAULT_PRESET,
            vocoder=vocoder,
        ),
        tokens=tokens,
        facts={"architecture": (architecture,)},
        voice=voice_in(scratch) if parts.voice is not None else None,
        remarks=remarks,
    )


def _with_vocoder(
    parts: ModelParts, named: str | None, request: ModelRequest, scratch: Path
) -> tuple[ModelParts, str | None, tuple[str, ...]]:
    """Return the parts with a vocoder of their own or the name of an installed one, and remarks for the user."""
    if parts.vocoder is not None:
        _checked(parts.vocoder, NetworkKind.VOCOS)
        return parts, None, ()
    if named is not None and request.find is not None:
        found = request.find(named)
        if found.kind != VOCODER:
            raise ModelError(f"{found.name} is a model, not a vocoder")
        return parts, found.name, ()
    installed = sorted(
        (record.name for record in request.installed if record.kind == VOCODER and record.family in (None, NAME)),
        key=lambda name: name != STANDARD_VOCODER,
    )
    if installed:
        first, *rest = installed
        if first == STANDARD_VOCODER or not rest:
            return parts, first, ()
        choice = f"for {' or '.join(rest)} import it with --vocoder NAME --replace"
        return parts, first, (f"{request.name} speaks through the vocoder {first}; {choice}",)
    inside = vocoder_in(scratch) if scratch.exists() else None
    if inside is None:
        raise ModelError(
            f"{request.source}: no vocoder is installed, and the model needs one; get it: voiceover models pull "
            f"{STANDARD_VOCODER}, or name one with --vocoder"
        )
    _checked(inside, NetworkKind.VOCOS)
    return parts.over(ModelParts(vocoder=inside)), None, ()


def describe_layout(weights: StoredWeights) -> str:
    """Describe the format of weights: ``safetensors, 4 bits in groups of 64``."""
    kind = weights.metadata.get("format", "")
    if kind.endswith("q4-bundle-v0"):
        return f"{kind}, 4 bits a row"
    if not kind.endswith("bundle-v0"):
        kind = "safetensors" if weights.source.endswith(".safetensors") else "torch"
    matrices = [name for name in weights.names() if len(weights.shape(name)) == 2]
    how = {(found.bits, found.group_size) for name in matrices if (found := weights.quantized(name)) is not None}
    if not how:
        return f"{kind}, dense"
    return f"{kind}, {' and '.join(f'{bits} bits in groups of {group}' for bits, group in sorted(how))}"


def _parts_by_role(files: Mapping[str, tuple[Path, ...]]) -> ModelParts:
    """Return the parts of a model whose files are known by role; the files of a bundle are all in one folder."""
    roles = {role: paths[0] for role, paths in files.items()}
    if "bundle" in roles:
        roles["dit"] = roles["bundle"].parent
    return parts_from({role: path for role, path in roles.items() if role in ("dit", "vocab", "duration", "vocoder", "voice")})


def _with_options(parts: ModelParts, request: ModelRequest) -> tuple[ModelParts, str | None]:
    """Return the parts with those that the user named, and the name of the vocoder to use if it is an installed one."""
    given = {name: Path(request.options[name]) for name in ("vocab", "vocoder", "duration") if name in request.options}
    named = request.facts.vocoder
    vocoder = given.get("vocoder")
    if vocoder is not None and not vocoder.exists():
        named = request.find(str(vocoder)).name if request.find is not None else None
        vocoder = None
    elif vocoder is not None:
        found = find_parts(vocoder).vocoder
        if found is None:
            raise ModelError(f"{vocoder}: holds no vocoder")
        vocoder = found
    return ModelParts(vocab=given.get("vocab"), vocoder=vocoder, duration=given.get("duration")).over(parts), named


def _architecture(parts: ModelParts, request: ModelRequest) -> str:
    """Return v0 or v1: said by the user, the catalogue or a config beside the file, never guessed. Raises ModelError."""
    said = request.options.get("arch") or request.facts.architecture
    if said is None and parts.architecture is None:
        raise ModelError(
            f"{parts.dit}: v0 (F5TTS_Base) or v1 (F5TTS_v1_Base)? No config beside the file says, and the weights look the same; "
            f"{SAY_ARCHITECTURE} (the wrong one speaks gibberish)"
        )
    if said and parts.architecture and said != parts.architecture:
        raise ModelError(f"{parts.dit}: its config says {parts.architecture}, not {said}; leave --arch out")
    return said or parts.architecture or ""


def _prepare_vocoder(parts: ModelParts, request: ModelRequest) -> PreparedModel:
    """Check a vocoder that several models share. Raises ModelError."""
    if parts.vocoder is None:
        raise ModelError(f"{request.source}: holds no vocoder")
    typed = [f"--{name}" for name in ("arch", "vocab", "vocoder", "duration") if name in request.options]
    if request.path is not None and request.facts.languages is not None and not request.like:
        typed.append("--languages")
    if "preset" in request.options:
        typed.append("--preset")
    if request.like:
        typed.append("--like")
    if typed:
        raise ModelError(f"{request.path}: a vocoder, and {', '.join(typed)} applies to models only; leave it out")
    layout = describe_layout(_checked(parts.vocoder, NetworkKind.VOCOS))
    completed = replace(request.facts, architecture=None, preset=DEFAULT_PRESET, vocoder=None)
    return PreparedModel(VOCODER, {"vocoder": _part("vocoder", parts.vocoder)}, layout, completed)


def _part(role: str, path: Path) -> ModelPart:
    """List the files of a part; those of a bundle are what its manifest names."""
    if path.is_dir():
        return ModelPart(path, tuple((path / name, name) for name in bundle_files(path)))
    config = file_in(path.parent, "config.yaml") if role == "vocoder" else None
    files = tuple((file, PurePosixPath(file.name)) for file in (path, config) if file is not None)
    return ModelPart(path, files, in_digest=role != "vocab")


def _checked(path: Path, network: NetworkKind) -> StoredWeights:
    """Open weights; their tensors are exactly those of ``network`` and finite, and their checksums are right. Raises ModelError."""
    if path.is_dir():
        bundle_files(path)
        verify_checksums(path, partial=True)
    weights = open_weights(path, verify=False)
    if (found := network_of(weights)) is not network:
        raise ModelError(f"{path}: holds a {found.value} network, not a {network.value} one")
    check_network(weights, network)
    if network is NetworkKind.VOCOS:
        check_vocoder_config(weights, path if path.is_dir() else path.parent)
    if fault := not_finite(weights):
        raise ModelError(f"{path}: BAD: {fault}; nothing can speak with these")
    return weights


def _checked_vocab(parts: ModelParts, dit: StoredWeights) -> tuple[str, ...]:
    if parts.vocab is None:
        raise ModelError(f"{parts.dit}: there is no vocab.txt beside it; name the model's own with --vocab")
    tokens = read_vocab(parts.vocab)
    check_vocab(tokens, dit.shape(TEXT_EMBEDDING)[0], parts.vocab)
    return tokens
