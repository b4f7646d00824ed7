"""The timeline: positions of takes, sounds and chapters, computed in whole frames.

A gap (see ``gaps``) is the silence inserted between the kept parts of two takes (see ``edges``); up to 60 ms at the edge of each take adds
to it. A sound that speech waits for stands on the timeline like a take. What goes on under the speech moves nothing: it begins where the
speech before it ends, after the pauses that the script has between the two.

A chapter begins with the first frame of its first take, or of the sound before that, so the gap before it belongs to the previous chapter.
The first chapter begins at 0: what is heard before the first heading becomes a chapter of its own, or joins the first one if it lasts less
than ``OPENING_SECONDS``, as a spoken title does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from voiceover.errors import StoreError
from voiceover.mix.edges import kept_range, seconds_to_frames
from voiceover.mix.gaps import Between, Heard, gap_frames, pause_frames
from voiceover.mix.music import ALONE_DB, END_FADE_SECONDS, UNDER_SOUND_DB, MusicTrack
from voiceover.types import (
    OPENING_SECONDS,
    Chapter,
    ChapterMark,
    Cue,
    Gaps,
    Placed,
    PlacedSound,
    PlanItem,
    Planned,
    PlannedRecording,
    SoundFile,
    Soundtrack,
    Take,
    Timeline,
    Utterance,
)

TAIL_SECONDS = 10.0
"""A sound under the last words goes on after them for at most this long."""

_NO_FILES = Soundtrack(1)


def lay_out(
    items: Sequence[PlanItem],
    takes: Mapping[str, Take],
    gaps: Gaps,
    sample_rate: int,
    balance_db: Mapping[str, float],
    opening: str = "",
    soundtrack: Soundtrack | None = None,
    lengths: Mapping[str, int] | None = None,
) -> Timeline:
    """Place the takes and sounds of a plan's items on a timeline.

    - ``items``: those of the plan; ``takes``: by address; ``gaps``: the silences between them.
    - ``sample_rate``: the timeline's.
    - ``balance_db``: the gains by ``Utterance.level_group``.
    - ``opening``: the title of the chapter before the first heading.
    - ``soundtrack``: the files that cues, intro and outro name; ``lengths``: the frames of each at ``sample_rate``, by the same names.

    Raises StoreError if a take is missing.
    """
    layout = _Layout(takes, gaps, sample_rate, balance_db, soundtrack or _NO_FILES, lengths or {})
    layout.begin()
    for item in items:
        if isinstance(item, Planned | PlannedRecording):
            layout.say(item.utterance, item.file if isinstance(item, PlannedRecording) else None)
        elif isinstance(item, Cue):
            layout.cue(item)
        else:
            layout.between.append(item)
    return layout.finish(opening)


def opening_seconds(
    items: Sequence[PlanItem], takes: Mapping[str, Take], gaps: Gaps, sample_rate: int, soundtrack: Soundtrack | None = None
) -> float:
    """Return the length of what is heard before the first chapter, 0 without chapters; lines without a take are estimated."""
    end = 0.0
    before: Heard | None = None
    between: list[Between] = []
    if soundtrack is not None and soundtrack.intro is not None:
        intro = soundtrack.intro
        end = soundtrack.sounds[intro.sound].seconds - (intro.overlap_seconds or 0.0)
        before = intro if intro.overlap_seconds is None else None
    for item in items:
        if isinstance(item, Chapter):
            return end
        heard: Heard
        if isinstance(item, Planned | PlannedRecording):
            heard, seconds = item.utterance, _take_seconds(item.utterance, takes.get(item.utterance.address))
        elif isinstance(item, Cue):
            if soundtrack is None or item.under or item.name is None:
                continue
            heard, seconds = item, soundtrack.sounds[item.name].seconds
        else:
            between.append(item)
            continue
        end += gap_frames(before, between, heard, gaps, sample_rate) / sample_rate + seconds
        before, between = heard, []
    return 0.0


class _Layout:
    """Places one item after the other."""

    def __init__(
        self,
        takes: Mapping[str, Take],
        gaps: Gaps,
        sample_rate: int,
        balance_db: Mapping[str, float],
        soundtrack: Soundtrack,
        lengths: Mapping[str, int],
    ) -> None:
        self._takes = takes
        self._gaps = gaps
        self._rate = sample_rate
        self._balance_db = balance_db
        self._track = soundtrack
        self._lengths = lengths
        self._frame = 0
        """Where what is heard so far ends."""
        self._before: Heard | None = None
        self._placed: list[Placed] = []
        self._sounds: list[PlacedSound] = []
        self._music = MusicTrack(sample_rate)
        self._heard: list[tuple[int, int]] = []
        """Start and end of takes, intro, and sounds that speech waits for."""
        self._chapters: list[ChapterMark] = []
        self._sounded: tuple[Chapter, int] | None = None
        """A chapter of which only a sound has been heard, and where that began."""
        self.between: list[Between] = []
        """What the script has between the last thing that was heard and the next."""

    def begin(self) -> None:
        """Place the intro; speech begins after it, or in it if the two overlap."""
        intro = self._track.intro
        if intro is None:
            return
        file, length = self._track.sounds[intro.sound], self._lengths[intro.sound]
        overlap = min(seconds_to_frames(intro.overlap_seconds or 0.0, self._rate), length)
        fade = min(seconds_to_frames(intro.fade_seconds, self._rate), length)
        self._sounds.append(PlacedSound("intro", file, 0, length, ALONE_DB, fade_out_frames=fade, ducked=overlap > 0))
        self._heard.append((0, length))
        self._frame = length - overlap
        self._before = intro if intro.overlap_seconds is None else None

    def say(self, utterance: Utterance, file: SoundFile | None) -> None:
        """Place a take; ``file`` is that of a recorded turn."""
        self._advance(utterance)
        self._mark_chapter()
        take = _take_of(utterance, self._takes)
        start, end = kept_range(take)
        rate = None if take.sample_rate == self._rate else self._rate
        gain_db = self._balance_db.get(utterance.level_group, 0.0) + utterance.gain_db
        self._placed.append(Placed(utterance, take, self._frame, start, end, gain_db, rate, file))
        self._heard.append((self._frame, self._placed[-1].end_frame))
        self._frame = self._placed[-1].end_frame
        self.between = []

    def cue(self, cue: Cue) -> None:
        """Place a sound or music, or stop the music."""
        here = self._frame + (pause_frames(self.between, self._rate) or 0)
        if cue.name is None:
            self._music.stop(here, seconds_to_frames(cue.fade_seconds, self._rate))
            return
        file = self._track.sounds[cue.name]
        if not cue.under:
            self._wait_for(cue, file, self._lengths[cue.name])
        elif cue.kind == "music":
            self._music.start(cue, file, here)
        else:
            self._sounds.append(self._sound(cue, file, here, self._lengths[cue.name], UNDER_SOUND_DB))

    def finish(self, opening: str) -> Timeline:
        """Place the outro, let everything end, and return the timeline."""
        outro, rate = self._track.outro, self._rate
        self._frame += gap_frames(self._before, self.between, None, self._gaps, rate)
        end = self._frame
        if outro is not None:
            file, length = self._track.sounds[outro.sound], self._lengths[outro.sound]
            overlap = min(seconds_to_frames(outro.overlap_seconds or 0.0, rate), length, self._frame)
            fade = min(seconds_to_frames(outro.fade_seconds, rate), length)
            start = self._frame - overlap
            if outro.overlap_seconds is None and self._before is not None and pause_frames(self.between, rate) is None:
                start += gap_frames(self._before, (), outro, self._gaps, rate)
            self._music.stop(start, fade or seconds_to_frames(END_FADE_SECONDS, rate))
            self._sounds.append(PlacedSound("outro", file, start, start + length, ALONE_DB, fade_in_frames=fade, ducked=overlap > 0))
            end = start + length
        end = max(end, self._music.end_frame, *(self._within_tail(sound) for sound in self._sounds), 0)
        self._music.end_with(end)
        sounds = sorted((*(self._cut(sound, end) for sound in self._sounds), *self._music.placed), key=lambda sound: sound.start_frame)
        return Timeline(rate, end, tuple(self._placed), self._from_the_start(opening), opening, tuple(sounds))

    def _advance(self, heard: Heard) -> None:
        self._frame += gap_frames(self._before, self.between, heard, self._gaps, self._rate)
        self._before = heard

    def _wait_for(self, cue: Cue, file: SoundFile, length: int) -> None:
        self._advance(cue)
        chapters = [item for item in self.between if isinstance(item, Chapter)]
        if chapters:
            self._sounded = chapters[-1], self._frame
        if cue.kind == "music":
            self._music.stop(self._frame, 0)
        self._sounds.append(self._sound(cue, file, self._frame, length, ALONE_DB))
        self._heard.append((self._frame, self._frame + length))
        self._frame += length
        self.between = []

    def _sound(self, cue: Cue, file: SoundFile, start: int, length: int, default_db: float) -> PlacedSound:
        level = default_db if cue.level_db is None else cue.level_db
        fade = min(seconds_to_frames(cue.fade_seconds, self._rate), length)
        return PlacedSound(cue.kind, file, start, start + length, level, fade, fade, source=cue.source)

    def _within_tail(self, sound: PlacedSound) -> int:
        """Return where a sound ends, but for one under speech no later than ``TAIL_SECONDS`` after the last words."""
        return min(sound.end_frame, self._frame + seconds_to_frames(TAIL_SECONDS, self._rate)) if sound.kind == "sound" else sound.end_frame

    def _cut(self, sound: PlacedSound, end: int) -> PlacedSound:
        """Let a sound that would outlast the episode fade out at its end."""
        if sound.end_frame <= end:
            return sound
        fade = min(max(seconds_to_frames(END_FADE_SECONDS, self._rate), sound.fade_out_frames), end - sound.start_frame)
        return replace(sound, end_frame=end, fade_out_frames=fade)

    def _mark_chapter(self) -> None:
        """Mark the last chapter before this speech. The plan has warned of those before it, since they are empty."""
        found = [item for item in self.between if isinstance(item, Chapter)]
        mark = (found[-1], self._frame) if found else self._sounded
        self._sounded = None
        if mark is not None:
            chapter, frame = mark
            was_heard = any(start < frame for start, _ in self._heard)
            self._chapters.append(ChapterMark(chapter.title, frame if was_heard else 0, chapter.source))

    def _from_the_start(self, opening: str) -> tuple[ChapterMark, ...]:
        """Return the chapters, changed so that the first one begins at 0."""
        if not self._chapters or not self._chapters[0].start_frame:
            return tuple(self._chapters)
        first = self._chapters[0]
        end = max(end for start, end in self._heard if start < first.start_frame)
        if min(end, first.start_frame) < OPENING_SECONDS * self._rate:
            return (replace(first, start_frame=0, lead_frames=first.start_frame), *self._chapters[1:])
        said = self._placed[0] if self._placed[0].start_frame < first.start_frame else None
        # A spoken title is the heading of its chapter in the transcript.
        source = said.utterance.source if said and said.utterance.text.strip().rstrip(".") == opening.rstrip(".") else None
        return (ChapterMark(opening, 0, source), *self._chapters)


def _take_seconds(utterance: Utterance, take: Take | None) -> float:
    if take is None:
        return utterance.estimate_seconds
    start, end = kept_range(take)
    return (end - start) / take.sample_rate


def _take_of(utterance: Utterance, takes: Mapping[str, Take]) -> Take:
    take = takes.get(utterance.address)
    if take is None:
        raise StoreError(f"{utterance.source}: the take of this line is missing; render again to record it")
    return take
