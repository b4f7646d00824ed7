"""``python -m voiceover``."""

from __future__ import annotations

from voiceover.cli import main

if __name__ == "__main__":
    main()
