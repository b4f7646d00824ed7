"""Load a script file, in Markdown, YAML or JSON."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from voiceover.script.blocks import DocumentReader, report_leftovers, title_heading
from voiceover.script.check import check_share, check_whole, lexicon_places
from voiceover.script.cues import CueReader
from voiceover.script.dialogue import labels_in
from voiceover.script.front_matter import take_front_matter
from voiceover.script.inline import Reading
from voiceover.script.items import ItemList
from voiceover.script.json_nodes import read_json
from voiceover.script.labels import names_of
from voiceover.script.markdown import definitions_in, footnotes_in, parse_blocks
from voiceover.script.misnamed import json_lines, lines_elsewhere, segments_misread
from voiceover.script.page import show_place
from voiceover.script.source_text import read_source
from voiceover.script.suffixes import JSON_SUFFIX, YAML_SUFFIXES
from voiceover.script.tags import ELEMENTS
from voiceover.script.turns import narrator_of
from voiceover.script.yaml_form import SegmentsReader
from voiceover.settings.confine import confined
from voiceover.settings.layers import STDIN, STDIN_NAME
from voiceover.settings.problems import Problems
from voiceover.settings.reader import has_cast, read_settings
from voiceover.settings.strict_yaml import Fields, Items, Node, Scalar, read_yaml
from voiceover.system.lazy import lazy_pattern
from voiceover.types import CHOICES_SUFFIX, CastEntry, Read, Script, Settings, Source, VoiceSettings

NO_SETTINGS = Settings()
Sections: TypeAlias = Mapping[str, VoiceSettings]
NO_SECTIONS: Sections = {}
_JSON_LIST = lazy_pattern(r"(\s*)\[\s*\{\s*\"")
LONE_SPEAKER = "Narrator"
"""Name of the speaker of an article, or of a script without a cast."""


def load_script(
    path: Path,
    problems: Problems,
    base: Settings = NO_SETTINGS,
    data: bytes | None = None,
    sections: Sections = NO_SECTIONS,
    flags: Settings = NO_SETTINGS,
) -> Script | None:
    """Load the script in ``path``, as YAML or JSON by its suffix, else as Markdown; front matter alone with ``segments`` is the YAML form.

    ``base`` is the layer of settings of the project file. ``data`` is the content if it does not come from ``path``, as on standard input.
    ``sections`` are the schemas of engines that may have settings in the cast, by name. ``flags`` is the topmost layer: it may decide what
    is spoken, and is not in the settings of the script.
    Problems are added to ``problems``; a script with errors must not be rendered. Returns None if the file cannot be read at all.
    """
    text = read_source(path, problems, data)
    if text is None:
        return None
    if path.name.endswith(CHOICES_SUFFIX):
        script = f"{path.name.removesuffix(CHOICES_SUFFIX)}.md"
        problems.error(
            Source(str(path)), "not-a-script", f"this holds choices for takes of a script such as {script}; name the script itself"
        )
        return None
    with _no_collector():
        if path.suffix.lower() in YAML_SUFFIXES:
            return _load_yaml(path, text, problems, base, sections, flags)
        if path.suffix.lower() == JSON_SUFFIX or _is_json_list(text):
            return _load_json(path, text, problems, base, sections, flags)
        return _load_markdown(path, text, problems, base, sections, flags)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Disable the garbage collector, which would scan all that has been read again and again, 40% of the time for a large script."""
    if not gc.isenabled():
        yield
        return
    try:
        gc.disable()
        yield
    finally:
        gc.enable()


def _load_markdown(path: Path, text: str, problems: Problems, base: Settings, sections: Sections, flags: Settings) -> Script | None:
    front = take_front_matter(text, str(path), problems)
    if _refuse_show(show_place(front.node, markdown=True), problems):
        return None
    is_alone = isinstance(front.node, Fields) and not front.body.strip()
    as_json = text.lstrip().startswith("{")
    if isinstance(front.node, Fields) and is_alone and front.node.get("segments") is not None:
        return _load_segments(path, text, front.node, problems, base, sections, flags, as_json=as_json)
    knows_cast = has_cast(front.node) or bool(base.cast)
    data = front.node if is_alone else None
    if data is not None and lines_elsewhere(data, problems, has_cast=knows_cast, as_json=as_json, is_page=True):
        return None
    if as_json and json_lines(front.node, front.body, str(path), problems):
        return None
    lenient = not has_cast(front.node) and not base.cast
    own = read_settings(front.node, path.parent, problems, lenient=lenient, base=base, sections=sections)
    settings = own.over(base)
    article = not settings.cast
    names = None if article else names_of(entry.name for entry in settings.cast or ())
    tokens, env = parse_blocks(front.body, names, mdx=path.suffix.lower() == ".mdx")
    reading = _reading(path, text, settings, problems)
    reading.inline_footnotes = footnotes_in(env)
    reading.article = article
    read = settings.read or Read()
    speak_title = (read.title or ("speak" if article else "skip")) == "speak"
    heading = title_heading(tokens, own.title or None)
    document = DocumentReader(
        reading,
        names,
        speak_title=speak_title,
        speak_headings=(read.headings or ("speak" if article else "skip")) == "speak",
        speak_chapters=_speaks_chapters(flags.over(settings)),
        title=heading,
    )
    if speak_title and own.title and heading is None and not is_alone:
        _add_title(reading, own.title, front.node)
    document.read(tokens)
    document.check_chapters()
    for row, remark in env.get(ELEMENTS, ()):
        reading.unknown_speakers.add(remark.name, Source(str(path), row + 1), remark.severity, remark.code, remark.message)
    if article:
        labels_in(tokens, reading.place).report(problems)
    report_leftovers(reading, definitions_in(env))
    title = own.title or document.first_heading or base.title or _stem(path)
    return _finish(reading, settings, title, lexicon_places(front.node, tuple(own.lexicon or ())), article=article)


def _load_yaml(path: Path, text: str, problems: Problems, base: Settings, sections: Sections, flags: Settings) -> Script | None:
    before = len(problems.found)
    node = read_yaml(text, str(path), problems)
    if node is None and len(problems.found) > before:
        return None
    return _load_segments(path, text, node, problems, base, sections, flags)


def _load_json(path: Path, text: str, problems: Problems, base: Settings, sections: Sections, flags: Settings) -> Script | None:
    start = len(text) - len(text.lstrip())
    node, end = read_json(text, str(path), problems, what="this file", start=start) if text.strip() else (None, start)
    if node is None and text.strip():
        return None
    if text[end:].strip():
        if not json_lines(node, text[end:], str(path), problems):
            at = len(text) - len(text[end:].lstrip())
            place = Source(str(path), text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
            problems.error(place, "json-syntax", "the text goes on after the end of the JSON value")
        return None
    return _load_segments(path, text, node, problems, base, sections, flags, as_json=True)


def _is_json_list(text: str) -> bool:
    """Return True if the file is just a JSON list of objects, whatever its name."""
    start = _JSON_LIST.match(text)
    if start is None or not text.rstrip().endswith("]"):
        return False
    node, end = read_json(text, "", Problems(), what="", start=start.end(1))
    return isinstance(node, Items) and not text[end:].strip()


def _load_segments(
    path: Path,
    text: str,
    node: Node | None,
    problems: Problems,
    base: Settings,
    sections: Sections,
    flags: Settings,
    *,
    as_json: bool = False,
) -> Script | None:
    """Load a script in YAML or JSON: settings, and the list ``segments``."""
    knows_cast = has_cast(node) or bool(base.cast)
    if node is not None and lines_elsewhere(node, problems, has_cast=knows_cast, as_json=as_json):
        return None
    if node is not None and not isinstance(node, Fields):
        problems.error(
            node.source, "not-a-mapping", 'a script in YAML or JSON is a mapping ("key: value"), with its text in the list segments'
        )
        return None
    if _refuse_show(show_place(node), problems):
        return None
    entries = node.entries if node is not None else ()
    rest = Fields(tuple((key, value) for key, value in entries if key.text != "segments"), Source(str(path)))
    own = read_settings(rest, path.parent, problems, base=base, sections=sections)
    settings = own.over(base)
    names = names_of(entry.name for entry in settings.cast) if settings.cast else None
    reading = _reading(path, text, settings, problems)
    read = settings.read or Read()
    if read.title == "speak" and own.title:
        _add_title(reading, own.title, rest)
    segments = node.get("segments") if node is not None else None
    if segments is None and entries:
        problems.error(entries[0][0].source, "no-segments", "a script in YAML or JSON needs the list segments: with what is said")
    elif segments is not None:
        if names is None and rest.get("cast") is not None and problems.errors:  # the cast is wrong, and every speaker with it
            return None
        reader = SegmentsReader(reading, names, speak_headings=_speaks_chapters(flags.over(settings)))
        if segments_misread(segments, reader.find, problems, has_cast=names is not None, as_json=as_json):
            return None
        reader.read(segments)
    title = own.title or base.title or _stem(path)
    lexicon = lexicon_places(rest, tuple(own.lexicon or ()))
    return _finish(reading, settings, title, lexicon, article=False, is_reported=bool(entries) and not isinstance(segments, Items))


def _speaks_chapters(settings: Settings) -> bool:
    """True if the titles of chapters are spoken: if asked for, and by default if each chapter has files of its own."""
    asked = settings.read.headings if settings.read is not None else None
    return asked == "speak" or (asked is None and settings.split == "chapters")


def _refuse_show(place: Source | None, problems: Problems) -> bool:
    """Report a show that was given as a script; return True if it is one."""
    if place is not None:
        message = "this file describes a show (it has `feed:`), not an episode; give the scripts of its episodes instead"
        problems.error(place, "a-show", message)
    return place is not None


def _stem(path: Path) -> str:
    """Return the default title of a script."""
    return STDIN_NAME if path == STDIN else path.stem


def _reading(path: Path, text: str, settings: Settings, problems: Problems) -> Reading:
    """Context for reading a document's tokens."""
    assets = tuple(Path(folder) for folder in settings.assets or ())

    def check_file(name: str, source: Source) -> None:
        confined(name, path.parent, assets, source, problems, must_exist=True)

    return Reading(
        path=str(path),
        lines=text.split("\n"),
        items=ItemList(narrator_of(_speakers(settings)), problems, settings.lexicon or ()),
        problems=problems,
        cues=CueReader(problems, settings.sounds or {}, check_file),
        read=settings.read or Read(),
        english=(settings.language or "en").lower().startswith("en"),
    )


def _speakers(settings: Settings) -> tuple[str, ...]:
    return tuple(entry.name for entry in settings.cast or ()) or (LONE_SPEAKER,)


def _add_title(reading: Reading, title: str, node: Node | None) -> None:
    """Add the title from the front matter as spoken text."""
    key = node.get("title") if isinstance(node, Fields) else None
    source = key.source if isinstance(key, Scalar) else Source(reading.path)
    reading.items.paragraph()
    reading.items.say(title, lambda _: source, 0)


def _finish(
    reading: Reading, settings: Settings, title: str, lexicon: Mapping[str, Source], *, article: bool, is_reported: bool = False
) -> Script:
    """Return the complete script. ``is_reported`` is True if an error has already reported that it has no lines."""
    cast = settings.cast or (CastEntry(LONE_SPEAKER, "", settings.places.get("voice") or Source(reading.path)),)
    script = Script(
        path=reading.path,
        title=" ".join(title.split()),
        items=reading.items.finish(),
        cast=cast,
        narrator=reading.items.narrator.speaker,
        settings=settings,
        article=article,
        links=tuple(reading.links),
        lines=tuple(reading.lines),
    )
    reading.unknown_speakers.report(reading.problems)
    if script.segments or not is_reported:
        check_whole(script, lexicon, reading.problems)
        check_share(script, reading.left_out, reading.problems)
    return script
