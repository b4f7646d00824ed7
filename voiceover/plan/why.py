"""Why a take will be recorded or not: compares each planned line with the last render of the episode.

Existing takes are kept: an unchanged line keeps its take until ``--refresh``, even if a newer engine revision, backend or spelling rule
would give it another address. So the take in the last manifest is preferred to one by newer rules that happens to be in the store.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace

from voiceover.plan.attempts import first_attempt
from voiceover.types import PLAIN, EngineInfo, Has, Options, Planned, RecordedLine, Status, Utterance


class LastRender:
    """The lines of an episode's last manifest, indexed by key, text and passage; each look-up takes constant time."""

    def __init__(self, previous: Sequence[RecordedLine], has: Has, *, refresh: bool) -> None:
        self._has = _remembering(has)
        self._refresh = refresh
        self._by_key = _Turns((line.line_key, line) for line in previous)
        self._by_text = _Turns(((line.speaker, _squeezed(line.text)), line) for line in previous)
        self._by_words = _Turns((_squeezed(line.text), line) for line in previous)
        self._by_passage = _Turns(((run[0].speaker, _squeezed("".join(line.text for line in run))), run[0]) for run in _runs(previous))
        self._by_segment: dict[str, list[RecordedLine]] = defaultdict(list)
        for line in previous:
            self._by_segment[line.segment_key].append(line)

    def plan(self, utterances: Sequence[Utterance], voice_digest: str, engine: EngineInfo) -> tuple[Planned, ...]:
        """Return the utterances of one segment, which ``engine`` speaks, with their status.

        Kept ones get address, words and seed of their take.
        """
        old = [self._by_key.next(utterance.line_key) for utterance in utterances]
        packed_before = self._whole_segment(utterances) if None in old else []
        if packed_before and not self._refresh and all(self._has(line.address) for line in packed_before):
            newest = {utterance.address for utterance in utterances}
            return tuple(self._keep(utterances[0], line, newest, voice_digest, engine) for line in packed_before)
        passage = self._by_passage.next((utterances[0].speaker, _squeezed("".join(u.text for u in utterances))))
        return tuple(
            self._lost_or_refreshed(utterance, packed_before[0], voice_digest, engine)
            if line is None and packed_before
            else self._decide(utterance, line, passage, voice_digest, engine)
            for utterance, line in zip(utterances, old, strict=True)
        )

    def _decide(
        self, utterance: Utterance, old: RecordedLine | None, passage: RecordedLine | None, voice_digest: str, engine: EngineInfo
    ) -> Planned:
        like = self._by_text.next((utterance.speaker, _squeezed(utterance.text))) or self._by_words.next(_squeezed(utterance.text))
        if old is not None and old.first_address != utterance.address:
            if not self._refresh and self._has(old.address):
                return self._keep(utterance, old, frozenset(), voice_digest, engine)
            return self._lost_or_refreshed(utterance, old, voice_digest, engine)
        # The first of several attempts may never have become a take.
        if self._has(utterance.address) or (old is not None and old.attempts and self._has(old.address)):
            return Planned(utterance, Status.CACHED, "cached")
        if old is not None:
            return Planned(utterance, Status.LOST, "take lost: recorded before, but no longer in the store")
        like = like or passage
        if like is None:
            return Planned(utterance, Status.NEW_TEXT, "new text")
        return Planned(utterance, *_difference(like, utterance, engine, voice_digest))

    def _whole_segment(self, utterances: Sequence[Utterance]) -> list[RecordedLine]:
        """Return the lines of the last render that make up exactly this segment, however it was packed then; else an empty list."""
        wanted = _squeezed("".join(utterance.text for utterance in utterances))
        lines, words = [], ""
        for line in self._by_segment.get(utterances[0].segment_key, ()):
            lines.append(line)
            words += _squeezed(line.text)
            if len(words) >= len(wanted):
                break
        return lines if words == wanted else []

    def _keep(self, utterance: Utterance, old: RecordedLine, newest: Iterable[str], voice_digest: str, engine: EngineInfo) -> Planned:
        is_newest = old.first_address in newest
        old = first_attempt(old) if is_newest else old
        taken = replace(
            utterance,
            address=old.address,
            line_key=old.line_key,
            spans=old.spoken,
            text=old.text,
            options=old.options,
            seed=old.seed,
            attempt=old.attempt,
            estimate_seconds=old.seconds or utterance.estimate_seconds,
        )
        if is_newest:
            return Planned(taken, Status.CACHED, "cached")
        return Planned(taken, Status.KEPT, f"kept: {_newer_rules(old, utterance, engine, voice_digest)}")

    def _lost_or_refreshed(self, utterance: Utterance, old: RecordedLine, voice_digest: str, engine: EngineInfo) -> Planned:
        if self._has(utterance.address):
            return Planned(utterance, Status.CACHED, "cached")
        rules = _newer_rules(old, utterance, engine, voice_digest)
        if self._refresh:
            return Planned(utterance, Status.REFRESHED, f"refreshed: {rules}")
        return Planned(utterance, Status.LOST, f"take lost: recorded before ({rules}), but no longer in the store")


class _Turns:
    """Lines by key: the n-th look-up of a key returns its n-th line, or the last one if there are fewer."""

    def __init__(self, lines: Iterable[tuple[object, RecordedLine]]) -> None:
        self._lines: dict[object, list[RecordedLine]] = defaultdict(list)
        self._next: dict[object, int] = defaultdict(int)
        for key, line in lines:
            self._lines[key].append(line)

    def next(self, key: object) -> RecordedLine | None:
        lines = self._lines.get(key)
        if lines is None:
            return None
        turn = self._next[key]
        self._next[key] += 1
        return lines[min(turn, len(lines) - 1)]


def _runs(lines: Sequence[RecordedLine]) -> Iterable[list[RecordedLine]]:
    """Yield the lines of each segment; if a segment occurs twice in a row, its first line starts it again."""
    run: list[RecordedLine] = []
    for line in lines:
        if run and (line.segment_key != run[0].segment_key or line.line_key == run[0].line_key):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _squeezed(text: str) -> str:
    """Return ``text`` without white space, which is the same however a passage is cut."""
    return "".join(text.split())


def _newer_rules(old: RecordedLine, utterance: Utterance, engine: EngineInfo, voice_digest: str) -> str:
    if old.revision != engine.revision:
        return f"{engine.name} r{old.revision}, now r{engine.revision}"
    if old.fingerprint != engine.fingerprint:
        return f"{engine.name} r{old.revision} with another model file, backend, precision or batch size"
    if _squeezed(old.text) != _squeezed(utterance.text):
        return "packed by older rules"
    if old.spoken != utterance.spans:
        return "spelled by older rules"
    if old.voice_digest != voice_digest:
        return f"an older clip of the voice {utterance.voice}"
    return "named by older rules"


def _difference(old: RecordedLine, utterance: Utterance, engine: EngineInfo, voice_digest: str) -> tuple[Status, str]:
    """Return what the writer changed since ``old``: the status of the most important change, and a description of all."""
    changes: list[tuple[Status, str]] = []
    if old.engine != engine.name:
        changes.append((Status.ENGINE_CHANGED, f"engine changed: {old.engine} -> {engine.name}"))
    elif old.model != engine.model:
        changes.append((Status.ENGINE_CHANGED, f"engine changed: model {old.model or 'none'} -> {engine.model or 'none'}"))
    elif old.speaker != utterance.speaker:
        changes.append((Status.VOICE_CHANGED, f"voice changed: speaker {old.speaker} -> {utterance.speaker}"))
    elif old.voice_digest != voice_digest and old.style != utterance.style:
        changes.append((Status.VOICE_CHANGED, f"voice changed: style {old.style or PLAIN} -> {utterance.style or PLAIN}"))
    elif old.voice_digest != voice_digest:
        changes.append((Status.VOICE_CHANGED, f"voice changed: {utterance.voice} has another clip, other words or settings now"))
    options = [
        f"{field.name} {_value(before)} -> {_value(after)}"
        for field in fields(Options)
        if (before := getattr(old.options, field.name)) != (after := getattr(utterance.options, field.name))
    ]
    if old.attempt != utterance.attempt:
        options.append(f"attempt {old.attempt} -> {utterance.attempt}")
    if options and not (changes and changes[0][0] is Status.ENGINE_CHANGED):
        changes.append((Status.OPTION_CHANGED, f"option changed: {', '.join(options)}"))
    if not changes:
        changes.append((Status.NEW_TEXT, _spelling_change(old, utterance)))
    return changes[0][0], "; ".join(words for _, words in changes)


def _spelling_change(old: RecordedLine, utterance: Utterance) -> str:
    before, after = [span.language for span in old.spoken], [span.language for span in utterance.spans]
    if before != after and "".join(span.text for span in old.spoken) == utterance.spoken:
        return f"new text: language {', '.join(before)} -> {', '.join(after)}"
    return "new text: spelled differently for speech"


def _value(value: object) -> str:
    if value is None:
        return "default"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _remembering(has: Has) -> Callable[[str], bool]:
    """Return ``has`` with a cache, so that each address is looked up once."""
    known: dict[str, bool] = {}

    def remembered(address: str) -> bool:
        if address not in known:
            known[address] = has(address)
        return known[address]

    return remembered
