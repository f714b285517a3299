"""The direct transport's times: who is told what, when, and in which order (the contract itself: `tests/bus`)."""

from __future__ import annotations

import pytest

from appliance import uds
from appliance.bench.car import BODY, CLUSTER, DME, GATEWAY, Car
from appliance.bench.direct import FRAME_S, DirectTransport
from appliance.bench.memory import MemoryFile
from appliance.bench.scenarios import STEADY
from appliance.bus.transport import Received, Sent, TransportEvent
from appliance.clock import VirtualClock

ANSWER_S = 0.002  # of all but the cluster
READ_SVK = b"\x22\xf1\x01"


class Line:
    def __init__(self) -> None:
        self.clock = VirtualClock(50.0)
        self.car = Car(MemoryFile(None, STEADY.car()), lambda: 13.8)
        self.transport = DirectTransport(self.clock, self.car)

    def events(self, seconds: float) -> list[tuple[float, TransportEvent]]:
        """Everything told in that time, and when."""
        until_s = self.clock.now_s() + seconds
        found: list[tuple[float, TransportEvent]] = []
        while self.clock.now_s() < until_s:
            told = self.transport.poll(until_s)
            found += [(self.clock.now_s(), event) for event in told]
        return found


@pytest.fixture
def line() -> Line:
    return Line()


def test_sending_alone_moves_nothing(line: Line) -> None:
    line.transport.send(DME, b"\x3e\x00")
    line.clock.sleep_until(60.0)
    assert line.car.units[DME].requests == []


def test_a_single_frame_takes_one_frames_time_each_way(line: Line) -> None:
    line.transport.send(DME, b"\x3e\x00")
    (sent_s, sent), (received_s, received) = line.events(1.0)
    assert (sent, received) == (Sent(DME), Received(DME, b"\x7e\x00"))
    assert sent_s == pytest.approx(50.0 + FRAME_S)
    assert received_s == pytest.approx(sent_s + ANSWER_S + FRAME_S)


@pytest.mark.parametrize(("size", "frames"), [(6, 1), (7, 2), (11, 2), (12, 3), (4095, 683)])
def test_a_message_takes_the_time_of_its_frames(line: Line, size: int, frames: int) -> None:
    line.transport.send(DME, b"\x36".ljust(size, b"\0"))
    (told_s, event), *_ = line.events(1.0)
    assert event == Sent(DME)
    assert told_s == pytest.approx(50.0 + frames * FRAME_S)


def test_two_messages_share_the_wire(line: Line) -> None:
    for address in (DME, BODY):
        line.transport.send(address, bytes(4095))
    sent = [told_s for told_s, event in line.events(1.0) if isinstance(event, Sent)]
    assert sent == [pytest.approx(50.0 + 683 * FRAME_S), pytest.approx(50.0 + 2 * 683 * FRAME_S)]


def test_answers_of_all_units_come_each_in_its_time_the_slow_one_last(line: Line) -> None:
    line.transport.send(uds.FUNCTIONAL, READ_SVK)
    sources = [event.source for _, event in line.events(1.0) if isinstance(event, Received)]
    assert sorted(sources) == [GATEWAY, DME, BODY, CLUSTER]
    assert sources[-1] == CLUSTER


def test_what_was_said_before_a_poll_is_told_before_a_newer_message_is_sent(line: Line) -> None:
    """Rule 3 of the contract: an answer told before `Sent` cannot belong to that message."""
    line.transport.send(DME, READ_SVK)
    assert [event for _, event in line.events(0.002)] == [Sent(DME)]
    line.clock.sleep_until(55.0)
    line.transport.send(DME, b"\x3e\x00")
    kinds = [type(event) for _, event in line.events(1.0)]
    assert kinds == [Received, Sent, Received]


def test_a_car_nobody_listened_to_catches_up_moment_by_moment(line: Line) -> None:
    """Response pending of a long absence comes in order, and the session ends when it ended."""
    line.transport.send(DME, b"\x10\x03")
    line.events(0.1)
    line.clock.sleep_until(80.0)
    line.transport.send(DME, b"\x22\xf1\x86")
    assert line.events(0.1)[-1][1] == Received(DME, b"\x62\xf1\x86\x01")


def test_what_was_said_before_the_transport_was_there_is_lost(line: Line) -> None:
    line.car.request(50.0, DME, READ_SVK)
    line.clock.sleep_until(53.0)
    later = DirectTransport(line.clock, line.car)
    assert later.poll(54.0) == []


def test_an_answer_of_several_frames_is_arriving_until_it_is_told(line: Line) -> None:
    line.transport.send(DME, READ_SVK)
    line.events(FRAME_S + ANSWER_S + 2 * FRAME_S)
    assert line.transport.receiving(DME)
    assert line.transport.receiving(None)
    assert not line.transport.receiving(BODY)
    line.events(0.1)
    assert not line.transport.receiving(None)


def test_an_answer_of_one_frame_is_not_told_of_as_arriving(line: Line) -> None:
    line.transport.send(DME, b"\x3e\x00")
    line.events(FRAME_S + ANSWER_S + FRAME_S / 2)
    assert not line.transport.receiving(DME)


def test_an_abandoned_answer_is_never_told(line: Line) -> None:
    line.transport.send(DME, READ_SVK)
    line.events(FRAME_S + ANSWER_S + 2 * FRAME_S)
    line.transport.abandon(DME)
    assert not line.transport.receiving(DME)
    assert line.events(1.0) == []


def test_an_abandoned_request_on_its_way_never_arrives(line: Line) -> None:
    line.transport.send(DME, bytes(4095))
    line.events(0.05)
    line.transport.abandon(DME)
    assert line.events(1.0) == []
    assert line.car.units[DME].requests == []


def test_abandoning_one_unit_leaves_the_others_alone(line: Line) -> None:
    line.transport.send(DME, READ_SVK)
    line.transport.send(BODY, READ_SVK)
    line.transport.abandon(DME)
    told = [event for _, event in line.events(1.0)]
    assert told[0] == Sent(BODY)
    assert [event.source for event in told if isinstance(event, Received)] == [BODY]


def test_a_single_frame_to_nobody_is_sent_and_not_answered(line: Line) -> None:
    line.transport.send(0x77, READ_SVK)
    assert [event for _, event in line.events(5.0)] == [Sent(0x77)]
