"""Writing systems (scripts): which one a text uses, and which ones a language uses.

Ranges are those of letters in Scripts.txt (Unicode 15.1), by block if a block has only one script. Languages and their scripts are from
CLDR's supplemental data, for the languages that voices are likely to speak.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from functools import lru_cache

from voiceover.system.lazy import lazy_pattern

LATIN, GREEK, CYRILLIC, HAN, KANA, HANGUL, BOPOMOFO = "Latn", "Grek", "Cyrl", "Hani", "Kana", "Hang", "Bopo"
"""ISO 15924 codes; Kana covers Hiragana and Katakana."""

_RANGES: tuple[tuple[int, int, str], ...] = tuple(
    sorted(
        (
            *((start, end, LATIN) for start, end in ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2AF))),
            *((start, end, LATIN) for start, end in ((0x1E00, 0x1EFF), (0x2C60, 0x2C7F), (0xA720, 0xA7FF), (0xAB30, 0xAB64))),
            *((start, end, LATIN) for start, end in ((0xFB00, 0xFB06), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))),
            *((start, end, GREEK) for start, end in ((0x370, 0x373), (0x376, 0x377), (0x37B, 0x37D), (0x386, 0x386), (0x388, 0x3FF))),
            (0x1F00, 0x1FFF, GREEK),
            *(
                (start, end, CYRILLIC)
                for start, end in ((0x400, 0x481), (0x48A, 0x52F), (0x1C80, 0x1C8F), (0xA640, 0xA66E), (0xA680, 0xA69D))
            ),
            (0x531, 0x588, "Armn"),
            *((start, end, "Hebr") for start, end in ((0x5D0, 0x5F2), (0xFB1D, 0xFB4F))),
            *((start, end, "Arab") for start, end in ((0x620, 0x63F), (0x641, 0x64A), (0x66E, 0x6D3), (0x6D5, 0x6FF), (0x750, 0x77F))),
            *((start, end, "Arab") for start, end in ((0x870, 0x8C9), (0xFB50, 0xFD3D), (0xFD50, 0xFDFB), (0xFE70, 0xFEFC))),
            (0x710, 0x72F, "Syrc"),
            (0x780, 0x7A5, "Thaa"),
            (0x7C0, 0x7FF, "Nkoo"),
            (0x904, 0x939, "Deva"),
            (0x958, 0x961, "Deva"),
            (0x972, 0x97F, "Deva"),
            (0x985, 0x9B9, "Beng"),
            (0x9DC, 0x9F1, "Beng"),
            (0xA05, 0xA39, "Guru"),
            (0xA59, 0xA5E, "Guru"),
            (0xA85, 0xAB9, "Gujr"),
            (0xB05, 0xB39, "Orya"),
            (0xB83, 0xBB9, "Taml"),
            (0xC05, 0xC39, "Telu"),
            (0xC85, 0xCB9, "Knda"),
            (0xD05, 0xD3A, "Mlym"),
            (0xD85, 0xDC6, "Sinh"),
            (0xE01, 0xE30, "Thai"),
            (0xE32, 0xE33, "Thai"),
            (0xE40, 0xE46, "Thai"),
            (0xE81, 0xEB0, "Laoo"),
            (0xEB2, 0xEB3, "Laoo"),
            (0xEC0, 0xEC6, "Laoo"),
            (0xF40, 0xF6C, "Tibt"),
            (0x1000, 0x102A, "Mymr"),
            (0x1050, 0x1055, "Mymr"),
            (0x10A0, 0x10FF, "Geor"),
            (0x1C90, 0x1CBF, "Geor"),
            *((start, end, HANGUL) for start, end in ((0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97C), (0xAC00, 0xD7FB))),
            (0x1200, 0x135A, "Ethi"),
            (0x1380, 0x138F, "Ethi"),
            (0x13A0, 0x13FD, "Cher"),
            (0x1400, 0x167F, "Cans"),
            (0x1780, 0x17B3, "Khmr"),
            (0x1820, 0x1878, "Mong"),
            (0x2D30, 0x2D67, "Tfng"),
            *((start, end, HAN) for start, end in ((0x2E80, 0x2FD5), (0x3005, 0x3007), (0x3021, 0x3029), (0x3400, 0x4DBF))),
            *((start, end, HAN) for start, end in ((0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFD))),
            *((start, end, KANA) for start, end in ((0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FC, 0x30FF))),
            *((start, end, KANA) for start, end in ((0x31F0, 0x31FF), (0xFF66, 0xFF9D))),
            *((start, end, BOPOMOFO) for start, end in ((0x3105, 0x312F), (0x31A0, 0x31BF))),
        )
    )
)
_STARTS = tuple(start for start, _, _ in _RANGES)

_NAMES: dict[str, tuple[str, tuple[str, ...]]] = {
    LATIN: ("Latin letters", ("en", "fr")),
    GREEK: ("Greek letters", ("el",)),
    CYRILLIC: ("Cyrillic letters", ("ru", "uk")),
    HAN: ("Chinese characters", ("zh",)),
    KANA: ("Japanese characters", ("ja",)),
    HANGUL: ("Korean letters", ("ko",)),
    BOPOMOFO: ("Bopomofo", ("zh",)),
    "Arab": ("Arabic letters", ("ar", "fa")),
    "Armn": ("Armenian letters", ("hy",)),
    "Hebr": ("Hebrew letters", ("he",)),
    "Deva": ("Devanagari letters", ("hi", "mr")),
    "Beng": ("Bengali letters", ("bn",)),
    "Guru": ("Gurmukhi letters", ("pa",)),
    "Gujr": ("Gujarati letters", ("gu",)),
    "Orya": ("Odia letters", ("or",)),
    "Taml": ("Tamil letters", ("ta",)),
    "Telu": ("Telugu letters", ("te",)),
    "Knda": ("Kannada letters", ("kn",)),
    "Mlym": ("Malayalam letters", ("ml",)),
    "Sinh": ("Sinhala letters", ("si",)),
    "Thai": ("Thai letters", ("th",)),
    "Laoo": ("Lao letters", ("lo",)),
    "Tibt": ("Tibetan letters", ("bo",)),
    "Mymr": ("Burmese letters", ("my",)),
    "Geor": ("Georgian letters", ("ka",)),
    "Ethi": ("Ethiopic letters", ("am",)),
    "Khmr": ("Khmer letters", ("km",)),
    "Mong": ("Mongolian letters", ("mn",)),
    "Syrc": ("Syriac letters", ("syr",)),
    "Thaa": ("Thaana letters", ("dv",)),
    "Nkoo": ("N'Ko letters", ("nqo",)),
    "Cher": ("Cherokee letters", ("chr",)),
    "Cans": ("Canadian syllabics", ("iu",)),
    "Tfng": ("Tifinagh letters", ("zgh",)),
}
"""Name of each script, and languages written in it; a single language if hardly any other uses it."""

_OTHERS = """
ab:Cyrl am:Ethi ar:Arab arb:Arab arz:Arab as:Beng av:Cyrl az:Latn,Cyrl,Arab ba:Cyrl be:Cyrl bg:Cyrl bho:Deva bn:Beng bo:Tibt bpy:Beng
bs:Latn,Cyrl ce:Cyrl chr:Cher,Latn ckb:Arab cmn:Hani,Bopo cv:Cyrl dv:Thaa dz:Tibt el:Grek fa:Arab gan:Hani grc:Grek gu:Gujr ha:Latn,Arab
hak:Hani,Latn he:Hebr hi:Deva hy:Armn hyw:Armn hsn:Hani iu:Cans,Latn iw:Hebr ja:Kana,Hani jpn:Kana,Hani ka:Geor kk:Cyrl,Latn,Arab km:Khmr
kn:Knda ko:Hang,Hani kor:Hang,Hani kok:Deva,Latn,Knda ks:Arab,Deva ku:Latn,Arab,Cyrl kv:Cyrl ky:Cyrl,Arab,Latn lo:Laoo lzh:Hani mai:Deva
mk:Cyrl ml:Mlym mn:Cyrl,Mong mr:Deva ms:Latn,Arab my:Mymr nan:Hani,Latn ne:Deva nqo:Nkoo or:Orya os:Cyrl pa:Guru,Arab ps:Arab ru:Cyrl
rus:Cyrl sa:Deva,Latn,Beng,Telu,Knda,Mlym,Taml,Gujr,Orya sah:Cyrl sat:Beng,Deva,Orya,Latn sd:Arab,Deva sh:Latn,Cyrl shn:Mymr si:Sinh
sr:Cyrl,Latn syr:Syrc ta:Taml te:Telu tg:Cyrl,Arab,Latn th:Thai ti:Ethi tk:Latn,Cyrl,Arab tt:Cyrl,Latn tyv:Cyrl udm:Cyrl ug:Arab,Cyrl,Latn
uk:Cyrl ur:Arab uz:Latn,Cyrl,Arab wo:Latn,Arab wuu:Hani yi:Hebr yue:Hani,Bopo za:Latn,Hani zgh:Tfng,Latn zh:Hani,Bopo zho:Hani,Bopo
ber:Tfng,Latn kab:Latn,Tfng bal:Arab,Latn crh:Latn,Cyrl gag:Latn,Cyrl mo:Latn,Cyrl hne:Deva awa:Deva brx:Deva doi:Deva,Arab
new:Deva mni:Beng nog:Cyrl lez:Cyrl inh:Cyrl kbd:Cyrl ady:Cyrl krc:Cyrl mhr:Cyrl myv:Cyrl chm:Cyrl bua:Cyrl xal:Cyrl rue:Cyrl
"""
"""Languages that use other scripts than Latin, or others besides it."""
_BY_LANGUAGE = {name: frozenset(scripts.split(",")) for name, _, scripts in (word.partition(":") for word in _OTHERS.split())}
_LATIN_OF_THREE = frozenset(
    """ast ceb cmo eng deu ger fra fre fil fur gsw haw hil ilo jbo kok lmo nds pap por py quc scn smj sma spa swe szl tpi vec war
    ita nld dut pol tur vie""".split()  # noqa: SIM905 - easier to read
)
_SYLLABIC = frozenset((HAN, KANA, HANGUL, BOPOMOFO))
_SMALL_WORD = lazy_pattern(r"(?<![^\W\d_])(?=[^\W\d_A-Z])[^\W\d_]++")
_NO_LANGUAGE = frozenset(("und", "mul", "zxx", "mis", "qaa"))
_COMBINED = {"jpan": frozenset((KANA, HAN)), "hrkt": frozenset((KANA,)), "hira": frozenset((KANA,)), "kore": frozenset((HANGUL, HAN))}
_COMBINED |= dict.fromkeys(("hans", "hant", "hani", "hanb"), frozenset((HAN, BOPOMOFO)))


@lru_cache(maxsize=8192)
def script_of(character: str) -> str:
    """Return the ISO 15924 code of a letter's script; empty for digits, signs and letters that many scripts share."""
    code = ord(character)
    index = bisect_right(_STARTS, code) - 1
    return _RANGES[index][2] if index >= 0 and code <= _RANGES[index][1] else ""


def letters_by_script(text: str) -> Counter[str]:
    """Count the letters per script."""
    counts: Counter[str] = Counter()
    for character, count in Counter(text).items():
        if script := script_of(character):
            counts[script] += count
    return counts


@lru_cache(maxsize=512)
def scripts_of(language: str) -> frozenset[str]:
    """Return the scripts of a language (BCP 47 tag), given by its script subtag if it has one; empty if unknown."""
    primary, *rest = language.lower().replace("_", "-").split("-")
    for part in rest:
        if len(part) == 1:  # an extension or private subtags follow
            break
        if len(part) == 4 and part.isalpha():
            return _COMBINED.get(part, frozenset((part.title(),)))
    if primary in _BY_LANGUAGE:
        return _BY_LANGUAGE[primary]
    is_latin = primary not in _NO_LANGUAGE and (len(primary) == 2 or primary in _LATIN_OF_THREE)
    return frozenset((LATIN,)) if is_latin else frozenset()


def words_of_prose(text: str) -> int:
    """Number of Latin letters in words that start with a small letter: names of products and people are written with a capital."""
    return sum(len(match[0]) for match in _SMALL_WORD.finditer(text) if script_of(match[0][0]) == LATIN)


def foreign_script(counts: Counter[str], language: str) -> str:
    """Return the most frequent script if over half of the letters are in scripts that ``language`` does not use; else an empty string.

    A Chinese, Japanese or Korean character counts as two letters, since it is a syllable or a word: otherwise the letters of a few Latin
    product names would outnumber the characters of a sentence that is not English.
    """
    own = scripts_of(language)
    if not own or not counts:
        return ""
    if HANGUL in own and HAN in own and not counts[HANGUL]:  # Korean uses Chinese characters only among its own letters
        own = own - {HAN}
    foreign = Counter({script: count for script, count in counts.items() if script not in own})
    signs = _SYLLABIC if foreign.keys() <= {LATIN} else frozenset()
    own_letters = sum(count * (2 if script in signs else 1) for script, count in counts.items() if script in own)
    if foreign.total() <= own_letters:
        return ""
    if foreign[KANA] and foreign[KANA] + foreign[HAN] >= foreign.total() / 2:
        return KANA
    return foreign.most_common(1)[0][0]


def script_words(script: str) -> str:
    """Return a script's name for messages, such as ``Chinese characters``."""
    return _NAMES[script][0]


def languages_in(script: str, language: str = "") -> tuple[str, ...]:
    """Languages to suggest for a text in ``script``; a single one if hardly any other is written so.

    If only the script subtag of ``language`` rules ``script`` out, that is what to change: sr-Latn becomes sr-Cyrl.
    """
    primary = language.lower().replace("_", "-").partition("-")[0]
    if script in _BY_LANGUAGE.get(primary, ()) and script not in scripts_of(language):
        return (primary if script in _SYLLABIC else f"{primary}-{script}",)
    return _NAMES[script][1]
