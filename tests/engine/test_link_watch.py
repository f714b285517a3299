"""What the runner makes of a link that is disturbed, on a rig."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.engine.link_health import BusHealth, ControllerState
from appliance.errors import RefusedError
from appliance.events import HeldBegan, HeldEnded, LinkJudged, LinkSeen
from appliance.procedure.facts import DatablockBegun
from appliance.procedure.words import Ask, Mark, Needs, Wait
from tests.engine.rig import READ, Rig, saying

BEGIN = Mark(DatablockBegun(0x12, 0, "00" * 32, 1), Needs(5.0, 5.0))
ERASE = Ask(0x12, b"\x31\x01\xff\x00", "erase")
TRANSFER = Ask(0x12, b"\x36\x01\x00", "transfer")
CALM = Wait(40.0, "the supply is watched")  # until the forecast has seen enough


def seen(rig: Rig) -> list[LinkSeen]:
    return [event for event in rig.events(LinkSeen) if isinstance(event, LinkSeen)]


def frames_every(rig: Rig, from_s: float, until_s: float, every_s: float = 1.0) -> None:
    """Another tester, heard in that time."""

    def heard() -> None:
        if from_s <= rig.clock.now_s() <= until_s:
            rig.link.bus = replace(rig.link.bus, foreign=rig.link.bus.foreign + 1)

    rig.clock.every(every_s, heard, "another tester")


def test_no_datablock_is_begun_while_another_tester_talks(rig: Rig) -> None:
    frames_every(rig, 38.0, 60.0)
    rig.drive(saying(CALM, BEGIN, ERASE))
    (erased_s,) = (one.at_s for one in rig.link.submitted if one.ask == ERASE)
    assert erased_s >= 65.0
    (held,) = rig.events(HeldBegan)
    assert isinstance(held, HeldBegan)
    assert "another tester" in held.reason
    assert len(rig.events(HeldEnded)) == 1


def test_one_that_is_begun_is_carried_on_whoever_talks(rig: Rig) -> None:
    frames_every(rig, 41.0, 400.0)
    rig.drive(saying(CALM, BEGIN, ERASE, Wait(5.0, "it erases"), *[TRANSFER] * 20))
    assert rig.events(HeldBegan) == []


def test_a_kind_of_trouble_is_told_once_and_not_each_frame(rig: Rig) -> None:
    def errs() -> None:
        rig.link.bus = replace(rig.link.bus, disturbed=rig.link.bus.disturbed + 1)

    rig.clock.every(0.5, errs, "errors")
    rig.drive(saying(READ, Wait(20.0, "nothing"), READ))
    assert [event.counts for event in seen(rig)] == [(("disturbed", 1),)]


def test_another_tester_is_told_as_it_comes_and_as_it_goes(rig: Rig) -> None:
    frames_every(rig, 5.0, 10.0)
    rig.drive(saying(READ, Wait(30.0, "nothing"), READ))
    assert [event.occupied for event in seen(rig)] == [True, False]


def test_a_controller_in_another_state_is_told(rig: Rig) -> None:
    rig.link.bus = BusHealth(state=ControllerState.PASSIVE, passive=1, error_frames=1)
    rig.drive(saying(READ))
    assert [event.state for event in seen(rig)] == ["error-passive"]


def test_the_counts_of_the_end_are_told_if_they_have_grown(rig: Rig) -> None:
    rig.link.bus = BusHealth(disturbed=1)
    rig.drive(saying(READ))
    rig.link.bus = BusHealth(disturbed=9)
    rig.runner.link_watch.sum_up()
    rig.runner.link_watch.sum_up()
    assert [dict(event.counts)["disturbed"] for event in seen(rig)] == [1, 9]


def test_an_undisturbed_link_is_not_told_of(rig: Rig) -> None:
    rig.drive(saying(READ, Wait(20.0, "nothing"), READ))
    rig.runner.link_watch.sum_up()
    assert seen(rig) == []


def test_a_refusal_says_why_and_what_to_do(rig: Rig) -> None:
    rig.runner.link_watch.begin()
    rig.link.bus = BusHealth(overflow=1)
    with pytest.raises(RefusedError, match="not fit for programming: 1 received frame had no room") as caught:
        rig.runner.link_watch.require()
    assert "START" in caught.value.do
    (judged,) = rig.events(LinkJudged)
    assert isinstance(judged, LinkJudged)
    assert not judged.fit


def test_a_tester_heard_shortly_before_the_start_is_refused(rig: Rig) -> None:
    frames_every(rig, 0.0, 3.0)
    rig.drive(saying(Wait(4.0, "nothing")))
    rig.runner.link_watch.begin()
    with pytest.raises(RefusedError, match="another tester"):
        rig.runner.link_watch.require()


def test_a_tester_who_left_before_the_start_is_not(rig: Rig) -> None:
    frames_every(rig, 0.0, 3.0)
    rig.drive(saying(Wait(20.0, "nothing")))
    rig.runner.link_watch.begin()
    rig.runner.link_watch.require()
