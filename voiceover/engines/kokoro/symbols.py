"""The symbols that Kokoro was trained on, and how IPA is spelled in them.

espeak-ng's IPA has ``^`` between the parts of one sound. The model has one sign for each English diphthong and affricate (``A`` for the
vowel of "day", ``ʤ``), ``T`` for the flap of American "water", ``ᵊ`` for the weak vowel of "little", and no length marks in American
English.

The ids are those of the model's config.json (Apache-2.0).
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

_TABLE = """
    ;1 :2 ,3 .4 !5 ?6 —9 …10 "11 (12 )13 “14 ”15 \u030317 ʣ18 ʥ19 ʦ20 ʨ21 ᵝ22 ꭧ23 A24 I25 O31 Q33 S35 T36 W39 Y41 ᵊ42
    a43 b44 c45 d46 e47 f48 h50 i51 j52 k53 l54 m55 n56 o57 p58 q59 r60 s61 t62 u63 v64 w65 x66 y67 z68
    ɑ69 ɐ70 ɒ71 æ72 β75 ɔ76 ɕ77 ç78 ɖ80 ð81 ʤ82 ə83 ɚ85 ɛ86 ɜ87 ɟ90 ɡ92 ɥ99 ɨ101 ɪ102 ʝ103 ɯ110 ɰ111 ŋ112 ɳ113 ɲ114
    ɴ115 ø116 ɸ118 θ119 œ120 ɹ123 ɾ125 ɻ126 ʁ128 ɽ129 ʂ130 ʃ131 ʈ132 ʧ133 ʊ135 ʋ136 ʌ138 ɣ139 ɤ140 χ142 ʎ143 ʒ147 ʔ148
    ˈ156 ˌ157 ː158 ʰ162 ʲ164 ↓169 →171 ↗172 ↘173 ᵻ177
"""
IDS: dict[str, int] = {" ": 16, **{entry[0]: int(entry[1:]) for entry in _TABLE.split()}}
"""The id of each symbol."""
MARKS = frozenset(';:,.!?—…"()“”')
"""The punctuation among them."""

TIE = "^"
_NASAL, _SYLLABIC = "\u0303", "\u0329"


class Accent(StrEnum):
    """Which spelling a language has."""

    AMERICAN = "American"
    BRITISH = "British"
    OTHER = "other"
    """Languages other than English."""


_JOINED = {
    "a^ɪ": "I",
    "a^ʊ": "W",
    "d^z": "ʣ",
    "d^ʒ": "ʤ",
    "e^ɪ": "A",
    "o^ʊ": "O",
    "t^s": "ʦ",
    "t^ʃ": "ʧ",
    "ɔ^ɪ": "Y",
    "ə^ʊ": "Q",
}
"""Sounds of two parts, in every language."""
_ENGLISH = {
    "ə^l": "ᵊl",
    "e": "A",
    "o": "ɔ",
    "r": "ɹ",
    "x": "k",
    "ç": "k",
    "ɐ": "ə",
    "ɚ": "əɹ",
    "ɝ": "ɜɹ",
    "ɬ": "l",
    "ʔ": "t",
    "ʲ": "",
    _NASAL: "",
}
_AMERICAN = {"ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪ^ə": "iə", "ɪə": "iə", "ɾ": "T", "ː": ""}
_BRITISH = {"e^ə": "ɛː", "eə": "ɛː", "ɾ": "t"}
_WRITTEN = {
    "g": "ɡ",
    "'": "ˈ",
    "ɫ": "l",
    "ʀ": "ʁ",
    "ʱ": "ʰ",
    "ɱ": "m",
    "ʍ": "w",
    "ʉ": "u",
    "\u02de": "ɹ",
    **dict.fromkeys(".|‿-\u02d1\u032a\u0325\u030a\u032f\u031a\u0320\u031f\u033a\u033b\u031e\u031d", ""),
}
"""Spellings in use among people who write IPA: narrow marks that make no difference to the model, and signs near to one that it has."""

TABLES = {
    Accent.AMERICAN: _JOINED | _ENGLISH | _AMERICAN,
    Accent.BRITISH: _JOINED | _ENGLISH | _BRITISH,
    Accent.OTHER: _JOINED,
}
_PATTERNS = {accent: re.compile("|".join(map(re.escape, sorted(table, key=len, reverse=True)))) for accent, table in TABLES.items()}
_UNTIED = re.compile("aɪ|aʊ|dz|dʒ|eɪ|oʊ|ts|tʃ|ɔɪ|əʊ")
_VOWELS = "iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒɚɝᵻ"
_STRESSED = re.compile(f"([ˈˌ])([^{_VOWELS}ˈˌ\\s]+)([{_VOWELS}])")
"""Stress before a syllable, where people write it; the model and espeak-ng have it before the vowel."""
_TIE_BARS = str.maketrans({"\u0361": TIE, "\u035c": TIE, "\u200d": TIE})
_OVER_CONSONANT = re.compile(f"(.){_SYLLABIC}")


def accent_of(language: str) -> Accent:
    """Return the spelling for a BCP 47 tag. English of the United States and Canada is American, all other English British."""
    primary, _, rest = language.lower().partition("-")
    if primary != "en":
        return Accent.OTHER
    return Accent.AMERICAN if rest.split("-")[0] in ("us", "ca") else Accent.BRITISH


def spell(ipa: str, accent: Accent, *, written: bool = False) -> tuple[str, tuple[str, ...]]:
    """Return IPA in the model's symbols, and the signs in it that the model lacks, which are left out.

    ``written`` is True for IPA by a person, who does not join the parts of a sound.
    """
    text = unicodedata.normalize("NFD", ipa).replace("c\u0327", "ç")
    text = text.translate(_TIE_BARS)
    if written:
        text = "".join(_WRITTEN.get(character, character) for character in text)
        text = _STRESSED.sub(r"\2\1\3", text)
        text = _UNTIED.sub(lambda found: f"{found[0][0]}{TIE}{found[0][1]}", text)
    table = TABLES[accent]
    text = _PATTERNS[accent].sub(lambda found: table[found[0]], text).replace(TIE, "")
    text = _OVER_CONSONANT.sub(r"ᵊ\1", text)
    text = " ".join(text.split())
    lacking = dict.fromkeys(character for character in text if character not in IDS)
    return "".join(character for character in text if character in IDS), tuple(lacking)


def punctuation(between: str) -> str:
    """Return what is between two words as the model writes it: marks that it has, and single blanks. Not empty unless ``between`` is."""
    kept = "".join(_MARK_SPELLINGS.get(character, character) for character in _LONE_HYPHEN.sub("—", between))
    kept = "".join(character if character in MARKS else " " if character.isspace() else "" for character in kept.replace("...", "…"))
    kept = _RUN.sub(r"\1", _BLANKS.sub(" ", kept))
    return kept or (between and " ")


_LONE_HYPHEN = re.compile(r"(?<=\s)-+(?=\s)")
_BLANKS = re.compile(" +")
_RUN = re.compile(r"([^ ])\1+")
_MARK_SPELLINGS = {
    "–": "—",
    "―": "—",
    "«": "“",
    "»": "”",
    "„": "“",
    "‟": "“",
    "।": ".",
    "॥": ".",
    "。": ".",
    "、": ",",
    "，": ",",
    "．": ".",
    "！": "!",
    "？": "?",
    "：": ":",
    "；": ";",
    "[": "(",
    "]": ")",
}
