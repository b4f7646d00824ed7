"""Which precision is chosen, by back ends whose faults and speeds are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from voiceover.engines.f5.backend import Backend, Prompt
from voiceover.engines.f5.choices import Sampling
from voiceover.engines.f5.choose.fidelity import FidelityLine, FidelityResult, compare_precisions
from voiceover.types import FloatArray

LINE = FidelityLine(np.full((6, 4), -2, np.float32), np.arange(5, dtype=np.int32), 20)
SAMPLING = Sampling(8, "euler", cfg_strength=2.0)
KINDS = ("qkv", "out", "ff_in", "ff_out")


@dataclass
class Flow:
    """Goes to a point that bends with time, so that the number of steps matters, and is off by ``fault``."""

    fault: float
    seconds: float

    def velocity(self, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray:
        time = prompt.times[evaluation]
        velocity = (np.sin(3 * x) - x) * (1 + time) + np.float32(self.fault)
        return np.concatenate([velocity, 0.9 * velocity]).astype(np.float32)

    def vocode(self, mel: FloatArray) -> FloatArray:
        raise NotImplementedError

    def duration(self, mel: FloatArray, ids: object) -> FloatArray:
        raise NotImplementedError


def chosen(faults: dict[str, dict[str, float]], seconds: dict[str, float]) -> FidelityResult:
    """The verdict where each kind of layer adds a fault to a precision, and costs nothing when it is float32."""

    def load(precision: str, exact: frozenset[str]) -> Backend:
        fault = sum(fault for kind, fault in faults.get(precision, {}).items() if kind not in exact)
        return Flow(fault, seconds[precision] + 0.01 * len(exact))

    faster = [name for name in seconds if name != "fp32"]
    return compare_precisions(load, LINE, SAMPLING, faster, KINDS, lambda backend, _line, _sampling: backend.seconds)  # type: ignore[attr-defined]


def test_the_fastest_that_is_near_enough_wins() -> None:
    small = {"int8": {"qkv": 1e-4}, "int4": {}}
    assert chosen(small, {"fp32": 2.0, "int8": 1.0, "int4": 1.5}).chosen.precision == "int8"
    assert chosen(small, {"fp32": 2.0, "int8": 1.5, "int4": 1.0}).chosen.precision == "int4"


def test_what_is_no_faster_is_not_worth_a_loss() -> None:
    found = chosen({"int8": {}}, {"fp32": 1.0, "int8": 0.95})
    assert found.chosen.precision == "fp32"
    assert [one.distance for one in found.tested] == [0.0, None]


def test_the_kind_that_spoils_it_stays_float32() -> None:
    found = chosen({"int8": {"ff_out": 3.0, "qkv": 1e-4}}, {"fp32": 2.0, "int8": 1.0}).chosen
    assert (found.precision, found.exact) == ("int8", {"ff_out"})


def test_two_kinds_that_spoil_it_are_found_together() -> None:
    found = chosen({"int8": {"ff_out": 3.0, "out": 2.0, "qkv": 1e-4}}, {"fp32": 2.0, "int8": 1.0}).chosen
    assert found.exact == {"ff_out", "out"}


def test_what_cannot_be_mended_gives_way_to_the_next() -> None:
    spoilt = dict.fromkeys(KINDS, 3.0)
    assert chosen({"int8": spoilt, "int4": {}}, {"fp32": 2.0, "int8": 1.0, "int4": 1.5}).chosen.precision == "int4"
    assert chosen({"int8": spoilt}, {"fp32": 2.0, "int8": 1.0}).chosen.precision == "fp32"


def test_no_numbers_are_never_near_enough() -> None:
    with np.errstate(invalid="ignore"):
        found = chosen({"int8": dict.fromkeys(KINDS, float("nan"))}, {"fp32": 2.0, "int8": 1.0})
    assert found.chosen.precision == "fp32"


@pytest.mark.parametrize("steps", [1, 7])
def test_the_limit_is_what_half_the_steps_do(steps: int) -> None:
    found = compare_precisions(lambda *_: Flow(0, 1), LINE, Sampling(steps), (), KINDS, lambda *_: 1.0)
    assert (found.limit > 0) == (steps > 1)
