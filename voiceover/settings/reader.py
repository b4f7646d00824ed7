"""Reads settings: the front matter of a script, the keys of a YAML script, and the project file ``voiceover.yaml``.

The nouns stand in ``settings`` and are exported from here too. Every value is checked; every complaint has its place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from voiceover.settings.keys import FIELD_NAMES, PROJECT_READERS, READERS, Layer
from voiceover.settings.layers import DEFAULT_LANGUAGE, DEFAULT_VOICE, OPTION_KEYS, PRESETS
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Node, Scalar
from voiceover.settings.values import did_you_mean, edit_distance, is_empty, read_language, read_option
from voiceover.types import Gaps, Options, Read, Settings, Severity, VoiceSettings

__all__ = [
    "DEFAULT_LANGUAGE",
    "DEFAULT_VOICE",
    "PRESETS",
    "PROJECT_FILE",
    "Gaps",
    "Read",
    "Settings",
    "find_project",
    "has_cast",
    "read_settings",
]

PROJECT_FILE = "voiceover.yaml"
PAGE_KEYS = frozenset(("draft", "published", "publish", "status", "publishDate", "expiryDate", "audio", "url", "permalink", "slug"))
"""Keys of website pages: they decide when a batch renders the page (see ``script.page``) and where a feed links to, not how it sounds."""
PAGE_LANGUAGE_KEYS = ("lang", "locale")
"""Other names for an article's language; ``language`` wins."""


def find_project(script: Path) -> Path | None:
    """Return the nearest ``voiceover.yaml`` upward from ``script``, not past a ``.git`` folder, the home folder or the root."""
    home = Path("~").expanduser()
    # Links are not followed: a script that is linked into a project belongs to that project.
    for folder in Path(os.path.normpath(script.absolute())).parents:
        if (folder / PROJECT_FILE).is_file():
            return folder / PROJECT_FILE
        if folder == home or (folder / ".git").exists():
            return None
    return None


def has_cast(node: Node | None) -> bool:
    """True if a mapping of settings has a cast, itself or in its map ``voiceover``: this makes a Markdown file a script."""
    if not isinstance(node, Fields):
        return False
    parts = (node, _own_map(node))
    return any(part is not None and isinstance(part.get("cast"), Fields) for part in parts)


def read_settings(
    node: Node | None,
    folder: Path,
    problems: Problems,
    *,
    project: bool = False,
    lenient: bool = False,
    base: Settings | None = None,
    sections: Mapping[str, VoiceSettings] | None = None,
) -> Settings:
    """Read one layer of settings: a mapping from front matter, a YAML script or a project file.

    ``folder`` is the one that paths are relative to. ``project`` allows ``voices`` and ``scripts``, and ``assets`` outside ``folder``.
    ``lenient`` is for an article with a blog's own front matter: a foreign key is ignored, a key of ours in another shape is a warning
    and unused, ``lang`` and ``locale`` mean ``language``. ``base`` is the layer below: files may come from its assets, and half a map
    (``gaps: {scene: 900}``) leaves its other half standing. ``sections`` are the schemas of engines that may have settings in the cast,
    by name. A map ``voiceover`` within holds our keys apart and wins; the keys around it are then read as in an article.
    """
    if node is None or is_empty(node):
        return Settings()
    if not isinstance(node, Fields):
        problems.error(node.source, "not-a-mapping", 'settings must be lines of "key: value"')
        return Settings()
    layer = Layer(folder, problems, project, base or Settings(), sections or {})
    own = _own_map(node)
    if own is None:
        return _read_layer(layer, node, lenient)
    outer = Fields(tuple((key, value) for key, value in node.entries if key.text != "voiceover" and own.get(key.text) is None), node.source)
    around = _read_layer(layer, outer, True)
    return _read_layer(layer, own, False).over(around)


def _own_map(node: Fields) -> Fields | None:
    """Return the map of voiceover's own keys: ``voiceover``, or Hugo's ``params.voiceover``."""
    own = node.get("voiceover")
    params = node.get("params")
    if own is None and isinstance(params, Fields):
        own = params.get("voiceover")
    return own if isinstance(own, Fields) else None


def _read_layer(layer: Layer, node: Fields, lenient: bool) -> Settings:
    values: dict[str, Node] = {}
    for key, value in node.entries:
        if _is_known(key.text, layer.project):
            values[key.text] = value
        elif lenient:
            _suspect_key(key, value, layer)
        elif layer.project or key.text not in PAGE_KEYS:
            _complain_of_key(key, layer)
    read = Settings()
    # Folders, then sounds, are read first: other keys are checked against them.
    for name in sorted(values, key=lambda name: (name != "assets", name != "sounds")):
        found: Any = None if is_empty(values[name]) else _read_key(layer, name, values[name], lenient)
        if found is None:
            continue
        if name in OPTION_KEYS:
            one = Settings(options=Options(**{name: found}))
        else:
            field = FIELD_NAMES.get(name, name)
            foreign = frozenset((field,)) if lenient else frozenset()
            one = Settings(**{field: found}, places={field: values[name].source}, foreign=foreign)
        read, layer.below = one.over(read), one.over(layer.below)
    return _with_page_language(read, node, layer) if lenient and read.language is None else read


def _with_page_language(read: Settings, node: Fields, layer: Layer) -> Settings:
    """Return the settings with an article's language from ``lang`` or ``locale``, as site generators call it; ``lang`` wins."""
    found = {key.text.casefold(): value for key, value in reversed(node.entries)}
    for name in PAGE_LANGUAGE_KEYS:
        value = found.get(name)
        if value is None or (isinstance(value, Scalar) and not value.text.strip()):
            continue
        # A locale of POSIX may name its encoding, too.
        typed = replace(value, text=value.text.split(".", 1)[0].split("@", 1)[0]) if isinstance(value, Scalar) else value
        problems = Problems()
        language = read_language(typed, problems, name)
        if language is not None:
            own = Settings(language=language, places={"language": value.source})
            layer.below = own.over(layer.below)
            return own.over(read)
        for problem in problems.found:
            layer.problems.warning(problem.source, problem.code, f"{problem.message} (not used)")
    return read


def _read_key(layer: Layer, name: str, node: Node, lenient: bool) -> Any:
    """Read the value of one key; None if it is wrong, which in an article is only a warning."""
    problems, layer.problems = layer.problems, Problems()
    if name in OPTION_KEYS:
        value: Any = read_option(name, node, layer.problems)
    else:
        value = (READERS.get(name) or PROJECT_READERS[name])(name, node, layer)
    found, layer.problems = layer.problems.found, problems
    failed = any(problem.severity is Severity.ERROR for problem in found)
    for problem in found:
        if lenient and problem.severity is Severity.ERROR:
            problems.warning(problem.source, problem.code, f"{problem.message} (not used)")
        else:
            problems.found.append(problem)
    return None if failed and lenient else value


def _is_known(name: str, project: bool) -> bool:
    return name in READERS or name in OPTION_KEYS or (project and name in PROJECT_READERS)


def _suspect_key(key: Scalar, value: Node, layer: Layer) -> None:
    """Warn of an article's key that is one edit from ``cast`` or ``voice`` and has a value of that shape: another voice would speak."""
    is_cast = isinstance(value, Fields) and edit_distance(key.text, "cast") == 1
    is_voice = isinstance(value, Scalar) and not is_empty(value) and edit_distance(key.text, "voice") == 1
    if is_cast or is_voice:
        meant = "cast" if is_cast else "voice"
        layer.problems.warning(key.source, "unknown-key", f'unknown key "{key.text}"; did you mean "{meant}"? (not used)')


def _complain_of_key(key: Scalar, layer: Layer) -> None:
    if key.text in PROJECT_READERS:
        message = f'"{key.text}" belongs in {PROJECT_FILE}, the project file, not in a script'
    elif key.text == "voiceover":
        message = '"voiceover" must be a mapping of settings'
    elif key.text in PAGE_LANGUAGE_KEYS:
        message = f'unknown key "{key.text}"; did you mean "language"?'
    elif key.text == "segments" and not layer.project:
        message = "segments: is read only in a file that is nothing but front matter; keep either it or the text below"
    else:
        known = [*READERS, *OPTION_KEYS, *(PROJECT_READERS if layer.project else ("segments", "voiceover"))]
        message = f'unknown key "{key.text}"' + (
            did_you_mean(key.text, known, layer.problems) or f"; the keys are {', '.join(sorted(known))}"
        )
    layer.problems.error(key.source, "unknown-key", message)
