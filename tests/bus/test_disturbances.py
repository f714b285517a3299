"""What the user-space transport tells of the bus beside messages."""

from __future__ import annotations

import errno
from collections.abc import Iterator

import can
import pytest
from can.interfaces.virtual import VirtualBus

from appliance.bus.can_transport import CanTransport
from appliance.bus.transport import Disturbed, Received, TransportEvent
from appliance.clock import VirtualClock
from appliance.engine.link_health import BusHealth, ControllerState
from appliance.errors import LinkError
from tests.bus.virtual_time import VirtualTimeBus

NO_ACK, BUS_OFF, RESTARTED = 0x020, 0x040, 0x100


class Desk:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.bus = VirtualTimeBus(self.clock)
        self.others = self.bus.other_end()
        self.transport = CanTransport(self.bus, self.clock)

    def error_frame(self, error_id: int) -> None:
        frame = can.Message(arbitration_id=error_id, is_error_frame=True, is_extended_id=False, data=bytes(8))
        self.others.send(frame)

    def says(self, can_id: int, data: str) -> None:
        self.others.send(can.Message(arbitration_id=can_id, is_extended_id=False, data=bytes.fromhex(data)))

    def polled(self, for_s: float = 0.1) -> list[TransportEvent]:
        return self.transport.poll(self.clock.now_s() + for_s)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.transport.close()
    made.others.shutdown()


def bus_of(events: list[TransportEvent]) -> BusHealth:
    (disturbed,) = (event for event in events if isinstance(event, Disturbed))
    return disturbed.bus


def test_an_error_frame_is_told(desk: Desk) -> None:
    desk.error_frame(NO_ACK)
    assert bus_of(desk.polled()).no_ack == 1


def test_what_was_told_is_not_told_again(desk: Desk) -> None:
    desk.error_frame(NO_ACK)
    desk.polled()
    assert desk.polled() == []


def test_a_disturbance_ends_no_wait(desk: Desk) -> None:
    desk.error_frame(NO_ACK)
    desk.polled(0.1)
    assert desk.clock.now_s() == pytest.approx(0.1, abs=0.001)


def test_a_message_is_told_before_the_disturbance_beside_it(desk: Desk) -> None:
    desk.error_frame(NO_ACK)
    desk.says(0x612, "F1 02 7E 00")
    message, disturbed = desk.polled()
    assert message == Received(0x12, b"\x7e\x00")
    assert isinstance(disturbed, Disturbed)


@pytest.mark.parametrize("can_id", [0x6F1, 0x6F4, 0x7DF, 0x7E0])
def test_another_tester_is_counted(desk: Desk, can_id: int) -> None:
    desk.says(can_id, "DF 02 3E 80 00 00 00 00")
    assert bus_of(desk.polled()).foreign == 1


@pytest.mark.parametrize("can_id", [0x612, 0x6EF, 0x7E8, 0x130])
def test_a_control_unit_is_no_tester(desk: Desk, can_id: int) -> None:
    desk.says(can_id, "F4 02 7E 00 00 00 00 00")
    assert not any(isinstance(event, Disturbed) for event in desk.polled())


def test_our_own_frames_are_not_another_testers(desk: Desk) -> None:
    desk.transport.send(0x12, b"\x3e\x00")
    assert not any(isinstance(event, Disturbed) for event in desk.polled())


def test_a_full_transmit_queue_is_told(desk: Desk) -> None:
    desk.bus.refuse = [can.CanOperationError("Failed to transmit", errno.ENOBUFS)] * 3
    desk.transport.send(0x12, b"\x3e\x00")
    assert bus_of(desk.polled()).queue_full == 3


def test_bus_off_is_a_lost_link(desk: Desk) -> None:
    desk.error_frame(BUS_OFF)
    with pytest.raises(LinkError, match="bus-off"):
        desk.polled()


def test_bus_off_stays_a_lost_link(desk: Desk) -> None:
    desk.error_frame(BUS_OFF)
    for _ in range(2):
        with pytest.raises(LinkError, match="bus-off"):
            desk.polled()


def test_a_controller_that_was_restarted_in_the_meantime_is_on_the_bus(desk: Desk) -> None:
    desk.error_frame(BUS_OFF)
    desk.error_frame(RESTARTED)
    bus = bus_of(desk.polled())
    assert (bus.state, bus.bus_off, bus.restarted) == (ControllerState.ACTIVE, 1, 1)


def test_nothing_is_sent_by_a_controller_that_is_off_the_bus(desk: Desk) -> None:
    desk.error_frame(BUS_OFF)
    desk.transport.send(0x12, b"\x3e\x00")
    with pytest.raises(LinkError):
        desk.polled()
    assert desk.bus.passed == []


def test_an_error_frame_is_told_over_a_plain_virtual_bus_as_well() -> None:
    clock = VirtualClock()
    ours, others = VirtualBus(channel="errors"), VirtualBus(channel="errors")
    transport = CanTransport(ours, clock)
    others.send(can.Message(arbitration_id=NO_ACK, is_error_frame=True, is_extended_id=False, data=bytes(8)))
    assert bus_of(transport.poll(0.0)).no_ack == 1
    transport.close()
    others.shutdown()
