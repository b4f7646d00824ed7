"""Two people who speak in turn: paragraphs of nothing but speech between, before or after known ones."""

from __future__ import annotations

from collections.abc import Sequence

from voiceover.authoring.casting.people import FIRST_PERSON, pronoun_gender
from voiceover.authoring.casting.pronouns import is_human
from voiceover.authoring.casting.telling import Telling

_AROUND = 6
"""Paragraphs on each side whose speakers take part in a conversation."""
_SCENE = 10
"""Paragraphs on each side in which nobody but two may speak for a single known speaker to be enough."""
_MOST_TURNS = 6
"""Paragraphs in a row that may be given to two speakers in turn."""
_NOBODY = "?"
"""Stands for a speaker whom nobody could name."""


class Turns:
    """Follows the conversations of one text."""

    def __init__(self, telling: Telling) -> None:
        self.telling = telling

    def run(self) -> None:
        """Give paragraphs of bare speech between, before and after two known speakers to these in turn."""
        number = 0
        while number < len(self.telling.blocks):
            if not (self._is_bare(number) and not self.telling.speakers(number)):
                number += 1
                continue
            end = number
            while (
                end < len(self.telling.blocks)
                and self._is_bare(end)
                and not self.telling.speakers(end)
                and (end == number or not self.telling.blocks[end].after_break)
            ):
                end += 1
            self._fill(number, end)
            number = end

    def _fill(self, first: int, end: int) -> None:
        forward = self._predicted(range(first, end), first - 1, first - 2, -1)
        backward = self._predicted(range(end - 1, first - 1, -1), end, end + 1, 1)
        crowded = len(self._company(first, end)) > 2
        if not forward and not backward and not crowded:
            forward = self._between(first, end)
        for paragraph in range(first, end):
            one, other = forward.get(paragraph), backward.get(paragraph)
            name = one or other
            if name in (None, _NOBODY) or (one != other and (crowded or None not in (one, other))):
                continue
            if name is None or not self._agrees(paragraph, name):
                continue
            for number in self.telling.blocks[paragraph].quotes:
                self.telling.give(number, name, "turns")

    def _between(self, first: int, end: int) -> dict[int, str]:
        """Return the speakers of paragraphs that stand between two known ones, or beside one in a conversation of two."""
        before = self._one_beside(first - 1, first)
        after = self._one_beside(end, end)
        if before and after and before != after and (end - first) % 2 == 0 and end - first <= _MOST_TURNS:
            return {paragraph: (after, before)[(paragraph - first) % 2] for paragraph in range(first, end)}
        pair = self._pair(first, end)
        if len(pair) != 2:
            return {}
        if before in pair and (not after or ((end - first) % 2 == 1) == (before == after)):
            other = next(iter(pair - {before}))
            return {paragraph: (other, before)[(paragraph - first) % 2] for paragraph in range(first, min(end, first + _MOST_TURNS))}
        if after in pair and not before:
            other = next(iter(pair - {after}))
            return {paragraph: (other, after)[(end - 1 - paragraph) % 2] for paragraph in range(max(first, end - _MOST_TURNS), end)}
        return {}

    def _predicted(self, paragraphs: Sequence[int], near: int, far: int, step: int) -> dict[int, str]:
        """Return the speakers of ``paragraphs``, counted away from the two known ones beside them."""
        if not paragraphs or not (self.telling.is_turn(near) and self.telling.is_turn(far)):
            return {}
        edge = {paragraphs[0], near} if step < 0 else {near, far}
        if any(self.telling.blocks[number].after_break for number in edge):
            return {}
        one, two = set(self.telling.speakers(near)), set(self.telling.speakers(far))
        if len(one) != 1 or len(two) != 1 or one == two:
            return {}
        names = (next(iter(two)), next(iter(one)))
        return {paragraph: names[count % 2] for count, paragraph in enumerate(paragraphs) if count < _MOST_TURNS}

    def _is_bare(self, paragraph: int) -> bool:
        """True for a paragraph of speech that nothing beside it explains."""
        block = self.telling.blocks[paragraph]
        if not block.begins_with_speech(self.telling.quotes):
            return False
        return not any(self.telling.tags[number] for number in block.quotes) and not self.telling.subjects(paragraph)

    def _agrees(self, paragraph: int, name: str) -> bool:
        """True if nothing in a paragraph, or in the one above, speaks against a speaker."""
        block = self.telling.blocks[paragraph]
        if any(name in self.telling.addressed[number] for number in block.quotes):
            return False
        for _, mention, _ in self.telling.all_subjects(paragraph):
            if (mention.kind != "pronoun" and is_human(mention)) or (pronoun_gender(mention.text) and not self.telling.fits(name, mention)):
                return False
            if pronoun_gender(mention.text) and name == FIRST_PERSON:
                return False
        called = self.telling.addressed[self.telling.blocks[paragraph - 1].quotes[-1]] if self.telling.is_turn(paragraph - 1) else set()
        return not called or name in called or name == FIRST_PERSON

    def _heard(self, paragraph: int) -> set[str]:
        """Return the speakers of a paragraph, with ``?`` for one whom a tag mentions and nobody could name."""
        numbers = self.telling.blocks[paragraph].quotes
        return {
            self.telling.said[number].speaker or _NOBODY
            for number in numbers
            if self.telling.said[number].speaker or self.telling.tags[number]
        }

    def _one_beside(self, paragraph: int, later: int) -> str:
        """Return the one speaker of a paragraph beside others; empty if there is none, or a break between."""
        if not self.telling.is_turn(paragraph) or (later < len(self.telling.blocks) and self.telling.blocks[later].after_break):
            return ""
        speakers = set(self.telling.speakers(paragraph))
        return next(iter(speakers)) if len(speakers) == 1 else ""

    def _pair(self, first: int, end: int) -> set[str]:
        """Return all who speak in the paragraphs around, up to the breaks of the scene."""
        found: set[str] = set()
        number = first - 1
        while number >= max(first - _SCENE, 0) and not self.telling.blocks[number + 1].after_break:
            found.update(self._heard(number))
            number -= 1
        number = end
        while number < min(end + _SCENE, len(self.telling.blocks)) and not self.telling.blocks[number].after_break:
            found.update(self._heard(number))
            number += 1
        return found

    def _company(self, first: int, end: int) -> set[str]:
        """Return those who speak around the paragraphs from ``first`` to ``end``."""
        found: set[str] = set()
        for step, start in ((-1, first - 1), (1, end)):
            number = start
            while self.telling.is_turn(number) and abs(number - start) < _AROUND:
                if step > 0 and self.telling.blocks[number].after_break:
                    break
                found.update(self._heard(number))
                if step < 0 and self.telling.blocks[number].after_break:
                    break
                number += step
        return found
