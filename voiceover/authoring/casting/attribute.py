"""Who says each quotation, by rules in the order of how often they are right; what no rule decides stays open.

said       a verb of saying beside the quotation, with a name
leads      the same at the end of the paragraph above
goes on    the quotation's own sentence goes on with a name
continues  the speech of the paragraph above goes on
pronoun    a verb of saying with a pronoun that can mean one person only
acts       the sentence beside the quotation is about one person
turns      two people speak in turn
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from voiceover.authoring.casting.people import pronoun_gender
from voiceover.authoring.casting.pronouns import Pronouns
from voiceover.authoring.casting.quotes import Quote
from voiceover.authoring.casting.tags import SpeechTag, action_after, action_before, tag_before
from voiceover.authoring.casting.telling import Attribution, Telling
from voiceover.authoring.casting.turns import Turns

_MOST_ROUNDS = 3
_LEAST_DESCRIBED = 2
"""Times that somebody without a name, such as the porter, must speak to be one of the cast; who speaks once may have a name elsewhere."""


class Attributor:
    """Applies the rules to one text."""

    def __init__(self, telling: Telling) -> None:
        self.telling = telling
        self.pronouns = Pronouns(telling)

    def run(self) -> Sequence[Attribution]:
        """Return the attribution of each quotation."""
        self._named()
        self._led_into()
        self._same_paragraph()
        turns = Turns(self.telling)
        for _ in range(_MOST_ROUNDS):
            before = list(self.telling.said)
            self._pronouns()
            self._same_paragraph()
            self._actions()
            self._same_paragraph()
            turns.run()
            self._continued()
            if self.telling.said == before:
                break
        return self.telling.said

    def _named(self) -> None:
        described = Counter(tag.mention.text for tag in self.telling.tags if tag is not None and tag.mention.kind == "description")
        for number, tag in enumerate(self.telling.tags):
            if tag is None or (tag.rule != "said" and not self.telling.is_somebody(tag.mention)):
                continue
            if tag.mention.kind == "description" and described[tag.mention.text] < _LEAST_DESCRIBED:
                continue
            self.telling.give(number, self.telling.person(tag.mention), tag.rule)

    def _led_into(self) -> None:
        """Give a paragraph that begins with speech to the one who is about to speak at the end of the paragraph above."""
        blocks = self.telling.blocks
        for number, (above, block) in enumerate(pairwise(blocks)):
            if not block.begins_with_speech(self.telling.quotes):
                continue
            start, end = above.gaps[-1]
            if above.text[start:end].rstrip()[-1:] not in (":", "—", "–", "-", ","):
                continue
            edge = Quote(0, len(above.text), len(above.text), "")
            tag = tag_before(above.text, edge, start, self.telling.barred)
            if tag is not None and tag.rule == "said":
                speaker = self.telling.person(tag.mention) or self.pronouns.antecedent(number, tag)
                self.telling.give(block.quotes[0], speaker, "leads")

    def _same_paragraph(self) -> None:
        """Give all quotations of a paragraph to its one speaker; if it has several, each to the nearest before it."""
        for block in self.telling.blocks:
            known = [self.telling.said[number] for number in block.quotes if self.telling.said[number].speaker is not None]
            names = {each.speaker for each in known}
            if len(names) == 1:
                for number in block.quotes:
                    if not self._is_tagged(number):
                        self.telling.give(number, known[0].speaker, known[0].rule)

    def _is_tagged(self, number: int) -> bool:
        """True if a quotation has a tag of its own that is still open, such as a pronoun."""
        tag = self.telling.tags[number]
        return tag is not None and tag.rule == "said" and self.telling.said[number].speaker is None and self._differs(number, tag)

    def _differs(self, number: int, tag: SpeechTag) -> bool:
        """True if the pronoun of a tag cannot mean the speaker of its paragraph."""
        block = self.telling.blocks[self.telling.quotes[number].paragraph]
        names = {self.telling.said[other].speaker for other in block.quotes} - {None}
        return len(names) == 1 and not self.telling.fits(next(iter(names)) or "", tag.mention)

    def _pronouns(self) -> None:
        for number, tag in enumerate(self.telling.tags):
            if tag is None or tag.rule == "acts" or self.telling.said[number].speaker is not None:
                continue
            if tag.mention.kind in ("pronoun", "generic") and pronoun_gender(tag.mention.text):
                name = self.pronouns.antecedent(self.telling.quotes[number].paragraph, tag)
                if name not in self.telling.addressed[number]:
                    self.telling.give(number, name, "pronoun")

    def _actions(self) -> None:
        for block in self.telling.blocks:
            if not block.quotes or any(
                self.telling.said[number].speaker is not None or self.telling.tags[number] for number in block.quotes
            ):
                continue
            paragraph = self.telling.quotes[block.quotes[0]].paragraph
            subjects = {name for _, name in self.telling.subjects(paragraph)}
            first, last = block.quotes[0], block.quotes[-1]
            beside = [
                action_before(block.text, self.telling.quotes[first], block.gaps[0][0], self.telling.barred),
                action_after(block.text, self.telling.quotes[last], block.gaps[-1][1], self.telling.barred),
            ]
            names = {self.telling.person(tag.mention) for tag in beside if tag is not None and self.telling.is_somebody(tag.mention)} - {
                None
            }
            if len(names) == 1 and len(subjects) == 1 and names == subjects:
                name = next(iter(names))
                if name not in {each for number in block.quotes for each in self.telling.addressed[number]}:
                    for number in block.quotes:
                        self.telling.give(number, name, "acts")

    def _continued(self) -> None:
        for number, quote in enumerate(self.telling.quotes):
            if quote.goes_on and number:
                before = self.telling.said[number - 1]
                if before.speaker is None and self.telling.said[number].speaker is not None:
                    self.telling.said[number - 1] = Attribution(self.telling.said[number].speaker, "continues")
                elif before.speaker is not None:
                    self.telling.give(number, before.speaker, "continues")
