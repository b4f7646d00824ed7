"""What the narration beside a quotation says about its speaker: ``said Jo``, ``Jo said:``, or an action such as ``Jo sat up.``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voiceover.authoring.casting.people import FIRST_PERSON, Mention, mention_at
from voiceover.authoring.casting.quotes import Quote
from voiceover.authoring.casting.tokens import Word, sentences_of, words_of
from voiceover.authoring.casting.vocabulary import ADVERBS, CONNECTIVES, GESTURES, OFTEN_OTHER, PARTICLES, REPLIES, SAID

_SOFT = frozenset(",;:—–-")
"""Marks at the end of a quotation after which its sentence goes on."""
_FAR = 14
"""Most words between a verb of saying and the quotation after it."""


@dataclass(frozen=True, slots=True)
class SpeechTag:
    """A mention of the speaker beside a quotation."""

    mention: Mention
    rule: str
    """``said`` for a verb of saying, ``goes on`` for another verb in the quotation's own sentence, ``acts`` for a sentence of its own."""
    at: int
    """Offset in the paragraph's text."""
    to: Mention | None = None
    """The one spoken to: ``said she to Lucy``."""


def tag_after(text: str, quote: Quote, end: int, barred: frozenset[str]) -> SpeechTag | None:  # noqa: PLR0911
    """Return the tag that follows a quotation; ``end`` is the offset at which the narration after it ends."""
    words = words_of(text, quote.end, end)
    inner = quote.inner.rstrip(" ”’\"'*_)")
    soft = inner[-1:] in _SOFT or inner[-1:].isalnum()
    at = 0
    dashed = bool(words) and words[0].text in "—–-"
    while at < len(words) and not words[at].is_word:
        if words[at].text in ".!?":
            return None
        at += 1
    if at == len(words):
        return None
    if words[at].low in CONNECTIVES and (soft or dashed or not words[at].is_capital) and at + 1 < len(words):
        at += 1
    full_stop = inner[-1:] == "." and not dashed
    first = words[at]
    if (reply := _reply(words, at, barred)) is not None:
        return SpeechTag(reply, "said", first.start)
    if first.low in SAID and not first.is_capital:
        particle = at + 1 < len(words) and words[at + 1].low in PARTICLES
        mention = _mention_after(words, at + 1 + particle, barred)
        if mention is not None and not (first.low in OFTEN_OTHER and mention.first > at + 1 + particle):
            return SpeechTag(mention, "said", words[mention.first].start, _spoken_to(words, mention.after, barred))
        return None
    mention = mention_at(words, at, barred)
    if mention is None:
        return None
    verb = _verb_after(words, mention.after)
    tag_start = words[at].start
    says = verb is not None and (verb.low in SAID or (soft and verb.low in GESTURES))
    if says and not (full_stop and first.is_capital and mention.text != "I") and _is_finite_saying(words, mention.after):
        return SpeechTag(mention, "said", tag_start, _spoken_to(words, mention.after, barred))
    if verb is not None and (soft or dashed or (not first.is_capital and not full_stop)):
        return SpeechTag(mention, "goes on", tag_start)
    return None


def tag_before(text: str, quote: Quote, start: int, barred: frozenset[str]) -> SpeechTag | None:
    """Return the tag that leads into a quotation; ``start`` is the offset at which the narration before it begins."""
    words = words_of(text, start, quote.start)
    if not words:
        return None
    last = words[-1]
    leads = last.text in ",:—–-" or last.low in SAID
    if not leads:
        return None
    sentence = list(sentences_of(words))[-1]
    verbs = [number for number, word in enumerate(sentence) if word.low in SAID and len(sentence) - number <= _FAR]
    verbs = [number for number in verbs if _is_saying(sentence, number)]
    for number in reversed(verbs):
        mention = _subject_of_verb(sentence, number, barred)
        if mention is not None:
            return SpeechTag(mention, "said", sentence[mention.first].start, _spoken_to(sentence, number, barred))
    mention = subject_of(sentence, barred)
    if mention is None or (last.text == "," and not verbs):
        return None if mention is None else SpeechTag(mention, "goes on", sentence[mention.first].start)
    return SpeechTag(mention, "goes on", sentence[mention.first].start)


def action_after(text: str, quote: Quote, end: int, barred: frozenset[str]) -> SpeechTag | None:
    """Return the subject of the first sentence after a quotation."""
    words = words_of(text, quote.end, end)
    return _action(next(iter(sentences_of(words)), ()), barred)


def action_before(text: str, quote: Quote, start: int, barred: frozenset[str]) -> SpeechTag | None:
    """Return the subject of the last sentence before a quotation."""
    sentences = list(sentences_of(words_of(text, start, quote.start)))
    return _action(sentences[-1], barred) if sentences else None


def _action(sentence: Sequence[Word], barred: frozenset[str]) -> SpeechTag | None:
    mention = subject_of(sentence, barred) if not any(word.low in _DENIALS for word in sentence) else None
    return None if mention is None else SpeechTag(mention, "acts", sentence[mention.first].start)


def subject_of(sentence: Sequence[Word], barred: frozenset[str]) -> Mention | None:
    """Return the subject of a sentence if it begins with it, apart from words such as ``then`` and ``slowly``."""
    at = 0
    while at < len(sentence) and (not sentence[at].is_word or sentence[at].low in CONNECTIVES or sentence[at].low.endswith("ly")):
        at += 1
    mention = mention_at(sentence, at, barred)
    if mention is not None and mention.after < len(sentence) and (sentence[mention.after].is_word or sentence[mention.after].text == ","):
        return mention
    # "With a sigh, Jo sat down": the subject follows a comma.
    for number in range(at, min(len(sentence) - 2, at + 12)):
        if sentence[number].text == ",":
            mention = mention_at(sentence, number + 1, barred)
            if mention is not None and mention.after < len(sentence) and sentence[mention.after].is_word and mention.kind != "description":
                following = sentence[mention.after]
                return mention if not following.is_capital and following.low not in ("and", "or", "of", "with", "in", "to") else None
    return None


def clause_subjects(sentence: Sequence[Word], barred: frozenset[str]) -> list[Mention]:
    """Return the subjects of a sentence's clauses: mentions at the start of a clause that a verb may follow."""
    found = []
    at = 0
    after_mention = -1
    while at < len(sentence):
        begins = at == 0 or not sentence[at - 1].is_word or sentence[at - 1].low in CONNECTIVES or sentence[at - 1].low in _CLAUSES
        mention = mention_at(sentence, at, barred) if begins and sentence[at].is_word else None
        if mention is not None and after_mention == at - 1 and sentence[at - 1].low in ("and", "or"):
            at = after_mention = mention.after  # "Anna and Kate met"
            continue
        following = sentence[mention.after] if mention is not None and mention.after < len(sentence) else None
        if mention is not None and following is not None and following.is_word and not following.is_capital:
            if following.low not in _NO_VERBS:
                found.append(mention)
        elif not begins and at and (late := _late_subject(sentence, at, barred)) is not None:
            found.append(late)
        elif mention is not None and at == 0 and following is not None and following.text == ",":
            found.append(mention)
        if mention is not None:
            after_mention = mention.after
        at = mention.after if mention is not None else at + 1
    return found


def _late_subject(sentence: Sequence[Word], at: int, barred: frozenset[str]) -> Mention | None:
    """Return a name within a clause that is its subject: a verb follows, and no preposition comes before: ``At this Jo laughed``."""
    if not sentence[at].is_capital or sentence[at - 1].low in _PREPOSITIONS or sentence[at - 1].is_capital:
        return None
    mention = mention_at(sentence, at, barred)
    if mention is None or mention.kind != "name" or mention.after >= len(sentence):
        return None
    verb = sentence[mention.after].low
    return mention if verb in SAID or verb.endswith("ed") or verb in ("was", "had", "did", "is", "has") else None


def _is_saying(sentence: Sequence[Word], at: int) -> bool:
    """True if the verb at ``at`` says something: not ``was suggested by``, nor ``put`` far from the quotation."""
    word = sentence[at]
    if word.low in OFTEN_OTHER and len(sentence) - at > 3:
        return False
    passive = at > 0 and sentence[at - 1].low in ("was", "were", "be", "been", "being", "is") and not word.low.endswith("ing")
    return not passive and not (at + 1 < len(sentence) and sentence[at + 1].low == "by")


def _mention_after(words: Sequence[Word], at: int, barred: frozenset[str]) -> Mention | None:
    """Return the mention after a verb, past up to two adverbs, or one word before a name: ``said wise Lucy``."""
    for skipped in range(3):
        mention = mention_at(words, at + skipped, barred)
        if mention is not None:
            return mention
        if at + skipped >= len(words) or not words[at + skipped].is_word:
            return None
        if not (words[at + skipped].low.endswith("ly") or words[at + skipped].low in ADVERBS):
            named = mention_at(words, at + skipped + 1, barred)
            is_adjective = words[at + skipped].low not in _PREPOSITIONS | _CLAUSES | CONNECTIVES
            return named if named is not None and named.kind == "name" and is_adjective else None
    return None


def _spoken_to(words: Sequence[Word], at: int, barred: frozenset[str]) -> Mention | None:
    """Return the mention after ``to`` among the next words."""
    number = next((number for number in range(at, min(at + 5, len(words))) if words[number].low == "to"), None)
    return None if number is None else mention_at(words, number + 1, barred)


def _reply(words: Sequence[Word], at: int, barred: frozenset[str]) -> Mention | None:
    """Return the speaker in ``was her reply`` and ``came Jo's answer``."""
    if words[at].low not in ("was", "came", "is") or at + 2 >= len(words):
        return None
    noun = next((number for number in range(at + 2, min(at + 5, len(words))) if words[number].low in REPLIES), None)
    owner = words[at + 1]
    if noun is None:
        return None
    if owner.possessive and owner.is_capital:
        return Mention("name", owner.text, at + 1, at + 2)
    pronoun = {"his": "he", "her": "she", "my": FIRST_PERSON}.get(owner.low)
    return Mention("pronoun", pronoun, at + 1, at + 2) if pronoun is not None else None


def _verb_after(words: Sequence[Word], at: int) -> Word | None:
    """Return the verb after a mention, past adverbs and auxiliaries; the word there if nobody knows what it is."""
    for word in words[at : at + 4]:
        if not word.is_word:
            return None
        if word.low in SAID or word.low in GESTURES:
            return word
        if not (word.low.endswith("ly") or word.low in ADVERBS):
            return word if not word.is_capital else None
    return None


def _is_finite_saying(words: Sequence[Word], at: int) -> bool:
    """False where a verb of saying reports what is said in words of its own: ``Jo said that``, ``Jo told him``."""
    for number in range(at, min(at + 4, len(words))):
        if words[number].low in SAID:
            after = words[number + 1].low if number + 1 < len(words) else ""
            return after not in ("that", "how", "why", "whether", "what", "no", "nothing")
    return True


def _subject_of_verb(sentence: Sequence[Word], verb: int, barred: frozenset[str]) -> Mention | None:
    end = verb
    while end > 0 and (sentence[end - 1].low.endswith("ly") or sentence[end - 1].low in ADVERBS):
        end -= 1
    for start in range(max(end - 6, 0), end):
        mention = mention_at(sentence, start, barred)
        if mention is not None and mention.after == end and not (start and sentence[start - 1].low in _PREPOSITIONS):
            return mention
    after = mention_at(sentence, verb + 1, barred)
    if after is not None and (verb == 0 or sentence[verb - 1].low in CONNECTIVES) and after.kind != "pronoun":
        return after
    before = [mention for mention in clause_subjects(sentence, barred) if mention.after <= verb and mention.kind != "description"]
    return before[-1] if before else None


_CLAUSES = frozenset(
    (
        "that",
        "if",
        "because",
        "since",
        "until",
        "till",
        "before",
        "after",
        "where",
        "what",
        "who",
        "which",
        "or",
        "nor",
        "although",
        "though",
        "where",
    )
)
_DENIALS = frozenset(("no", "not", "nothing", "never"))
"""``Jo made no answer`` is about the one who did not speak."""
_NO_VERBS = frozenset(("and", "or", "of", "in", "to", "with", "on", "at", "by", "for", "from", "than", "but", "as"))
_PREPOSITIONS = frozenset(
    ("to", "at", "of", "with", "for", "by", "from", "on", "in", "behind", "beside", "near", "about", "after", "before")
)
