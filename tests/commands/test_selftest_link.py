"""What the self-test says of the CAN interface: it listens, and sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import can
import pytest
from can.interfaces.virtual import VirtualBus

from appliance.bus.can_transport import CanTransport
from appliance.bus.interface import Interface
from appliance.clock import VirtualClock
from appliance.commands.selftest import LISTEN_S, _can, _listened, _require_on_bus
from appliance.config import CanConfig, Config
from appliance.errors import LinkError
from tests.bus.virtual_time import VirtualTimeBus

NO_ACK, BUS_OFF = 0x020, 0x040


class Listening:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.bus = VirtualTimeBus(self.clock)
        self.others: VirtualBus = self.bus.other_end()
        self.transport = CanTransport(self.bus, self.clock)

    def error_frame(self, error_id: int) -> None:
        frame = can.Message(arbitration_id=error_id, is_error_frame=True, is_extended_id=False, data=bytes(8))
        self.others.send(frame)


@pytest.fixture
def listening() -> Iterator[Listening]:
    made = Listening()
    yield made
    made.transport.close()
    made.others.shutdown()


def test_it_listens_for_its_time_and_sends_nothing(listening: Listening) -> None:
    _listened(listening.transport, listening.clock)
    assert listening.clock.now_s() >= LISTEN_S
    assert listening.bus.passed == []


def test_what_it_hears_is_counted(listening: Listening) -> None:
    listening.error_frame(NO_ACK)
    listening.error_frame(NO_ACK)
    assert _listened(listening.transport, listening.clock).no_ack == 2


def test_a_controller_that_goes_off_the_bus_meanwhile_is_not_fit(listening: Listening) -> None:
    listening.error_frame(BUS_OFF)
    with pytest.raises(LinkError, match="bus-off"):
        _listened(listening.transport, listening.clock)


@pytest.mark.parametrize(
    ("interface", "words"),
    [(Interface(False, False, 128), "is down"), (Interface(True, False, 128), "bus-off")],
)
def test_an_interface_that_takes_no_part_is_not_fit(interface: Interface, words: str) -> None:
    with pytest.raises(LinkError, match=words):
        _require_on_bus(interface, "can0")


def test_one_that_does_is() -> None:
    _require_on_bus(Interface(True, True, 128), "can0")


def test_an_interface_that_is_not_there_is_said_by_name() -> None:
    with pytest.raises(LinkError, match="no-such-can"):
        _can(replace(Config(), can=CanConfig(channel="no-such-can")))
