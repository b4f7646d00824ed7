"""Which engine speaks a voice: the one that is asked for, or with ``auto`` the first that can.

With ``auto``, in this order:

    a voice that comes with an engine     that engine
    a voice of the last render            the engine that spoke it, unless that was the stand-in
    any other voice                       of the engines that are ready and can speak it, the one of the lowest rank
    none can                              the stand-in, with the reasons of the others

An engine can speak a voice if

- it speaks the language,
- it clones voices and there is a recording, or the voice is not a person's, or the voice has settings for this engine,
- its own ``speaks(context, voice, language)``, if it has that, returns no reason against it,
- its licence permits commercial use, if the episode is for that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import cast

from voiceover.engines.registry import AUTO, STAND_IN, context_of, engine_names, is_installed, offer, require
from voiceover.errors import EngineMissingError, VoiceoverError
from voiceover.settings.terms import forbids_commerce
from voiceover.types import DEFAULT_STYLE, EngineContext, EngineInfo, Voice
from voiceover.types.engines import DEFAULT_RANK
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that speaks, and why."""

    name: str
    why: str
    """One line for the user."""
    asked: bool = field(default=False, compare=False)
    """True if the engine was named."""


def choose_engine(
    setting: str, previous_engine: str | None = None, *, context: EngineContext | None = None, strict: bool = False
) -> Choice:
    """Return the engine for a setting, a name or ``auto``, if nothing is known about the voice; see ``EngineChooser.choose``."""
    contexts = None if context is None else partial(context_of, context=context)
    return EngineChooser(contexts, strict=strict).choose(setting, previous_engine)


def outline(setting: str, context: EngineContext) -> EngineInfo | None:
    """Return what is known, without loading it, about the engine that would speak a new episode; None if it offers no outline.

    Raises as ``choose_engine`` and ``open_engine`` do.
    """
    name = setting if setting != AUTO else choose_engine(AUTO, context=context).name
    return _outline(name, context_of(name, context))


def commercial_fault(info: EngineInfo) -> str | None:
    """Return why an episode for commercial use must not be spoken by an engine; None if nothing forbids it."""
    if info.commercial and not forbids_commerce(info.licence or ""):
        return None
    what = f"the model {info.model}" if info.model else f"the engine {info.name}"
    return f"{what} is not licensed for commercial use ({info.licence or 'its licence is not known'})"


class EngineChooser:
    """Chooses engines for the voices of one episode; each engine is asked only once if it is ready and what it is."""

    def __init__(
        self,
        context_for: Callable[[str], EngineContext] | None = None,
        *,
        strict: bool = False,
        commercial: bool = False,
        barred: Callable[[str], str | None] | None = None,
    ) -> None:
        """Make a chooser.

        - ``context_for``: returns the context of an engine by its name; without it, choices do not say what the engine runs on.
        - ``strict``: refuse the stand-in if it is not asked for, as unattended batches do.
        - ``commercial``: refuse engines whose licence excludes commercial use.
        - ``barred``: returns why ``auto`` must not choose an engine, None if it may.
        """
        self._says_more = context_for is not None
        self._context_for = context_for or partial(context_of, context=EngineContext(Path()))
        self._strict = strict
        self._commercial = commercial
        self._barred = barred or (lambda _: None)
        self._reasons: dict[str, str | None] = {}
        self._infos: dict[str, EngineInfo | None] = {}

    def choose(self, setting: str, previous_engine: str | None = None, voice: Voice | None = None, language: str = "") -> Choice:
        """Return the engine for a setting, a name or ``auto``, that speaks ``voice`` in ``language``.

        ``previous_engine`` spoke the voice in the last render. One engine never silently replaces another. EngineMissingError is raised
        if a named engine is not installed, if ``auto`` finds the engine of the voice or of the last render gone or not ready, for an
        engine that must not be used commercially, and, if ``strict``, if only the stand-in can speak.
        """
        if setting != AUTO:
            require(setting)
            self._refuse_commerce(setting)
            return Choice(setting, f"{setting} was asked for{self._runs_on(setting)}", True)
        if voice is not None and voice.engine is not None:
            return self._own_engine(voice, voice.engine)
        if previous_engine not in (None, STAND_IN):
            return self._stay(previous_engine)
        able, reasons = self._able(voice, language)
        if able:
            name = min(able, key=self._rank) if len(able) > 1 else able[0]  # an outline may open a model
            return Choice(name, f"{name}, chosen by auto{self._runs_on(name)}")
        why = "; ".join(reasons) or "no other engine is installed"
        if self._strict:
            raise EngineMissingError(
                f"engine: auto finds only the stand-in voice here ({why}); to use it in a batch, say engine: {STAND_IN}"
            )
        require(STAND_IN)
        return Choice(STAND_IN, f"{STAND_IN}, a stand-in voice, because {why}")

    def why_not(self, name: str, voice: Voice, language: str) -> str | None:
        """Return why the engine ``name``, which is installed, would not speak ``voice`` in ``language``; None if it would."""
        return self.why_not_ready(name) or self.why_not_voice(name, voice, language)

    def why_not_ready(self, name: str) -> str | None:
        """Return why the engine ``name``, which is installed, cannot speak at all now; None if it can or does not tell."""
        if name not in self._reasons:
            ask = offer(name, "ready")
            self._reasons[name] = None if ask is None else ask(self._context_for(name))
        return self._reasons[name]

    def why_not_voice(self, name: str, voice: Voice, language: str) -> str | None:
        """Return what keeps an engine that is ready from speaking ``voice`` in ``language``; None if nothing does."""
        info = self._info(name)
        if info is not None:
            if self._commercial and (fault := commercial_fault(info)):
                return fault
            if info.languages is not None and language and language.split("-", 1)[0] not in info.languages:
                return f'it does not speak "{language}"'
            if info.reference_in_window and not _has_clip(voice):
                return f"the voice {voice.name} has no recording"
        if voice.engine not in (None, name) and name != STAND_IN:
            return f"the voice {voice.name} comes with the engine {voice.engine}"
        clones = info is not None and info.reference_in_window
        if not clones and name != STAND_IN and _is_persons(voice) and not self._has_settings(name, voice):
            return f"{voice.name} is a person's voice, and another may take its place only if its voice.yaml says so (with {name}:)"
        return self.refusal(name, voice, language)

    def refusal(self, name: str, voice: Voice, language: str) -> str | None:
        """Return why the engine itself says that it cannot speak ``voice`` in ``language``; None if it does not object."""
        speaks = offer(name, "speaks")
        return None if speaks is None else cast("str | None", speaks(self._context_for(name), voice, language))

    def engines_for(self, voice: Voice, language: str) -> list[str]:
        """Return the names of the engines that can speak ``voice`` in ``language`` now, in the order of ``auto``, the stand-in last."""
        names = sorted(self._able(voice, language)[0], key=self._rank)
        return [*names, STAND_IN] if is_installed(STAND_IN) and self.why_not_voice(STAND_IN, voice, language) is None else names

    def _able(self, voice: Voice | None, language: str) -> tuple[list[str], list[str]]:
        """Return the engines that ``auto`` may choose from, and why each other one is not among them."""
        able, reasons = [], []
        for name in engine_names():
            if name == STAND_IN or offer(name, "ready") is None:
                continue
            reason = self._barred(name) or (self.why_not_ready(name) if voice is None else self.why_not(name, voice, language))
            if reason is None:
                able.append(name)
            else:
                reasons.append(f"{name}: {reason}")
        return able, reasons

    def _own_engine(self, voice: Voice, name: str) -> Choice:
        advice = f"make it available, or take --engine {STAND_IN} for a preview"
        if not is_installed(name):
            raise EngineMissingError(f"the voice {voice.name} needs the engine {name}, which is not installed; {advice}")
        if name != STAND_IN and (reason := self.why_not_ready(name)) is not None:
            raise EngineMissingError(f"the voice {voice.name} needs the engine {name}, which is not ready: {reason}; {advice}")
        self._refuse_commerce(name)
        return Choice(name, f"{name} has the voice {voice.name}{self._runs_on(name)}")

    def _stay(self, name: str) -> Choice:
        """Return the engine of the last render. Raises EngineMissingError if it cannot speak now."""
        advice = f"make it available again, or choose another by name, such as --engine {STAND_IN}"
        if not is_installed(name):
            raise EngineMissingError(f"the last render of this episode used the engine {name}, which is not installed; {advice}")
        reason = self.why_not_ready(name)
        if reason is not None:
            raise EngineMissingError(f"the last render of this episode used the engine {name}, which is not ready: {reason}; {advice}")
        self._refuse_commerce(name)
        return Choice(name, f"{name} made the last render{self._runs_on(name)}")

    def _refuse_commerce(self, name: str) -> None:
        """Raise EngineMissingError if the episode is for commercial use and the engine must not be."""
        info = self._info(name) if self._commercial else None
        if info is not None and (fault := commercial_fault(info)):
            raise EngineMissingError(f"`commercial: true` rules out engine: {name}, since {fault}; choose another engine or model")

    def _has_settings(self, name: str, voice: Voice) -> bool:
        """True if the voice itself has settings for the engine, besides those that the engine derives from any name."""
        schema = offer(name, "VOICE_SETTINGS")
        derived = {} if schema is None or schema.derive is None else dict(schema.derive(voice.name))
        return any(dict(style.settings.get(name, {})) not in ({}, derived) for style in voice.styles.values())

    def _rank(self, name: str) -> int:
        info = self._info(name)
        return DEFAULT_RANK if info is None else info.rank

    def _info(self, name: str) -> EngineInfo | None:
        if name not in self._infos:
            try:
                self._infos[name] = _outline(name, self._context_for(name))
            except VoiceoverError:  # reported when the engine is opened
                self._infos[name] = None
        return self._infos[name]

    def _runs_on(self, name: str) -> str:
        """Return what the engine says it would run on, as the end of a sentence; empty if it says nothing."""
        if not self._says_more:
            return ""
        try:
            runs_on = offer(name, "runs_on")
            return "" if runs_on is None else f", {runs_on(self._context_for(name))}"
        except VoiceoverError:  # reported when the engine is opened
            return ""


def _has_clip(voice: Voice) -> bool:
    style = voice.styles.get(DEFAULT_STYLE)
    return style is not None and style.clip is not None


def _is_persons(voice: Voice) -> bool:
    """True if the voice is recorded from a person, so that no other timbre may take its place."""
    return not voice.synthetic and any(style.clip is not None for style in voice.styles.values())


def _outline(name: str, own_context: EngineContext) -> EngineInfo | None:
    outline_of = offer(name, "outline")
    return None if outline_of is None else cast("EngineInfo", outline_of(own_context))
