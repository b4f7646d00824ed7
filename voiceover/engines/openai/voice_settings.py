"""What a voice or a script may say to a speech server: which of the user's servers, which of its voices, and how to speak.

An address, a key and a model are not among it: those are the user's own, because a script may be a stranger's.
"""

from __future__ import annotations

from voiceover.settings.user_config import LABEL
from voiceover.types.schemas import OptionSpec, VoiceSettings

NAME = "openai"
SERVER, VOICE, INSTRUCTIONS = "server", "voice", "instructions"

VOICE_SETTINGS = VoiceSettings(
    (
        OptionSpec(
            SERVER,
            "Label of a server in your own configuration.",
            default="the first one",
            pattern=LABEL,
            expected="the label of a server in your own configuration (voiceover config), never an address",
        ),
        OptionSpec(
            VOICE,
            "Name of a voice of the server.",
            default="one of those in the configuration",
            pattern=".{1,200}",
            expected="a voice's name",
        ),
        OptionSpec(
            INSTRUCTIONS,
            "How to speak, in words, for servers that take instructions.",
            pattern=".{1,2000}",
            expected="at most 2,000 characters on one line",
        ),
    )
)
