"""Joins words that are hyphenated at the end of a line."""

from __future__ import annotations

from markdown_it.rules_inline import StateInline

from voiceover.system.lazy import lazy_pattern

DOCUMENT = "document"
"""Key of ``env``: the whole text, whose words are collected when first needed."""

_WORDS = "words of the document"
_WORD = lazy_pattern(r"[^\W\d_]+")
_BEFORE = lazy_pattern(r"([^\W\d_]+)[-\u2010]\Z")
_CUT = lazy_pattern(r"[-\u2010][ \t]*\n|\u00ad|&shy;")
_TEXT = frozenset(("text", "text_special"))
_SOFT = "\u00ad"


def join_words(state: StateInline) -> None:
    """Join ``exam-`` and ``ple`` if the file has the word "example" elsewhere, and words with a soft hyphen in any case."""
    if not _CUT.search(state.src):
        return
    tokens = state.tokens
    joined: set[int] = set()
    for number in range(1, len(tokens) - 1):
        before, after = tokens[number - 1], tokens[number + 1]
        if tokens[number].type != "softbreak" or before.type not in _TEXT or after.type not in _TEXT:
            continue
        if before.content.endswith(_SOFT):
            before.content = before.content[:-1]
            joined.add(number)
        elif before.content.endswith(("-", "\u2010")) and after.content[:1].islower():
            left, right = _BEFORE.search(before.content[-60:]), _WORD.match(after.content)
            if left and right and (left[1] + right[0]).casefold() in _words(state):
                before.content = before.content[:-1]
                joined.add(number)
    for token in tokens:
        if token.type in _TEXT:
            token.content = token.content.replace(_SOFT, "")
    if joined:
        state.tokens[:] = [token for number, token in enumerate(tokens) if number not in joined]


def _words(state: StateInline) -> frozenset[str]:
    words: frozenset[str] | None = state.env.get(_WORDS)
    if words is None:
        words = state.env[_WORDS] = frozenset(word.casefold() for word in _WORD.findall(state.env.get(DOCUMENT, state.src)))
    return words
