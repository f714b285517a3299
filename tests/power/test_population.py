"""The forecast against supplies drawn at random; `benchmarks.power` plays thousands of them."""

from __future__ import annotations

import pytest

from benchmarks.power import Played, run
from benchmarks.power_play import End, Forecast, ThresholdOnly

SUPPLIES = 150
SEED = 3


@pytest.fixture(scope="module")
def played() -> dict[str, list[Played]]:
    return run(SEED, SUPPLIES, {"threshold only": ThresholdOnly, "forecast": Forecast})


def ends(played: list[Played], end: End) -> int:
    return sum(one.outcome.end is end for one in played)


def test_no_erase_is_begun_that_could_be_known_to_fail(played: dict[str, list[Played]]) -> None:
    assert ends(played["forecast"], End.FORESEEABLE) == 0


def test_the_thresholds_alone_begin_many(played: dict[str, list[Played]]) -> None:
    """Else the population would prove nothing."""
    assert ends(played["threshold only"], End.FORESEEABLE) >= 10


def test_hardly_a_good_charger_is_refused(played: dict[str, list[Played]]) -> None:
    good = [one for one in played["forecast"] if one.supply.good]

    assert sum(one.wrongly_refused for one in good) <= 0.02 * len(good)


def test_no_good_charger_leaves_anything_erased(played: dict[str, list[Played]]) -> None:
    erased = {End.FORESEEABLE, End.TOO_FRESH, End.STEP}

    assert [one for one in played["forecast"] if one.supply.good and one.outcome.end in erased] == []
