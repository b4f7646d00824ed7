"""Cast a chapter: find who speaks, write the labelled copy and the cast sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from voiceover.authoring.casting.copy import NARRATOR, CastCopy, make_copy, read_article
from voiceover.authoring.casting.deciding import decide
from voiceover.authoring.casting.lines import CastLine, SpeechFound, attribute_speech, open_speech
from voiceover.authoring.casting.people import FIRST_PERSON, fold
from voiceover.authoring.casting.sheet import CastRole, merged, read_sheet, write_sheet
from voiceover.authoring.chat import LanguageModel
from voiceover.errors import InputError, OutputError, ScriptError
from voiceover.pipeline.check import project_settings
from voiceover.script import JSON_SUFFIX, YAML_SUFFIXES, read_prose
from voiceover.settings.cast import MAX_NAME, NOT_IN_NAMES
from voiceover.settings.layers import RESERVED_NAMES
from voiceover.settings.problems import Problems
from voiceover.settings.reader import DEFAULT_LANGUAGE, find_project
from voiceover.system.files import make_folder, write_whole
from voiceover.types import Progress

SHEET_NAME = "cast.yaml"
_SUFFIX = ".cast.md"
_SHOWN_WORDS = 8


@dataclass(frozen=True, slots=True)
class CastRequest:
    """What to cast."""

    chapters: tuple[Path, ...]
    output: Path | None = None
    """A folder, or for one chapter a file ending in .md; None for the current folder."""
    sheet: Path | None = None
    """The cast sheet; None for cast.yaml beside the copies."""
    model: LanguageModel | None = None
    """Decides what the rules leave open."""
    force: bool = False
    """Replace copies that are there already."""


@dataclass(frozen=True, slots=True)
class ChapterCast:
    """The result for one chapter."""

    chapter: Path
    copy: Path
    quotations: int
    by_rules: int
    by_model: int

    @property
    def still_open(self) -> int:
        return self.quotations - self.by_rules - self.by_model


@dataclass(frozen=True, slots=True)
class CastReport:
    """What was written."""

    chapters: tuple[ChapterCast, ...]
    sheet: Path
    roles: tuple[CastRole, ...]


def cast_chapters(request: CastRequest, progress: Callable[[Progress], None] = lambda _: None) -> CastReport:
    """Write a labelled copy of each chapter and one cast sheet. Nothing is written if any chapter has an error.

    Raises ScriptError, InputError or OutputError, NetworkError if the language model fails.
    """
    places = _places(request)
    sheet = request.sheet or places[0].parent / SHEET_NAME
    roles = read_sheet(sheet)
    done: list[tuple[ChapterCast, CastCopy]] = []
    for number, (chapter, place) in enumerate(zip(request.chapters, places, strict=True)):
        found, copy, roles = _cast(chapter, roles, request.model, progress, fresh=number == 0)
        by_model = sum(line.rule == "model" for line in copy.lines)
        by_rules = sum(line.speaker is not None for line in copy.lines) - by_model
        done.append((ChapterCast(chapter, place, len(found.lines), by_rules, by_model), copy))
    for folder in {place.parent for place in (*places, sheet)}:
        make_folder(folder, "write the copies")
    for result, copy in done:
        write_whole(result.copy, copy.text.encode(), "write the copy", OutputError)
    write_sheet(sheet, roles)
    return CastReport(tuple(result for result, _ in done), sheet, roles)


def _places(request: CastRequest) -> list[Path]:
    """Return where each copy goes. Raises InputError if two would be one file, or one would replace a file that is there."""
    output, chapters = request.output, request.chapters
    if output is not None and output.suffix.lower() == ".md":
        if len(chapters) > 1:
            raise InputError(f"{output} is one file, and there are {len(chapters)} chapters; give a folder with -o")
        places = [output]
    else:
        places = [Path(f"{chapter.stem}{_SUFFIX}") if output is None else output / f"{chapter.stem}.md" for chapter in chapters]
    for place, count in Counter(places).items():
        if count > 1:
            raise InputError(f"two chapters would both be written to {place}; give their files different names")
    for chapter, place in zip(chapters, places, strict=True):
        if place.exists() and place.resolve() in {each.resolve() for each in chapters}:
            raise InputError(f"{chapter}: the copy would replace the chapter itself; give another folder with -o")
        if place.exists() and not request.force:
            raise InputError(f"{place} is there already, perhaps with changes of yours; give --force to replace it")
    return places


def _cast(
    chapter: Path, roles: tuple[CastRole, ...], model: LanguageModel | None, progress: Callable[[Progress], None], *, fresh: bool
) -> tuple[SpeechFound, CastCopy, tuple[CastRole, ...]]:
    """Return the speech of a chapter, its copy, and the sheet with what was found; with ``fresh``, lines are counted anew."""
    if chapter.suffix.lower() in (*YAML_SUFFIXES, JSON_SUFFIX):
        raise InputError(
            f"{chapter}: speakers are looked for in prose, in a file of Markdown or plain text; this one has a list of lines already"
        )
    problems = Problems()
    project = find_project(chapter)
    base = project_settings(project, problems)
    prose = read_prose(chapter, problems)
    if prose is None or problems.errors:
        raise ScriptError(problems.errors or problems.all)
    article = read_article(chapter, base)
    if not article.article:
        place = article.cast[0].source
        raise InputError(
            f"{place}: this chapter has a cast already; the labels of a script are its own, so remove cast: to have them found"
        )
    given = [(role.name, *role.aliases) for role in roles if role.name != NARRATOR]
    language = (article.settings.language or DEFAULT_LANGUAGE).lower()
    is_english = language.split("-")[0] == "en"
    if not is_english and model is None:
        raise InputError(
            f"{chapter}: the rules know English only, and the language here is {language}; --llm-url lets a language model decide"
        )
    found = attribute_speech(prose.paragraphs, given) if is_english else open_speech(prose.paragraphs)
    if not found.lines:
        raise InputError(f"{chapter}: there is no quoted speech in this file; speech is found by quotation marks")
    if model is not None:
        found = decide(found, prose.paragraphs, model, given, progress)
    names, sheet = _roles(found, roles, fresh=fresh)
    copy = make_copy(chapter, prose, article, found.lines, names, sheet, base)
    return found, copy, sheet


def _roles(found: SpeechFound, roles: Sequence[CastRole], *, fresh: bool) -> tuple[dict[str, str], tuple[CastRole, ...]]:
    """Return the name in the cast of each speaker, and the sheet with their lines."""
    known = {fold(name): role.name for role in roles for name in (role.name, *role.aliases)}
    before = {role.name: role for role in roles}
    names: dict[str, str] = {}
    counts: Counter[str] = Counter()
    words: dict[str, str] = {}
    for line in found.lines:
        speaker = NARRATOR
        if line.speaker is not None and line.speaker != FIRST_PERSON:
            speaker = names.setdefault(line.speaker, known.get(fold(line.speaker)) or label_name(line.speaker))
        counts[speaker] += line.speaker is not None
        if line.speaker is not None:
            words.setdefault(speaker, _first_words(line))
    fresh_roles = [CastRole(NARRATOR, lines=counts[NARRATOR], first_words=words.get(NARRATOR, ""))]
    forms = {names[speaker]: forms for speaker, forms in found.forms.items() if speaker in names}
    for name, _ in counts.most_common():
        if name != NARRATOR:
            aliases = tuple(form for form in forms.get(name, ()) if fold(form) != fold(name))
            fresh_roles.append(CastRole(name, aliases=aliases, lines=counts[name], first_words=words[name]))
    if not fresh:  # a further chapter of the same run
        for number, role in enumerate(fresh_roles):
            old = before.get(role.name)
            if old is not None:
                first = old.first_words or role.first_words
                fresh_roles[number] = CastRole(role.name, role.voice, role.aliases, old.lines + role.lines, first)
    return names, merged(roles, fresh_roles)


def label_name(speaker: str) -> str:
    """Return a speaker's name in a form that a label can have."""
    name = " ".join(NOT_IN_NAMES.sub(" ", speaker).split())[:MAX_NAME].strip() or "Speaker"
    if name.casefold() == NARRATOR.casefold():
        return NARRATOR
    return f"{name} speaker" if name.casefold() in RESERVED_NAMES else name


def _first_words(line: CastLine) -> str:
    words = line.quote.inner.split()
    return " ".join(words[:_SHOWN_WORDS]) + (" …" if len(words) > _SHOWN_WORDS else "")
