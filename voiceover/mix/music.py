"""Places music on the timeline: each piece ends where the next one begins, where the script stops it, or with the episode."""

from __future__ import annotations

from dataclasses import replace

from voiceover.mix.edges import seconds_to_frames
from voiceover.types import UNDER_MUSIC_DB, Cue, PlacedSound, SoundFile

UNDER_SOUND_DB = -12.0
"""Level of a sound under speech for which the script gives none."""
ALONE_DB = 0.0
"""Level of what speech waits for, for which the script gives none."""
CUT_FADE_SECONDS = 0.02
"""Shortest fade of what is cut off, so that it does not click."""
END_FADE_SECONDS = 1.0
"""Fade of what is still playing when the episode ends."""


class MusicTrack:
    """The music of an episode in the order of the script; at most one piece plays at a time, apart from fades."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._placed: list[PlacedSound] = []
        self._playing: PlacedSound | None = None

    def start(self, cue: Cue, file: SoundFile, frame: int) -> None:
        """Start a piece under the speech. It replaces the one that plays, which fades out while the new one fades in."""
        fade = seconds_to_frames(cue.fade_seconds, self._rate)
        self.stop(frame, fade)
        level = UNDER_MUSIC_DB if cue.level_db is None else cue.level_db
        self._playing = PlacedSound("music", file, frame, frame, level, fade, loops=True, ducked=True, source=cue.source)

    def stop(self, frame: int, fade_frames: int) -> None:
        """Let the music that plays fade out from ``frame`` on."""
        if self._playing is not None:
            fade = max(fade_frames, seconds_to_frames(CUT_FADE_SECONDS, self._rate))
            self._placed.append(replace(self._playing, end_frame=frame + fade, fade_out_frames=fade))
        self._playing = None

    def end_with(self, frame: int) -> None:
        """Let the music that plays end at ``frame``, the end of the episode, and fade out before that."""
        if self._playing is not None:
            length = frame - self._playing.start_frame
            fade = min(seconds_to_frames(END_FADE_SECONDS, self._rate), length)
            if length > 0:
                self._placed.append(replace(self._playing, end_frame=frame, fade_out_frames=fade))
        self._playing = None

    @property
    def placed(self) -> tuple[PlacedSound, ...]:
        """The pieces whose end is known."""
        return tuple(self._placed)

    @property
    def end_frame(self) -> int:
        """Frame after the last of them."""
        return max((piece.end_frame for piece in self._placed), default=0)
