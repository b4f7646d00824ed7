"""Listens to takes: several at once, each one only once per model, since what is heard is stored beside the take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voiceover.audio.files import read_audio
from voiceover.system.cpu import available_cores
from voiceover.system.threads import Workers
from voiceover.takes.checks.episode import SpokenTake
from voiceover.takes.store import FileStore
from voiceover.types import Listener, OnProgress, Progress, Take

STAGE = "listen"


def can_be_heard(spoken: SpokenTake, listener: Listener) -> bool:
    """Return True if a take is judged by ear: not that of a stand-in voice, and in a language that the recognizer understands."""
    return not spoken.engine.provisional and listener.understands(spoken.utterance.spans[0].language)


def listen_to(spoken: Sequence[SpokenTake], listener: Listener, store: FileStore, on_progress: OnProgress) -> tuple[SpokenTake, ...]:
    """Return ``spoken`` with what ``listener`` hears in each take that can be judged by ear.

    Raises ModelError if the model fails, InputError if a take cannot be read.
    """

    def hear(each: SpokenTake) -> Take:
        take = replace(each.take, heard=listener.hear(read_audio(each.take.path), each.utterance.spans[0].language))
        store.note(take)
        return take

    wanted = [each for each in spoken if can_be_heard(each, listener)]
    unheard = [each for each in wanted if each.take.heard is None or each.take.heard.model != listener.model]
    if not unheard:
        return tuple(spoken)
    pool = Workers(min(available_cores(), len(unheard)))
    calls = [pool.give(hear, each) for each in unheard]
    heard: dict[str, Take] = {}
    try:
        pool.start()
        for number, (each, call) in enumerate(zip(unheard, calls, strict=True)):
            on_progress(
                Progress(STAGE, len(wanted) - len(unheard) + number, len(wanted), f"{each.utterance.speaker}: {each.utterance.text}")
            )
            heard[each.take.address] = call.result()
        on_progress(Progress(STAGE, len(wanted), len(wanted)))
    finally:
        for call in calls:
            call.drop()
        pool.leave()
    return tuple(replace(each, take=heard.get(each.take.address, each.take)) for each in spoken)
