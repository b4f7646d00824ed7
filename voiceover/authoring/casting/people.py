"""People of a text: how they are named, which names mean one person, and who is a woman and who a man, as the text shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from voiceover.authoring.casting.tokens import Word
from voiceover.authoring.casting.vocabulary import (
    ADJECTIVES,
    DETERMINERS,
    FEMALE,
    FEMALE_TITLES,
    GENERIC,
    GIVEN_FEMALE,
    GIVEN_MALE,
    HE,
    MALE,
    MALE_TITLES,
    NOT_NAMES,
    PLACES,
    SAID,
    SHE,
    SUBJECTS,
    TITLES,
)

FIRST_PERSON = "I"
"""Name of the speaker who tells the story."""
_PARTICLES = frozenset(("de", "von", "van", "du", "le", "la"))
_OF = _PARTICLES | {"of"}
_INDEFINITE = frozenset(("a", "an"))
_ARTICLES = _INDEFINITE | {"the"}
_LONGEST_NAME = 5
_VOTES = 2
_MOST_SHARING = 100
"""Names that may share a word for a shorter one to be looked for among them."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Words for a person."""

    kind: str
    """``name``, ``pronoun``, ``description`` (it tells who it is: the porter) or ``generic`` (it does not: the man)."""
    text: str
    """The name without determiner and adjectives; a pronoun or a noun in lower case."""
    first: int
    """Index of its first word."""
    after: int
    """Index of the word after it."""
    indefinite: bool = False
    """True after ``a`` or ``an``."""


def mention_at(words: Sequence[Word], at: int, barred: frozenset[str] = NOT_NAMES) -> Mention | None:
    """Return the mention of a person that begins at ``words[at]``. ``barred`` are words that name nobody."""
    if at >= len(words):
        return None
    word = words[at]
    if word.low in SUBJECTS and not word.possessive:
        return Mention("pronoun", FIRST_PERSON if word.text == "I" else word.low, at, at + 1)
    start = at
    determined = word.low in DETERMINERS or (word.possessive and at + 1 < len(words) and not words[at + 1].is_capital)
    if determined:
        start += 1
    if word.low == "one" and start < len(words) and words[start].low == "of":
        return None
    modifiers = start
    while start < len(words) and _is_modifier(words, start, determined):
        start += 1
    if start >= len(words):
        return None
    name = _name_at(words, start, barred, determined or start > modifiers)
    if name is not None:
        return Mention("name", name[0], at, name[1])
    return _described(words, at, start) if determined else None


def _is_modifier(words: Sequence[Word], at: int, determined: bool) -> bool:
    """True for an adjective that more words of the mention follow."""
    word = words[at]
    if at + 1 >= len(words) or not word.is_word or word.is_capital or word.possessive or not words[at + 1].is_word:
        return False
    return word.low in ADJECTIVES or (determined and word.low not in GENERIC and words[at + 1].is_capital and word.low not in _OF)


def _name_at(words: Sequence[Word], at: int, barred: frozenset[str], inside: bool) -> tuple[str, int] | None:
    """Return a name that begins at ``words[at]`` and the index after it; ``inside`` is True if words of the mention come before."""
    first = words[at]
    if not first.is_capital or not first.is_word:
        return None
    titled = first.low in TITLES
    followed = at + 1 < len(words) and words[at + 1].is_capital and words[at + 1].low not in NOT_NAMES
    if not titled and first.low in barred and not (inside and (first.low not in NOT_NAMES or followed)):
        return None
    end = at + 1
    while end < len(words) and end - at < _LONGEST_NAME and not words[end - 1].possessive:
        word = words[end]
        follows_title = end == at + 1 and titled and word.low not in SUBJECTS
        if word.is_capital and word.is_word and (follows_title or word.low not in barred or word.low in TITLES):
            end += 1
        elif word.low in (_OF if titled else _PARTICLES) and end + 1 < len(words) and words[end + 1].is_capital:
            end += 2
        else:
            break
    last = words[end - 1]
    if last.possessive or (last.low in PLACES and not titled) or (last.low == first.low and last.text.endswith(".")):
        return None
    return " ".join(word.text for word in words[at:end]), end


def _described(words: Sequence[Word], at: int, start: int) -> Mention | None:
    """Return the mention ``the old gentleman`` or ``the porter``: a word for people among the next three, else the first noun."""
    for end in range(start, min(start + 3, len(words))):
        word = words[end]
        if not word.is_word or word.is_capital or word.low in SUBJECTS or word.low in SAID or word.possessive:
            break
        if word.low in GENERIC:
            return Mention("generic", word.low, at, end + 1, words[at].low in _INDEFINITE)
        if word.low in MALE or word.low in FEMALE:
            return Mention("description", word.low, at, end + 1)
    first = words[start]
    if words[at].low not in _ARTICLES:
        return None
    if not first.is_word or first.is_capital or first.possessive or first.low in SUBJECTS or first.low in SAID or first.low in ADJECTIVES:
        return None
    return Mention("description", first.low, at, start + 1)


@dataclass(slots=True)
class NamedPerson:
    """Somebody who is named in the text."""

    first_form: str
    """The form by which the person was found."""
    forms: Counter[str] = field(default_factory=Counter)
    """How often each form is used."""
    speaks: int = 0
    """Number of tags that name this person."""
    called: int = 0
    """How often quotations call this person by name."""
    he: int = 0
    she: int = 0
    is_given: bool = False
    """True if the name was known before the text was read; then it stays."""

    @property
    def name(self) -> str:
        """The form that is used most."""
        if self.is_given:
            return self.first_form
        return max(self.forms, key=lambda form: (self.forms[form], -len(form)), default=self.first_form)

    @property
    def gender(self) -> str:
        """``m``, ``f`` or empty."""
        for form in self.forms:
            first = form.split()[0].lower()
            alone = len(form.split()) == 1
            if found := _sex(first) or (pronoun_gender(first) if alone else ""):
                return found
        voted = "" if self.he == self.she else "m" if self.he > self.she else "f"
        if max(self.he, self.she) >= _VOTES and max(self.he, self.she) > 2 * min(self.he, self.she):
            return voted
        given = {_given_sex(form.split()[0].lower()) for form in self.forms} - {""}
        return next(iter(given)) if len(given) == 1 else voted


class People:
    """All people of a text, found by any form of their names."""

    def __init__(self, forms: Mapping[str, int], given: Iterable[Sequence[str]] = ()) -> None:
        """``forms`` counts the names of the text; ``given`` are people known before, each with all of its forms, the name first."""
        self.people: list[NamedPerson] = []
        self._by_form: dict[str, NamedPerson | None] = {}
        self._by_word: dict[str, list[NamedPerson]] = {}
        self._gone: set[int] = set()
        """Identities of people who were joined to others."""
        for names in given:
            person = NamedPerson(names[0], Counter(names), is_given=True)
            self.people.append(person)
            self._by_form.update(dict.fromkeys((fold(name) for name in names), person))
            for name in names:
                self._remember(person, name)
        # Long names first, so that short ones find them.
        for form in sorted(forms, key=lambda form: (-len(form.split()), -forms[form], form)):
            self._join(form, forms[form])

    def find(self, form: str) -> NamedPerson | None:
        """Return the person that a form of a name means; None if there is none, or several."""
        return self._by_form.get(fold(form))

    def _join(self, form: str, count: int) -> None:
        key = fold(form)
        if key not in self._by_form:
            owners = self._owners(form)
            if len(owners) > 1:
                owners = self._joined(form, owners)
            if len(owners) > 1:
                self._by_form[key] = None
                return
            if not owners:
                owners = [NamedPerson(form)]
                self.people.append(owners[0])
            self._by_form[key] = owners[0]
            self._remember(owners[0], form)
        person = self._by_form[key]
        if person is not None:
            person.forms[form] += count

    def _joined(self, form: str, owners: list[NamedPerson]) -> list[NamedPerson]:
        """Join people whose given name is ``form``, such as Mistress Mary and Mary Lennox; others stay apart."""
        if not all(any(_is_given(form, other) for other in person.forms) for person in owners):
            return owners
        first, *rest = owners
        for person in rest:
            first.forms.update(person.forms)
            self.people.remove(person)
            self._gone.add(id(person))
            for other in person.forms:
                self._remember(first, other)
            self._by_form.update({key: first for key, value in self._by_form.items() if value is person})
        return [first]

    def _owners(self, form: str) -> list[NamedPerson]:
        """Return those whose longer name a shorter one abbreviates."""
        title, rest = _parted(form)
        candidates = self._sharing(rest)
        return [person for person in candidates if any(_abbreviates(title, rest, *_parted(other)) for other in person.forms)]

    def _sharing(self, words: Sequence[str]) -> list[NamedPerson]:
        """Return the people whose names share a word; a word that is part of very many names tells nobody."""
        found: dict[int, NamedPerson] = {}
        for word in {words[0], words[-1]} if words else ():
            sharing = self._by_word.get(word, [])
            found.update({id(person): person for person in sharing[: _MOST_SHARING + 1]})
        return [person for person in found.values() if id(person) not in self._gone] if len(found) <= _MOST_SHARING else []

    def _remember(self, person: NamedPerson, form: str) -> None:
        for word in set(_parted(form)[1]):
            self._by_word.setdefault(word, []).append(person)


def fold(name: str) -> str:
    """Return a name in the form for comparisons."""
    return " ".join(name.replace("’", "'").casefold().split())


def _parted(form: str) -> tuple[str, tuple[str, ...]]:
    words = fold(form).split()
    if len(words) > 1 and words[0] in TITLES and words[1] not in _OF:
        return words[0], tuple(words[1:])
    return "", tuple(words)


def _is_given(form: str, other: str) -> bool:
    """True if ``form`` is the given name in ``other``."""
    title, words = _parted(other)
    return words[0] == fold(form) and (len(words) > 1 or bool(title)) and not (title and len(words) == 1 and _given_sex(words[0]) == "")


def _abbreviates(title: str, rest: tuple[str, ...], other_title: str, other: tuple[str, ...]) -> bool:
    """True if one name is a shorter form of another: no contrary title, its words at the start or the end of the other's."""
    if title and other_title:
        return title == other_title and (rest == other[: len(rest)] or rest == other[-len(rest) :])
    if rest == other:
        # Bingley is Mr. Bingley rather than Miss Bingley; a title without a gender fits anybody.
        return not {title, other_title} & FEMALE_TITLES or rest[0] in GIVEN_FEMALE
    if len(rest) >= len(other):
        return False
    if title:
        return ("" in (_sex(title), _given_sex(other[0])) or _sex(title) == _given_sex(other[0])) and rest == other[-len(rest) :]
    at_end = rest == other[-len(rest) :]
    return rest == other[: len(rest)] or (at_end and other_title not in FEMALE_TITLES)


def _sex(title: str) -> str:
    return "m" if title in MALE_TITLES else "f" if title in FEMALE_TITLES else ""


def _given_sex(name: str) -> str:
    if name in GIVEN_MALE:
        return "" if name in GIVEN_FEMALE else "m"
    return "f" if name in GIVEN_FEMALE else ""


def pronoun_gender(word: str) -> str:
    """Return ``m`` or ``f`` for a pronoun or a noun for people; empty if it has none."""
    if word in HE or word in MALE:
        return "m"
    return "f" if word in SHE or word in FEMALE else ""
