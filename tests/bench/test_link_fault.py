"""Wires that something is wrong with."""

from __future__ import annotations

import pytest

from appliance.bench.car import DME, Car
from appliance.bench.direct import DirectTransport
from appliance.bench.link_fault import DisturbedTransport, LinkFaults
from appliance.bench.memory import MemoryFile
from appliance.bench.scenarios import STEADY
from appliance.bus.transport import Disturbed
from appliance.clock import VirtualClock
from appliance.errors import LinkError


class Wires:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.faults = LinkFaults(self.clock)
        car = Car(MemoryFile(None, STEADY.car()), lambda: 13.8)
        self.transport = DisturbedTransport(DirectTransport(self.clock, car), self.faults, self.clock)

    def foreign(self, until_s: float) -> list[int]:
        events = self.transport.poll(until_s)
        return [event.bus.foreign for event in events if isinstance(event, Disturbed)]


@pytest.fixture
def wires() -> Wires:
    return Wires()


def test_nothing_wrong_is_not_told_of(wires: Wires) -> None:
    assert wires.transport.poll(5.0) == []


def test_another_tester_says_something_every_two_seconds(wires: Wires) -> None:
    wires.faults.other_tester(10.0)
    assert [wires.foreign(at_s) for at_s in (1.0, 1.5, 2.5, 30.0, 40.0)] == [[1], [], [2], [6], []]


def test_a_shorted_bus_is_off_until_somebody_restarts_the_controller(wires: Wires) -> None:
    wires.faults.short()
    for _ in range(2):
        with pytest.raises(LinkError, match="bus-off"):
            wires.transport.poll(wires.clock.now_s())
    wires.faults.restart()
    assert wires.transport.poll(wires.clock.now_s()) == []


def test_what_was_answered_as_the_bus_went_off_is_lost(wires: Wires) -> None:
    wires.transport.send(DME, b"\x22\xf1\x90")
    wires.faults.short()
    with pytest.raises(LinkError):
        wires.transport.poll(1.0)
