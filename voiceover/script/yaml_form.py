"""Read scripts in YAML: a list of segments, whose text follows the same inline rules as Markdown."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from voiceover.script.cues import LONGEST_PAUSE_SECONDS, RecordedTurn
from voiceover.script.dialogue import Labels
from voiceover.script.inline import Reading, read_inline, read_silently
from voiceover.script.items import collapse
from voiceover.script.labels import COUNT, Names
from voiceover.script.markdown import footnotes_in, parse_line
from voiceover.script.places import scalar_place
from voiceover.script.spoken import plain_text, shown
from voiceover.script.turns import Turn
from voiceover.settings.layers import OPTION_KEYS
from voiceover.settings.strict_yaml import Fields, Items, Node, Scalar
from voiceover.settings.values import (
    did_you_mean,
    is_empty,
    read_gain,
    read_language,
    read_options,
    read_seconds,
    read_text,
    read_word,
    style_name,
)
from voiceover.types import Chapter, Pause, Scene, Severity, Source, Span

TURN_KEYS = ("speaker", "text", "style", "lang", "gain", "pause_after", "audio", *OPTION_KEYS)
_CUE_KEYS: Mapping[str, Collection[str]] = {
    "chapter": ("chapter",),
    "scene": ("scene",),
    "pause": ("pause",),
    "sound": ("sound", "under", "gain", "fade"),
    "music": ("music", "under", "gain", "fade"),
}


class SegmentsReader:
    """Reads the segments of one YAML script in order."""

    def __init__(self, reading: Reading, names: Names | None, *, speak_headings: bool) -> None:
        self.reading = reading
        self.items = reading.items
        self.problems = reading.problems
        self.names = names
        self.speak_headings = speak_headings
        self.labels = Labels()
        """Counts text that resembles labels if there is no cast."""
        self._chapters = 0

    def read(self, node: Node) -> None:
        """Add the list of segments to the items."""
        if not isinstance(node, Items):
            self.problems.error(node.source, "bad-value", 'segments must be a list, in YAML lines that start with "- "')
            return
        for segment in node.items:
            if isinstance(segment, Scalar):
                self._bare(segment)
            elif isinstance(segment, Fields):
                self._mapping(segment)
            else:
                message = "a segment is a text or a mapping, not a list; if this is text, put quotes around it"
                self.problems.error(segment.source, "bad-segment", message)
        if self.names is None:
            self.labels.report(self.problems)

    def _bare(self, scalar: Scalar) -> None:
        if scalar.plain and scalar.text == "scene":
            self.items.narrate()
            self.items.add(Scene(scalar.source))
        else:
            self._text(self.items.narrator, scalar)

    def _mapping(self, fields: Fields) -> None:
        keys = {key.text: (key, value) for key, value in fields.entries}
        kind = next((kind for kind in _CUE_KEYS if kind in keys), None)
        if kind is None or "speaker" in keys or "text" in keys:
            self._turn(fields)
            return
        self._check_keys(fields, _CUE_KEYS[kind])
        name, value = keys[kind]
        self.items.narrate()
        if kind == "scene":
            if not is_empty(value):
                message = "a scene takes no words; write - scene, and the words as a segment of their own"
                self.problems.error(value.source, "bad-value", message)
            self.items.add(Scene(name.source))
        elif kind == "chapter":
            self._chapter(value)
        elif kind == "pause":
            self._pause(value, name.source)
        else:
            self._cue(kind, name, fields)

    # ------------------------------------------------------------ turns

    def _turn(self, fields: Fields) -> None:
        found = self._speaker(fields)
        if found is None:
            return
        speaker, spoken_key = found
        self._check_keys(fields, (*TURN_KEYS, spoken_key))
        values = {key.text: value for key, value in fields.entries if not is_empty(value)}
        text = values.get(spoken_key)
        if text is None:
            self.problems.error(fields.source, "empty-turn", f"{speaker} has no text here")
            return
        style = read_word(values["style"], self.problems, "style") if "style" in values else None
        language = read_language(values["lang"], self.problems, "lang") if "lang" in values else None
        gain = read_gain(values["gain"], self.problems, "gain") if "gain" in values else None
        options = read_options(values, self.problems)
        recording = self._recording(values["audio"]) if "audio" in values else None
        turn = Turn(speaker, style_name(style) if style else None, options, gain or 0.0, language, recording)
        self._text(turn, text)
        if "pause_after" in values:
            seconds = read_seconds(values["pause_after"], self.problems, "pause_after", 0.0, LONGEST_PAUSE_SECONDS)
            if seconds is not None:
                self.items.add(Pause(seconds, values["pause_after"].source))

    def _speaker(self, fields: Fields) -> tuple[str, str] | None:
        """Return the speaker and the key of the text; None if the speaker is not in the cast."""
        speaker = fields.get("speaker")
        if speaker is not None:
            typed = read_word(speaker, self.problems, "speaker")
            name = self.find(typed) if typed is not None else None
            if name is None and typed is not None:
                self._unknown(typed, speaker.source)
            return None if name is None else (name, "text")
        for key, _ in fields.entries:
            name = self.find(key.text)
            if name is not None and key.text not in TURN_KEYS:
                return name, key.text
        if fields.get("text") is not None:
            return self.items.narrator.speaker, "text"
        stranger = next((key for key, _ in fields.entries if key.text not in TURN_KEYS), None)
        if stranger is None:
            self.problems.error(fields.source, "bad-segment", "this segment has no text")
        else:
            self._unknown(stranger.text, stranger.source, "; if this is text, put quotes around all of it")
        return None

    def find(self, typed: str) -> str | None:
        """Return the speaker that ``typed`` names; None if it is not in the cast."""
        if self.names is None:
            narrator = self.items.narrator.speaker
            return narrator if typed.strip().casefold() == narrator.casefold() else None
        return self.names.find(typed)

    def _unknown(self, typed: str, source: Source, advice: str = "") -> None:
        if self.names is None:
            message = f'unknown speaker "{shown(typed)}"{COUNT}; this script has no cast'
        else:
            message = self.names.unknown(typed)
            advice = advice.capitalize().replace("; if", " If") if advice else ""
        self.reading.unknown_speakers.add(typed, source, Severity.ERROR, "unknown-speaker", message + advice)

    def _recording(self, node: Node) -> RecordedTurn | None:
        path = read_word(node, self.problems, "audio")
        if path is None:
            return None
        self.reading.cues.check_file(path, node.source)
        return RecordedTurn(path, node.source)

    def _text(self, turn: Turn, node: Node) -> None:
        text = read_text(node, self.problems, "text")
        if text is None or not isinstance(node, Scalar):
            return
        if not text:
            self.problems.error(node.source, "empty-turn", "an empty segment; write its text, or take it out")
            return
        if self.names is None:
            self.labels.read(node.text, scalar_place(self.reading.lines, node))
        tokens, env = parse_line(node.text, self.names)
        self.reading.inline_footnotes = footnotes_in(env)
        self.items.start(turn)
        self.items.paragraph()
        read_inline(self.reading, tokens, scalar_place(self.reading.lines, node))
        self.items.narrate()

    # ------------------------------------------------------------ the rest

    def _chapter(self, node: Node) -> None:
        typed = read_text(node, self.problems, "chapter")
        if typed is None or not isinstance(node, Scalar):
            return
        tokens, env = parse_line(node.text, None)
        self.reading.inline_footnotes = footnotes_in(env)
        place = scalar_place(self.reading.lines, node)
        title = "".join(span.text for span in collapse([Span(plain_text(tokens))]))
        self._chapters += 1
        if not title:
            self.problems.warning(node.source, "empty-heading", "a chapter without a title")
        self.items.add(Chapter(title or str(self._chapters), place(0)))
        if self.speak_headings:
            self.items.paragraph()
            read_inline(self.reading, tokens, place)
        else:
            read_silently(self.reading, tokens, place)

    def _pause(self, node: Node, source: Source) -> None:
        pause = self.reading.cues.pause(node, source)
        if pause is not None:
            self.items.add(pause)

    def _cue(self, kind: str, name: Scalar, fields: Fields) -> None:
        values = {key.text: value for key, value in fields.entries if not is_empty(value)}
        target = values.pop(kind, None)
        if not isinstance(target, Scalar):
            self.problems.error(name.source, "bad-cue", f"{kind} needs the name of a sound")
            return
        cue = self.reading.cues.cue(kind, target, values, name.source)
        if cue is not None and not isinstance(cue, RecordedTurn):
            self.items.add(cue)

    def _check_keys(self, fields: Fields, known: Collection[str]) -> None:
        for key, _ in fields.entries:
            if key.text not in known and self.names is not None and self.names.find(key.text) is not None:
                self.problems.error(
                    key.source, "unknown-key", f'{key.text} speaks here too: write what each says as a segment, with a "- "'
                )
            elif key.text not in known:
                hint = did_you_mean(key.text, known, self.problems) or f"; the keys here are {', '.join(known)}"
                self.problems.error(key.source, "unknown-key", f'unknown key "{key.text}"{hint}')
