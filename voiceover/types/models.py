"""Models: what the store keeps of each, and what an engine's family of models contributes to the store.

The store knows files, checksums, licences and names. Tensors, layouts and vocabularies are known to the family alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, runtime_checkable

from voiceover.types.lazy_dataclass import dataclass

MODEL = "model"
VOCODER = "vocoder"
RECOGNIZER = "recognizer"
"""Kinds of entries: a model that speaks, a vocoder that several models share, and one that listens. ``VOCODER`` is also a part's role."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the store at the time of its installation."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What is known of a model: stated by the catalogue or the user, completed by the family, kept in the record."""

    licence: str
    commercial: bool
    """True if the licence allows commercial use."""
    revision: str | None = None
    """A commit; in the catalogue None means the newest, which is recorded on download."""
    architecture: str | None = None
    """Variant of the network, if the family has several."""
    preset: str = ""
    """Sampling preset, if the family has any."""
    languages: frozenset[str] | None = None
    """Primary language subtags; None if unknown."""
    vocoder: str | None = None
    """Name of the vocoder that the model shares with others; None if it has its own or needs none."""
    note: str = ""

    @property
    def facts(self) -> ModelFacts:
        """The facts alone."""
        return ModelFacts(**{each.name: getattr(self, each.name) for each in fields(ModelFacts)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord(ModelFacts):
    """An installed model or vocoder."""

    name: str
    kind: str
    """``model``, ``vocoder`` or ``recognizer``."""
    parts: Mapping[str, str]
    """File or folder of each role, relative to the model's folder. The family defines the roles."""
    files: Mapping[str, StoredFile]
    """All files, relative to the model's folder."""
    digest: str
    """Digest of everything that changes the sound; the weights of a shared vocoder are not included."""
    layout: str
    """Format of the weights, in words."""
    source: str
    """Repository or path that the model came from."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Free text for people who read the file."""
    family: str | None = None
    """Name of its family; None in records from before families had names."""

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.bytes for file in self.files.values())


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A file of a repository."""

    role: str
    path: str
    bytes: int | None = None
    sha256: str | None = None
    """None if no checksum was published."""
    optional: bool = False
    """True if the model is complete without it."""
    repository: str | None = None
    """Where it is, if not in the entry's repository."""
    revision: str | None = None
    """A commit of ``repository``; None for the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueRow(ModelFacts):
    """A model or vocoder that can be downloaded by name; its vocoder is an entry, too."""

    name: str
    vocoder_only: bool
    """True for a vocoder that models share."""
    repository: str
    files: tuple[CatalogueFile, ...]
    family: str = ""

    @property
    def kind(self) -> str:
        """``model`` or ``vocoder``."""
        return VOCODER if self.vocoder_only else MODEL


@dataclass(frozen=True, slots=True)
class ModelFinding:
    """Result of one check of an installed model."""

    what: str
    fault: str | None = None
    """None if the check passed."""


@dataclass(frozen=True, slots=True)
class BundledVoice:
    """A reference clip that came with a model."""

    name: str
    clip: Path
    text: str | None
    """Exact words of the clip; None if unknown, and then no voice can be made of it."""
    folder: Path | None = None
    """Folder of the voice made from the clip, or of an existing voice of the same name, which was left alone."""
    made: bool = False
    """True if ``folder`` was made from this clip."""
    licence: str | None = None
    """Licence of the voice that was made; None if unknown, and then it may not be used yet."""

    def moved(self, home: Path) -> BundledVoice:
        """Return the voice with its clip below ``home``."""
        return replace(self, clip=home / self.clip)


@dataclass(frozen=True, slots=True)
class ModelOption:
    """An option of ``voiceover models`` that belongs to a family."""

    name: str
    """Flag without the dashes."""
    help: str
    commands: frozenset[str]
    """Commands that take it: ``import``, ``pull``, ``quantize``."""
    kind: str = "text"
    """``text``, ``path`` or ``flag``; a flag that was given has the value "yes"."""
    choices: tuple[str, ...] = ()
    """Allowed values; any if empty."""
    excludes: tuple[str, ...] = ()
    """Options that cannot be combined with it."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A model to be checked and added to the store."""

    name: str
    source: str
    """Path or repository, for messages."""
    kind: str
    facts: ModelFacts
    """From the catalogue, the user, or the model it was made from."""
    path: Path | None = None
    """File or folder of the user, for an import."""
    files: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    """Files by role, for a model whose parts are known."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Values of the family's own options."""
    like: bool = False
    """True if the user named a catalogue entry whose facts apply."""
    installed: tuple[ModelRecord, ...] = ()
    """Everything in the store."""
    find: Callable[[str], ModelRecord] | None = None
    """Finds an entry of the store; raises ModelError."""


@dataclass(frozen=True, slots=True)
class ModelPart:
    """A part of a model, before it is copied."""

    path: Path
    """A file, or a folder that is read as one."""
    files: tuple[tuple[Path, PurePosixPath], ...]
    """Every file to copy, with its name below the folder of the role."""
    in_digest: bool = True
    """True if its bytes are part of the digest."""


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """A model that passed all checks and is ready to be copied into the store."""

    kind: str
    parts: Mapping[str, ModelPart]
    """By role."""
    layout: str
    completed: ModelFacts | None = None
    """The facts of the request with what the family found; None if it found nothing new."""
    tokens: tuple[str, ...] = ()
    """Vocabulary, hashed into the digest token by token, so that line endings do not matter."""
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other facts that change the sound and are hashed into the digest."""
    voice: BundledVoice | None = None
    """Its clip is copied too."""
    remarks: tuple[str, ...] = ()
    """Lines for the user after the import."""


@dataclass(frozen=True, slots=True)
class RecognizedModel:
    """Weights that a family recognized."""

    weights: Path
    """File or folder of the main weights."""
    kind: str


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """A model whose only file comes in installed Python packages, in parts to be joined."""

    name: str
    """Its name in the store: that of the catalogue entry whose licence and languages apply."""
    role: str
    """Role of the file."""
    file: str
    """Name of the file."""
    parts: tuple[Path, ...]
    """The parts, in order."""
    sha256: str
    """Checksum of the whole."""
    source: str
    """What the parts come from, for messages."""
    cure: str
    """What to do if they are damaged, as the end of a message."""


@dataclass(frozen=True, slots=True)
class InstalledFiles:
    """An installed model as its family opens it; all files exist and have the recorded size."""

    record: ModelRecord
    folder: Path
    digest: str
    """Digest of the model and its vocoder."""
    bytes: int
    """Size of the model and its vocoder."""
    vocoder: ModelRecord | None = None
    """The installed vocoder that the model uses."""
    vocoder_folder: Path | None = None


@dataclass(frozen=True, slots=True)
class QuantizeRow:
    """A row of the table: what happens to some of the tensors."""

    what: str
    tensors: int
    before: int
    """Bytes."""
    after: int


@dataclass(frozen=True, slots=True)
class QuantizePlan:
    """Result of quantizing, known in advance."""

    suffix: str
    """Appended to the model's name by default."""
    rows: tuple[QuantizeRow, ...]


class ModelFamily(Protocol):
    """The models of one engine: an engine package offers it as ``MODEL_FAMILY`` beside ``make``."""

    @property
    def name(self) -> str:
        """Name of the family; the engine's name unless it has several."""
        ...

    @property
    def catalogue(self) -> Path | None:
        """YAML file of the models that can be downloaded."""
        ...

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles that a file of the catalogue may have."""
        ...

    @property
    def architectures(self) -> tuple[str, ...]: ...

    @property
    def presets(self) -> tuple[str, ...]:
        """Sampling presets, the default first."""
        ...

    @property
    def recommended(self) -> str | None:
        """Catalogue entry suggested to a user who has no model yet."""
        ...

    @property
    def options(self) -> tuple[ModelOption, ...]: ...

    def recognize(self, path: Path) -> RecognizedModel:
        """Find the weights at ``path`` by content. Raises ModelError, saying what was looked for, if none belong to the family."""
        ...

    def configure(self, row: CatalogueRow, options: Mapping[str, str]) -> CatalogueRow:
        """Return a row completed by the user's options. Raises ModelError for contradictions, and if something is still unknown."""
        ...

    def prepare(self, request: ModelRequest, scratch: Path) -> PreparedModel:
        """Check a model where it is; ``scratch`` is a path for a temporary folder that exists until everything is copied.

        Raises ModelError for whatever does not fit.
        """
        ...

    def owns(self, record: ModelRecord) -> bool:
        """Return True for a record without a family that belongs to this one."""
        ...

    def fault_of(self, record: ModelRecord) -> str | None:
        """Return what makes a record unusable, or None."""
        ...

    def describe(self, entry: ModelRecord | CatalogueRow) -> str:
        """Describe a model in a few words for a list."""
        ...

    def open(self, files: InstalledFiles) -> Any:
        """Return the object that the family's engine loads; weights are not read yet. Raises ModelError."""
        ...

    def verify(self, record: ModelRecord, folder: Path) -> Iterator[ModelFinding]:
        """Check the contents of an installed model whose files have the right checksums."""
        ...


class PlainFamily:
    """Base of families without architectures, sampling presets or options of their own, whose records always name them."""

    architectures: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()
    options: tuple[ModelOption, ...] = ()

    def configure(self, row: CatalogueRow, options: Mapping[str, str]) -> CatalogueRow:
        """See ``ModelFamily``. There is nothing to complete."""
        return row

    def owns(self, record: ModelRecord) -> bool:
        """See ``ModelFamily``."""
        return False


@runtime_checkable
class PackagedFamily(ModelFamily, Protocol):
    """A family with a model that Python packages can bring."""

    def packaged(self) -> PackagedModel | None:
        """Return the model that installed packages bring, without reading it; None if there is none.

        Raises ModelError if only some of its parts are installed.
        """
        ...


@runtime_checkable
class QuantizingFamily(ModelFamily, Protocol):
    """A family whose models can be made smaller."""

    @property
    def weights_role(self) -> str:
        """Role of the weights that are quantized."""
        ...

    def plan_quantize(self, weights: Path, options: Mapping[str, str], others: Mapping[str, Path]) -> QuantizePlan:
        """Tell what quantizing does to ``weights``; ``others`` are the parts that stay as they are. Raises ModelError."""
        ...

    def quantize(self, weights: Path, options: Mapping[str, str], name: str, folder: Path) -> Path:
        """Write the quantized weights of the model ``name`` into ``folder``; return the new file or folder. OSError passes."""
        ...
