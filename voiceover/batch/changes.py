"""What has changed since an episode was last planned, by content."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from voiceover import models
from voiceover.batch.contents import ABSENT, UNSETTLED, FileDigests, stamp_of
from voiceover.batch.entries import JournalEntry
from voiceover.batch.projects import ProjectLookup
from voiceover.batch.state import OutputState
from voiceover.batch.types import BatchRequest, FoundScript
from voiceover.pipeline.models import model_store
from voiceover.pipeline.recipe import ASSEMBLY_REVISION
from voiceover.system.version import __version__
from voiceover.types import Cast

_NEW = "new"


class ChangeDetector:
    """Compares episodes with the journal of the last run, for one output folder."""

    def __init__(self, request: BatchRequest, projects: ProjectLookup, state: OutputState) -> None:
        self._output = os.path.abspath(request.output)  # noqa: PTH100
        self._state = state
        self._allow_draft = request.allow_draft
        self._projects = projects
        self._contents = FileDigests()
        flags = json.dumps([asdict(request.flags), dict(request.engine_options)], sort_keys=True, default=str)
        self.asked: Mapping[str, str] = {
            "voiceover": f"{__version__}, assembly {ASSEMBLY_REVISION}",
            "flags": hashlib.sha256(flags.encode()).hexdigest()[:16],
            "model": models.default_name(model_store()) or "",
        }

    def why(self, found: FoundScript, entry: JournalEntry | None) -> str:
        """Say why the episode of ``found`` must be planned again; empty if nothing has changed."""
        if entry is None:
            return _NEW
        if os.path.abspath(found.script) != self._absolute(entry.script):  # noqa: PTH100
            return f"made from another script, {entry.script}"
        if found.digest != entry.digest:
            return "the script has changed"
        if entry.facts.provisional and not self._allow_draft:
            return "the draft voice speaks in it"
        return self._asked_change(entry) or self._place_change(found, entry) or self._input_change(entry) or self._output_change(entry)

    def entry_of(self, found: FoundScript, stem: str, dependencies: Iterable[str], cast: Cast, since_ns: int) -> JournalEntry:
        """Return an entry without outputs for an episode that was planned just now, starting at ``since_ns`` (since the epoch).

        ``dependencies`` are the files that were read or looked for.
        """
        folder = self._folder(found)
        project = self._projects.project(folder)
        paths = sorted({*dependencies, *([str(project)] if project else [])})
        script = os.path.abspath(found.script)  # noqa: PTH100
        return JournalEntry(
            stem=stem,
            script=self._relative(script),
            # The script may have changed between finding and planning it.
            digest=found.digest if self._contents.record(script, since_ns)[0] == found.digest else UNSETTLED,
            page=found.page,
            asked=self.asked,
            project=self._relative(str(project)) if project else None,
            voices={voice.name: self._place_of(voice.folder) for voice in cast.values()},
            inputs={self._relative(path): self._contents.record(path, since_ns) for path in paths},
        )

    def with_new_stamps(self, entry: JournalEntry) -> JournalEntry:
        """Return the entry of an unchanged episode with the new stamps of files that had to be read, so that the next run need not."""
        read = ((file, self._contents.stamp(self._state.path_of(entry.stem, file.name))) for file in entry.outputs)
        return replace(entry, outputs=tuple(replace(file, stamp=stamp) if stamp else file for file, stamp in read))

    def script_is_gone(self, entry: JournalEntry) -> bool:
        """True if the script does not exist any more."""
        return not os.path.exists(self._absolute(entry.script))  # noqa: PTH110

    def script_of(self, entry: JournalEntry) -> str:
        """Return the absolute path of the script."""
        return self._absolute(entry.script)

    def _asked_change(self, entry: JournalEntry) -> str:
        words = {
            "voiceover": f"made by voiceover {entry.asked.get('voiceover')}, now {self.asked['voiceover']}",
            "flags": "other options on the command line",
            "model": f"the chosen model is now {self.asked['model'] or 'none'}",
        }
        return next((words[key] for key, value in self.asked.items() if entry.asked.get(key) != value), "")

    def _place_change(self, found: FoundScript, entry: JournalEntry) -> str:
        folder = self._folder(found)
        project = self._projects.project(folder)
        if (self._relative(str(project)) if project else None) != entry.project:
            return f"another project file: {project or 'none'}"
        for name, place in entry.voices.items():
            now = self._projects.voice(folder, name)
            if self._place_of(now) != place:
                return f"the voice {name} is another: {now or 'gone'}"
        return ""

    def _input_change(self, entry: JournalEntry) -> str:
        for path, last in entry.inputs.items():
            now = self._contents.digest(self._absolute(path), last)
            if now != last[0]:
                return f"{path} {'is gone' if now == ABSENT else 'is there now' if last[0] == ABSENT else 'has changed'}"
        return ""

    def _output_change(self, entry: JournalEntry) -> str:
        for file in entry.outputs:
            path = self._state.path_of(entry.stem, file.name)
            stamp = stamp_of(path)
            if not stamp:
                return f"{file.name} is gone"
            if not file.is_public and not path.startswith(f"{self._state.home}/"):
                return "its manifest moves to the state folder"
            if stamp != file.stamp and (stamp[0] != file.bytes or self._contents.digest(path) != file.sha256):
                return f"{file.name} was modified"
        return ""

    def _folder(self, found: FoundScript) -> Path:
        return Path(os.path.abspath(found.script)).parent  # noqa: PTH100

    def _place_of(self, folder: Path | None) -> str:
        """Return where a voice is, relative to the output folder; empty for one that comes with an engine."""
        return "" if folder is None else self._relative(str(folder))

    def _relative(self, path: str) -> str:
        return os.path.relpath(path, self._output)

    def _absolute(self, path: str) -> str:
        return os.path.normpath(os.path.join(self._output, path))  # noqa: PTH118
