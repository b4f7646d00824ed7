"""Directions: ``[laughter]``, ``(sighs)``, ``*music fades in*``, ``[SFX: door]``, which are played or acted, not spoken.

They are recognized by the English words listed below. In brackets they are a direction anywhere; in parentheses or emphasis only at the
start or end of a turn, since within a sentence these are mostly text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from voiceover.script.html_tags import read_tag
from voiceover.script.label_forms import TIME
from voiceover.script.labels import Names
from voiceover.system.lazy import lazy_pattern

_ACTS = """
laugh laughs laughing laughter chuckle chuckles chuckling giggle giggles giggling snicker snickers snickering sigh sighs sighing cough
coughs coughing sneeze sneezes sneezing gasp gasps gasping groan groans groaning moan moans moaning cry cries crying sob sobs sobbing
weep weeps weeping sniff sniffs sniffing sniffle sniffles sniffling snort snorts snorting scoff scoffs scoffing whisper whispers
whispering shout shouts shouting yell yells yelling scream screams screaming shriek shrieks shrieking gulp gulps gulping yawn yawns
yawning hum hums humming whistles whistling sing sings singing cheers cheering clap claps clapping applaud applauds applauding
applause boo boos booing smiles smiling grins grinning nods nodding shrugs shrugging winks winking frowns frowning mumble mumbles
mumbling mutter mutters muttering stutter stutters stuttering stammers stammering exhale exhales exhaling inhale inhales inhaling
breathes breathing grunt grunts grunting growls growling wince winces wincing wails wailing whimper whimpers whimpering hiccup hiccups
burp burps snore snores snoring squeal squeals squealing panting tsk crosstalk cross-talk inaudible unintelligible indistinct
indiscernible garbled overlapping bleep bleeped beep beeping censored chatter footsteps gunshot gunshots knocking beat ad-lib
blank_audio
"""
_MANNERS = """
softly quietly loudly nervously sarcastically angrily sadly excitedly hesitantly tearfully cheerfully happily gently sternly firmly
coldly warmly dryly drily wearily tiredly breathlessly playfully teasingly mockingly jokingly seriously gravely solemnly urgently
anxiously fearfully bitterly proudly shyly sheepishly mischievously ironically deadpan aside
"""
_MOODS = """
excited curious sarcastic angry sad happy calm serious nervous surprised shocked confused amused thoughtful hesitant cheerful warm playful
frustrated annoyed disappointed relieved concerned worried proud tired impressed upbeat enthusiastic dramatic emotional scared afraid
embarrassed mischievous sympathetic interrupting interrupts overlapping
"""
_MUSIC = "music musical song theme jingle"
_THINGS = """
door doors window phone telephone cellphone bell bells doorbell clock alarm siren sirens engine car cars train dog dogs cat cats bird
birds crickets wolf wolves rooster horse wind rain thunder waves static audience crowd baby glass gun keyboard microphone mic tape
radio tv curtain lights horn drum drums drumroll piano guitar violin orchestra choir kettle chair paper papers throat breath nose lips
fingers eyes head voices conversation background noise
"""
_EVENTS = """
opens opening closes closing shuts shutting slams slamming creaks creaking ring rings ringing knocks plays playing fade fades fading
swell swells swelling start starts starting stops stopping begins ends ending barks barking meows meowing chirp chirping chirps howls
howling falls falling rumbles rumbling crackles crackling crash crashes crashing breaks breaking shatters shattering honks honking
ticks ticking tolls tolling chimes chiming strikes roars roaring rustles rustling shuffles shuffling clicks clicking blares blaring
buzzes buzzing vibrates vibrating drips dripping screeches screeching neighs crows dim dims dimming rise rises clear clears clearing
take takes taking blows blowing snaps snapping rolls shakes shaking deep noise roll
"""
_PAUSES = "pause silence"
_LENGTHS = "long short brief awkward dramatic pregnant uncomfortable"
_SMALL = """
a an the his her their its my to open shut himself herself themselves and both all everyone everybody they he she we i in out up down off on
away over again briefly lightly slightly heavily deeply faintly distantly slowly very more harder distant faint loud light heavy soft quiet
background screen stage off-screen offscreen off-stage offstage off-mic from at with then while into under through hands nervous
general continues continuing intro outro upbeat gentle sad happy tense ominous suspenseful cheerful eerie jazz classical rock
electronic instrumental people children man woman men women kids guest guests host hosts scattered canned polite thunderous mild
hearty dry weak speech talking sound sounds of
"""
_STRONG = frozenset(_ACTS.split())
_MANNER = frozenset(_MANNERS.split())
_MOOD = _MANNER | frozenset(_MOODS.split())
_DEGREES = frozenset(["a", "bit", "little", "very", "slightly", "more", "and", "but", "quite", "rather", "still"])
_MUSICAL = frozenset(_MUSIC.split())
_THING = frozenset(_THINGS.split())
_EVENT = frozenset(_EVENTS.split())
_NOUNS = _MUSICAL | frozenset(("laughter", "applause", "chatter", "footsteps", "gunshot", "gunshots", "crosstalk"))
_PRONOUNS = frozenset(("he", "she", "they", "we", "i"))
_DETERMINERS = frozenset(("the", "his", "her", "their", "its", "my"))
_PAUSE, _LENGTH = frozenset(_PAUSES.split()), frozenset(_LENGTHS.split())
_KNOWN = _STRONG | _MANNER | _MUSICAL | _THING | _EVENT | _PAUSE | _LENGTH | frozenset(_SMALL.split())
_EFFECT = lazy_pattern(r"(?:sfx|fx|sound (?:effects?|fx)|foley|ambien(?:ce|t sound)|ambiance)(?:[ \t]*[:–—-].*)?|sounds? of .+", re.DOTALL)
_LANGUAGE = lazy_pattern(
    r"(?i:foreign[ \t]+language)|(?i:speak|talk|sing)(?:s|ing)[ \t]+(?:in[ \t]+)?"
    r"(?:(?:an?[ \t]+)?(?i:foreign|another|native)[ \t]+(?i:language)|[A-Z][a-z]{2,20})"
)
"""``[speaking French]``, ``[foreign language]``."""
_MOVE = lazy_pattern(
    r"(?:(?:re-?)?(?:enters?|exits?|exeunt)|(?P<beside>(?:(?:aside|speaking|whispering|turning|turns|calling|calls|shouting)[ \t]+)?to))"
    r"[ \t,]+(?P<who>.+)",
    re.IGNORECASE,
)
_AND = lazy_pattern(r",|;|&|\b(?:and|with)\b", re.IGNORECASE)
_TIMES = lazy_pattern(rf"(?:\bat[ \t]+)?{TIME}")
_SEPARATORS = lazy_pattern(r"[,;/&+♪♫♬]|(?<=\w)\.")
_OUTER = ' \t\n.,;:!…*_~♪♫♬-–—"'
_MOST_WORDS = 7
_LONGEST = 80
_LONGEST_EFFECT = 200
_NOTES = frozenset("♪♫♬")


def is_direction(content: str, *, at_edge: bool = False) -> bool:
    """Return True if the words in brackets are a direction; with ``at_edge``, at the start or end of a turn, "softly" is one, too."""
    text = _TIMES.sub(" ", content).strip(_OUTER) if len(content) <= _LONGEST_EFFECT else content
    if len(text) > _LONGEST_EFFECT or not text:
        return not text and not _NOTES.isdisjoint(content)
    if _EFFECT.fullmatch(text.casefold()) is not None or _LANGUAGE.fullmatch(text) is not None:
        return True
    words = _SEPARATORS.sub(" ", text).split() if len(text) <= _LONGEST else []
    who = _count_actors(words)
    found = [word.casefold() for word in words[who:]]
    found = [word for word in found if word in _KNOWN or not word.endswith("ly")]  # [laughs maniacally]
    if not 0 < len(found) <= _MOST_WORDS or not _KNOWN.issuperset(found):
        return False
    # [the music] and, within a sentence, [she laughs] are an editor's additions to a quotation.
    if (found[0] in _DETERMINERS and _NOUNS.issuperset(found[1:])) or (found[0] in _PRONOUNS and not at_edge):
        return False
    return _describes_event(found, frozenset(found), at_edge=at_edge, names_actor=who > 0)


def is_stage_direction(content: str, names: Names | None, *, at_edge: bool) -> bool:
    """True for what is a direction only in a script: ``Enter Bo and Ann`` and ``Exeunt``, and at the start or end of a turn ``to Bo``
    and a mood such as ``very excited``."""
    if names is None or len(content) > _LONGEST:
        return False
    text = content.strip(_OUTER)
    words = frozenset(_SEPARATORS.sub(" ", text).casefold().split()) if at_edge else frozenset[str]()
    if not _MOOD.isdisjoint(words) and (_MOOD | _DEGREES).issuperset(words):
        return True
    found = _MOVE.fullmatch(text)
    if found is None or (found["beside"] and not at_edge):
        return text.casefold() == "exeunt"
    return any(names.find(name.strip(" \t.")) is not None for name in _AND.split(found["who"]))


def _count_actors(words: Sequence[str]) -> int:
    """Return the number of words that name who acts: ``Bo laughs``, ``Ann and Bo laugh``."""
    if len(words) < 2 or not words[0][0].isupper() or words[0].casefold() in _KNOWN:
        return 0
    return 3 if len(words) > 3 and words[1] == "and" and words[2][0].isupper() else 1


def _describes_event(words: Sequence[str], kinds: frozenset[str], *, at_edge: bool, names_actor: bool) -> bool:
    if not _STRONG.isdisjoint(kinds) or (not _THING.isdisjoint(kinds) and not _EVENT.isdisjoint(kinds)):
        return True
    if names_actor:
        return False
    return (
        ("music" in kinds and (not at_edge or len(kinds) > 1))
        or (not _MUSICAL.isdisjoint(kinds) and not _EVENT.isdisjoint(kinds))
        or (words[-1] in _PAUSE and words[0] not in _PAUSE and not _LENGTH.isdisjoint(kinds))
        or (at_edge and not _MANNER.isdisjoint(kinds))
    )


# ---------------------------------------------------------------- parentheses and emphasis

_FIRST = lazy_pattern(r"\s*(?P<typed>[(（]{1,2}(?P<inner>[^()（）\n]{1,200})[)）]{1,2}[.!?…]*)(?=\s|$)")
_LAST = lazy_pattern(r"(?P<typed>[(（]{1,2}(?P<inner>[^()（）\n]{1,200})[)）]{1,2})(?P<stop>[.!?…]*)\s*$")
_EMPHASIS = frozenset(("b", "em", "i", "strong"))
_UNHEARD = frozenset(("softbreak", "hardbreak", "cue", "remark", "near_cue", "template", "html_inline", "image", "task_box", "direction"))
_BOUNDS = frozenset(("label", "label_end"))
_CLOSED = frozenset(".!?…:;。！？\"'”’»]-–—")
_ENDS = _CLOSED | {")"}
_MOST_AT_AN_EDGE = 5
_BEFORE_A_NOUN = frozenset(
    [
        "of",
        "with",
        "the",
        "a",
        "an",
        "some",
        "any",
        "his",
        "her",
        "my",
        "your",
        "our",
        "their",
        "its",
        "and",
        "or",
        "no",
        "more",
        "in",
        "to",
        "such",
        "for",
        "by",
        "from",
        "than",
        "as",
    ]
)
"""Words after which "laughs" at the end of a line is part of the sentence."""


def mark_directions(state: StateInline) -> None:
    """Turn parentheses and emphasis at the start or end of a turn into directions, in the tokens of a paragraph."""
    if not getattr(state, "takes_directions", False):
        return
    tokens, names = state.tokens, getattr(state, "names", None)
    if not any(("(" in token.content or "（" in token.content) if token.type == "text" else _emphasis(token) > 0 for token in tokens):
        return
    bounds = [number for number, token in enumerate(tokens) if token.type in _BOUNDS]
    result: list[Token] = []
    start = 0
    for end in (*bounds, len(tokens)):
        part = tokens[start:end]
        if start > 0 or not getattr(state, "is_item", False):
            part = _from_the_end(_from_the_start(part, names), names)
        result += part
        if end < len(tokens):
            result.append(tokens[end])
        start = end + 1
    state.tokens[:] = result


def _direction(typed: str, at: Sequence[int] | None, said: str = "") -> Token:
    """Return a token for a direction; ``said`` is what to speak if directions are spoken, ``typed`` if empty."""
    return Token("direction", "", 0, content=typed, map=list(at) if at else None, meta={"said": said or typed})


def _is_acted(inner: str, names: Names | None) -> bool:
    return is_direction(inner, at_edge=True) or is_stage_direction(inner, names, at_edge=True)


def _emphasis(token: Token) -> int:
    """1 where emphasis starts, in Markdown or HTML, -1 where it ends, else 0."""
    if token.type in ("em_open", "strong_open", "em_close", "strong_close"):
        return token.nesting
    tag = read_tag(token.content) if token.type == "html_inline" else None
    return 0 if tag is None or tag.name not in _EMPHASIS else -1 if tag.closing else 1


def _is_strong(token: Token) -> bool:
    tag = read_tag(token.content) if token.type == "html_inline" else None
    return token.type == "strong_open" or (tag is not None and tag.name in ("b", "strong"))


def _typed(tokens: Sequence[Token], start: int, end: int, inner: str) -> str:
    """Emphasis as the writer typed it."""
    opening, closing = tokens[start], tokens[end]
    return f"{opening.markup or opening.content}{inner}{closing.markup or closing.content}"


def _moved(token: Token, content: str, by: int) -> Token:
    at = (token.map[0] if token.map else 0) + by
    return token.copy(content=content, map=[at, at])


def _from_the_start(tokens: list[Token], names: Names | None) -> list[Token]:
    """The tokens of a turn with the directions that it starts with."""
    number, found = 0, 0
    while number < len(tokens) and found < _MOST_AT_AN_EDGE:
        token = tokens[number]
        if (token.type in _UNHEARD and not _emphasis(token)) or (token.type == "text" and not token.content.strip()):
            number += 1
        elif token.type == "text":
            match = _FIRST.match(token.content)
            if match is None or not _is_acted(match["inner"], names):
                break
            at = (token.map[0] if token.map else 0) + match.start("typed")
            tokens[number : number + 1] = [_direction(match["typed"], (at, at)), _moved(token, token.content[match.end() :], match.end())]
            number, found = number + 1, found + 1
        elif _emphasis(token) > 0:
            end = _closing(tokens, number)
            inner = "".join(inside.content for inside in tokens[number + 1 : end])
            after = next(
                (text for text in (later.content.strip() for later in tokens[end + 1 : end + 4] if later.type == "text") if text), ""
            )
            if not _is_emphasized(tokens, number, end, inner) or (after[:1].islower() and not inner.lstrip("( ")[:1].islower()):
                break
            tokens[number : end + 1] = [_direction(_typed(tokens, number, end, inner), token.map, inner)]
            number, found = number + 1, found + 1
        else:
            break
    return tokens


def _from_the_end(tokens: list[Token], names: Names | None) -> list[Token]:
    """The tokens of a turn with the directions that it ends with."""
    number, found = len(tokens) - 1, 0
    while number >= 0 and found < _MOST_AT_AN_EDGE:
        token = tokens[number]
        if (token.type in _UNHEARD and not _emphasis(token)) or (token.type == "text" and not token.content.strip()):
            number -= 1
        elif token.type == "text":
            opening = max(token.content.rfind("("), token.content.rfind("（"))
            opening -= token.content[max(opening - 1, 0) : max(opening, 0)] in ("(", "（")
            match = _LAST.match(token.content, opening) if opening >= 0 else None
            before = token.content[: max(opening, 0)].rstrip()
            ended = not before or before[-1] in _ENDS
            # Within a sentence, (quietly) is a word of it.
            if match is None or not _is_acted(match["inner"], names) or not (ended or is_direction(match["inner"])):
                break
            before = token.content[:opening]
            at = (token.map[0] if token.map else 0) + opening
            kept = "" if not before.strip() or before.rstrip()[-1] in _CLOSED else match["stop"]
            after = [_moved(token, kept, match.start("stop"))] if kept else []
            tokens[number : number + 1] = [token.copy(content=before), _direction(match["typed"], (at, at)), *after]
            found += 1
        elif _emphasis(token) < 0:
            start = next((back for back in range(number - 1, max(number - 5, -1), -1) if _emphasis(tokens[back]) > 0), -1)
            inner = "".join(inside.content for inside in tokens[start + 1 : number]) if start >= 0 else ""
            text = next(
                (t.content for t in reversed(tokens[max(start - 3, 0) : max(start, 0)]) if t.type == "text" and t.content.strip()), ""
            )
            if start < 0 or not _is_emphasized(tokens, start, number, inner) or not _ends_before(text, inner):
                break
            tokens[start : number + 1] = [_direction(_typed(tokens, start, number, inner), tokens[start].map, inner)]
            number, found = start, found + 1
        else:
            break
    return tokens


def _ends_before(text: str, inner: str) -> bool:
    """Return True if the speech ends before the emphasis: a sentence ends there, or it is an act such as "sighs" that is not part of it."""
    said = text.rstrip()
    if not said or said[-1] in _ENDS:
        return True
    acts = inner.strip(" ()").split()
    return acts[:1] != [] and acts[0].islower() and acts[0].endswith("s") and said.split()[-1].casefold() not in _BEFORE_A_NOUN


def _is_emphasized(tokens: Sequence[Token], start: int, end: int, inner: str) -> bool:
    if end <= start or any(inside.type not in ("text", "text_special") for inside in tokens[start + 1 : end]):
        return False
    if _is_strong(tokens[start]) and not inner.lstrip().startswith("("):  # **Music** is more often a heading of sorts
        return False
    return is_direction(inner.strip().removeprefix("(").removesuffix(")"), at_edge=True)


def _closing(tokens: Sequence[Token], start: int) -> int:
    """The number of the token that closes the emphasis at ``start`` if it is near, else ``start``."""
    return next((number for number in range(start + 1, min(start + 5, len(tokens))) if _emphasis(tokens[number]) < 0), start)
