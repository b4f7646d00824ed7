"""Makes the scripts of a manuscript: their names, front matter and text, and the project file of a book."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voiceover.authoring.importing.chapters import letters
from voiceover.authoring.importing.language_tags import language_tag
from voiceover.authoring.importing.manuscript import Manuscript, ManuscriptPart, PassageKind, SourcePassage
from voiceover.authoring.importing.markdown_text import PLAIN, write_note, write_passage
from voiceover.authoring.importing.recurring_names import recurring_names
from voiceover.authoring.importing.yaml_text import yaml_text
from voiceover.settings.cast import MAX_NAME, NOT_IN_NAMES
from voiceover.settings.layers import RESERVED_NAMES
from voiceover.system.lazy import lazy_pattern
from voiceover.text.file_names import file_name_of

NARRATOR = "Narrator"
VOICES = ("ada", "ben", "cora", "dan")
"""The shipped voices, which the speakers of a dialogue get in turn."""
PROJECT_FILE = "voiceover.yaml"
COVER_STEM = "cover"
_MARKUP = lazy_pattern(r"[<>\[\]{}*`|\\$]+|(?<![^\W_])_+|_+(?![^\W_])|&(?=#?\w{1,40};)|~{2,}|={2,}|%{2,}|:(?=\S)|\^(?=\S)")
"""What a title in the front matter could be read as markup by."""


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """A script to be written."""

    name: str
    title: str
    front: tuple[str, ...]
    """Lines of its front matter."""
    passages: tuple[SourcePassage, ...]
    speakers: Mapping[str, str]
    """Names in the cast by the names of the source; empty for an article."""
    labels: Mapping[str, str]
    """Labels of footnotes by key."""
    notes: tuple[str, ...]
    """Definitions of the footnotes."""
    has_directions: bool
    """True if words in brackets may be stage directions."""
    speaks_title: bool
    """True if the title is spoken although no heading of the text says it."""

    @property
    def names_cover(self) -> bool:
        """True if its front matter names the cover picture."""
        return any(line.startswith("cover: ") for line in self.front)

    def blocks(self, care: Mapping[int, int]) -> list[str]:
        """Return the passages in Markdown; ``care`` says how much to escape in some of them, by index."""
        return [self.block(index, care.get(index, PLAIN)) for index in range(len(self.passages))]

    def block(self, index: int, care: int) -> str:
        """Return one passage in Markdown."""
        passage = self.passages[index]
        name = self.speakers.get(passage.speaker, "") if passage.kind is PassageKind.PARAGRAPH else ""
        return write_passage(passage, self.labels, care, name=name, acted=self.has_directions)

    def text(self, care: Mapping[int, int]) -> str:
        """Return the whole file."""
        parts = ["---", *self.front, "---"] if self.front else []
        body: list[str] = []
        for index, block in enumerate(self.blocks(care)):
            tight = index > 0 and _is_item(self.passages[index]) and _is_item(self.passages[index - 1])
            body.append(block if tight else f"\n{block}")
        notes = [f"\n{note}" for note in self.notes]
        return "\n".join([*parts, *body, *notes]).lstrip("\n") + "\n"


def _is_item(passage: SourcePassage) -> bool:
    """Return True for the first paragraph of a list item."""
    return passage.kind is PassageKind.PARAGRAPH and passage.first.rstrip(" ").endswith(("-", ".")) and "\n" not in passage.text


def script_files(manuscript: Manuscript, stem: str, cover: str) -> tuple[ScriptFile, ...]:
    """Return the scripts of a manuscript: one called after ``stem``, or several with numbers.

    ``cover`` is the file name of the cover, empty if there is none.
    """
    parts = manuscript.parts
    if len(parts) == 1:
        title = manuscript.title or parts[0].title or stem.replace("_", " ").replace("-", " ")
        front = [f"title: {yaml_text(title)}", *_about(manuscript, cover)]
        return (_script(f"{file_name_of(stem, 'script')}.md", title, front, parts[0], manuscript, is_book=False),)
    width = max(len(str(len(parts))), 2)
    files = []
    for number, part in enumerate(parts, 1):
        name = f"{number:0{width}}_{file_name_of(part.title, 'chapter')}.md"
        front = [f"title: {yaml_text(part.title or f'Chapter {number}')}", f"episode: {number}"]
        files.append(_script(name, part.title, front, part, manuscript, is_book=True))
    return tuple(files)


def _script(name: str, title: str, front: list[str], part: ManuscriptPart, manuscript: Manuscript, *, is_book: bool) -> ScriptFile:
    speakers = cast_names(manuscript.speakers, part.passages) if manuscript.speakers else {}
    speaks_title = not speakers
    if speakers:
        front += _cast_lines(tuple(dict.fromkeys(speakers.values())))
    elif part.passages and part.passages[0].kind is PassageKind.HEADING and part.passages[0].level == 1:
        speaks_title = False
        heading = part.passages[0].text
        if letters(heading) == letters(title) and not _MARKUP.search(heading):
            front[0] = f"title: {yaml_text(heading)}"  # spoken once, since the heading repeats it
        else:
            front[0] = f"title: {yaml_text(_MARKUP.sub(' ', title))}"
            front.append("read: {title: skip}")
    if not is_book:
        front += _lexicon_lines(manuscript)
    labels = {key: str(number) for number, (key, _) in enumerate(part.notes, 1)}
    notes = tuple(write_note(labels[key], paragraphs) for key, paragraphs in part.notes)
    return ScriptFile(name, title, tuple(front), part.passages, speakers, labels, notes, manuscript.has_directions, speaks_title)


def project_lines(manuscript: Manuscript, cover: str) -> list[str]:
    """Return the project file of a book."""
    shown = ["# Settings of all chapters in this folder. A chapter's front matter and flags override them: docs/script.md."]
    title = [f"show: {yaml_text(manuscript.title)}    # the title of the book"] if manuscript.title else []
    voice = ["# voice: ada              # who reads; `voiceover voices` lists the voices"]
    return [*shown, *title, *_about(manuscript, cover), *voice, *_lexicon_lines(manuscript)]


def _about(manuscript: Manuscript, cover: str) -> list[str]:
    lines = []
    if manuscript.author:
        lines.append(f"author: {yaml_text(manuscript.author)}")
    if manuscript.description:
        lines.append(f"description: {yaml_text(manuscript.description)}")
    if tag := language_tag(manuscript.language):
        lines.append(f"language: {tag}")
    if cover:
        lines.append(f"cover: {cover}")
    return lines


def _lexicon_lines(manuscript: Manuscript) -> list[str]:
    """Return the commented lexicon: a name per line, to be completed if it is read wrong."""
    names = recurring_names(manuscript)
    if not names:
        return []
    lines = ["# Names that recur. If one is read wrong, take the # off its line and off lexicon, and write how it sounds: win, or /wɪn/."]
    return [*lines, "# lexicon:", *(f"#   {yaml_text(name)}: {yaml_text(name)}    # {count} times" for name, count in names)]


def _cast_lines(names: Sequence[str]) -> list[str]:
    lines = [f"  {_key(name)}: {VOICES[number % len(VOICES)]}" for number, name in enumerate(names)]
    shared = f"; {len(names)} speakers share {len(VOICES)} voices" if len(names) > len(VOICES) else ""
    return [f"cast:    # `voiceover voices` lists the voices{shared}", *lines]


def _key(name: str) -> str:
    written = yaml_text(name)
    return written if written.startswith('"') or re.fullmatch(r"[\w .'’-]+", written) else json.dumps(name, ensure_ascii=False)


def cast_names(speakers: Sequence[str], passages: Sequence[SourcePassage]) -> dict[str, str]:
    """Return names for the cast by the names of the source, with the narrator first if anything is narrated."""
    narrated = any(not passage.speaker and passage.kind is PassageKind.PARAGRAPH for passage in passages)
    found: dict[str, str] = {"": NARRATOR} if narrated else {}
    taken: dict[str, str] = {NARRATOR.casefold(): NARRATOR} if narrated else {}
    for speaker in speakers:
        name = " ".join(NOT_IN_NAMES.sub(" ", unicodedata.normalize("NFC", speaker)).split())[:MAX_NAME].strip()
        name = name if any(letter.isalpha() for letter in name) else f"Speaker {name}".strip()
        if name.casefold() in RESERVED_NAMES:
            name = f"{name} speaker"
        found[speaker] = taken.setdefault(name.casefold(), name)
    return found
