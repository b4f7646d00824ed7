"""Files that other software made: every word of their prose comes out, in order, and what was left out is listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.authoring.importing.parts import FILES, almanac, letters, spoken
from tests.conftest import Run
from voiceover.pipeline.check import check_script

BOOKS = {
    "pandoc-epub3.epub": ("header",),
    "pandoc-epub2.epub": ("header", "caption"),
    "calibre-epub2.epub": ("header",),
    "calibre-epub3.epub": ("row", "bare", "caption", "code"),
    "libreoffice.epub": ("bare", "caption", "code"),
    "pandoc.docx": ("header", "caption"),
    "libreoffice.docx": ("header", "caption"),
    "pandoc.html": ("header",),
}
"""Each file with the marks of the lines that it has."""
CHAPTERS = ["01_preface.md", "02_the_first_winter.md", "03_odalys_the_fog.md", "04_the_corvina.md", "05_the_end_of_the_log.md"]
PARTS = ["01_preface.md", "02_part_one_the_keepers.md", "03_part_two_the_ships.md"]
"""LibreOffice's table of contents has only the first level."""


@pytest.mark.parametrize("name", BOOKS)
def test_the_words_of_a_book_come_out_in_order(name: str, voiceover: Run, tmp_path: Path) -> None:
    done = voiceover("import", FILES / name, "-o", "book", "--json")
    report = json.loads(done.stdout)
    assert report["remarks"] == []
    assert sorted(path.name for path in (tmp_path / "book").glob("*.md")) == (PARTS if name == "libreoffice.epub" else CHAPTERS)
    expected = letters(almanac(*BOOKS[name]))
    if name in ("libreoffice.epub", "calibre-epub3.epub"):  # the words are not marked as struck in them
        expected = expected.replace("under7and", "under7struckand")
    assert letters(spoken(tmp_path / "book")) == expected


def test_a_book_becomes_a_folder_with_a_project_file(voiceover: Run, tmp_path: Path) -> None:
    done = voiceover("import", FILES / "pandoc-epub3.epub", "-o", "book")
    assert done.stdout == "voiceover batch book -o OUT\n"
    assert "book/02_the_first_winter.md: 159 words\n" in done.stderr
    assert "left out: 1 cover page, 1 title page, 1 struck passage (--verbose lists them)\n" in done.stderr
    project = (tmp_path / "book" / "voiceover.yaml").read_text("utf-8")
    for line in ("show: The Lamp at Harrow Point ", "author: Mirela Osgood\n", "language: en-GB\n", "cover: cover.png\n", "# lexicon:\n"):
        assert line in project
    assert "#   Pell: Pell    # 5 times\n" in project
    chapter = check_script(tmp_path / "book" / "02_the_first_winter.md")
    assert chapter.script is not None
    assert chapter.script.title == "The first winter"
    assert (chapter.settings.author, chapter.settings.language, chapter.settings.show) == (
        "Mirela Osgood",
        "en-GB",
        "The Lamp at Harrow Point",
    )
    assert Path(chapter.settings.cover or "").read_bytes() == (tmp_path / "book" / "cover.png").read_bytes()
    # The lexicon works as its comment says.
    (tmp_path / "book" / "voiceover.yaml").write_text(
        project.replace("# lexicon:", "lexicon:").replace("#   Pell: Pell", "  Pell: pal"), "utf-8"
    )
    assert " pal, who steered" in voiceover("plan", "book/02_the_first_winter.md", "--spoken", "--engine", "draft").stdout


def test_footnotes_tables_and_pictures_are_what_the_format_has_for_them(voiceover: Run, tmp_path: Path) -> None:
    for name in ("pandoc-epub3.epub", "pandoc-epub2.epub", "calibre-epub3.epub", "libreoffice.epub", "pandoc.docx", "pandoc.html"):
        voiceover("import", FILES / name, "-o", name)
        text = "".join(path.read_text("utf-8") for path in sorted((tmp_path / name).glob("*.md")))
        assert "dog.[^1] The boat" in text, name
        assert "[^1]: The dog was called Admiral, and is not mentioned again.\n" in text, name
        assert "[^2]: See also " in text or "[^3]: See also " in text or "[^1]: See also " in text, name
        assert ("| Month | Wind | Storms |\n" in text) == (name != "libreoffice.epub"), name
        assert "| November | SW | 4 |\n" in text, name
        assert ("![A lighthouse on a rock, drawn in ink](" in text) == (name != "libreoffice.epub"), name
    found = {problem.code for path in sorted((tmp_path / "pandoc-epub3.epub").glob("*.md")) for problem in check_script(path).problems}
    assert {"footnote", "image", "code"} <= found


def test_a_pdf_with_bookmarks(voiceover: Run, tmp_path: Path) -> None:
    done = voiceover("import", FILES / "libreoffice.pdf", "-o", "book")
    assert "read the scripts before you render them" in done.stderr
    assert sorted(path.name for path in (tmp_path / "book").glob("*.md")) == CHAPTERS
    words = spoken(tmp_path / "book")
    for sentence in (
        "Odalys Brandt came to Harrow Point in the wet November of 1871, with two trunks, a clock, and a very old dog.",
        "a crew of three; Mr. Pell, who steered, said nothing at all.",
        "Nothing more was written at Harrow Point by Odalys Brandt or by Tamsin Pell.",
    ):
        assert sentence in words


def test_plain_text_with_headings_between_blank_lines(voiceover: Run, tmp_path: Path) -> None:
    voiceover("import", FILES / "pandoc.txt", "-o", "book")
    words = spoken(tmp_path / "book")
    assert "O lamp that turns and turns again, what do you see?" in words
    assert letters(words).startswith(letters(almanac())[:590])
    assert "dog.[^1] The boat" in (tmp_path / "book" / "02_part_one_the_keepers.md").read_text("utf-8")
    assert "part one the keepers" in " ".join(path.stem.replace("_", " ") for path in (tmp_path / "book").iterdir())


def test_tracked_changes_count_as_accepted_and_comments_are_left_out(voiceover: Run, tmp_path: Path) -> None:
    done = voiceover("import", FILES / "pandoc-changes.docx", "-o", "letter", "--verbose")
    assert "its tracked changes count as accepted: 1 deletion and 2 insertions\n" in done.stderr
    assert "left out: comment (word/comments.xml): Really?\n" in done.stderr
    assert "is at home, and the lamp burns every night.\nNothing else has changed in this letter." in spoken(tmp_path / "letter")


def test_formulas_of_a_document_are_listed(voiceover: Run, tmp_path: Path) -> None:
    done = voiceover("import", FILES / "pandoc-formulas.docx", "-o", "proof", "--verbose")
    assert "left out: formula (word/document.xml): a+b\n" in done.stderr
    assert "left out: formula (word/document.xml): c=d\n" in done.stderr


def test_one_file_or_the_levels_that_are_asked_for(voiceover: Run, tmp_path: Path) -> None:
    voiceover("import", FILES / "pandoc.docx", "-o", "one", "--depth", "0")
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["pandoc.md"]
    one = check_script(tmp_path / "one" / "pandoc.md")
    assert one.script is not None
    assert one.script.title == "The Lamp at Harrow Point"
    assert letters("".join(segment.text for segment in one.script.segments)) == letters(f"{one.script.title}{almanac('header', 'caption')}")
    voiceover("import", FILES / "pandoc-epub3.epub", "-o", "deep", "--depth", "3")
    assert len([*(tmp_path / "deep").glob("*.md")]) == 6
    voiceover("import", FILES / "pandoc-epub3.epub", "-o", "flat", "--depth", "1")
    assert len([*(tmp_path / "flat").glob("*.md")]) == 3


def test_whole_keeps_the_title_page(voiceover: Run, tmp_path: Path) -> None:
    voiceover("import", FILES / "pandoc-epub3.epub", "-o", "book", "--whole")
    assert "Public domain (CC0)" in spoken(tmp_path / "book")


DIALOGUES = {
    "talk.vtt": (
        ["Odalys Brandt", "Tamsin Pell"],
        "We are at Harrow Point, where the lamp turns. And it turns & turns. Nobody asked it to. That is all.",
    ),
    "talk-ffmpeg.srt": ([], "We are at Harrow Point, where the lamp turns. And it turns & turns. Nobody asked it to. That is all."),
    "talk.srt": (["Odalys", "Tamsin"], "The lamp is lit, and the clock is wound. So it is. Good night. Good night. Sleep well."),
    "play.fountain": (
        ["Narrator", "Odalys", "Tamsin", "McAvoy"],
        "A lamp turns. The sea is loud. Is it lit? It is lit. It was always lit. Wasn't it? Nobody asked the dog. I brought oil. THE END",
    ),
    "dia.txt": (
        ["S1", "S2"],
        "Dia is an open weights text to dialogue model. You get full control over scripts and voices. Wow. Amazing. Try it now.",
    ),
    "vibevoice.txt": (["Speaker 1", "Speaker 2"], "The lamp is lit. I can see that, and so can the ships. Good."),
    "podcastfy.txt": (
        ["Person1", "Person2"],
        '"Welcome to the lamp podcast! Today we talk about oil." "Oil & wicks, please." "Quite."',
    ),
    "story.txt": (
        ["main", "odalys", "tamsin"],
        'A keeper had a lamp, and presently she said "It is out!" and lit it again. "It was never lit [sic]," said the other.',
    ),
    "story.toml": (
        ["main", "odalys", "tamsin"],
        'A keeper had a lamp, and presently she said "It is out!" and lit it again. "It was never lit [sic]," said the other.',
    ),
    "turns.json": (["SPEAKER_00", "SPEAKER_01"], "The lamp is lit, and the sea is loud. So I hear."),
}


@pytest.mark.parametrize("name", DIALOGUES)
def test_the_words_of_a_dialogue_come_out_in_order(name: str, voiceover: Run, tmp_path: Path) -> None:
    speakers, words = DIALOGUES[name]
    report = json.loads(voiceover("import", FILES / name, "-o", "out", "--json").stdout)
    (script,) = (tmp_path / "out").glob("*.md")
    checked = check_script(script)
    assert checked.errors == ()
    assert checked.script is not None
    assert report["speakers"] == speakers
    assert [entry.name for entry in checked.script.cast] == (speakers or ["Narrator"])
    said = " ".join(segment.text for segment in checked.script.segments)
    assert letters(said) == letters(words) if speakers else letters(said).endswith(letters(words))


def test_who_says_what(voiceover: Run, tmp_path: Path) -> None:
    voiceover("import", FILES / "talk.vtt", "-o", "out")
    voiceover("import", FILES / "play.fountain", "-o", "out")
    talk, play = (check_script(tmp_path / "out" / name).script for name in ("talk.md", "play.md"))
    assert talk is not None
    assert play is not None
    assert [(segment.speaker, segment.text) for segment in talk.segments[:2]] == [
        ("Odalys Brandt", "We are at Harrow Point, where the lamp turns."),
        ("Tamsin Pell", "And it turns & turns."),
    ]
    assert [(segment.speaker, [direction.text for direction in segment.directions]) for segment in play.segments] == [
        ("Narrator", []),
        ("Odalys", ["quietly"]),
        ("Tamsin", []),
        ("Tamsin", ["to the dog"]),
        ("Odalys", []),
        ("McAvoy", []),
        ("Narrator", []),
    ]
    assert (play.title, play.settings.author) == ("The Lamp", "Mirela Osgood")
