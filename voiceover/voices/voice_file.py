"""Reads one voice: the file ``voice.yaml`` and the clips beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from voiceover.audio.clip_header import clip_digest, read_clip_header
from voiceover.audio.limits import BEST_CLIP, MOST_VOICE_BYTES
from voiceover.audio.unreadable import instead_of_file
from voiceover.errors import InputError
from voiceover.settings.confine import confined, is_file
from voiceover.settings.layers import DEFAULT_LANGUAGE
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Node, Scalar, read_yaml
from voiceover.settings.terms import CONSENT_WANTED, consent_noted, licence_of, says_none
from voiceover.settings.values import (
    is_empty,
    read_bool,
    read_fields,
    read_gain,
    read_language,
    read_option,
    read_text,
    read_word,
    style_name,
)
from voiceover.system.dependencies import add_dependency, once
from voiceover.system.lazy import lazy_pattern
from voiceover.types import DEFAULT_STYLE, Clip, Problem, Source, Style, Voice
from voiceover.types.lazy_dataclass import dataclass
from voiceover.voices.from_engines import EngineSettings, FromEngines

VOICE_FILE = "voice.yaml"
KEYS = ("description", "language", "speed", "gain", "licence", "consent", "synthetic", "reference", "styles")
_CLIP_KEYS = ("audio", "text", "formerly", "short")
_SHA256 = lazy_pattern(r"[0-9a-f]{64}")
MAX_BYTES = 1_000_000
MOST_STYLES = 100
_TERMS = {"licence": licence_of, "consent": consent_noted}


@dataclass(slots=True)
class _Clips:
    """The clips of one voice while they are read."""

    folder: Path
    size: int = 0
    """Bytes so far."""


def read_voice(folder: Path, engines: FromEngines, problems: Problems) -> Voice | None:
    """Return the voice in ``folder``, which gives it its name; None, with errors, if any part of it cannot be used."""
    text = read_voice_text(folder, problems)
    return parse_voice(text, folder, engines, problems) if text is not None else None


def read_voice_once(folder: Path, engines: FromEngines, problems: Problems) -> Voice | None:
    """Read a voice as ``read_voice`` does, only once while files are taken to be unchanged (see ``dependencies``)."""

    def read() -> tuple[Voice | None, tuple[Problem, ...]]:
        own = Problems()
        return read_voice(folder, engines, own), tuple(own.found)

    voice, found = once(("voice", folder), read)
    problems.found.extend(found)
    return voice


def parse_voice(text: str, folder: Path, engines: FromEngines, problems: Problems) -> Voice | None:
    """Return the voice in ``folder`` as if its voice.yaml contained ``text``; None, with errors, like ``read_voice``."""
    path = folder / VOICE_FILE
    start = Source(str(path))
    before = len(problems.errors)
    node = read_yaml(text, str(path), problems)
    if node is None:
        if len(problems.errors) == before:
            problems.error(start, "empty-file", "a voice needs at least a licence or a consent, and its reference clip")
        return None
    known = (*KEYS[:-1], *_sections(engines), *KEYS[-1:])
    values = read_fields(engines.without_absent(node, known, problems), problems, VOICE_FILE, known)
    if values is None:
        return None
    licence = read_word(values["licence"], problems, "licence") if "licence" in values else None
    consent = read_text(values["consent"], problems, "consent") if "consent" in values else None
    _check_terms(values, start, problems)
    licence, consent = (None if typed is None or says_none(typed) else typed for typed in (licence, consent))
    speed = read_option("speed", values["speed"], problems) if "speed" in values else None
    language = (read_language(values["language"], problems, "language") if "language" in values else None) or DEFAULT_LANGUAGE
    synthetic = (read_bool(values["synthetic"], problems, "synthetic") if "synthetic" in values else None) or False
    below = {**(engines.for_synthetic(folder.name, language) if synthetic else {}), **engines.derived(folder.name)}
    voice = Voice(
        name=folder.name,
        folder=folder,
        language=language,
        styles=_read_styles(folder, values, below, engines, problems),
        speed=float(speed) if speed is not None else None,
        gain_db=(read_gain(values["gain"], problems, "gain") if "gain" in values else None) or 0.0,
        licence=licence,
        consent=consent,
        description=(read_text(values["description"], problems, "description") if "description" in values else None) or "",
        synthetic=synthetic,
    )
    return voice if len(problems.errors) == before else None


def _check_terms(values: Mapping[str, Node], start: Source, problems: Problems) -> None:
    """Add an error if there is neither a licence nor a consent; a value that is not text is reported where it is read."""
    nodes = [(key, values[key]) for key in _TERMS if key in values]
    if any(not isinstance(node, Scalar) or _TERMS[key](node.text) for key, node in nodes):
        return
    wanted = f'a voice needs "licence" (such as CC0-1.0) or "consent" ({CONSENT_WANTED})'
    if not nodes:
        problems.error(start, "no-consent", f"{wanted}; add the one that is true")
    for key, node in nodes:
        shown = node.text.strip() if isinstance(node, Scalar) else ""
        problems.error(node.source, "no-consent", f'"{shown}" is not a valid {key}; {wanted}: write the one that is true')


def read_voice_text(folder: Path, problems: Problems) -> str | None:
    """Return the text of voice.yaml; None, with an error, if it cannot be read."""
    path = folder / VOICE_FILE
    add_dependency(path)
    if not is_file(path):
        problems.error(Source(str(path)), "unreadable-file", f"could not be read ({instead_of_file(path)})")
        return None
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        problems.error(Source(str(path)), "unreadable-file", f"could not be read ({error.strerror})")
        return None
    if len(data) > MAX_BYTES:
        problems.error(Source(str(path)), "too-large", f"is over {MAX_BYTES // 1_000_000} MB")
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.error(Source(str(path), line), "not-utf-8", "this line is not UTF-8 text; save the file as UTF-8")
        return None


def _sections(engines: FromEngines) -> tuple[str, ...]:
    """Return the engines that may have a section; one that is named like a key of ours has none."""
    return tuple(name for name in engines.schemas if name not in KEYS)


def _read_styles(
    folder: Path, values: Mapping[str, Node], below: EngineSettings, engines: FromEngines, problems: Problems
) -> dict[str, Style]:
    """Return the plain style, with engine settings over ``below``, and those of ``styles:``, which inherit them from the plain one."""
    plain = engines.read({key: values[key] for key in _sections(engines) if key in values}, below, problems)
    clips = _Clips(folder)
    reference = read_fields(values["reference"], problems, "reference", _CLIP_KEYS) if "reference" in values else None
    styles = {DEFAULT_STYLE: _style(clips, values.get("reference"), reference, plain, problems)}
    node = values.get("styles")
    if node is None:
        return styles
    if not isinstance(node, Fields):
        problems.error(node.source, "bad-value", "styles must be a mapping from names to {audio, text, draft}")
        return styles
    if len(node.entries) > MOST_STYLES:  # the clip of each is read
        problems.error(node.source, "bad-value", f"a voice may have {MOST_STYLES} styles, not {len(node.entries)}")
        return styles
    for key, value in node.entries:
        name = style_name(key.text)
        if name == DEFAULT_STYLE and key.text.strip():
            problems.error(key.source, "bad-value", f'"{key.text}" is the plain style, whose clip belongs under "reference"')
            continue
        if not name or name in styles:
            problems.error(key.source, "duplicate-name", f'each style needs a unique name, without regard to case, not "{key.text}"')
            continue
        known = (*_CLIP_KEYS, *_sections(engines))
        of_style = (
            {} if is_empty(value) else read_fields(engines.without_absent(value, known, problems), problems, f"the style {name}", known)
        )
        if of_style is not None:
            styles[name] = _style(clips, value, of_style, engines.read(of_style, plain, problems), problems)
    return styles


def _style(clips: _Clips, node: Node | None, values: Mapping[str, Node] | None, settings: EngineSettings, problems: Problems) -> Style:
    clip = None
    if node is not None and values is not None and ("audio" in values or "text" in values):
        missing = [key for key in ("audio", "text") if key not in values]
        if missing:
            problems.error(
                node.source, "missing-key", f'a clip needs "audio", its file, and "text", its exact words; "{missing[0]}" is missing'
            )
        else:
            clip = _read_clip(clips, values["audio"], values["text"], problems)
            if clip is not None and "formerly" in values:
                clip = replace(clip, formerly=_read_formerly(values["formerly"], problems))
            if clip is not None and "short" in values:
                clip = replace(clip, short=_read_short(clips, clip, values["short"], problems))
    return Style(clip, settings)


def _read_formerly(node: Node, problems: Problems) -> tuple[str, str] | None:
    """Return digest and words of the clip that a clip replaces."""
    values = read_fields(node, problems, "formerly", ("sha256", "text"))
    if values is None:
        return None
    missing = [key for key in ("sha256", "text") if key not in values]
    if missing:
        message = f'"formerly" needs "sha256", the digest of the replaced clip, and "text", its exact words; "{missing[0]}" is missing'
        problems.error(node.source, "missing-key", message)
        return None
    digest, words = read_word(values["sha256"], problems, "sha256"), read_text(values["text"], problems, "text")
    if digest is not None and not _SHA256.fullmatch(digest):
        problems.error(values["sha256"].source, "bad-value", f'sha256 must be 64 digits and letters from a to f, not "{digest}"')
        return None
    return (digest, " ".join(words.split())) if digest and words else None


def _read_short(clips: _Clips, clip: Clip, node: Node, problems: Problems) -> Clip | None:
    """Return the short clip that belongs to ``clip``."""
    values = read_fields(node, problems, "short", ("audio", "text"))
    if values is None:
        return None
    if missing := [key for key in ("audio", "text") if key not in values]:
        message = f'"short" needs "audio", the file of a shorter clip, and "text", its exact words; "{missing[0]}" is missing'
        problems.error(node.source, "missing-key", message)
        return None
    short = _read_clip(clips, values["audio"], values["text"], problems)
    if short is not None and short.seconds >= clip.seconds:
        message = f"the short clip has {short.seconds:.1f} s and the clip {clip.seconds:.1f} s; it must be shorter"
        problems.error(values["audio"].source, "bad-value", message)
        return None
    return short


def _read_clip(clips: _Clips, audio: Node, words: Node, problems: Problems) -> Clip | None:
    name = read_word(audio, problems, "audio")
    text = read_text(words, problems, "text")
    path = confined(name, clips.folder, (), audio.source, problems, must_exist=True) if name else None
    if path is None or not text:
        if text == "":
            problems.error(words.source, "bad-value", "text must be the exact words of the clip")
        return None
    try:
        header = read_clip_header(path)
        clips.size += path.stat().st_size
        if clips.size > MOST_VOICE_BYTES:
            problems.error(
                audio.source,
                "too-large",
                f"the clips of this voice have over {MOST_VOICE_BYTES // 1_000_000} MB up to here; a clip of {BEST_CLIP} has about 1 MB",
            )
            return None
        digest = clip_digest(path)
    except (InputError, OSError) as error:
        problems.error(audio.source, "not-audio", f"the reference clip {error}")
        return None
    if not header.frames:
        problems.error(audio.source, "not-audio", f"the reference clip {path}: holds no sound")
        return None
    return Clip(path, " ".join(text.split()), digest, header.seconds)
