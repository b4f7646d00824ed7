"""Recognizes files that are not scripts by their content: books, office documents, captions, screenplays, web pages, media.

As Markdown, such a file would be spoken with its numbers, times and markup, so it is refused with one line of advice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from voiceover.system.lazy import lazy_pattern
from voiceover.types.lazy_dataclass import dataclass

_HEAD_BYTES = 4096

_AUDIO = "this is an audio file ({}), not a script; write down what is to be said, or name the file in a script: [audio: {}]"
_PICTURE = "this is a picture ({}), not a script; write down what is to be said"
_VIDEO = "this is a video or audio file ({}), not a script; write down what is to be said"
_ARCHIVE = "this is an archive ({}); unpack it and name the script in it"
_PANDOC = "this is {}; convert it to Markdown first, for example: pandoc -f {} {} -t markdown -o {}"
_IMPORT = "this is {}; make a script of it: voiceover import {} -o {}"
_CONVERT = "this is {}; convert it to {} first, then to Markdown with pandoc"

_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"ID3", _AUDIO, "MP3"),
    (0, b"fLaC", _AUDIO, "FLAC"),
    (0, b"OggS", _AUDIO, "Ogg"),
    (0, b"MThd", _AUDIO, "MIDI"),
    (0, b"caff", _AUDIO, "CAF"),
    (0, b"#!AMR", _AUDIO, "AMR"),
    (0, b"\x1aE\xdf\xa3", _VIDEO, "Matroska or WebM"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _VIDEO, "Windows Media"),
    (0, b"\x89PNG\r\n", _PICTURE, "PNG"),
    (0, b"\xff\xd8\xff", _PICTURE, "JPEG"),
    (0, b"GIF87a", _PICTURE, "GIF"),
    (0, b"GIF89a", _PICTURE, "GIF"),
    (0, b"II*\0", _PICTURE, "TIFF"),
    (0, b"MM\0*", _PICTURE, "TIFF"),
    (0, b"\0\0\1\0", _PICTURE, "icon"),
    (0, b"8BPS\0", _PICTURE, "Photoshop"),
    (0, b"PK\x05\x06", _ARCHIVE, "ZIP"),
    (0, b"\x1f\x8b\x08", _ARCHIVE, "gzip"),
    (0, b"\xfd7zXZ\0", _ARCHIVE, "xz"),
    (0, b"\x28\xb5\x2f\xfd", _ARCHIVE, "Zstandard"),
    (0, b"7z\xbc\xaf\x27\x1c", _ARCHIVE, "7-Zip"),
    (0, b"Rar!\x1a\x07", _ARCHIVE, "RAR"),
    (257, b"ustar", _ARCHIVE, "tar"),
)
_RIFF = {b"WAVE": (_AUDIO, "WAV"), b"WEBP": (_PICTURE, "WebP"), b"AVI ": (_VIDEO, "AVI")}
_BZIP2 = lazy_pattern(rb"BZh[1-9]1AY&SY")
_MPEG_FRAME = lazy_pattern(rb"\xff[\xe2\xe3\xf1-\xf3\xf9-\xfb][^\xf0-\xff]")
"""Header of a frame of MPEG audio or ADTS; 0xFFFE would be UTF-16."""
_STILL_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif")

_MARKUP: tuple[tuple[str, str, str], ...] = (
    (r"(?:!doctype\s+)?html\b", _IMPORT, "an HTML page"),
    (r"(?:!doctype\s+)?svg\b", _PICTURE, "SVG"),
    (r"FictionBook\b", _PANDOC, "a FictionBook"),
    (r"(?:tt|tt:tt)\b[^>]*(?:ttml|/ttaf)", "", "TTML captions"),
    (r"speak\b[^>]*(?:version|synthesis|amazon|xmlns)", "", "SSML"),
    (r"FinalDraft\b", "", "a Final Draft screenplay"),
)
_XML_START = lazy_pattern(r"\s*(?:<\?xml\b[^>]*\?>\s*|<!--.{0,2000}?-->\s*){0,8}<", re.DOTALL)
_MARKUP_STARTS = tuple((re.compile(pattern, re.IGNORECASE), words, kind) for pattern, words, kind in _MARKUP)

_TIME = r"(?:\d{1,3}:)?\d{1,2}:\d\d[.,]\d{1,3}"
_CAPTION_TIME = lazy_pattern(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t]+[\w%:.,\t -]*)?")
_WEBVTT = lazy_pattern(r"\s*WEBVTT(?:[ \t][^\n]*)?(?:\n|\Z)")
_SBV_TIME = lazy_pattern(r"\d{1,2}:\d\d:\d\d\.\d{3},\d{1,2}:\d\d:\d\d\.\d{3}")
_FENCE = lazy_pattern(r"[ ]{0,3}(`{3,}|~{3,})")
_FRONT_MATTER = lazy_pattern(r"\s*---[ \t]*\n(?:(?!---[ \t]*(?:\n|\Z))[^\n]*\n){1,400}---[ \t]*(?:\n|\Z)")
_LINES_PER_CAPTION = 8
"""A file is a caption file if at least one line in this many is a time."""

_SCENE_HEADING = lazy_pattern(r"(?:(?i:INT|EXT|INT\.?/EXT|EXT\.?/INT|I/E)|EST)\.[ \t]*[^\W_]")
_CHARACTER = lazy_pattern(r"(?=[^a-z\n]*[A-Z])[A-Z0-9][A-Z0-9 .'\-]{0,38}(?:\([^)\n]{1,20}\))?[ \t]*\^?$")
_TITLE_PAGE = lazy_pattern(r"(?:Title|Credit|Authors?|Source|Draft date|Contact|Copyright):[^\n]*\n", re.IGNORECASE)
_TITLE_PAGE_SIGNS = ("credit:", "draft date:")
_CAST = lazy_pattern(r"^\s*[\"']?cast\b", re.MULTILINE)
_LONGEST_SCREENPLAY_MARK = 100
"""Most characters of a scene heading or name."""
_LINES_PER_MARK = 4
"""A file is a screenplay if at least one line in this many is a scene heading, a name, or words below a name."""
_FOUNTAIN_SUFFIXES = (".fountain", ".spmd")
_URL = lazy_pattern(r"(https?|ftp|file|s3|gs):/+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NotAScript:
    """A file that is not a script, and why."""

    message: str
    line: int = 1


def binary_kind(data: bytes, path: Path) -> NotAScript | None:
    """Recognize a binary format by its first bytes; None for text and for anything unknown."""
    head = data[:_HEAD_BYTES]
    words = _office_kind(data, path) or _media_kind(head, path)
    return NotAScript(words) if words else None


def text_kind(text: str, path: Path) -> NotAScript | None:
    """Recognize captions, screenplays, web pages and other text formats that would be read aloud with their markup."""
    if text.startswith("{\\rtf"):
        return NotAScript(_converted("an RTF document", "rtf", path))
    return _markup_kind(text, path) or _caption_kind(text, path) or _program_text_kind(text) or _fountain_kind(text, path)


def url_message(name: str) -> str:
    """Say what to do with an argument that is a URL; empty if it is a path. ``Path`` turns ``https://x`` into ``https:/x``."""
    found = _URL.match(name)
    if found is None:
        return ""
    url = f"{found[1]}://{name[found.end() :]}"
    advice = "download the page and make a script of it: voiceover import page.html -o page"
    return f"{url} is a URL, not a file; {advice}"


def _converted(kind: str, pandoc_format: str, path: Path) -> str:
    target = path.with_suffix(".md").name if path.suffix.lower() != ".md" else f"{path.stem}-text.md"
    return _PANDOC.format(kind, pandoc_format, _quoted(path.name), _quoted(target))


def _imported(kind: str, path: Path) -> str:
    return _IMPORT.format(kind, _quoted(path.name), _quoted(path.stem))


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[\w.+-]+", name) else f'"{name}"'


def _office_kind(data: bytes, path: Path) -> str:  # noqa: PLR0911 - a table in code
    """Recognize books and documents: ZIP containers, PDF, old Word files."""
    head = data[:_HEAD_BYTES]
    if head.startswith(b"PK\x03\x04"):
        if b"application/epub+zip" in head or b"META-INF/container.xml" in data:
            return _imported("an EPUB book", path)
        if b"mimetypeapplication/vnd.oasis.opendocument.text" in head:
            return _converted("an OpenDocument text", "odt", path)
        if b"mimetypeapplication/vnd.oasis.opendocument" in head:
            return _CONVERT.format("an OpenDocument file", "text")
        for folder, kind in ((b"word/", "a Word document"), (b"ppt/", "a PowerPoint file"), (b"xl/", "an Excel file")):
            if b"[Content_Types].xml" in data and folder in data:
                return _imported(kind, path) if folder == b"word/" else _CONVERT.format(kind, "text")
        if b".iwa" in data:
            return _CONVERT.format("an Apple iWork document", "DOCX")
        return _ARCHIVE.format("ZIP")
    if b"%PDF-" in head[:1024]:
        return _imported("a PDF", path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _CONVERT.format("a Microsoft Office file of the old kind", "DOCX")
    if head[60:68] in (b"BOOKMOBI", b"TEXtREAd"):
        return _CONVERT.format("a Kindle or Palm book", "EPUB")
    return ""


def _media_kind(head: bytes, path: Path) -> str:  # noqa: PLR0911 - a table in code
    for start, magic, words, kind in _MAGIC:
        if head.startswith(magic, start):
            return words.format(kind, path.name)
    if head.startswith(b"RIFF") and head[8:12] in _RIFF:
        words, kind = _RIFF[head[8:12]]
        return words.format(kind, path.name)
    if head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC"):
        return _AUDIO.format("AIFF", path.name)
    if head[4:8] == b"ftyp" and b"\0" in head[:4]:
        return _PICTURE.format("HEIF or AVIF") if head[8:12] in _STILL_BRANDS else _VIDEO.format("MP4")
    if head.startswith(b"BM") and b"\0" in head[:20]:
        return _PICTURE.format("BMP")
    if _BZIP2.match(head):
        return _ARCHIVE.format("bzip2")
    return _AUDIO.format("MP3 or AAC", path.name) if _MPEG_FRAME.match(head) and b"\0" in head else ""


def _markup_kind(text: str, path: Path) -> NotAScript | None:
    start = _XML_START.match(text)
    if start is None:
        return None
    for pattern, words, kind in _MARKUP_STARTS:
        if pattern.match(text, start.end(), start.end() + 2000):
            if kind == "SVG" and not text.rstrip().endswith("</svg>"):  # a drawing at the top of a page
                return None
            if words in (_IMPORT, _PANDOC):
                return NotAScript(_imported(kind, path) if words is _IMPORT else _converted(kind, "fb2", path))
            return NotAScript(words.format(kind) if words else f"this is {kind}; keep only the text, with each speaker's name as a label")
    if text[: start.end()].lstrip().startswith("<?xml"):
        return NotAScript("this is an XML file; take the text out of it, and write it as Markdown")
    return None


def _caption_kind(text: str, path: Path) -> NotAScript | None:
    """Recognize SubRip, WebVTT, SBV and SubStation captions; not times within a code block, or a few quoted in prose."""
    advice = "its numbers and times would be read aloud; keep only the text, and write each speaker's name as a label (Ann: ...)"
    if text.lstrip().startswith("[Script Info]"):
        return NotAScript(f"this is a SubStation caption file; {advice}")
    front = _FRONT_MATTER.match(text)
    is_webvtt = _WEBVTT.match(text, front.end() if front else 0) is not None
    if "-->" not in text and not is_webvtt and _SBV_TIME.search(text[:_HEAD_BYTES]) is None:
        return None
    first_row = text.count("\n", 0, front.end()) if front else 0
    lines = text.split("\n")
    found, filled, first_time, first_filled, sbv = 0, 0, 0, 0, False
    for row, line in _outside_code(lines, first_row):
        if not line.strip():
            continue
        filled += 1
        first_filled = first_filled or row + 1
        is_sbv = _SBV_TIME.fullmatch(line.strip()) is not None
        if is_sbv or ("-->" in line and _CAPTION_TIME.fullmatch(line.rstrip()) is not None):
            found, first_time, sbv = found + 1, first_time or row + 1, sbv or is_sbv
    if is_webvtt and (found or filled <= 1):
        return NotAScript(_imported("a WebVTT caption file", path), max(first_filled, 1))
    is_cue = first_time > 0 and (first_time == first_filled or lines[first_time - 2].strip().isdecimal())
    if (is_cue or found > 1) and found * _LINES_PER_CAPTION >= filled:
        if sbv:
            return NotAScript(f"this is an SBV caption file; {advice}", first_time)
        kind = "a WebVTT" if "." in lines[first_time - 1].split("-->", 1)[0] else "an SRT"
        return NotAScript(_imported(f"{kind} caption file", path), first_time)
    return None


def _program_text_kind(text: str) -> NotAScript | None:
    head = text[:_HEAD_BYTES].lstrip()
    if head.startswith(("\\documentclass", "\\documentstyle")):
        return NotAScript(
            "this is a LaTeX document; convert it to Markdown first, for example: pandoc -f latex paper.tex -t markdown -o paper.md"
        )
    if head.startswith("{") and ('"nbformat"' in text[-_HEAD_BYTES:] or '"nbformat"' in head) and '"cells"' in text:
        return NotAScript("this is a Jupyter notebook; convert it first: jupyter nbconvert --to markdown")
    return None


def _fountain_kind(text: str, path: Path) -> NotAScript | None:
    """Recognize a screenplay by scene headings and characters' names above their lines. A file with a cast in front matter is a script."""
    message = _imported("a Fountain screenplay", path)
    if path.suffix.lower() in _FOUNTAIN_SUFFIXES:
        return NotAScript(message)
    front = _FRONT_MATTER.match(text)
    if front is not None and _CAST.search(front[0]):
        return None
    page = text[front.end() if front else 0 :].lstrip().split("\n\n", 1)[0][:_HEAD_BYTES].lower()
    has_page = _TITLE_PAGE.match(page) is not None and any(f"\n{sign}" in f"\n{page}" for sign in _TITLE_PAGE_SIGNS)
    first_heading, headings, speakers, filled = 0, 0, 0, 0
    before, speaker_before = "", False
    for row, line in _outside_code(text.split("\n"), text.count("\n", 0, front.end()) if front else 0):
        filled += bool(line.strip())
        speakers += speaker_before and bool(line.strip())  # a name is directly above its words
        speaker_before = False
        if not before.strip() and len(line) < _LONGEST_SCREENPLAY_MARK:
            if _SCENE_HEADING.match(line.strip()):
                first_heading, headings = first_heading or row + 1, headings + 1
            else:
                speaker_before = _is_character(line.strip())
        before = line
    is_screenplay = speakers and (has_page or headings) and (headings + 2 * speakers) * _LINES_PER_MARK >= filled
    return NotAScript(message, first_heading or 1) if is_screenplay else None


def _outside_code(lines: Sequence[str], first_row: int) -> Iterator[tuple[int, str]]:
    """Yield rows and lines outside of fenced code blocks."""
    fence = ""
    for row in range(first_row, len(lines)):
        line = lines[row]
        mark = _FENCE.match(line)
        if mark is not None and (not fence or (mark[1].startswith(fence) and not line.strip(" `~"))):
            fence = "" if fence else mark[1]
        elif not fence:
            yield row, line


def _is_character(line: str) -> bool:
    return line.startswith("@") or (_CHARACTER.match(line) is not None and _SCENE_HEADING.match(line) is None)
