"""A text as its teller and its speakers share it: speech and narration of each paragraph, and what is known of who speaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from voiceover.authoring.casting.addressed import addressed_in
from voiceover.authoring.casting.names import barred_words, is_person, people_of
from voiceover.authoring.casting.people import FIRST_PERSON, Mention, mention_at, pronoun_gender
from voiceover.authoring.casting.quotes import Quote
from voiceover.authoring.casting.tags import SpeechTag, clause_subjects, tag_after, tag_before
from voiceover.authoring.casting.tokens import sentences_of, words_of
from voiceover.authoring.casting.vocabulary import FEMALE, MALE
from voiceover.script import ProseParagraph

DESCRIBED = "The "
"""Begins the name of a speaker who has none: ``The porter``."""


@dataclass(slots=True)
class Block:
    """One paragraph with its speech and narration."""

    text: str
    quotes: list[int]
    """Indices of its quotations."""
    after_break: bool
    gaps: list[tuple[int, int]] = field(default_factory=list)
    """Start and end of the narration before, between and after them."""

    def begins_with_speech(self, quotes: Sequence[Quote]) -> bool:
        return bool(self.quotes) and not self.text[: quotes[self.quotes[0]].start].strip()


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who says a quotation, as far as it is known."""

    speaker: str | None
    """Name of the person; ``I`` for the narrator of a story in the first person; None if it is open."""
    rule: str = ""
    """The rule that decided."""


class Telling:
    """What the rules look at, and what they have found so far."""

    def __init__(self, paragraphs: Sequence[ProseParagraph], quotes: Sequence[Quote], given: Sequence[Sequence[str]] = ()) -> None:
        """``given`` are people known before, each with all forms of the name."""
        self.quotes = quotes
        self.blocks = [Block(paragraph.text, [], paragraph.after_break) for paragraph in paragraphs]
        for number, quote in enumerate(quotes):
            self.blocks[quote.paragraph].quotes.append(number)
        for block in self.blocks:
            edges = [0, *(edge for number in block.quotes for edge in (quotes[number].start, quotes[number].end)), len(block.text)]
            block.gaps = list(zip(edges[0::2], edges[1::2], strict=True))
        self.barred = barred_words([paragraph.text for paragraph in paragraphs])
        narration = [block.text[start:end] for block in self.blocks for start, end in block.gaps]
        self.people = people_of(narration, quotes, self.barred, given)
        self._subject_cache: dict[int, list[tuple[int, Mention, str]]] = {}
        self._mention_cache: dict[int, list[tuple[int, str]]] = {}
        self.said: list[Attribution] = [Attribution(None)] * len(quotes)
        self.heard: set[str] = set()
        """Everybody who has been given something to say."""
        self.tags: list[SpeechTag | None] = [self._tag(number) for number in range(len(quotes))]
        self.addressed = [self._addressed(number) for number in range(len(quotes))]
        """For each quotation, the people whom it calls by name."""
        for tag in self.tags:
            person = self.people.find(tag.mention.text) if tag is not None and tag.rule == "said" and tag.mention.kind == "name" else None
            if person is not None:
                person.speaks += 1

    def give(self, number: int, speaker: str | None, rule: str) -> None:
        """Give a quotation that is still open to ``speaker``."""
        if speaker is not None and self.said[number].speaker is None:
            self.said[number] = Attribution(speaker, rule)
            self.heard.add(speaker)

    def _tag(self, number: int) -> SpeechTag | None:
        quote = self.quotes[number]
        block = self.blocks[quote.paragraph]
        place = block.quotes.index(number)
        after = tag_after(block.text, quote, block.gaps[place + 1][1], self.barred)
        if after is not None and after.rule == "said":
            return after
        before = tag_before(block.text, quote, block.gaps[place][0], self.barred)
        if before is not None and before.rule == "said":
            return before
        return after or before

    def _addressed(self, number: int) -> set[str]:
        found = (self.people.find(mention.text) for mention in addressed_in(self.quotes[number], self.barred))
        return {person.name for person in found if person is not None}

    def person(self, mention: Mention) -> str | None:
        """Return the name of the person that a mention tells by itself."""
        if mention.text == FIRST_PERSON:
            return FIRST_PERSON
        if mention.kind == "name":
            person = self.people.find(mention.text)
            return person.name if person is not None else None
        return f"{DESCRIBED}{mention.text}" if mention.kind == "description" else None

    def is_somebody(self, mention: Mention) -> bool:
        """True if a mention is surely a person, not a thing or a place."""
        if mention.kind == "name":
            person = self.people.find(mention.text)
            return person is not None and is_person(person)
        return mention.text == FIRST_PERSON or mention.text in MALE or mention.text in FEMALE

    def fits(self, name: str, mention: Mention) -> bool:
        """True if a pronoun, or a word such as ``the woman``, may mean the person called ``name``."""
        wanted = pronoun_gender(mention.text)
        return not wanted or self.gender(name) in ("", wanted)

    def gender(self, name: str) -> str:
        """Return ``m``, ``f`` or nothing for the person called ``name``."""
        if name.startswith(DESCRIBED):
            return pronoun_gender(name.removeprefix(DESCRIBED))
        person = self.people.find(name)
        return person.gender if person is not None else ""

    def forms(self, name: str) -> tuple[str, ...]:
        """Return the forms of a name in the text, the most frequent first."""
        person = self.people.find(name)
        return (name,) if person is None else tuple(dict.fromkeys((name, *(form for form, _ in person.forms.most_common()))))

    def fits_surely(self, name: str, mention: Mention) -> bool:
        return name != FIRST_PERSON and self.gender(name) == pronoun_gender(mention.text)

    def subjects(self, paragraph: int) -> list[tuple[int, str]]:
        """Return the named subjects of the narration's sentences in a paragraph, with their offsets."""
        return [(at, name) for at, _, name in self.all_subjects(paragraph) if name]

    def all_subjects(self, paragraph: int) -> list[tuple[int, Mention, str]]:
        """Return the subjects of the narration's clauses in a paragraph: offset, mention and name, which is empty if it names nobody."""
        if paragraph not in self._subject_cache:
            block = self.blocks[paragraph]
            found = []
            for start, end in block.gaps:
                for sentence in sentences_of(words_of(block.text, start, end)):
                    for mention in clause_subjects(sentence, self.barred):
                        named = mention.kind == "name" and self.is_somebody(mention)
                        name = (self.person(mention) if named else FIRST_PERSON if mention.text == FIRST_PERSON else None) or ""
                        found.append((sentence[mention.first].start, mention, name))
            self._subject_cache[paragraph] = found
        return self._subject_cache[paragraph]

    def mentions(self, paragraph: int) -> list[tuple[int, str]]:
        """Return all people who are named in the narration of a paragraph, with the offsets."""
        if paragraph not in self._mention_cache:
            block = self.blocks[paragraph]
            self._mention_cache[paragraph] = [found for start, end in block.gaps for found in self._named_between(block.text, start, end)]
        return self._mention_cache[paragraph]

    def _named_between(self, text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
        words = words_of(text, start, end)
        at = 0
        while at < len(words):
            mention = mention_at(words, at, self.barred) if words[at].is_word else None
            name = self.person(mention) if mention is not None and mention.kind == "name" and self.is_somebody(mention) else None
            if name is not None:
                yield words[at].start, name
            at = mention.after if mention is not None else at + 1

    def speakers(self, paragraph: int) -> list[str]:
        return [name for number in self.blocks[paragraph].quotes if (name := self.said[number].speaker) is not None]

    def is_turn(self, paragraph: int) -> bool:
        return 0 <= paragraph < len(self.blocks) and bool(self.blocks[paragraph].quotes)
