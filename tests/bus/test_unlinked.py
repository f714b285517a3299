"""The cable of an appliance without a CAN interface: silent, patient, and looking for it."""

from __future__ import annotations

import pytest

from appliance.bus.unlinked import RETRY_S, LinkFound, Unlinked
from appliance.clock import VirtualClock
from appliance.errors import LinkError

MISSING = LinkError("the CAN interface is down", where="can0")


class Interface:
    """One that can be plugged in; counts how often somebody looked."""

    def __init__(self) -> None:
        self.there = False
        self.looks = 0

    def open(self) -> None:
        self.looks += 1
        if not self.there:
            raise MISSING


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def interface() -> Interface:
    return Interface()


@pytest.fixture
def cable(clock: VirtualClock, interface: Interface) -> Unlinked:
    return Unlinked(clock, MISSING, interface.open)


def polled_for(cable: Unlinked, clock: VirtualClock, seconds: float) -> None:
    until_s = clock.now_s() + seconds
    while clock.now_s() < until_s:
        assert cable.poll(clock.now_s() + 0.25) == []


def test_a_poll_takes_its_time_and_brings_nothing(cable: Unlinked, clock: VirtualClock) -> None:
    assert cable.poll(0.25) == []
    assert clock.now_s() == 0.25


def test_it_is_looked_for_once_a_second(cable: Unlinked, clock: VirtualClock, interface: Interface) -> None:
    polled_for(cable, clock, 60 * RETRY_S)
    assert 58 <= interface.looks <= 60


def test_an_interface_that_is_plugged_in_is_found_within_a_second(
    cable: Unlinked, clock: VirtualClock, interface: Interface
) -> None:
    polled_for(cable, clock, 10.0)
    interface.there = True
    with pytest.raises(LinkFound):
        polled_for(cable, clock, 1.5 * RETRY_S)


def test_what_needs_the_link_is_told_what_is_wrong_with_it(cable: Unlinked) -> None:
    with pytest.raises(LinkError, match="can0: the CAN interface is down"):
        cable.refuse()
    with pytest.raises(LinkError, match="can0"):
        cable.send(0x12, b"\x3e\x00")


def test_another_trouble_than_a_missing_link_is_not_waited_out(clock: VirtualClock) -> None:
    def taken() -> None:
        raise PermissionError

    with pytest.raises(PermissionError):
        polled_for(Unlinked(clock, MISSING, taken), clock, 5.0)
