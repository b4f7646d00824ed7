"""What the library logs, on standard error."""

from __future__ import annotations

import logging

from voiceover.cli.terminal import echo
from voiceover.system.redaction import redact


class LogLines(logging.Handler):
    """Writes a line per record."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            echo(redact(self.format(record)), err=True, lines=record.exc_info is not None)
        except Exception:
            self.handleError(record)


def log_to_stderr() -> None:
    """Print warnings and errors of the library that no other handler takes."""
    logging.lastResort = LogLines(logging.WARNING)
