"""Names, sizes and languages of Kokoro-82M v1.0."""

from __future__ import annotations

NAME = "kokoro"
REVISION = 1
"""Raised by hand when the samples for the same utterance change, or the contents of a shipped pack."""

SAMPLE_RATE = 24_000
FRAME = 600
"""Samples per frame: durations are counted in frames."""
LONGEST_IDS = 510
"""Most symbols per call, without the zeros at both ends."""
STYLE_SHAPE = (LONGEST_IDS, 256)
"""Shape of a voice's pack: one style for each number of symbols."""

LICENCE = "Apache-2.0"
LANGUAGES = frozenset(("en", "es", "fr", "it", "pt", "hi"))
"""Primary subtags of the languages that the model was trained on and espeak-ng gives phonemes for."""

WEIGHTS_BYTES = 92_361_271
WEIGHTS_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
"""Digest of the int8 weights, kokoro-v1.0.int8.onnx; no other file is accepted, whatever its source."""

THREADS = 1
"""Threads per worker."""
