"""Rewrite an article for the ear by rules: lists into sentences, tables into statements, code into one line, footnotes into the text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from voiceover.script import OutlineBlock, OutlineItem, OutlineKind
from voiceover.system.lazy import lazy_pattern

_STOPS = ".!?…:;。！？"
_ENDS = ".!?…。！？"
_CLOSERS = "\"'”’)*_`"
_SHORT_WORDS = 12
"""Words of an item that may be part of an enumeration."""
_FEW_WORDS = 4
"""Words of a second and last cell from which it says by itself what it is, without its header."""
_MOST_ENUMERATED = 12
_ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")
_TASK = lazy_pattern(r"\[[ xX]\]\s+")
_NOTE = lazy_pattern(
    r"(?P<code>`{1,8}+).*?(?P=code)|[ \t]{0,9}(?:\[\^(?P<label>[^\]\s]+)\](?!:)|\^\[(?P<inline>[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\])"
)
"""Code, which is left alone, and the marks of footnotes."""
_DEFINITION = lazy_pattern(r"^ {0,3}\[(?!\^)[^\[\]\n]+\]:[ \t]*\S+[^\n]*\n*", re.MULTILINE)
_ANDS = {"en": "and", "de": "und", "fr": "et", "es": "y", "it": "e", "pt": "e", "nl": "en"}
"""The word before the last item of an enumeration."""
_ACRONYM = lazy_pattern(r"[^a-z]*[A-Z][^a-z]*|.*[a-z][A-Z].*")
_LANGUAGES = {
    "py": "Python",
    "js": "JavaScript",
    "ts": "TypeScript",
    "sh": "shell",
    "bash": "shell",
    "console": "shell",
    "yml": "YAML",
    "cpp": "C++",
}
_CODE_WORDS = {
    "de": ("Hier zeigt der Artikel eine Zeile Code.", "Hier zeigt der Artikel {} Zeilen Code."),
    "fr": ("Ici, l’article montre une ligne de code.", "Ici, l’article montre {} lignes de code."),
    "es": ("Aquí el artículo muestra una línea de código.", "Aquí el artículo muestra {} líneas de código."),
    "it": ("Qui l’articolo mostra una riga di codice.", "Qui l’articolo mostra {} righe di codice."),
}
_ALL_CAPITALS = frozenset(("yaml", "json", "toml", "html", "css", "sql", "xml", "php"))


def rewrite(blocks: Sequence[OutlineBlock], notes: Mapping[str, str], language: str) -> str:
    """Return blocks rewritten for the ear, as Markdown. ``notes`` are the texts of footnotes by label; ``language`` is a BCP 47 tag."""
    primary = language.lower().split("-")[0]
    parts: list[str] = []
    for block in blocks:
        match block.kind:
            case OutlineKind.LIST:
                lead = parts[-1] if parts and _leads(parts[-1]) else None
                items = [replace(item, text=inline_notes(item.text, notes)) for item in block.items]
                said = _list(items, primary, led=lead is not None)
                if lead is not None and "\n" not in said:
                    parts[-1] = f"{lead} {said}"
                    continue
                parts.append(said)
            case OutlineKind.TABLE:
                parts.append(_table([[inline_notes(cell, notes) for cell in row] for row in block.rows], primary))
            case OutlineKind.CODE:
                parts.append(_code(block, primary))
            case OutlineKind.FOOTNOTE:
                continue
            case _:
                parts.append(inline_notes(_DEFINITION.sub("", block.source).strip("\n"), notes))
    return "\n\n".join(part for part in parts if part.strip())


def definitions_of(blocks: Sequence[OutlineBlock]) -> str:
    """Return the link definitions of an article, one a line."""
    found = (match[0].strip() for block in blocks if block.kind is OutlineKind.TEXT for match in _DEFINITION.finditer(block.source))
    return "\n".join(found)


def _leads(text: str) -> bool:
    """True if a paragraph announces a list."""
    last = text.rsplit("\n", 1)[-1].lstrip()
    return text.rstrip().endswith(":") and not last.startswith(("#", ">", "<", "|"))


def _list(items: Sequence[OutlineItem], language: str, *, led: bool) -> str:
    """Return a list as an enumeration, or as a sentence for each item of the outer list."""
    outer = [(item, [below.text for below in _below(items, number)]) for number, item in enumerate(items) if item.depth == 1]
    texts = [_joined(_TASK.sub("", item.text, count=1), below, language) for item, below in outer]
    short = all(
        len(text.split()) <= _SHORT_WORDS and not _ends(text, _STOPS) and not below for text, (_, below) in zip(texts, outer, strict=True)
    )
    if led and short and len(texts) <= _MOST_ENUMERATED and outer[0][0].number is None:
        return _sentence(enumeration(texts, language))
    numbered = outer[0][0].number is not None and language == "en" and len(texts) <= len(_ORDINALS) and outer[0][0].number == 1
    said = [_sentence(f"{_ORDINALS[number]}: {text}" if numbered else _capital(text)) for number, text in enumerate(texts)]
    return " ".join(said) if all(len(text.split()) <= 2 * _SHORT_WORDS for text in texts) else "\n\n".join(said)


def _below(items: Sequence[OutlineItem], number: int) -> list[OutlineItem]:
    found = []
    for item in items[number + 1 :]:
        if item.depth <= items[number].depth:
            break
        found.append(item)
    return found


def _joined(text: str, below: Sequence[str], language: str) -> str:
    """Return an item with those below it as its enumeration."""
    below = [_TASK.sub("", each, count=1) for each in below]
    if not below:
        return text
    if any(_ends(each, _ENDS) for each in below):
        return " ".join((_sentence(text), *map(_sentence, below)))
    return f"{text.rstrip(' :')}: {enumeration(below, language)}"


def enumeration(texts: Sequence[str], language: str = "en") -> str:
    """Return ``a, b and c``."""
    texts = [text.rstrip(" ,;") for text in texts]
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {_ANDS[language]} {texts[-1]}" if language in _ANDS else ", ".join(texts)


def _table(rows: Sequence[Sequence[str]], language: str) -> str:
    """Return a statement for each row: ``For draft, the speed is fast and the price is 0.`` (``draft. Speed: fast`` in other languages)."""
    if len(rows) < 2:
        return _sentence(enumeration([cell for cell in (rows[0] if rows else ()) if cell], language))
    header, said = rows[0], []
    for row in rows[1:]:
        cells = [(head, cell) for head, cell in zip(header, row, strict=False) if cell]
        if not cells:
            continue
        first, others = cells[0], cells[1:]
        plain = all(len(cell.split()) <= _SHORT_WORDS and not _ends(cell, _ENDS) for _, cell in cells)
        if not others:
            said.append(_sentence(f"{first[0]}: {first[1]}" if first[0] else first[1]))
        elif len(cells) == 2 and len(others[0][1].split()) > _FEW_WORDS and not _ends(first[1], _STOPS):
            said.append(_sentence(f"{first[1]}: {others[0][1]}"))
        elif language == "en" and plain and all(head for head, _ in others):
            facts = [f"the {_lower(head)} {'are' if _is_plural(head) else 'is'} {cell}" for head, cell in others]
            said.append(_sentence(f"For {first[1]}, {enumeration(facts)}"))
        else:
            facts = [f"{head}: {cell}" if head else cell for head, cell in others]
            said.append(" ".join((_sentence(first[1]), *map(_sentence, facts))))
    return "\n\n".join(said)


def _lower(head: str) -> str:
    return head if _ACRONYM.fullmatch(head.split(maxsplit=1)[0] if head.split() else "") else head[:1].lower() + head[1:]


def _is_plural(head: str) -> bool:
    last = head.rsplit(maxsplit=1)[-1].lower() if head.split() else ""
    return last.endswith("s") and not last.endswith(("ss", "us", "is"))


def _code(block: OutlineBlock, language: str) -> str:
    """Return the one line that announces code."""
    count = sum(1 for line in block.text.splitlines() if line.strip())
    name = block.label.lower()
    kind = _LANGUAGES.get(name, name.upper() if name in _ALL_CAPITALS else name.capitalize() if name.isalpha() and len(name) > 2 else "")
    if language in _CODE_WORDS:
        one, more = _CODE_WORDS[language]
        return (one if count == 1 else more).format(count)
    if language != "en":
        return block.source  # not spoken either
    return f"The article shows {count} line{'' if count == 1 else 's'} of {f'{kind} ' if kind and kind != 'Text' else ''}code here."


def inline_notes(text: str, notes: Mapping[str, str]) -> str:
    """Return a text with its footnotes in parentheses in place of their marks, outside of code."""

    def note(match: re.Match[str]) -> str:
        if match["code"] is not None:
            return match[0]
        words = match["inline"] if match["inline"] is not None else notes.get(match["label"])
        if words is None:
            return match[0]
        after_sentence = match.start() == 0 or match.string[: match.start()].rstrip()[-1:] in tuple(_ENDS)
        said = words.strip()
        return f" ({_sentence(said)})" if after_sentence else f" ({said.rstrip(_ENDS)})"

    return _NOTE.sub(note, text)


def _ends(text: str, marks: str) -> bool:
    return text.rstrip(_CLOSERS + " ")[-1:] in tuple(marks)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    """Return a text that ends as a sentence does."""
    stripped = text.strip().rstrip(",;")
    return stripped if not stripped or _ends(stripped, _STOPS) else f"{stripped}."
