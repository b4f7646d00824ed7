"""Verdicts on the takes of an episode: each take by itself, against the others of its voice, and by ear if that is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import replace

from voiceover import takes
from voiceover.audio.files import read_audio
from voiceover.pipeline.job import EpisodePlan
from voiceover.pipeline.listening import open_listener, require_language
from voiceover.types import Listener, OnProgress, Take, TakeChecks


def verdicts_of(
    episode: EpisodePlan, known: MutableMapping[str, Take], store: takes.FileStore, listener: Listener | None, on_progress: OnProgress
) -> Mapping[str, TakeChecks]:
    """Return the verdict on each take of ``episode`` by address, in the order of the plan; ``known`` has all of its takes.

    A take that an older version recorded is measured now. With ``listener``, takes are judged by ear, too, except those of a stand-in
    voice. What is measured and heard is stored beside each take, and in ``known``. Raises InputError if a take cannot be read, ModelError
    if the recognizer fails.
    """
    spoken = tuple(_spoken(episode, known, store))
    if listener is not None:
        spoken = takes.listen_to(spoken, listener, store, on_progress)
    known.update((each.take.address, each.take) for each in spoken)
    together = takes.check_episode(spoken)
    return {each.take.address: takes.verdict(each, together.get(each.take.address, ()), listener) for each in spoken}


def listener_for(episode: EpisodePlan) -> tuple[Listener | None, EpisodePlan]:
    """Return the recognizer for an episode whose settings ask for one, and the episode with a remark on lines that are not listened to.

    Raises ModelError if there is no recognizer, if it is damaged, or if it understands none of the languages.
    """
    if not episode.checked.settings.listen or not episode.planned:
        return None, episode
    languages = [p.utterance.spans[0].language for p in episode.planned if not episode.plan.engine_of(p.utterance).provisional]
    if not languages:
        return None, replace(episode, remarks=(*episode.remarks, "not listened to: the draft voice is never judged by ear"))
    listener = open_listener()
    require_language(listener, languages)
    foreign = [language for language in languages if not listener.understands(language)]
    if not foreign:
        return listener, episode
    lines = f"{len(foreign)} line{'' if len(foreign) == 1 else 's'} in {', '.join(sorted(set(foreign)))}"
    remark = f"not listened to: {lines}, which the recognizer {listener.model.partition(' ')[0]} does not understand"
    return listener, replace(episode, remarks=(*episode.remarks, remark))


def _spoken(episode: EpisodePlan, known: Mapping[str, Take], store: takes.FileStore) -> Iterator[takes.SpokenTake]:
    unique = {utterance.address: (utterance, voice) for utterance, voice in episode.requests}
    for address, (utterance, voice) in unique.items():
        take, engine = known[address], episode.plan.engine_of(utterance)
        if take.checks is None:
            take = replace(take, checks=takes.check_take(read_audio(take.path), utterance, voice, engine))
            store.note(take)
        yield takes.SpokenTake(utterance, voice, engine, take)
