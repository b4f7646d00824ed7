"""Listens to takes: several at once, each one only once per model, since what is heard is stored beside the take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voiceover.audio.files import read_audio
from voiceover.system.cpu import available_cores
from voiceover.system.threads import Workers
from voiceover.takes.checks.episode import SpokenTake
from voiceover.takes.checks.whole import heard_against
from voiceover.takes.store import FileStore
from voiceover.types import Audio, Heard, Listener, OnProgress, Progress

STAGE = "listen"
CLEAR_ERROR = 0.05
"""Character error up to which a take is not listened to again."""


def can_be_heard(spoken: SpokenTake, listener: Listener) -> bool:
    """Return True if a take is judged by ear: not that of a stand-in voice, and in a language that the recognizer understands."""
    return not spoken.engine.provisional and listener.understands(spoken.utterance.spans[0].language)


def listen_to(spoken: Sequence[SpokenTake], listener: Listener, store: FileStore, on_progress: OnProgress) -> tuple[SpokenTake, ...]:
    """Return ``spoken`` with what ``listener`` hears in each take that can be judged by ear.

    Raises ModelError if the model fails, InputError if a take cannot be read.
    """

    def hear(each: SpokenTake) -> SpokenTake:
        known = each.take.heard
        heard = with_heard(each, listener, read_audio(each.take.path))
        if heard.take.heard != known:
            store.note(heard.take)
        return heard

    wanted = [each for each in spoken if can_be_heard(each, listener)]
    unclear = [each for each in wanted if not _is_clear(each, listener)]
    pool = Workers(min(available_cores(), len(unclear)))
    calls = [pool.give(hear, each) for each in unclear]
    heard: dict[str, SpokenTake] = {}
    try:
        pool.start()
        for number, (each, call) in enumerate(zip(unclear, calls, strict=True)):
            detail = f"{each.utterance.speaker}: {each.utterance.text}"
            on_progress(Progress(STAGE, len(wanted) - len(unclear) + number, len(wanted), detail))
            heard[each.take.address] = call.result()
        if wanted:
            on_progress(Progress(STAGE, len(wanted), len(wanted)))
    finally:
        for call in calls:
            call.drop()
        pool.leave()
    return tuple(heard.get(each.take.address, each) for each in spoken)


def with_heard(spoken: SpokenTake, listener: Listener, audio: Audio) -> SpokenTake:
    """Return a take with what ``listener`` hears in ``audio``: word for word, and plainly too if that leaves a doubt."""
    language = spoken.utterance.spans[0].language
    if spoken.take.heard is None or spoken.take.heard.model != listener.model:
        spoken = _heard(spoken, listener, (listener.hear(audio, language, verbatim=True),))
    if not _is_clear(spoken, listener):
        known = spoken.take.heard.words if spoken.take.heard is not None else ()
        spoken = _heard(spoken, listener, (*known, listener.hear(audio, language, verbatim=False)))
    return spoken


def _heard(spoken: SpokenTake, listener: Listener, words: tuple[str, ...]) -> SpokenTake:
    return replace(spoken, take=replace(spoken.take, heard=Heard(listener.model, words)))


def _is_clear(spoken: SpokenTake, listener: Listener) -> bool:
    """Return True if ``listener`` has nothing more to hear in a take."""
    against, heard = heard_against(spoken, listener), spoken.take.heard
    if against is None or heard is None:
        return False
    return len(heard.words) > 1 or (not against.findings and against.character_error <= CLEAR_ERROR)
