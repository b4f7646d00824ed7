"""How many takes with planted defects the checks find, and how many good ones they suspect: without listening and with it.

    python benchmarks/takes.py [--quick] [--json FILE] [--folder DIR] [--choose] [--show] [--deaf]

120 sentences by kokoro (four voices), piper and draft. Each defect is planted at three strengths, in as many takes of each voice; marks are
withheld from the checks, since not every engine gives any. The odd sentences are for choosing thresholds (--choose prints that half), and
the table is of the even ones. Draft takes are not listened to, so the rows with listening are of the other voices, except for false alarms.
Intervals are Wilson's, 95%. Speaking and listening take an hour or two of one core at the first run; what was spoken and heard stays in
DIR. --quick takes two voices and a few sentences, whose shares are only shown.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from table import Row, finish, options, required

sys.path.insert(0, str(Path(__file__).parents[1]))

from intelligibility import add_joe
from takes_parts.defects import DEFECTS
from takes_parts.spoken import VOICES, Ears, GoodTake, Planted, by_voice, judged, planted, sentences, taken

from voiceover.takes import SpokenTake
from voiceover.types import Audio

PER_VOICE = 12
"""Takes of each voice with each defect: four per strength."""
SILENT_LIMITS = {"cut head": 90, "cut tail": 90, "inserted silence": 90, "double speed": 90, "clipped": 90}
LISTENING_LIMITS = {"cut head": 98, "cut tail": 98, "wrong text": 98, "another line's text": 98, "doubled words": 85}
"""Percent that must be found."""
FALSE_ALARMS = {False: 2, True: 3}
"""Percent of good takes below which the suspects among them must stay, without and with listening."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    found: int = 0
    of: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.found + other.found, self.of + other.of)

    @property
    def percent(self) -> float:
        return 100 * self.found / max(self.of, 1)

    def __str__(self) -> str:
        """The counts, and Wilson's interval."""
        if not self.of:
            return "none"
        share, z, count = self.found / self.of, 1.96, self.of
        middle = (share + z * z / (2 * count)) / (1 + z * z / count)
        reach = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
        return f"{self.found} of {self.of}, {100 * max(middle - reach, 0):.1f} to {100 * min(middle + reach, 1):.1f}"


def main() -> None:
    parser = options(__doc__, "two voices, a few sentences")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "voiceover-benchmark-takes", help="where takes are kept"
    )
    parser.add_argument("--choose", action="store_true", help="the half on which thresholds were chosen")
    parser.add_argument("--show", action="store_true", help="print what is missed, and each false alarm")
    parser.add_argument("--deaf", action="store_true", help="without listening alone")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="voiceover-") as room:
        add_joe(Path(room))
        finish(rows_of(arguments), arguments.json)


def rows_of(arguments: argparse.Namespace) -> list[Row]:
    """The table."""
    lines = sentences()[:12] if arguments.quick else sentences()
    takes = by_voice(arguments.folder, lines, VOICES[-2:] if arguments.quick else VOICES)
    halves = {key: its[0 if arguments.choose else 1 :: 2] for key, its in takes.items()}
    ears = None if arguments.deaf else open_ears(arguments.folder)
    rows: list[Row] = []
    if ears is not None:
        ears.hear_all(to_hear(halves, arguments))
    for listening in (False, True) if ears is not None else (False,):
        rows += table(halves, ears if listening else None, arguments)
    if ears is not None:
        ears.save()
    else:
        rows.append(Row("with listening", None, "", True, "--deaf" if arguments.deaf else "there is no recognizer"))
    return rows


def to_hear(halves: dict[tuple[str, str], list[GoodTake]], arguments: argparse.Namespace) -> Iterator[tuple[SpokenTake, Audio]]:
    """Everything that is judged by ear, the required kinds first."""
    for name in kinds(arguments, listening=True):
        for number, takes in enumerate(halves.values()):
            yield from ((taken(one), one.bad.audio) for one in planted_in(takes, name, number, arguments))
    for takes in halves.values():
        yield from ((take.spoken, Audio(take.good.samples, take.good.rate)) for take in takes)


def kinds(arguments: argparse.Namespace, *, listening: bool) -> list[str]:
    """The defects of the table; with --quick, only those are listened to for which there is a requirement."""
    return [name for name in DEFECTS if not (arguments.quick and listening) or name in LISTENING_LIMITS]


def planted_in(takes: Sequence[GoodTake], name: str, number: int, arguments: argparse.Namespace) -> Iterator[Planted]:
    """The takes of one voice with a defect."""
    return planted(takes, name, 3 if arguments.quick else PER_VOICE, number * 17, seed=1 + arguments.choose)


def open_ears(folder: Path) -> Ears | None:
    from voiceover.errors import ModelError
    from voiceover.pipeline.listening import open_listener

    try:
        return Ears(open_listener(), folder / "heard.json")
    except ModelError as error:
        print(error)
        return None


def table(halves: dict[tuple[str, str], list[GoodTake]], ears: Ears | None, arguments: argparse.Namespace) -> list[Row]:
    how = "with listening" if ears is not None else "without listening"
    full = not arguments.quick
    rows = []
    for name in kinds(arguments, listening=ears is not None):
        kind = DEFECTS[name]
        by_strength = [Share(), Share(), Share()]
        for strength, found in defects(name, halves, ears, arguments):
            by_strength[strength] += Share(found, 1)
        total = sum(by_strength, Share())
        limit = (LISTENING_LIMITS if ears is not None else SILENT_LIMITS).get(name)
        what = f"{how}: {name} found, % ({total})"
        if limit is None:
            rows.append(Row(what, total.percent, "", True))
        else:
            rows.append(required(what, total.percent, f"at least {limit}", total.percent >= limit, full))
        strengths = zip(kind.strengths, by_strength, strict=True)
        rows += [Row(f"    {strength:g} {kind.words} ({share})", share.percent, "", True) for strength, share in strengths]
    alarms = {engine: Share() for engine, _ in halves}
    for (engine, _), takes in halves.items():
        alarms[engine] += sum((Share(bool(each), 1) for each in false_alarms(takes, ears, arguments.show)), Share())
    total, limit = sum(alarms.values(), Share()), FALSE_ALARMS[ears is not None]
    what = f"{how}: good takes suspected, % ({total})"
    rows.append(required(what, total.percent, f"below {limit}", total.percent < limit, full))
    rows += [Row(f"    {engine} ({share})", share.percent, "", True) for engine, share in alarms.items()]
    return rows


def defects(
    name: str, halves: dict[tuple[str, str], list[GoodTake]], ears: Ears | None, arguments: argparse.Namespace
) -> Iterator[tuple[int, bool]]:
    """Strength of each planted defect, and whether it is found."""
    for number, ((engine, voice), takes) in enumerate(halves.items()):
        if ears is not None and takes[0].spoken.engine.provisional:
            continue
        episode = [take.spoken for take in takes]
        for one in planted_in(takes, name, number, arguments):
            found = judged(taken(one), one.bad.audio, episode, ears)
            if arguments.show and not found.suspect:
                print(f"missed: {name}, {DEFECTS[name].strengths[one.strength]:g}: {engine} {voice}: {one.bad.spoken!r}")
            yield one.strength, found.suspect


def false_alarms(takes: Sequence[GoodTake], ears: Ears | None, show: bool) -> Iterator[bool]:
    episode = [take.spoken for take in takes]
    for take in takes:
        found = judged(take.spoken, Audio(take.good.samples, take.good.rate), episode, ears)
        if show and found.suspect:
            said = "; ".join(f"{finding.check}: {finding.message}" for finding in found.findings)
            print(f"false alarm: {take.spoken.engine.name} {take.spoken.voice.name}: {take.good.spoken!r}: {said}")
        yield found.suspect


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
