"""Where the level stepped, and where it did not."""

from __future__ import annotations

import random

import pytest

from appliance.power.steps import SCALES, SIGMAS, SMALLEST_V, Scale, noise_of, step_at

SHARP, LONG = SCALES[0], SCALES[-1]
NOISE_V = 0.004


def found(volts: list[float], scale: Scale, noise_v: float = NOISE_V) -> tuple[int, float] | None:
    return step_at(volts, [False] * len(volts), scale, noise_v)


def flat(count: int, volts: float, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [volts + chance.gauss(0, NOISE_V) for _ in range(count)]


def test_a_sharp_step_is_found_three_seconds_after_it() -> None:
    step = found(flat(20, 13.9) + flat(3, 13.75, 2), SHARP)

    assert step is not None
    assert step[0] == 20
    assert step[1] == pytest.approx(-0.15, rel=0.6)


def test_a_step_up_is_found_like_a_step_down() -> None:
    step = found(flat(20, 13.75) + flat(3, 13.9, 2), SHARP)

    assert step is not None
    assert step[0] == 20
    assert step[1] == pytest.approx(0.15, rel=0.6)


def test_the_long_scale_finds_what_the_short_one_cannot() -> None:
    volts = flat(20, 13.9) + flat(20 + LONG.lag, 13.885, 2)

    assert found(volts[:23], SHARP) is None
    assert found(volts, LONG) is not None


def test_the_place_is_found_though_it_is_not_the_tested_one() -> None:
    step = found(flat(22, 13.9) + flat(18 + LONG.lag, 13.8, 2), LONG)

    assert step is not None
    assert step[0] == 22


@pytest.mark.parametrize("seconds", [1, 2, 3])
def test_a_sharp_step_that_has_just_come_is_no_small_one_to_the_long_scale(seconds: int) -> None:
    assert found(flat(11, 13.4) + flat(23 - seconds, 13.4, 2) + flat(seconds, 13.8, 3), LONG) is None


@pytest.mark.parametrize("mv_per_min", [-60, -150, 60])
def test_a_slope_is_no_step(mv_per_min: float) -> None:
    volts = [one + mv_per_min / 60_000 * at for at, one in enumerate(flat(40, 13.9))]

    assert [found(volts, scale) for scale in SCALES] == [None] * len(SCALES)


def test_less_than_the_monitor_can_show_is_no_step() -> None:
    assert found([13.9] * 20 + [13.9 + 0.9 * SMALLEST_V] * 20, LONG, 0.0001) is None


def test_a_known_cut_is_not_found_again() -> None:
    volts = flat(20, 13.9) + flat(3, 13.7, 2)
    cuts = [at == 20 for at in range(23)]

    assert step_at(volts, cuts, SHARP, NOISE_V) is None


def test_noise_alone_is_hardly_ever_a_step() -> None:
    chance = random.Random(7)
    tried = [found([chance.gauss(13.9, NOISE_V) for _ in range(40)], LONG) for _ in range(2000)]

    assert sum(one is not None for one in tried) <= 1
    assert SIGMAS >= 5.0


@pytest.mark.parametrize("count", range(4))
def test_too_little_is_no_step(count: int) -> None:
    assert [found([13.9] * count, scale) for scale in SCALES] == [None] * len(SCALES)


def test_noise_is_blind_to_slope_and_step() -> None:
    plain = flat(60, 13.9)
    bent = [one - 0.001 * at - (0.3 if at > 30 else 0) for at, one in enumerate(plain)]

    assert noise_of(bent) == pytest.approx(noise_of(plain), rel=0.15)


def test_a_supply_that_shows_one_number_has_half_a_digit_of_noise() -> None:
    assert noise_of([13.8] * 60) == 0.002
