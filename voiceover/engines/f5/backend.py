"""The interface between the code that all back ends share and the networks: three calls with numpy arrays."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from voiceover.types import FloatArray
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """Input of one sampling besides time and state. A back end computes once per prompt whatever it can."""

    cond: FloatArray
    """Reference mel, shape (b, n, mel): zero in the frames to generate."""
    ids: NDArray[np.int32]
    """Token ids, shape (b, nt), -1 after the end of a shorter text."""
    times: FloatArray
    """The times of all velocities, in order, shape (evaluations,)."""
    guided: bool
    """True if the unconditional velocity is needed, too."""
    mask: NDArray[np.bool_] | None = None
    """Shape (b, n), False on the padding of shorter utterances; None without padding, as in everything that voiceover renders."""


class Backend(Protocol):
    """The networks on one runtime. One instance serves one thread."""

    def velocity(self, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray:
        """Return the velocity at state ``x`` (b, n, mel) and time ``prompt.times[evaluation]``, by one call of the DiT.

        Shape (b, n, mel); if the prompt is guided (2b, n, mel), the unconditional half last.
        """
        ...

    def vocode(self, mel: FloatArray) -> FloatArray:
        """Return waves of shape (b, (n - 1) * 256) from log-mel (b, n, mel)."""
        ...

    def duration(self, mel: FloatArray, ids: NDArray[np.int32]) -> FloatArray:
        """Return the predicted seconds of reference and speech, shape (b,), from reference mel (b, n, mel) and ids (b, nt) of all text.

        Raises EngineError if no duration predictor was loaded.
        """
        ...
