"""Files that are not scripts are refused as what they are; text that only mentions such formats is read."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest

from tests.conftest import Run
from voiceover.script import load_script
from voiceover.settings.problems import Problems

SRT = "1\n00:00:01,000 --> 00:00:03,000\nAnn: Did you feed the geese?\n\n2\n00:00:03,500 --> 00:00:05,000\nBo: I did.\n"
VTT = "WEBVTT - made by hand\n\nNOTE a note\n\n00:01.000 --> 00:03.000 align:start line:0%\n<v Ann>Did you feed the geese?\n"
FOUNTAIN = "INT. KITCHEN - DAY\n\nAnn comes in.\n\nANN\nDid you feed the geese?\n\nBO (O.S.)\nI did.\n"
TITLE_PAGE = "Title: The Fence\nCredit: written by\nAuthor: Ann\n\nBO\nI did.\n\nANN\nGood.\n"


def zipped(**files: str) -> bytes:
    """A ZIP file; ``__`` in a name is a slash."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return written.getvalue()


def refusal(path: Path, content: bytes) -> str:
    """The one error of a script, or nothing."""
    path.write_bytes(content)
    problems = Problems()
    load_script(path, problems)
    codes = [problem.code for problem in problems.errors]
    if "not-a-script" not in codes:
        return ""
    assert codes == ["not-a-script"]
    error = problems.errors[0]
    return f"{error.source.line}: {error.message}"


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("a.srt", SRT, "2: this is an SRT caption file"),
        ("a.md", SRT, "2: this is an SRT caption file"),
        ("a.yaml", SRT, "2: this is an SRT caption file"),
        ("a.txt", SRT.replace(",", "."), "2: this is a WebVTT caption file"),
        ("a.txt", SRT.split("\n\n", maxsplit=1)[0], "2: this is an SRT caption file"),
        ("a.txt", "\ufeff" + SRT.replace("\n", "\r\n"), "2: this is an SRT caption file"),
        ("a.md", f"---\ntitle: The fence\ncast: {{Ann: ada, Bo: ben}}\n---\n\n{SRT}", "7: this is an SRT caption file"),
        ("a.md", f"# The fence\n\n{SRT}", "4: this is an SRT caption file"),
        ("a.txt", "\n".join(line for line in SRT.split("\n") if not line.isdigit()), "1: this is an SRT caption file"),
        ("a.txt", f"Captions by Ann\n\n{SRT.split('2', maxsplit=1)[0]}", "4: this is an SRT caption file"),
        ("a.md", f"---\ntitle: Talk\n---\n\n{VTT}", "5: this is a WebVTT caption file"),
        ("a.vtt", VTT, "1: this is a WebVTT caption file"),
        ("a.md", VTT, "1: this is a WebVTT caption file"),
        ("a.txt", "0:00:01.000,0:00:03.000\nDid you feed the geese?\n", "1: this is an SBV caption file"),
        (
            "a.ass",
            "[Script Info]\nTitle: x\n\n[Events]\nDialogue: 0,0:00:01.00,0:00:03.00,,Hello\n",
            "1: this is a SubStation caption file",
        ),
        ("a.xml", '<?xml version="1.0"?>\n<tt xmlns="http://www.w3.org/ns/ttml"><body/></tt>', "1: this is TTML captions"),
        ("a.md", FOUNTAIN, "1: this is a Fountain screenplay"),
        ("a.txt", f"FADE IN:\n\n{FOUNTAIN}".replace("INT. KITCHEN", "EXT. FIELD"), "3: this is a Fountain screenplay"),
        ("a.md", f"---\ntitle: The fence\n---\n\n{FOUNTAIN}", "5: this is a Fountain screenplay"),
        ("a.md", TITLE_PAGE, "1: this is a Fountain screenplay"),
        ("a.fountain", "ANN\nDid you feed the geese?\n", "1: this is a Fountain screenplay"),
        ("a.fdx", '<?xml version="1.0"?>\n<FinalDraft DocumentType="Script"/>', "1: this is a Final Draft screenplay"),
        (
            "a.html",
            "<!DOCTYPE html>\n<html><body><p>Hello.</p></body></html>",
            "1: this is an HTML page; make a script of it: voiceover import a.html -o a",
        ),
        ("a.md", "<!-- saved -->\n<HTML lang=en><p>Hello.</p></HTML>", "1: this is an HTML page"),
        ("a.txt", "<speak version='1.1'>Hello.</speak>", "1: this is SSML"),
        ("a.rss", '<?xml version="1.0"?><rss/>', "1: this is an XML file"),
        (
            "a.rtf",
            "{\\rtf1\\ansi Hello.}",
            "1: this is an RTF document; convert it to Markdown first, for example: pandoc -f rtf a.rtf -t markdown -o a.md",
        ),
        ("a.tex", "\\documentclass{article}\n\\begin{document}Hello.\\end{document}", "1: this is a LaTeX document"),
        ("a.ipynb", '{"cells": [{"source": ["Hello."]}], "nbformat": 4}', "1: this is a Jupyter notebook"),
    ],
)
def test_a_text_in_another_format_is_refused(name: str, typed: str, said: str, tmp_path: Path) -> None:
    assert refusal(tmp_path / name, typed.encode()).startswith(said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(mimetype="application/epub+zip", a="x"), "an EPUB book; make a script of it: voiceover import a."),
        (zipped(**{"[Content_Types].xml": "x", "word__document.xml": "x"}), "a Word document; make a script of it"),
        (zipped(mimetype="application/vnd.oasis.opendocument.text"), "an OpenDocument text; convert it"),
        (zipped(a="x"), "an archive (ZIP)"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF; make a script of it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "a Microsoft Office file"),
        (b"ID3\x04\0\0", "an audio file (MP3)"),
        (b"\xff\xfb\x90\x64\0\0", "an audio file (MP3 or AAC)"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "an audio file (WAV)"),
        (b"fLaC\0\0", "an audio file (FLAC)"),
        (b"\0\0\0\x20ftypM4A \0", "a video or audio file (MP4)"),
        (b"\x89PNG\r\n\x1a\n\0", "a picture (PNG)"),
        (b"\xff\xd8\xff\xe0\0", "a picture (JPEG)"),
        (b"\x1f\x8b\x08\0", "an archive (gzip)"),
        (b"ID3\x04" + b"\0" * 5_000_000, "an audio file (MP3)"),
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.bin"])
def test_a_binary_file_is_called_what_it_is(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    assert refusal(tmp_path / name, content).startswith(f"1: this is {said}")


def test_other_binary_data_is_said_to_be_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\x7fELF\x02\n\0\0\0")
    problems = Problems()
    assert load_script(tmp_path / "a.md", problems) is None
    assert str(problems.errors[0]) == f"{tmp_path}/a.md:2:1: this is not a text file (binary data at line 2)"


@pytest.mark.parametrize(
    "typed",
    [
        f"# Captions\n\nAn SRT file looks so:\n\n```srt\n{SRT}```\n\nThat is all of it.\n",
        f"~~~\n{VTT}~~~\n\nSo much for WebVTT.\n",
        "WEBVTT is a format for captions.\n\nIts arrows are written --> so.\n",
        "From A --> B the way is long.\n\nA --> B --> C\n",
        "The line is\n00:00:01,000 --> 00:00:03,000\n" + "and prose goes on for long.\n" * 30,
        "1. One\n2. Two\n\n10:30 is the time.\n",
        "ANN\nDid you feed the geese?\n\nBO\nI did.\n",
        "---\ncast: {Ann: ada}\n---\n\nINT. KITCHEN - DAY\n\nANN\nDid you feed the geese?\n",
        f"This is Fountain:\n\n```\n{FOUNTAIN}```\n\nSo much for it.\n",
        "A long article about plays.\n\n" * 20 + FOUNTAIN,
        "INT. is short for interior.\n\nSo is EXT. for exterior.\n",
        "Title: The fence\nAuthor: Ann\n\nNOTE\nThis is a note.\n",
        "PK is a pair of letters. BM is another. ID numbers follow.\n",
        '<svg width="1"></svg>\n\nA page with a drawing at its top.\n',
        "<p>Hello there.</p>\n",
        "The tag `<html>` starts a page.\n",
        "An address such as https://example.org is fine.\n",
    ],
)
def test_text_that_mentions_a_format_is_read(typed: str, tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.md", typed.encode()) == ""


def test_a_url_is_called_one(voiceover: Run) -> None:
    for command in ("check", "plan", "render"):
        done = voiceover(command, "https://example.org/page", check=2)
        assert "https://example.org/page is a URL, not a file" in done.stdout + done.stderr
    done = voiceover("batch", "https://example.org/page", "-o", "out", check=2)
    assert "https://example.org/page is a URL, not a file" in done.stderr


@pytest.mark.parametrize(
    "piece",
    ["00:00:01,000 --> 00:00:03,000 ", "<!---->", "<!--", "INT. A", "A" * 63 + "\n\n", "```\n", "---\na: b\n", "WEBVTT\n", "1\n0:0"],
)
@pytest.mark.parametrize("end", ["", "\n", "x\n"])
def test_formats_are_looked_for_in_linear_time(piece: str, end: str, tmp_path: Path) -> None:
    from voiceover.script.not_scripts import text_kind

    started = time.process_time()
    text_kind((piece + end) * (1_000_000 // len(piece + end)), tmp_path / "a.md")
    assert time.process_time() - started < 2
