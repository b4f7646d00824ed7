"""Phonemes of an utterance as ids of a voice, in stretches of one sentence each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from voiceover.engines.draft.phonemes import PhonemeWord
from voiceover.engines.piper.config import END, PAD, START, PiperConfig

LONGEST_STRETCH = 300
"""Phonemes of one call; a voice was trained on sentences. A longer one is cut after a mark, or else between two words."""

_MARKS = {
    **dict.fromkeys("…—–―،、，", ","),
    **dict.fromkeys("。．।॥։።", "."),
    **dict.fromkeys("！", "!"),
    **dict.fromkeys("？؟\u037e", "?"),
    **dict.fromkeys("；؛፤", ";"),
    **dict.fromkeys("：", ":"),
}
"""Marks that voices do not know, and what they stand for."""
_KNOWN_MARKS = ".,;:!?"
_ENDS = ".!?"
_DOTS = re.compile(r"\.{2,}")


@dataclass(slots=True)
class Stretch:
    """What is spoken in one call."""

    ids: list[int] = field(default_factory=list)
    starts: list[tuple[int, int]] = field(default_factory=list)
    """For each word, the index of its first character in the text, and of its first id."""
    ends_sentence: bool = False


@dataclass(frozen=True, slots=True)
class _Symbol:
    text: str
    position: int | None
    """Set at the first phoneme of a word."""
    cut: int
    """How well a stretch may end after it: 2 at the end of a sentence, 1 after another mark or a word, 0 not."""


def stretches_of(words: Sequence[PhonemeWord], config: PiperConfig) -> list[Stretch]:
    """Return the ids of the words. Phonemes that the voice does not have are left out, as Piper does; empty if none is left."""
    made: list[Stretch] = []
    symbols = [symbol for symbol in _symbols(words) if _ids(symbol.text, config)]
    start = 0
    while start < len(symbols):
        end = _end(symbols, start)
        stretch = _stretch(symbols[start:end], config)
        if any(symbol.position is not None or symbol.text.isalpha() for symbol in symbols[start:end]):
            made.append(stretch)
        start = end
    return made


def _symbols(words: Sequence[PhonemeWord]) -> Iterator[_Symbol]:
    for word in words:
        position: int | None = word.position
        sounds = unicodedata.normalize("NFD", word.ipa).replace("^", "")
        marks = _marks(word.after)
        for at, sound in enumerate(sounds):
            is_last = at == len(sounds) - 1 and not marks
            yield _Symbol(sound, position, 1 if is_last and word.after else 0)
            position = None
        for at, mark in enumerate(marks):
            last = at == len(marks) - 1
            yield _Symbol(mark, None, 0 if not last else 2 if any(each in _ENDS for each in marks) else 1)


def _marks(text: str) -> str:
    """Return the marks and blanks after a word as voices know them: one mark, then one blank."""
    known = "".join(_MARKS.get(character, character) for character in _DOTS.sub("…", text))
    found = [character for character in known if character in _KNOWN_MARKS]
    strongest = min(found, key="!?.;:,".index, default="")
    return strongest + (" " if any(character.isspace() for character in text) or (strongest and text != text.rstrip()) else "")


def _end(symbols: Sequence[_Symbol], start: int) -> int:
    """Return where the stretch that begins at ``start`` ends."""
    last = min(start + LONGEST_STRETCH, len(symbols))
    for at in range(start, last):
        if symbols[at].cut == 2:
            return at + 1
    if last == len(symbols):
        return last
    marks = [at for at in range(start, last) if symbols[at].cut and at and symbols[at - 1].text in _KNOWN_MARKS]
    if marks and marks[-1] - start > LONGEST_STRETCH // 3:
        return marks[-1] + 1
    return next((at + 1 for at in range(last - 1, start, -1) if symbols[at].cut), last)


def _stretch(symbols: Sequence[_Symbol], config: PiperConfig) -> Stretch:
    pad = config.ids[PAD]
    stretch = Stretch(ids=[*config.ids[START], *pad], ends_sentence=symbols[-1].cut == 2)
    last = len(symbols)
    while last and symbols[last - 1].text == " ":
        last -= 1
    for symbol in symbols[:last]:
        if symbol.position is not None:
            stretch.starts.append((symbol.position, len(stretch.ids)))
        for number in _ids(symbol.text, config):
            stretch.ids += [number, *pad]
    stretch.ids += config.ids[END]
    return stretch


def _ids(symbol: str, config: PiperConfig) -> tuple[int, ...]:
    """Return the ids of a phoneme, of what is spoken in its place, or nothing."""
    if symbol in (PAD, START, END):
        return ()
    return tuple(number for each in config.replaced.get(symbol, (symbol,)) for number in config.ids.get(each, ()))
