"""The spoken disclosure: a sentence at the start of an episode, which says that its speech is synthetic.

An episode has one if its script asks for it, and by default if an engine clones the voice of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from voiceover import plan
from voiceover.settings.problems import Problems
from voiceover.settings.terms import SELF
from voiceover.types import Cast, Chapter, Cue, Disclosure, EngineInfo, Script, Segment, Settings, Source, Span

_PARAGRAPH = -1
"""The number of a paragraph that no script has, so that its gap follows the sentence."""

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "de": "Diese Aufnahme wurde mit computergenerierter Sprache erstellt.",
        "en": "This recording was made with computer-generated speech.",
        "es": "Esta grabación se ha hecho con voz generada por ordenador.",
        "fr": "Cet enregistrement a été réalisé avec une voix générée par ordinateur.",
        "it": "Questa registrazione è stata realizzata con una voce generata al computer.",
        "ja": "この録音の音声はコンピューターで生成されたものです。",
        "nl": "Deze opname is gemaakt met computergegenereerde spraak.",
        "pt": "Esta gravação foi feita com voz gerada por computador.",
        "zh": "本录音使用了计算机生成的语音。",
    }
)
"""The sentence of each language, by its primary subtag, for scripts that give none."""


def spoken_disclosure(
    script: Script, cast: Cast, settings: Settings, engine_of: Mapping[str, EngineInfo], problems: Problems
) -> Segment | None:
    """Return the sentence that opens an episode; None if there is none to speak.

    ``engine_of`` has the engine of each speaker with lines. The narrator speaks the sentence, else the first speaker of the cast who has
    lines. It is an error in ``problems`` if a script asks for ``metadata`` alone and another person's voice is cloned, or if there is no
    ready sentence in the language.
    """
    cloned = sorted({cast[speaker].name for speaker, engine in engine_of.items() if _is_cloned(speaker, cast, engine)})
    wanted = settings.disclosure or Disclosure(spoken=bool(cloned))
    place = settings.places.get("disclosure", Source(script.path))
    if not wanted.spoken:
        others = [name for name in cloned if not any(voice.name == name and voice.consent == SELF for voice in cast.values())]
        if others:
            cure = "write spoken, or remove the key"
            message = f"`disclosure: metadata` is for clones of your own voice (consent: self), not for {', '.join(others)}; {cure}"
            problems.error(place, "undisclosed-clone", message)
        return None
    speaking = [name for name in (script.narrator, *(entry.name for entry in script.cast)) if name in engine_of and name in cast]
    if not speaking:
        return None
    entry = next((entry for entry in script.cast if entry.name == speaking[0]), None)
    language = plan.language_of(entry, settings, cast[speaking[0]])
    words = wanted.words or SENTENCES.get(language.partition("-")[0], "")
    if not words:
        why = "" if settings.disclosure else f", and an episode with a cloned voice ({', '.join(cloned)}) begins with one"
        message = f'there is no ready spoken disclosure in "{language}"{why}; write your own: disclosure: {{spoken: your own sentence}}'
        problems.error(place, "no-disclosure", message)
        return None
    source = place if place.path == script.path else Source(script.path)
    return Segment(speaking[0], (Span(words),), _PARAGRAPH, source)


def opened_by(script: Script, sentence: Segment | None) -> Script:
    """Return the script with the sentence first: after music and sounds at the start, and within the first chapter if it begins there."""
    if sentence is None:
        return script
    at = next((number for number, item in enumerate(script.items) if not isinstance(item, Cue)), 0)
    at += 1 if script.items and isinstance(script.items[at], Chapter) else 0
    return replace(script, items=(*script.items[:at], sentence, *script.items[at:]))


def _is_cloned(speaker: str, cast: Cast, engine: EngineInfo) -> bool:
    """True if an engine imitates a clip of a person; the clips of a synthetic voice are a machine's."""
    return engine.reference_in_window and speaker in cast and not cast[speaker].synthetic
