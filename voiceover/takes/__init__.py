"""Recordings: a store of takes by content address, and the recorders that fill it."""

from __future__ import annotations

from voiceover.takes.check import checked_audio
from voiceover.takes.feed import RequestFeed
from voiceover.takes.garbage import DEFAULT_CAP_BYTES, GarbageReport, collect_garbage, collect_when_due
from voiceover.takes.record import OnFailed, OnRecorded, Recorder, RecordingSession, record_feed, record_takes
from voiceover.takes.shared import SharedStore
from voiceover.takes.single import Request
from voiceover.takes.store import FileStore, StoredTake, TakeStore

__all__ = [
    "DEFAULT_CAP_BYTES",
    "FileStore",
    "GarbageReport",
    "OnFailed",
    "OnRecorded",
    "Recorder",
    "RecordingSession",
    "Request",
    "RequestFeed",
    "SharedStore",
    "StoredTake",
    "TakeStore",
    "checked_audio",
    "collect_garbage",
    "collect_when_due",
    "record_feed",
    "record_takes",
]
