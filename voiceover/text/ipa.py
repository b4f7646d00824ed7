"""The International Phonetic Alphabet, as writers type it: between slashes, as in ``/wɪn/``.

Symbols: the chart of the International Phonetic Association (2020), its older ligatures, and ``ᵻ`` and ``ᵿ`` of English dictionaries.
"""

from __future__ import annotations

import unicodedata

from voiceover.system.lazy import lazy_pattern

_BETWEEN_SLASHES = lazy_pattern(r"\s*/([^/]*[^/\s][^/]*)/\s*")

_LETTERS = frozenset(
    "abcdefhijklmnopqrstuvwxyzæçðøħŋœβθχɐɑɒɓɔɕɖɗɘəɚɛɜɝɞɟɠɡɢɣɤɥɦɧɨɪɫɬɭɮɯɰɱɲɳɴɵɶɸɹɺɻɽɾʀʁʂʃʄʈʉʊʋʌʍʎʏʐʑʒʔʕʘʙʛʜʝʟʡʢʣʤʥʦʧʨⱱᵻᵿǀǁǂǃ"
)
_MODIFIERS = frozenset("ʰʱʲʴʷʼˀˠˡˤ˞ⁿᵊᶿˣːˑ˥˦˧˨˩ꜛꜜ↗↘")
_STRESS = frozenset("ˈˌ")
_TIES = frozenset("\u035c\u0361‿^")
_MEANT = str.maketrans({"g": "ɡ", "'": "ˈ", "’": "ˈ", "ʹ": "ˈ", ":": "ː", ".": "", "‿": "^", "\u0361": "^", "\u035c": "^"})
"""What people type for symbols that keyboards lack; dots between syllables, which no engine uses; ties as espeak-ng writes them."""


def ipa_between_slashes(value: str) -> str | None:
    """Return what is between the slashes of ``/wɪn/``; None if the value is not of this form."""
    found = _BETWEEN_SLASHES.fullmatch(value)
    return found[1] if found else None


def tidy_ipa(text: str) -> str:
    """Return IPA in NFC with single spaces: g as ɡ, ' and : as ˈ and ː, parts of one sound joined by ``^``, no dots between syllables."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_MEANT).split())


def not_ipa(text: str) -> str | None:
    """Return what is wrong with IPA from ``tidy_ipa``, in words; None if all of it is IPA, with at least one sound."""
    wrong = [c for c in unicodedata.normalize("NFD", text) if not (_is_symbol(c) or "\u0300" <= c <= "\u036f" or c == " ")]
    if wrong:
        names = ", ".join(f'"{character}"' for character in dict.fromkeys(wrong[:5]))
        return f"{names} {'is not a symbol' if len(set(wrong[:5])) == 1 else 'are not symbols'} of the International Phonetic Alphabet"
    return None if not _LETTERS.isdisjoint(text) else "it has no sounds"


def _is_symbol(character: str) -> bool:
    return character in _LETTERS or character in _MODIFIERS or character in _STRESS or character in _TIES
