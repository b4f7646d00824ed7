"""The store of models: a neutral store of files with checksums and licences.

store       installed models: a folder and a record each
record      model.json
families    which engine's family a model belongs to
catalogue   models that can be downloaded by name; each family ships its own rows
adding      parts of a model into the store, after its family has checked them
importing   from the user's own files
pulling, hub  from the Hugging Face Hub; hub is the only module that knows it
sharing     models in a place that several machines share
opening     a model as its engine loads it
packaged    a model that installed Python packages bring
quantizing  a smaller model from an installed one
verifying   checksums and contents
voices      the reference clip that came with a model

Tensors, layouts and vocabularies are the business of the families (see ``voiceover.types.models.ModelFamily``), which come from the
installed engines. Most functions take a ``ModelStore``: the data folder and the families.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceover.models.catalogue import catalogue, find_row, models_speaking
from voiceover.models.families import owner
from voiceover.models.opening import missing_model, open_model, open_recognizer, rows_not_installed
from voiceover.models.store import ModelStore, damaged, default_name, find, installed, model_folder, models_folder, remove, use
from voiceover.system.lazy import names_on_demand
from voiceover.types.models import MODEL, CatalogueRow, ModelFinding, ModelRecord

if TYPE_CHECKING:
    from voiceover.models.adding import AddedModel
    from voiceover.models.hub import fetch_file
    from voiceover.models.importing import ImportOptions, import_model
    from voiceover.models.packaged import add_packaged
    from voiceover.models.pulling import Download, plan_pull, pull
    from voiceover.models.quantizing import import_full, import_only, quantize_model
    from voiceover.models.sharing import SharedModel, fetch_models, push_model
    from voiceover.models.verifying import verify_model

__all__ = [
    "MODEL",
    "AddedModel",
    "CatalogueRow",
    "Download",
    "ImportOptions",
    "ModelFinding",
    "ModelRecord",
    "ModelStore",
    "SharedModel",
    "add_packaged",
    "catalogue",
    "damaged",
    "default_name",
    "fetch_file",
    "fetch_models",
    "find",
    "find_row",
    "import_full",
    "import_model",
    "import_only",
    "installed",
    "missing_model",
    "model_folder",
    "models_folder",
    "models_speaking",
    "open_model",
    "open_recognizer",
    "owner",
    "plan_pull",
    "pull",
    "push_model",
    "quantize_model",
    "remove",
    "rows_not_installed",
    "use",
    "verify_model",
]

__getattr__ = names_on_demand(
    "voiceover.models",
    {
        "adding": ("AddedModel",),
        "hub": ("fetch_file",),
        "importing": (
            "ImportOptions",
            "import_model",
        ),
        "packaged": ("add_packaged",),
        "pulling": (
            "Download",
            "plan_pull",
            "pull",
        ),
        "quantizing": (
            "import_full",
            "import_only",
            "quantize_model",
        ),
        "sharing": (
            "SharedModel",
            "fetch_models",
            "push_model",
        ),
        "verifying": ("verify_model",),
    },
)
