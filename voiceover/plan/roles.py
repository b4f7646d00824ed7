"""Who speaks a segment: a voice in a style, with an engine and options."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from voiceover.plan.key import voice_digest
from voiceover.plan.layers import Resolved, resolve
from voiceover.plan.pace import Pace, longest_seconds, longest_that_gains, pace_of
from voiceover.settings.problems import Problems
from voiceover.types import Cast, CastEntry, Clip, EngineInfo, Options, Script, Segment, Settings, Severity, Source, Voice
from voiceover.types.lazy_dataclass import dataclass

MOST_LANGUAGES = 20
"""An error lists an engine's languages if there are at most this many."""
EnginesSpeaking: TypeAlias = Callable[[Voice, str, str], Sequence[str]]
"""Returns the names of the engines that can speak a voice in a style and a language."""


@dataclass(frozen=True, slots=True)
class Role:
    """A voice in the style and with the options of a segment."""

    voice: Voice
    engine: EngineInfo
    resolved: Resolved
    digest: str
    key_digest: str
    pace: Pace
    longest_seconds: float
    short_reference: bool = False
    short: Role | None = None
    """The same with the voice's short clip, for segments of at most ``short_seconds``; None if it has none or it is switched off."""
    short_seconds: float = 0.0


class RoleFinder:
    """Finds who speaks a segment, and how; reports once what stands in the way."""

    def __init__(
        self,
        script: Script,
        cast: Cast,
        settings: Settings,
        engines: Mapping[str, EngineInfo],
        *,
        problems: Problems,
        flags: Options,
        models_speaking: Callable[[str], Sequence[str]] | None,
        engines_speaking: EnginesSpeaking | None,
    ) -> None:
        """The arguments are those of ``build_plan``."""
        self._script = script
        self._cast = cast
        self._settings = settings
        self._engines = engines
        self._problems = problems
        self._flags = flags
        self._models_speaking = models_speaking
        self._engines_speaking = engines_speaking
        self.entries: dict[str, CastEntry] = {entry.name: entry for entry in script.cast}
        """The cast of the script, by the name of the speaker."""
        self._roles: dict[tuple[str, str | None, Options, float], Role | None] = {}
        self._reported: set[tuple[str, ...]] = set()
        self._known = {problem.source for problem in problems.found if problem.severity is Severity.ERROR}

    def role(self, segment: Segment) -> Role | None:
        """Return the voice and options of ``segment``; None, with a problem, if it cannot be spoken."""
        asked = (segment.speaker, segment.style, segment.options, segment.gain_db)
        if asked not in self._roles:
            self._roles[asked] = self._find_role(segment)
        return self._roles[asked]

    def _find_role(self, segment: Segment) -> Role | None:
        entry = self.entries.get(segment.speaker)
        voice = self._cast.get(segment.speaker)
        if voice is None:
            source = entry.source if entry else segment.source
            self._error(source, "unknown-voice", f'speaker "{segment.speaker}" has no voice; give one under `cast:`', segment.speaker)
            return None
        engine = self._engines.get(segment.speaker)
        if engine is None:
            return None
        resolved = resolve(segment, entry, self._settings, voice, engine=engine, flags=self._flags)
        style = voice.styles.get(resolved.style)
        if style is None:
            names = ", ".join(sorted(name for name in voice.styles if name)) or "none"
            message = f'voice "{voice.name}" has no style "{resolved.style}"; its styles are {names}'
            self._error(segment.source, "unknown-style", message, voice.name, resolved.style)
            return None
        if engine.reference_in_window and style.clip is None:
            others = self._others(engine, voice, resolved.style, resolved.language)
            what = f'voice "{voice.name}"' + (
                f' has no recording of the style "{resolved.style}"' if resolved.style else " has no recording"
            )
            message = f"{what}, which the engine {engine.name} needs; {others or 'choose another voice or engine'}"
            self._error(entry.source if entry else segment.source, "no-recording", message, voice.name, resolved.style)
            return None
        if resolved.unavailable is not None:
            option, value, why = resolved.unavailable
            own = getattr(segment.options, option) is not None
            source = entry.source if entry and not own and getattr(entry.options, option) is not None else segment.source
            # An option that is set for the whole script is reported once, at the first line it applies to.
            once = str(source) if own or source is not segment.source else ""
            self._error(source, "unavailable-option", f"`{option}: {value}` is not available: {why}", option, once)
            return None
        digest = voice_digest(voice, resolved.style, engine)
        pace = pace_of(style.clip, resolved.options.speed or 1.0, engine)
        key_digest = voice_digest(voice, resolved.style, engine, formerly=True)
        role = Role(voice, engine, resolved, digest, key_digest, pace, longest_seconds(style.clip, engine))
        return self._with_short(role, style.clip)

    def _with_short(self, role: Role, clip: Clip | None) -> Role:
        """Return the role with the one of short lines. Their pace is that of the whole clip, which tells it better."""
        if self._settings.short_reference is False or not role.engine.reference_in_window or clip is None or clip.short is None:
            return role
        digest = voice_digest(role.voice.with_short_clips(), role.resolved.style, role.engine)
        short = replace(role, digest=digest, key_digest=digest, short_reference=True)
        return replace(role, short=short, short_seconds=longest_that_gains(clip.seconds, clip.short.seconds))

    def language_source(self, segment: Segment) -> Source:
        """Return where the language of a segment's unmarked text is set."""
        entry = self.entries.get(segment.speaker)
        # The only entry of a script without a cast has the start of the script as its source.
        if entry is not None and entry.language and entry.source != Source(self._script.path):
            return entry.source
        return self._settings.places.get("language") or segment.source

    def speaks(self, role: Role, language: str, source: Source) -> bool:
        """Return True if the engine of ``role`` speaks a language; else report that it does not."""
        engine = role.engine
        spoken = engine.languages
        if spoken is None or language.split("-", 1)[0] in spoken:
            return True
        # A long list of tags would not help.
        known = (
            f"it speaks {', '.join(sorted(spoken))}"
            if len(spoken) <= MOST_LANGUAGES
            else "tags look like en, de or pt-BR; if this one is correct, try another engine or model"
        )
        others = self._models_speaking(language) if self._models_speaking and engine.model else ()
        instead = f". Models that speak it: {', '.join(others)}; or use --any-language to try anyway" if others else ""
        able = self._others(engine, role.voice, role.resolved.style, language)
        who = f"the model {engine.model}" if engine.model else f"the engine {engine.name}"
        message = f'{who} does not speak "{language}"; {known}{instead}{f". {able[0].upper()}{able[1:]}" if able else ""}'
        self._error(source, "unknown-language", message, language, engine.name)
        return False

    def _others(self, engine: EngineInfo, voice: Voice, style: str, language: str) -> str:
        """Return the advice to take another engine that speaks the voice; empty if there is none."""
        names = [name for name in self._engines_speaking(voice, style, language) if name != engine.name] if self._engines_speaking else []
        return f"engines that speak it: {', '.join(names)} (engine: {names[0]} in the cast, or for the whole script)" if names else ""

    def _error(self, source: Source, code: str, message: str, *once_for: str) -> None:
        """Report each error once, unless an earlier check has already reported an error at its location."""
        if (code, *once_for) not in self._reported and source not in self._known:
            self._problems.error(source, code, message)
        self._reported.add((code, *once_for))
