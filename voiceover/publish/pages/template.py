"""HTML from templates: everything that a template prints is escaped, and the page may load nothing from elsewhere.

Styles and scripts are files beside the templates. They are put into the page, and its Content-Security-Policy allows them by their digests
alone, so that nothing else runs in it, whatever a title or a line of the script contains.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from jinja2 import Environment

from voiceover.system.version import __version__

HERE = Path(__file__).parent
_ISLAND = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def page_text(template: Path, values: Mapping[str, object], data: object, *, figures: bool = False) -> str:
    """Return the page that ``template`` makes of ``values``.

    The style and the script of the same name are inside, after those of all pages, and ``data`` for the script; with ``figures``, the
    style of measurements and tables, too. A template extends ``page.html``, which has the head of all pages, and finds the files beside
    itself and those beside this module.
    """
    from markupsafe import Markup

    style = _joined(HERE / "page.css", *((HERE / "figures.css",) if figures else ()), template.with_suffix(".css"))
    script = _joined(HERE / "page.js", template.with_suffix(".js"))
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "img-src data:",
            "media-src 'self' file: data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    own = {"policy": policy, "style": Markup(style), "script": Markup(script), "version": __version__, "island": Markup(island(data))}
    return _environment(template.parent).get_template(template.name).render({**values, **own})


def _joined(*paths: Path) -> str:
    return "\n".join(path.read_text("utf-8") for path in paths)


def island(content: object) -> str:
    """Return JSON for a ``<script type="application/json">``: no text in it can end the element, or a line of a script."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_ISLAND)


def relative_url(name: str) -> str:
    """Return the URL of a file beside the page; it is never taken for another scheme, such as ``javascript:``."""
    return f"./{quote(name)}"


def clock(seconds: float) -> str:
    """Return a time as players show it: ``4:05``, ``1:02:03``."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def figure(value: float, digits: int = 1, signed: bool = False) -> str:
    """Return a number as print has it, with a minus sign in place of a hyphen."""
    return f"{value:{'+' if signed else ''}.{digits}f}".replace("-", "−")


def _digest(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _environment(folder: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader([folder, HERE]), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {"clock": clock, "figure": figure}
    return made
