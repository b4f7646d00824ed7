"""Manuscripts of strangers, by the command: one clear line, exit code 2, and nothing half written."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest

from tests.authoring.importing.parts import FILES, part_of, rezipped, spoken
from tests.conftest import Run

EPUB = "pandoc-epub3.epub"
OPF = "EPUB/content.opf"
PAGE = "EPUB/text/ch003.xhtml"
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE html [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
ENCRYPTED = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:enc="http://www.w3.org/2001/04/xmlenc#">
<enc:EncryptedData><enc:EncryptionMethod Algorithm="{}"/><enc:CipherData><enc:CipherReference URI="EPUB/text/ch001.xhtml"/></enc:CipherData>
</enc:EncryptedData></encryption>"""


def epub(**changes: bytes | None) -> bytes:
    names = {
        "opf": OPF,
        "page": PAGE,
        "encryption": "META-INF/encryption.xml",
        "container": "META-INF/container.xml",
        "nav": "EPUB/nav.xhtml",
    }
    return rezipped((FILES / EPUB).read_bytes(), {names[key]: content for key, content in changes.items()})


def opf(before: str, after: str) -> bytes:
    text = part_of(EPUB, OPF)
    assert before in text
    return text.replace(before, after).encode()


def page(before: str, after: str) -> bytes:
    text = part_of(EPUB, PAGE)
    assert before in text
    return text.replace(before, after).encode()


def without_spine() -> bytes:
    text = part_of(EPUB, OPF)
    return epub(opf=(text[: text.index("<spine")] + text[text.index("</spine>") + len("</spine>") :]).encode())


def bomb() -> bytes:
    return epub(page=b"<html><body><p>" + b"a " * 5_000_000 + b"</p></body></html>")


def docx_with(name: str, change: Callable[[str], str]) -> bytes:
    return rezipped((FILES / "pandoc.docx").read_bytes(), {name: change(part_of("pandoc.docx", name)).encode()})


def pdf(encrypted: bool) -> bytes:
    writer = pypdf.PdfWriter()
    if encrypted:
        writer.append(FILES / "libreoffice.pdf")
        writer.encrypt("secret", algorithm="RC4-128")
    else:
        writer.add_blank_page(200, 200)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def lying_zip() -> bytes:
    """A container whose list of files is said to be 100 MB long."""
    data = bytearray((FILES / EPUB).read_bytes())
    at = data.rfind(b"PK\x05\x06")
    data[at + 12 : at + 16] = (100 * 1024 * 1024).to_bytes(4, "little")
    return bytes(data)


def small_size_in_header() -> bytes:
    """A container that understates the size of a page."""
    data = bytearray(epub(page=page("<h2>", "<h2>" + "x" * 500_000)))
    name = PAGE.encode()
    for signature, offset, size_at in ((b"PK\x03\x04", 30, 22), (b"PK\x01\x02", 46, 24)):
        at = data.find(signature)
        while at >= 0:
            if data[at + offset : at + offset + len(name)] == name:
                data[at + size_at : at + size_at + 4] = (100).to_bytes(4, "little")
            at = data.find(signature, at + 4)
    return bytes(data)


def only(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as container:
        for name, content in files.items():
            container.writestr(name, content)
    return made.getvalue()


def pictures() -> bytes:
    """A book whose pages hold pictures only."""
    names = [name for name in zipfile.ZipFile(FILES / EPUB).namelist() if name.startswith("EPUB/text/ch")]
    return rezipped((FILES / EPUB).read_bytes(), dict.fromkeys(names, b"<html><body><img src='scan.png' alt=''/></body></html>"))


def aliases() -> bytes:
    rows = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    rows += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefg", "bcdefgh", strict=True)]
    return "\n".join(rows).encode()


BAD: dict[str, tuple[str, Callable[[], bytes], list[str]]] = {
    "an encrypted book": (
        "book.epub",
        lambda: epub(encryption=ENCRYPTED.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc").encode()),
        ["encrypted (DRM)", "without copy protection"],
    ),
    "a page that unpacks to 10 MB": ("book.epub", bomb, [PAGE, "8 MB"]),
    "a list of files as long as no book has": ("book.epub", lying_zip, ["list of files"]),
    "a page that is larger than its header says": ("book.epub", small_size_in_header, [PAGE, "damaged"]),
    "a book without a spine": ("book.epub", without_spine, [OPF, "no reading order (spine)"]),
    "a book without a package": ("book.epub", lambda: epub(opf=None), ["incomplete"]),
    "a book without a container file": ("book.epub", lambda: epub(container=b"<container/>"), ["META-INF/container.xml"]),
    "a page that is not there": ("book.epub", lambda: epub(page=None), [PAGE, "missing"]),
    "entities in the package": ("book.epub", lambda: epub(opf=opf("<package", f"{LAUGHS}<package")), [OPF, "defines entities"]),
    "an entity outside in a page": ("book.epub", lambda: epub(page=page("<!DOCTYPE html>", OUTSIDE)), [PAGE, "defines entities"]),
    "a package that is no XML": ("book.epub", lambda: epub(opf=b"<package><metadata></package>"), [f"{OPF}:1:", "not XML"]),
    "elements nested 100,000 deep": ("book.epub", lambda: epub(page=page("<h2>", "<div>" * 100_000 + "<h2>")), [PAGE, "nested"]),
    "a book that is cut off": ("book.epub", lambda: (FILES / EPUB).read_bytes()[:5000], ["damaged or not a ZIP"]),
    "a book of pictures": ("book.epub", pictures, ["hold no words"]),
    "an empty ZIP": ("book.epub", lambda: only({}), ["META-INF/container.xml is missing"]),
    "a ZIP of something else": ("book.epub", lambda: only({"notes.txt": b"Some."}), ["neither an EPUB nor"]),
    "a document with entities": (
        "letter.docx",
        lambda: docx_with("word/document.xml", lambda text: text.replace("<w:document", f"{LAUGHS}<w:document")),
        ["word/document.xml", "defines entities"],
    ),
    "a document whose text is cut off": (
        "letter.docx",
        lambda: docx_with("word/document.xml", lambda text: text[:3000]),
        ["word/document.xml:", "not XML"],
    ),
    "an encrypted document": ("letter.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), ["encrypted"]),
    "20 MB of menus": ("page.html", lambda: b"<html><body>" + b'<li><a href="/x">Menu</a></li>' * 700_000, ["21 MB", "16 MB"]),
    "a page of nothing but menus": (
        "page.html",
        lambda: b"<html><body>" + b'<ul class=m><li><a href="/x">Men</a></li><li><a href="/d">Deals of today</a></li></ul>' * 1_000,
        ["no main text", "--whole"],
    ),
    "a page of unclosed elements": ("page.html", lambda: b"<html><body>" + b"<b>" * 600_000 + b"x", ["nested"]),
    "an encrypted PDF": ("paper.pdf", lambda: pdf(encrypted=True), ["encrypted", "without a password"]),
    "a scanned PDF": ("paper.pdf", lambda: pdf(encrypted=False), ["no text", "OCR"]),
    "a PDF that is cut off": ("paper.pdf", lambda: (FILES / "libreoffice.pdf").read_bytes()[:20_000], ["damaged"]),
    "a time that is none": ("talk.srt", lambda: b"1\n00:00:0x,000 --> 00:00:02,000\nHi.\n", ["talk.srt", "no captions"]),
    "a time with a part missing": (
        "talk.srt",
        lambda: b"1\n00:00:01,000 --> 00:00:02\nHi.\n",
        ['talk.srt:2:1: "00:00:01,000 --> 00:00:02"'],
    ),
    "captions without captions": ("talk.vtt", lambda: b"WEBVTT\n\nNOTE nothing\n", ["no captions"]),
    "JSON that is none": ("turns.json", lambda: b'{"turns": [{"speaker": "A", "text": }]}', ["turns.json:1:37: this is not JSON"]),
    "JSON nested 100,000 deep": ("turns.json", lambda: b"[" * 100_000 + b"]" * 100_000, ["nested too deeply"]),
    "JSON without turns": ("turns.json", lambda: b'{"a": 1}', ["no list of turns", '"speaker"']),
    "YAML with a bomb of aliases": ("turns.yaml", aliases, ["turns.yaml:", "alias"]),
    "a script of ours": ("script.json", lambda: b'{"cast": {"A": "ada"}, "segments": ["Hi."]}', ["a script already", "voiceover check"]),
    "a story outside its folder": ("story.toml", lambda: b'gen_file = "../../etc/passwd"\n', ["outside the folder"]),
    "a story that is not there": ("story.toml", lambda: b'gen_file = "gone.txt"\n', ["is not there"]),
    "a story nested 100,000 deep": ("story.toml", lambda: b"gen_text = " + b"[" * 100_000, ["nested too deeply"]),
    "a text without headings that is larger than a script may be": (
        "notes.txt",
        lambda: b"word " * 900_000,
        ["the chapter notes.md is larger than the 4 MB", "divide it by headings"],
    ),
    "a text that is larger than a script once its signs are escaped": (
        "notes.txt",
        lambda: b"a*" * 1_600_000,
        ["the chapter notes.md is larger than the 4 MB", "divide it by headings"],
    ),
    "a story that is no TOML": ("story.toml", lambda: b"gen_text = [\n", ["not TOML"]),
    "binary data that is called Markdown": ("notes.md", lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 100, ["notes.md", "not a text"]),
    "a document nested 100,000 deep": (
        "letter.docx",
        lambda: docx_with("word/document.xml", lambda text: text.replace("<w:body>", "<w:body>" + "<w:sdt>" * 100_000)),
        ["word/document.xml", "nested over 200 deep"],
    ),
    "a book whose list of encrypted files is nested": (
        "book.epub",
        lambda: epub(encryption=b"<encryption>" * 100_000),
        ["META-INF/encryption.xml", "nested over 200 deep"],
    ),
    "a reading order outside the book": (
        "book.epub",
        lambda: epub(opf=opf('href="text/ch003.xhtml"', 'href="../../../../../../etc/passwd"')),
        ["etc/passwd"],
    ),
    "binary data": ("notes.txt", lambda: b"\x00\x01\x02" * 100, ["notes.txt:1:", "binary"]),
    "nothing": ("notes.txt", lambda: b" \n", ["empty"]),
    "Markdown": ("notes.md", lambda: b"# Notes\n\nSome.\n", ["needs no import"]),
    "an OpenDocument text": (
        "notes.odt",
        lambda: rezipped(epub(), {"mimetype": b""}).replace(b"META-INF/container", b"META-INF/contxxxxx"),
        ["neither"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_manuscript_that_cannot_be_read_is_one_line(name: str, voiceover: Run, tmp_path: Path) -> None:
    file, make, expected = BAD[name]
    (tmp_path / file).write_bytes(make())
    done = voiceover("import", file, "-o", "out", check=2)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    for words in (file, *expected):
        assert words in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [file]


LARGE: dict[str, tuple[str, str, Callable[[], bytes], str]] = {
    "a document that unpacks to more than any has": (
        "voiceover.authoring.importing.word_document._MAX_DOCUMENT_BYTES",
        "letter.docx",
        lambda: docx_with("word/document.xml", lambda text: text.replace("<w:body>", f"<w:body><!--{'x' * 300_000}-->")),
        "word/document.xml unpacks to over",
    ),
    "a document of more elements than any has": (
        "voiceover.authoring.importing.xml_parts.MAX_XML_ELEMENTS",
        "letter.docx",
        lambda: docx_with("word/document.xml", lambda text: text.replace("<w:body>", "<w:body>" + "<w:p/>" * 100_001)),
        "word/document.xml has more elements",
    ),
    "a text of more paragraphs than any has": (
        "voiceover.authoring.importing.plain_text.MAX_BLOCKS",
        "notes.txt",
        lambda: b"CHAPTER I\n\n" * 100_001,
        "has more paragraphs",
    ),
    "a page of more elements than any has": (
        "voiceover.authoring.importing.html_tree.MAX_ELEMENTS",
        "page.html",
        lambda: b"<html><body>" + b"<a></a>" * 150_000,
        "has more elements",
    ),
    "a book that unpacks to more than any has": (
        "voiceover.authoring.importing.archive._MAX_READ_BYTES",
        "book.epub",
        lambda: epub(page=b"<html><body><p>" + b"a " * 70_000 + b"</p></body></html>"),
        "unpacks to over",
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_memory_is_limited_whatever_a_file_unpacks_to(name: str, voiceover: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit, file, make, expected = LARGE[name]
    monkeypatch.setattr(limit, 100_000)  # far fewer than are allowed, since larger files take seconds
    (tmp_path / file).write_bytes(make())
    assert expected in voiceover("import", file, "-o", "out", check=2).stderr
    assert [path.name for path in tmp_path.iterdir()] == [file]


def test_obfuscated_fonts_are_no_encryption(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "book.epub").write_bytes(epub(encryption=ENCRYPTED.format("http://www.idpf.org/2008/embedding").encode()))
    voiceover("import", "book.epub", "-o", "out")
    assert len([*(tmp_path / "out").glob("*.md")]) == 5


def test_scripts_of_a_page_are_listed_and_in_no_file(voiceover: Run, tmp_path: Path) -> None:
    hostile = page(
        "<p>Odalys wrote", "<script>alert('bazinga')</script><svg onload='x'><text>bazinga</text></svg><p onclick='bazinga()'>Odalys wrote"
    )
    hostile = hostile.replace(b"</head>", b"<script src='http://x/bazinga.js'></script></head>")
    (tmp_path / "book.epub").write_bytes(epub(page=hostile))
    report = json.loads(voiceover("import", "book.epub", "-o", "out", "--json").stdout)
    kinds = [each["kind"] for each in report["left_out"] if each["where"] == PAGE]
    assert sorted(kinds) == ["drawing", "script", "script"]
    assert "bazinga" not in "".join(path.read_text("utf-8") for path in (tmp_path / "out").glob("*.md"))


def test_what_a_book_says_about_itself_cannot_leave_its_line(voiceover: Run, tmp_path: Path) -> None:
    title = "A\u202e: [x] &#10;cast: {a: b}&#10;--- \"'# {{&lt; y >}} ../../../etc"
    hostile = opf(">The Lamp at Harrow Point<", f">{title}<").replace(b"Mirela Osgood", b"x\ncover: /etc/passwd\nengine: openai")
    hostile = hostile.replace(b"media/file1.png", b"../../../../etc/passwd").replace(b">en-GB<", b">en; rm -rf .<")
    nav = part_of(EPUB, "EPUB/nav.xhtml").replace(">Preface<", ">../../Pre\u2028face/..<").encode()
    (tmp_path / "book.epub").write_bytes(epub(opf=hostile, nav=nav))
    done = voiceover("import", "book.epub", "-o", "out")
    assert "the cover was not used: " in done.stderr
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names[0] == "01_pre_face.md"
    project = (tmp_path / "out" / "voiceover.yaml").read_text("utf-8")
    assert [line.split(":")[0] for line in project.splitlines() if not line.startswith("#")] == ["show", "author", "description"]
    assert "every ship" in spoken(tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"book.epub", "out"}


def test_captions_that_overlap_are_read_in_the_order_of_their_beginnings(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "talk.srt").write_text(
        "1\n00:00:05,000 --> 00:00:09,000\nSecond line here.\n\n2\n00:00:01,000 --> 00:00:06,000\nFirst line here.\n", "utf-8"
    )
    done = voiceover("import", "talk.srt", "-o", "out")
    assert "1 caption begins before the one before ends; they are read one after the other" in done.stderr
    assert spoken(tmp_path / "out").endswith("First line here. Second line here.")


def test_captions_that_roll_up_are_read_once(voiceover: Run, tmp_path: Path) -> None:
    lines = [f"this is line {number} of the talk" for number in range(8)]
    cues = [
        f"00:00:{number * 2:02}.000 --> 00:00:{number * 2 + 2:02}.000\n{lines[number - 1]}\n{lines[number]}\n"
        if number
        else f"00:00:00.000 --> 00:00:02.000\n{lines[0]}\n"
        for number in range(8)
    ]
    (tmp_path / "talk.vtt").write_text("WEBVTT\n\n" + "\n".join(cues), "utf-8")
    done = voiceover("import", "talk.vtt", "-o", "out")
    assert "7 lines that repeat the caption before were left out" in done.stderr
    assert " ".join(spoken(tmp_path / "out").split()).endswith(" ".join(lines))


# ---------------------------------------------------------------- the place


def test_nothing_is_overwritten_unless_asked(voiceover: Run, tmp_path: Path) -> None:
    voiceover("import", FILES / EPUB, "-o", "book")
    mine = tmp_path / "book" / "02_the_first_winter.md"
    mine.write_text("my own\n", "utf-8")
    (tmp_path / "book" / "05_old.md").write_text("old\n", "utf-8")
    done = voiceover("import", FILES / EPUB, "-o", "book", check=2)
    assert "book has 01_preface.md, 02_the_first_winter.md, 03_odalys_the_fog.md and 4 more already; nothing was written" in done.stderr
    assert mine.read_text("utf-8") == "my own\n"
    done = voiceover("import", FILES / EPUB, "-o", "book", "--replace")
    assert "note: book also has 05_old.md, not from this import\n" in done.stderr
    assert "Odalys" in mine.read_text("utf-8")
    assert [path.name for path in (tmp_path / "book").iterdir() if path.name.startswith(".")] == []
    voiceover("import", FILES / "talk.srt", "-o", "book")  # another name, so nothing is in the way


def test_an_import_that_fails_on_the_way_changes_nothing(voiceover: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voiceover("import", FILES / EPUB, "-o", "book")
    before = {path.name: path.read_bytes() for path in (tmp_path / "book").iterdir()}
    rename, count = Path.rename, 0

    def failing(path: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == 5:
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    done = voiceover("import", FILES / EPUB, "-o", "book", "--whole", "--replace", check=2)
    assert "the disk is full" in done.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "book").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["book"]


@pytest.mark.parametrize("kind", ["file", "link to nowhere", "link in it", "folder in it", "read-only"])
def test_what_stands_in_the_place_of_the_folder(kind: str, voiceover: Run, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "book", tmp_path / "elsewhere.md"
    if kind == "file":
        folder.write_text("mine", "utf-8")
    elif kind == "link to nowhere":
        folder.symlink_to(tmp_path / "gone")
    else:
        folder.mkdir()
        if kind == "link in it":
            elsewhere.write_text("mine", "utf-8")
            (folder / "01_preface.md").symlink_to(elsewhere)
        elif kind == "folder in it":
            (folder / "01_preface.md").mkdir()
        else:
            folder.chmod(0o555)
            if os.access(folder, os.W_OK):
                pytest.skip("root may write everywhere")
    done = voiceover("import", FILES / EPUB, "-o", "book", "--replace", check=2)
    assert done.stderr.count("\n") == 1
    assert not elsewhere.exists() or elsewhere.read_text("utf-8") == "mine"


def test_a_file_that_is_not_there_a_folder_and_a_url(voiceover: Run, tmp_path: Path) -> None:
    assert "gone.epub: there is no such file" in voiceover("import", "gone.epub", "-o", "out", check=2).stderr
    assert "not a file" in voiceover("import", ".", "-o", "out", check=2).stderr
    assert "is a URL" in voiceover("import", "https://example.com/x.epub", "-o", "out", check=2).stderr
    assert "did you mean" in voiceover("import", FILES / EPUB, "-o", "out", "--from", "epup", check=2).stderr
    assert list(tmp_path.iterdir()) == []
