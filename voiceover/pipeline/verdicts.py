"""Verdicts on the takes of an episode: each take by itself, and against the others of its voice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from voiceover import takes
from voiceover.audio.files import read_audio
from voiceover.pipeline.job import EpisodePlan
from voiceover.types import Take, TakeChecks


def verdicts_of(episode: EpisodePlan, known: Mapping[str, Take], store: takes.FileStore) -> Mapping[str, TakeChecks]:
    """Return the verdict on each take of ``episode`` by address, in the order of the plan; ``known`` has all of its takes.

    A take that an older version recorded is measured now, and the result stored beside it. Raises InputError if it cannot be read.
    """
    spoken = tuple(_spoken(episode, known, store))
    together = takes.check_episode(spoken)
    return {each.take.address: takes.verdict(each, together.get(each.take.address, ())) for each in spoken}


def _spoken(episode: EpisodePlan, known: Mapping[str, Take], store: takes.FileStore) -> Iterable[takes.SpokenTake]:
    unique = {utterance.address: (utterance, voice) for utterance, voice in episode.requests}
    for address, (utterance, voice) in unique.items():
        take, engine = known[address], episode.plan.engine_of(utterance)
        if take.checks is None:
            take = replace(take, checks=takes.check_take(read_audio(take.path), utterance, voice, engine))
            store.note(take)
        yield takes.SpokenTake(utterance, voice, engine, take)
