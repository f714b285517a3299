"""How long the supply lasts, in one line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.events import Phase
from appliance.page.lasting import Lasting, lasting
from appliance.status import Status, SupplyNow

STEADY = SupplyNow(13.6, "open", limit_v=13.0, limit_in_s=None, slope_v_per_min=0.0)


def status(in_s: float | None = None, phase: Phase = Phase.PROGRAMMING) -> Status:
    return Status(phase=phase, supply=replace(STEADY, limit_in_s=in_s))


def words(found: Lasting | None) -> str:
    assert found is not None
    return f"{found.words}[{found.in_s}]{found.rest}"


def test_a_steady_supply_holds_until_the_job_is_done() -> None:
    assert words(lasting(status(), 600.0)) == "Holds until the job is done[600.0]"


def test_a_supply_that_outlasts_the_job_says_by_how_much() -> None:
    said = words(lasting(status(900.0), 600.0))
    assert said == "Holds until the job is done[600.0]; the limit 13.00 V would come 5 min later"


def test_a_supply_that_does_not_outlast_the_job_says_when_and_what_to_do() -> None:
    said = words(lasting(status(300.0), 600.0))
    assert said == (
        "The limit 13.00 V is reached in 5 min[300.0], before the job is done: check the charger and its clamps"
    )


def test_without_a_job_the_limit_alone_counts() -> None:
    assert words(lasting(status(300.0, Phase.READY), None)).startswith("The limit 13.00 V is reached in 5 min[300.0]:")
    assert words(lasting(status(None, Phase.READY), None)) == "Holds: nothing leads to the limit 13.00 V[None]"


def test_a_limit_that_is_reached_has_no_time_of_day() -> None:
    assert words(lasting(status(0.0), 600.0)).startswith("The limit 13.00 V is reached[None]")


def test_while_it_is_held_no_job_has_an_end_to_tell() -> None:
    assert lasting(status(None, Phase.HELD), 600.0) is None
    assert words(lasting(status(900.0, Phase.HELD), 600.0)).startswith("The limit 13.00 V is reached in 15 min")


@pytest.mark.parametrize(
    "supply",
    [SupplyNow(), replace(STEADY, slope_v_per_min=None), replace(STEADY, limit_v=None)],
    ids=["nothing", "too-little-seen", "old-journal"],
)
def test_what_is_not_known_is_not_said(supply: SupplyNow) -> None:
    assert lasting(Status(supply=supply), 600.0) is None


@pytest.mark.parametrize(("in_s", "tone"), [(None, "good"), (900.0, "good"), (300.0, "held"), (0.0, "bad")])
def test_the_mark_beside_it_gets_worse_with_the_supply(in_s: float | None, tone: str) -> None:
    found = lasting(status(in_s), 600.0)
    assert found is not None
    assert found.tone == tone


@pytest.mark.parametrize("seconds", [float("inf"), float("-inf"), float("nan")])
def test_what_is_no_time_is_not_told(seconds: float) -> None:
    """A status file can hold anything."""
    for found in (lasting(status(), seconds), lasting(status(seconds), 600.0), lasting(status(seconds), None)):
        assert found is None or found.in_s in (None, 600.0)
