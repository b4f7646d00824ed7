"""Rewrite an article for the ear: by rules, or section by section with a language model whose answers are checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from voiceover.authoring.adapting.checks import facts_of, refusal
from voiceover.authoring.adapting.prompting import filled, read_prompt
from voiceover.authoring.adapting.rules import definitions_of, inline_notes, rewrite
from voiceover.authoring.adapting.sections import ArticleSection, sections_of
from voiceover.authoring.chat import ApiError, ChatError, LanguageModel, ask_model
from voiceover.authoring.front_matter import with_cast
from voiceover.errors import InputError, OutputError, ScriptError
from voiceover.pipeline.check import project_settings
from voiceover.script import JSON_SUFFIX, YAML_SUFFIXES, Outline, OutlineKind, load_script, read_outline
from voiceover.settings.cast import MAX_NAME, NOT_IN_NAMES
from voiceover.settings.layers import RESERVED_NAMES, SHIPPED_VOICES
from voiceover.settings.problems import Problems
from voiceover.settings.reader import DEFAULT_LANGUAGE, find_project
from voiceover.system.files import make_place, write_whole
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Progress, Script

NARRATION, DIALOGUE = "narration", "dialogue"
STYLES = (NARRATION, DIALOGUE)
DEFAULT_SPEAKERS = ("Ann", "Ben")
WORDS_PER_MINUTE = 150
_TRIES = 2
_LONGEST_TITLE = 200
_BOLD_LABEL = lazy_pattern(r"^([ \t]*(?:\*\*|__)[^*_:\n]{1,80}):((?:\*\*|__))", re.MULTILINE)
_MOST_FAILED = 3
"""Sections in a row without any answer, after which no other is sent."""
_ANSWER_FACTOR, _ANSWER_ROOM = 4, 4000
"""Longest answer: so many times the section's characters, and so many more."""


@dataclass(frozen=True, slots=True)
class AdaptRequest:
    """What to rewrite, and how."""

    article: Path
    output: Path | None = None
    """The script; None for ``NAME.episode.md`` in the current folder."""
    style: str = NARRATION
    speakers: tuple[str, ...] = DEFAULT_SPEAKERS
    """Names of the speakers of a dialogue; the first explains."""
    minutes: float | None = None
    """Length to aim for; None for that of the article."""
    model: LanguageModel | None = None
    prompt: Path | None = None
    force: bool = False
    """Replace a script that is there already."""


@dataclass(frozen=True, slots=True)
class SectionResult:
    """How a section was rewritten."""

    title: str
    line: int
    """Number of its first line in the article."""
    by_model: bool
    why: str = ""
    """Why it was rewritten by rules although a model was asked."""


@dataclass(frozen=True, slots=True)
class AdaptReport:
    """What was written."""

    script: Path
    sections: tuple[SectionResult, ...]


def adapt_article(request: AdaptRequest, progress: Callable[[Progress], None] = lambda _: None) -> AdaptReport:
    """Write a script for the ear. Nothing is written if the article has an error, or the language model cannot be used at all.

    Raises ScriptError, InputError or OutputError; ApiError if the language model's server cannot be used at all.
    """
    place = _check(request)
    outline, article = _read(request.article)
    language = article.settings.language or DEFAULT_LANGUAGE
    notes = {block.label: block.text for block in outline.blocks if block.kind is OutlineKind.FOOTNOTE}
    front = outline.front
    cast: dict[str, str] = {}
    if request.style == DIALOGUE:
        cast = {name: SHIPPED_VOICES[number % len(SHIPPED_VOICES)] for number, name in enumerate(request.speakers)}
        front = with_cast(request.article, outline.front, outline.node, cast)
    writer = _Writer(request, article.title[:_LONGEST_TITLE], language, notes, definitions_of(outline.blocks), cast)
    parts = writer.write(outline, progress)
    text = "\n\n".join((*parts, *([writer.definitions] if writer.definitions else []))) + "\n"
    text = f"{front}{text}" if front.endswith("\n\n") or not front.strip() else f"{front.rstrip()}\n\n{text}"
    problems = Problems()
    load_script(request.article, problems, data=text.encode())
    if problems.errors:
        raise InputError(f"{request.article}: what was made of it is no script: {problems.errors[0].message}")
    make_place(place, "write the script")
    write_whole(place, text.encode(), "write the script", OutputError)
    return AdaptReport(place, tuple(writer.results))


def _check(request: AdaptRequest) -> Path:
    """Return where the script goes. Raises InputError for what cannot be asked for."""
    if request.article.suffix.lower() in (*YAML_SUFFIXES, JSON_SUFFIX):
        raise InputError(f"{request.article}: an article is a file of Markdown or plain text")
    if request.model is None and (request.style == DIALOGUE or request.minutes is not None):
        what = "a dialogue" if request.style == DIALOGUE else "another length"
        raise InputError(f"the rules keep the article's text, so {what} needs a language model; give --llm-url")
    for name in request.speakers if request.style == DIALOGUE else ():
        if not name or len(name) > MAX_NAME or NOT_IN_NAMES.search(name) or name.casefold() in RESERVED_NAMES:
            raise InputError(f'"{name}" cannot be a speaker; a name has 1 to {MAX_NAME} letters, and none of [](){{}}|:*`<>\\')
    if request.style == DIALOGUE and len({name.casefold() for name in request.speakers}) < 2:
        raise InputError("a dialogue needs two speakers or more, with different names, such as --speakers Ann,Ben")
    place = request.output or Path(f"{request.article.stem}.episode.md")
    if place.suffix.lower() != ".md":
        raise InputError(f"{place}: the script is Markdown; give a file ending in .md with -o")
    if place.exists() and request.article.exists() and place.resolve() == request.article.resolve():
        raise InputError(f"{request.article}: the script would replace the article itself; give another file with -o")
    if place.exists() and not request.force:
        raise InputError(f"{place} is there already, perhaps with changes of yours; give --force to replace it")
    return place


def _read(path: Path) -> tuple[Outline, Script]:
    """Return an article's blocks, and the article as it is read. Raises ScriptError, or InputError if it has a cast."""
    problems = Problems()
    outline = read_outline(path, Problems())
    script = load_script(path, problems, project_settings(find_project(path), problems))
    if outline is None or script is None or problems.errors:
        raise ScriptError(problems.errors or problems.all)
    if not script.article:
        raise InputError(f"{script.cast[0].source}: this file has a cast, so it is a script already")
    return outline, script


class _Writer:
    """Rewrites one article, section by section."""

    def __init__(
        self, request: AdaptRequest, title: str, language: str, notes: Mapping[str, str], definitions: str, cast: Mapping[str, str]
    ) -> None:
        self.request = request
        self.language = language
        self.notes = notes
        self.definitions = definitions
        self.cast = cast
        self.title = title
        self.results: list[SectionResult] = []
        self.prompt = read_prompt(request.style, request.article, request.prompt)
        self.reading_front = with_cast(request.article, "", None, cast) if cast else ""
        self._failed = 0
        """Sections in a row whose requests failed."""

    def write(self, outline: Outline, progress: Callable[[Progress], None]) -> list[str]:
        """Return the text of each section."""
        model = self.request.model
        if model is None:
            blocks = [block for block in outline.blocks if block.kind is not OutlineKind.FOOTNOTE]
            return [rewrite(blocks, self.notes, self.language)]
        sections = sections_of(outline.blocks, model.most_characters - len(self.prompt))
        total = sum(len(section.source.split()) for section in sections)
        parts = []
        for number, section in enumerate(sections):
            progress(Progress("ask", number, len(sections), section.title))
            share = len(section.source.split()) / max(total, 1)
            words = None if self.request.minutes is None else max(round(self.request.minutes * WORDS_PER_MINUTE * share), 20)
            parts.append(self._section(section, words, model))
        progress(Progress("ask", len(sections), len(sections)))
        return parts

    def _section(self, section: ArticleSection, words: int | None, model: LanguageModel) -> str:
        source = inline_notes(section.source, self.notes)
        spoken = "\n\n".join(block.source for block in section.blocks if block.kind is not OutlineKind.CODE)
        facts = facts_of(f"{inline_notes(spoken, self.notes)}\n\n{self.definitions}\n", self.language)
        if facts is None:  # nothing to say in other words
            return self._by_rules(section, "")
        if self._failed >= _MOST_FAILED:
            return self._by_rules(section, "the language model has not answered before")
        instructions = filled(self.prompt, self.title, self.language, self.request.speakers, words)
        text = f"<article>\n{source.replace('</article', '< /article')}\n</article>"
        why, failed = "", False
        for _ in range(_TRIES):
            asked = f"{text}\n\nYour last answer was refused: {why}." if why and not failed else text
            try:
                answer = ask_model(model, instructions, asked, len(source) * _ANSWER_FACTOR + _ANSWER_ROOM)
            except ApiError as error:
                if error.for_every_request:
                    raise
                why, failed = str(error), True
                continue
            except ChatError as error:
                why, failed = f"the answer cannot be used: {error}", False
                continue
            fault = refusal(answer, facts, self.reading_front, self.language, tuple(self.cast), words, self.definitions)
            if fault is None:
                self._failed = 0
                self.results.append(SectionResult(section.title, section.line, True))
                return answer
            why, failed = f"the answer cannot be used: {fault}", False
        self._failed = self._failed + 1 if failed else 0
        return self._by_rules(section, why)

    def _by_rules(self, section: ArticleSection, why: str) -> str:
        """Return a section as the rules rewrite it, marked if a model should have done it."""
        self.results.append(SectionResult(section.title, section.line, False, why))
        text = rewrite(section.blocks, self.notes, self.language)
        if self.cast:
            text = _spoken_by(next(iter(self.cast)), text)
        if not why:
            return text
        return f"{_mark(why)}\n\n{text}"


def _mark(why: str) -> str:
    words = " ".join(why.replace("--", "- -").replace(">", "").replace("<", "").split())
    return f"<!-- rewritten by rules: {words[:200]} -->"


def _spoken_by(name: str, text: str) -> str:
    """Return a text as turns of one speaker: a label before the first paragraph, and after each heading.

    What would be a label in a script, such as ``**Note:**``, stays text.
    """
    parts: list[str] = []
    labelled = False
    for part in _BOLD_LABEL.sub(r"\g<1>\\:\g<2>", text).split("\n\n"):
        is_heading = part.startswith("#")
        plain = not is_heading and part[:1].isalnum()
        parts.append(f"{name}: {part}" if plain and not labelled else part)
        labelled = not is_heading and (labelled or plain)
    return "\n\n".join(parts)
