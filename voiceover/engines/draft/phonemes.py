"""Phonemes from espeak-ng: the words of an utterance in IPA, for engines that speak phonemes.

    words        the text cut into words and clauses
    process      one request for all clauses, and for each word alone
    alignment    espeak-ng's words given to those of the text

espeak-ng runs in the same separate process that speaks drafts; it is under the GPL.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from voiceover.engines.draft.alignment import align
from voiceover.engines.draft.languages import espeak_voice
from voiceover.engines.draft.process import COMMAND, EspeakProcess
from voiceover.engines.draft.words import TextWord, clause_text, cut_words, marks_between
from voiceover.types import SpokenSpan
from voiceover.types.lazy_dataclass import dataclass

_LANGUAGE_MARK = re.compile(r"\([^()\s]*\)")
"""espeak-ng marks a word that it reads in another language, as in ``(^e^n)fˈe^ɪsbʊk(^f^r)``."""

_REMEMBERED = 64
"""Utterances whose words are kept."""


@dataclass(frozen=True, slots=True)
class PhonemeWord:
    """A word of the text, as it is spoken. Joined, the words with what is before and after them are the utterance in IPA."""

    ipa: str
    """espeak-ng's IPA: stress marks before the sound, and ``^`` between the parts of one sound.

    A number may hold blanks: it is several words. If the writer gave the phonemes of the span, this is what was given.
    """
    position: int
    """Index of the word's first character in the joined text of the spans."""
    after: str
    """Marks and blanks up to the next word, as in the text.

    Empty between words that espeak-ng speaks as one, as in ``ʌvðə`` for "of the", though the text has a blank there.
    """
    language: str
    """BCP 47 tag of its span."""
    before: str = ""
    """Marks before the first word of an utterance, such as an opening quote; empty for other words."""


class Phonemizer:
    """espeak-ng in a process of its own, started with the first utterance. One instance serves one thread."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        """``command`` starts the process."""
        self._process = EspeakProcess(command)
        self._known: dict[tuple[SpokenSpan, ...], tuple[PhonemeWord, ...]] = {}

    def words(self, spans: Sequence[SpokenSpan]) -> tuple[PhonemeWord, ...]:
        """Return the words of the spans in the order of the text; empty if there is nothing to speak.

        Raises EngineError, without a place, for a language that espeak-ng does not have, and if its process dies twice.
        """
        key = tuple(spans)
        if key not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[key] = self._words(key)
        return self._known[key]

    def close(self) -> None:
        """End the process; may be called twice."""
        self._process.close()

    def _words(self, spans: tuple[SpokenSpan, ...]) -> tuple[PhonemeWord, ...]:
        words = cut_words(spans)
        spoken: list[tuple[TextWord, str, bool]] = []
        for _, group in groupby(words, key=lambda word: word.clause):
            clause = list(group)
            given = spans[clause[0].span].phonemes
            if given is not None:
                spoken += _given(clause, given)
        asked = [word for word in words if spans[word.span].phonemes is None]
        spoken += self._asked(asked, spans)
        return _placed(_with_endings(sorted(spoken, key=lambda entry: entry[0].start), spans), spans)

    def _asked(self, words: Sequence[TextWord], spans: Sequence[SpokenSpan]) -> list[tuple[TextWord, str, bool]]:
        """Return the words with espeak-ng's phonemes; True if a word is spoken as one with the next."""
        clauses = [list(group) for _, group in groupby(words, key=lambda word: word.clause)]
        if not clauses:
            return []
        voices = [espeak_voice(spans[clause[0].span].language) for clause in clauses]
        together = [(voice, clause_text(clause)) for voice, clause in zip(voices, clauses, strict=True)]
        alone = [(voice, word.text) for voice, clause in zip(voices, clauses, strict=True) for word in clause]
        requests = list(dict.fromkeys([*together, *alone]))
        heard = dict(zip(requests, self._process.phonemes(requests), strict=True))
        result: list[tuple[TextWord, str, bool]] = []
        for (voice, text), clause in zip(together, clauses, strict=True):
            ipa, merged = align([_clean(heard[voice, word.text]) for word in clause], _clean(heard[voice, text]).split())
            result += zip(clause, ipa, merged, strict=True)
        return result


def _clean(phonemes: str) -> str:
    """Return phonemes without marks of language and without words that have no sound."""
    words = _LANGUAGE_MARK.sub("", phonemes).replace("_", " ").split()
    return " ".join(word for word in words if any(character.isalpha() for character in word))


def _given(words: Sequence[TextWord], phonemes: str) -> list[tuple[TextWord, str, bool]]:
    """Return the words of a span with the phonemes that were given for it, one for one; the last word or phonemes take what is left."""
    parts = phonemes.split()
    if len(parts) > len(words):
        parts[len(words) - 1 :] = [" ".join(parts[len(words) - 1 :])]
    if parts:
        words = [*words[: len(parts) - 1], replace(words[len(parts) - 1], end=words[-1].end)]
    return [(word, part, False) for word, part in zip(words, parts, strict=False)]


def _with_endings(spoken: Sequence[tuple[TextWord, str, bool]], spans: Sequence[SpokenSpan]) -> list[tuple[TextWord, str, bool]]:
    """Return English words with the sound of their ``'s``.

    espeak-ng leaves it out after some names in capitals ("NASA's"), and reads it as a letter after a span whose phonemes were given.
    """
    result: list[tuple[TextWord, str, bool]] = []
    for number, (word, ipa, merged) in enumerate(spoken):
        text = word.text.replace("’", "'").lower()
        if not text.endswith("'s") or spans[word.span].language.partition("-")[0].lower() != "en" or spans[word.span].phonemes is not None:
            result.append((word, ipa, merged))
            continue
        before = spoken[number - 1] if number and spoken[number - 1][0].end == word.start else None
        if text == "'s" and before is not None:
            result.append((word, _s_after(before[1]), merged))
        else:
            result.append((word, ipa if ipa.endswith(("s", "z")) or not ipa else ipa + _s_after(ipa), merged))
    return result


def _s_after(ipa: str) -> str:
    """Return the sound of an English ``'s`` after a word."""
    if ipa.endswith(("s", "z", "ʃ", "ʒ")):
        return "ᵻz"
    return "s" if ipa.endswith(("p", "t", "k", "f", "θ")) else "z"


def _placed(spoken: Sequence[tuple[TextWord, str, bool]], spans: Sequence[SpokenSpan]) -> tuple[PhonemeWord, ...]:
    """Return the words that have sounds, with the marks around them."""
    text = "".join(span.text for span in spans)
    heard = [entry for entry in spoken if entry[1]]
    made = []
    for number, (word, ipa, merged) in enumerate(heard):
        end = heard[number + 1][0].start if number + 1 < len(heard) else len(text)
        after = "" if merged else marks_between(text[word.end : end])
        made.append(PhonemeWord(ipa, word.start, after, spans[word.span].language))
    if made:
        made[0] = replace(made[0], before=marks_between(text[: made[0].position]))
    return tuple(made)
