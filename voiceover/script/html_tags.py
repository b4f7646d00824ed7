"""The tags of HTML and JSX: where they are in a text, and what their elements mean for the ear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from voiceover.system.lazy import lazy_pattern
from voiceover.types.lazy_dataclass import dataclass

_HTML = """
a abbr address area article aside audio b base bdi bdo big blockquote body br button canvas caption center cite code col colgroup data
datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i
iframe img input ins kbd label legend li link main map mark meta nav noscript object ol option p param picture pre q rp rt ruby s samp
script section select small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title
tr track tt u ul var video wbr
"""
HTML_NAMES = frozenset(_HTML.split())
"""What else is between ``<`` and ``>`` may have words in it."""
VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"))
_BLOCKS = """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3
    h4 h5 h6 head header hgroup hr html legend li listing main menu nav ol p plaintext pre search section summary table tbody td tfoot th
    thead title tr ul xmp
"""
BLOCKS = frozenset(_BLOCKS.split())
"""Elements whose text is not part of the sentence around them."""
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
CODE = frozenset(("listing", "pre", "xmp"))
STRUCK = frozenset(("del", "s", "strike"))
_UNREAD = """
    applet audio button canvas datalist dialog head iframe math meter nav noembed noframes noscript object optgroup option progress rp rt
    rtc script select style svg template textarea title video
"""
_NOT_READ = frozenset(_UNREAD.split())
_SEEN = frozenset(("button", "nav", "svg")) | STRUCK
"""Unspoken elements whose words are visible on the page."""
_RAW = frozenset(("iframe", "noembed", "noframes", "plaintext", "script", "style", "textarea", "title"))
"""Elements whose text cannot contain tags."""
_OPTIONAL = "caption colgroup dd dt li optgroup option p rp rt tbody td tfoot th thead tr"
OPTIONAL_END = frozenset(_OPTIONAL.split())
"""Elements that need no closing tag."""
_CELLS = frozenset(("td", "th", "p"))
_ROWS = _CELLS | {"tr", "caption"}
ENDS = {
    "li": frozenset(("li", "p")),
    "dt": frozenset(("dt", "dd", "p")),
    "dd": frozenset(("dt", "dd", "p")),
    "option": frozenset(("option",)),
    "optgroup": frozenset(("option", "optgroup")),
    "rt": frozenset(("rt", "rp")),
    "rp": frozenset(("rt", "rp")),
    "td": _CELLS,
    "th": _CELLS,
    "tr": _ROWS,
    "tbody": _ROWS | {"thead", "tbody"},
    "tfoot": _ROWS | {"thead", "tbody"},
}
"""Open elements that an opening tag ends, by its name."""
ENDS_PARAGRAPH = frozenset(("p",))

_BRACES = r"\{\{[^{}]{0,500}\}\}|\{%[^{}]{0,500}%\}|\{[^{}]{0,500}\}"
# Atomic groups and possessive quantifiers prevent backtracking on a tag that never ends.
_QUOTED = rf"\"(?>[^\"{{]+|{_BRACES}|\{{)*+\"|'(?>[^'{{]+|{_BRACES}|\{{)*+'"
_PART = rf"(?>=\s*(?:{_QUOTED})|{_BRACES}|[={{}}]|[^<>={{}}]+)"
_TAG = lazy_pattern(rf"<(?P<closing>/?)(?P<name>[A-Za-z][\w:.-]*)(?P<attributes>(?:(?=[\s/=\"'{{]){_PART}*+)?)>")
_OTHER = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>", "<!": ">"}
_START = lazy_pattern(r"<(?=[A-Za-z/!?])")
_ATTRIBUTE = lazy_pattern(rf"([\w:@.-]+)(?:\s*=\s*({_QUOTED}|{_BRACES}|[^\s\"'>]+))?")
_NOT_SHOWN = lazy_pattern(r"display\s*:\s*none|visibility\s*:\s*hidden|display[\"']?\s*:\s*[\"']none", re.IGNORECASE)
_PERHAPS_HIDDEN = lazy_pattern(r"hidden|display|visibility", re.IGNORECASE)
_ANY_TAG = lazy_pattern(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag. With an empty name: a comment, a declaration, or other markup that is not text."""

    start: int
    end: int
    name: str = ""
    """In lower case."""
    closing: bool = False
    attributes: str = ""
    """As typed."""
    is_capitalized: bool = False
    """True for names such as ``Aside``, which JSX keeps apart from the element ``aside``."""

    @property
    def is_empty(self) -> bool:
        """True if the element has no content: ``<br>``, ``<Card />``."""
        return self.name in VOID or self.attributes.endswith("/")


def read_tag(text: str, at: int = 0) -> Tag | None:
    """Return the tag at an offset."""
    found = _TAG.match(text, at)
    if found is None:
        return None
    name = found["name"]
    is_capitalized = name[0].isupper() and not name.isupper()
    return Tag(at, found.end(), name.lower(), bool(found["closing"]), found["attributes"], is_capitalized)


def is_break(html: str) -> bool:
    """True for ``<br>``."""
    tag = read_tag(html)
    return tag is not None and tag.name == "br" and not tag.closing


def tags_in(text: str) -> Iterator[Tag]:
    """Yield the tags, comments and declarations of HTML text in order; everything between them is text."""
    at = 0
    endless: set[str] = set()
    while (start := _START.search(text, at)) is not None:
        at = start.start()
        opening = next((mark for mark in _OTHER if text.startswith(mark, at)), None)
        if opening is not None:
            end = -1 if opening in endless else text.find(_OTHER[opening], at + len(opening))
            if end >= 0:
                at = end + len(_OTHER[opening])
            elif opening == "<!--" or (opening != "<!" and not text[:at].strip()):
                at = len(text)
            else:
                endless.add(opening)
                at += 1
                continue
            yield Tag(start.start(), at)
            continue
        tag = read_tag(text, at)
        if tag is None:
            at += 1
            continue
        yield tag
        at = tag.end
        if tag.name in _RAW and not tag.closing and not tag.is_empty:
            close = re.compile(rf"</{re.escape(tag.name)}(?=[\s/>])", re.IGNORECASE).search(text, at)
            at = close.start() if close is not None else len(text)


def attributes_of(tag: Tag) -> dict[str, str]:
    """Return the attributes of a tag by name in lower case; the first of equal names counts."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(tag.attributes):
        value = match[2] or ""
        bare = value[1:-1] if value[:1] in ('"', "'") else value
        found.setdefault(match[1].lower(), unescape(bare))
    return found


def why_unread(tag: Tag) -> str:
    """Return why the content of an element is not spoken: ``code``, ``struck``, ``hidden`` or ``unread``; empty if it is spoken."""
    if tag.name in CODE:
        return "code"
    if tag.name in STRUCK:
        return "struck"
    if _PERHAPS_HIDDEN.search(tag.attributes):
        attributes = attributes_of(tag)
        if attributes.get("hidden", "false").strip("{} ").lower() != "false":
            return "hidden"
        if attributes.get("aria-hidden", "").strip("{} ").lower() == "true" or _NOT_SHOWN.search(attributes.get("style", "")):
            return "hidden"
    if tag.name == "dialog" and "open" in attributes_of(tag):
        return ""
    return "unread" if tag.name in _NOT_READ else ""


def is_seen(tag: Tag, why: str) -> bool:
    """Return True if the words of an unspoken element are visible on the page."""
    return why in ("struck", "unread") and tag.name in _SEEN


def is_component(name: str) -> bool:
    """Return True for a name that is not an HTML element."""
    return name not in HTML_NAMES and name not in BLOCKS


def holds_markdown(tag: Tag) -> bool:
    """True if marks of Markdown count in the element: in a component of MDX, and with the attribute of kramdown."""
    return is_component(tag.name) or tag.is_capitalized or ("markdown" in tag.attributes and attributes_of(tag).get("markdown") != "0")


def text_of(html: str) -> str:
    """Return the text of a line of code in HTML."""
    return unescape(_ANY_TAG.sub("", html))


def words_of(html: str) -> str:
    """Return the text of HTML without its tags."""
    return unescape(_ANY_TAG.sub(" ", html))
