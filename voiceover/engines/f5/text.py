"""Text to token ids, as in F5-TTS' ``convert_char_to_pinyin``.

A token is one character or one pinyin syllable. The reference cuts text with rjieba first and puts a space before an ASCII word
that follows another segment directly, so the cut matters in English too ("(yes" is spoken as "( yes"). Without Chinese the cut is a few
rules, which are written out here; a text with Chinese needs the extra ``zh``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from voiceover.engines.f5.weights.vocabulary import check_vocab
from voiceover.errors import EngineError
from voiceover.system.extras import how_to_install
from voiceover.types.lazy_dataclass import dataclass

UNKNOWN = 0
"""Unknown tokens become the first one of the vocabulary, the space."""
_TRANSLATED = str.maketrans({";": ",", "“": '"', "”": '"', "‘": "'", "’": "'"})
_BLOCKS = re.compile(r"([a-zA-Z0-9+#&._%\-]+|\r\n)")
_WORDS = re.compile(r"(AT&T|[cC]\+\+|[cC]#)")
"""The words of jieba's dictionary that consist of ASCII."""
_PARTS = re.compile(r"([a-zA-Z0-9]+(?:[._\-][a-zA-Z0-9]+)*%?)")
_NO_SPACE_AFTER = (" ", ":", "'", '"')


@dataclass(frozen=True, slots=True)
class Vocab:
    """The tokens that a model knows; an id is a position."""

    tokens: tuple[str, ...]
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ids", {token: number for number, token in enumerate(self.tokens)})

    def ids(self, tokens: Iterable[str]) -> NDArray[np.int32]:
        """Return the ids of tokens, shape (tokens,)."""
        return np.array([self._ids.get(token, UNKNOWN) for token in tokens], np.int32)

    def check_rows(self, rows: int, source: str) -> None:
        """Raise ModelError unless an embedding of ``rows`` rows has one for each token and one for the filler."""
        check_vocab(self.tokens, rows, source)


def tokenize(text: str) -> list[str]:
    """Split a text into tokens. Raises EngineError if it contains Chinese and the extra ``zh`` is not installed."""
    text = text.translate(_TRANSLATED)
    chinese = any(is_chinese(char) for char in text)
    cut, read = _load_chinese() if chinese else (cut_plain, list)
    tokens: list[str] = []
    for segment in cut(text):
        size = len(segment.encode())
        if size == len(segment):
            if tokens and size > 1 and tokens[-1] not in _NO_SPACE_AFTER:
                tokens.append(" ")
            tokens.extend(segment)
        elif size == 3 * len(segment) and len(syllables := read(segment)) == len(segment):
            for char, syllable in zip(segment, syllables, strict=True):
                tokens.extend((" ", syllable) if is_chinese(char) else (syllable,))
        else:  # pypinyin returns one item for several characters that it cannot read
            for char in segment:
                tokens.extend((" ", *read(char)) if is_chinese(char) else (char,))
    return tokens


def is_chinese(char: str) -> bool:
    """Return True if upstream reads a character as pinyin: U+3100 to U+9FFF."""
    return "\u3100" <= char <= "\u9fff"


def cut_plain(text: str) -> list[str]:
    """Split a text without Chinese as rjieba does: words with inner ``. _ -`` and a final ``%``, runs of ``+#&._%-``, characters."""
    segments: list[str] = []
    for block in _BLOCKS.split(text):
        if not _BLOCKS.fullmatch(block):
            segments.extend(block)
        elif block == "\r\n":
            segments.append(block)
        else:
            for word in _WORDS.split(block):
                segments.extend([word] if _WORDS.fullmatch(word) else filter(None, _PARTS.split(word)))
    return segments


def _load_chinese() -> tuple[Callable[[str], list[str]], Callable[[str], list[str]]]:
    """Return segmenter and pinyin reader."""
    try:
        import pypinyin
        import rjieba
    except ImportError as error:
        raise EngineError(f"Chinese text needs the extra 'zh'; {how_to_install('zh')}") from error

    def read(segment: str) -> list[str]:
        found: list[str] = pypinyin.lazy_pinyin(segment, style=pypinyin.Style.TONE3, tone_sandhi=True)
        return found

    return rjieba.cut, read


_PAUSES = ".!?,;:…—–-。！？，；：、～~"
_CLOSERS = "\"')]}»”’」』）】》"


def closed(text: str) -> str:
    """Return the text stripped and with a final full stop, unless it already ends with a mark (inside or outside of quotes)."""
    text = text.strip()
    bare = text.rstrip(_CLOSERS + " ")
    if not bare or bare[-1] in _PAUSES:
        return text
    return text + ("。" if is_chinese(bare[-1]) else ".")


def reference_ending(text: str) -> str:
    """Return the reference words as upstream joins them to the text: ended by ". " or "。", with a space after an ASCII character."""
    text = text.strip()
    if not text.endswith("。"):
        text = text + (" " if text.endswith(".") else ". ")
    return f"{text} " if len(text[-1].encode()) == 1 else text
