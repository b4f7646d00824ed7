"""Under which terms a voice may be used: somebody's consent, or a licence."""

from __future__ import annotations

from voiceover.errors import VoiceError

SELF = "self"
"""The consent of somebody who adds their own voice."""


def is_text(words: str) -> bool:
    """Whether words can be written down: no control characters, no halves of characters."""
    return not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 or 0xD800 <= ord(character) < 0xE000 for character in words)


def agreement(consent: str | None, licence: str | None, *, needed: bool) -> tuple[str | None, str | None]:
    """Consent and licence as voice.yaml will hold them.

    Raises VoiceError for one that says nothing, for a consent without a name or a date, and for none where one is ``needed``.
    """
    said = " ".join(consent.split()) if consent is not None else None
    terms = " ".join(licence.split()) if licence is not None else None
    if said is None and terms is None:
        if needed:
            raise VoiceError(
                "a voice belongs to somebody: --consent self if it is yours, --consent 'who agreed, and when' if it is another's, "
                "--licence ID if the recording is published under one"
            )
        return None, None
    if said is not None and said.lower() == SELF:
        said = SELF
    elif said is not None and not (any(map(str.isalpha, said)) and any(map(str.isdigit, said))):
        raise VoiceError(f'--consent "{said}" must be self, or say who agreed and when, such as "Ada Byron, 2026-11-20"')
    if terms is not None and not any(map(str.isalnum, terms)):
        raise VoiceError("--licence must be an identifier such as CC0-1.0 or CC-BY-4.0, or the terms in words")
    return said, terms
