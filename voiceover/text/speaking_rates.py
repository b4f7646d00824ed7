"""Speaking rates in characters per second, by script, for the plan's estimates and for checks of clips.

They are those of broadcast speech, about 160 English words per minute.
"""

from __future__ import annotations

import re

from voiceover.text.writing_systems import BURMESE_KHMER, HAN, HANGUL, KANA, THAI_LAO

CHARACTERS_PER_SECOND = (
    ("[0-9%&@$€£¥°+=§]", 3.3),
    (f"[{HAN}]", 4.5),
    (f"[{KANA}]", 7.0),
    (f"[{HANGUL}]", 5.5),
    (f"[{THAI_LAO}{BURMESE_KHMER}\u0900-\u0dff]", 12.0),
    ("[\u0590-\u08ff]", 11.0),
    ("[\u0300-\u036f\u200b-\u200f\u2060-\u206f\ufe00-\ufe0f]", 1000.0),
)
"""Rate by class of characters. A digit takes nearly as long as a word, a combining mark no time."""
OTHERS_PER_SECOND = 15.0


def seconds_of(character: str) -> float:
    """Return the seconds that one character of a word takes. The caller handles punctuation, which makes pauses."""
    # Of the Latin alphabet only signs and digits have a class; the other patterns take long to compile.
    classes = CHARACTERS_PER_SECOND[:1] if character < "\u0300" or "\u2010" <= character <= "\u205f" else CHARACTERS_PER_SECOND
    rate = next((rate for pattern, rate in classes if re.match(pattern, character)), OTHERS_PER_SECOND)
    return 1.0 / rate
