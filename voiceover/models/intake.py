"""Takes the parts of a model into the store: everything is checked where it lies, then copied, then named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.archive import ArchiveVoice, save_voice, unpack_archive, vocab_in, vocoder_in, voice_in
from voiceover.models.copying import OnProgress, belongs, copied, place_parts
from voiceover.models.parts import Parts, check_vocoder_config
from voiceover.models.readers import Network, network_of, open_weights
from voiceover.models.record import MODEL, VOCODER, Record, Stored, weights_digest
from voiceover.models.shapes import check_network, no_numbers
from voiceover.models.store import check_new_name, find, install, installed, model_folder, models_folder
from voiceover.system.files import os_errors_as, staging_folder
from voiceover.tensors.bundle import bundle_files, verify_checksums
from voiceover.tensors.stored import StoredWeights
from voiceover.tensors.vocabulary import check_vocab, read_vocab

STANDARD_VOCODER = "vocos-mel-24khz"
"""What F5's authors use."""


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a model besides its files."""

    name: str
    licence: str
    commercial: bool
    source: str
    revision: str | None = None
    architecture: str | None = None
    preset: str = "base"
    languages: frozenset[str] | None = None
    vocoder: str | None = None
    """An entry of the store."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A model that is in the store now."""

    record: Record
    voice: ArchiveVoice | None = None
    """A reference clip that came with it; a voice of the user's where its words came too, spoken once a licence or consent is known."""


def take_model(
    parts: Parts, about: About, data: Path, *, replace: bool | None = None, move: bool = False, progress: OnProgress | None = None
) -> Taken:
    """Put a model into the store. With ``move`` its files are moved there rather than copied.

    Raises ModelError for everything that does not fit: tensors that are missing, extra or misshapen, a vocabulary of another size,
    an architecture that nobody said, a vocoder that is nowhere, a disk that is too full.
    """
    check_new_name(data, about.name, MODEL, replace=replace)
    if parts.dit is None:
        raise ModelError(f"{about.source}: holds no F5-TTS network, only {', '.join(_known(parts)) or 'nothing that is known'}")
    dit = _checked(parts.dit, Network.DIT)
    layout = describe_layout(dit)
    architecture = about.architecture or parts.architecture
    if architecture is None:
        raise ModelError(
            f"{parts.dit}: nothing beside it says whether it is v0 (F5TTS_Base) or v1 (F5TTS_v1_Base), and the weights of the two look the "
            "same; say --arch v0 or --arch v1 (the wrong one speaks gibberish)"
        )
    if about.architecture and parts.architecture and about.architecture != parts.architecture:
        raise ModelError(f"{parts.dit}: its config says {parts.architecture}, not {about.architecture}; leave --arch out")
    with staging_folder(models_folder(data), about.name, ModelError) as room:
        archive = room / "archive"
        if parts.voice is not None:
            unpack_archive(parts.voice, archive)
            parts = parts.over(Parts(vocab=vocab_in(archive)))
        parts, vocoder_name = _with_vocoder(parts, about, archive, data)
        tokens = _checked_vocab(parts, dit)
        sources = {role: path for role in ("dit", "vocab", "duration", "vocoder") if (path := getattr(parts, role)) is not None}
        if parts.duration is not None:
            _checked(parts.duration, Network.DURATION)
        staged = room / "model"
        placed, files = place_parts(sources, staged, about.name, move, progress)
        voice = voice_in(archive) if parts.voice is not None else None
        if voice is not None:
            voice, more = _keep_clip(voice, staged)
            files |= more
        hashes = {role: [files[name].sha256 for name in files if belongs(name, placed[role])] for role in placed if role != "vocab"}
        record = Record(
            name=about.name,
            kind=MODEL,
            parts=placed,
            files=files,
            digest=weights_digest({**hashes, "architecture": [architecture]}, tokens),
            layout=layout,
            licence=about.licence,
            commercial=about.commercial,
            source=about.source,
            revision=about.revision,
            architecture=architecture,
            preset=about.preset,
            languages=None if about.languages is None else tuple(sorted(about.languages)),
            vocoder=vocoder_name,
            note=about.note,
        )
        install(staged, record, data, replace=bool(replace))
    if voice is not None:
        home = model_folder(data, about.name)
        voice = save_voice(voice.moved(home), data, about.name, about.licence)
    return Taken(record, voice)


def take_vocoder(
    path: Path, about: About, data: Path, *, replace: bool | None = None, move: bool = False, progress: OnProgress | None = None
) -> Record:
    """Put a vocoder for other models into the store. Raises ModelError."""
    check_new_name(data, about.name, VOCODER, replace=replace)
    layout = describe_layout(_checked(path, Network.VOCOS))
    with staging_folder(models_folder(data), about.name, ModelError) as room:
        staged = room / "model"
        placed, files = place_parts({"vocoder": path}, staged, about.name, move, progress)
        record = Record(
            name=about.name,
            kind=VOCODER,
            parts=placed,
            files=files,
            digest=weights_digest({"vocoder": [files[name].sha256 for name in files if belongs(name, placed["vocoder"])]}, ()),
            layout=layout,
            licence=about.licence,
            commercial=about.commercial,
            source=about.source,
            revision=about.revision,
            note=about.note,
        )
        return install(staged, record, data, replace=bool(replace))


def describe_layout(weights: StoredWeights) -> str:
    """What weights are stored as, in words: ``safetensors, 4 bits in groups of 64``."""
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


def _keep_clip(voice: ArchiveVoice, staged: Path) -> tuple[ArchiveVoice, dict[str, Stored]]:
    """The clip of an archive, beside the model."""
    name = f"voice/{voice.clip.name}"
    with os_errors_as(ModelError, "keep the reference clip", staged):
        (staged / "voice").mkdir(exist_ok=True)
        stored = copied(voice.clip, staged / name)
    return ArchiveVoice(voice.name, Path(name), voice.text), {name: stored}


# ---------------------------------------------------------------- what fits


def _checked(path: Path, network: Network) -> StoredWeights:
    """Weights whose tensors are exactly those of ``network`` and hold numbers, checksums compared first."""
    if path.is_dir():
        bundle_files(path)
        verify_checksums(path, partial=True)
    weights = open_weights(path, verify=False)
    if (found := network_of(weights)) is not network:
        raise ModelError(f"{path}: holds a {found.value} network, not a {network.value} one")
    check_network(weights, network)
    if network is Network.VOCOS:
        check_vocoder_config(weights, path if path.is_dir() else path.parent)
    if wild := no_numbers(weights):
        raise ModelError(f"{path}: BAD: {wild}; nothing can speak with these")
    return weights


def _checked_vocab(parts: Parts, dit: StoredWeights) -> tuple[str, ...]:
    if parts.vocab is None:
        raise ModelError(f"{parts.dit}: there is no vocab.txt beside it; give the model's own with --vocab")
    tokens = read_vocab(parts.vocab)
    check_vocab(tokens, dit.shape("transformer.text_embed.text_embed.weight")[0], parts.vocab)
    return tokens


def _with_vocoder(parts: Parts, about: About, archive: Path, data: Path) -> tuple[Parts, str | None]:
    """The parts with a vocoder of their own, or the name of one of the store."""
    if parts.vocoder is not None:
        _checked(parts.vocoder, Network.VOCOS)
        return parts, None
    if about.vocoder is not None:
        named = find(data, about.vocoder)
        if named.kind != VOCODER:
            raise ModelError(f"{named.name} is a model, not a vocoder")
        return parts, named.name
    there = vocoders(data)
    if there:
        return parts, there[0]
    inside = vocoder_in(archive) if archive.exists() else None
    if inside is None:
        raise ModelError(
            f"{about.source}: a model speaks through a vocoder, and there is none; get one: voiceover models pull {STANDARD_VOCODER}, "
            "or give one with --vocoder"
        )
    _checked(inside, Network.VOCOS)
    return parts.over(Parts(vocoder=inside)), None


def vocoders(data: Path) -> list[str]:
    """The vocoders of the store, the first of which is taken where none is named: the standard one where it is there."""
    return sorted((record.name for record in installed(data) if record.kind == VOCODER), key=lambda name: name != STANDARD_VOCODER)


def _known(parts: Parts) -> list[str]:
    return [role for role in ("duration", "vocoder", "vocab") if getattr(parts, role) is not None]
