"""Checks any recording against its words: that of a guest, or a take of another program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voiceover import takes
from voiceover.audio.decode import readable
from voiceover.audio.files import read_audio
from voiceover.audio.limits import OWN_RECORDING
from voiceover.audio.loudness import speech_power
from voiceover.errors import InputError
from voiceover.pipeline.listening import open_listener, require_language
from voiceover.pipeline.voices import find_voice
from voiceover.settings.layers import DEFAULT_LANGUAGE
from voiceover.text.audible import is_audible
from voiceover.text.normalize import spell_text
from voiceover.types import DEFAULT_STYLE, Audio, EngineInfo, Options, Source, SpokenSpan, Style, Take, TakeChecks, Utterance, Voice

LONGEST_TEXT = 10_000
"""Characters; more are not said in the longest take."""


@dataclass(frozen=True, slots=True)
class CheckedRecording:
    """A recording that was held against its words."""

    seconds: float
    checks: TakeChecks
    heard: str | None
    """What a recognizer hears; None if it was not asked."""


def check_recording(
    file: Path, text: str, voice: str | None = None, language: str | None = None, *, listen: bool = False
) -> CheckedRecording:
    """Check ``file`` as a take of ``text``, by the checks of every take.

    ``voice`` names the voice that speaks: its clip gives the pace, and the words that must not be heard. With ``listen``, a recognizer
    writes down the recording. Raises InputError for a file that cannot be read or is too long, VoiceError, and ModelError if there is no
    recognizer of the language.
    """
    if not is_audible(text):
        raise InputError("--text has no words to speak; give those that the recording should contain")
    if len(text) > LONGEST_TEXT:
        raise InputError(f"--text has {len(text):,} characters; a take may have {LONGEST_TEXT:,}: check the recording line by line")
    speaker = _nobody(language) if voice is None else find_voice(voice, None)
    spoken_in = language or speaker.language
    listener = open_listener() if listen else None
    if listener is not None:
        require_language(listener, [spoken_in])
    with readable(file, OWN_RECORDING.seconds + 1.0) as sound:
        audio = read_audio(sound, OWN_RECORDING, file)
    spoken = _as_take(audio, text, speaker, spoken_in)
    if listener is None or not len(audio.samples):
        return CheckedRecording(audio.seconds, takes.verdict(spoken, ()), None)
    spoken = takes.with_heard(spoken, listener, audio)
    heard = spoken.take.heard
    return CheckedRecording(audio.seconds, takes.verdict(spoken, (), listener), heard.words[-1] if heard is not None else None)


def _nobody(language: str | None) -> Voice:
    """Return a voice of which nothing is known."""
    return Voice("recording", None, language or DEFAULT_LANGUAGE, {DEFAULT_STYLE: Style(None)})


def _as_take(audio: Audio, text: str, voice: Voice, language: str) -> takes.SpokenTake:
    """Return a recording as if an engine had made it with the voice's clip."""
    words = "".join(piece.spoken for piece in spell_text(text, language))
    address = "0" * 64
    utterance = Utterance(
        address=address,
        line_key=address,
        segment_key=address,
        speaker=voice.name,
        voice=voice.name,
        style=DEFAULT_STYLE,
        spans=(SpokenSpan(words, language),),
        text=text,
        options=Options(speed=voice.speed),
        seed=0,
        attempt=0,
        gain_db=0.0,
        paragraph=0,
        estimate_seconds=0.0,
        source=Source("--text"),
    )
    has_clip = voice.styles[DEFAULT_STYLE].clip is not None
    engine = EngineInfo("recording", 1, "recording", audio.sample_rate, OWN_RECORDING.seconds, reference_in_window=has_clip)
    checks = takes.check_take(audio, utterance, voice, engine, by_microphone=True)
    power, seconds = speech_power(audio.samples, audio.sample_rate)
    frames = len(audio.samples)
    take = Take(address, Path(), audio.sample_rate, frames, 0, frames, float(power), float(seconds), 0.0, address, checks=checks)
    return takes.SpokenTake(utterance, voice, engine, take)
