"""The flag ``--play``: hear the file that a command made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.terminal import echo

if TYPE_CHECKING:
    from voiceover.audio.players import Playing

INTERRUPTED = 130

play_option = click.option("--play", is_flag=True, help="Play the result; Ctrl-C stops it.")


def play_files(paths: Sequence[Path]) -> None:
    """Play finished files one after another, until interrupted.

    A file that cannot be played is one line on standard error: it has been made all the same, so the command does not fail.
    """
    from voiceover.audio.players import Playing
    from voiceover.errors import VoiceoverError

    for path in paths:
        try:
            with Playing(path) as playing:
                playing.wait()
        except KeyboardInterrupt:
            echo(f"stopped playing; {path} is complete", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except VoiceoverError as error:
            echo(error, err=True, lines=True)


class Background:
    """Plays one file at a time while something else goes on, and prints one line if that fails."""

    def __init__(self) -> None:
        self._playing: Playing | None = None

    def start(self, path: Path) -> None:
        """Play ``path`` instead of what is being played."""
        from voiceover.audio.players import Playing
        from voiceover.errors import VoiceoverError

        self.stop()
        try:
            self._playing = Playing(path)
        except VoiceoverError as error:
            echo(error, err=True, lines=True)

    def tend(self) -> None:
        """Go on to another player if one has failed; to be called now and then."""
        from voiceover.errors import VoiceoverError

        try:
            if self._playing is not None and not self._playing.running():
                self.stop()
        except VoiceoverError as error:
            self.stop()
            echo(error, err=True, lines=True)

    def stop(self) -> None:
        """Stop what is being played, if anything is."""
        playing, self._playing = self._playing, None
        if playing is not None:
            playing.stop()
