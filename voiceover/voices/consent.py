"""The terms given when a voice is added: a person's consent, or a licence."""

from __future__ import annotations

from voiceover.errors import VoiceError
from voiceover.settings.terms import CONSENT_WANTED, LICENCE_WANTED, consent_of, licence_of


def is_text(words: str) -> bool:
    """True if there are no control characters and no lone surrogates."""
    return not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 or 0xD800 <= ord(character) < 0xE000 for character in words)


def agreement(consent: str | None, licence: str | None, *, needed: bool) -> tuple[str | None, str | None]:
    """Return consent and licence as they are written to voice.yaml.

    Raises VoiceError for an empty one, for a consent without a name or a date, and if both are missing and one is ``needed``.
    """
    for option, typed in (("--consent", consent), ("--licence", licence)):
        if typed is not None and not is_text(" ".join(typed.split())):
            raise VoiceError(f"{option} contains control characters; type it again")
    if consent is None and licence is None and needed:
        raise VoiceError(
            "a voice needs a consent or a licence: --consent self if it is yours, --consent 'who agreed, and when' if it is not, "
            "--licence ID if the recording is published under one"
        )
    said = consent_of(consent) if consent is not None else None
    if consent is not None and said is None:
        raise VoiceError(f'--consent "{consent}" is not a valid consent statement; use {CONSENT_WANTED}')
    terms = licence_of(licence) if licence is not None else None
    if licence is not None and terms is None:
        raise VoiceError(f'--licence "{licence}" is not a licence; use {LICENCE_WANTED}')
    return said, terms
