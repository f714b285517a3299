"""The forecast at work: no datablock is begun that the supply would not carry to its end (law 4)."""

from __future__ import annotations

import pytest

from appliance.engine.foresight import answer
from appliance.engine.holds import STILL
from appliance.engine.lane import Lane
from appliance.engine.ports import Command
from appliance.engine.runner import SLICE_S
from appliance.events import FactMarked, Forecast, HeldBegan, HeldEnded, Phase, PhaseEntered, SupplySeen
from appliance.procedure.facts import DatablockBegun
from appliance.procedure.words import Mark, Needs, Wait
from tests.engine.rig import READ, Rig, saying
from tests.procedure.jobs import job

BEGUN = DatablockBegun(0x12, 0, "ab" * 32, 1)
MINUTE_S = 60.0


def begins(datablock_s: float, unit_s: float | None = None) -> Mark:
    return Mark(BEGUN, Needs(datablock_s, unit_s or datablock_s))


def creeping(mv_per_min: float, from_v: float, for_s: float = 3600.0) -> list[tuple[float, float | None]]:
    """A supply that falls by so much; one entry a second."""
    return [(at_s, round(from_v - mv_per_min / 1000 * at_s / 60, 4)) for at_s in range(int(for_s))]


def said(rig: Rig) -> list[Forecast]:
    return [event for event in rig.events(Forecast) if isinstance(event, Forecast)]


def test_a_datablock_waits_until_the_supply_was_watched_long_enough(rig: Rig) -> None:
    rig.drive(saying(begins(60.0), READ))
    (marked_s,) = rig.moments(FactMarked)
    assert marked_s == pytest.approx(rig.limits.observe_s, abs=2.0)


def test_watching_is_not_a_hold(rig: Rig) -> None:
    rig.drive(saying(begins(60.0), READ))
    assert rig.events(HeldBegan) == []


def test_a_steady_supply_lets_a_long_datablock_begin_and_says_why(rig: Rig) -> None:
    rig.drive(saying(begins(240.0, 900.0)))
    (forecast,) = said(rig)
    assert forecast.allowed
    assert "mV/min" in forecast.reason


def test_a_creeping_supply_is_held_before_the_erase_with_every_reading_above_the_limit(rig: Rig) -> None:
    rig.supply.timetable = [*creeping(40.0, 13.3, for_s=400.0), (400.0, 14.0)]
    rig.drive(saying(Wait(120.0, "the car is quietened"), begins(10 * MINUTE_S)))
    began = rig.events(HeldBegan)[0]
    assert isinstance(began, HeldBegan)
    assert began.volts is not None
    assert began.volts > rig.limits.hold_v
    (marked_s,) = rig.moments(FactMarked)
    assert marked_s > 400.0


def test_it_goes_on_as_soon_as_the_forecast_allows(rig: Rig) -> None:
    rig.supply.timetable = [*creeping(40.0, 13.3, for_s=300.0), (300.0, 14.0)]
    rig.drive(saying(Wait(120.0, "the car is quietened"), begins(60.0 * 8)))
    (ended_s,), (marked_s,) = rig.moments(HeldEnded), rig.moments(FactMarked)
    assert marked_s == pytest.approx(ended_s, abs=SLICE_S)
    assert marked_s < 300.0 + 2 * MINUTE_S


def test_no_datablock_is_begun_on_a_rippling_supply(rig: Rig) -> None:
    rig.supply.ripple_v = [(0.0, 0.01), (50.0, 0.3), (200.0, 0.01)]
    rig.drive(saying(Wait(60.0, "the car is quietened"), begins(60.0)))
    (began,), (marked_s,) = rig.events(HeldBegan), rig.moments(FactMarked)
    assert isinstance(began, HeldBegan)
    assert began.reason == "a ripple of 300 mV is above the limit 100 mV"
    assert marked_s == pytest.approx(200.0, abs=2 * SLICE_S)


def test_ripple_inside_a_datablock_holds_nothing(rig: Rig) -> None:
    rig.supply.ripple_v = [(0.0, 0.01), (50.0, 0.3)]
    rig.drive(saying(Wait(40.0, "the car is quietened"), begins(60.0), Wait(20.0, "it is written"), READ))
    assert rig.events(HeldBegan) == []


def test_a_refusal_is_told_once_with_its_arithmetic(rig: Rig) -> None:
    rig.supply.timetable = [*creeping(40.0, 13.3, for_s=300.0), (300.0, 14.0)]
    rig.drive(saying(Wait(120.0, "the car is quietened"), begins(60.0 * 8)))
    refused = [one for one in said(rig) if not one.allowed]
    assert len(refused) == 1
    assert all(word in refused[0].reason for word in ("mV/min", "±", "the limit is 13.00 V"))


def test_a_cancel_during_that_hold_begins_nothing(rig: Rig) -> None:
    rig.supply.timetable = creeping(40.0, 13.3)
    rig.panel.timetable = [(200.0, Command.CANCEL)]
    (lane,) = rig.drive(saying(Wait(120.0, "the car is quietened"), begins(10 * MINUTE_S)))
    assert lane.cancelled
    assert rig.events(FactMarked) == []


def test_a_supply_that_never_becomes_fit_is_given_up_in_the_end(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 13.8), (60.0, 12.8)]
    (lane,) = rig.drive(saying(Wait(61.0, "time passes"), READ))
    assert lane.cancelled
    assert lane.gave_up == "the supply did not become fit within 30 minutes"
    assert rig.clock.now_s() == pytest.approx(60.0 + rig.limits.hold_limit_s, abs=5.0)


def test_a_mark_without_needs_is_not_held(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 12.0)]
    rig.drive(saying(Mark(BEGUN)))
    assert len(rig.moments(FactMarked)) == 1


def test_what_comes_after_the_control_unit_counts_in_the_plan(rig: Rig) -> None:
    """The same supply carries this unit, and would not carry the ones after it."""
    rig.supply.timetable = [*creeping(20.0, 13.6, for_s=1500.0), (1500.0, 14.2)]
    procedure = saying(Wait(300.0, "the car is quietened"), begins(60.0, 120.0))
    lane = Lane("lane-0", procedure, 0x12, later_s=60 * MINUTE_S)
    rig.runner.drive([lane])
    assert [one.criterion for one in said(rig) if not one.allowed] == ["plan"]


def test_the_outlook_is_shown_every_second(rig: Rig) -> None:
    rig.drive(saying(Wait(60.0, "time passes")))
    newest = rig.events(SupplySeen)[-1]
    assert isinstance(newest, SupplySeen)
    assert newest.outlook.startswith("The supply is steady: 13.80 V")


def test_a_datablock_is_expected_to_take_erase_transfer_and_check() -> None:
    whole = job()
    block = whole.datablocks[0]
    expected_s = whole.times.erase_s + len(block.image) / whole.rate_bytes_per_s + whole.times.check_memory_s
    assert whole.datablock_s(block) == expected_s


def test_a_supply_that_never_keeps_still_is_held_as_unsettled_and_not_as_too_weak(rig: Rig) -> None:
    """One consumer after another comes on, each before the one before it has been seen for long enough."""
    steps: list[tuple[float, float | None]] = [(float(at_s), 14.4 - at_s // 8 * 0.045) for at_s in range(0, 200, 8)]
    rig.supply.timetable = [*steps, (200.0, 13.8)]
    rig.drive(saying(Wait(20.0, "the car is quietened"), begins(60.0)))
    (refused,) = [one for one in said(rig) if not one.allowed]
    (began,) = [event for event in rig.events(HeldBegan) if isinstance(event, HeldBegan)]
    (told,) = [one for one in rig.events(PhaseEntered) if isinstance(one, PhaseEntered) and one.phase is Phase.HELD]
    assert refused.criterion == "settled"
    assert began.reason.startswith("the supply does not settle: ")
    assert told.do == STILL


@pytest.mark.parametrize(
    ("allowed", "criterion", "words"),
    [
        (True, "plan", "yes"),
        (False, "plan", "no"),
        (False, "datablock", "no"),
        (False, "working", "no"),
        (False, "settled", "could not settle in time"),
        (False, "observed", "could not settle in time"),
    ],
)
def test_what_speaks_against_the_supply_is_a_no_and_nothing_else_is(allowed: bool, criterion: str, words: str) -> None:
    assert answer(allowed, criterion) == words
