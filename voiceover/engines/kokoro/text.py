"""The words of an utterance as calls of the network: the ids of each call, and where each word begins in them.

A call holds the whole utterance if the network can take it, else parts that end at a stop, a clause mark or a word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from voiceover.engines.draft.phonemes import PhonemeWord
from voiceover.engines.kokoro.choices import LONGEST_IDS
from voiceover.engines.kokoro.symbols import IDS, accent_of, punctuation, spell
from voiceover.errors import EngineError
from voiceover.text.alphabets import LATIN, letters_by_script, script_words, scripts_of
from voiceover.types import SpokenSpan
from voiceover.types.lazy_dataclass import dataclass

COMFORTABLE_IDS = 400
"""Longest call that an utterance is cut into if it is too long for one."""
_NO_SOUND = frozenset("ˈˌː")
_STOPS, _CLAUSES = frozenset(".!?…"), frozenset(";:,—")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the network."""

    ids: tuple[int, ...]
    words: tuple[tuple[int, int], ...]
    """For each word the index of its first id, and its position in ``Utterance.spoken``."""
    ends: str
    """The last mark, or a letter if the call ends between two words."""


@dataclass(frozen=True, slots=True)
class _Word:
    symbols: str
    position: int


def calls_of(words: Sequence[PhonemeWord], spans: Sequence[SpokenSpan]) -> tuple[Call, ...]:
    """Return the calls that speak ``words``; none if they have no sound.

    Raises EngineError, without a place, for phonemes of the writer's that the model lacks.
    """
    spelled = [word for word in _spelled(words, spans) if word.symbols.strip()]
    return tuple(_call(part) for part in _parts(spelled))


def check_readable(spans: Sequence[SpokenSpan]) -> None:
    """Raise EngineError, without a place, if there are letters but none that the languages of the text are written in.

    espeak-ng would spell such a text out, letter by letter. Latin letters are read in every language here.
    """
    found: Counter[str] = Counter()
    for span in spans:
        letters = letters_by_script(span.text) if span.phonemes is None else Counter({LATIN: 1})
        if letters.keys() & {LATIN, *scripts_of(span.language)}:
            return
        found += letters
    if found:
        words = script_words(found.most_common(1)[0][0])
        text = "".join(span.text for span in spans).strip()
        raise EngineError(f'Kokoro cannot read {words} in {spans[0].language}: "{text}"; write them in Latin letters, or leave them out')


def _spelled(words: Sequence[PhonemeWord], spans: Sequence[SpokenSpan]) -> Iterator[_Word]:
    given = list(_given_ranges(spans))
    for number, word in enumerate(words):
        written = any(start <= word.position < end for start, end in given)
        symbols, lacking = spell(word.ipa, accent_of(word.language), written=written)
        if written and lacking:
            raise EngineError(f"Kokoro has no sound for {', '.join(lacking)} in /{word.ipa}/; write it with other IPA symbols")
        if not any(symbol.isalpha() and symbol not in _NO_SOUND for symbol in symbols):
            continue
        before = punctuation(word.before).strip() if number == 0 else ""
        yield _Word(f"{before}{symbols}{punctuation(word.after)}", word.position)


def _given_ranges(spans: Sequence[SpokenSpan]) -> Iterator[tuple[int, int]]:
    """Yield start and end of the spans whose phonemes the writer gave."""
    start = 0
    for span in spans:
        if span.phonemes is not None:
            yield start, start + len(span.text)
        start += len(span.text)


def _parts(words: Sequence[_Word]) -> Iterator[Sequence[_Word]]:
    """Yield the words of each call."""
    left = [part for word in words for part in _within_limit(word)]
    while sum(len(word.symbols) for word in left) > LONGEST_IDS:
        count = _cut(left)
        yield left[:count]
        left = left[count:]
    if left:
        yield left


def _cut(words: Sequence[_Word]) -> int:
    """Return how many words the next call takes: as far as the last stop, clause mark or word of its second half."""
    size = count = 0
    best: dict[int, int] = {}
    for word in words:
        size += len(word.symbols)
        if size > COMFORTABLE_IDS:
            break
        count += 1
        if size > COMFORTABLE_IDS // 2:
            marks = set(word.symbols)
            best[0 if marks & _STOPS else 1 if marks & _CLAUSES else 2] = count
    return best[min(best)] if best else max(count, 1)


def _within_limit(word: _Word) -> Iterator[_Word]:
    """Yield a word, such as a number or the phonemes of a whole sentence, in parts that a call can hold."""
    symbols = word.symbols
    while len(symbols) > COMFORTABLE_IDS:
        end = symbols.rfind(" ", 1, COMFORTABLE_IDS) + 1 or COMFORTABLE_IDS
        yield _Word(symbols[:end], word.position)
        symbols = symbols[end:]
    yield _Word(symbols, word.position)


def _call(words: Sequence[_Word]) -> Call:
    text, starts = "", []
    for word in words:
        starts.append((len(text) + len(word.symbols) - len(word.symbols.lstrip('"(“”) ')), word.position))
        text += word.symbols
    text = text.rstrip()
    last = text.rstrip('")”')[-1:]
    return Call(tuple(IDS[symbol] for symbol in text), tuple(starts), last if last in _STOPS | _CLAUSES else "")
