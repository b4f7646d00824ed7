"""What a writer typed, understood: Markdown or YAML to a Script.

Text is understood only here; it is spelled for the ear in ``plan``.
"""

from __future__ import annotations

from voiceover.script.load import load_script

__all__ = ["load_script"]
