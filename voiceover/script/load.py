"""A script file, in Markdown or YAML, to a Script."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from voiceover.config import has_cast, read_settings
from voiceover.confine import confined
from voiceover.problems import Problems
from voiceover.script.blocks import DocumentReader, report_leftovers, title_heading
from voiceover.script.check import check_whole, lexicon_places
from voiceover.script.cues import CueReader
from voiceover.script.front_matter import take_front_matter
from voiceover.script.inline import Reading
from voiceover.script.items import ItemList
from voiceover.script.labels import names_of
from voiceover.script.markdown import definitions_in, footnotes_in, parse_blocks
from voiceover.script.source_text import read_source
from voiceover.script.turns import narrator_of
from voiceover.script.yaml_form import SegmentsReader
from voiceover.settings import Read, Settings
from voiceover.types import CastEntry, Script, Source
from voiceover.yaml_reader import Fields, Node, Scalar, read_yaml

YAML_SUFFIXES = (".yaml", ".yml")
NO_SETTINGS = Settings()
LONE_SPEAKER = "Narrator"
"""The speaker of an article and of a script without a cast."""


def load_script(path: Path, problems: Problems, base: Settings = NO_SETTINGS) -> Script | None:
    """The script in ``path``, in YAML by its suffix, else in Markdown.

    ``base`` is the project file's layer. None where the file cannot be read at all; every problem is added to ``problems``, and a script
    with errors among them must not be rendered.
    """
    text = read_source(path, problems)
    if text is None:
        return None
    with _no_collector():
        if path.suffix.lower() in YAML_SUFFIXES:
            return _load_yaml(path, text, problems, base)
        return _load_markdown(path, text, problems, base)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without the collector of cycles, which would look again and again at all that is read so far: two fifths of a large script's time."""
    if not gc.isenabled():
        yield
        return
    try:
        gc.disable()
        yield
    finally:
        gc.enable()


def _load_markdown(path: Path, text: str, problems: Problems, base: Settings) -> Script:
    front = take_front_matter(text, str(path), problems)
    lenient = not has_cast(front.node) and not base.cast
    own = read_settings(front.node, path.parent, problems, lenient=lenient, base=base)
    settings = own.over(base)
    article = not settings.cast
    names = None if article else names_of(entry.name for entry in settings.cast or ())
    tokens, env = parse_blocks(front.body, names)
    reading = _reading(path, text, settings, problems)
    reading.inline_footnotes = footnotes_in(env)
    read = settings.read or Read()
    speak_title = (read.title or ("speak" if article else "skip")) == "speak"
    heading = title_heading(tokens, own.title or None)
    document = DocumentReader(
        reading,
        names,
        speak_title=speak_title,
        speak_headings=(read.headings or ("speak" if article else "skip")) == "speak",
        title=heading,
    )
    if speak_title and own.title and heading is None:
        _say_title(reading, own.title, front.node)
    document.read(tokens)
    report_leftovers(reading, definitions_in(env))
    title = own.title or document.first_heading or base.title or path.stem
    return _finish(reading, settings, title, lexicon_places(front.node, tuple(own.lexicon or ())), article=article)


def _load_yaml(path: Path, text: str, problems: Problems, base: Settings) -> Script | None:
    before = len(problems.found)
    node = read_yaml(text, str(path), problems)
    if node is None and len(problems.found) > before:
        return None
    if node is not None and not isinstance(node, Fields):
        problems.error(node.source, "not-a-mapping", 'a script in YAML is lines of "key: value", with its text in the list segments:')
        return None
    entries = node.entries if node is not None else ()
    rest = Fields(tuple((key, value) for key, value in entries if key.text != "segments"), Source(str(path)))
    own = read_settings(rest, path.parent, problems, base=base)
    settings = own.over(base)
    names = names_of(entry.name for entry in settings.cast) if settings.cast else None
    reading = _reading(path, text, settings, problems)
    read = settings.read or Read()
    if read.title == "speak" and own.title:
        _say_title(reading, own.title, rest)
    segments = node.get("segments") if node is not None else None
    if segments is None and entries:
        problems.error(entries[0][0].source, "no-segments", "a script in YAML needs the list segments: with what is said")
    elif segments is not None:
        SegmentsReader(reading, names, speak_headings=read.headings == "speak").read(segments)
    title = own.title or base.title or path.stem
    return _finish(reading, settings, title, lexicon_places(rest, tuple(own.lexicon or ())), article=False)


def _reading(path: Path, text: str, settings: Settings, problems: Problems) -> Reading:
    """What reading the document needs besides its tokens."""
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


def _say_title(reading: Reading, title: str, node: Node | None) -> None:
    """Speak a title that stands in the front matter."""
    key = node.get("title") if isinstance(node, Fields) else None
    source = key.source if isinstance(key, Scalar) else Source(reading.path)
    reading.items.paragraph()
    reading.items.say(title, lambda _: source, 0)


def _finish(reading: Reading, settings: Settings, title: str, lexicon: Mapping[str, Source], *, article: bool) -> Script:
    cast = settings.cast or (CastEntry(LONE_SPEAKER, "", settings.places.get("voice") or Source(reading.path)),)
    script = Script(
        path=reading.path,
        title=" ".join(title.split()),
        items=reading.items.finish(),
        cast=cast,
        narrator=reading.items.narrator.speaker,
        settings=settings,
        article=article,
    )
    check_whole(script, lexicon, reading.problems)
    return script
