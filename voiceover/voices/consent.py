"""Under which terms a voice may be used, as they are typed when it is added: somebody's consent, or a licence."""

from __future__ import annotations

from voiceover.errors import VoiceError
from voiceover.settings.terms import CONSENT_WANTED, LICENCE_WANTED, consent_of, licence_of


def is_text(words: str) -> bool:
    """Whether words can be written down: no control characters, no halves of characters."""
    return not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 or 0xD800 <= ord(character) < 0xE000 for character in words)


def agreement(consent: str | None, licence: str | None, *, needed: bool) -> tuple[str | None, str | None]:
    """Consent and licence as voice.yaml will hold them.

    Raises VoiceError for one that says nothing, for a consent without a name or a date, and for none where one is ``needed``.
    """
    for option, typed in (("--consent", consent), ("--licence", licence)):
        if typed is not None and not is_text(" ".join(typed.split())):
            raise VoiceError(f"{option} holds characters that are no text; type it again")
    if consent is None and licence is None and needed:
        raise VoiceError(
            "a voice belongs to somebody: --consent self if it is yours, --consent 'who agreed, and when' if it is another's, "
            "--licence ID if the recording is published under one"
        )
    said = consent_of(consent) if consent is not None else None
    if consent is not None and said is None:
        raise VoiceError(f'--consent "{consent}" gives none; it must be {CONSENT_WANTED}')
    terms = licence_of(licence) if licence is not None else None
    if licence is not None and terms is None:
        raise VoiceError(f'--licence "{licence}" gives none; it must be {LICENCE_WANTED}')
    return said, terms
