"""Checks the files that a script plays: their headers when it is checked, what is in them before anything is recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from voiceover import mix, takes
from voiceover.audio.clip_header import read_sound_header
from voiceover.errors import InputError
from voiceover.pipeline.soundtrack import wanted_bumpers, wanted_files
from voiceover.settings.problems import Problems
from voiceover.settings.terms import forbids_commerce
from voiceover.types import (
    CLEARANCE_LU,
    SHORTEST_MUSIC_SECONDS,
    UNDER_MUSIC_DB,
    Bumper,
    Cue,
    Ducking,
    Has,
    Plan,
    Problem,
    Script,
    Settings,
)

_LONG_SECONDS = 30.0
"""What speech waits for may be longer than the speech of a short episode."""


def _nothing(address: str) -> bool:
    return False


def check_sounds(script: Script, settings: Settings) -> tuple[list[Problem], Settings]:
    """Return what is wrong with the files that ``script`` plays and with the order of its music, without decoding anything.

    An intro or outro in the front matter of an article may mean something else to its site: if it cannot be played it is a warning, and
    not in the settings that are returned.
    """
    problems = Problems()
    settings = _without_foreign(script, settings, problems)
    for wanted in wanted_files(script, settings, settings.intro, settings.outro):
        try:
            header = read_sound_header(Path(wanted.sound.path), wanted.limits)
        except (InputError, OSError) as error:
            problems.error(wanted.source, "bad-sound", f"{wanted.lead}{error}")
            continue
        seconds = header.frames / header.sample_rate
        if (
            any(_is_bed(item) and item.name == wanted.key for item in script.items if isinstance(item, Cue))
            and seconds < SHORTEST_MUSIC_SECONDS
        ):
            message = f"lasts {seconds:.2f} s; music under speech is repeated, and must last at least {SHORTEST_MUSIC_SECONDS:g} s"
            problems.error(wanted.source, "short-music", f"{wanted.lead}{message}")
        if settings.commercial and forbids_commerce(wanted.sound.licence):
            message = f"`commercial: true` rules out this sound, whose licence is {wanted.sound.licence}"
            problems.error(wanted.source, "not-commercial", f"{wanted.lead}{message}")
        for bumper in (settings.intro, settings.outro):
            if bumper is not None and bumper.sound == wanted.key and max(bumper.overlap_seconds or 0.0, bumper.fade_seconds) > seconds:
                problems.warning(wanted.source, "short-bumper", f"{wanted.lead}lasts {seconds:.1f} s, less than its overlap or fade")
    _check_music(script, settings.ducking or Ducking(), problems)
    return problems.found, settings


def warn_of_long_sounds(script: Script, settings: Settings, plan: Plan, problems: Problems) -> None:
    """Warn of each file that speech waits for and that is longer than all of the speech."""
    track = plan.soundtrack
    if track is None:
        return
    speech = sum(utterance.estimate_seconds for utterance in plan.spoken)
    alone = {item.name for item in plan.items if isinstance(item, Cue) and not item.under}
    alone |= {bumper.sound for bumper in (track.intro, track.outro) if bumper is not None}
    for wanted in wanted_files(script, settings, track.intro, track.outro):
        file = track.sounds.get(wanted.key)
        if file is not None and wanted.key in alone and file.seconds > max(speech, _LONG_SECONDS):
            lasts = f"lasts {_clock(file.seconds)}, longer than the speech of the episode, which waits for it"
            problems.warning(wanted.source, "long-sound", f"{wanted.lead}{lasts}; cut it, or write under")


def check_contents(script: Script, settings: Settings, plan: Plan, problems: Problems, has: Has = _nothing) -> None:
    """Decode the files that a plan plays, so that one which cannot be mixed is an error before anything is recorded.

    ``has`` returns True for the address of a recorded turn that has been decoded before.
    """
    track = plan.soundtrack
    if track is None:
        return
    for recording in plan.recordings:
        if not has(recording.utterance.address):
            try:
                takes.read_recording(recording.file)
            except InputError as error:
                problems.error(recording.utterance.source, "bad-recording", str(error))
    for wanted in wanted_files(script, settings, track.intro, track.outro):
        file = track.sounds.get(wanted.key)
        if file is not None:
            try:
                mix.measure_sound(file, track.channels)
            except InputError as error:
                problems.error(wanted.source, "bad-sound", f"{wanted.lead}{error}")


def _without_foreign(script: Script, settings: Settings, problems: Problems) -> Settings:
    for key in ("intro", "outro"):
        bumper: Bumper | None = getattr(settings, key)
        if bumper is None or key not in settings.foreign:
            continue
        for wanted in wanted_bumpers(script, settings, bumper if key == "intro" else None, bumper if key == "outro" else None):
            try:
                read_sound_header(Path(wanted.sound.path), wanted.limits)
            except (InputError, OSError) as error:
                problems.warning(wanted.source, "bad-sound", f"{error} (not used)")
                settings = replace(settings, intro=None) if key == "intro" else replace(settings, outro=None)
    return settings


def _is_bed(cue: Cue) -> bool:
    return cue.kind == "music" and cue.under and cue.name is not None


def _check_music(script: Script, ducking: Ducking, problems: Problems) -> None:
    """Warn of a stop without music, and of music that would be too loud under speech."""
    plays = False
    for item in script.items:
        if not isinstance(item, Cue) or item.kind != "music":
            continue
        if item.name is None and not plays:
            problems.warning(item.source, "no-music", "no music is playing here, so there is none to stop")
        plays = _is_bed(item)
        under = ducking.depth_db - (UNDER_MUSIC_DB if item.level_db is None else item.level_db)
        if plays and under < CLEARANCE_LU:
            instead = f"it is lowered to {CLEARANCE_LU:g} LU under while someone speaks"
            problems.warning(item.source, "loud-music", f"at this level the music would be {under:.3g} LU under the speech; {instead}")


def _clock(seconds: float) -> str:
    return f"{round(seconds) // 60}:{round(seconds) % 60:02}"
