"""The charger test against cars and chargers drawn at random; `benchmarks.charger_test` plays hundreds of them."""

from __future__ import annotations

from functools import partial

import pytest

from appliance.bench.workshop import creeping_charger, good_with_steps
from appliance.power.charger_test import ChargerVerdict
from benchmarks.charger_bays import Bay, Said, drawn, five_ampere, put_to_the_test


def words_of(some: list[Said]) -> list[str]:
    return [one.word for one in some]


@pytest.fixture(scope="module")
def good() -> list[Said]:
    return [put_to_the_test(drawn(seed, weak=False)) for seed in range(40)]


def test_no_good_charger_is_refused(good: list[Said]) -> None:
    assert [one for one in good if one.word == ChargerVerdict.REFUSED.value] == []


def test_nearly_every_good_charger_passes(good: list[Said]) -> None:
    assert words_of(good).count("passed") >= 38


def test_after_a_test_that_was_passed_the_forecast_soon_says_yes(good: list[Said]) -> None:
    waited_s = sorted(60.0 if one.begins_s is None else one.begins_s for one in good if one.word == "passed")

    assert waited_s[int(0.9 * len(waited_s))] <= 20


def test_nearly_every_weak_charger_is_refused() -> None:
    said = words_of([put_to_the_test(drawn(1000 + seed, weak=True)) for seed in range(40)])

    assert said.count("refused") >= 0.95 * (len(said) - said.count("unfit")) > 10
    assert "passed" not in said


def test_a_good_charger_passes_while_somebody_plays_with_fans() -> None:
    said = words_of([put_to_the_test(Bay(seed, partial(good_with_steps, seed=seed))) for seed in range(12)])

    assert "refused" not in said
    assert said.count("passed") >= 10


@pytest.mark.parametrize("supply", [creeping_charger, five_ampere])
def test_the_chargers_of_the_stories_are_refused(supply: object) -> None:
    assert callable(supply)
    assert put_to_the_test(Bay(1, supply)).word == "refused"
