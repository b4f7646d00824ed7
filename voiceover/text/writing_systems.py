"""Character classes of writing systems for regular expressions, above all of those without spaces between words.

Ranges are from the Unicode block and script tables (Unicode 15.1, Blocks.txt and Scripts.txt).
"""

from __future__ import annotations

HAN = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u31c0-\u31ef\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3041-\u309f\u30a1-\u30ff\u31f0-\u31ff\uff66-\uff9f"
BOPOMOFO = "\u3100-\u312f\u31a0-\u31bf"
THAI_LAO = "\u0e00-\u0eff"
BURMESE_KHMER = "\u1000-\u109f\u1780-\u17ff"
HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"

CJK = HAN + KANA + BOPOMOFO
UNSPACED = CJK + THAI_LAO + BURMESE_KHMER
"""Scripts without spaces between words: a line may break at nearly any character."""

INDIC_WORD = "\u0900-\u0963\u0966-\u0dff"
"""Letters, digits and vowel signs of the Indic blocks; ``\\w`` does not match the vowel signs."""

JOINERS = "\u200c\u200d"
"""Zero-width non-joiner and joiner: part of the spelling in Persian and the Indic scripts."""

MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
)
"""Combining marks of the Latin, Greek, Cyrillic, Hebrew and Arabic scripts."""

OPENERS = "\"'“‘„‚«‹(\\[{（「『【〔〈《"
CLOSERS = "\"'”’»›)\\]}）」』】〕〉》"
CJK_STOPS = "。！？｡"
"""Full stops that end a sentence without a following space."""
