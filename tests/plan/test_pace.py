"""How long words will take: by the kind of character, or by the pace of a reference clip."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.plan.parts import CLIP, CLONER, DRAFT
from voiceover.plan.pace import Pace, longest_seconds, pace_of

TEXTS = ["One, two; three.", "Straße — größer!", "城里的老鼠，来了。", "안녕하세요. 네?", "กรุงเทพ", "1990 and 10:30", "🙂…", " ", ""]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("pace", [Pace(), Pace(1.25), Pace(0.5), Pace(bytes_per_second=15.0), Pace(2.0, 15.0), Pace(0.8, 12.5)])
def test_the_shares_of_a_text_add_up_to_its_length(text: str, pace: Pace) -> None:
    shares = [*pace.each(text)]
    assert len(shares) == len(text)
    assert sum(shares) == pytest.approx(pace.seconds(text))
    assert all(share >= 0 for share in shares)


@pytest.mark.parametrize("text", TEXTS[:5])
@pytest.mark.parametrize("rate", [None, 15.0])
def test_twice_the_speed_is_half_the_time(text: str, rate: float | None) -> None:
    plain = Pace(1.0, rate).seconds(text)
    assert plain > 0
    assert Pace(2.0, rate).seconds(text) == pytest.approx(plain / 2)
    assert Pace(0.5, rate).seconds(text) == pytest.approx(plain * 2)


def test_stops_and_commas_are_pauses() -> None:
    pace = Pace()
    for mark, seconds in ((".", 0.2), ("?", 0.2), ("…", 0.2), ("。", 0.2), (",", 0.125), (";", 0.125), ("—", 0.125), ("，", 0.125)):
        assert pace.seconds(mark) == pytest.approx(seconds)
        assert pace.seconds(f"word{mark}") == pytest.approx(pace.seconds("word") + seconds)


def test_english_takes_about_fifteen_letters_a_second_and_chinese_four_or_five() -> None:
    assert Pace().seconds("the quick brown fox jumps over it") == pytest.approx(33 / 15, rel=0.25)
    assert Pace().seconds("城里的老鼠来了又走了") == pytest.approx(10 / 4.5, rel=0.25)


def test_a_clip_that_the_engine_hears_sets_the_pace() -> None:
    """Its 75 bytes took 5 s."""
    assert pace_of(CLIP, 1.0, CLONER) == Pace(1.0, 15.0)
    assert pace_of(CLIP, 1.5, CLONER).seconds("x" * 45) == pytest.approx(2.0)
    assert pace_of(CLIP, 1.0, CLONER).seconds("ü" * 15) == pytest.approx(2.0)
    assert pace_of(replace(CLIP, text="  \n"), 1.0, CLONER) == Pace(1.0, None)
    assert pace_of(None, 1.0, CLONER) == Pace(1.0, None)
    assert pace_of(CLIP, 1.0, DRAFT) == Pace(1.0, None)


@pytest.mark.parametrize(("asked", "speed"), [(1.3, 1.3), (0.05, 0.05), (0.0, 0.05), (-1.0, 0.05)])
def test_no_speed_is_so_low_that_a_word_takes_for_ever(asked: float, speed: float) -> None:
    assert pace_of(CLIP, asked, DRAFT).speed == speed


def test_the_room_of_one_call() -> None:
    """What the window has beside the clip and a margin of a second; three quarters of it where the pace is a guess; never under 3 s."""
    assert longest_seconds(CLIP, CLONER) == 30.0 - 5.0 - 1.0
    assert longest_seconds(None, CLONER) == 29.0
    assert longest_seconds(CLIP, DRAFT) == 45.0
    assert longest_seconds(replace(CLIP, seconds=28.0), CLONER) == 3.0
    assert longest_seconds(None, replace(DRAFT, window_seconds=2.0)) == 3.0
