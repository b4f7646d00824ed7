"""The silence between two things that are heard one after the other.

    if the script has pauses there  the longest of them
    beside the intro and the outro  ``sentence``
    otherwise the longest of        ``scene`` or ``chapter``, after a scene break or chapter mark
                                    ``sentence`` beside a sound that speech waits for, else ``turn`` before another speaker,
                                    ``paragraph`` before a new paragraph, ``sentence``

Before the first and after the last there is silence only if the script has a pause there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from voiceover.mix.edges import seconds_to_frames, to_frames
from voiceover.types import Bumper, Chapter, Cue, Gaps, Pause, Scene, Utterance

Between: TypeAlias = Pause | Scene | Chapter
Heard: TypeAlias = Utterance | Cue | Bumper
"""What others wait for: speech, a sound that is not under it, the intro and the outro."""


def gap_frames(before: Heard | None, between: Sequence[Between], after: Heard | None, gaps: Gaps, sample_rate: int) -> int:
    """Return the frames of silence between two neighbours; None stands for the start or end of the episode."""
    pauses = pause_frames(between, sample_rate)
    if pauses is not None:
        return pauses
    if before is None or after is None:
        return 0
    if isinstance(before, Bumper) or isinstance(after, Bumper):
        return to_frames(gaps.sentence, sample_rate)
    if not isinstance(before, Utterance) or not isinstance(after, Utterance):
        longest = gaps.sentence
    elif before.speaker != after.speaker:
        longest = gaps.turn
    elif before.paragraph != after.paragraph:
        longest = gaps.paragraph
    else:
        longest = gaps.sentence
    if any(isinstance(item, Scene) for item in between):
        longest = max(longest, gaps.scene)
    if any(isinstance(item, Chapter) for item in between):
        longest = max(longest, gaps.chapter)
    return to_frames(longest, sample_rate)


def pause_frames(between: Sequence[Between], sample_rate: int) -> int | None:
    """Return the frames of the longest pause; None without one."""
    return max((seconds_to_frames(item.seconds, sample_rate) for item in between if isinstance(item, Pause)), default=None)
