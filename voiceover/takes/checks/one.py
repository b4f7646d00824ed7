"""The checks of one take by itself: a function of its samples, its words and its voice alone.

The result is stored beside the take with ``CHECKS_REVISION``, so that each take is measured once.
"""

from __future__ import annotations

from voiceover.audio.clip_pace import paced_seconds
from voiceover.audio.faults.edges import edge_levels_db
from voiceover.audio.faults.recording import recording_faults
from voiceover.audio.measures import expected_seconds
from voiceover.takes.checks.score import score_of
from voiceover.types import Audio, Clip, EngineInfo, TakeChecks, Utterance, Voice


def check_take(audio: Audio, utterance: Utterance, voice: Voice, engine: EngineInfo, *, by_microphone: bool = False) -> TakeChecks:
    """Return the verdict on ``audio`` as the take of ``utterance``, spoken by ``voice`` with ``engine``.

    ``by_microphone``: True for the recording of a person, which may have the noise of a room.
    """
    clip = clip_of(utterance, voice, engine)
    usual = usual_seconds(utterance.spoken, utterance.options.speed, clip)
    reference = (clip.text, paced_seconds(clip)) if clip is not None else None
    findings = recording_faults(audio, utterance.spoken, usual, reference, by_microphone=by_microphone)
    return TakeChecks(findings, score_of(findings), edge_levels_db(audio.samples, audio.sample_rate))


def clip_of(utterance: Utterance, voice: Voice, engine: EngineInfo) -> Clip | None:
    """Return the reference clip whose pace the engine copies; None for engines that need none."""
    style = voice.styles.get(utterance.style)
    return style.clip if style is not None and engine.reference_in_window else None


def usual_seconds(spoken: str, speed: float | None, clip: Clip | None) -> float:
    """Return how long ``spoken`` usually takes: at the pace of ``clip``, for an engine that copies it, else at that of its language."""
    seconds = expected_seconds(spoken)
    if clip is not None and (own := expected_seconds(clip.text)) > 0:
        seconds *= paced_seconds(clip) / own
    return seconds / max(speed or 1.0, 0.05)
