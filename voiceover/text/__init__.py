"""Written language: alphabets, sentences, spelling for speech, speaking rates. Plan, checks and captions use it."""

from __future__ import annotations
