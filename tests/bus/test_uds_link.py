"""The UDS link over a transport that follows a script, in virtual time."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import pytest

from appliance import uds
from appliance.bus.transport import Failed, Received, Sent, TransportEvent
from appliance.bus.uds_link import UdsLink
from appliance.clock import VirtualClock
from appliance.engine.ports import Answer, Negative, Positive, Silent
from appliance.errors import UsageError
from appliance.procedure.words import Ask, Response

DME = 0x12
READ_VIN = bytes.fromhex("22F190")
VIN = bytes.fromhex("62F190") + b"WBA3C1C52DK104997"
PENDING = bytes.fromhex("7F2278")


class Script:
    """A transport on which things happen at the times the test says; sending takes `sending_s`, or fails."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.sending_s = 0.0
        self.fails = ""
        self.sent: list[tuple[int, bytes]] = []
        self.abandoned: list[int] = []
        self._order = count()
        self._due: list[tuple[float, int, TransportEvent]] = []
        self._arriving: list[tuple[float, float, int]] = []

    def at(self, at_s: float, event: TransportEvent) -> None:
        heapq.heappush(self._due, (at_s, next(self._order), event))

    def says(self, at_s: float, payload: str | bytes, unit: int = DME) -> None:
        self.at(at_s, Received(unit, bytes.fromhex(payload) if isinstance(payload, str) else payload))

    def arrives(self, from_s: float, to_s: float, payload: bytes, unit: int = DME) -> None:
        """A message of several frames."""
        self._arriving.append((from_s, to_s, unit))
        self.says(to_s, payload, unit)

    def send(self, address: int, payload: bytes) -> None:
        self.sent.append((address, payload))
        event = Failed(address, self.fails) if self.fails else Sent(address)
        self.at(self.clock.now_s() + self.sending_s, event)

    def poll(self, until_s: float) -> list[TransportEvent]:
        assert until_s < math.inf
        next_s = self._due[0][0] if self._due else until_s
        self.clock.sleep_until(min(next_s, until_s))
        events = []
        while self._due and self._due[0][0] <= self.clock.now_s():
            events.append(heapq.heappop(self._due)[2])
        return events

    def abandon(self, address: int) -> None:
        self.abandoned.append(address)

    def receiving(self, address: int | None) -> bool:
        now_s = self.clock.now_s()
        return any(begin <= now_s < end and address in (None, unit) for begin, end, unit in self._arriving)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def script(clock: VirtualClock) -> Script:
    return Script(clock)


@pytest.fixture
def link(script: Script, clock: VirtualClock) -> UdsLink:
    return UdsLink(script, clock)


def ask(request: bytes = READ_VIN, to: int = DME, p2_s: float = 1.0, pending_limit_s: float = 30.0) -> Ask:
    return Ask(to, request, "test", p2_s=p2_s, p2_star_s=6.0, pending_limit_s=pending_limit_s)


def ask_all(request: bytes = READ_VIN, expected: frozenset[int] = frozenset()) -> Ask:
    return replace(ask(request, uds.FUNCTIONAL), expected=expected)


def only(answers: Sequence[Answer]) -> Answer:
    (answer,) = answers
    return answer


def reason(answers: Sequence[Answer]) -> str:
    answer = only(answers)
    assert isinstance(answer, Silent)
    return answer.reason


def test_the_positive_response_is_the_answer(link: UdsLink, script: Script, clock: VirtualClock) -> None:
    link.submit(ask())
    script.says(0.02, VIN)
    assert only(link.poll(5.0)) == Positive(ask(), (Response(DME, VIN),))
    assert clock.now_s() == pytest.approx(0.02)


def test_a_refusal_is_the_answer(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    script.says(0.02, "7F2231")
    assert only(link.poll(5.0)) == Negative(ask(), 0x31)


def test_silence_is_told_after_p2(link: UdsLink, clock: VirtualClock) -> None:
    link.submit(ask())
    assert reason(link.poll(5.0)) == "no answer within 1 s"
    assert clock.now_s() == pytest.approx(1.0)


def test_p2_counts_from_the_end_of_the_request(link: UdsLink, script: Script, clock: VirtualClock) -> None:
    script.sending_s = 3.0
    link.submit(ask())
    script.says(3.9, VIN)
    assert isinstance(only(link.poll(9.0)), Positive)


def test_poll_returns_empty_when_its_time_is_over(link: UdsLink, clock: VirtualClock) -> None:
    link.submit(ask())
    assert list(link.poll(0.25)) == []
    assert clock.now_s() == pytest.approx(0.25)


def test_a_late_caller_still_gets_a_timely_answer(link: UdsLink, script: Script, clock: VirtualClock) -> None:
    link.submit(ask())
    link.poll(0.01)
    script.says(0.5, VIN)
    clock.sleep_until(8.0)
    assert isinstance(only(link.poll(8.0)), Positive)


def test_an_answer_that_is_arriving_is_waited_for(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    script.arrives(0.9, 1.6, VIN)
    assert isinstance(only(link.poll(5.0)), Positive)


def test_response_pending_grants_more_time(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    for at_s in (0.5, 5.5, 11.0):
        script.says(at_s, PENDING)
    script.says(16.9, VIN)
    assert isinstance(only(link.poll(30.0)), Positive)


def test_silence_after_response_pending_says_so(link: UdsLink, script: Script, clock: VirtualClock) -> None:
    link.submit(ask())
    script.says(0.5, PENDING)
    assert reason(link.poll(30.0)) == "no answer within 6 s of a response pending"
    assert clock.now_s() == pytest.approx(6.5)


def test_response_pending_for_ever_has_an_end(link: UdsLink, script: Script, clock: VirtualClock) -> None:
    link.submit(ask(pending_limit_s=20.0))
    for at_s in range(1, 40):
        script.says(at_s - 0.5, PENDING)
    assert reason(link.poll(60.0)) == "response pending for longer than 20 s"
    assert clock.now_s() == pytest.approx(21.5)


def test_the_last_response_pending_has_its_whole_p2_star_whatever_the_limit(
    link: UdsLink, script: Script, clock: VirtualClock
) -> None:
    link.submit(ask(pending_limit_s=20.0))
    for at_s in (0.5, 5.5, 10.5, 15.5, 20.4):
        script.says(at_s, PENDING)
    assert reason(link.poll(60.0)) == "no answer within 6 s of a response pending"
    assert clock.now_s() == pytest.approx(26.4)


def test_an_answer_in_the_last_p2_star_counts(link: UdsLink, script: Script) -> None:
    link.submit(ask(pending_limit_s=20.0))
    for at_s in (0.5, 5.5, 10.5, 15.5, 20.4):
        script.says(at_s, PENDING)
    script.says(26.0, VIN)
    assert isinstance(only(link.poll(60.0)), Positive)


def test_a_unit_is_given_up_as_it_asks_for_more_time_than_it_may_have(
    link: UdsLink, script: Script, clock: VirtualClock
) -> None:
    """Not between two of them: it may fall quiet, and then its P2* is over before it is asked again."""
    link.submit(ask(pending_limit_s=20.0))
    for at_s in (0.5, 6.4, 12.3, 18.2, 24.1):
        script.says(at_s, PENDING)
    assert reason(link.poll(60.0)) == "response pending for longer than 20 s"
    assert clock.now_s() == pytest.approx(24.1)


def test_a_unit_that_is_only_pending_can_still_refuse(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    script.says(0.5, PENDING)
    script.says(2.0, "7F2272")
    assert only(link.poll(30.0)) == Negative(ask(), 0x72)


@pytest.mark.parametrize(
    ("name", "payload", "unit"),
    [
        ("another service", "5003003201F4", DME),
        ("another identifier", "62F101AA", DME),
        ("another unit", VIN.hex(), 0x18),
        ("a refusal of another service", "7F1022", DME),
        ("a refusal that is too short", "7F22", DME),
        ("the service alone", "62", DME),
        ("response pending of another service", "7F3678", DME),
    ],
)
def test_what_is_no_answer_is_no_progress(link: UdsLink, script: Script, name: str, payload: str, unit: int) -> None:
    link.submit(ask())
    script.says(0.5, payload, unit)
    assert reason(link.poll(5.0)) == "no answer within 1 s", name
    assert link.counters.ignored == 1


def test_a_wrong_block_counter_is_no_answer(link: UdsLink, script: Script) -> None:
    link.submit(ask(bytes.fromhex("3605AABB")))
    script.says(0.1, "7604")
    assert isinstance(only(link.poll(5.0)), Silent)


def test_a_late_answer_is_not_taken_for_the_next_request(link: UdsLink, script: Script) -> None:
    link.submit(ask(bytes.fromhex("22F101")))
    link.poll(5.0)
    script.says(1.1, "62F101AA")
    link.submit(ask())
    script.says(1.2, VIN)
    assert only(link.poll(5.0)) == Positive(ask(), (Response(DME, VIN),))


def test_an_answer_before_the_request_has_gone_is_an_old_one(link: UdsLink, script: Script) -> None:
    script.sending_s = 0.5
    link.submit(ask())
    script.says(0.2, VIN[:-1] + b"0")
    script.says(0.7, VIN)
    assert only(link.poll(5.0)) == Positive(ask(), (Response(DME, VIN),))
    assert link.counters.ignored == 1


def test_a_request_forgets_what_was_half_received_before(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    assert script.abandoned == [DME]


def test_silence_forgets_what_is_half_received(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    link.poll(5.0)
    assert script.abandoned == [DME, DME]


def test_a_message_that_broke_off_is_silence_with_its_reason(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    script.at(0.3, Failed(DME, "frame 4 of the answer came where 3 was due"))
    assert reason(link.poll(5.0)) == "frame 4 of the answer came where 3 was due"


def test_a_request_that_cannot_be_sent_is_silence(link: UdsLink, script: Script) -> None:
    script.fails = "no flow control within 1 s"
    link.submit(ask())
    assert reason(link.poll(5.0)) == "no flow control within 1 s"


def test_a_broken_message_of_another_unit_is_counted_only(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    script.at(0.1, Failed(0x40, "the answer broke off"))
    script.says(0.2, VIN)
    assert isinstance(only(link.poll(5.0)), Positive)
    assert link.counters.broken == 1


def test_several_units_are_asked_at_once(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    link.submit(ask(to=0x40))
    script.says(0.1, VIN, 0x40)
    assert only(link.poll(5.0)) == Positive(ask(to=0x40), (Response(0x40, VIN),))
    script.says(0.2, VIN)
    assert only(link.poll(5.0)) == Positive(ask(), (Response(DME, VIN),))


@pytest.mark.parametrize(
    ("first", "second"),
    [(ask(), ask()), (ask(), ask_all()), (ask_all(), ask()), (ask_all(), ask_all())],
    ids=["same unit", "all while one", "one while all", "all while all"],
)
def test_a_second_request_while_one_is_open_is_refused(link: UdsLink, first: Ask, second: Ask) -> None:
    link.submit(first)
    with pytest.raises(UsageError, match="still open"):
        link.submit(second)


def test_all_units_are_collected_until_p2(link: UdsLink, script: Script, clock: VirtualClock) -> None:
    link.submit(ask_all())
    script.says(0.1, VIN, 0x40)
    script.says(0.3, VIN, 0x10)
    assert only(link.poll(5.0)) == Positive(ask_all(), (Response(0x40, VIN), Response(0x10, VIN)))
    assert clock.now_s() == pytest.approx(1.0)


TWO = frozenset({0x10, 0x40})


def test_a_collection_ends_when_all_who_are_there_have_answered(
    link: UdsLink, script: Script, clock: VirtualClock
) -> None:
    link.submit(ask_all(expected=TWO))
    script.says(0.1, VIN, 0x40)
    script.says(0.5, "7F2231", 0x10)
    assert only(link.poll(5.0)) == Positive(ask_all(expected=TWO), (Response(0x40, VIN),))
    assert clock.now_s() == pytest.approx(0.5)


def test_a_slow_unit_that_nobody_expects_is_collected(link: UdsLink, script: Script) -> None:
    link.submit(ask_all(expected=TWO))
    script.says(0.01, VIN, 0x40)
    script.says(0.01, VIN, 0x10)
    script.says(0.3, VIN, 0x60)
    (answer,) = link.poll(5.0)
    assert isinstance(answer, Positive)
    assert [response.address for response in answer.responses] == [0x40, 0x10, 0x60]


def test_a_unit_that_is_expected_and_silent_is_waited_for(link: UdsLink, script: Script, clock: VirtualClock) -> None:
    link.submit(ask_all(expected=TWO))
    script.says(0.1, VIN, 0x40)
    assert only(link.poll(5.0)) == Positive(ask_all(expected=TWO), (Response(0x40, VIN),))
    assert clock.now_s() == pytest.approx(1.0)


def test_a_pending_unit_is_waited_for_when_all_others_have_answered(
    link: UdsLink, script: Script, clock: VirtualClock
) -> None:
    link.submit(ask_all(expected=TWO))
    script.says(0.1, PENDING, 0x10)
    script.says(0.1, VIN, 0x40)
    script.says(3.0, VIN, 0x10)
    assert only(link.poll(9.0)) == Positive(ask_all(expected=TWO), (Response(0x40, VIN), Response(0x10, VIN)))
    assert clock.now_s() == pytest.approx(3.0)


def test_nobody_is_an_empty_collection(link: UdsLink) -> None:
    link.submit(ask_all())
    assert only(link.poll(5.0)) == Positive(ask_all(), ())


def test_refusals_are_not_collected(link: UdsLink, script: Script) -> None:
    link.submit(ask_all())
    script.says(0.1, "7F2231", 0x40)
    script.says(0.2, VIN, 0x10)
    assert only(link.poll(5.0)) == Positive(ask_all(), (Response(0x10, VIN),))


def test_a_unit_that_has_refused_is_not_collected_for_what_it_says_later(link: UdsLink, script: Script) -> None:
    """Two answers to one request: at least one is somebody else's, and nobody knows which."""
    link.submit(ask_all())
    script.says(0.1, "7F2231", 0x40)
    script.says(0.2, VIN, 0x40)
    assert only(link.poll(5.0)) == Positive(ask_all(), ())


def test_a_collection_waits_for_what_is_arriving(link: UdsLink, script: Script, clock: VirtualClock) -> None:
    link.submit(ask_all())
    script.arrives(0.9, 1.4, VIN, 0x40)
    assert only(link.poll(5.0)) == Positive(ask_all(), (Response(0x40, VIN),))
    assert clock.now_s() == pytest.approx(1.4)


def test_a_pending_unit_extends_the_collection_for_itself(link: UdsLink, script: Script, clock: VirtualClock) -> None:
    link.submit(ask_all())
    script.says(0.1, PENDING, 0x40)
    script.says(4.0, VIN, 0x40)
    assert only(link.poll(9.0)) == Positive(ask_all(), (Response(0x40, VIN),))
    assert clock.now_s() == pytest.approx(4.0)


def test_a_pending_unit_cannot_extend_the_collection_for_ever(
    link: UdsLink, script: Script, clock: VirtualClock
) -> None:
    link.submit(ask_all())
    for at_s in range(1, 60):
        script.says(at_s - 0.5, PENDING, 0x40)
    assert only(link.poll(99.0)) == Positive(ask_all(), ())
    assert clock.now_s() == pytest.approx(31.5)


def test_a_unit_answers_a_collection_once(link: UdsLink, script: Script) -> None:
    link.submit(ask_all())
    script.says(0.1, VIN, 0x40)
    script.says(0.2, VIN, 0x40)
    assert only(link.poll(5.0)) == Positive(ask_all(), (Response(0x40, VIN),))
    assert link.counters.ignored == 1


def test_a_unit_whose_answer_broke_off_is_left_out(link: UdsLink, script: Script, clock: VirtualClock) -> None:
    link.submit(ask_all())
    script.says(0.1, PENDING, 0x40)
    script.at(0.2, Failed(0x40, "the answer broke off"))
    script.says(0.3, VIN, 0x10)
    assert only(link.poll(9.0)) == Positive(ask_all(), (Response(0x10, VIN),))
    assert clock.now_s() == pytest.approx(1.0)


def test_a_functional_request_that_cannot_be_sent_is_silence(link: UdsLink, script: Script) -> None:
    script.fails = "the transmit queue stayed full"
    link.submit(ask_all())
    assert reason(link.poll(5.0)) == "the transmit queue stayed full"


def test_keep_alive_is_a_functional_tester_present(link: UdsLink, script: Script) -> None:
    link.keep_alive()
    assert script.sent == [(uds.FUNCTIONAL, bytes.fromhex("3E80"))]


def test_keep_alive_does_not_start_the_time_of_a_collection(link: UdsLink, script: Script, clock: VirtualClock) -> None:
    link.keep_alive()
    script.sending_s = 2.0
    link.submit(ask_all())
    link.poll(9.0)
    assert clock.now_s() == pytest.approx(3.0)


def test_keep_alive_disturbs_no_open_request(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    link.keep_alive()
    script.says(0.1, "7E00", 0x40)
    script.says(0.2, VIN)
    assert isinstance(only(link.poll(5.0)), Positive)


def test_a_keep_alive_that_cannot_be_sent_is_counted(link: UdsLink, script: Script) -> None:
    script.fails = "the transmit queue stayed full"
    link.keep_alive()
    assert list(link.poll(0.5)) == []
    assert link.counters.keep_alive_failed == 1
