"""Which capitalized words of a text are names, and whose: read from its narration before anybody is given a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from voiceover.authoring.casting.addressed import addressed_in
from voiceover.authoring.casting.people import NamedPerson, People, mention_at
from voiceover.authoring.casting.quotes import Quote
from voiceover.authoring.casting.tags import subject_of
from voiceover.authoring.casting.tokens import Word, sentences_of, words_of
from voiceover.authoring.casting.vocabulary import FEMALE, GIVEN_FEMALE, GIVEN_MALE, HE, MALE, NOT_NAMES, SHE, TITLES

_MUCH_MORE = 3


def barred_words(texts: Sequence[str]) -> frozenset[str]:
    """Return the words, in lower case, that name nobody although they may have a capital: those that have it only as a sentence's first."""
    inside: Counter[str] = Counter()
    small: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for text in texts:
        begins = True
        for word in words_of(text):
            if not word.is_word:
                begins = word.text not in ",-"
                continue
            (first if begins and word.is_capital else inside if word.is_capital else small)[word.low] += 1
            begins = False
    given = GIVEN_MALE | GIVEN_FEMALE
    only_first = {low for low in first if not inside[low] and low not in given and low not in TITLES}
    often_small = {low for low in small if small[low] > _MUCH_MORE * inside[low] and low not in given and low not in TITLES}
    return NOT_NAMES | only_first | often_small


def people_of(narration: Iterable[str], quotes: Iterable[Quote], barred: frozenset[str], given: Iterable[Sequence[str]] = ()) -> People:
    """Return the people who are named in the narration, with what its pronouns say of them, and those whom quotations call by name."""
    sentences = [sentence for text in narration for sentence in sentences_of(words_of(text))]
    forms: Counter[str] = Counter()
    for sentence in sentences:
        at = 0
        while at < len(sentence):
            mention = mention_at(sentence, at, barred) if sentence[at].is_word else None
            if mention is not None and mention.kind == "name":
                forms[mention.text] += 1
            elif sentence[at].possessive and sentence[at].is_capital and sentence[at].low not in barred:
                forms[sentence[at].text] += 0
            at = mention.after if mention is not None else at + 1
    called = Counter(mention.text for quote in quotes for mention in addressed_in(quote, barred))
    for form in called:
        forms[form] += 0
    people = People(forms, given)
    for form, count in called.items():
        person = people.find(form)
        if person is not None:
            person.called += count
    for sentence in sentences:
        _vote(sentence, people, barred)
    return people


def _vote(sentence: Sequence[Word], people: People, barred: frozenset[str]) -> None:
    """Count the pronouns after the one name of a sentence that begins with it, up to another person."""
    mention = subject_of(sentence, barred)
    person = people.find(mention.text) if mention is not None and mention.kind == "name" else None
    if mention is None or person is None:
        return
    for word in sentence[mention.after :]:
        low = word.low
        if low in ("his", "himself", "he"):
            person.he += 1
            return
        if low in ("her", "herself", "she"):
            person.she += 1
            return
        if word.is_capital or low in MALE or low in FEMALE or low in HE or low in SHE:
            return


def is_person(person: NamedPerson) -> bool:
    """True if something shows that this name belongs to a person: a title, a first name, a pronoun, speech, or being called by it."""
    first = {form.split()[0].lower() for form in person.forms}
    return bool(person.speaks or person.called or person.gender or first & (TITLES | MALE | FEMALE))
