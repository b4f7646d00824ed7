"""Make the sounds of scripts_examples/harbour_radio.md: the music, and the recording that stands for a guest's.

    python scripts/make_sounds.py music [--check]
    python scripts/make_sounds.py turn [--check]

``music`` computes theme, bed and sting from their notes below: plucked and bowed tones, each a few decaying partials. ``turn`` lets the
engine ``kokoro`` speak the guest's words; its weights must be installed. All files are mono Ogg Vorbis. The music is dedicated to the
public domain (CC0-1.0), the turn is under the licence of Kokoro (Apache-2.0).

The same notes give the same samples; encoders of other versions may differ by rounding. ``--check`` writes nothing and reports what
differs.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
SOUNDS = ROOT / "scripts_examples" / "sounds"
RATE = 32_000
QUALITY = 0.3
"""Compression level of Vorbis: 0 is the best quality, 1 the smallest file."""
BEAT = 60 / 92
"""Seconds."""
SEAM_SECONDS = 0.02
"""The bed ends with the beginning of its next turn, as long as the crossfade between the two."""
GUEST = "The lamp has turned every night since I was nine years old. I still count the seconds between the beams."
LIKENESS = 0.999
"""Least correlation of a file with what the notes give."""

Samples = NDArray[np.float64]
_LETTERS = {"C": -9, "D": -7, "E": -5, "F": -4, "G": -2, "A": 0, "B": 2}


@dataclass(frozen=True, slots=True)
class Note:
    """A tone of a piece."""

    name: str
    """Letter, an optional # and octave: A4 has 440 Hz."""
    beat: float
    """When it begins, in beats."""
    beats: float
    level: float = 1.0
    bowed: bool = False
    """True for a tone that swells, False for a plucked one."""

    @property
    def frequency(self) -> float:
        steps = _LETTERS[self.name[0]] + ("#" in self.name) + 12 * (int(self.name[-1]) - 4)
        return 440.0 * 2 ** (steps / 12)


def chord(names: str, beat: float, beats: float, level: float = 0.5) -> list[Note]:
    return [Note(name, beat, beats, level, bowed=True) for name in names.split()]


def arpeggio(names: str, beat: float, step: float = 0.5, level: float = 0.8) -> list[Note]:
    return [Note(name, beat + number * step, 3.0, level) for number, name in enumerate(names.split())]


THEME = [
    *chord("D3 A3 F#4", 0, 4),
    *chord("G3 B3 D4", 4, 4),
    *chord("D3 A3 D4 F#4", 8, 5, 0.6),
    *arpeggio("D4 A4 F#4 D5 A4 F#4 E4 D4", 0),
    *arpeggio("G4 B4 D5 G5 F#5 E5 D5 B4", 4),
    *arpeggio("A4 D5 F#5 A5", 8, 0.25, 0.9),
]
BED = [
    *(note for bar, names in enumerate(("D3 A3 F#4", "B3 D4 F#4", "G3 B3 D4", "A3 C#4 E4")) for note in chord(names, 8 * bar, 8.5)),
    *(
        note
        for bar, names in enumerate(("A4 D5 F#5 D5", "B4 D5 F#5 D5", "G4 B4 D5 B4", "A4 C#5 E5 C#5"))
        for half in (0, 4)
        for note in arpeggio(names, 8 * bar + half, 1.0, 0.25)
    ),
]
STING = [*arpeggio("A4 D5 F#5 A5", 0, 0.2, 0.9), *chord("D4 F#4 A4", 0.8, 1.5, 0.4)]
BED_BEATS, THEME_BEATS, STING_BEATS = 32, 14, 4


def tone(note: Note) -> Samples:
    """The samples of a note: partials that are weaker and shorter the higher they are."""
    seconds = note.beats * BEAT
    times = np.arange(round(seconds * RATE)) / RATE
    total = np.zeros(len(times))
    for partial in range(1, 6):
        if partial * note.frequency < RATE / 2.5:
            decay = np.exp(-times * (0.4 if note.bowed else 1.2 + 0.9 * partial))
            total += decay * np.sin(2 * np.pi * partial * note.frequency * times) / partial ** (2.2 if note.bowed else 1.4)
    swell = min(seconds / 3, 0.9) if note.bowed else 0.004
    shape = np.clip(times / swell, 0, 1) * np.clip((seconds - times) / min(seconds / 3, 0.5), 0, 1)
    return note.level * total * (0.5 - 0.5 * np.cos(np.pi * shape))


def piece(notes: Iterable[Note], beats: float, *, round_again: bool = False) -> Samples:
    """The samples of all notes, at a peak of -6 dBFS. With ``round_again`` what rings beyond the end is heard at the start."""
    length = round(beats * BEAT * RATE)
    made = np.zeros(length)
    for note in notes:
        samples, at = tone(note), round(note.beat * BEAT * RATE)
        places = np.arange(at, at + len(samples))
        inside = places < length
        np.add.at(made, places % length if round_again else places[inside], samples if round_again else samples[inside])
    if round_again:
        made = np.concatenate((made, made[: round(SEAM_SECONDS * RATE)]))
    return 0.5 * made / np.abs(made).max()


def music() -> dict[str, Samples]:
    """The samples of each piece by its file's stem."""
    return {
        "theme": piece(THEME, THEME_BEATS),
        "bed": piece(BED, BED_BEATS, round_again=True),
        "sting": piece(STING, STING_BEATS),
    }


def turn() -> dict[str, Samples]:
    """What Kokoro makes of the guest's words, at its own rate, resampled."""
    import soxr

    import voiceover

    with tempfile.TemporaryDirectory(prefix="voiceover-") as room:
        script = Path(room) / "guest.md"
        script.write_text(f"---\ncast: {{Keeper: dan}}\n---\n\nKeeper: {GUEST}\n", "utf-8")
        plan = voiceover.plan_episode(voiceover.Job(script, voiceover.Settings(engine="kokoro"), Path(room), Path(room) / "cache"))
        takes = voiceover.record([plan], voiceover.open_store(Path(room) / "cache"))
        parts = [soundfile.read(takes[planned.utterance.address].path) for planned in plan.planned]
    return {"keeper": soxr.resample(np.concatenate([samples for samples, _ in parts]), parts[0][1], RATE)}


def encoded(samples: Samples) -> bytes:
    data = io.BytesIO()
    with soundfile.SoundFile(data, "w", RATE, 1, "VORBIS", format="OGG", compression_level=QUALITY) as file:
        for start in range(0, len(samples), RATE):
            file.write(samples[start : start + RATE])
    return data.getvalue()


def make(made: dict[str, Samples], check: bool) -> int:
    unlike = 0
    for name, samples in made.items():
        path = SOUNDS / f"{name}.ogg"
        verdict = ""
        if check:
            kept = soundfile.read(path)[0] if path.is_file() else np.zeros(len(samples))
            same = len(kept) == len(samples) and float(np.corrcoef(kept, samples)[0, 1]) > LIKENESS
            unlike += not same
            verdict = "same" if same else "DIFFERS"
        else:
            SOUNDS.mkdir(exist_ok=True)
            path.write_bytes(encoded(samples))
        print(f"{path.name:12} {len(samples) / RATE:6.2f} s {path.stat().st_size if path.is_file() else 0:8} bytes  {verdict}".rstrip())
    return 1 if unlike else 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["music", *rest] if not set(rest) - {"--check"}:
            sys.exit(make(music(), "--check" in rest))
        case ["turn", *rest] if not set(rest) - {"--check"}:
            sys.exit(make(turn(), "--check" in rest))
        case _:
            sys.exit(__doc__)
