"""Adds a clip to a voice: checks it first, then writes it so that the voice is either unchanged or complete at any time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from voiceover.errors import OutputError, PublishError, SettingsError, VoiceError
from voiceover.settings.layers import DEFAULT_LANGUAGE
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, read_yaml
from voiceover.settings.values import parse_language, style_name
from voiceover.system.files import (
    discard,
    make_folder,
    move_into_place,
    os_errors_as,
    staging_folder,
    sync_folder,
    temporary_name,
    write_whole,
)
from voiceover.system.lazy import lazy_pattern
from voiceover.types import DEFAULT_STYLE, PLAIN, Style, Voice
from voiceover.voices.clip_file import REPORT_FILE, free_name, report_text, was_made, write_clip
from voiceover.voices.consent import agreement, is_text
from voiceover.voices.find import voice_called, voice_folders
from voiceover.voices.from_engines import FromEngines
from voiceover.voices.preflight import Examined, examine
from voiceover.voices.recording import read_recording
from voiceover.voices.short_cut import ShortCut, short_cut
from voiceover.voices.verdicts import ClipReport, Level
from voiceover.voices.voice_file import VOICE_FILE, parse_voice, read_voice, read_voice_text
from voiceover.voices.voice_text import Value, has_comments, rewritten, voice_text, with_clip, with_reference, with_style

_NAME = lazy_pattern(r"[^\W_](?:[\w .'-]{0,62}[\w'])?")
_DOING = "write the voice"


class ClipRefusedError(VoiceError):
    """A recording cannot be used as a reference clip; ``str()`` says why."""

    def __init__(self, audio: Path, report: ClipReport) -> None:
        self.report = report
        reasons = [f"  {verdict.check}: {verdict.message}" for verdict in report.verdicts if verdict.level is Level.REFUSAL]
        super().__init__(f"{audio}: refused as a reference clip", *reasons)


@dataclass(frozen=True, slots=True)
class Addition:
    """A clip to be added."""

    name: str
    """Name of a new or existing voice."""
    audio: Path
    text: str
    """The exact words spoken in it."""
    voices_folder: Path
    """The folder that holds the voice's folder."""
    consent: str | None = None
    """``self``, or who agreed and when. A new voice needs this or ``licence``."""
    licence: str | None = None
    language: str | None = None
    style: str = PLAIN
    start: float | None = None
    """Start of the part that becomes the clip, in seconds; ``text`` is what is said in that part."""
    stop: float | None = None
    replace: bool = False
    """Replace the style's clip. If it is the voice's only one, the new clip may have other terms and another language."""
    description: str = ""
    """Description of a new voice."""


@dataclass(frozen=True, slots=True)
class Added:
    """The result of adding a clip."""

    voice: Voice
    style: str
    """Key of ``voice.styles``."""
    report: ClipReport
    notes: tuple[str, ...] = ()
    """Remarks for the user."""


def add_voice(addition: Addition, folders: Sequence[Path] = (), *, engines: FromEngines) -> Added:
    """Check a recording and store its clip as a style of a new or existing voice.

    ``folders`` are searched for other voices of the same name. Raises ClipRefusedError for a recording that fails the checks, VoiceError
    for any other wrong request (a missing name, text or consent, a clip that exists and is not to be replaced), InputError for a file
    that cannot be read, OutputError if the voice cannot be written. The voice is then unchanged.
    """
    name, style, words = _checked(addition)
    folder = voice_called(name, voice_folders([addition.voices_folder]))
    old = _read(folder, engines) if folder is not None else None
    if old is None and (addition.voices_folder / name).exists():
        raise VoiceError(
            f"{addition.voices_folder / name}: exists but is not a voice (it has no {VOICE_FILE}); choose another name, or move it away"
        )
    _check_terms(addition, old, style)
    if old is None and style:
        raise VoiceError(f"there is no voice {name} in {addition.voices_folder}; add its plain clip first, without --style")
    if old is not None and old.styles.get(style) is not None and old.styles[style].clip is not None and not addition.replace:
        raise VoiceError(
            f"the voice {old.name} already has a clip for the style {style or PLAIN}; use --replace, or --style NAME for another style"
        )
    examined = examine(read_recording(addition.audio, addition.start, addition.stop), words)
    if examined.report.refused:
        raise ClipRefusedError(addition.audio, examined.report)
    if old is None or folder is None:
        added = _create(addition, name, words, examined, engines)
        return replace(added, notes=(*added.notes, *_hidden(name, addition.voices_folder, folders)))
    return _extend(addition, old, folder, style, words, examined, engines)


def _checked(addition: Addition) -> tuple[str, str, str]:
    """Return name, key of the style, and words. Raises VoiceError for invalid ones."""
    name = " ".join(addition.name.split())
    if not _NAME.fullmatch(name):
        raise VoiceError(f'"{addition.name}" is not a valid name of a voice; use up to 64 letters, digits, spaces and . _ -')
    style = style_name(addition.style)
    if not _NAME.fullmatch(style or PLAIN) or not addition.style.strip():
        raise VoiceError(f'"{addition.style}" is not a valid name of a style; use a word such as whispering')
    words = " ".join(addition.text.split())
    if not any(character.isalnum() for character in words):
        raise VoiceError('the exact words of the clip are needed: --text "..."')
    if not is_text(words):
        raise VoiceError("the words contain control characters; type them again")
    if addition.language is not None and parse_language(addition.language) is None:
        raise VoiceError(f'"{addition.language}" is not a language tag such as en, de or pt-BR')
    return name, style, words


def _check_terms(addition: Addition, old: Voice | None, style: str) -> None:
    """Raise VoiceError for terms or a language that differ from the voice's: they hold for all of its clips."""
    consent, licence = agreement(addition.consent, addition.licence, needed=old is None)
    if old is None or _anew(addition, old, style):
        return
    if (consent, licence) not in {(None, None), (old.consent, None), (None, old.licence), (old.consent, old.licence)}:
        says = {"consent": old.consent, "licence": old.licence}
        has = ", ".join(f"{key}: {said}" for key, said in says.items() if said)
        raise VoiceError(f"the voice {old.name} has {has}; a style has the same terms. To change them, edit {VOICE_FILE}")
    if addition.language is not None and parse_language(addition.language) != old.language:
        raise VoiceError(f"the voice {old.name} speaks {old.language}; a style in {addition.language} must be a voice of its own")


def _anew(addition: Addition, old: Voice, style: str) -> bool:
    """True if the clip replaces the voice's only one; the voice's terms and language then go with the old clip."""
    return addition.replace and all(other.clip is None for other in _others(old, style).values())


def _read(folder: Path, engines: FromEngines) -> Voice:
    problems = Problems()
    voice = read_voice(folder, engines, problems)
    if voice is None:
        raise SettingsError(problems.errors)
    return voice


def _hidden(name: str, voices_folder: Path, folders: Sequence[Path]) -> list[str]:
    others = [folder for folder in folders if folder.absolute() != voices_folder.absolute()]
    hidden = voice_called(name, voice_folders(others))
    return [f"there is another voice of that name, {hidden}; a script takes the one in the nearer folder"] if hidden is not None else []


# ---------------------------------------------------------------- writing


def _create(addition: Addition, name: str, words: str, examined: Examined, engines: FromEngines) -> Added:
    """Make a new voice in a hidden folder and rename that when it is complete."""
    make_folder(addition.voices_folder, _DOING)
    with staging_folder(addition.voices_folder, name, advice="nothing was kept") as folder, _named(folder, addition.voices_folder / name):
        clip = f"{PLAIN}.flac"
        digest = write_clip(folder / clip, examined.samples)
        consent, licence = agreement(addition.consent, addition.licence, needed=True)
        reference = _reference(clip, words, short := short_cut(examined.samples, words), folder / f"{PLAIN}-short.flac")
        values: dict[str, Value] = {
            "description": " ".join(addition.description.split()),
            "language": parse_language(addition.language or DEFAULT_LANGUAGE) or DEFAULT_LANGUAGE,
            "licence": licence or "",
            "consent": consent or "",
            "reference": reference,
        }
        (folder / REPORT_FILE).write_text(report_text(None, PLAIN, clip, digest, addition, examined.report), "utf-8")
        text = voice_text(values)
        _check(text, folder, name, engines)
        write_whole(folder / VOICE_FILE, text.encode(), _DOING)
        folder.rename(addition.voices_folder / name)
        sync_folder(addition.voices_folder)
    return Added(_read(addition.voices_folder / name, engines), DEFAULT_STYLE, examined.report, _told(short))


def _extend(addition: Addition, old: Voice, folder: Path, style: str, words: str, examined: Examined, engines: FromEngines) -> Added:
    """Add a clip to an existing voice. Its voice.yaml is written last and atomically: until then the voice is the old one."""
    before = old.styles[style].clip if style in old.styles else None
    short = short_cut(examined.samples, words)
    ours = before is not None and was_made(folder / REPORT_FILE, before.path.name, before.sha256)
    with os_errors_as(OutputError, _DOING, folder, "the voice is as it was"):
        clip = free_name(folder, style or PLAIN)
        staged = temporary_name(clip)
        try:
            with _named(staged, clip):
                digest = write_clip(staged, examined.samples)
            move_into_place(staged, clip)
        except BaseException:
            discard(staged)
            raise
        try:
            short_file = free_name(folder, f"{style or PLAIN} short")
            reference = _reference(clip.name, words, short, short_file)
            text, notes = _new_text(addition, old, folder, style, reference, engines)
            report = report_text(folder / REPORT_FILE, style or PLAIN, clip.name, digest, addition, examined.report)
            write_whole(folder / REPORT_FILE, report.encode(), _DOING)
            write_whole(folder / VOICE_FILE, text.encode(), _DOING)
        except BaseException:
            discard(clip)
            if short is not None:
                discard(short_file)
            raise
    voice = _read(folder, engines)
    if before is not None and ours and all(other.clip is None or other.clip.path != before.path for other in voice.styles.values()):
        discard(before.path)
        if before.short is not None:
            discard(before.short.path)
    return Added(voice, style, examined.report, (*notes, *_told(short)))


def _new_text(
    addition: Addition, old: Voice, folder: Path, style: str, made: Mapping[str, Value], engines: FromEngines
) -> tuple[str, tuple[str, ...]]:
    """Return the new voice.yaml, read again to be sure that it says what was meant, and remarks for the user."""
    clip, words = str(made["audio"]), str(made["text"])
    before = old.styles[style].clip if style in old.styles else None
    problems = Problems()
    text = (read_voice_text(folder, problems) or "").removeprefix("\ufeff")
    node = read_yaml(text, str(folder / VOICE_FILE), problems)
    if not isinstance(node, Fields):
        raise SettingsError(problems.errors)
    changed = _changed(addition, old) if _anew(addition, old, style) else {}
    has_short = "short" in made or (before is not None and before.short is not None)
    edited = _edited(text, node, old, style, clip, words) if not changed and not has_short else None
    if edited is not None and _says(edited, old, folder, style, clip, words, engines):
        return edited, ()
    if not style:
        changed["reference"] = made
    else:
        known = node.get("styles")
        styles: dict[str, Value] = {style_name(key.text): value for key, value in known.entries} if isinstance(known, Fields) else {}
        kept = styles.get(style)
        settings = {key.text: value for key, value in kept.entries if key.text != "short"} if isinstance(kept, Fields) else {}
        changed["styles"] = {**styles, style: {**settings, **made}}
    guess = rewritten(node, changed)
    _check(guess, folder, old.name, engines)
    return guess, ((f"{VOICE_FILE} was written anew; its comments are gone",) if has_comments(text) else ())


def _reference(clip: str, words: str, short: ShortCut | None, file: Path) -> dict[str, Value]:
    """Return the values of a clip in voice.yaml; its short cut, if there is one, is written to ``file``."""
    if short is None:
        return {"audio": clip, "text": words}
    write_clip(file, short.samples)
    return {"audio": clip, "text": words, "short": {"audio": file.name, "text": short.text}}


def _told(short: ShortCut | None) -> tuple[str, ...]:
    return () if short is None else (f'short lines will be spoken with {short.seconds:.1f} s of the clip: "{short.text}"',)


def _edited(text: str, node: Fields, old: Voice, style: str, clip: str, words: str) -> str | None:
    """Return voice.yaml with this clip and otherwise as it was typed; None if that is not possible."""
    if not style:
        return with_clip(text, node.get("reference"), clip, words) if node.get("reference") else with_reference(text, clip, words)
    if style not in old.styles:
        return with_style(text, node, style, clip, words)
    styles = node.get("styles")
    typed = (value for key, value in styles.entries if style_name(key.text) == style) if isinstance(styles, Fields) else iter(())
    return with_clip(text, next(typed, None), clip, words)


def _says(text: str, old: Voice, folder: Path, style: str, clip: str, words: str, engines: FromEngines) -> bool:
    """True if a voice.yaml gives the style this clip and leaves everything else unchanged."""
    read = parse_voice(text, folder, engines, Problems())
    made = read.styles.get(style) if read is not None else None
    if read is None or made is None or made.clip is None or (made.clip.path.name, made.clip.text) != (clip, words):
        return False
    before = old.styles.get(style)
    kept = before is None or before.settings == made.settings
    return kept and replace(read, styles=_others(read, style)) == replace(old, styles=_others(old, style))


def _others(voice: Voice, style: str) -> dict[str, Style]:
    return {name: each for name, each in voice.styles.items() if name != style}


def _changed(addition: Addition, old: Voice) -> dict[str, Value | None]:
    """Return the top-level keys of voice.yaml that change when the clip replaces the voice's only one."""
    changed: dict[str, Value | None] = {}
    consent, licence = agreement(addition.consent, addition.licence, needed=False)
    if (consent or licence) and (consent, licence) != (old.consent, old.licence):
        changed |= {"consent": consent, "licence": licence}
    language = parse_language(addition.language) if addition.language else None
    if language and language != old.language:
        changed["language"] = language
    return changed


def _check(text: str, folder: Path, name: str, engines: FromEngines) -> None:
    """Raise VoiceError if this voice.yaml would not make a voice of ``folder``; without places, as the user never sees that text."""
    problems = Problems()
    if parse_voice(text, folder, engines, problems) is None:
        raise VoiceError(*(f"the voice {name} cannot be written: {problem.message}" for problem in problems.errors))


@contextmanager
def _named(staged: Path, final: Path) -> Iterator[None]:
    """Make errors name the final path instead of the temporary one."""
    try:
        yield
    except (OutputError, PublishError, VoiceError) as error:
        raise type(error)(*str(error).replace(str(staged), str(final)).splitlines()) from error
