"""All checks of one recording that need no listener."""

from __future__ import annotations

from voiceover.audio.faults.edges import edge_faults, edge_levels_db
from voiceover.audio.faults.leak import leak_faults
from voiceover.audio.faults.level import level_faults, unusable
from voiceover.audio.faults.noise import noise_faults
from voiceover.audio.faults.pace import length_faults, silence_faults
from voiceover.audio.faults.words import has_pace, word_faults
from voiceover.audio.speech_detection import find_speech
from voiceover.types import Audio, Finding


def recording_faults(
    audio: Audio, text: str, usual_seconds: float, reference: tuple[str, float] | None = None, *, by_microphone: bool = False
) -> tuple[Finding, ...]:
    """Return what is wrong with ``audio``, which is to say ``text``; that usually takes ``usual_seconds``.

    If the engine marked the words, their pace is checked too. ``reference`` is the text of the clip that the engine copies, and the
    clip's length without its pauses. A recording ``by_microphone`` may have the noise of a room.
    """
    samples, rate = audio.samples, audio.sample_rate
    fatal = unusable(samples)
    if fatal:
        return fatal
    activity = find_speech(samples, rate)
    if not activity.frames:
        return (Finding("silent", "it contains no speech"),)
    return (
        *level_faults(samples),
        *edge_faults(edge_levels_db(samples, rate), audio.seconds),
        # With marks the voice's own pace is known, however fast it is, and every word is said to be there.
        *(() if has_pace(audio.marks) else length_faults(activity, rate, usual_seconds)),
        *(leak_faults(activity.frames / rate, usual_seconds, *reference) if reference is not None else ()),
        *silence_faults(samples, rate, activity, text),
        *word_faults(audio.marks, text, activity, rate),
        *noise_faults(samples, rate, background=by_microphone),
    )
