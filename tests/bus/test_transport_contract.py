"""What every transport promises, held against can-isotp at the other end of the cable."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance import uds
from appliance.bus.transport import Received, Sent
from appliance.errors import UsageError
from tests.bus.cables import UNITS, Cable, kernel_cable, socket_cable, virtual_cable, wire_cable

CABLES = {"virtual": virtual_cable, "wire": wire_cable, "socket": socket_cable, "kernel": kernel_cable}
BOUNDARIES = (1, 5, 6, 7, 10, 11, 12, 17, 18, 95, 96, 97, 101, 102, 4090, 4094, 4095)


@pytest.fixture(
    params=[
        "virtual",
        pytest.param("wire", marks=pytest.mark.realtime),
        pytest.param("socket", marks=pytest.mark.kernel_isotp),
        pytest.param("kernel", marks=pytest.mark.kernel_isotp),
    ]
)
def cable(request: pytest.FixtureRequest) -> Iterator[Cable]:
    with CABLES[request.param]() as made:
        yield made


def payload_of(size: int) -> bytes:
    return bytes((at * 7 + size) & 0xFF for at in range(size))


@pytest.mark.parametrize("size", BOUNDARIES)
def test_a_request_of_any_size_arrives_whole(cable: Cable, size: int) -> None:
    cable.react = lambda *_: b"\x50"
    cable.transport.send(0x12, payload_of(size))
    assert cable.events(2) == [Sent(0x12), Received(0x12, b"\x50")]
    assert cable.heard == [(0x12, False, payload_of(size))]


@pytest.mark.parametrize("size", BOUNDARIES)
def test_an_answer_of_any_size_arrives_whole(cable: Cable, size: int) -> None:
    cable.react = lambda *_: payload_of(size)
    cable.transport.send(0x18, b"\x22\xf1\x01")
    assert cable.events(2) == [Sent(0x18), Received(0x18, payload_of(size))]


def test_answers_of_several_units_to_one_functional_request_interleave(cable: Cable) -> None:
    cable.react = lambda address, *_: bytes([address]) * 100
    cable.transport.send(uds.FUNCTIONAL, b"\x22\xf1\x01")
    first, *rest = cable.events(1 + len(UNITS))
    assert first == Sent(uds.FUNCTIONAL)
    assert sorted(rest, key=str) == sorted((Received(unit, bytes([unit]) * 100) for unit in UNITS), key=str)


def test_a_functional_request_reaches_every_unit_as_one(cable: Cable) -> None:
    cable.react = lambda *_: b"\x7e\x00"
    cable.transport.send(uds.FUNCTIONAL, b"\x3e\x00")
    cable.events(1 + len(UNITS))
    assert sorted(cable.heard) == [(unit, True, b"\x3e\x00") for unit in UNITS]


def test_requests_to_two_units_are_under_way_together(cable: Cable) -> None:
    cable.react = lambda address, *_: bytes([address])
    for unit in (0x12, 0x40):
        cable.transport.send(unit, payload_of(500))
    events = cable.events(4)
    assert {Sent(0x12), Sent(0x40), Received(0x12, b"\x12"), Received(0x40, b"\x40")} == set(events)


def test_two_requests_to_one_unit_go_one_after_the_other(cable: Cable) -> None:
    cable.react = lambda _address, _functional, payload: payload[:1]
    cable.transport.send(0x12, payload_of(50))
    cable.transport.send(0x12, payload_of(51))
    received = [event for event in cable.events(4) if isinstance(event, Received)]
    assert received == [Received(0x12, payload_of(50)[:1]), Received(0x12, payload_of(51)[:1])]


def test_a_quiet_bus_gives_nothing_until_the_time_is_over(cable: Cable) -> None:
    until_s = cable.clock.now_s() + 0.05
    assert cable.transport.poll(until_s) == []
    assert cable.clock.now_s() >= until_s


def test_what_is_abandoned_before_it_left_is_never_told_of(cable: Cable) -> None:
    cable.transport.send(0x12, b"\x22\xf1\x90")
    cable.transport.abandon(0x12)
    assert cable.events(1, within_s=0.05) == []
    assert cable.heard == []


def test_nothing_is_arriving_when_nothing_was_asked(cable: Cable) -> None:
    assert not cable.transport.receiving(None)
    assert not cable.transport.receiving(0x12)


@pytest.mark.parametrize(("address", "size"), [(0x12, 0), (0x12, 4096), (uds.FUNCTIONAL, 0), (uds.FUNCTIONAL, 7)])
def test_what_cannot_be_carried_is_refused(cable: Cable, address: int, size: int) -> None:
    with pytest.raises(UsageError, match="bytes"):
        cable.transport.send(address, bytes(size))


def test_a_message_that_nobody_takes_fails(cable: Cable) -> None:
    """The first frame of a long request to a unit that is not there draws no flow control."""
    cable.transport.send(0x77, payload_of(20))
    (failed,) = cable.events(1)
    assert "flow control" in getattr(failed, "reason", "")
