"""Record a line again because a person wishes so, or put a recording of their own in its place; the choice is noted beside the script."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from voiceover import plan, takes
from voiceover.errors import InputError
from voiceover.pipeline.choosing import Place, checked_for_choosing, overlapping, passage_of, segment_of
from voiceover.pipeline.context import open_store
from voiceover.pipeline.episode import no_progress, plan_checked, record
from voiceover.pipeline.job import Checked, EpisodePlan, Job
from voiceover.pipeline.take_lines import TakeLine, take_lines, takes_at
from voiceover.settings.problems import Problems
from voiceover.types import ChosenPassage, OnProgress, OwnRecording, Script, Segment, Take, TakeChoice


@dataclass(frozen=True, slots=True)
class Wish:
    """What to do with a line; with nothing set, it is recorded again with the next seed."""

    seed: int | None = None
    speed: float | None = None
    say: str | None = None
    audio: Path | None = None
    """A recording of the writer's own."""

    @property
    def needs_seeds(self) -> bool:
        """True if the engine must give another take for another seed."""
        return self.speed is None and self.say is None and self.audio is None


@dataclass(frozen=True, slots=True)
class Retaken:
    """What a retake did."""

    file: Path
    """The file that holds the choice."""
    choice: TakeChoice
    takes: tuple[tuple[TakeLine, Take], ...]
    """The new takes of the passage, in order."""


def retake(job: Job, place: Place, wish: Wish, on_progress: OnProgress = no_progress) -> Retaken:
    """Record the passage at a place again as wished, and note the choice beside the script.

    Raises InputError if there is no such line, if its engine cannot do what is wished or if the recording cannot be used, and what
    ``record`` raises; nothing is noted then.
    """
    checked = checked_for_choosing(job)
    with takes.changing_choices(job.script) as file:
        store = open_store(job.cache_folder, job.store)
        episode = plan_checked(job, checked, store)
        script = episode.checked.usable
        chosen = takes_at(take_lines(episode), script, *place)
        _check_engines(chosen, episode, wish)
        passage = passage_of(chosen, script)
        before, copy = file.audio, None
        try:
            if wish.audio is not None:
                copy = takes.copy_recording(wish.audio, job.script, passage.choice.text)
            recording = None if copy is None else _own_recording(job.script, copy)
            replaced = overlapping(passage, script.segments[segment_of(chosen)])
            passage = replace(passage, choice=_as_wished(passage, replaced, wish, recording))
            if wish.needs_seeds and wish.seed is None:
                passage = replace(passage, choice=_with_next_attempt(passage.choice, chosen, episode, store))
            planned = plan_checked(job, _with_choice(checked, passage, segment_of(chosen)), store)
            found = _record(planned, passage.choice, job, store, on_progress)
            file.change([*(each.choice for each in replaced), *_gone(job, script, wish)], passage.choice)
        except BaseException:
            takes.drop_copies(job.script, () if copy is None else (copy,), before)
            raise
        takes.drop_copies(job.script, before, file.audio)
    return Retaken(file.path, passage.choice, found)


def _check_engines(chosen: Sequence[TakeLine], episode: EpisodePlan, wish: Wish) -> None:
    """Raise InputError if an engine, or the number of takes, does not allow what is wished."""
    if wish.say is not None and not takes.may_be_said(wish.say):
        raise InputError(f"--say must be {takes.SAID}")
    for take in chosen:
        said = take.planned.utterance
        engine = episode.plan.engine_of(said)
        if wish.needs_seeds and said.recording is not None:
            raise InputError(f"{take.source}: this is a recording of your own; --audio replaces it, voiceover takes forget drops it")
        if wish.needs_seeds and not engine.has_seeds:
            why = f"the engine {engine.name} has no seeds: it speaks a line in the same way every time"
            raise InputError(f"{take.source}: {why}; use --speed or --say, or a recording of your own with --audio")
        if wish.speed is not None and "speed" not in engine.options:
            raise InputError(f"{take.source}: the engine {engine.name} has no speed; use --say, or --audio")
    if wish.say is not None and len(chosen) > 1:
        listed = ", ".join(take.place for take in chosen)
        raise InputError(f"{chosen[0].source}: this turn has {len(chosen)} takes, and --say is for one of them: {listed}")


def _as_wished(passage: ChosenPassage, replaced: Sequence[ChosenPassage], wish: Wish, recording: OwnRecording | None) -> TakeChoice:
    """Return the choice for a passage: what was chosen for it before, changed as wished. An acceptance was for the old take."""
    if recording is not None:
        return replace(passage.choice, recording=recording)
    same = next((each.choice for each in replaced if (each.start, each.end) == (passage.start, passage.end)), passage.choice)
    kept = replace(same, recording=None, accepted=(), source=passage.choice.source)
    if wish.seed is not None:
        return replace(kept, seed=wish.seed, attempt=None)
    if wish.speed is not None:
        return replace(kept, speed=wish.speed)
    return kept if wish.say is None else replace(kept, say=wish.say)


def _with_next_attempt(choice: TakeChoice, chosen: Sequence[TakeLine], episode: EpisodePlan, store: takes.FileStore) -> TakeChoice:
    """Return the choice with the next attempt that is not in the store for all of its takes: one that nobody has heard."""
    lines = [take.planned.utterance for take in chosen]

    def there(number: int) -> bool:
        attempts = (plan.another_attempt(said, episode.plan.voice_of(said), episode.plan.engine_of(said), number).address for said in lines)
        return all(map(store.has, attempts))

    return replace(choice, attempt=next(number for number in count(max(said.attempt for said in lines) + 1) if not there(number)))


def _own_recording(script: Path, copy: str) -> OwnRecording:
    path = script.parent / copy
    with path.open("rb") as file:
        return OwnRecording(path, hashlib.file_digest(file, "sha256").hexdigest(), copy)


def _with_choice(checked: Checked, passage: ChosenPassage, number: int) -> Checked:
    """Return the checked script with a choice, in place of those for the same words."""
    script: Script = checked.usable
    segment = script.segments[number]
    others = set(segment.chosen) - set(overlapping(passage, segment))
    changed = replace(segment, chosen=tuple(sorted((*others, passage), key=lambda each: each.start)))
    items = tuple(changed if isinstance(item, Segment) and item is segment else item for item in script.items)
    return replace(checked, script=replace(script, items=items))


def _record(
    episode: EpisodePlan, choice: TakeChoice, job: Job, store: takes.FileStore, on_progress: OnProgress
) -> tuple[tuple[TakeLine, Take], ...]:
    lines = [line for line in take_lines(episode) if line.planned.utterance.choice == choice]
    said = [line.planned.utterance for line in lines]
    if choice.recording is not None:
        return tuple((line, takes.keep_recording(line.planned.utterance, store)) for line in lines)
    requests = [(each, episode.plan.voice_of(each)) for each in said]
    with store.hold(each.address for each in said):
        found = record([episode], store, job.workers, on_progress, cluster=job.cluster, requests=requests)
    return tuple((line, found[line.planned.utterance.address]) for line in lines)


def _gone(job: Job, script: Script, wish: Wish) -> tuple[TakeChoice, ...]:
    """Return the choices without a line whose recording is the one that is given a line now."""
    if wish.audio is None:
        return ()
    placed = {each.choice.source for segment in script.segments for each in segment.chosen}
    choices = takes.read_choices(takes.choices_file(job.script), Problems())
    given = Path(os.path.realpath(wish.audio))
    return tuple(
        choice for choice in choices if choice.recording is not None and choice.recording.path == given and choice.source not in placed
    )
