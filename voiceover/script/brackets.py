"""The inline rules of a script: labels, cues, ``say:`` and ``lang:`` spans, templating.

They run before markdown-it's own ``text`` and ``link`` rules, but after those for escapes and inline code.

With ``silent``, markdown-it searches for the end of a link's text, which must not contain another link. The rules then skip their brackets
like brackets in text, so that a link's text may contain them.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from markdown_it.common.utils import normalizeReference
from markdown_it.helpers import parseLinkDestination
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from voiceover.script.cues import may_be_near_cue, starts_cue
from voiceover.script.directions import is_direction, is_stage_direction
from voiceover.script.html_tags import read_tag
from voiceover.script.label_forms import is_time, lone_time
from voiceover.script.label_tags import marked_up_line
from voiceover.script.labels import (
    STOPS,
    Label,
    Names,
    Remark,
    bracket_label,
    ends_sentence,
    inner_label,
    line_label,
    lone_label,
    with_time_after,
)
from voiceover.script.placed import TAGS, PlacedInline
from voiceover.script.templates import end_of_body
from voiceover.script.unspoken import push_inline
from voiceover.settings.values import parse_language
from voiceover.system.lazy import lazy_pattern
from voiceover.text.ipa import ipa_between_slashes, not_ipa, tidy_ipa
from voiceover.types import Severity

_MOST_BEFORE = 8
"""Directions and times between a label and the first word."""
_SPAN = lazy_pattern(r"\([ \t]*(<?)(say|lang):")
_PICTURES = lazy_pattern(r"(?:[\u2190-\u2bff\U0001f000-\U0001faff][\ufe0f\u200d\u20e3]*){1,9}(?=[ \t*_])")
"""Emoji and the like before a label: ``🎙️ Ann:``."""
_TASK_BOX = lazy_pattern(r"\[([ xX/<>!?*-])\](?=[ \t]+\S)")
"""A box to tick; some programs for notes have more states than ticked and not."""
_TEMPLATES = {"{{<": ">}}", "{{%": "%}}", "{{": "}}", "{%": "%}", "{#": "#}"}


def label(state: StateInline, silent: bool) -> bool:
    """A label without brackets at the start of a line, or in bold within one."""
    if silent or not isinstance(state, PlacedInline) or state.names is None or state.linkLevel:
        return False
    src, start = state.src, state.pos
    if not state.at_line_start():
        found = inner_label(state.names, src, start, state.posMax)
        return found is not None and _push(state, start, found)
    pictures = _PICTURES.match(src, start, state.posMax)
    start = pictures.end() if pictures is not None else start
    while start < state.posMax and src[start] in " \t":
        start += 1
    if start >= state.posMax or src[start] == "\n" or start == state.remarked_at:
        return False
    found = _label_at(state, state.names, src, start, state.posMax)
    if found is None and (line := marked_up_line(state.names, src, start, state.posMax)) is not None:
        text, before = line
        found = _label_at(state, state.names, text, start - before, len(text))
        found = found.shifted(before) if isinstance(found, Label) else None
    if found is not None and (pictures is None or isinstance(found, Label)):
        if pictures is not None:
            push_inline(state, pictures.end(), "emoji", "emoji", silent=False)
        return _push(state, start, found)
    end = lone_time(src, start, state.posMax)
    if end < 0:
        return False
    state.pos = start
    state.push("time", "", 0).content = src[start:end]
    state.pos = end
    return True


def _label_at(state: PlacedInline, names: Names, src: str, start: int, stop: int) -> Label | Remark | None:
    found = line_label(names, src, start, stop, paragraph_start=state.first_line)
    return lone_label(names, src, start, stop) if found is None and not state.is_item else found


def bracket(state: StateInline, silent: bool) -> bool:  # noqa: PLR0911, PLR0912
    """Any bracket with a meaning in scripts; brackets that are never closed are text."""
    src, start = state.src, state.pos
    if src[start] != "[" or not isinstance(state, PlacedInline):
        return False
    close = state.pairs.get(start, -1)
    if not 0 < close < state.posMax:
        return _text(state, "[", silent)
    after = src[close + 1 : close + 2] if close + 1 < state.posMax else ""
    if after == "(":
        span = _SPAN.match(src, close + 1, state.posMax)
        return span is not None and _span(state, close, span, silent)
    content = src[start + 1 : close]
    if content.startswith("^"):
        return _check_footnote(state, content, silent)
    if _is_reference(state, content, close):
        return False
    if not silent and (timed := _timed_label(state, content)) is not None:
        return _push(state, start, timed)
    if (kind := _unheard_kind(state, content)) is not None:
        return _unheard(state, kind, src[start : close + 1] if kind == "direction" else content, close, silent)
    if not silent and may_be_near_cue(content):
        state.push("near_cue", "", 0).content = content
    if state.names is None:
        return False
    if state.linkLevel:
        return _check_linked(state, content, silent)
    found = bracket_label(state.names, src, start, close, line_start=state.at_line_start())
    if found is None:
        return False
    if silent:
        return _text(state, "[", silent)
    if isinstance(found, Remark):
        state.push("remark", "", 0).meta = {"remark": found}
        return _text(state, src[start : close + 1], silent)
    return _push(state, start, found)


def _timed_label(state: PlacedInline, content: str) -> Label | None:
    """The label after a time in brackets, anywhere in a line: ``Hello. [00:06] Bo: Good day.``."""
    if state.names is None or state.linkLevel or not is_time(content):
        return None
    found = line_label(state.names, state.src, state.pos, state.posMax, paragraph_start=False)
    return found if isinstance(found, Label) else None


def _unheard_kind(state: PlacedInline, content: str) -> str | None:
    """What brackets that are not spoken are: a direction, a cue, a time at the start of a line; None for text and labels."""
    if state.names is None or state.names.find(content) is None:
        at_edge = _at_turn_start(state)
        if is_direction(content, at_edge=at_edge) or is_stage_direction(content, state.names, at_edge=at_edge):
            return "direction"
    if starts_cue(content):
        return "cue"
    if state.linkLevel or not is_time(content):
        return None
    if state.names is None:  # in an article [0:45] may be the writer's own, but a range with an arrow is of a transcript
        return "time" if "-->" in content and state.at_line_start() else None
    return "time" if _at_turn_start(state) or ends_sentence(state.src, state.pos, STOPS) else None


def _unheard(state: PlacedInline, kind: str, content: str, close: int, silent: bool) -> bool:
    """A token for brackets that are not text."""
    if silent:
        return _text(state, "[", silent)
    state.push(kind, "", 0).content = content
    state.pos = close + 1
    return True


def _at_turn_start(state: PlacedInline) -> bool:
    """Return True if nothing is spoken between here and the label, or the start of the line."""
    if state.at_line_start():
        return True
    if state.pending.strip():
        return False
    before = (token.type for token in reversed(state.tokens[-_MOST_BEFORE:]) if token.type != "text" or token.content.strip())
    return next((kind for kind in before if kind not in ("direction", "time")), "") == "label"


def _check_footnote(state: PlacedInline, content: str, silent: bool) -> bool:
    """Leave the mark ``[^x]`` to the footnote rule; warn if there is no such footnote, since the mark will be text."""
    known = f":{content[1:]}" in state.env.get("footnotes", {}).get("refs", {})
    if silent:
        return known and _text(state, "[", silent)
    if not known and len(content) > 1 and not any(map(str.isspace, content)):
        message = f"there is no footnote [{content}], so this is read as text; write its text on a line [{content}]: ..."
        state.push("remark", "", 0).meta = {"remark": Remark(state.pos, Severity.WARNING, "unknown-footnote", message)}
    return False


def _check_linked(state: PlacedInline, content: str, silent: bool) -> bool:
    """Treat ``[Name]`` in the text of a link or span as text, with a warning."""
    name = content.partition("|")[0] if len(content) <= 300 else ""
    if not silent and state.names is not None and state.names.find(name) is not None:
        message = f"[{content}] in the text of a link is read as text by {{speaker}}; put a label before or after the link"
        state.push("remark", "", 0).meta = {"remark": Remark(state.pos, Severity.WARNING, "looks-like-label", message)}
    return False


def task_box(state: StateInline, silent: bool) -> bool:
    """``[ ]``, ``[x]`` and ``[-]`` at the start of a list item: a box to tick."""
    if silent or state.pos > 0 or not isinstance(state, PlacedInline) or not state.is_item:
        return False
    box = _TASK_BOX.match(state.src)
    if box is None or (state.names is not None and state.names.find(box[1]) is not None):
        return False
    state.push("task_box", "", 0).content = box[0]
    state.pos = box.end()
    return True


def unpaired(state: StateInline, silent: bool) -> bool:
    """``![`` and ``^[`` that never close are text."""
    if state.src[state.pos] not in "!^" or not isinstance(state, PlacedInline) or not state.src.startswith("[", state.pos + 1):
        return False
    if state.pairs.get(state.pos + 1, state.posMax) < state.posMax:
        return False
    return _text(state, state.src[state.pos : state.pos + 2], silent)


def template(state: StateInline, silent: bool) -> bool:
    """Template tags such as ``{{< figure >}}`` and ``{% include x %}``."""
    src, start = state.src, state.pos
    if src[start] != "{" or not isinstance(state, PlacedInline):
        return False
    for opening, closing in _TEMPLATES.items():
        if not src.startswith(opening, start):
            continue
        if state.last(closing) < start + len(opening):
            continue
        end = src.find(closing, start + len(opening), state.posMax)
        if end < 0:
            continue
        end = end_of_body(state, start, end + len(closing))
        if not silent:
            state.push("template", "", 0).content = src[start:end]
        state.pos = end
        return True
    return False


def html_tag(state: StateInline, silent: bool) -> bool:
    """A tag in a run of HTML text, or the token for an element that is not spoken."""
    found: tuple[int, Token | None] | None = state.env.get(TAGS, {}).get(state.pos)
    if found is None or silent:
        return False
    length, element = found[0] - state.pos, found[1]
    token = state.push("html_inline" if element is None else element.type, "", 0)
    token.content = state.src[state.pos : state.pos + length] if element is None else element.content
    token.meta = {} if element is None else element.meta
    state.pos += length
    return True


def component(state: StateInline, silent: bool) -> bool:
    """A JSX tag that is not HTML: ``<Tabs.Item>``, ``<Card style={{a: 1}}>``."""
    if state.src[state.pos] != "<" or state.src.startswith(("<", " "), state.pos + 1):
        return False
    tag = read_tag(state.src, state.pos)
    if tag is None or tag.end > state.posMax or not ("." in tag.name or "{" in tag.attributes):
        return False
    if not silent:
        state.push("html_inline", "", 0).content = state.src[tag.start : tag.end]
    state.pos = tag.end
    return True


def _push(state: PlacedInline, start: int, found: Label | Remark) -> bool:
    if isinstance(found, Remark):
        token = state.push("remark", "", 0)
        token.meta = {"remark": found}
        token.map = [start, start]
        state.remarked_at = start
        return False if found.end <= start else _text(state, state.src[state.pos : found.end], False)
    return push_label(state, start, found)


def push_label(state: PlacedInline, start: int, label: Label) -> bool:
    """Add a label that starts at an offset, and go on after it and the time beside it."""
    token = state.push("label", "", 0)
    token.meta = {"label": with_time_after(label, state.src, state.posMax)}
    token.map = [start, start]
    state.pos = token.meta["label"].end
    return True


def _span(state: PlacedInline, close: int, opening: re.Match[str], silent: bool) -> bool:
    """``[text](say:spelling)`` and ``[text](lang:tag)``."""
    src, start, stop = state.src, state.pos, state.posMax
    kind = opening[2]
    target = parseLinkDestination(src, opening.start(1), stop)
    end = target.pos if target.ok else opening.end()
    while end < stop and src[end] in " \t\n":
        end += 1
    value = unquote(target.str[len(kind) + 1 :]).strip() if target.ok else ""
    wrong = ""
    if not target.ok or src[end : end + 1] != ")":
        what = "pronunciation" if kind == "say" else "language"
        wrong = f"not a valid {what}: write [text]({kind}:word), or for several words [text](<{kind}:two words>)"
    elif not value:
        wrong = f"]({kind}: is empty: write [text]({kind}:{'win' if kind == 'say' else 'fr'})"
    elif kind == "say" and (ipa := ipa_between_slashes(value)) is not None and (why := not_ipa(tidy_ipa(ipa))) is not None:
        wrong = f"/{ipa}/ cannot be spoken: {why}; write IPA such as /wɪn/, or a spelling without slashes"
    elif kind == "lang" and parse_language(value) is None:
        wrong = f'"{value}" is not a language tag; use one such as fr or pt-BR'
    elif not src[start + 1 : close].strip():
        wrong = f"there is no text in the brackets of []({kind}:{value})"
    if wrong:
        if silent:
            return False
        remark = state.push("remark", "", 0)
        remark.meta = {"remark": Remark(start, Severity.ERROR, f"bad-{kind}", wrong)}
        return _text(state, "[", silent)
    if silent:
        return _text(state, "[", silent)
    token = state.push(f"{kind}_open", "", 1)
    token.meta = {"value": parse_language(value) if kind == "lang" else value}
    state.pos, state.posMax = start + 1, close
    state.linkLevel += 1
    state.md.inline.tokenize(state)
    state.linkLevel -= 1
    state.push(f"{kind}_close", "", -1)
    state.pos, state.posMax = end + 1, stop
    return True


def _is_reference(state: PlacedInline, content: str, close: int) -> bool:
    """Return True if the brackets are a link whose target is defined elsewhere in the file."""
    references = state.env.get("references")
    if not references:
        return False
    if normalizeReference(content) in references:
        return True
    second = state.pairs.get(close + 1, -1)
    return second > 0 and normalizeReference(state.src[close + 2 : second]) in references


def _text(state: StateInline, text: str, silent: bool) -> bool:
    if not silent:
        state.append_pending(text)
    state.pos += len(text)
    return True
