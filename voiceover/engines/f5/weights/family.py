"""The F5 models as a family of the model store: how they are recognized, checked, opened, quantized and described.

Everything that reads tensors is imported when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from voiceover.engines.f5.choices import NAME, PRESETS, Architecture
from voiceover.errors import ModelError
from voiceover.types.models import (
    MODEL,
    VOCODER,
    CatalogueRow,
    InstalledFiles,
    ModelFinding,
    ModelOption,
    ModelRecord,
    ModelRequest,
    PreparedModel,
    QuantizePlan,
    RecognizedModel,
)

if TYPE_CHECKING:
    from voiceover.engines.f5.weights.model import F5Model

BITS = ("4", "8")
GROUPS = ("32", "64", "128")
IMPORT = frozenset({"import"})
QUANTIZE = frozenset({"quantize"})


class F5Family:
    """A ``ModelFamily``."""

    name = NAME
    catalogue = Path(__file__).with_name("catalogue.yaml")
    roles = ("dit", "vocab", "duration", "vocoder", "config", "bundle", "voice")
    """``bundle`` is a file of a folder that is read as one, ``voice`` an archive with a reference clip."""
    architectures = tuple(each.value for each in Architecture)
    presets = tuple(PRESETS)
    recommended = "f5-tts-mlx-4bit"
    weights_role = "dit"
    options = (
        ModelOption(
            "arch",
            "Architecture: v0 is F5TTS_Base, v1 is F5TTS_v1_Base. The weights do not reveal it.",
            frozenset({"import", "pull", "quantize"}),
            choices=tuple(each.value for each in Architecture),
        ),
        ModelOption("vocab", "The model's vocab.txt. [default: the one beside it]", IMPORT, "path"),
        ModelOption("vocoder", "Vocoder file. [default: an installed one]", IMPORT, "path"),
        ModelOption("duration", "Duration predictor. [default: the one beside it, if any]", IMPORT, "path"),
        ModelOption("preset", "Default sampling preset of the model.", IMPORT, choices=tuple(PRESETS)),
        ModelOption("bits", "Bits per value. [default: 4]", QUANTIZE, choices=BITS),
        ModelOption("group", "Number of values that share a scale. [default: 64]", QUANTIZE, choices=GROUPS),
        ModelOption("rowwise", "Write an int4 bundle with one scale per row.", QUANTIZE, "flag", excludes=("bits", "group")),
    )

    def recognize(self, path: Path) -> RecognizedModel:
        """See ``ModelFamily``."""
        from voiceover.engines.f5.weights.preparing import recognize

        return recognize(path)

    def configure(self, row: CatalogueRow, options: Mapping[str, str]) -> CatalogueRow:
        """See ``ModelFamily``."""
        architecture = options.get("arch")
        if architecture is not None:
            if row.vocoder_only:
                raise ModelError(f"{row.name} is a vocoder, which is neither v0 nor v1; leave --arch out")
            if row.architecture not in (None, architecture):
                raise ModelError(f"{row.name}: the catalogue says {row.architecture}, not {architecture}; leave --arch out")
            row = replace(row, architecture=architecture)
        if row.architecture is None and not row.vocoder_only:
            raise ModelError(f"{row.name}: the catalogue does not say whether it is v0 or v1; say --arch v0 or --arch v1")
        return row

    def prepare(self, request: ModelRequest, scratch: Path) -> PreparedModel:
        """See ``ModelFamily``."""
        from voiceover.engines.f5.weights.preparing import prepare

        return prepare(request, scratch)

    def owns(self, record: ModelRecord) -> bool:
        """Return True for any record without a family: before families had names, all models were F5's."""
        return record.family is None

    def fault_of(self, record: ModelRecord) -> str | None:
        """See ``ModelFamily``."""
        needed = ("vocoder",) if record.kind != MODEL else ("dit", "vocab") if record.vocoder is not None else ("dit", "vocab", "vocoder")
        missing = [role for role in needed if role not in record.parts]
        return f"no {missing[0]}" if missing else None

    def describe(self, entry: ModelRecord | CatalogueRow) -> str:
        """See ``ModelFamily``."""
        if entry.kind == VOCODER:
            return "vocoder"
        return f"{entry.architecture or '?'}, {', '.join(sorted(entry.languages or ('any language',)))}"

    def open(self, files: InstalledFiles) -> F5Model:
        """See ``ModelFamily``."""
        from voiceover.engines.f5.weights.installed import open_installed

        return open_installed(files)

    def verify(self, record: ModelRecord, folder: Path) -> Iterator[ModelFinding]:
        """See ``ModelFamily``."""
        from voiceover.engines.f5.weights.installed import verify

        return verify(record, folder)

    def plan_quantize(self, weights: Path, options: Mapping[str, str], others: Mapping[str, Path]) -> QuantizePlan:
        """See ``QuantizingFamily``."""
        from voiceover.engines.f5.weights.installed import plan_quantize

        return plan_quantize(weights, options, others)

    def quantize(self, weights: Path, options: Mapping[str, str], name: str, folder: Path) -> Path:
        """See ``QuantizingFamily``."""
        from voiceover.engines.f5.weights.installed import quantize

        return quantize(weights, options, name, folder)
