"""What the tests of imports share: the files of other software, what they say, and what a folder of scripts says."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import Path

from voiceover.pipeline.check import check_script

FILES = Path(__file__).parent / "files"


def letters(text: str) -> str:
    """Letters and digits alone: what must be the same, whatever quotes and spaces a tool writes."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


def almanac(*kinds: str) -> str:
    """What is to be spoken of the almanac, with the lines that only files with these marks have."""
    found = []
    for line in (FILES / "almanac.txt").read_text("utf-8").splitlines():
        mark = re.match(r"\{(header|bare|row|caption|code)\}", line)
        if mark is None or mark[1] in kinds:
            found.append(line[mark.end() :] if mark is not None else line)
    return "\n".join(found)


def spoken(folder: Path) -> str:
    """All that the scripts in a folder say, in the order of their names; a script has no errors, and no warnings but of many footnotes."""
    said = []
    for path in sorted(folder.glob("*.md")):
        checked = check_script(path)
        assert [
            str(problem) for problem in checked.problems if problem.severity.value in ("error", "warning") and problem.code != "left-out"
        ] == []
        assert checked.script is not None
        said += [segment.text for segment in checked.script.segments]
    return "\n".join(said)


def rezipped(data: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """A container with files replaced, added, or (None) removed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            if name not in changes:
                after.writestr(name, before.read(name))
        for name, content in changes.items():
            if content is not None:
                after.writestr(name, content)
    return made.getvalue()


def part_of(file: str, name: str) -> str:
    """The text of a file within a container."""
    with zipfile.ZipFile(FILES / file) as container:
        return container.read(name).decode()
