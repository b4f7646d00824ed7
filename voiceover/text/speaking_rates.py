"""How many characters are spoken in a second, by kind of script: one figure for each, for the plan's estimates and the hearing of clips.

Broadcast speech, about 160 English words a minute.
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
"""By class of characters; a digit is most of a word, a combining mark nothing."""
OTHERS_PER_SECOND = 15.0


def seconds_of(character: str) -> float:
    """What one character of a word takes; marks of punctuation, which are pauses, are the caller's."""
    rate = next((rate for pattern, rate in CHARACTERS_PER_SECOND if re.match(pattern, character)), OTHERS_PER_SECOND)
    return 1.0 / rate
