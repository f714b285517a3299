"""One lane: the order of things, refusals, liveness, and our own failures."""

from __future__ import annotations

import inspect
import itertools
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.engine.lane import Lane
from appliance.engine.ports import Command
from appliance.engine.runner import ASK_AGAIN_LIMIT, SLICE_S, TESTER_PRESENT_S
from appliance.errors import JournalError, LinkError, NegativeResponse, NoResponse
from appliance.events import FactMarked, Noted, Retried, StepBegun, SupplySeen, UnitChanged, UnitState
from appliance.procedure.facts import (
    DatablockBegun,
    DatablockProgrammed,
    DependenciesChecked,
    Fact,
    FaultsCleared,
    UnitProgrammed,
)
from appliance.procedure.words import Ask, Mark, Procedure, Response, Step, Wait, ask
from tests.engine.rig import EVERYONE, READ, RUN, Rig, reading, saying

BEGUN = DatablockBegun(0x12, 0, "", 1)
ERASE = Ask(0x12, b"\x31\x01\xff\x00", "erase")
ALWAYS_BUSY = 500

# -- the order of things


def test_each_step_waits_for_the_one_before(rig: Rig) -> None:
    (lane,) = rig.drive(saying(READ, Wait(5.0, "it resets"), Mark(BEGUN), ERASE))
    first, second = rig.link.submitted
    assert (first.ask, second.ask) == (READ, ERASE)
    assert second.at_s - first.at_s == pytest.approx(5.0 + 0.01)
    assert lane.result == [Response(0x12, b"\x62\xf1\x01"), None, None, Response(0x12, b"\x71\x01\xff\x00")]


def test_a_fact_is_durable_before_the_next_request_is_submitted(rig: Rig) -> None:
    durable: list[tuple[Fact, ...]] = []
    rig.link.on_submit = lambda _ask: durable.append(rig.journal.facts(RUN.id))
    rig.drive(saying(READ, Mark(BEGUN), ERASE))
    assert durable == [(), (BEGUN,)]


def test_a_functional_request_gives_back_every_response(rig: Rig) -> None:
    (lane,) = rig.drive(saying(EVERYONE))
    assert lane.result == [(Response(0x12, b"\x50\x03"),)]


def test_a_new_step_is_told_once(rig: Rig) -> None:
    rig.drive(saying(READ, READ, ERASE, Wait(1.0, "it settles"), Wait(1.0, "it settles")))
    steps = [event.step for event in rig.events(StepBegun) if isinstance(event, StepBegun)]
    assert steps == ["read the software", "erase", "it settles"]


@pytest.mark.parametrize(
    ("fact", "state"),
    [
        (BEGUN, UnitState.ERASED),
        (DatablockProgrammed(0x12, 0, ""), UnitState.PROGRAMMING),
        (DependenciesChecked(0x12), UnitState.CHECKING),
        (UnitProgrammed(0x12, ()), UnitState.PROGRAMMED),
    ],
)
def test_a_fact_moves_the_control_unit_to_its_state(rig: Rig, fact: Fact, state: UnitState) -> None:
    rig.drive(saying(Mark(fact)))
    assert rig.events(FactMarked, UnitChanged) == [
        FactMarked(type(fact).__name__, 0x12),
        UnitChanged(0x12, state),
    ]


def test_a_fact_about_the_car_moves_no_control_unit(rig: Rig) -> None:
    rig.drive(saying(Mark(FaultsCleared())))
    assert rig.events(FactMarked, UnitChanged) == [FactMarked("FaultsCleared", None)]


def test_a_procedure_that_fails_fails_its_lane_only(rig: Rig) -> None:
    rig.link.answers[READ.request] = [0x31]
    (lane,) = rig.drive(saying(READ))
    assert isinstance(lane.failure, NegativeResponse)
    assert (lane.failure.address, lane.failure.sid, lane.failure.nrc) == (0x12, 0x22, 0x31)
    assert lane.ended


def test_a_mistake_of_ours_is_not_taken_for_the_cars(rig: Rig) -> None:
    def mistaken() -> Procedure[None]:
        yield READ
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        rig.drive(mistaken())


# -- refusals and silence


def test_a_busy_control_unit_is_asked_again_a_little_later(rig: Rig) -> None:
    rig.link.answers[READ.request] = [0x21, 0x21]
    (lane,) = rig.drive(saying(READ))
    times = [submitted.at_s for submitted in rig.link.submitted]
    assert [round(b - a, 2) for a, b in itertools.pairwise(times)] == [0.51, 0.51]
    assert lane.result == [Response(0x12, b"\x62\xf1\x01")]
    assert len(rig.events(Retried)) == 2


def test_a_control_unit_that_stays_busy_has_refused(rig: Rig) -> None:
    rig.link.answers[READ.request] = [0x21] * ALWAYS_BUSY
    (lane,) = rig.drive(saying(READ))
    assert isinstance(lane.failure, NegativeResponse)
    assert lane.failure.nrc == 0x21
    assert len(rig.link.submitted) == ASK_AGAIN_LIMIT


@pytest.mark.parametrize("nrc", [0x21, 0x92, 0x93])
def test_what_may_be_sent_once_only_is_not_sent_again_whatever_it_is_refused_with(rig: Rig, nrc: int) -> None:
    rig.link.answers[READ.request] = [nrc]
    (lane,) = rig.drive(saying(replace(READ, once=True)))
    assert isinstance(lane.failure, NegativeResponse)
    assert len(rig.link.submitted) == 1


def test_a_lane_in_a_session_keeps_it_even_when_nothing_guards_it(rig: Rig) -> None:
    rig.runner.drive([Lane("restore", saying(Wait(10.0, "it settles")), guarded=False, in_session=True)])
    gaps = [b - a for a, b in itertools.pairwise(rig.link.kept_alive)]
    assert gaps
    assert max(gaps) <= TESTER_PRESENT_S + SLICE_S


def test_each_request_has_its_own_patience(rig: Rig) -> None:
    rig.link.answers[READ.request] = [0x21] * (ASK_AGAIN_LIMIT - 1)
    rig.link.answers[ERASE.request] = [0x21] * (ASK_AGAIN_LIMIT - 1)
    (lane,) = rig.drive(saying(READ, ERASE))
    assert lane.failure is None


@pytest.mark.parametrize("nrc", [0x10, 0x22, 0x31, 0x33, 0x35, 0x37, 0x72, 0x73, 0x7F, 0xEE])
def test_every_other_refusal_is_the_procedures_to_judge(rig: Rig, nrc: int) -> None:
    rig.link.answers[READ.request] = [nrc]
    (lane,) = rig.drive(_tolerating())
    assert lane.result == nrc
    assert len(rig.link.submitted) == 1


def test_silence_is_the_procedures_to_judge(rig: Rig) -> None:
    rig.link.answers[READ.request] = ["no answer within 1 s"]
    (lane,) = rig.drive(_tolerating())
    assert lane.result == "no answer within 1 s"


@pytest.mark.parametrize("outcome", [0x31, "no answer within 1 s"])
def test_what_a_procedure_tolerates_is_told_all_the_same(rig: Rig, outcome: int | str) -> None:
    """Law 11: nothing dies quietly."""
    rig.link.answers[READ.request] = [outcome]
    rig.drive(_tolerating())
    (note,) = rig.events(Noted)
    assert isinstance(note, Noted)
    assert note.text.startswith("lane-0: read the software: ")


def _tolerating() -> Procedure[int | str]:
    try:
        yield from ask(READ)
    except NegativeResponse as refusal:
        return refusal.nrc
    except NoResponse as silence:
        return silence.reason
    return "answered"


# -- liveness


def test_the_watchdog_is_pulsed_at_least_every_slice_whatever_is_waited_for(rig: Rig) -> None:
    rig.link.takes_for[ERASE.request] = 120.0
    rig.drive(saying(READ, Wait(30.0, "it resets"), ERASE))
    assert _longest_gap([at_s for at_s, _ in rig.watchdog.pulses]) <= SLICE_S + 1e-9
    assert rig.watchdog.pulses[-1][0] >= 150.0


def test_nobody_pulses_for_an_engine_that_hangs(rig: Rig) -> None:
    rig.link.blind_s = 40.0  # the link does not come back in time
    rig.drive(saying(READ))
    assert _longest_gap([at_s for at_s, _ in rig.watchdog.pulses]) >= 40.0


def test_a_pulse_says_what_the_engine_is_doing(rig: Rig) -> None:
    rig.drive(saying(READ))
    assert rig.watchdog.pulses[0][1] == "READY: starting"


def test_a_guarded_session_is_kept_alive_through_every_wait(rig: Rig) -> None:
    rig.link.takes_for[ERASE.request] = 60.0
    rig.drive(saying(ERASE, Wait(20.0, "it resets")))
    assert _longest_gap([0.0, *rig.link.kept_alive, 80.0]) <= TESTER_PRESENT_S + SLICE_S


def test_a_functional_request_is_a_sign_of_life_itself(rig: Rig) -> None:
    steps: list[Step] = [EVERYONE, Wait(1.0, "it settles")]
    rig.drive(saying(*steps * 5))
    assert rig.link.kept_alive == []


def test_only_guarded_lanes_have_a_session_to_keep(rig: Rig) -> None:
    rig.drive(saying(Wait(20.0, "it settles")), guarded=False)
    assert rig.link.kept_alive == []


def test_the_supply_is_told_once_a_second_and_sampled_four_times(rig: Rig) -> None:
    rig.drive(saying(Wait(10.0, "it resets")))
    assert len(rig.events(SupplySeen)) == pytest.approx(10, abs=1)
    assert len(rig.journal.samples(RUN.id)) == pytest.approx(40, abs=2)


def test_the_panel_is_shown_the_newest_status(rig: Rig) -> None:
    rig.drive(saying(READ))
    assert rig.panel.shown[-1] == rig.narrator.status


def test_idling_is_one_slice_and_brings_what_was_pressed(rig: Rig) -> None:
    rig.panel.timetable = [(0.0, Command.CANCEL), (0.0, Command.START)]
    assert list(rig.runner.idle()) == [Command.CANCEL, Command.START]
    assert rig.clock.now_s() == SLICE_S
    assert list(rig.runner.idle()) == []


# -- our own failures


def test_a_fact_that_cannot_be_kept_ends_the_drive_before_the_next_request(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "journal.sqlite")
    with sqlite3.connect(rig.path, isolation_level=None) as other:
        other.execute("DROP TABLE fact")
    other.close()
    begun, bystander = saying(READ, Mark(BEGUN), ERASE), reading(100, address=0x13)
    with pytest.raises(JournalError):
        rig.drive(begun, bystander)
    assert ERASE.request not in rig.link.requests
    assert {inspect.getgeneratorstate(one) for one in (begun, bystander)} == {"GEN_CLOSED"}
    rig.journal.abandon()


def test_a_link_that_is_gone_ends_the_drive(rig: Rig) -> None:
    def gone(_ask: Ask) -> None:
        raise LinkError("the interface is down")

    rig.link.on_submit = gone
    procedure = saying(READ)
    with pytest.raises(LinkError):
        rig.drive(procedure)
    assert inspect.getgeneratorstate(procedure) == "GEN_CLOSED"


def _longest_gap(times: list[float]) -> float:
    return max(later - earlier for earlier, later in itertools.pairwise([0.0, *times]))
