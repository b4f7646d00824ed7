"""A book from EPUB to M4B: the commands of docs/import.md, as they are printed there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.authoring.importing.parts import FILES, letters, spoken
from tests.conftest import Run

PAGE = Path(__file__).parents[3] / "docs" / "import.md"
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="p.opf"/></rootfiles></container>'
)


def lines_of(heading: str) -> list[str]:
    section = PAGE.read_text("utf-8").split(f"\n{heading}\n", 1)[1]
    return [line.strip() for line in re.split(r"\n## ", section)[0].splitlines() if line.startswith("    ")]


@pytest.mark.slow
def test_the_page_from_an_epub_to_an_audiobook_works_as_it_is_printed(kokoro_data: Path, ffmpeg: str, tmp_path: Path) -> None:
    shutil.copy(FILES / "pandoc-small.epub", tmp_path / "book.epub")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path}
    lines = lines_of("## From an EPUB to an audiobook")
    assert [line.split()[1] for line in lines] == ["import", "check", "render", "batch", "bind"]
    for line in lines:
        done = subprocess.run(["sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{line}\n{done.stderr}\n{done.stdout}"
    assert sorted(path.name for path in (tmp_path / "audio").glob("*.mp3")) == ["01_the_lamp.mp3", "02_the_sea.mp3", "03_the_end.mp3"]
    told = subprocess.run([ffmpeg, "-i", "book.m4b"], cwd=tmp_path, capture_output=True, text=True).stderr
    assert re.search(r"title\s*: A very small book", told), told
    assert re.search(r"artist\s*: Mirela Osgood", told), told
    assert re.findall(r"title\s*: (The .*)", told) == ["The lamp", "The sea", "The end"]
    assert "Video: png" in told  # the cover


def novel(path: Path, chapters: int, words: int) -> list[str]:
    """Write an EPUB with many chapters, and return the sentences of each."""
    sentence = 'Number {} of chapter {} says that Odalys saw 3 * {} ships, [all of them] "new"; nobody_else did. '
    count = words // len(sentence.split())
    texts = ["".join(sentence.format(number, chapter, number) for number in range(count)) for chapter in range(1, chapters + 1)]
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(1, chapters + 1))
    refs = "".join(f'<itemref idref="c{n}"/>' for n in range(1, chapters + 1))
    nav = "".join(f'<li><a href="c{n}.xhtml">Chapter {n}</a></li>' for n in range(1, chapters + 1))
    xhtml = '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>{}</body></html>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("META-INF/container.xml", CONTAINER)
        book.writestr("nav.xhtml", xhtml.format(f'<nav epub:type="toc"><ol>{nav}</ol></nav>'))
        manifest = f'<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>{items}</manifest>'
        book.writestr("p.opf", f'<package xmlns="http://www.idpf.org/2007/opf"><metadata/>{manifest}<spine>{refs}</spine></package>')
        for number, text in enumerate(texts, 1):
            paragraphs = "".join(f"<p>{text[start : start + 400]}</p>" for start in range(0, len(text), 400))
            book.writestr(f"c{number}.xhtml", xhtml.format(f"<h1>Chapter {number}</h1>{paragraphs}"))
    return [f"Chapter {number} {text}" for number, text in enumerate(texts, 1)]


def test_a_book_of_30_000_words_in_20_chapters(voiceover: Run, tmp_path: Path) -> None:
    texts = novel(tmp_path / "book.epub", 20, 1500)
    report = json.loads(voiceover("import", "book.epub", "-o", "book", "--json").stdout)
    assert len(report["scripts"]) == 20
    assert sum(script["words"] for script in report["scripts"]) > 29_000
    assert (report["left_out"], report["remarks"]) == ([], [])
    assert letters(spoken(tmp_path / "book")) == letters("".join(texts))
