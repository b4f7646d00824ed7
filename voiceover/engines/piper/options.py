"""The options of Piper, and what voice.yaml may say to it."""

from __future__ import annotations

from voiceover.types.schemas import Kind, OptionSpec, VoiceSettings

NAME = "piper"

VOICE_SETTINGS = VoiceSettings(
    (
        OptionSpec("voice", "Name of the installed Piper voice.", default="the first in the line's language"),
        OptionSpec("speaker", "Number of the speaker in a voice with several.", Kind.INTEGER, low=0, high=99_999, default="0"),
        OptionSpec("noise", "How much the sound varies.", Kind.NUMBER, low=0, high=2, default="the voice's own, usually 0.667"),
        OptionSpec("noise_w", "How much the rhythm varies.", Kind.NUMBER, low=0, high=2, default="the voice's own, usually 0.8"),
        OptionSpec("length", "Factor on the length of the speech.", Kind.NUMBER, low=0.25, high=4, default="the voice's own, usually 1"),
        OptionSpec("pause", "Seconds of silence between two sentences of a line.", Kind.NUMBER, low=0, high=2, default="0.2"),
    ),
    short="voice",
)
