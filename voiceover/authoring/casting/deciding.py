"""Let a language model decide who says what the rules leave open. It chooses among names of the text; anything else it says is dropped."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import resources

from voiceover.authoring.casting.lines import CastLine, SpeechFound
from voiceover.authoring.casting.people import FIRST_PERSON, fold
from voiceover.authoring.chat import ApiError, ChatError, LanguageModel, ask_model
from voiceover.script import ProseParagraph
from voiceover.types import Progress

log = logging.getLogger(__name__)

MODEL = "model"
"""The rule of a line that the model decided."""
_PROMPT = "prompt.md"
_AROUND = 4
"""Paragraphs sent above and below the open quotations."""
_MOST_OPEN = 20
"""Open quotations in one request."""
_MOST_ANSWER = 4000
_TRIES = 2
_LONGEST_NAME = 60
_NARRATOR_NAMES = frozenset(("i", "narrator", "the narrator"))


def decide(
    found: SpeechFound,
    paragraphs: Sequence[ProseParagraph],
    model: LanguageModel,
    given: Sequence[Sequence[str]],
    progress: Callable[[Progress], None] = lambda _: None,
) -> SpeechFound:
    """Return ``found`` with the open lines that the model could name. ``given`` are people known before, with all forms of their names.

    Raises ApiError if the server cannot be used at all; an answer that cannot be used leaves its lines open.
    """
    instructions = resources.files("voiceover.authoring.casting").joinpath(_PROMPT).read_text("utf-8")
    forms = {fold(form): name for name, all_forms in found.forms.items() for form in all_forms}
    forms |= {fold(form): names[0] for names in given for form in names}
    text = fold("\n".join(paragraph.text for paragraph in paragraphs))
    lines = list(found.lines)
    batches = list(_batches(lines, paragraphs, model.most_characters))
    for done, batch in enumerate(batches):
        progress(Progress("ask", done, len(batches), f"{len(batch)} quotations"))
        excerpt = _excerpt(lines, batch, paragraphs, sorted(set(forms.values())))
        for number, name in _answer(model, instructions, excerpt, batch).items():
            speaker = FIRST_PERSON if fold(name) in _NARRATOR_NAMES else forms.get(fold(name))
            if speaker is None and fold(name) in text and name[:1].isupper() and len(name) <= _LONGEST_NAME:
                speaker = forms.setdefault(fold(name), name)
            if speaker is not None:
                lines[number] = replace(lines[number], speaker=speaker, rule=MODEL)
    progress(Progress("ask", len(batches), len(batches)))
    speakers = dict.fromkeys(line.speaker for line in lines if line.speaker is not None)
    return SpeechFound(tuple(lines), {name: found.forms.get(name, (name,)) for name in speakers})


def _batches(lines: Sequence[CastLine], paragraphs: Sequence[ProseParagraph], most: int) -> Iterator[list[int]]:
    """Yield the numbers of open lines that are near each other and fit one request."""
    batch: list[int] = []
    for number, line in enumerate(lines):
        if line.speaker is not None:
            continue
        if batch:
            first = lines[batch[0]].quote.paragraph
            length = sum(len(paragraph.text) for paragraph in paragraphs[max(first - _AROUND, 0) : line.quote.paragraph + _AROUND + 1])
            far = line.quote.paragraph - lines[batch[-1]].quote.paragraph > 2 * _AROUND
            if far or len(batch) == _MOST_OPEN or length > most:
                yield batch
                batch = []
        batch.append(number)
    if batch:
        yield batch


def _excerpt(lines: Sequence[CastLine], batch: Sequence[int], paragraphs: Sequence[ProseParagraph], names: Sequence[str]) -> str:
    """Return the text around open lines, each with its number before it, known ones with their speaker."""
    first = max(lines[batch[0]].quote.paragraph - _AROUND, 0)
    end = lines[batch[-1]].quote.paragraph + _AROUND + 1
    marks: dict[int, list[tuple[int, str]]] = {}
    for number, line in enumerate(lines):
        if first <= line.quote.paragraph < end:
            mark = f"[[{batch.index(number) + 1}]]" if number in batch else f"[{line.speaker}]" if line.speaker else ""
            marks.setdefault(line.quote.paragraph, []).append((line.quote.start, mark))
    shown = []
    for number in range(first, min(end, len(paragraphs))):
        text, at = "", 0
        for place, mark in marks.get(number, ()):
            text += paragraphs[number].text[at:place] + mark
            at = place
        shown.append(" ".join((text + paragraphs[number].text[at:]).split()))
    return f"Speakers known so far: {', '.join(names) or 'none'}\n\n<text>\n" + "\n\n".join(shown) + "\n</text>"


def _answer(model: LanguageModel, instructions: str, excerpt: str, batch: Sequence[int]) -> dict[int, str]:
    """Return the names that the model gives to the lines of a batch, by their numbers; none if it does not answer as asked."""
    why = ""
    for _ in range(_TRIES):
        try:
            said = ask_model(model, instructions, excerpt, _MOST_ANSWER)
            answer = json.loads(said[said.find("{") : said.rfind("}") + 1])
        except ApiError as error:
            if error.for_every_request:
                raise
            why = str(error)
        except ChatError as error:
            why = f"its answer cannot be used: {error}"
        except (ValueError, RecursionError):
            why = "its answer is not the JSON that was asked for"
        else:
            if isinstance(answer, dict):
                return {
                    batch[int(key) - 1]: name.strip()
                    for key, name in answer.items()
                    if len(key) < 4 and key.isdecimal() and 0 < int(key) <= len(batch) and isinstance(name, str) and name.strip()
                }
            why = "its answer is not the JSON that was asked for"
    log.warning("the language model left %d quotations open: %s", len(batch), why)
    return {}
