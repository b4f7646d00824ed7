"""Where speech is, and who says it: short texts, each for one rule or one trap."""

from __future__ import annotations

import pytest

from tests.authoring.casting.parts import found_in, speakers_in


@pytest.mark.parametrize(
    ("text", "speech"),
    [
        ("“Yes,” said Jo.", ["Yes,"]),
        ('"Yes," said Jo. "No."', ["Yes,", "No."]),
        ("‘It’s the dogs’ dinner,’ said Jo. ‘Don’t!’", ["It’s the dogs’ dinner,", "Don’t!"]),
        ("'Tis late,' said Jo. 'Don't go.'", ["Don't go."]),
        ("«Oui», said Jo.", ["Oui"]),
        ("»Ja«, said Jo. »Nein.«", ["Ja", "Nein."]),
        ("“He said ‘no’ to me,” said Jo.", ["He said ‘no’ to me,"]),
        ("They called the room “the Den” and liked it.", []),
        ("She meant “fascinating,” but said nothing.", []),
        ("“Undine” was a book that she liked.", []),
        ("Jo said “No” and went.", ["No"]),
        ("“I will come, but”—she stopped—“not now.”", ["I will come, but", "not now."]),
        ('"Let me," said Jo; "no, me."', ["Let me,", "no, me."]),
        ('"*I* should like to," said Jo.', ["I should like to,"]),
        ("“First.\n\n“Second,” said Jo.", ["First.", "Second,"]),
        ("> “In a quotation,” said Jo.", ["In a quotation,"]),
        ("`“code”` and <b>“bold,”</b> said Jo.", ["bold,"]),
        ("Nothing is said here.", []),
        ("“ ”", []),
        ("“", []),
    ],
)
def test_speech_is_found(text: str, speech: list[str]) -> None:
    assert [" ".join(line.quote.inner.split()) for line in found_in(text).lines] == speech


PAIR = "“Hello, there,” said Anna.\n\n“Good day,” said Ben.\n\n"


@pytest.mark.parametrize(
    ("text", "speakers"),
    [
        ("“Yes,” said Jo.", ["Jo"]),
        ("“Yes,” Jo said. “No.”", ["Jo", "Jo"]),
        ("“Yes!” cried little Amy, with a sniff.", ["Amy"]),
        ("“Yes,” put in Mrs. March quietly.", ["Mrs. March"]),
        ("“Certainly!” was Jo's answer.", ["Jo"]),
        ("Then Meg said in an altered tone: “You know.”", ["Meg"]),
        ("But Jo only said:\n\n“You know.”", ["Jo"]),
        ("“It is late;” and Beth looked at her hands.", ["Beth"]),
        ("Beth clapped her hands, and Jo tossed up her napkin, crying, “A letter!”", ["Jo"]),
        ("“You may,” said I.", ["I"]),
        ("“One.\n\n“Two,” said Jo.", ["Jo", "Jo"]),
        # Several speakers in one paragraph.
        ("“Oh, very well,” said Ann; and Phil said, “Don't, then.”", ["Ann", "Phil"]),
        # Names that mean one person.
        ("Mary Lennox came in. “Yes,” said Mary. “No,” said Mistress Mary.", ["Mary", "Mary"]),
        ("“Yes,” said Mr. Bennet. “No,” said Mrs. Bennet.", ["Mr. Bennet", "Mrs. Bennet"]),
        ("“Yes,” said the March Hare.", ["March Hare"]),
        # Pronouns, only where one person can be meant.
        ("Anna came in.\n\n“I am cold,” she said.", ["Anna"]),
        ("Anna and Kate met.\n\n“I am cold,” she said.", [None]),
        ("Anna met Ben.\n\n“I am cold,” he said.", ["Ben"]),
        ("Anna looked at Lucy. “Eat,” she said to Lucy.", ["Anna"]),
        ("“I am cold, Ben,” he said to Ben.", [None]),
        ("A man came in. Ben looked up.\n\n“I am cold,” said the man.", [None]),
        # Two speak in turn.
        (PAIR + "“How are you?”\n\n“Well.”", ["Anna", "Ben", "Anna", "Ben"]),
        (PAIR + "“How are you, Anna?”", ["Anna", "Ben", None]),
        (PAIR + "---\n\n“How are you?”", ["Anna", "Ben", None]),
        (PAIR + "“And I,” said Carl.\n\n“How are you?”", ["Anna", "Ben", "Carl", None]),
        # Not a speaker.
        ("“Yes.” The door opened.", [None]),
        ("“Yes,” said a voice.", [None]),
        ("“Yes.” Mr. Bennet made no answer.\n\n“No.”", [None, None]),
        ("“What?” they asked.", [None]),
        ("He thought of London. “Yes.” Nobody spoke.", [None]),
    ],
)
def test_who_says_it(text: str, speakers: list[str | None]) -> None:
    assert speakers_in(text) == speakers


def test_people_known_before_keep_their_names() -> None:
    found = found_in("“Yes,” said Bobbie. “No,” said Roberta.", (("Roberta", "Bobbie"),))
    assert [line.speaker for line in found.lines] == ["Roberta", "Roberta"]
    assert found.forms == {"Roberta": ("Roberta", "Bobbie")}


def test_very_many_names_are_read_in_one_pass() -> None:
    """Names that share a word are not all compared with each other."""
    text = " ".join(f"He saw Ann Q{number:05x} and Ann Z{number:05x}." for number in range(1500))
    assert speakers_in(f"{text}\n\n“Yes,” said Ben.") == ["Ben"]


@pytest.mark.parametrize("mark", ['"a" ', "‘a’ ", "“", '"', "« »", "“a” said Jo. "])
def test_marks_without_end_are_read_in_one_pass(mark: str) -> None:
    assert len(found_in(mark * 4_000 + "\n\n“Yes,” said Ben.").lines) <= 2
