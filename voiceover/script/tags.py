"""Speakers in tags and braces, as in speech tools and captions: ``<Bo>..</Bo>``, ``<v Bo>..``, ``{Bo} ..``."""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.paragraph import paragraph
from markdown_it.rules_inline import StateInline
from markdown_it.utils import EnvType

from voiceover.script.brackets import push_label
from voiceover.script.directions import is_direction
from voiceover.script.html_tags import HTML_NAMES
from voiceover.script.label_forms import GAP, looks_like_name
from voiceover.script.labels import Label, Names, Remark, ends_sentence, stranger
from voiceover.script.placed import CAST, PlacedInline
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Severity

_TAG = lazy_pattern(r"<(?P<close>/?)[ \t]*+(?P<voice>v(?:\.[\w.-]+)?[ \t]+)?(?P<name>[^<>\n/\"'=`]{1,80}?)[ \t]*+/?>", re.IGNORECASE)
_NAMED_TAG = lazy_pattern(
    r"<(?P<element>[A-Za-z][\w:-]{0,30})[ \t][^<>\n]{0,200}?(?<![\w-])(?:name|speaker|who|by|character|role)[ \t]*=[ \t]*"
    r"(?P<quote>[\"'])[ \t]*(?P<name>[^\"'<>\n]{1,80}?)[ \t]*(?P=quote)[^<>\n]{0,200}>"
)
_NAMED_END = lazy_pattern(r"</(?P<element>[A-Za-z][\w:-]{0,30})[ \t]*>")
_NAMED = "elements that name their speaker"
"""Key of ``env``: ``voice`` if ``<voice name="Bo">`` has been read."""
_BRACES = lazy_pattern(
    rf"\{{[ \t]*+(?P<name>[^{{}}\n|:]{{1,80}}?)[ \t]*+(?:\|(?P<settings>[^{{}}\n]{{0,200}}))?[:：]?[ \t]*+\}}(?:{GAP}[:：](?!\S))?"
)
ELEMENTS = "elements"
"""Key of ``env``: the lines that start with an HTML element of a cast name, each with its warning."""


def tag(state: StateInline, silent: bool) -> bool:  # noqa: PLR0911
    """An inline rule: a tag that has a name of the cast starts the speaker's turn, or ends it."""
    src = state.src
    if src[state.pos] != "<" or silent or not isinstance(state, PlacedInline) or state.names is None or state.linkLevel:
        return False
    if (named := _named(state.names, src, state.pos, state.posMax, state.env)) is not None:
        if named[0]:
            return push_label(state, state.pos, Label(*named))
        state.push("label_end", "", 0)
        state.pos = named[1]
        return True
    match = _TAG.match(src, state.pos, state.posMax)
    if match is None:
        return False
    name = match["name"]
    speaker = state.names.find(name)
    if match["close"]:
        if (speaker is None or name.lower() in HTML_NAMES) and name.lower() != "v":
            return False
        state.push("label_end", "", 0)
    elif speaker is None or (not match["voice"] and name.lower() in HTML_NAMES):
        if (remark := _remark(state, match, speaker)) is not None:
            state.push("remark", "", 0).meta = {"remark": remark}
        return False
    else:
        return push_label(state, state.pos, Label(speaker, match.end()))
    state.pos = match.end()
    return True


def _named(names: Names, src: str, at: int, stop: int, env: EnvType) -> tuple[str, int] | None:
    """The speaker that a tag such as ``<voice name="Bo">`` names, empty for the tag that closes it, and the offset of its end."""
    named: set[str] = env.setdefault(_NAMED, set())
    if (closing := _NAMED_END.match(src, at, stop)) is not None:
        return ("", closing.end()) if closing["element"].lower() in named else None
    opening = _NAMED_TAG.match(src, at, stop)
    speaker = names.find(opening["name"]) if opening is not None and opening["element"].lower() not in HTML_NAMES else None
    if opening is None or speaker is None:
        return None
    named.add(opening["element"].lower())
    return speaker, opening.end()


def html_remark(name: str, speaker: str) -> Remark:
    """Return the warning about a tag whose name is in the cast but is also an HTML element."""
    message = f"<{name}> is an HTML element, so it is not {speaker}'s label; write {speaker}: or [{speaker}]"
    return Remark(0, Severity.WARNING, "looks-like-label", message, f"<{name}>")


def _remark(state: PlacedInline, match: re.Match[str], speaker: str | None) -> Remark | None:
    """Return the warning about a tag that is not a label."""
    name, names = match["name"], state.names
    if speaker is not None:
        return html_remark(name, speaker)
    if names is None or name.lower() in HTML_NAMES or not state.at_line_start():
        return None
    near = names.near(name)
    numbered = name[-1].isdigit() and name[0].isalpha() and " " not in name
    if near is None and not (match["voice"] and looks_like_name(name)) and not numbered:
        return None
    return Remark(state.pos, Severity.WARNING, "looks-like-label", stranger(name, near, f"\\{match[0]}"), name)


def braces(state: StateInline, silent: bool) -> bool:
    """An inline rule: ``{Bo}`` or ``{Bo | style}`` at the start of a line or a sentence starts that speaker's turn."""
    src, start = state.src, state.pos
    if src[start] != "{" or silent or not isinstance(state, PlacedInline) or state.names is None or state.linkLevel:
        return False
    match = _BRACES.match(src, start, state.posMax)
    if match is None:
        return False
    name, line_start = match["name"], state.at_line_start()
    speaker = state.names.find(name)
    if speaker is not None and (line_start or ends_sentence(src, start)):
        settings_at = max(match.start("settings"), 0)
        return push_label(state, start, Label(speaker, match.end(), match["settings"] or "", settings_at))
    if speaker is None and is_direction(name, at_edge=line_start):
        state.push("direction", "", 0).content = match[0]
        state.pos = match.end()
        return True
    remark: Remark | None = None
    if speaker is not None:
        message = f"{match[0].strip()} within a sentence is read as text by {{speaker}}; to start {speaker}'s turn, write [{speaker}]"
        remark = Remark(start, Severity.WARNING, "looks-like-label", message)
    elif line_start and ((near := state.names.near(name)) is not None or looks_like_name(name)):
        remark = Remark(start, Severity.WARNING, "looks-like-label", stranger(name, near, f"\\{{{name}}}"), name)
    if remark is not None:
        state.push("remark", "", 0).meta = {"remark": remark}
    return False


def is_speakers(names: Names | None, env: EnvType, content: str, at: int) -> bool:
    """True for a tag that has a name of the cast, or names its speaker, within HTML."""
    if names is None:
        return False
    match = _TAG.match(content, at)
    if match is not None and match["name"].lower() not in HTML_NAMES and names.find(match["name"]) is not None:
        return True
    return _named(names, content, at, len(content), env) is not None


def tag_paragraph(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A block rule that precedes HTML: a line that starts with a speaker's tag is a paragraph."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    names: Names | None = state.env.get(CAST)
    if silent or names is None or not state.src.startswith("<", start):
        return False
    if _named(names, state.src, start, state.eMarks[start_line], state.env) is not None:
        return paragraph(state, start_line, end_line, silent)
    match = _TAG.match(state.src, start, state.eMarks[start_line])
    if match is None:
        return False
    name = match["name"].lower()
    if not match["voice"] and name in HTML_NAMES:
        if not match["close"] and names.find(name) is not None:
            state.env.setdefault(ELEMENTS, []).append((start_line, html_remark(match["name"], str(names.find(name)))))
        return False
    if names.find(name) is None and not (name == "v" and match["close"]) and not match["voice"]:
        return False
    return paragraph(state, start_line, end_line, silent)
