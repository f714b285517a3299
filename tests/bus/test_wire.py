"""The bench's wire: exact frame lengths, and time that passes as on a real bus."""

from __future__ import annotations

import threading
from itertools import pairwise

import can
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.bench.wire import QUEUED_FRAMES, Wire, WireBus, frame_bits
from appliance.clock import RealClock, VirtualClock


def bits_by_the_book(can_id: int, data: bytes) -> int:
    """ISO 11898-1 bit by bit: the frame as a list, the checksum by shift register, the stuffing by counting."""
    bits = [0]  # start of frame
    bits += [can_id >> shift & 1 for shift in range(10, -1, -1)]
    bits += [0, 0, 0]  # RTR, IDE, r0
    bits += [len(data) >> shift & 1 for shift in range(3, -1, -1)]
    bits += [byte >> shift & 1 for byte in data for shift in range(7, -1, -1)]
    crc = 0
    for bit in bits:
        feedback = bit ^ (crc >> 14 & 1)
        crc = crc << 1 & 0x7FFF
        if feedback:
            crc ^= 0x4599
    bits += [crc >> shift & 1 for shift in range(14, -1, -1)]
    stuffed: list[int] = []
    run = 0
    for bit in bits:
        run = run + 1 if stuffed and stuffed[-1] == bit else 1
        stuffed.append(bit)
        if run == 5:
            stuffed.append(1 - bit)
            run = 1
    return len(stuffed) + 10 + 3  # delimiters, ACK and end of frame; intermission


def test_the_all_zero_frame_counted_by_hand() -> None:
    """34 zeros (its checksum is zero too), a stuff bit after each five of them: 34 + 6, and the 13 bits behind."""
    assert frame_bits(0, b"") == 53


@given(st.integers(0, 0x7FF), st.binary(max_size=8))
@example(0x6F1, bytes(8))
@example(0x7FF, b"\xff" * 8)
def test_bits_are_those_of_the_standard(can_id: int, data: bytes) -> None:
    assert frame_bits(can_id, data) == bits_by_the_book(can_id, data)


@given(st.integers(0, 0x7FF), st.binary(min_size=8, max_size=8))
def test_eight_bytes_take_111_to_135_bits(can_id: int, data: bytes) -> None:
    assert 111 <= frame_bits(can_id, data) <= 135


def message(data: bytes = bytes(range(8))) -> can.Message:
    return can.Message(arbitration_id=0x6F1, is_extended_id=False, data=data)


def test_frames_lie_back_to_back() -> None:
    clock = VirtualClock()
    wire = Wire(clock)
    ends = [wire.reserve(0x6F1, bytes(8)) for _ in range(3)]
    once_s = frame_bits(0x6F1, bytes(8)) / 500_000
    assert ends == pytest.approx([once_s, 2 * once_s, 3 * once_s])
    assert wire.busy_s == pytest.approx(3 * once_s)


def test_a_quiet_wire_is_not_busy() -> None:
    clock = VirtualClock()
    wire = Wire(clock)
    wire.reserve(0x6F1, bytes(8))
    clock.sleep_until(5.0)
    assert wire.reserve(0x6F1, bytes(8)) > 5.0
    assert wire.busy_s < 0.001


def test_a_message_carries_the_end_of_its_frame_and_comes_then() -> None:
    clock = RealClock()
    wire = Wire(clock, bitrate=50_000)
    tester, car = WireBus(wire), WireBus(wire)
    begin_s = clock.now_s()
    tester.send(message())
    early = car.recv(0.0)
    received = car.recv(1.0)
    assert early is None
    assert received is not None
    assert bytes(received.data) == bytes(range(8))
    assert received.timestamp - begin_s >= frame_bits(0x6F1, bytes(range(8))) / 50_000
    assert clock.now_s() >= received.timestamp
    tester.shutdown()
    car.shutdown()


def test_a_sender_does_not_hear_itself() -> None:
    wire = Wire(RealClock())
    tester, car = WireBus(wire), WireBus(wire)
    tester.send(message())
    assert tester.recv(0.01) is None
    tester.shutdown()
    car.shutdown()


def test_the_sender_waits_only_for_a_full_queue() -> None:
    clock = RealClock()
    wire = Wire(clock, bitrate=20_000)
    tester, car = WireBus(wire), WireBus(wire)
    for _ in range(QUEUED_FRAMES):
        tester.send(message())
    assert car.recv(0.0) is None  # not even the first has passed
    tester.send(message())
    assert car.recv(0.0) is not None
    tester.shutdown()
    car.shutdown()


@pytest.mark.realtime
def test_two_threads_share_the_wire_without_overlap() -> None:
    clock = RealClock()
    wire = Wire(clock)
    buses = [WireBus(wire), WireBus(wire)]
    listener = WireBus(wire)
    threads = [threading.Thread(target=lambda bus=bus: [bus.send(message()) for _ in range(100)]) for bus in buses]
    for thread in threads:
        thread.start()
    received = [listener.recv(1.0) for _ in range(200)]
    for thread in threads:
        thread.join()
    ends = [each.timestamp for each in received if each is not None]
    frame_s = frame_bits(0x6F1, bytes(range(8))) / wire.bitrate
    assert len(ends) == 200
    assert min(after - before for before, after in pairwise(ends)) / frame_s > 0.999
    assert wire.busy_s / (200 * frame_s) == pytest.approx(1.0)
    for bus in (*buses, listener):
        bus.shutdown()
