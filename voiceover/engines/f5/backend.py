"""The boundary between what every back end shares (numpy) and the networks: three calls, numpy in and numpy out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from voiceover.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """What the velocities of one sampling depend on besides time and state. A back end does what it can once for each prompt."""

    cond: FloatArray
    """Reference mel, shape (b, n, mel): zero where a frame is to be made."""
    ids: NDArray[np.int32]
    """Token ids, shape (b, nt), -1 after the end of a shorter text."""
    times: FloatArray
    """Every time at which a velocity will be asked for, in order, shape (evaluations,)."""
    guided: bool
    """Whether the unconditional velocity is wanted too."""
    mask: NDArray[np.bool_] | None = None
    """Shape (b, n), False on the padding of shorter utterances; None where there is none, as in all that voiceover renders."""


class Backend(Protocol):
    """The networks on some runtime. One instance serves one thread."""

    def velocity(self, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray:
        """Velocity at state ``x`` (b, n, mel) and time ``prompt.times[evaluation]`` by one call of the DiT.

        Shape (b, n, mel); where the prompt is guided (2b, n, mel), the unconditional half last.
        """
        ...

    def vocode(self, mel: FloatArray) -> FloatArray:
        """Waves of shape (b, (n - 1) * 256) from log-mel (b, n, mel)."""
        ...

    def duration(self, mel: FloatArray, ids: NDArray[np.int32]) -> FloatArray:
        """Predicted seconds of reference and speech together, shape (b,), from reference mel (b, n, mel) and ids (b, nt) of the whole text.

        Raises EngineError where no duration predictor was loaded.
        """
        ...
