"""The exceptions that voiceover raises, as a tree, with the exit code of the command line for each branch.

    VoiceoverError                1
      InputError                  2   invalid input
        ScriptError                   a script, with all of its problems
        SettingsError                 voiceover.yaml, voice.yaml or a flag
        VoiceError                    a voice that is missing or unusable
        EngineMissingError            a pinned engine that is not installed
        EngineOptionError             an option, such as a backend or precision, that the engine or its model does not have
        OutputError                   an output folder that cannot be written
        ModelError                    a model that is missing, damaged or of an unknown format
      RunError                    1   the work failed although the input was valid
        EngineError                   an engine could not speak an utterance
          UnusableTakeError             what it returned is no recording of it: silent, empty, far too short, not finite
        StoreError                    the take store could not be read or written
        PublishError                  a file of the episode could not be written
        NetworkError                  a download or another network request failed
      LockHeldError               4   another run is working on the same episode

A message says what is wrong, where (``path:line:column``), and what would be right. The module that imports a third-party package catches
the errors of that package and chains them to one of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from voiceover.types import Problem


LONGEST_MESSAGE = 2000
"""Longest line of a message, in characters; longer ones are shortened in the middle."""
_UNSHOWN = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+"
"""A pattern, compiled when the first message is made."""


def one_line(message: str) -> str:
    """Return ``message`` as a single line that is safe to print, whatever file contents it quotes.

    Control characters and those that change the text direction are replaced, and a very long message is shortened.
    """
    if re.search(_UNSHOWN, message):
        message = re.sub(_UNSHOWN, _escaped, message)
    if len(message) > LONGEST_MESSAGE:
        message = f"{message[: LONGEST_MESSAGE * 3 // 4]} … {message[-LONGEST_MESSAGE // 4 :]}"
    return message


def _escaped(found: re.Match[str]) -> str:
    return " " if found[0].isspace() else "".join(f"\\u{ord(character):04x}" for character in found[0])


class VoiceoverError(Exception):
    """Base class of all errors that voiceover raises; ``str()`` has one line per argument.

    Messages quote names from files that others wrote, and even a file name may contain a line feed. Within an argument it becomes a space,
    so that a name cannot add a line to a log.
    """

    exit_code = 1

    def __init__(self, *lines: str) -> None:
        super().__init__(*(one_line(line) for line in lines))

    def __str__(self) -> str:
        return "\n".join(map(str, self.args))


class InputError(VoiceoverError):
    """Invalid input; nothing was created or changed."""

    exit_code = 2


class ProblemsError(InputError):
    """Input with one or more problems at known locations; ``str()`` has one line per problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(*(str(problem) for problem in self.problems))


class ScriptError(ProblemsError):
    """A script that cannot be rendered."""


class SettingsError(ProblemsError):
    """A project file, a voice file or a flag that cannot be used."""


class VoiceError(InputError):
    """A voice that is missing or unusable."""


class EngineMissingError(InputError):
    """A pinned engine that is not installed."""


class EngineOptionError(InputError):
    """An option, such as a backend or precision, that the engine or its model does not have."""


class OutputError(InputError):
    """An output folder that cannot be written."""


class ModelError(InputError):
    """A model, or one of its files, that is missing, damaged or of an unknown format."""


class RunError(VoiceoverError):
    """The work failed although the input was valid."""


class EngineError(RunError):
    """An engine could not speak an utterance."""


class UnusableTakeError(EngineError):
    """An engine returned audio that is no recording of the utterance; with another seed it may return one."""


class StoreError(RunError):
    """The take store could not be read or written."""


class PublishError(RunError):
    """A file of the episode could not be written."""


class NetworkError(RunError):
    """A download or another network request failed."""


class LockHeldError(VoiceoverError):
    """Another run is working on the same episode."""

    exit_code = 4
