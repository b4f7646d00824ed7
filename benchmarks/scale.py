"""Past this machine: a simulated clock over 1 to 1,000 workers, and the driver's own speed and memory for real.

python benchmarks/scale.py [--quick] [--json FILE] [--realtime-factor 0.3] [--price 0.5]

Simulated: utterances of the lengths that scripts have, each worker as slow as ``--realtime-factor`` says and its machine at ``--price`` an
hour, handed out as the recorders do it (one queue, the longest first) by a driver as slow as the real one was just measured to be.
Real: one recording with two worker processes, an engine that does nothing and a store that keeps nothing, fed a batch at a time; beside it,
as a measure of the machine, a bare loop that sends a few words through a pipe and has them sent back.
"""

from __future__ import annotations

import hashlib
import heapq
import multiprocessing
import os
import random
import resource
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from table import Row, finish, options, required

from voiceover.takes import RequestFeed, record_feed
from voiceover.types import Audio, EngineInfo, Options, Source, SpokenSpan, Style, Take, Utterance, Voice

RATE = 16000
MOST_ROUND_TRIPS = 10.0
"""Of a bare pipe, that an utterance may cost the driver: twice what it does, on any machine."""
LOAD_SECONDS = 20.0
"""What a worker takes to load its model."""
NOISE = np.random.default_rng(1).uniform(-0.1, 0.1, RATE // 10).astype(np.float32)
VOICE = Voice("ada", Path("ada"), "en", {"": Style(None)}, licence="CC0-1.0")


class NothingEngine:
    """Speaks at once."""

    info = EngineInfo("nothing", 1, "nothing r1", RATE, 30.0, False)

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        return Audio(NOISE, RATE)

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class NothingStore:
    """Keeps nothing, and believes that what it was once given is there."""

    shared: bool = False

    def has(self, address: str) -> bool:
        return False

    def get(self, address: str) -> Take | None:
        return None

    def get_many(self, addresses: Iterable[str]) -> dict[str, Take]:
        """What was recorded is asked for as a set, what is wanted as a mapping."""
        return {address: _take(address) for address in addresses} if isinstance(addresses, set) else {}

    def put(self, address: str, audio: Audio, about: Mapping[str, object], checks: object = None) -> Take:
        return _take(address)


def _take(address: str) -> Take:
    return Take(address, Path("take.wav"), RATE, len(NOISE), 0, len(NOISE), 0.01, 0.1, 0.1, address)


def utterance(number: int) -> Utterance:
    text = f"This is line number {number}, and it says nothing that another has said."
    address = hashlib.sha256(text.encode()).hexdigest()
    spans = (SpokenSpan(text, "en"),)
    place = Source("play.md", number % 900 + 1)
    return Utterance(address, "", "", "Ada", "ada", "", spans, text, Options(), number, 0, 0.0, number, 0.1, place)


def drive(count: int, batch: int) -> tuple[float, float, float, float]:
    """Utterances a second through two worker processes, and a second of the driver's own time; the MB held after a tenth and at the end."""
    feed, kept, early = RequestFeed(), 0, 0.0
    requests = (((utterance(number), VOICE) for number in range(first, min(first + batch, count))) for first in range(0, count, batch))

    def put_more() -> None:
        some = list(next(requests, ()))
        if some:
            feed.put(some)
        else:
            feed.close()

    def on_recorded(said: Utterance) -> None:
        nonlocal kept, early
        kept += 1
        if kept % batch == batch // 2:  # the next ones come while there is work
            put_more()
        if kept == count // 10:
            early = resident_mb()

    started, own = time.perf_counter(), time.process_time()
    put_more()
    record_feed(feed, NothingStore(), lambda _: NothingEngine, 2, on_recorded=on_recorded, on_failed=fail)
    wall, own = time.perf_counter() - started, time.process_time() - own
    if kept != count:
        raise SystemExit("takes are missing")
    return count / wall, count / own, early, resident_mb()


def round_trip_seconds(count: int = 4000, times: int = 5) -> float:
    """CPU time of this process for one message to another and its way back, the least of several means."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    other = context.Process(target=_echo, args=(theirs,), daemon=True)
    other.start()
    theirs.close()
    message = ("record", "Ada", "ada", "This is a line, and it says nothing that another has said.", "en", 7, 0.1, "0123456789abcdef" * 16)
    means = []
    for _ in range(times):
        began = time.process_time()
        for _ in range(count):
            ours.send(message)
            ours.recv()
        means.append((time.process_time() - began) / count)
    ours.close()
    other.join()
    return min(means)


def _echo(line: Connection) -> None:
    with suppress(EOFError):
        while True:
            line.send_bytes(line.recv_bytes())


def fail(said: Utterance, error: Exception) -> None:
    raise SystemExit(f"{said.source}: {error}")


def _children_seconds() -> float:
    """CPU time of the processes that have ended, their start included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def resident_mb() -> float:
    """What this process holds now, not at most."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def lengths(count: int) -> list[float]:
    """Seconds of speech of ``count`` utterances: 1 to 20 s, half of them below 5."""
    chance = random.Random(7)
    return [min(max(chance.lognormvariate(1.6, 0.6), 1.0), 20.0) for _ in range(count)]


def simulate(speech: Sequence[float], workers: int, realtime_factor: float, hand_out_seconds: float) -> tuple[float, float]:
    """Hours until the last take, and the part of the workers' time in which they recorded."""
    free = [(LOAD_SECONDS, worker) for worker in range(workers)]
    driver = end = 0.0
    for seconds in sorted(speech, reverse=True):
        ready, worker = heapq.heappop(free)
        driver = max(driver, ready) + hand_out_seconds  # one at a time
        done = driver + seconds * realtime_factor
        end = max(end, done)
        heapq.heappush(free, (done, worker))
    return end / 3600, sum(speech) * realtime_factor / (workers * end)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--realtime-factor", type=float, default=0.3, help="Seconds of work a second of speech (`voiceover bench`).")
    parser.add_argument("--price", type=float, default=0.5, help="Of a worker's machine an hour.")
    arguments = parser.parse_args()
    count, batch = (2_000, 1_000) if arguments.quick else (1_000_000, 50_000)
    rate, own_rate, early, late = drive(count, batch)
    workers_rate = count / _children_seconds()
    round_trips = 1 / (own_rate * round_trip_seconds(400 if arguments.quick else 4000))
    grown = late - early
    full = not arguments.quick
    rows = [
        required(f"driver: {count} utterances in batches of {batch}, a second", rate, "2000 or more", rate >= 2000, full),
        required("driver: utterances a second of its own CPU time", own_rate, "2000 or more", own_rate >= 2000, full),
        required(
            "driver: its CPU time for an utterance, in round trips of a bare pipe",
            round_trips,
            f"under {MOST_ROUND_TRIPS:g}",
            round_trips < MOST_ROUND_TRIPS,
            full,
        ),
        Row("workers: utterances a second of their CPU time", workers_rate, "", True),
        Row("driver: MB more at the end than after a tenth", grown, "under 20", grown < 20),
        Row("driver: MB at the end", late, "", True),
    ]
    speech = lengths(1_000 if arguments.quick else 100_000)
    audio_hours = sum(speech) / 3600
    least = LOAD_SECONDS / 3600
    for workers in (1, 10, 100, 1000):
        hours, busy = simulate(speech, workers, arguments.realtime_factor, 1 / rate)
        ideal = audio_hours * arguments.realtime_factor / workers + least
        overhead = 100 * (hours / ideal - 1)
        rows += [
            Row(f"{workers} workers: hours for {audio_hours:.0f} h of audio", hours, "", True),
            required("  % over a perfect share, tail included", overhead, "under 5", overhead < 5, full)
            if workers <= 100
            else Row("  % over a perfect share, tail included", overhead, "", True),
            Row("  % of the workers' time spent recording", 100 * busy, "", True),
            Row("  cost of an hour of audio", workers * hours * arguments.price / audio_hours, "", True),
        ]
    finish(rows, arguments.json)


if __name__ == "__main__":
    main()
