"""Takes: a store of recordings by content address, and the recorders that fill it.

store, take_file, shared      takes as files, in one folder or shared by several machines
pins, garbage                 which takes must stay, and removing others
single, grouping, check       one utterance, several per call, and whether the result can be a recording
record, feed                  what is missing, for one call or for a batch that adds lines meanwhile
recorded                      recorded turns of the script as takes
worker_pool, workers, worker  worker processes on this machine; ``cluster`` on others
checks/                       whether a take is what the line asks for
choices/                      what a person chose for the takes of a script
listening/                    recognizers that listen to takes
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceover.system.lazy import names_on_demand
from voiceover.takes.check import checked_audio
from voiceover.takes.choices import (
    GONE,
    SAID,
    Passages,
    changing_choices,
    choices_file,
    may_be_said,
    place_choices,
    read_choices,
    tidy_text,
)
from voiceover.takes.feed import RequestFeed
from voiceover.takes.garbage import DEFAULT_CAP_BYTES, GarbageReport, collect_garbage, collect_when_due
from voiceover.takes.record import Recorder, record_feed, record_takes
from voiceover.takes.recorded import adopt_recordings, read_recording
from voiceover.takes.session import OnFailed, OnRecorded, RecordingSession
from voiceover.takes.shared import SharedStore
from voiceover.takes.single import OpenEngine, OpenerOf, Request
from voiceover.takes.store import FileStore, StoredTake, TakeStore, is_address

if TYPE_CHECKING:
    from voiceover.takes.checks.episode import SpokenTake, check_episode
    from voiceover.takes.checks.hearing import HeardAgainst, compare_heard
    from voiceover.takes.checks.one import check_take
    from voiceover.takes.checks.whole import verdict
    from voiceover.takes.choices.recordings import copy_recording, drop_copies, keep_recording, recordings_folder
    from voiceover.takes.cluster import WorkerSetup, record_on_cluster
    from voiceover.takes.listening.family import WHISPER, WhisperFiles
    from voiceover.takes.listening.listen import listen_to, with_heard
    from voiceover.takes.listening.packaged import packaged_recognizer
    from voiceover.takes.listening.whisper import WhisperListener

__all__ = [
    "DEFAULT_CAP_BYTES",
    "GONE",
    "SAID",
    "WHISPER",
    "FileStore",
    "GarbageReport",
    "HeardAgainst",
    "OnFailed",
    "OnRecorded",
    "OpenEngine",
    "OpenerOf",
    "Passages",
    "Recorder",
    "RecordingSession",
    "Request",
    "RequestFeed",
    "SharedStore",
    "SpokenTake",
    "StoredTake",
    "TakeStore",
    "WhisperFiles",
    "WhisperListener",
    "WorkerSetup",
    "adopt_recordings",
    "changing_choices",
    "check_episode",
    "check_take",
    "checked_audio",
    "choices_file",
    "collect_garbage",
    "collect_when_due",
    "compare_heard",
    "copy_recording",
    "drop_copies",
    "is_address",
    "keep_recording",
    "listen_to",
    "may_be_said",
    "packaged_recognizer",
    "place_choices",
    "read_choices",
    "read_recording",
    "record_feed",
    "record_on_cluster",
    "record_takes",
    "recordings_folder",
    "tidy_text",
    "verdict",
    "with_heard",
]

__getattr__ = names_on_demand(
    "voiceover.takes",
    {
        "checks.episode": ("SpokenTake", "check_episode"),
        "checks.one": ("check_take",),
        "choices.recordings": ("copy_recording", "drop_copies", "keep_recording", "recordings_folder"),
        "checks.hearing": ("HeardAgainst", "compare_heard"),
        "checks.whole": ("verdict",),
        "cluster": ("WorkerSetup", "record_on_cluster"),
        "listening.family": ("WHISPER", "WhisperFiles"),
        "listening.listen": ("listen_to", "with_heard"),
        "listening.packaged": ("packaged_recognizer",),
        "listening.whisper": ("WhisperListener",),
    },
)
