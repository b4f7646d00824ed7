"""The lines that every report speaks: always the same, so that reports of two machines can be compared."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection
from dataclasses import dataclass

COUNT = 20
REVISION = 1
"""Increased when a line changes."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line of the report."""

    kind: str
    """What is hard about it."""
    language: str
    text: str


_ENGLISH = (
    ReportLine("short", "en", "Yes."),
    ReportLine("short", "en", "No, thank you."),
    ReportLine("numbers", "en", "The ferry leaves at 7:45 and takes 38 minutes."),
    ReportLine("numbers", "en", "In 1932 the bridge cost 2.4 million pounds, or 15% more than planned."),
    ReportLine("question", "en", "Who left the lantern burning on the stairs?"),
    ReportLine("question", "en", "You have read it already, haven't you?"),
    ReportLine("quotes", "en", '"Come in," she said, "and close the door behind you."'),
    ReportLine("exclamation", "en", "Wait! Stop! Don't touch the red wire!"),
    ReportLine(
        "long",
        "en",
        "When the last train had gone and the lamps along the platform went out one after another, the old porter sat down on his trolley, "
        "unwrapped his sandwich, and listened to the rain.",
    ),
    ReportLine(
        "long",
        "en",
        "Flour, butter, a pinch of salt, two eggs, the peel of a lemon and a cup of warm milk: mix them slowly, then let it rest.",
    ),
    ReportLine("names", "en", "Siobhan met Joaquin and Mrs. Featherstone in Reykjavik, not in Worcester."),
    ReportLine("names", "en", "Dr. Okonkwo flew from Oaxaca to Ljubljana by way of Leicester."),
    ReportLine("spelling", "en", "It is spelled K, A, E, L, I, N, with a K."),
    ReportLine("pauses", "en", "Well... perhaps; I would rather not say: ask me tomorrow."),
    ReportLine("consonants", "en", "Six thick thistle sticks, and fresh fried fish on a fragile dish."),
    ReportLine("last word", "en", "This line must be heard to its very last word, which is winter."),
    ReportLine("short", "en", "Hi."),
    ReportLine("quotes", "en", "He called it 'a small mistake', and nobody laughed."),
    ReportLine("abbreviations", "en", "NASA, the BBC and a PhD student agreed at 3 p.m."),
    ReportLine("repetition", "en", "Very, very, very slowly, the very last of the very old trams came by."),
)
_CHINESE = (
    ReportLine("short", "zh", "好的。"),
    ReportLine("question", "zh", "请问现在几点了？"),
    ReportLine("numbers and names", "zh", "火车上午九点二十五分离开北京，下午一点到上海。"),
    ReportLine("quotes", "zh", "她说：“外面下雨了，别忘了带伞。”"),
)


def lines_for(languages: Collection[str] | None) -> tuple[tuple[ReportLine, ...], tuple[str, ...]]:
    """Return the lines for a model that lists ``languages`` (None if unknown), and remarks on the choice."""
    if languages is None:
        return _ENGLISH, ("the model lists no languages: the lines are English",)
    speaks_english, speaks_chinese = "en" in languages, "zh" in languages
    if speaks_chinese and not _reads_chinese():
        remark = "the model speaks Chinese, and the extra 'zh' is not installed: no Chinese lines"
        return _ENGLISH, (remark if speaks_english else f"{remark}; English is not among its languages",)
    if speaks_chinese:
        return (*_ENGLISH[: COUNT - len(_CHINESE)], *_CHINESE), () if speaks_english else ("English is not among the model's languages",)
    if not speaks_english:
        return _ENGLISH, (f"the lines are English, which the model does not list; it lists {', '.join(sorted(languages))}",)
    return _ENGLISH, ()


def _reads_chinese() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("pypinyin", "rjieba"))
