"""Record several utterances per call, for engines that support it."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterator, Sequence

from voiceover.errors import VoiceoverError
from voiceover.takes.single import Request, keep_take, record_take
from voiceover.takes.store import TakeStore
from voiceover.types import Audio, BatchEngine, Engine, Take, Utterance

log = logging.getLogger(__name__)

Group = tuple[Request, ...]
"""The requests of one call, all of one engine."""


def engine_of(group: Group) -> str:
    """Return the name of the engine that speaks ``group``."""
    return group[0][0].engine


def batch_size(engine: Engine) -> int:
    """Return how many utterances ``engine`` takes per call; 1 if it speaks one at a time."""
    return engine.batch_size if isinstance(engine, BatchEngine) else 1


def keys_of(requests: Sequence[Request], engine: Engine) -> list[Hashable]:
    """Return the grouping key of each request; None if it has none: recording it alone then reports the error."""
    keys: list[Hashable] = []
    for utterance, voice in requests:
        try:
            keys.append(engine.together_key(utterance, voice) if isinstance(engine, BatchEngine) else None)
        except Exception as error:  # engines are foreign code; speaking the utterance raises the same error
            log.debug("%s: recorded alone: %s", utterance.source, error)
            keys.append(None)
    return keys


def grouped(requests: Sequence[Request], keys: Sequence[Hashable], size: int) -> list[Group]:
    """Group requests with equal keys, up to ``size`` each, ordered by the first of each group."""
    groups: list[list[Request]] = []
    open_groups: dict[Hashable, list[Request]] = {}
    for request, key in zip(requests, keys, strict=True):
        group = open_groups.get(key) if key is not None else None
        if group is None or len(group) == size:
            group = []
            groups.append(group)
            if key is not None:
                open_groups[key] = group
        group.append(request)
    return [tuple(group) for group in groups]


def record_group(group: Group, engine: Engine, store: TakeStore) -> Iterator[tuple[Utterance, Take]]:
    """Speak a group and yield each take as soon as it is stored. Raises what ``record_take`` raises."""
    spoken = _speak_together(group, engine)
    for number, (utterance, voice) in enumerate(group):
        yield (
            utterance,
            keep_take((utterance, voice), spoken[number], engine, store) if spoken else record_take(utterance, voice, engine, store),
        )


def _speak_together(group: Group, engine: Engine) -> list[Audio] | None:
    """Speak the group in one call; return None if its lines must be spoken one by one."""
    if len(group) == 1 or not isinstance(engine, BatchEngine):
        return None
    try:
        spoken = engine.speak_together([utterance for utterance, _ in group], [voice for _, voice in group])
    except Exception as error:  # one by one, the others can be stored and the failing line reported
        why = str(error) if isinstance(error, VoiceoverError) else f"{type(error).__name__}: {error}"
        log.warning("%d lines could not be spoken together; speaking them one by one: %s", len(group), why)
        return None
    if len(spoken) != len(group):
        log.warning("the engine returned %d recordings for %d lines; speaking them one by one", len(spoken), len(group))
        return None
    return spoken
