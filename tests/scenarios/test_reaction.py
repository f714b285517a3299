"""How soon the appliance answers a bad supply; `benchmarks.reaction` measures more of it, and in real time."""

from __future__ import annotations

import pytest

from appliance.config import PowerConfig
from benchmarks.reaction import MORE_GOAL, REACTION_GOAL_S, Reactions, gaps, reactions
from benchmarks.reaction_runs import DEEP_V, SOFT_V, Crossing, Write, crossings

DEBOUNCE_S = PowerConfig().debounce_s


@pytest.fixture(scope="module")
def found() -> Reactions:
    return reactions([crossings(1000)])


def test_no_write_is_on_the_wire_a_quarter_of_a_second_after_the_supply_broke_down(found: Reactions) -> None:
    assert len(found.last_frame_s) >= 10
    assert max(found.last_frame_s) <= REACTION_GOAL_S


def test_hardly_a_write_is_begun_after_the_debounce(found: Reactions) -> None:
    assert len(found.more) >= 10
    assert max(found.more) <= MORE_GOAL


def test_a_reaction_lasts_to_the_last_frame_that_follows() -> None:
    writes = [Write(9.8, 9.9), Write(9.95, 10.1), Write(10.1, 10.2), Write(21.0, 21.1)]
    (took_s,) = reactions([([Crossing(10.0, DEEP_V)], writes)]).last_frame_s
    assert took_s == pytest.approx(0.2)


def test_without_a_write_the_reaction_took_no_time() -> None:
    assert reactions([([Crossing(10.0, DEEP_V)], [Write(9.8, 9.9)])]).last_frame_s == (0.0,)


def test_only_what_is_begun_after_filter_and_debounce_is_one_more() -> None:
    times_s = (10.0 + DEBOUNCE_S, 10.0 + DEBOUNCE_S + 0.1)
    writes = [Write(at_s, at_s + 0.1) for at_s in times_s]
    assert reactions([([Crossing(10.0, SOFT_V)], writes)]).more == (1,)


def test_gaps_are_those_of_the_run_and_those_of_its_transfers() -> None:
    whole, writing = gaps([0.0, 0.05, 1.0, 1.02, 1.05, 3.0], [Write(1.0, 1.02), Write(1.03, 1.05)])
    assert whole == [pytest.approx(one) for one in (0.02, 0.03, 0.05, 0.95, 1.95)]
    assert writing == [pytest.approx(one) for one in (0.02, 0.03, 0.95)]
