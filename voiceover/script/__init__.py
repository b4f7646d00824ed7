"""What a writer typed, understood: Markdown or YAML to a Script.

Text is understood only here; it is spelled for the ear in ``plan``.
"""

from __future__ import annotations

from voiceover.script.load import load_script
from voiceover.script.not_scripts import url_message
from voiceover.script.page import Page, moment_of, read_page

__all__ = ["Page", "load_script", "moment_of", "read_page", "url_message"]
