"""The gate at work: nothing is sent while it is shut, and sessions live on."""

from __future__ import annotations

import itertools

import pytest

from appliance.engine.advice import Trouble, while_held
from appliance.engine.ports import Command
from appliance.engine.runner import HOLD_LIMIT, SLICE_S, TESTER_PRESENT_S
from appliance.errors import NegativeResponse
from appliance.events import Event, HeldBegan, HeldEnded, Phase, PhaseEntered, Retried
from appliance.procedure.words import Response, Wait
from tests.engine.rig import READ, Rig, reading, saying

SAG = [(0.0, 13.8), (2.0, 12.3), (6.0, 13.8)]
RELEASE_S = 10.0


def held(rig: Rig) -> tuple[HeldBegan, HeldEnded]:
    (began,), (ended,) = rig.events(HeldBegan), rig.events(HeldEnded)
    assert isinstance(began, HeldBegan)
    assert isinstance(ended, HeldEnded)
    return began, ended


def test_nothing_is_submitted_from_the_hold_to_its_release(rig: Rig) -> None:
    rig.supply.timetable = list(SAG)
    rig.drive(reading(400))
    (began_s,), (ended_s,) = rig.moments(HeldBegan), rig.moments(HeldEnded)
    assert began_s == pytest.approx(2.0, abs=SLICE_S)
    assert ended_s == pytest.approx(6.0 + RELEASE_S, abs=2 * SLICE_S)
    assert rig.between(began_s - 1e-9, ended_s) == []
    assert len(rig.link.submitted) == 400


def test_the_session_is_kept_alive_throughout_a_hold(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 13.8), (2.0, 12.3), (120.0, 13.8)]
    rig.drive(reading(400))
    gaps = [later - earlier for earlier, later in itertools.pairwise([0.0, *rig.link.kept_alive])]
    assert max(gaps) <= TESTER_PRESENT_S + SLICE_S
    assert rig.link.kept_alive[-1] > 125.0


def test_a_hold_says_why_where_and_how_soon(rig: Rig) -> None:
    rig.supply.timetable = list(SAG)
    rig.drive(reading(400))
    began, ended = held(rig)
    assert began.reason == "12.30 V is below the limit 12.55 V that holds at once"
    assert (began.volts, began.limit_v) == (12.3, 13.0)
    assert began.step.startswith("read ")
    assert 0 <= began.reaction_s <= 0.05
    assert ended.held_s == pytest.approx(14.0, abs=2 * SLICE_S)


def test_the_reaction_counts_from_the_crossing_to_the_end_of_the_open_request(rig: Rig) -> None:
    rig.link.takes_s = 3.0
    rig.supply.timetable = list(SAG)
    rig.drive(reading(3))
    began, _ = held(rig)
    assert began.reaction_s == pytest.approx(1.0, abs=SLICE_S)  # asked at 0 s, crossed at 2 s, answered at 3 s


def test_a_sag_inside_one_long_request_that_is_over_before_its_answer_still_holds_the_next(rig: Rig) -> None:
    rig.link.takes_s = 8.0
    rig.supply.timetable = list(SAG)
    rig.drive(reading(2))
    assert rig.link.submitted[1].at_s >= 6.0 + RELEASE_S


def test_people_are_told_what_is_waited_for_and_then_that_it_goes_on(rig: Rig) -> None:
    rig.narrator.tell(PhaseEntered(Phase.PROGRAMMING, "programming"))
    rig.supply.timetable = list(SAG)
    rig.drive(reading(400))
    phases = [event for event in rig.events(PhaseEntered) if isinstance(event, PhaseEntered)]
    assert [phase.phase for phase in phases] == [Phase.PROGRAMMING, Phase.HELD, Phase.PROGRAMMING]
    assert "for 10 s" in phases[1].waits_for
    assert "Do not unplug" in phases[1].do


def test_no_reading_holds_like_a_low_one(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 13.8), (2.0, None), (6.0, 13.8)]
    rig.drive(reading(400))
    began, _ = held(rig)
    assert (began.volts, began.reason) == (None, "there is no reading of the supply")


def test_a_low_supply_at_the_very_beginning_holds_before_the_first_request(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 12.9), (3.0, 13.8)]
    rig.drive(reading(2))
    assert rig.link.submitted[0].at_s >= 3.0 + RELEASE_S


def test_a_dip_shorter_than_the_debounce_holds_nothing(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 13.8), (1.0, 12.9), (1.3, 13.8)]
    rig.drive(reading(400))
    assert rig.events(HeldBegan) == []


def test_two_sags_are_two_holds(rig: Rig) -> None:
    rig.supply.timetable = [*SAG, (18.0, 12.3), (19.0, 13.8)]
    rig.drive(reading(400))
    assert [type(event) for event in rig.events(HeldBegan, HeldEnded)] == [HeldBegan, HeldEnded] * 2


def test_giving_the_car_back_does_not_wait_for_the_supply(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 11.0)]
    rig.drive(reading(3), guarded=False)
    assert len(rig.link.submitted) == 3
    assert rig.events(HeldBegan) == []


def test_a_wait_goes_on_through_a_hold(rig: Rig) -> None:
    """Time passing needs no supply; only requests do."""
    rig.supply.timetable = [(0.0, 13.8), (1.0, 12.3), (2.0, 13.8)]
    rig.drive(saying(Wait(30.0, "it resets"), READ))
    assert rig.link.submitted[0].at_s == pytest.approx(30.0, abs=SLICE_S)


# -- the control unit says so itself


@pytest.mark.parametrize(("nrc", "name"), [(0x92, "voltageTooHigh"), (0x93, "voltageTooLow")])
def test_a_voltage_refusal_shuts_the_gate_and_is_asked_again(rig: Rig, nrc: int, name: str) -> None:
    rig.link.answers[READ.request] = [nrc]
    (lane,) = rig.drive(saying(READ))
    first, second = rig.link.submitted
    assert second.at_s - first.at_s >= RELEASE_S
    assert lane.result == [Response(0x12, b"\x62\xf1\x01")]
    began, _ = held(rig)
    assert began.reason == f"control unit 0x12 says {name}"
    assert len(rig.events(Retried)) == 1


def test_a_voltage_refusal_that_does_not_end_is_a_refusal(rig: Rig) -> None:
    rig.link.answers[READ.request] = [0x93] * 500
    (lane,) = rig.drive(saying(READ))
    assert isinstance(lane.failure, NegativeResponse)
    assert len(rig.link.submitted) == HOLD_LIMIT


def test_an_unguarded_lane_takes_a_voltage_refusal_as_it_is(rig: Rig) -> None:
    rig.link.answers[READ.request] = [0x93]
    (lane,) = rig.drive(saying(READ), guarded=False)
    assert isinstance(lane.failure, NegativeResponse)


def test_one_control_units_refusal_holds_every_lane(rig: Rig) -> None:
    rig.link.answers[READ.request] = [0x93]
    rig.drive(saying(READ), reading(400, address=0x13))
    (began_s,), (ended_s,) = rig.moments(HeldBegan), rig.moments(HeldEnded)
    assert rig.between(began_s + 0.02, ended_s) == []


# -- and the person


def test_a_cancel_during_a_hold_ends_the_lane_and_the_hold(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 13.8), (2.0, 12.3)]
    rig.panel.timetable = [(5.0, Command.CANCEL)]
    (lane,) = rig.drive(reading(400))
    assert lane.cancelled
    _, ended = held(rig)
    assert ended.held_s == pytest.approx(3.0, abs=2 * SLICE_S)
    assert rig.narrator.status.held_since_s is None


def test_the_next_drive_begins_its_own_hold(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 13.8), (2.0, 12.3), (20.0, 13.8)]
    rig.panel.timetable = [(5.0, Command.CANCEL)]
    rig.drive(reading(400))
    rig.drive(reading(2))
    kinds: list[type[Event]] = [type(event) for event in rig.events(HeldBegan, HeldEnded)]
    assert kinds == [HeldBegan, HeldEnded, HeldBegan, HeldEnded]


def advised(rig: Rig) -> list[str]:
    events = [event for event in rig.events(PhaseEntered) if isinstance(event, PhaseEntered)]
    return [event.do for event in events if event.phase is Phase.HELD]


def test_a_hold_whose_cause_changes_is_told_what_can_be_done_now(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 13.8), (2.0, 12.3), (10.0, None), (20.0, 13.8)]
    rig.drive(reading(400))
    assert advised(rig) == [while_held(rig.limits, trouble) for trouble in (Trouble.LOW, Trouble.MONITOR)]


def test_a_contact_that_flickers_does_not_fill_the_report(rig: Rig) -> None:
    flickers = [(2.0 + at_s, 12.3 if at_s % 2 else None) for at_s in range(60)]
    rig.supply.timetable = [(0.0, 13.8), *flickers, (62.0, 13.8)]
    rig.drive(reading(400))
    assert len(advised(rig)) == 2
