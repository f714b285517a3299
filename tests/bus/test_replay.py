"""A recorded conversation in place of the car."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from appliance import uds
from appliance.bus.isotp import frames_of
from appliance.bus.recording import Recorder
from appliance.bus.replay import ReplayTransport
from appliance.bus.transport import Received, Sent
from appliance.bus.uds_link import UdsLink
from appliance.clock import VirtualClock
from appliance.engine.ports import Negative, Positive, Silent
from appliance.errors import UsageError
from appliance.procedure.words import Ask, Response
from tests.bus.cables import Cable, virtual_cable

VIN = bytes.fromhex("62F190") + b"WBA3C1C52DK104997"
F30 = """\
(1496307600.000000) can0 6F1#180322F190000000
(1496307600.010000) can0 618#F1101462F1905742
(1496307600.010300) can0 6F1#18300F0200000000
(1496307600.012000) can0 618#F121413343314335
(1496307600.014000) can0 618#F12232444B313034
(1496307600.016000) can0 618#F123393937AAAAAA
"""

ALL = uds.FUNCTIONAL


def write(path: Path, *spoken: tuple[str, int, str]) -> Path:
    """A log of whole messages: ("to", unit, bytes) by the tester, ("from", unit, bytes) by a unit."""
    lines = []
    for direction, unit, payload in spoken:
        by_tester = direction == "to"
        for frame in frames_of(unit if by_tester else uds.TESTER, bytes.fromhex(payload)):
            can_id = 0x6F1 if by_tester else 0x600 + unit
            lines.append(f"(1.0) can0 {can_id:03X}#{frame.hex()}\n")
    path.write_text("".join(lines), encoding="ascii")
    return path


@pytest.fixture
def car(tmp_path: Path) -> Callable[..., ReplayTransport]:
    return lambda *spoken: ReplayTransport(write(tmp_path / "car.log", *spoken), VirtualClock())


def asked(transport: ReplayTransport, unit: int, request: str) -> list[tuple[int, str]]:
    transport.send(unit, bytes.fromhex(request))
    first, *rest = transport.poll(0.0)
    assert first == Sent(unit)
    return [(event.source, event.payload.hex().upper()) for event in rest if isinstance(event, Received)]


def test_the_exchange_of_a_real_f30_is_answered_again(tmp_path: Path) -> None:
    """The tester's flow control in it asks for blocks of 15 and 2 ms (facts.md §1): nothing to a listener."""
    path = tmp_path / "f30.log"
    path.write_text(F30, encoding="ascii")
    clock = VirtualClock()
    link = UdsLink(ReplayTransport(path, clock), clock)
    question = Ask(0x18, bytes.fromhex("22F190"), "read VIN")
    link.submit(question)
    assert list(link.poll(9.0)) == [Positive(question, (Response(0x18, VIN),))]


def test_what_the_recording_does_not_hold_gets_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "f30.log"
    path.write_text(F30, encoding="ascii")
    clock = VirtualClock()
    link = UdsLink(ReplayTransport(path, clock), clock)
    link.submit(Ask(0x12, bytes.fromhex("22F190"), "read VIN"))
    (answer,) = link.poll(9.0)
    assert isinstance(answer, Silent)
    assert clock.now_s() == pytest.approx(1.0)


def test_answers_come_in_recorded_order_and_the_last_stays(car: Callable[..., ReplayTransport]) -> None:
    transport = car(
        ("to", 0x12, "3E00"), ("from", 0x12, "7F3E10"), ("to", 0x12, "3E00"), ("from", 0x12, "7E00")
    )  # fmt: skip
    assert [asked(transport, 0x12, "3E00") for _ in range(3)] == [
        [(0x12, "7F3E10")],
        [(0x12, "7E00")],
        [(0x12, "7E00")],
    ]


def test_a_request_that_once_got_no_answer_gets_the_one_it_got_later(car: Callable[..., ReplayTransport]) -> None:
    transport = car(("to", 0x12, "22F101"), ("to", 0x12, "22F101"), ("from", 0x12, "62F10101"))
    assert asked(transport, 0x12, "22F101") == [(0x12, "62F10101")]


def test_response_pending_is_kept_before_the_answer(car: Callable[..., ReplayTransport]) -> None:
    transport = car(
        ("to", 0x12, "1003"), ("from", 0x12, "7F1078"), ("from", 0x12, "7F1078"), ("from", 0x12, "5003003201F4")
    )
    assert asked(transport, 0x12, "1003") == [(0x12, "7F1078"), (0x12, "7F1078"), (0x12, "5003003201F4")]


def test_an_answer_goes_to_the_request_it_answers(car: Callable[..., ReplayTransport]) -> None:
    """The answer to 22F101 comes after 22F190 was asked, and 22F190's after it."""
    transport = car(
        ("to", 0x12, "22F101"), ("from", 0x12, "62F190AA"), ("to", 0x12, "22F190"), ("from", 0x12, "62F19057")
    )
    assert asked(transport, 0x12, "22F101") == []
    assert asked(transport, 0x12, "22F190") == [(0x12, "62F19057")]


def test_all_units_answer_what_was_asked_of_all(car: Callable[..., ReplayTransport]) -> None:
    transport = car(("to", ALL, "22F101"), ("from", 0x40, "62F10140"), ("from", 0x10, "62F10110"))
    assert asked(transport, ALL, "22F101") == [(0x40, "62F10140"), (0x10, "62F10110")]


def test_all_units_are_those_asked_among_all_and_those_asked_alone(car: Callable[..., ReplayTransport]) -> None:
    transport = car(
        ("to", ALL, "22F101"), ("from", 0x40, "62F10140"), ("to", 0x12, "22F101"), ("from", 0x12, "62F10112")
    )
    assert sorted(asked(transport, ALL, "22F101")) == [(0x12, "62F10112"), (0x40, "62F10140")]


def test_a_unit_asked_both_ways_answers_all_once(car: Callable[..., ReplayTransport]) -> None:
    transport = car(
        ("to", ALL, "22F101"), ("from", 0x40, "62F10140"), ("to", 0x40, "22F101"), ("from", 0x40, "62F10141")
    )
    assert asked(transport, ALL, "22F101") == [(0x40, "62F10140")]
    assert asked(transport, 0x40, "22F101") == [(0x40, "62F10141")]


def test_one_unit_answers_what_was_asked_of_all(car: Callable[..., ReplayTransport]) -> None:
    transport = car(("to", ALL, "22F101"), ("from", 0x40, "62F10140"), ("from", 0x10, "62F10110"))
    assert asked(transport, 0x40, "22F101") == [(0x40, "62F10140")]


def test_a_tester_present_between_does_not_steal_the_answer(car: Callable[..., ReplayTransport]) -> None:
    transport = car(("to", 0x12, "3101FF00"), ("to", ALL, "3E80"), ("from", 0x12, "7101FF00"))
    assert asked(transport, 0x12, "3101FF00") == [(0x12, "7101FF00")]


def test_a_long_request_is_recognised(car: Callable[..., ReplayTransport]) -> None:
    request = "3601" + "55" * 200
    transport = car(("to", 0x12, request), ("from", 0x12, "7601"))
    assert asked(transport, 0x12, request) == [(0x12, "7601")]


def test_a_recorded_refusal_is_a_refusal(tmp_path: Path) -> None:
    clock = VirtualClock()
    path = write(tmp_path / "car.log", ("to", 0x63, "22F100"), ("from", 0x63, "7F2231"))
    link = UdsLink(ReplayTransport(path, clock), clock)
    question = Ask(0x63, bytes.fromhex("22F100"), "read")
    link.submit(question)
    assert list(link.poll(9.0)) == [Negative(question, 0x31)]


def test_an_answer_with_frames_missing_is_none(tmp_path: Path) -> None:
    path = tmp_path / "car.log"
    path.write_text("".join(line for line in F30.splitlines(keepends=True) if "F122" not in line), encoding="ascii")
    assert asked(ReplayTransport(path, VirtualClock()), 0x18, "22F190") == []


def test_what_is_abandoned_is_not_told(car: Callable[..., ReplayTransport]) -> None:
    transport = car(("to", 0x12, "3E00"), ("from", 0x12, "7E00"))
    transport.send(0x12, b"\x3e\x00")
    transport.abandon(0x12)
    assert transport.poll(0.0) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("(1.0) can0 130#4542698FE2FEFFFF\n", "no diagnostic request"),
        ("(1.0) can0 618#F1027E00\n", "no diagnostic request"),
        ("hello\n", "not a line of candump"),
    ],
)
def test_a_file_without_a_conversation_is_refused(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "car.log"
    path.write_text(text, encoding="ascii")
    with pytest.raises(UsageError, match=what) as caught:
        ReplayTransport(path, VirtualClock())
    assert str(path) in caught.value.where


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        ReplayTransport(tmp_path / "none.log", VirtualClock())


QUESTIONS = ((0x12, "22F190"), (0x40, "22F101"), (ALL, "22F150"), (0x18, "2E1234" + "AB" * 50))


def test_what_the_recorder_wrote_is_replayed(tmp_path: Path) -> None:
    """A conversation with can-isotp's car, recorded, answers the same requests the same way."""
    recorder = Recorder(tmp_path, VirtualClock(), "can0", 1_000_000, 4)
    with virtual_cable(recorder) as cable:
        cable.react = lambda address, _functional, request: uds.expected_prefix(request) + bytes([address]) * 30
        live = [talk(cable, unit, request) for unit, request in QUESTIONS]
    recorder.close()
    replayed = ReplayTransport(recorder.files()[0], VirtualClock())
    again = [asked(replayed, unit, request) for unit, request in QUESTIONS]
    assert [sorted(answers) for answers in again] == [sorted(answers) for answers in live]


def talk(cable: Cable, unit: int, request: str) -> list[tuple[int, str]]:
    cable.transport.send(unit, bytes.fromhex(request))
    events = cable.events(99, within_s=0.5)
    return [(event.source, event.payload.hex().upper()) for event in events if isinstance(event, Received)]
