"""Vocabulary, tokens, and how texts are ended."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from voiceover.engines.f5.text import Vocab, closed, cut_plain, reference_ending, tokenize
from voiceover.engines.f5.weights.vocabulary import read_vocab
from voiceover.errors import EngineError, ModelError


@pytest.mark.parametrize("raw", [b" \na\nni3\n", b" \r\na\r\nni3\r\n", b" \na\nni3"])
def test_a_vocabulary_keeps_the_space_and_its_last_line(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "vocab.txt").write_bytes(raw)
    vocab = Vocab(read_vocab(tmp_path / "vocab.txt"))
    assert vocab.tokens == (" ", "a", "ni3")
    assert vocab.ids(["ni3", "a", " ", "ж"]).tolist() == [2, 1, 0, 0]


def test_a_vocabulary_must_fit_the_embedding(tmp_path: Path) -> None:
    Vocab((" ", "a")).check_rows(3, "vocab.txt")
    with pytest.raises(ModelError, match=r"vocab\.txt: 2 tokens do not fit an embedding of 2546 rows, which needs 2545"):
        Vocab((" ", "a")).check_rows(2546, "vocab.txt")
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(ModelError, match="a vocabulary has one token per line"):
        read_vocab(tmp_path / "empty")
    with pytest.raises(ModelError, match="cannot be read"):
        read_vocab(tmp_path / "absent")


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("(yes) no", "( yes) no"),
        ("“Yes; no”", '"Yes, no"'),
        ("it's Mr. O'Neil", "it's Mr. O'Neil"),
        ("wait…really", "wait… really"),
        ("10%off C++.", "10% off C++."),
    ],
)
def test_words_part_as_in_the_reference(text: str, spoken: str) -> None:
    assert "".join(tokenize(text)) == spoken


def test_english_needs_no_extra_and_chinese_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rjieba", None)
    monkeypatch.setitem(sys.modules, "pypinyin", None)
    assert tokenize("Café - 12.5%") == ["C", "a", "f", "é", " ", "-", " ", "1", "2", ".", "5", "%"]
    with pytest.raises(EngineError, match=r"needs the extra 'zh'; in the voiceover checkout, run: pip install '\.\[zh\]'"):
        tokenize("你好")


def test_plain_text_is_cut_as_rjieba_cuts_it() -> None:
    rjieba = pytest.importorskip("rjieba")
    rng = random.Random(5)
    pieces = [*"aZ09 .-_%&#+'\"(,:/é…—“€😀ж\r\n\t", "\r\n", "C++", "c#", "AT&T", "3.5", "e-mail", "x_y"]
    for _ in range(4000):
        text = "".join(rng.choices(pieces, k=rng.randint(1, 9)))
        assert cut_plain(text) == rjieba.cut(text), text


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("Hi", "Hi."),
        (" Hi there  ", "Hi there."),
        ("Hi!", "Hi!"),
        ("She said “go.”", "She said “go.”"),
        ("She said “go”", "She said “go”."),
        ("and then,", "and then,"),
        ("你好", "你好。"),
        ("(aside)", "(aside)."),
        ("", ""),
    ],
)
def test_a_text_gets_a_closing_stop(text: str, ended: str) -> None:
    assert closed(text) == ended


@pytest.mark.parametrize(
    ("text", "ended"), [("One.", "One.  "), ("One", "One.  "), ("One?", "One?.  "), ("好。", "好。"), ("One. ", "One.  ")]
)
def test_reference_words_end_as_upstream_ends_them(text: str, ended: str) -> None:
    assert reference_ending(text) == ended
