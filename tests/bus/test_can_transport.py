"""The user-space transport, frame by frame, in virtual time."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import can
import pytest
from can.interfaces.virtual import VirtualBus

from appliance import uds
from appliance.bus.can_transport import CanTransport
from appliance.bus.isotp import IsoTpTiming, frames_of
from appliance.bus.transport import Disturbed, Failed, Received, Sent
from appliance.clock import VirtualClock
from appliance.engine.link_health import BusHealth
from appliance.errors import LinkError
from tests.bus.virtual_time import VirtualTimeBus


@dataclass
class Desk:
    """A transport whose other end is the test itself, with a list of frames to say when the tester says something."""

    clock: VirtualClock
    bus: VirtualTimeBus
    units: VirtualBus
    transport: CanTransport

    def unit_says(self, can_id: int, *frames: str | bytes) -> None:
        for frame in frames:
            data = bytes.fromhex(frame) if isinstance(frame, str) else frame
            self.units.send(can.Message(arbitration_id=can_id, is_extended_id=False, data=data))

    def answer_with(self, can_id: int, *frames: str) -> None:
        """After each frame of the tester the unit says the next of `frames`; a `|` inside separates several."""
        left = list(frames)
        seen = 0

        def work() -> None:
            nonlocal seen
            while seen < len(self.bus.passed) and left:
                seen += 1
                self.unit_says(can_id, *left.pop(0).split("|"))

        self.bus.others_work = work

    def said(self) -> list[str]:
        return [frame.data.hex(" ").upper() for frame in self.bus.passed]


@pytest.fixture
def desk() -> Iterator[Desk]:
    clock = VirtualClock()
    bus = VirtualTimeBus(clock)
    units = bus.other_end()
    yield Desk(clock, bus, units, CanTransport(bus, clock))
    bus.shutdown()
    units.shutdown()


def test_the_exchange_of_a_real_f30(desk: Desk) -> None:
    """VIN by 22 F190 from the gearbox, pads with AA (facts.md §1); our flow control asks for no pauses."""
    desk.answer_with(
        0x618,
        "F1 10 14 62 F1 90 57 42",
        "F1 21 41 33 43 31 43 35 | F1 22 32 44 4B 31 30 34 | F1 23 39 39 37 AA AA AA",
    )
    desk.transport.send(0x18, bytes.fromhex("22 F1 90"))
    assert desk.transport.poll(1.0) == [Sent(0x18)]
    assert desk.transport.poll(1.0) == [Received(0x18, bytes.fromhex("62F190") + b"WBA3C1C52DK104997")]
    assert desk.said() == ["18 03 22 F1 90 00 00 00", "18 30 00 00 00 00 00 00"]


def test_a_pause_is_kept_between_frames_and_no_longer_than_needed(desk: Desk) -> None:
    desk.answer_with(0x612, "F1 30 00 02")
    desk.transport.send(0x12, bytes(5 + 6 * 50))
    desk.transport.poll(5.0)
    times = [frame.at_s for frame in desk.bus.passed[1:]]
    gaps = [after - before for before, after in pairwise(times)]
    assert min(gaps) / 0.002 >= 1.0
    assert max(gaps) / 0.002 < 1.2


def test_a_pause_of_microseconds_is_kept(desk: Desk) -> None:
    desk.answer_with(0x612, "F1 30 00 F3")
    desk.transport.send(0x12, bytes(5 + 6 * 20))
    desk.transport.poll(5.0)
    times = [frame.at_s for frame in desk.bus.passed[1:]]
    assert min(after - before for before, after in pairwise(times)) >= 0.0003


def test_a_pause_for_one_unit_does_not_slow_another(desk: Desk) -> None:
    desk.answer_with(0x612, "F1 30 00 7F")
    desk.transport.send(0x12, bytes(40))
    desk.transport.poll(0.001)
    desk.transport.send(0x40, b"\x3e\x00")
    assert desk.transport.poll(0.1) == [Sent(0x40)]


def test_a_block_size_is_kept(desk: Desk) -> None:
    desk.answer_with(0x612, "F1 30 02 00", "F1 F0", "F1 30 02 00")
    desk.transport.send(0x12, bytes(5 + 6 * 4))
    assert desk.transport.poll(1.0) == [Sent(0x12)]


def test_wait_is_waited_for(desk: Desk) -> None:
    desk.answer_with(0x612, "F1 31 00 00")
    desk.transport.send(0x12, bytes(20))
    assert desk.transport.poll(0.9) == []
    desk.unit_says(0x612, "F1 31 00 00")
    assert desk.transport.poll(1.8) == []
    desk.unit_says(0x612, "F1 30 00 00")
    assert desk.transport.poll(1.9) == [Sent(0x12)]


def test_overflow_fails_the_message(desk: Desk) -> None:
    desk.answer_with(0x612, "F1 32 00 00")
    desk.transport.send(0x12, bytes(20))
    (failed,) = desk.transport.poll(1.0)
    assert failed == Failed(0x12, "the request is longer than the unit can take (flow control: overflow)")


def test_a_missing_flow_control_fails_the_message_on_time(desk: Desk) -> None:
    desk.transport.send(0x12, bytes(20))
    assert desk.transport.poll(9.0) == [Failed(0x12, "no flow control within 1 s")]
    assert desk.clock.now_s() == pytest.approx(1.0, abs=0.001)


def test_an_answer_that_breaks_off_fails_on_time(desk: Desk) -> None:
    desk.unit_says(0x612, "F1 10 14 62 F1 90 57 42")
    (failed,) = desk.transport.poll(9.0)
    assert failed == Failed(0x12, "the answer broke off after 5 of 20 bytes (1 s)")
    assert desk.transport.counters.aborted == 1


def test_a_lost_frame_fails_the_answer(desk: Desk) -> None:
    frames = frames_of(0xF1, bytes(100))
    desk.unit_says(0x612, *frames[:3], *frames[4:])
    (failed,) = desk.transport.poll(0.5)
    assert failed == Failed(0x12, "frame 4 of the answer came where 3 was due")


def test_a_caller_who_comes_late_still_gets_what_came_in_time(desk: Desk) -> None:
    """All frames were there; only nobody looked for ten seconds."""
    frames = frames_of(0xF1, bytes(100))
    desk.unit_says(0x612, frames[0])
    desk.transport.poll(0.1)
    desk.unit_says(0x612, *frames[1:])
    desk.clock.sleep_until(10.0)
    assert desk.transport.poll(10.0) == [Received(0x12, bytes(100))]


def test_a_long_answer_is_arriving_until_it_is_whole(desk: Desk) -> None:
    frames = frames_of(0xF1, bytes(20))
    desk.unit_says(0x612, *frames[:2])
    desk.transport.poll(0.1)
    assert desk.transport.receiving(0x12)
    assert desk.transport.receiving(None)
    assert not desk.transport.receiving(0x40)
    desk.unit_says(0x612, *frames[2:])
    desk.transport.poll(0.2)
    assert not desk.transport.receiving(None)


def test_each_of_several_units_gets_its_own_flow_control(desk: Desk) -> None:
    answers = {unit: frames_of(0xF1, bytes([unit]) * 20) for unit in (0x12, 0x40, 0x60)}
    for unit, frames in answers.items():
        desk.unit_says(0x600 + unit, frames[0])
    desk.transport.poll(0.01)
    assert [frame[:5] for frame in desk.said()] == ["12 30", "40 30", "60 30"]
    for at in (1, 2, 3):
        for unit, frames in answers.items():
            desk.unit_says(0x600 + unit, frames[at])
    assert desk.transport.poll(0.02) == [Received(unit, bytes([unit]) * 20) for unit in answers]


def test_what_is_half_received_and_abandoned_is_forgotten(desk: Desk) -> None:
    frames = frames_of(0xF1, bytes(20))
    desk.unit_says(0x612, *frames[:2])
    desk.transport.poll(0.1)
    desk.transport.abandon(0x12)
    desk.unit_says(0x612, *frames[2:])
    assert desk.transport.poll(9.0) == []


def test_what_is_half_sent_and_abandoned_is_not_sent_on(desk: Desk) -> None:
    desk.transport.send(0x12, bytes(20))
    desk.transport.poll(0.1)
    desk.transport.abandon(0x12)
    desk.unit_says(0x612, "F1 30 00 00")
    assert desk.transport.poll(9.0) == []
    assert len(desk.bus.passed) == 1


def test_what_had_arrived_is_told_before_a_new_message_begins(desk: Desk) -> None:
    desk.unit_says(0x612, "F1 02 50 03")
    desk.transport.send(0x12, b"\x10\x03")
    assert desk.transport.poll(1.0) == [Received(0x12, b"\x50\x03"), Sent(0x12)]


@pytest.mark.parametrize(
    "full",
    [
        can.CanOperationError("Failed to transmit", errno.ENOBUFS),
        OSError(errno.ENOBUFS, "No buffer space available"),
        can.CanOperationError("Transmit buffer full"),
        can.CanTimeoutError("write timed out"),
    ],
    ids=["number", "OSError", "words", "timeout"],
)
def test_a_full_transmit_queue_is_tried_again_and_counted(desk: Desk, full: Exception) -> None:
    desk.bus.refuse = [full] * 3
    desk.transport.send(0x12, b"\x3e\x00")
    assert desk.transport.poll(1.0) == [Sent(0x12), Disturbed(BusHealth(queue_full=3))]


def test_a_transmit_queue_that_stays_full_fails_the_message_in_half_a_second(desk: Desk) -> None:
    desk.bus.refuse = [can.CanOperationError("Failed to transmit", errno.ENOBUFS)] * 5000
    desk.transport.send(0x12, b"\x3e\x00")
    failed, _ = desk.transport.poll(9.0)
    assert isinstance(failed, Failed)
    assert "acknowledges" in failed.reason
    assert desk.clock.now_s() == pytest.approx(0.5, abs=0.01)


def test_flow_control_waits_for_room_too(desk: Desk) -> None:
    frames = frames_of(0xF1, bytes(20))
    desk.bus.refuse = [can.CanOperationError("Failed to transmit", errno.ENOBUFS)]
    desk.unit_says(0x612, frames[0])
    desk.transport.poll(0.1)
    assert desk.said() == ["12 30 00 00 00 00 00 00"]


def test_a_flow_control_that_never_got_out_fails_the_answer(desk: Desk) -> None:
    desk.bus.refuse = [can.CanOperationError("Failed to transmit", errno.ENOBUFS)] * 5000
    desk.unit_says(0x612, frames_of(0xF1, bytes(20))[0])
    failed, _ = desk.transport.poll(9.0)
    assert failed == Failed(0x12, "the answer broke off after 5 of 20 bytes (1 s)")


@pytest.mark.parametrize("error", [can.CanOperationError("down", errno.ENETDOWN), OSError(errno.ENODEV, "gone")])
def test_an_interface_that_is_gone_is_a_link_error(desk: Desk, error: Exception) -> None:
    desk.bus.refuse = [error]
    desk.transport.send(0x12, b"\x3e\x00")
    with pytest.raises(LinkError, match="cannot be used"):
        desk.transport.poll(1.0)


def test_a_closed_bus_is_a_link_error() -> None:
    clock = VirtualClock()
    bus = VirtualBus(channel="closed")
    transport = CanTransport(bus, clock)
    transport.close()
    with pytest.raises(LinkError):
        transport.poll(1.0)


def test_another_tester_is_counted_and_not_listened_to(desk: Desk) -> None:
    desk.unit_says(0x6F1, "12 03 22 F1 90 00 00 00")
    assert desk.transport.poll(0.1) == [Disturbed(BusHealth(foreign=1))]


@pytest.mark.parametrize(
    ("can_id", "frame"),
    [(0x612, "F4 02 50 03"), (0x130, "45 42 69 8F E2 FE FF FF"), (0x712, "F1 02 50 03"), (0x612, "")],
    ids=["to another tester", "clamp status", "id outside", "empty"],
)
def test_frames_that_are_not_for_us_are_counted_and_ignored(desk: Desk, can_id: int, frame: str) -> None:
    desk.unit_says(can_id, frame)
    assert desk.transport.poll(0.1) == []
    assert desk.transport.counters.other == 1


def test_an_extended_id_is_not_mistaken_for_a_unit(desk: Desk) -> None:
    desk.units.send(can.Message(arbitration_id=0x612, is_extended_id=True, data=b"\xf1\x02\x50\x03"))
    assert desk.transport.poll(0.1) == []


def test_frames_are_counted(desk: Desk) -> None:
    desk.answer_with(0x612, "F1 02 7E 00")
    desk.transport.send(0x12, b"\x3e\x00")
    desk.transport.poll(0.1)
    desk.transport.poll(0.1)
    assert (desk.transport.counters.sent, desk.transport.counters.received) == (1, 1)


def test_a_tester_present_goes_between_the_frames_of_a_long_message(desk: Desk) -> None:
    desk.answer_with(0x612, "F1 30 00 7F")
    desk.transport.send(0x12, bytes(60))
    desk.transport.poll(0.2)
    desk.transport.send(uds.FUNCTIONAL, uds.TESTER_PRESENT)
    assert desk.transport.poll(0.21) == [Sent(uds.FUNCTIONAL)]
    assert desk.said()[-1] == "DF 02 3E 80 00 00 00 00"


def test_a_time_limit_is_a_parameter() -> None:
    clock = VirtualClock()
    bus = VirtualTimeBus(clock)
    transport = CanTransport(bus, clock, timing=IsoTpTiming(n_bs_s=0.25))
    transport.send(0x12, bytes(20))
    assert transport.poll(9.0) == [Failed(0x12, "no flow control within 0.25 s")]
    transport.close()
