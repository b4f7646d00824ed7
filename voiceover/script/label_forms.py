"""The forms of labels that name a line's speaker, in scripts and in other tools, independent of the cast."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voiceover.system.lazy import lazy_pattern
from voiceover.types.lazy_dataclass import dataclass

GAP = r"[ \t\u00a0\u202f]*+"
"""White space before a colon or parenthesis, as in French typography. The quantifier is possessive, so that long runs are read once."""
_NAME = r"(?P<name>[^\n:：()（）\[\]|*<>`\\{}]{1,80}?)"
_CLOCK = r"\d{1,3}:[0-5]\d(?::[0-5]\d)?(?:[.,:;]\d{1,3})?(?:[ \t]?[AaPp]\.?[Mm]\b\.?|Z\b)?"
_DATE = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
_TIME = rf"(?:{_DATE}(?:,?[ \t]|T))?{_CLOCK}"
TIME = rf"{_TIME}(?:[ \t]*(?:-->|[-–—])[ \t]*{_TIME})?(?![\d:])"
"""``00:19``, ``1:02:03.5``, ``00:04 --> 00:07``, ``01:02:03:24`` with frames, ``2026-01-02 10:15``, ``3:04 PM``."""
_SECONDS = r"\d{1,6}(?:\.\d{1,3})?[ \t]?(?:s|secs?|ms)\b"
_LENGTH = rf"(?:{_SECONDS}|\d{{1,6}}\.\d{{1,3}})"
_MOMENT = rf"(?:{TIME}|{_LENGTH}(?:[ \t]*[-–—][ \t]*{_LENGTH})?)"


def _bracketed(time: str) -> str:
    return rf"(?:\[[ \t]*{time}[ \t]*\]|[(（][ \t]*{time}[ \t]*[)）])"


_BRACKETED_TIME = _bracketed(TIME)
_GROUP = rf"(?:[(（][^()（）\n]{{0,200}}[)）]|\[[^\[\]\n]{{0,200}}\](?![(\[])|{TIME})"
_GROUPS = rf"(?:{_GROUP}{GAP}){{0,3}}"
_LEAD = lazy_pattern(rf"(?P<mark>\*\*|__|[*_]|)(?P<time>{_bracketed(_MOMENT)}|{TIME})(?P=mark){GAP}(?:[-–—|:]{GAP})?")
_PLAIN = lazy_pattern(rf"{_NAME}{GAP}(?P<groups>{_GROUPS})[:：]")
_BOLD = lazy_pattern(
    rf"(?P<mark>\*\*|__)[ \t]*+(?P<lead>(?:{_BRACKETED_TIME}|{TIME}){GAP})?{_NAME}{GAP}(?P<inner>{_GROUPS})"
    rf"(?:[:：][ \t]*(?P=mark)|(?P=mark){GAP}(?P<outer>{_GROUPS})[:：])"
)
_TIMED = lazy_pattern(
    rf"(?P<mark>\*\*|__|){_NAME}"
    rf"(?:(?P=mark){GAP}(?P<outer>{_BRACKETED_TIME})|{GAP}(?P<inner>{_BRACKETED_TIME})(?P=mark))"
)
_LONE = lazy_pattern(
    rf"(?P<mark>\*\*|__|[*_]|){_NAME}{GAP}(?P<inner>{_GROUPS})(?P=mark){GAP}(?P<outer>{_GROUPS})(?P<stop>\.?)(?:\\(?=\n))?(?=\n|$)"
    r"(?P<below>\n[ \t]*+[*_]{0,2}[(（][^()（）\n]{1,200}[)）][*_]{0,2}[ \t]*+(?=\n|$))?"
)
_PIECES = lazy_pattern(rf"[(（](?P<round>[^()（）\n]*)[)）]|\[(?P<square>[^\[\]\n]*)\]|(?P<bare>{TIME})")
_IS_TIME = lazy_pattern(rf"[ \t]*(?:{TIME}|{_SECONDS})[ \t]*")
_TIME_BESIDE = lazy_pattern(rf"{GAP}({_BRACKETED_TIME})(?![(\[])(?:{GAP}[:：](?!\S))?")
_LONE_TIME = lazy_pattern(rf"(?P<mark>\*\*|__|[*_]|)({TIME})(?P=mark)[ \t]*+(?=\n[ \t]*[^\s])")
_BRACKET = lazy_pattern(r"[\[(（]")
_TITLES = """
Dr Mr Mrs Ms Mx Prof Rev Hon Capt Lt Col Gen Sgt Maj Cpl Pvt Adm Cmdr Sen Rep Gov Pres Amb Insp Det Supt St Sr Jr Fr Br Mme Mlle Mgr
Dott Dra Sra Srta Hr Fra Ing Dipl Mag
"""
_SHORT = lazy_pattern(rf"(?<![^\W\d_])(?:(?:{'|'.join(_TITLES.split())})|[^\W\d_])\.(?!\w\w)")
"""A title or an initial with its full stop."""
_PROSE = lazy_pattern(r"[,;!?\"“”«»…=/]|\.\s")


@dataclass(frozen=True, slots=True)
class Form:
    """The start of a line that can be a label."""

    name: str
    end: int
    """Offset of the first character after it."""
    colon: bool = True
    bold: bool = False
    lone: bool = False
    """True if the name is alone on its line."""
    settings: str = ""
    """Content of the parentheses: a style and settings."""
    settings_at: int = 0
    hint: str = ""
    """Content of the brackets: a style or a direction."""
    hint_at: int = 0
    times: tuple[tuple[str, int], ...] = ()
    """Times beside the name, with their offsets."""


def after_time(src: str, at: int, stop: int) -> tuple[int, tuple[tuple[str, int], ...]]:
    """Where the text goes on after a time that the line starts with, and that time; ``at`` and nothing if there is none."""
    if src[at] not in "[(（*_" and not src[at].isdigit():
        return at, ()
    lead = _LEAD.match(src, at, stop)
    return (lead.end(), ((lead["time"], lead.start("time")),)) if lead else (at, ())


def time_beside(src: str, at: int, stop: int) -> tuple[int, str]:
    """The time in brackets that comes next, with the offset of its end; ``at`` and nothing if there is none."""
    found = _TIME_BESIDE.match(src, at, stop) if _BRACKET.search(src, at, stop) else None
    return (found.end(), found[1]) if found else (at, "")


def lone_time(src: str, at: int, stop: int) -> int:
    """The end of a time that is all there is on a line with another one below; -1 if there is none."""
    found = _LONE_TIME.match(src, at, stop) if src[at].isdigit() or src[at] in "*_" else None
    return found.end() if found else -1


def is_time(text: str) -> bool:
    """Return True if the text is only a time or a range of times."""
    return _IS_TIME.fullmatch(text) is not None


def line_form(src: str, at: int, stop: int) -> Form | None:
    """Return the label, with a colon or a time in its place, at the start of the text from ``at``."""
    bold = src.startswith(("**", "__"), at)
    has_colon = src.find(":", at, stop) >= 0 or src.find("：", at, stop) >= 0
    match = (_BOLD if bold else _PLAIN).match(src, at, stop) if has_colon else None
    if match is not None:
        groups = ("inner", "outer") if bold else ("groups",)
        lead = ((match["lead"].strip(), match.start("lead")),) if bold and match["lead"] else ()
        return _form(match, groups, lead, bold=bold)
    timed = _TIMED.match(src, at, stop) if src.find(":", at, stop) >= 0 and _BRACKET.search(src, at, stop) else None
    return _form(timed, ("inner", "outer"), (), bold=bold, colon=False) if timed is not None else None


def lone_form(src: str, at: int, stop: int) -> Form | None:
    """Return the name that is alone on its line, with parentheses beside or below it."""
    match = _LONE.match(src, at, stop)
    if match is None or not match["name"].strip() or (match["stop"] and not (match["name"].isupper() and match.end() < stop)):
        return None  # plays print ANN. above her lines, while a lower-case name with a full stop is an answer
    found = _form(match, ("inner", "outer", "below"), (), bold=match["mark"] in ("**", "__"), colon=False)
    if found.settings:  # in a play these are directions, though a voice may have a style for one
        hint, at_hint = (found.settings, found.settings_at) if not found.hint else (found.hint, found.hint_at)
        found = Form(found.name, found.end, False, found.bold, True, "", 0, hint, at_hint, found.times)
    return Form(found.name, found.end, False, found.bold, True, "", 0, found.hint, found.hint_at, found.times)


def _form(match: re.Match[str], groups: tuple[str, ...], times: tuple[tuple[str, int], ...], *, bold: bool, colon: bool = True) -> Form:
    found = list(times)
    texts: dict[str, tuple[str, int]] = {}
    for kind, text, at in _pieces(match, groups):
        if kind == "bare" or is_time(text):
            found.append((text.strip(), at))
        elif kind in texts:
            texts["square"] = (f"{texts['square'][0]}, {text.strip()}", texts["square"][1]) if "square" in texts else (text.strip(), at)
        else:
            texts[kind] = (text, at)
    settings, settings_at = texts.get("round", ("", 0))
    hint, hint_at = texts.get("square", ("", 0))
    return Form(match["name"].strip(), match.end(), colon, bold, False, settings, settings_at, hint.strip(), hint_at, tuple(found))


def _pieces(match: re.Match[str], groups: tuple[str, ...]) -> Iterator[tuple[str, str, int]]:
    for group in groups:
        if match[group]:
            for piece in _PIECES.finditer(match.string, match.start(group), match.end(group)):
                kind = piece.lastgroup or "bare"
                yield kind, piece[kind], piece.start(kind)


def is_prose(words: str) -> bool:
    """Return True if words before a colon contain sentence punctuation; full stops of titles and initials do not count."""
    return _PROSE.search(_SHORT.sub(" ", words)) is not None


def count_name_words(words: str) -> int:
    """Count the words of a name, without titles and initials unless there is nothing else."""
    return len(_SHORT.sub(" ", words).split()) or len(words.split()[:1])


def looks_like_name(words: str) -> bool:
    """Return True if one or two words before a colon may be a speaker: short, and capitalized or in a script without capitals."""
    parts = words.split()
    if not 0 < count_name_words(words) <= 3 or len(words) > 40 or is_prose(words):
        return False
    return parts[0][0].isalpha() and all(not part[0].islower() for part in parts)
