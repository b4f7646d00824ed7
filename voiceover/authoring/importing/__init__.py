"""Import of manuscripts: books, documents, pages, captions and scripts of other tools become ordinary scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceover.system.lazy import names_on_demand

if TYPE_CHECKING:
    from voiceover.authoring.importing.formats import IMPORT_FORMATS
    from voiceover.authoring.importing.run import ImportReport, ImportRequest, import_manuscript

__all__ = ["IMPORT_FORMATS", "ImportReport", "ImportRequest", "import_manuscript"]

__getattr__ = names_on_demand(__name__, {"run": ("ImportReport", "ImportRequest", "import_manuscript"), "formats": ("IMPORT_FORMATS",)})
