"""Credits: who and what is heard in an episode, and under which licences, for the manifest, ``NAME.credits.txt`` and the notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from voiceover.publish.disclosure import statement
from voiceover.publish.tags import one_line
from voiceover.settings.terms import forbids_commerce
from voiceover.types import Metadata, Plan
from voiceover.types.lazy_dataclass import dataclass

CREDITS_SUFFIX = ".credits.txt"
VOICE, SPEECH, RECORDING, SOUND = "voice", "speech", "recording", "sound"
UNKNOWN_LICENCE = "licence not known"
BY_CONSENT = "used with the consent of the person"
PROVIDED = "provided with the script"


@dataclass(frozen=True, slots=True)
class Credit:
    """Something that is heard in an episode."""

    kind: str
    """``VOICE``, ``SPEECH`` for an engine with its model, ``RECORDING`` for a recorded turn, ``SOUND`` for sounds and music."""
    name: str
    speakers: tuple[str, ...]
    """The speakers that it is heard as, in alphabetical order."""
    licence: str | None
    consent: bool = False
    """True for the voice of a person who agreed to its use. Who it is remains in the manifest."""
    commercial: bool = True
    """False if the licence excludes commercial use."""
    words: str = ""
    """What the licence asks to be printed, such as the name of the author."""


def credits_of(plan: Plan) -> tuple[Credit, ...]:
    """Return the voices and engines that speak a line, the recorded turns, and the sounds that are played, each by name."""
    voices: dict[str, set[str]] = {}
    engines: dict[str, set[str]] = {}
    for planned in plan.planned:
        said = planned.utterance
        voices.setdefault(said.voice, set()).add(said.speaker)
        engines.setdefault(said.engine, set()).add(said.speaker)
    found = []
    for name, speakers in sorted(voices.items()):
        voice = plan.cast[min(speakers)]
        terms = one_line(voice.licence or "") or None
        usable = not forbids_commerce(voice.licence or "")
        found.append(Credit(VOICE, one_line(name), tuple(sorted(speakers)), terms, bool(voice.consent), usable))
    for name, speakers in sorted(engines.items()):
        engine = plan.engines[name]
        full = f"{engine.name}, {engine.model}" if engine.model and engine.model != engine.name else engine.name
        usable = engine.commercial and not forbids_commerce(engine.licence or "")
        terms = one_line(engine.licence or "") or None
        found.append(Credit(SPEECH, one_line(full), tuple(sorted(speakers)), terms, commercial=usable))
    heard: dict[str, set[str]] = {}
    for recording in plan.recordings:
        heard.setdefault(recording.file.name, set()).add(recording.utterance.speaker)
    found += [Credit(RECORDING, one_line(name), tuple(sorted(speakers)), None) for name, speakers in sorted(heard.items())]
    sounds = {(file.name, file.sha256): file for file in plan.soundtrack.sounds.values()} if plan.soundtrack is not None else {}
    for _, file in sorted(sounds.items()):
        usable = not forbids_commerce(file.licence)
        terms = one_line(file.licence) or None
        found.append(Credit(SOUND, one_line(file.name), (), terms, commercial=usable, words=one_line(file.credit)))
    return tuple(found)


def credit_line(credit: Credit) -> str:
    """Return a credit in words, on one line: ``Voice: ada (as Narrator), Apache-2.0``."""
    who = f" (as {', '.join(map(one_line, credit.speakers))})" if credit.kind in (VOICE, RECORDING) else ""
    consent = BY_CONSENT if credit.consent else None
    unknown = PROVIDED if credit.kind == RECORDING else UNKNOWN_LICENCE
    terms = [term for term in (credit.words, credit.licence, consent) if term]
    if not credit.licence and not consent:
        terms.append(unknown)
    if not credit.commercial:
        terms.append("not for commercial use")
    return f"{credit.kind.capitalize()}: {credit.name}{who}, {'; '.join(terms)}"


def merged_credits(credits: Iterable[Credit]) -> tuple[Credit, ...]:
    """Return the credits of several episodes, each once, with all speakers: voices first, then engines, by name."""
    speakers: dict[Credit, set[str]] = {}
    for credit in credits:
        speakers.setdefault(replace(credit, speakers=()), set()).update(credit.speakers)
    found = [replace(credit, speakers=tuple(sorted(names))) for credit, names in speakers.items()]
    return tuple(sorted(found, key=lambda credit: (credit.kind != VOICE, credit.kind, credit.name, credit.licence or "")))


def credits_text(credits: Iterable[Credit], metadata: Metadata) -> str:
    """Return the text of ``NAME.credits.txt``: the title, a line for each credit, and the disclosure."""
    blocks = [one_line(metadata.title), "\n".join(map(credit_line, credits)), one_line(statement(metadata))]
    return "\n\n".join(filter(None, blocks)) + "\n"
