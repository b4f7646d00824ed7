"""What can go wrong, as a tree, and the exit code each branch ends a command with.

    VoiceoverError                1
      InputError                  2   what the user typed or named is not usable
        ScriptError                   a script, with all its problems at once
        SettingsError                 voiceover.yaml, voice.yaml or a flag
        VoiceError                    a voice that is missing or not usable
        EngineMissingError                 a pinned engine that is not there
        EngineOptionError                  a back end, precision or preset that an engine or its model has not
        OutputError                   an output folder that cannot be written
        ModelError                    a model that is missing, damaged or not understood
      RunError                    1   the work itself failed
        EngineError                   an engine could not speak an utterance
        StoreError                    the take store could not be read or written
        PublishError                  a file of the episode could not be made
        NetworkError                  what comes over the network did not
      LockHeldError                    4   another run works on the same episode

A message says what is wrong, where (``path:line:column``), and what would be right. Errors of other packages are chained
to one of these at the module that owns the package.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from voiceover.types import Problem


LONGEST_MESSAGE = 2000
"""Characters of what is said about one thing; what is longer loses its middle."""
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")


def one_line(message: str) -> str:
    """What is safe to show of a message that quotes somebody's file: a line without marks that move the cursor or turn the text round."""
    if _UNSHOWN.search(message):
        message = _UNSHOWN.sub(_escaped, message)
    if len(message) > LONGEST_MESSAGE:
        message = f"{message[: LONGEST_MESSAGE * 3 // 4]} … {message[-LONGEST_MESSAGE // 4 :]}"
    return message


def _escaped(found: re.Match[str]) -> str:
    return " " if found[0].isspace() else "".join(f"\\u{ord(character):04x}" for character in found[0])


class VoiceoverError(Exception):
    """Any failure that voiceover reports by itself; ``str()`` has a line for each argument.

    A message quotes names from other people's files, and a file name may hold a line feed: within an argument it becomes a space, so
    that no name can add a line to a log.
    """

    exit_code = 1

    def __init__(self, *lines: str) -> None:
        super().__init__(*(one_line(line) for line in lines))

    def __str__(self) -> str:
        return "\n".join(map(str, self.args))


class InputError(VoiceoverError):
    """Something the user gave is not usable; nothing was made or changed."""

    exit_code = 2


class ProblemsError(InputError):
    """Input with one or more located problems; ``str()`` is one line a problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(*(str(problem) for problem in self.problems))


class ScriptError(ProblemsError):
    """A script that cannot be rendered."""


class SettingsError(ProblemsError):
    """A project file, a voice file or a flag that cannot be used."""


class VoiceError(InputError):
    """A voice that is missing or cannot be used."""


class EngineMissingError(InputError):
    """A pinned engine that is not installed."""


class EngineOptionError(InputError):
    """A back end, precision or preset that an engine, or the model it speaks with, has not."""


class OutputError(InputError):
    """An output folder that cannot be written."""


class ModelError(InputError):
    """A model, or a file of one, that is missing, damaged or not understood."""


class RunError(VoiceoverError):
    """The work failed although the input was right."""


class EngineError(RunError):
    """An engine could not speak an utterance."""


class StoreError(RunError):
    """The take store could not be read or written."""


class PublishError(RunError):
    """A file of the episode could not be made."""


class NetworkError(RunError):
    """What should come over the network did not."""


class LockHeldError(VoiceoverError):
    """Another run works on the same episode."""

    exit_code = 4
