"""Several utterances by one call, for engines that offer it: which go together, and how they are recorded."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterator, Sequence

from voiceover.errors import VoiceoverError
from voiceover.takes.single import Request, keep_take, record_take
from voiceover.takes.store import TakeStore
from voiceover.types import Audio, BatchEngine, Engine, Take, Utterance

log = logging.getLogger(__name__)

Group = tuple[Request, ...]
"""What is spoken by one call."""


def batch_size(engine: Engine) -> int:
    """How many utterances ``engine`` wants together, 1 where it speaks one at a time."""
    return engine.batch_size if isinstance(engine, BatchEngine) else 1


def keys_of(requests: Sequence[Request], engine: Engine) -> list[Hashable]:
    """The key of each request; None for one that has none: it is recorded alone, which tells what is wrong with it."""
    keys: list[Hashable] = []
    for utterance, voice in requests:
        try:
            keys.append(engine.together_key(utterance, voice) if isinstance(engine, BatchEngine) else None)
        except Exception as error:  # an engine is foreign code; the same error comes again when the utterance is spoken
            log.debug("%s: is recorded alone: %s", utterance.source, error)
            keys.append(None)
    return keys


def grouped(requests: Sequence[Request], keys: Sequence[Hashable], size: int) -> list[Group]:
    """Requests of equal keys in groups of up to ``size``, in the order of each group's first."""
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
    """Speak a group and keep its takes one after the other, each told of as soon as it is kept. Raises as ``record_take`` does."""
    spoken = _speak_together(group, engine)
    for number, (utterance, voice) in enumerate(group):
        yield utterance, keep_take(utterance, spoken[number], engine, store) if spoken else record_take(utterance, voice, engine, store)


def _speak_together(group: Group, engine: Engine) -> list[Audio] | None:
    """The group by one call; None where it is to be spoken one by one."""
    if len(group) == 1 or not isinstance(engine, BatchEngine):
        return None
    try:
        spoken = engine.speak_together([utterance for utterance, _ in group], [voice for _, voice in group])
    except Exception as error:  # alone the others can be kept, and the one at fault is told
        why = str(error) if isinstance(error, VoiceoverError) else f"{type(error).__name__}: {error}"
        log.warning("%d lines cannot be spoken together, and are spoken one by one: %s", len(group), why)
        return None
    if len(spoken) != len(group):
        log.warning("the engine gave %d recordings for %d lines, which are spoken one by one", len(spoken), len(group))
        return None
    return spoken
