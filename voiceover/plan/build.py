"""Build the plan: which utterances to speak, how, and which takes to record."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from voiceover.plan.chosen import FIRST_ATTEMPT, chosen_attempt, chosen_options, chosen_parts, with_acceptance
from voiceover.plan.cut import COMFORTABLE_SECONDS, LONGEST_SECONDS, cut_sentence
from voiceover.plan.key import address_of, line_key_of, recording_address, seed_of
from voiceover.plan.layers import language_tag
from voiceover.plan.pace import Pace, pace_of
from voiceover.plan.pack import Sentence, pack
from voiceover.plan.recorded import recorded_turn
from voiceover.plan.roles import EnginesSpeaking, Role, RoleFinder
from voiceover.plan.why import LastRender
from voiceover.settings.problems import Problems
from voiceover.text.audible import NOTHING_SPOKEN, is_audible
from voiceover.text.lexicon import Lexicon
from voiceover.text.normalize import has_rules, spell_span
from voiceover.text.pieces import SpelledSpan, cut_pieces, seen, spoken_spans
from voiceover.text.sentences import sentence_starts
from voiceover.types import (
    Cast,
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
    Soundtrack,
    Source,
    SpokenSpan,
    Status,
    TakeChoice,
    Utterance,
)

EMPTY_CHAPTER = "empty-chapter"
_NO_FLAGS = Options()


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
    roles = RoleFinder(
        script,
        cast,
        settings,
        engines,
        problems=problems,
        flags=flags,
        models_speaking=models_speaking,
        engines_speaking=engines_speaking,
    )
    planner = _Planner(roles, settings, problems)
    last_render = LastRender(previous, has, refresh=refresh)
    items: list[PlanItem] = []
    for item in script.items:
        if isinstance(item, Segment) and item.recording is not None:
            file = soundtrack.recordings.get(item.recording) if soundtrack else None
            if file is not None and item.speaker in cast:
                items.append(recorded_turn(item, file, roles.entries.get(item.speaker), settings, cast[item.speaker]))
        elif isinstance(item, Segment):
            role = roles.role(item)
            planned = [each for group in planner.groups(item, role) for each in _planned(group, role, last_render)] if role else []
            items += map(planner.with_respellings, with_acceptance(planned, item.chosen))
        elif not isinstance(item, Direction) and (soundtrack or not isinstance(item, Cue)):
            items.append(item)
    _warn_of_empty_chapters(script, problems)
    plan = Plan(tuple(items), {engine.name: engine for engine in engines.values()}, cast, soundtrack)
    if script.segments and not plan.planned and not problems.errors and all(segment.recording is None for segment in script.segments):
        problems.error(script.segments[0].source, "nothing-spoken", NOTHING_SPOKEN)
    return plan


class _Planner:
    """Turns segments into utterances, and caches what they share."""

    def __init__(self, roles: RoleFinder, settings: Settings, problems: Problems) -> None:
        self._roles = roles
        self._problems = problems
        self._lexicon = Lexicon(settings.lexicon or {})
        self._reported: set[tuple[str, ...]] = set()
        self._pictures: set[str] = set()
        self._respellings: dict[tuple[SpokenSpan, ...], tuple[Respelling, ...]] = {}

    def groups(self, segment: Segment, role: Role) -> list[tuple[Utterance, ...]]:
        """Return the utterances of ``segment``: those of each chosen passage apart, and of what stands between such passages.

        Empty, with a problem, if nothing in it is spoken.
        """
        languages = [language_tag(span.language) if span.language else role.resolved.language for span in segment.spans]
        common = self._roles.language_source(segment)
        sources = {lang: segment.source if span.language else common for lang, span in zip(languages, segment.spans, strict=True)}
        mute = [language for language, source in sources.items() if not self._roles.speaks(role, language, source)]
        if mute:
            return []
        pieces = [
            piece
            for span, language in zip(segment.spans, languages, strict=True)
            for piece in spell_span(span, language, self._lexicon, phonemes=role.engine.speaks_phonemes, raw=role.engine.wants_raw_text)
        ]
        if role.short is not None and sum(role.pace.seconds(piece.spoken) for piece in pieces) <= role.short_seconds:
            role = role.short
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

    def _sentences(self, pieces: Sequence[SpelledSpan], role: Role, source: Source) -> Iterator[Sentence]:
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
        self, segment: Segment, role: Role, pieces: tuple[SpelledSpan, ...], segment_key: str, choice: TakeChoice | None
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
        self, segment: Segment, role: Role, pieces: Sequence[SpelledSpan], segment_key: str, choice: TakeChoice | None
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
            short_reference=role.short_reference,
        )

    def _warn_too_long(self, part: Sentence, role: Role, source: Source) -> None:
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


def _planned(group: tuple[Utterance, ...], role: Role | None, last_render: LastRender) -> tuple[Planned, ...]:
    recording = group[0].recording
    if role is None or recording is not None:  # nothing is recorded by an engine
        return tuple(Planned(utterance, Status.CACHED, "own recording") for utterance in group)
    if group[0].short_reference and role.short is not None:
        role = role.short
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
