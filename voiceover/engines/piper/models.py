"""Piper voices as models of the store: a network (ONNX) and a JSON file beside it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from voiceover.engines.piper.config import PiperConfig, read_config
from voiceover.engines.piper.options import NAME
from voiceover.errors import EngineError, ModelError
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, read_yaml
from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.models import (
    MODEL,
    CatalogueRow,
    InstalledFiles,
    ModelFacts,
    ModelFinding,
    ModelPart,
    ModelRecord,
    ModelRequest,
    PlainFamily,
    PreparedModel,
    RecognizedModel,
)

NETWORK, CONFIG = "network", "config"
"""Roles of the two files."""
_TRIAL = "a"


@dataclass(frozen=True, slots=True)
class PiperModel:
    """An installed voice; its network is not read yet."""

    name: str
    digest: str
    network: Path
    config: PiperConfig
    facts: ModelFacts


class PiperFamily(PlainFamily):
    """A ``ModelFamily``."""

    name = NAME
    catalogue = Path(__file__).with_name("catalogue.yaml")
    roles = (NETWORK, CONFIG)
    recommended = "thorsten"

    def recognize(self, path: Path) -> RecognizedModel:
        """Find the network at ``path``: an ONNX file with its JSON beside it, or a folder with one such pair."""
        return RecognizedModel(_pair(path)[0], MODEL)

    def prepare(self, request: ModelRequest, scratch: Path) -> PreparedModel:
        """Check both files, and let the network speak one sound. Raises ModelError."""
        if request.path is not None:
            network, config = _pair(request.path)
        else:
            network, config = request.files[NETWORK][0], request.files[CONFIG][0]
        found = read_config(config)
        _try(network, found)
        parts = {role: ModelPart(path, ((path, PurePosixPath(path.name)),)) for role, path in ((NETWORK, network), (CONFIG, config))}
        spoken_by = f", {found.speakers} speakers" if found.speakers > 1 else ""
        return PreparedModel(MODEL, parts, f"{found.language}, {found.quality or 'Piper'}, {found.sample_rate:,} Hz{spoken_by}")

    def fault_of(self, record: ModelRecord) -> str | None:
        """See ``ModelFamily``."""
        missing = [role for role in self.roles if role not in record.parts]
        return f"no {missing[0]}" if missing else None

    def describe(self, entry: ModelRecord | CatalogueRow) -> str:
        """See ``ModelFamily``."""
        return f"Piper, {entry.layout if isinstance(entry, ModelRecord) else ', '.join(sorted(entry.languages or ('any language',)))}"

    def open(self, files: InstalledFiles) -> PiperModel:
        """See ``ModelFamily``."""
        record = files.record
        config = read_config(files.folder / record.parts[CONFIG])
        return PiperModel(record.name, files.digest, files.folder / record.parts[NETWORK], config, record.facts)

    def verify(self, record: ModelRecord, folder: Path) -> Iterator[ModelFinding]:
        """Let the network speak one sound."""
        what = f"{record.name}: network and JSON"
        try:
            _try(folder / record.parts[NETWORK], read_config(folder / record.parts[CONFIG]))
        except ModelError as error:
            yield ModelFinding(what, str(error))
        else:
            yield ModelFinding(what)


@cache
def catalogue_names() -> tuple[str, ...]:
    """Return the names of the voices that can be downloaded."""
    node = read_yaml(PiperFamily.catalogue.read_text("utf-8"), PiperFamily.catalogue.name, Problems())
    models = node.get("models") if isinstance(node, Fields) else None
    return tuple(key.text for key, _ in models.entries) if isinstance(models, Fields) else ()


def _pair(path: Path) -> tuple[Path, Path]:
    """Return network and JSON of the voice at ``path``. Raises ModelError if there is not exactly one."""
    if path.is_dir():
        networks = sorted(each for each in path.iterdir() if each.suffix == ".onnx")
        if len(networks) != 1:
            raise ModelError(
                f"{path}: not a Piper voice: a folder with one file .onnx and its .onnx.json; it has {len(networks)} files .onnx"
            )
        path = networks[0]
    if path.suffix != ".onnx" or not path.is_file():
        raise ModelError(f"{path}: not a Piper voice: a file .onnx with its .onnx.json beside it, or a folder with both")
    config = path.with_name(f"{path.name}.json")
    if not config.is_file():
        raise ModelError(f"{path}: the JSON of this Piper voice is missing; put {config.name} beside it")
    return path, config


def _try(network: Path, config: PiperConfig) -> None:
    """Let a network speak one sound. Raises ModelError if it cannot."""
    from voiceover.engines.piper.network import PiperNetwork, Scales

    loaded = PiperNetwork(network, config.speakers)
    sound = config.ids.get(_TRIAL) or next(iter(config.ids.values()))
    ids = [*config.ids["^"], *sound, *config.ids["_"], max(max(each, default=0) for each in config.ids.values()), *config.ids["$"]]
    try:
        loaded.speak(ids, Scales(config.noise, config.length, config.noise_w), ((0, 0), (0, 1)), config.speakers - 1)
    except EngineError as error:
        raise ModelError(f"{network}: it does not speak: {error}") from error
