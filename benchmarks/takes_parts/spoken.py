"""Good takes of every voice that is there, and the verdicts of voiceover's own checks on takes with planted defects."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

import voiceover
from takes_parts.defects import DEFECTS, Bad, Good
from voiceover.system.cpu import available_cores
from voiceover.system.threads import Workers
from voiceover.takes import SpokenTake, check_episode, check_take, verdict, with_heard
from voiceover.takes.take_file import encode_wav, measure
from voiceover.types import Audio, Clip, Listener, SpokenSpan, Style, TakeChecks

VOICES = (("kokoro", "ada"), ("kokoro", "ben"), ("kokoro", "cora"), ("kokoro", "dan"), ("piper", "joe"), ("draft", "ada"))


@dataclass(frozen=True, slots=True)
class GoodTake:
    """A good take as the checks get it, and as defects are planted in it."""

    spoken: SpokenTake
    good: Good


@dataclass(frozen=True, slots=True)
class Planted:
    """A defect in a take."""

    defect: str
    strength: int
    """0 to 2, weak to strong."""
    bad: Bad
    of: GoodTake
    other: GoodTake
    """The take whose words or sound was mixed in."""


def sentences() -> list[str]:
    lines = Path(__file__).with_name("sentences.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def good_takes(engine: str, voice: str, lines: Sequence[str], room: Path) -> list[GoodTake]:
    """Speak the lines, or read the takes of an earlier run in ``room``. Raises VoiceoverError if the engine cannot."""
    script = room / f"{engine}-{voice}.md"
    script.write_text(f"---\ncast: {{V: {voice}}}\nlanguage: en\n---\n\n" + "".join(f"V: {line}\n\n" for line in lines), "utf-8")
    plan = voiceover.plan_episode(voiceover.Job(script, voiceover.Settings(engine=engine), room / "out", room / "cache"))
    takes = voiceover.record([plan], voiceover.open_store(room / "cache"))
    assert len(plan.planned) == len(lines), "a line is not one utterance"
    found = []
    for utterance, its_voice in plan.requests:
        take, info = takes[utterance.address], plan.plan.engine_of(utterance)
        samples, rate = soundfile.read(take.path, dtype="float32")
        checks = check_take(Audio(samples, rate), utterance, its_voice, info)  # without marks
        spoken = SpokenTake(utterance, its_voice, info, replace(take, checks=checks, heard=None))
        found.append(GoodTake(spoken, Good(utterance.text, utterance.spoken, samples, rate, take.marks)))
    return found


def planted(takes: Sequence[GoodTake], defect: str, count: int, first: int, seed: int) -> Iterator[Planted]:
    """Plant a defect in ``count`` takes of a voice, with the strengths in turn; ``first`` tells with which take to begin."""
    found, kind = 0, DEFECTS[defect]
    for number in range(len(takes)):
        if found == count:
            break
        rng = np.random.default_rng([seed, number, list(DEFECTS).index(defect)])
        of, other = takes[(first + number) % len(takes)], takes[int(rng.integers(len(takes)))]
        bad = kind.plant(of.good, kind.strengths[found % 3], rng, other.good)
        if bad is not None:
            yield Planted(defect, found % 3, bad, of, other)
            found += 1


class Ears:
    """A listener that remembers what it heard, by the samples: a second run of the benchmark listens to nothing twice."""

    def __init__(self, listener: Listener, file: Path) -> None:
        self._listener, self._file = listener, file
        self._known: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
        self._fresh, self._lock = 0, threading.Lock()

    @property
    def model(self) -> str:
        return self._listener.model

    def understands(self, language: str) -> bool:
        return self._listener.understands(language)

    def hear(self, audio: Audio, language: str, *, verbatim: bool) -> str:
        key = hashlib.sha256(f"{self.model} {audio.sample_rate} {verbatim}".encode() + audio.samples.tobytes()).hexdigest()[:32]
        if key not in self._known:
            words = self._listener.hear(audio, language, verbatim=verbatim)
            with self._lock:
                self._known[key] = words
                self._fresh += 1
                if self._fresh % 20 == 0:
                    self.save()
        return self._known[key]

    def hear_all(self, takes: Iterable[tuple[SpokenTake, Audio]]) -> None:
        """Hear many takes beforehand, several at once."""
        pool = Workers(available_cores())
        calls = [pool.give(lambda each: with_heard(each[0], self, each[1]), each) for each in takes if not each[0].engine.provisional]
        pool.start()
        for call in calls:
            call.result()
        pool.close()

    def save(self) -> None:
        whole = self._file.with_suffix(".new")
        whole.write_text(json.dumps(self._known), "utf-8")
        whole.replace(self._file)


def taken(one: Planted) -> SpokenTake:
    """The defective take, measured and checked as if an engine had made it."""
    spoken, wav = one.of.spoken, encode_wav(one.bad.audio)
    address = hashlib.sha256(wav + one.bad.spoken.encode()).hexdigest()
    language = spoken.utterance.spans[0].language
    utterance = replace(spoken.utterance, address=address, spans=(SpokenSpan(one.bad.spoken, language),), text=one.bad.text)
    voice, info = spoken.voice, spoken.engine
    if one.defect == "leaked reference":
        voice, info = replace(voice, styles={utterance.style: Style(_clip(one.other))}), replace(info, reference_in_window=True)
    take = measure(address, spoken.take.path, one.bad.audio, wav)
    return SpokenTake(utterance, voice, info, replace(take, checks=check_take(one.bad.audio, utterance, voice, info)))


def judged(spoken: SpokenTake, audio: Audio, episode: Sequence[SpokenTake], ears: Ears | None) -> TakeChecks:
    """The verdict on a take among the takes of its voice; by ear too, if there are ``ears`` and no stand-in speaks."""
    # A take with a clip of its own is held against the others as one without.
    plain = replace(spoken, voice=episode[0].voice, engine=episode[0].engine)
    together = check_episode((*(each for each in episode if each.utterance.text != spoken.utterance.text), plain))
    if ears is not None and not spoken.engine.provisional:
        spoken = with_heard(spoken, ears, audio)
    return verdict(spoken, together.get(spoken.take.address, ()), ears)


def _clip(take: GoodTake) -> Clip:
    path = take.spoken.take.path
    return Clip(path, take.good.spoken, take.spoken.take.sha256, len(take.good.samples) / take.good.rate)


def by_voice(room: Path, lines: Sequence[str], voices: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], list[GoodTake]]:
    """The good takes of each voice that is there."""
    from voiceover.errors import VoiceoverError

    found = {}
    for engine, voice in voices:
        try:
            found[engine, voice] = good_takes(engine, voice, lines, room)
        except VoiceoverError as error:
            print(f"{engine} {voice}: left out: {str(error).splitlines()[0]}")
    return found
