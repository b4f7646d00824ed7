"""Where weights come from: a catalogue, the user's store, and what goes into it.

catalogue   models that can be pulled by name (catalogue.yaml)
store       the models that are here, a folder and a record each
opening     a model of the store as an engine is given it
intake      parts of a model into the store: parts (what lies there), shapes (does it fit), archive (a voice's .tar)
importing   from the user's own files
pull, hub   from the Hugging Face Hub; hub is the only file that knows it
sharing     models in a place that several machines share
quantizing  affine groups or rowwise int4 (affine, writing)
verifying   is it still what it was
readers     tensors by name out of every format
"""

from __future__ import annotations

from voiceover.models.catalogue import CatalogueRow, catalogue, find_row, models_speaking
from voiceover.models.importing import Given, chosen_vocoder, import_model
from voiceover.models.intake import Taken
from voiceover.models.opening import missing_model, open_model, rows_not_installed
from voiceover.models.quantizing import How, Line, import_full, quantize_model
from voiceover.models.record import Record
from voiceover.models.sharing import SharedModel, fetch_models, push_model
from voiceover.models.store import damaged, default_name, find, installed, model_folder, remove, use
from voiceover.models.verifying import Finding, verify_model

__all__ = [
    "CatalogueRow",
    "Finding",
    "Given",
    "How",
    "Line",
    "Record",
    "SharedModel",
    "Taken",
    "catalogue",
    "chosen_vocoder",
    "damaged",
    "default_name",
    "fetch_models",
    "find",
    "find_row",
    "import_full",
    "import_model",
    "installed",
    "missing_model",
    "model_folder",
    "models_speaking",
    "open_model",
    "push_model",
    "quantize_model",
    "remove",
    "rows_not_installed",
    "use",
    "verify_model",
]
