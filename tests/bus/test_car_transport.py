"""The bench's end of the cable."""

from __future__ import annotations

from collections.abc import Iterator

import can
import pytest
from can.interfaces.virtual import VirtualBus

from appliance.bench.car_transport import CarTransport
from appliance.bus.can_transport import CanTransport
from appliance.bus.transport import Received, Sent
from appliance.clock import VirtualClock
from appliance.errors import LinkError
from tests.bus.virtual_time import VirtualTimeBus


@pytest.fixture
def buses() -> Iterator[tuple[VirtualBus, VirtualBus]]:
    tester, car = VirtualBus(channel="cable"), VirtualBus(channel="cable")
    yield tester, car
    tester.shutdown()
    car.shutdown()


def say(bus: VirtualBus, frame: str, can_id: int = 0x6F1) -> None:
    bus.send(can.Message(arbitration_id=can_id, is_extended_id=False, data=bytes.fromhex(frame)))


def heard(bus: VirtualBus) -> list[str]:
    frames = []
    while (message := bus.recv(0.0)) is not None:
        frames.append(f"{message.arbitration_id:03X}#{message.data.hex().upper()}")
    return frames


def test_a_request_is_told_with_its_unit(buses: tuple[VirtualBus, VirtualBus]) -> None:
    car = CarTransport(buses[1], [0x12, 0x18], VirtualClock())
    say(buses[0], "18 03 22 F1 90 00 00 00")
    assert car.poll(0.0) == [(0x18, False, b"\x22\xf1\x90")]


def test_a_functional_request_is_told_once_for_each_unit(buses: tuple[VirtualBus, VirtualBus]) -> None:
    car = CarTransport(buses[1], [0x12, 0x18], VirtualClock())
    say(buses[0], "DF 02 3E 80 00 00 00 00")
    assert car.poll(0.0) == [(0x12, True, b"\x3e\x80"), (0x18, True, b"\x3e\x80")]


@pytest.mark.parametrize(
    ("frame", "can_id"), [("77 02 3E 00", 0x6F1), ("12 02 3E 00", 0x612), ("DF 00", 0x6F1), ("DF", 0x6F1), ("", 0x6F1)]
)
def test_what_is_not_for_its_units_is_ignored(buses: tuple[VirtualBus, VirtualBus], frame: str, can_id: int) -> None:
    car = CarTransport(buses[1], [0x12], VirtualClock())
    say(buses[0], frame, can_id)
    assert car.poll(0.0) == []


def test_a_unit_that_is_not_on_the_bus_takes_no_frame(buses: tuple[VirtualBus, VirtualBus]) -> None:
    car = CarTransport(buses[1], [0x12, 0x18], VirtualClock(), listens=lambda address: address == 0x18)
    for frame in ("12 03 22 F1 90 00 00 00", "12 10 14 36 01 00 00 00", "DF 02 3E 80 00 00 00 00"):
        say(buses[0], frame)
    assert car.poll(0.0) == [(0x18, True, b"\x3e\x80")]
    assert heard(buses[0]) == [], "no flow control either"


def test_half_a_message_is_forgotten_by_a_unit_that_leaves_the_bus(buses: tuple[VirtualBus, VirtualBus]) -> None:
    there = [True]
    car = CarTransport(buses[1], [0x12], VirtualClock(), listens=lambda _address: there[0])
    say(buses[0], "12 10 08 36 01 AA BB CC")
    car.poll(0.0)
    there[0] = False
    say(buses[0], "12 21 DD EE FF 00 00 00")
    car.poll(0.0)
    there[0] = True
    say(buses[0], "12 21 DD EE FF 00 00 00")
    assert car.poll(0.0) == []


def test_answers_are_padded_as_a_real_gearbox_does(buses: tuple[VirtualBus, VirtualBus]) -> None:
    car = CarTransport(buses[1], [0x18], VirtualClock())
    car.reply(0x18, b"\x7e\x00")
    car.poll(0.0)
    assert heard(buses[0]) == ["618#F1027E00AAAAAAAA"]


def test_its_flow_control_asks_for_what_it_was_told_to(buses: tuple[VirtualBus, VirtualBus]) -> None:
    car = CarTransport(buses[1], [0x12], VirtualClock(), block_size=15, stmin=2)
    say(buses[0], "12 10 14 62 F1 90 57 42")
    car.poll(0.0)
    assert heard(buses[0]) == ["612#F1300F02AAAAAAAA"]


@pytest.mark.parametrize(("block_size", "stmin"), [(1, 0), (8, 1), (15, 2), (255, 0xF1)])
def test_the_tester_keeps_to_its_flow_control(block_size: int, stmin: int) -> None:
    clock = VirtualClock()
    bus = VirtualTimeBus(clock)
    other_end = bus.other_end()
    car = CarTransport(other_end, [0x12], clock, block_size, stmin)
    requests = []

    def others_work() -> None:
        requests.extend(car.poll(clock.now_s()))

    bus.others_work = others_work
    transport = CanTransport(bus, clock)
    transport.send(0x12, bytes(500))
    assert transport.poll(9.0) == [Sent(0x12)]
    transport.poll(clock.now_s() + 0.1)
    assert requests == [(0x12, False, bytes(500))]
    transport.close()
    other_end.shutdown()


def test_units_answer_at_the_same_time() -> None:
    clock = VirtualClock()
    bus = VirtualTimeBus(clock)
    other_end = bus.other_end()
    car = CarTransport(other_end, [0x12, 0x18], clock)

    def others_work() -> None:
        car.poll(clock.now_s())

    bus.others_work = others_work
    transport = CanTransport(bus, clock)
    for unit in (0x12, 0x18):
        car.reply(unit, bytes([unit]) * 50)
    events = transport.poll(1.0)
    assert sorted(events, key=str) == [Received(0x12, b"\x12" * 50), Received(0x18, b"\x18" * 50)]
    transport.close()
    other_end.shutdown()


def test_a_bus_that_is_gone_is_a_link_error() -> None:
    bus = VirtualBus(channel="gone")
    car = CarTransport(bus, [0x12], VirtualClock())
    bus.shutdown()
    with pytest.raises(LinkError, match="cannot be used"):
        car.poll(0.0)
