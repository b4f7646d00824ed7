"""What a person chose for the takes of a script: ``NAME.takes.yaml`` beside it, and copies of own recordings in ``NAME.takes/``.

read        the file, as a stranger may have written it
place       the passages of a script that its choices are for
write       change the file
recordings  own recordings: their copies, and their takes
"""

from __future__ import annotations

from voiceover.takes.choices.place import GONE, Passages, place_choices, tidy_text
from voiceover.takes.choices.read import SAID, choices_file, may_be_said, read_choices
from voiceover.takes.choices.write import changing_choices

__all__ = ["GONE", "SAID", "Passages", "changing_choices", "choices_file", "may_be_said", "place_choices", "read_choices", "tidy_text"]
