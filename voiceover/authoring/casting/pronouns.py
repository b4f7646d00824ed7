"""The one person whom a pronoun, or a word such as ``the woman``, means beside a verb of saying; nobody where it could be two."""

from __future__ import annotations

from voiceover.authoring.casting.people import Mention, pronoun_gender
from voiceover.authoring.casting.tags import SpeechTag
from voiceover.authoring.casting.telling import Telling
from voiceover.authoring.casting.vocabulary import FEMALE, MALE, NEUTRAL

_LOOK_BACK = 3
"""Paragraphs above in which the person is looked for."""
_FAR_BACK = 12
"""Paragraphs above in which it must be the only one of its kind otherwise."""
_AROUND = 6
"""Paragraphs above in which the last one who did something is looked for."""
_NOBODY = "?"
"""Stands for people without a name."""


class Pronouns:
    """Finds whom pronouns mean in one text."""

    def __init__(self, telling: Telling) -> None:
        self.telling = telling

    def antecedent(self, paragraph: int, tag: SpeechTag) -> str | None:
        """Return the one person that a pronoun can mean; not the one who is spoken to: ``she said to Lucy``."""
        name = self._meant(paragraph, tag)
        to = self.telling.person(tag.to) if tag.to is not None else None
        return name if name != to else None

    def _meant(self, paragraph: int, tag: SpeechTag) -> str | None:  # noqa: PLR0911
        before = [
            (mention, name)
            for at, mention, name in self.telling.all_subjects(paragraph)
            if at < tag.at and self._may_be(mention, name, tag)
        ]
        if before:
            return before[-1][1] if self.telling.fits_surely(before[-1][1], tag.mention) else None
        if tag.mention.kind == "generic":
            return None
        last = self._speaker_before(paragraph)
        turn = self._whose_turn(paragraph)
        if (
            turn is not None
            and self.telling.fits_surely(turn, tag.mention)
            and (last is None or not self.telling.fits(last, tag.mention) or turn != last)
        ):
            return turn
        here = {name for at, name in self.telling.mentions(paragraph) if at < tag.at and self.telling.fits(name, tag.mention)}
        if here:
            return self._only(here, tag.mention)
        if (alone := self._only(self._nearby(paragraph, _FAR_BACK, tag.mention), tag.mention)) is not None:
            return alone
        if last is None or not self.telling.fits(last, tag.mention):
            recent = self._last_active(paragraph, tag.mention)
            if self.telling.fits_surely(recent, tag.mention):
                return recent
        return self._only(self._nearby(paragraph, _LOOK_BACK, tag.mention) - {last}, tag.mention)

    def _may_be(self, mention: Mention, name: str, tag: SpeechTag) -> bool:
        """True if a subject, named or not, may be the one whom the pronoun of a tag means."""
        if name:
            return self.telling.fits(name, tag.mention)
        return mention.kind != "pronoun" and pronoun_gender(mention.text) in ("", pronoun_gender(tag.mention.text)) and is_human(mention)

    def _last_active(self, paragraph: int, mention: Mention) -> str:
        """Return the last one above who speaks or acts and whom a pronoun may mean; empty if that is somebody without a name."""
        for above in range(paragraph - 1, max(paragraph - 1 - _AROUND, -1), -1):
            if self.telling.blocks[above + 1].after_break:
                break
            subjects = [name or ("" if _is_stranger(each) else None) for _, each, name in self.telling.all_subjects(above)]
            names = {
                name
                for name in (*self.telling.speakers(above), *subjects)
                if name is not None and (not name or self.telling.fits(name, mention))
            }
            names = self._voices(names)
            if names:
                return next(iter(names)) if len(names) == 1 else ""
        return ""

    def _voices(self, names: set[str]) -> set[str]:
        """Return those of ``names`` who speak somewhere in the text; all, if none of them does. Who only is spoken of says little."""
        found = {
            name
            for name in names
            if name in self.telling.heard or ((person := self.telling.people.find(name)) is not None and person.speaks)
        }
        return found | (names & {"", _NOBODY}) if found else names

    def _nearby(self, paragraph: int, most: int, mention: Mention) -> set[str]:
        """Return those who speak or are named in the paragraphs above, and whom a pronoun may mean."""
        found: set[str] = set()
        for above in range(paragraph - 1, max(paragraph - 1 - most, -1), -1):
            if self.telling.blocks[above + 1].after_break:
                break
            names = (*self.telling.speakers(above), *(name for _, name in self.telling.mentions(above)))
            found.update(name for name in names if self.telling.fits(name, mention))
            found.update(
                _NOBODY
                for _, each, name in self.telling.all_subjects(above)
                if not name and _is_stranger(each, pronoun_gender(mention.text))
            )
        return self._voices(found)

    def _only(self, names: set[str], mention: Mention) -> str | None:
        """Return the one name of ``names``, if it surely fits."""
        only = next(iter(names)) if len(names) == 1 else None
        return only if only is not None and self.telling.fits_surely(only, mention) else None

    def _speaker_before(self, paragraph: int) -> str | None:
        """Return the last speaker of the paragraph above."""
        speakers = self.telling.speakers(paragraph - 1) if paragraph else []
        return speakers[-1] if speakers else None

    def _whose_turn(self, paragraph: int) -> str | None:
        """Return who spoke before the last speaker, if these paragraphs follow each other directly."""
        if not (self.telling.is_turn(paragraph - 1) and self.telling.is_turn(paragraph - 2)):
            return None
        if any(self.telling.blocks[number].after_break for number in (paragraph, paragraph - 1)):
            return None
        last, earlier = set(self.telling.speakers(paragraph - 1)), set(self.telling.speakers(paragraph - 2))
        return next(iter(earlier)) if len(last) == len(earlier) == 1 and last != earlier else None


def is_human(mention: Mention) -> bool:
    return mention.kind == "generic" or mention.text in MALE or mention.text in FEMALE or mention.text in NEUTRAL


def _is_stranger(mention: Mention, gender: str = "") -> bool:
    """True for somebody without a name who comes in: ``a man``, ``the porter``."""
    if not is_human(mention) or mention.kind == "pronoun":
        return False
    new = mention.kind == "description" or mention.indefinite
    return new and (not gender or pronoun_gender(mention.text) in ("", gender))
