"""Build the plan: which utterances to speak, how, and which takes to record."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TypeAlias

from voiceover.plan.chosen import FIRST_ATTEMPT, chosen_attempt, chosen_options, chosen_parts, with_acceptance
from voiceover.plan.cut import COMFORTABLE_SECONDS, LONGEST_SECONDS, cut_sentence
from voiceover.plan.key import address_of, line_key_of, recording_address, seed_of, voice_digest
from voiceover.plan.layers import Resolved, language_tag, resolve
from voiceover.plan.pace import Pace, longest_seconds, pace_of
from voiceover.plan.pack import Sentence, pack
from voiceover.plan.recorded import recorded_turn
from voiceover.plan.why import LastRender
from voiceover.settings.problems import Problems
from voiceover.text.audible import NOTHING_SPOKEN, is_audible
from voiceover.text.lexicon import Lexicon
from voiceover.text.normalize import has_rules, spell_span
from voiceover.text.pieces import SpelledSpan, cut_pieces, seen, spoken_spans
from voiceover.text.sentences import sentence_starts
from voiceover.types import (
    Cast,
    CastEntry,
    Chapter,
    Cue,
    Direction,
    EngineInfo,
    Has,
    Options,
    Plan,
    PlanItem,
    Planned,
    RecordedLine,
    Respelling,
    Script,
    Segment,
    Settings,
    Severity,
    Soundtrack,
    Source,
    SpokenSpan,
    Status,
    TakeChoice,
    Utterance,
    Voice,
)

EMPTY_CHAPTER = "empty-chapter"
MOST_LANGUAGES = 20
"""An error lists an engine's languages if there are at most this many."""
_NO_FLAGS = Options()
EnginesSpeaking: TypeAlias = Callable[[Voice, str, str], Sequence[str]]
"""Returns the names of the engines that can speak a voice in a style and a language."""


def build_plan(
    script: Script,
    cast: Cast,
    settings: Settings,
    engines: Mapping[str, EngineInfo],
    problems: Problems,
    *,
    has: Has,
    previous: Sequence[RecordedLine] = (),
    refresh: bool = False,
    flags: Options = _NO_FLAGS,
    models_speaking: Callable[[str], Sequence[str]] | None = None,
    engines_speaking: EnginesSpeaking | None = None,
    soundtrack: Soundtrack | None = None,
) -> Plan:
    """Split ``script`` into utterances for its engines, and decide for each take why it is to be recorded or not.

    - ``cast``: the voice of each speaker.
    - ``engines``: the engine of each speaker; several may share one. A speaker without one is reported already and skipped.
    - ``settings``: the script's settings, merged with those of the command line.
    - ``problems``: receives what is found.
    - ``has``: returns True if the store has a take.
    - ``previous``: the lines of the episode's last manifest, in order.
    - ``refresh``: re-record lines that would otherwise keep the take of an older version.
    - ``flags``: options of the command line, which override those of segments and cast entries.
    - ``models_speaking``: returns models for a language that an engine does not speak, for the error message.
    - ``engines_speaking``: returns other engines that can speak a voice in a style and language, for the same.
    - ``soundtrack``: the files of cues and recorded turns; without it, those are skipped.

    Lines that cannot be planned are skipped with an error in ``problems``: the
    speaker has no voice, a style or recording is missing, or the engine does not speak the language. A script without audible text is an
    error too, and a ``say:`` that is too long for one call is a warning. Raises nothing.
    """
    planner = _Planner(
        script,
        cast,
        settings,
        engines,
        problems=problems,
        flags=flags,
        models_speaking=models_speaking,
        engines_speaking=engines_speaking,
    )
    last_render = LastRender(previous, has, refresh=refresh)
    items: list[PlanItem] = []
    for item in script.items:
        if isinstance(item, Segment) and item.recording is not None:
            file = soundtrack.recordings.get(item.recording) if soundtrack else None
            if file is not None and item.speaker in cast:
                items.append(recorded_turn(item, file, planner.entries.get(item.speaker), settings, cast[item.speaker]))
        elif isinstance(item, Segment):
            role = planner.role(item)
            planned = [each for group in planner.groups(item, role) for each in _planned(group, role, last_render)] if role else []
            items += map(planner.with_respellings, with_acceptance(planned, item.chosen))
        elif not isinstance(item, Direction) and (soundtrack or not isinstance(item, Cue)):
            items.append(item)
    _warn_of_empty_chapters(script, problems)
    plan = Plan(tuple(items), {engine.name: engine for engine in engines.values()}, cast, soundtrack)
    if script.segments and not plan.planned and not problems.errors and all(segment.recording is None for segment in script.segments):
        problems.error(script.segments[0].source, "nothing-spoken", NOTHING_SPOKEN)
    return plan


@dataclass(frozen=True, slots=True)
class _Role:
    """A voice in the style and with the options of a segment."""

    voice: Voice
    engine: EngineInfo
    resolved: Resolved
    digest: str
    key_digest: str
    pace: Pace
    longest_seconds: float


class _Planner:
    """Turns segments into utterances, and caches what they share."""

    def __init__(
        self,
        script: Script,
        cast: Cast,
        settings: Settings,
        engines: Mapping[str, EngineInfo],
        *,
        problems: Problems,
        flags: Options,
        models_speaking: Callable[[str], Sequence[str]] | None,
        engines_speaking: EnginesSpeaking | None,
    ) -> None:
        self._script = script
        self._cast = cast
        self._settings = settings
        self._engines = engines
        self._problems = problems
        self._flags = flags
        self._models_speaking = models_speaking
        self._engines_speaking = engines_speaking
        self.entries: dict[str, CastEntry] = {entry.name: entry for entry in script.cast}
        self._lexicon = Lexicon(settings.lexicon or {})
        self._roles: dict[tuple[str, str | None, Options, float], _Role | None] = {}
        self._reported: set[tuple[str, ...]] = set()
        self._pictures: set[str] = set()
        self._respellings: dict[tuple[SpokenSpan, ...], tuple[Respelling, ...]] = {}
        self._known = {problem.source for problem in problems.found if problem.severity is Severity.ERROR}

    def role(self, segment: Segment) -> _Role | None:
        """Return the voice and options of ``segment``; None, with a problem, if it cannot be spoken."""
        asked = (segment.speaker, segment.style, segment.options, segment.gain_db)
        if asked not in self._roles:
            self._roles[asked] = self._find_role(segment)
        return self._roles[asked]

    def _find_role(self, segment: Segment) -> _Role | None:
        entry = self.entries.get(segment.speaker)
        voice = self._cast.get(segment.speaker)
        if voice is None:
            source = entry.source if entry else segment.source
            self._error(source, "unknown-voice", f'speaker "{segment.speaker}" has no voice; give one under `cast:`', segment.speaker)
            return None
        engine = self._engines.get(segment.speaker)
        if engine is None:
            return None
        resolved = resolve(segment, entry, self._settings, voice, engine=engine, flags=self._flags)
        style = voice.styles.get(resolved.style)
        if style is None:
            names = ", ".join(sorted(name for name in voice.styles if name)) or "none"
            message = f'voice "{voice.name}" has no style "{resolved.style}"; its styles are {names}'
            self._error(segment.source, "unknown-style", message, voice.name, resolved.style)
            return None
        if engine.reference_in_window and style.clip is None:
            others = self._others(engine, voice, resolved.style, resolved.language)
            what = f'voice "{voice.name}"' + (
                f' has no recording of the style "{resolved.style}"' if resolved.style else " has no recording"
            )
            message = f"{what}, which the engine {engine.name} needs; {others or 'choose another voice or engine'}"
            self._error(entry.source if entry else segment.source, "no-recording", message, voice.name, resolved.style)
            return None
        if resolved.unavailable is not None:
            option, value, why = resolved.unavailable
            own = getattr(segment.options, option) is not None
            source = entry.source if entry and not own and getattr(entry.options, option) is not None else segment.source
            # An option that is set for the whole script is reported once, at the first line it applies to.
            once = str(source) if own or source is not segment.source else ""
            self._error(source, "unavailable-option", f"`{option}: {value}` is not available: {why}", option, once)
            return None
        digest = voice_digest(voice, resolved.style, engine)
        pace = pace_of(style.clip, resolved.options.speed or 1.0, engine)
        key_digest = voice_digest(voice, resolved.style, engine, formerly=True)
        return _Role(voice, engine, resolved, digest, key_digest, pace, longest_seconds(style.clip, engine))

    def groups(self, segment: Segment, role: _Role) -> list[tuple[Utterance, ...]]:
        """Return the utterances of ``segment``: those of each chosen passage apart, and of what stands between such passages.

        Empty, with a problem, if nothing in it is spoken.
        """
        languages = [language_tag(span.language) if span.language else role.resolved.language for span in segment.spans]
        common = self._language_source(segment)
        sources = {lang: segment.source if span.language else common for lang, span in zip(languages, segment.spans, strict=True)}
        mute = [language for language, source in sources.items() if not self._speaks(role, language, source)]
        if mute:
            return []
        pieces = [
            piece
            for span, language in zip(segment.spans, languages, strict=True)
            for piece in spell_span(span, language, self._lexicon, phonemes=role.engine.speaks_phonemes, raw=role.engine.wants_raw_text)
        ]
        parts = chosen_parts(pieces, segment.chosen, self._problems)
        segment_key = line_key_of(role.engine, role.key_digest, pieces, role.resolved.options, FIRST_ATTEMPT)
        groups = [group for part in parts if (group := self._group(segment, role, part.pieces, segment_key, part.choice))]
        if not groups:
            self._problems.unspoken(segment.source, "nothing-to-say", f'"{seen(pieces)}" has no words to speak')
            return []
        for piece in pieces:
            if piece.whole and not piece.spoken.strip() and _is_picture(piece.text) and piece.text not in self._pictures:
                self._pictures.add(piece.text)
                self._problems.unspoken(segment.source, "picture", f"emoji {piece.text}")
        self._warn_of_ipa(pieces, role.engine, segment.source)
        self._warn_of_numbers(pieces, role.engine, segment.source)
        return groups

    def with_respellings(self, planned: Planned) -> Planned:
        """Return ``planned`` with what was respelled, unless its take was spelled by older rules."""
        return replace(planned, respellings=self._respellings.get(planned.utterance.spans, ()))

    def _sentences(self, pieces: Sequence[SpelledSpan], role: _Role, source: Source) -> Iterator[Sentence]:
        text = "".join(piece.text for piece in pieces)
        for sentence in cut_pieces(pieces, sentence_starts(text, role.resolved.language)):
            whole = _sentence(sentence, role.pace)
            if not whole.speaks or whole.seconds <= min(COMFORTABLE_SECONDS, role.longest_seconds):
                yield whole
                continue
            for part in cut_sentence(sentence, role.pace, min(LONGEST_SECONDS, role.longest_seconds)):
                cut = _sentence(part, role.pace)
                if cut.seconds > role.longest_seconds * 1.001 and cut.speaks:
                    self._warn_too_long(cut, role, source)
                yield cut

    def _group(
        self, segment: Segment, role: _Role, pieces: tuple[SpelledSpan, ...], segment_key: str, choice: TakeChoice | None
    ) -> tuple[Utterance, ...]:
        """Return the utterances of one part of a segment."""
        if choice is None:
            packed = pack(self._sentences(pieces, role, segment.source), role.longest_seconds)
            return tuple(self._utterance(segment, role, part, segment_key, choice) for part in packed)
        options = chosen_options(role.resolved.options, choice, role.engine)
        pace = pace_of(role.voice.styles[role.resolved.style].clip, options.speed or 1.0, role.engine)
        role = replace(role, resolved=replace(role.resolved, options=options), pace=pace)
        if choice.recording is not None:
            said = self._utterance(segment, role, pieces, segment_key, choice)
            address = recording_address(choice.recording.sha256)
            return (replace(said, address=address, line_key=address, segment_key=address),)
        key = line_key_of(role.engine, role.key_digest, pieces, options, chosen_attempt(choice, role.engine))
        packed = pack(self._sentences(pieces, role, segment.source), role.longest_seconds)
        return tuple(self._utterance(segment, role, part, key, choice) for part in packed)

    def _utterance(
        self, segment: Segment, role: _Role, pieces: Sequence[SpelledSpan], segment_key: str, choice: TakeChoice | None
    ) -> Utterance:
        options, spans, attempt = role.resolved.options, spoken_spans(pieces), chosen_attempt(choice, role.engine)
        seed = seed_of(spans, options, attempt)
        self._respellings[spans] = tuple(_respelling(piece) for piece in pieces if piece.rule)
        return Utterance(
            address=address_of(role.engine, role.digest, spans, options, seed),
            line_key=line_key_of(role.engine, role.key_digest, pieces, options, attempt),
            segment_key=segment_key,
            speaker=segment.speaker,
            voice=role.voice.name,
            style=role.resolved.style,
            spans=spans,
            text=seen(pieces),
            options=options,
            seed=seed,
            attempt=attempt,
            gain_db=role.resolved.gain_db,
            paragraph=segment.paragraph,
            estimate_seconds=sum(role.pace.seconds(span.text) for span in spans),
            source=segment.source,
            engine=role.engine.name,
            choice=choice,
        )

    def _warn_too_long(self, part: Sentence, role: _Role, source: Source) -> None:
        words = seen(part.pieces)
        shown = words if len(words) <= 40 else f"{words[:40]}..."
        takes = f"takes about {part.seconds:.0f} s and cannot be cut"
        room = f"one call of {role.engine.name} has room for {role.longest_seconds:.0f} s"
        self._problems.warning(source, "long-spelling", f'"{shown}" {takes}; {room}')

    def _warn_of_ipa(self, pieces: Sequence[SpelledSpan], engine: EngineInfo, source: Source) -> None:
        """Warn once of each word whose IPA the engine cannot speak, and for which there is no spelling."""
        for piece in pieces:
            if piece.unspoken_ipa is not None and ("ipa", piece.text, piece.unspoken_ipa) not in self._reported:
                self._reported.add(("ipa", piece.text, piece.unspoken_ipa))
                cure = f"give a spelling too: lexicon: {{{piece.text}: {{say: ..., ipa: {piece.unspoken_ipa}}}}}"
                message = f'the engine {engine.name} does not speak IPA, so "{piece.text}" is read as written; {cure}'
                self._problems.warning(source, "unspoken-ipa", message)

    def _warn_of_numbers(self, pieces: Sequence[SpelledSpan], engine: EngineInfo, source: Source) -> None:
        """Warn once per language without rules that has numbers: how they are read depends on the engine."""
        for piece in pieces:
            tag = piece.language
            if (
                piece.whole
                or engine.wants_raw_text
                or has_rules(tag)
                or ("no-rules", tag) in self._reported
                or not any(map(str.isdigit, piece.text))
            ):
                continue
            self._reported.add(("no-rules", tag))
            message = f'there are no rules for numbers in "{tag}", so the engine {engine.name} gets them as written'
            self._problems.warning(source, "no-rules", message)

    def _language_source(self, segment: Segment) -> Source:
        """Return where the language of a segment's unmarked text is set."""
        entry = self.entries.get(segment.speaker)
        # The only entry of a script without a cast has the start of the script as its source.
        if entry is not None and entry.language and entry.source != Source(self._script.path):
            return entry.source
        return self._settings.places.get("language") or segment.source

    def _speaks(self, role: _Role, language: str, source: Source) -> bool:
        engine = role.engine
        spoken = engine.languages
        if spoken is None or language.split("-", 1)[0] in spoken:
            return True
        # A long list of tags would not help.
        known = (
            f"it speaks {', '.join(sorted(spoken))}"
            if len(spoken) <= MOST_LANGUAGES
            else "tags look like en, de or pt-BR; if this one is correct, try another engine or model"
        )
        others = self._models_speaking(language) if self._models_speaking and engine.model else ()
        instead = f". Models that speak it: {', '.join(others)}; or use --any-language to try anyway" if others else ""
        able = self._others(engine, role.voice, role.resolved.style, language)
        who = f"the model {engine.model}" if engine.model else f"the engine {engine.name}"
        message = f'{who} does not speak "{language}"; {known}{instead}{f". {able[0].upper()}{able[1:]}" if able else ""}'
        self._error(source, "unknown-language", message, language, engine.name)
        return False

    def _others(self, engine: EngineInfo, voice: Voice, style: str, language: str) -> str:
        """Return the advice to take another engine that speaks the voice; empty if there is none."""
        names = [name for name in self._engines_speaking(voice, style, language) if name != engine.name] if self._engines_speaking else []
        return f"engines that speak it: {', '.join(names)} (engine: {names[0]} in the cast, or for the whole script)" if names else ""

    def _error(self, source: Source, code: str, message: str, *once_for: str) -> None:
        """Report each error once, unless an earlier check has already reported an error at its location."""
        if (code, *once_for) not in self._reported and source not in self._known:
            self._problems.error(source, code, message)
        self._reported.add((code, *once_for))


def _planned(group: tuple[Utterance, ...], role: _Role | None, last_render: LastRender) -> tuple[Planned, ...]:
    recording = group[0].recording
    if role is None or recording is not None:  # nothing is recorded by an engine
        return tuple(Planned(utterance, Status.CACHED, f"own recording: {recording.name if recording else ''}") for utterance in group)
    return last_render.plan(group, role.digest, role.engine)


def _warn_of_empty_chapters(script: Script, problems: Problems) -> None:
    """Warn of each chapter that gets no chapter mark."""
    parts = [item for item in script.items if isinstance(item, (Chapter, Segment))]
    for chapter, after in zip_longest(parts, parts[1:]):
        if isinstance(chapter, Chapter) and not isinstance(after, Segment):
            problems.warning(chapter.source, EMPTY_CHAPTER, f'the chapter "{chapter.title}" has no spoken text, so it gets no chapter mark')


def _respelling(piece: SpelledSpan) -> Respelling:
    return Respelling(piece.text, piece.spoken if piece.phonemes is None else f"/{piece.phonemes}/", piece.rule)


def _is_picture(text: str) -> bool:
    """Return True if ``text`` is visible, unlike characters that only join or separate letters."""
    return any(unicodedata.category(character) == "So" for character in text)


def _sentence(pieces: tuple[SpelledSpan, ...], pace: Pace) -> Sentence:
    spoken = "".join(piece.spoken for piece in pieces).strip()
    return Sentence(pieces, pace.seconds(spoken), is_audible(spoken) or any(piece.phonemes for piece in pieces))
