"""An order in which everything comes behind what it waits for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.campaign.order import circle, in_order


@st.composite
def waits(draw: st.DrawFn) -> dict[int, tuple[int, ...]]:
    """Who waits for whom, without a circle: only for those that come earlier in a drawn order."""
    numbers = draw(st.permutations(range(draw(st.integers(1, 7)))))
    return {
        number: tuple(draw(st.lists(st.sampled_from(numbers[:index]), unique=True))) if index else ()
        for index, number in enumerate(numbers)
    }


@given(waits())
def test_everybody_comes_once_and_behind_whom_it_waits_for(found: dict[int, tuple[int, ...]]) -> None:
    order = in_order([(0,)] * len(found), found)
    assert sorted(order) == sorted(found)
    assert all(order.index(other) < order.index(number) for number in found for other in found[number])


@given(waits())
def test_what_has_an_order_has_no_circle(found: dict[int, tuple[int, ...]]) -> None:
    assert circle(found) == ()


@given(st.lists(st.integers(0, 2)))
def test_without_waiting_ranks_decide_and_then_the_given_order(ranks: list[int]) -> None:
    order = in_order([(rank,) for rank in ranks], {})
    assert list(order) == sorted(range(len(ranks)), key=lambda index: ranks[index])


def test_a_circle_is_told_each_before_the_one_it_waits_for() -> None:
    found = circle({0: (1,), 1: (2,), 2: (0,), 3: (0,)})
    start = found.index(0)
    assert found[start:] + found[:start] == (0, 1, 2)


def test_one_that_waits_for_itself_is_a_circle() -> None:
    assert circle({0: (0,)}) == (0,)
