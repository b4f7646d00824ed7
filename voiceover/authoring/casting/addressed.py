"""Who is spoken to within a quotation: ``Don't, Jo!``, ``Mr. Holmes, you are right``."""

from __future__ import annotations

from voiceover.authoring.casting.people import Mention, mention_at
from voiceover.authoring.casting.quotes import Quote
from voiceover.authoring.casting.tokens import words_of

_ENDS = frozenset(".,!?;—–…")
_KIND = frozenset(("my", "dear", "dearest", "oh", "o", "ah", "darling", "little", "well", "yes", "no", "and", "but", "hush", "good", "old"))


def addressed_in(quote: Quote, barred: frozenset[str]) -> list[Mention]:
    """Return the names that are called in a quotation."""
    words = words_of(quote.inner)
    found = []
    for at, word in enumerate(words):
        if not word.is_capital or not word.is_word:
            continue
        mention = mention_at(words, at, barred)
        if mention is None or mention.kind != "name":
            continue
        before = at
        while before > 0 and words[before - 1].low in _KIND:
            before -= 1
        opens = before == 0 or words[before - 1].text in _ENDS
        closes = mention.after >= len(words) or words[mention.after].text in _ENDS
        if opens and closes and (before == 0 or words[before - 1].text == "," or before < at or words[before - 1].text in "!?.—"):
            found.append(mention)
    return found
