"""What a person chooses for takes of a script: to accept a suspect take, or to forget a choice. ``retake`` makes another take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voiceover import takes
from voiceover.errors import InputError
from voiceover.pipeline.check import check_job
from voiceover.pipeline.context import open_store
from voiceover.pipeline.episode import plan_checked
from voiceover.pipeline.job import Checked, Job
from voiceover.pipeline.judgements import last_judgements
from voiceover.pipeline.take_lines import TakeLine, take_lines, takes_at
from voiceover.settings.problems import Problems
from voiceover.text.pieces import tidy
from voiceover.types import ChosenPassage, Script, Segment, TakeChoice

Place = tuple[int, int | None]
"""Line, and column if one was given."""


def checked_for_choosing(job: Job) -> Checked:
    """Check the script of a job, without what is wrong with its choices: those are about to change. Raises InputError if it has no file."""
    if job.data is not None:
        raise InputError("a script on standard input has no file beside it for choices; save it first")
    checked, file = check_job(job), str(takes.choices_file(job.script))
    return replace(checked, problems=tuple(problem for problem in checked.problems if problem.source.path != file))


def passage_of(chosen: Sequence[TakeLine], script: Script) -> ChosenPassage:
    """Return the passage of takes of one turn that follow each other, with a choice that decides nothing yet. Raises InputError."""
    segment, start, end = segment_of(chosen), chosen[0].start, chosen[-1].end
    speaking = script.segments[segment]
    text = tidy(takes.tidy_text(speaking)[start:end]).strip()
    occurrence = takes.Passages(script).occurrence(segment, start, text)
    source = chosen[0].source
    if occurrence is None:
        raise InputError(f'{source}: the words "{text}" cannot be found in the script again, so nothing can be chosen for them')
    return ChosenPassage(start, end, TakeChoice(speaking.speaker, text, source, occurrence))


def segment_of(chosen: Sequence[TakeLine]) -> int:
    """Return the index of the segment of takes that ``takes_at`` found."""
    number = chosen[0].segment
    if number is None:
        raise ValueError("a take that is not in the script")
    return number


def overlapping(passage: ChosenPassage, segment: Segment) -> tuple[ChosenPassage, ...]:
    """Return the chosen passages of a segment that share words with ``passage``."""
    return tuple(each for each in segment.chosen if each.start < passage.end and passage.start < each.end)


def accept(job: Job, place: Place) -> tuple[TakeChoice, ...]:
    """Accept the suspect takes at a place as they were last judged; return what is noted for it.

    What is accepted are the checks that found something: a finding of another check makes the line suspect again. Raises InputError if
    there is no suspect take.
    """
    checked = checked_for_choosing(job)
    with takes.changing_choices(job.script) as file:
        store = open_store(job.cache_folder, job.store)
        episode = plan_checked(job, checked, store)
        script, judged = episode.checked.usable, last_judgements(episode, store)
        chosen = takes_at(take_lines(episode), script, *place)
        known = [(take, judged.get(take.planned.utterance.address)) for take in chosen]
        found = [(take, judgement.checks) for take, judgement in known if judgement is not None and judgement.suspect]
        if not found:
            missing = "this line has not been recorded as it is now; render the script first"
            why = missing if known[0][1] is None else "no take here is suspect"
            raise InputError(f"{chosen[0].source}: {why}")
        noted: dict[ChosenPassage, TakeChoice] = {}
        for take, checks in found:
            passage = passage_of([take], script)
            # What was chosen for words around it keeps the acceptance, too.
            covering = next(iter(overlapping(passage, script.segments[segment_of([take])])), passage)
            before = noted.get(covering, covering.choice)
            noted[covering] = replace(before, accepted=tuple(dict.fromkeys((*before.accepted, *checks))))
        for choice in noted.values():
            file.change((), choice)
    return tuple(noted.values())


def forget(job: Job, places: Sequence[Place], *, gone: bool) -> tuple[TakeChoice, ...]:
    """Remove what was chosen for the lines at ``places``, and with ``gone`` for words that are not in the script any more; return it.

    Copies of own recordings that nothing needs any more are removed with it. Raises InputError if nothing was chosen for a place.
    """
    checked = checked_for_choosing(job)
    with takes.changing_choices(job.script) as file:
        script = checked.usable
        bare = replace(script, items=tuple(replace(item, chosen=()) if isinstance(item, Segment) else item for item in script.items))
        placed = takes.place_choices(bare, file.passages, Problems())
        removed: list[TakeChoice] = []
        if places:
            lines = take_lines(plan_checked(job, checked, open_store(job.cache_folder, job.store)))
            for place in places:
                chosen = takes_at(lines, script, *place)
                here = overlapping(passage_of(chosen, script), placed.segments[segment_of(chosen)])
                if not here:
                    raise InputError(f"{chosen[0].source}: nothing was chosen for a take here")
                removed += (each.choice for each in here)
        if gone:
            found = {each.choice.source for segment in placed.segments for each in segment.chosen}
            removed += (choice for choice in file.passages if choice.source not in found)
        audio = file.audio
        file.change(removed)
        takes.drop_copies(job.script, audio, file.audio)
    return tuple(dict.fromkeys(removed))
