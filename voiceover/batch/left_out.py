"""Count text files in the folders of a batch that are not used, so that no page is silently missed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from voiceover.audio.formats import AUDIO_SUFFIXES
from voiceover.script import YAML_SUFFIXES
from voiceover.types import STEMS_SUFFIX

_DOCUMENTS = frozenset(
    (
        *(".txt", ".text", ".rst", ".adoc", ".asciidoc", ".org", ".tex", ".textile", ".wiki", ".rtf", ".json", ".jsonl", ".ipynb"),
        *(".mdown", ".mkd", ".mkdn", ".mdwn", ".html", ".htm", ".xhtml", ".epub", ".mobi", ".azw3", ".fb2", ".pdf"),
        *(".docx", ".doc", ".odt", ".pages", ".srt", ".vtt", ".sbv", ".ass", ".ssa", ".ttml", ".fountain", ".fdx", ".ssml"),
    )
)
"""Extensions of text and documents; pictures, style sheets and code are not counted."""
_NOT_PROSE = frozenset(
    """robots.txt humans.txt requirements.txt license.txt licence.txt copying.txt cmakelists.txt llms.txt ads.txt security.txt package.json
    package-lock.json composer.json tsconfig.json jsconfig.json manifest.json theme.json""".split()  # noqa: SIM905 - easier to read
)
_NOT_PAGES = frozenset(("node_modules", "vendor", "themes", "_data", "_layouts", "_includes", "__pycache__"))
"""Folders that contain code, not pages."""
_MANIFEST = ".manifest.json"
_OUTPUTS = (
    ".chapters.json",
    ".credits.txt",
    ".notes.html",
    ".notes.md",
    ".transcript.html",
    ".transcript.json",
    ".srt",
    ".vtt",
    ".txt",
    _MANIFEST,
)
_VOICE_FILE = "voice.yaml"
NO_TITLE = "without a title"
NO_SEGMENTS = "without segments"


class LeftOutFiles:
    """Counts files per kind; each file counts once."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        """Kinds by path."""

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def no_script(self, path: Path, real: str) -> None:
        """Count a file with the extension of a script that is not a script."""
        is_yaml = path.suffix.lower() in YAML_SUFFIXES
        if not is_yaml:
            self._kinds[real] = NO_TITLE
        elif path.name != _VOICE_FILE and not path.name.startswith("_"):  # a voice, or the settings of a site
            self._kinds[real] = f"{path.suffix.lower()} {NO_SEGMENTS}"

    def other_kinds(self, folder: Path, names: Sequence[str], kept: Collection[str] = ()) -> None:
        """Count the documents among the files of a folder, except those of a voice and our own output files.

        ``kept`` are the names of the manifests of its episodes in a state folder.
        """
        if _VOICE_FILE in names or folder.name.endswith(STEMS_SUFFIX) or not _NOT_PAGES.isdisjoint(folder.parts):
            return
        manifests = {name.removesuffix(_MANIFEST) for name in (*names, *kept) if name.endswith(_MANIFEST)}
        for name in names:
            suffix = Path(name).suffix.lower()
            if suffix not in _DOCUMENTS or name.startswith(".") or name.lower() in _NOT_PROSE or _is_output(name, manifests):
                continue
            self._kinds[os.path.realpath(folder / name)] = suffix

    def take_back(self, paths: Collection[str]) -> None:
        """Stop counting ``paths``: scripts that were named explicitly, or our own files."""
        for path in paths:
            self._kinds.pop(path, None)

    def counts(self) -> Mapping[str, int]:
        """Return the number of files per kind: pages without a title first, then the most frequent."""
        counted = Counter(self._kinds.values())
        return {kind: counted[kind] for kind in sorted(counted, key=lambda kind: (kind != NO_TITLE, -counted[kind], kind))}

    def words(self) -> str:
        return left_out_words(self.counts())


def left_out_words(counts: Mapping[str, int]) -> str:
    """``left out: 3 without a title, 2 .txt (name them ...)``; empty if nothing was."""
    if not counts:
        return ""
    listed = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return f"left out: {listed} (name them by a glob or by scripts: in voiceover.yaml)"


def _is_output(name: str, manifests: Collection[str]) -> bool:
    stem = next((name.removesuffix(ending) for ending in (*_OUTPUTS, *AUDIO_SUFFIXES) if name.endswith(ending)), None)
    return stem is not None and stem in manifests
