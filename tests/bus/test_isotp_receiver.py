"""The receiving machine of ISO-TP."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.bus.isotp import IsoTpTiming, frames_of
from appliance.bus.isotp_receiver import Aborted, Message, Outcome, Receiver, Reply

PAYLOAD = bytes(range(5 + 6 * 4))
FRAMES = frames_of(0xF1, PAYLOAD)


def receiver() -> Receiver:
    return Receiver(0x18, IsoTpTiming())


def fed(machine: Receiver, *frames: bytes) -> list[Outcome]:
    return [machine.feed(frame, 0.0) for frame in frames]


def test_a_first_frame_is_answered_with_flow_control_to_that_unit() -> None:
    assert receiver().feed(FRAMES[0], 0.0) == Reply(bytes.fromhex("18 30 00 00 00 00 00 00"))


def test_the_last_frame_completes_the_message() -> None:
    assert fed(receiver(), *FRAMES)[-1] == Message(PAYLOAD)


@pytest.mark.parametrize("pad", [0x00, 0xAA, 0xFF, 0x55])
def test_padding_is_not_looked_at(pad: int) -> None:
    assert receiver().feed(bytes.fromhex("F1 03 7F 22 31") + bytes([pad] * 3), 0.0) == Message(b"\x7f\x22\x31")


def test_a_single_frame_need_not_be_padded_at_all() -> None:
    assert receiver().feed(bytes.fromhex("F1 02 50 03"), 0.0) == Message(b"\x50\x03")


@pytest.mark.parametrize(
    ("name", "order"),
    [("lost", [0, 1, 3]), ("repeated", [0, 1, 1]), ("swapped", [0, 2]), ("far too late", [0, 1, 2, 3, 3])],
)
def test_a_frame_out_of_turn_ends_the_reception(name: str, order: list[int]) -> None:
    machine = receiver()
    assert isinstance(fed(machine, *(FRAMES[at] for at in order))[-1], Aborted), name
    assert not machine.active


def test_the_rest_of_a_broken_message_is_ignored() -> None:
    assert fed(receiver(), FRAMES[0], FRAMES[2], FRAMES[3], FRAMES[4])[2:] == [None, None]


def test_an_overdue_frame_ends_the_reception() -> None:
    machine = receiver()
    machine.feed(FRAMES[0], 10.0)
    machine.feed(FRAMES[1], 10.5)
    assert machine.check(11.49) is None
    assert machine.check(11.5) == Aborted("the answer broke off after 11 of 29 bytes (1 s)")
    assert machine.deadline_s == math.inf


def test_a_new_message_replaces_one_that_is_arriving() -> None:
    machine = receiver()
    outcomes = fed(machine, *FRAMES[:3], *FRAMES)
    assert outcomes[-1] == Message(PAYLOAD)
    assert machine.interrupted == 1


def test_a_single_frame_replaces_a_message_that_is_arriving() -> None:
    machine = receiver()
    pending = bytes.fromhex("F1 03 7F 22 78 00 00 00")
    assert fed(machine, *FRAMES[:2], pending, FRAMES[2])[2:] == [Message(b"\x7f\x22\x78"), None]


@pytest.mark.parametrize(
    "frame",
    [
        "F1",
        "F1 00 00 00 00 00 00 00",  # single frame without bytes
        "F1 07 00 00 00 00 00 00",  # single frame with more than fit
        "F1 03 7F 22",  # single frame shorter than it says
        "F1 10 14 62 F1",  # first frame that is not full
        "F1 10 06 01 02 03 04 05",  # first frame of what a single frame would have held
        "F1 21 00 00 00 00 00 00",  # consecutive frame of nothing
        "F1 30 00 00 00 00 00 00",  # flow control: the sender's
        "F1 40 00 00 00 00 00 00",  # no such type
    ],
)
def test_what_makes_no_sense_is_ignored(frame: str) -> None:
    assert receiver().feed(bytes.fromhex(frame), 0.0) is None


def test_a_consecutive_frame_too_short_for_its_bytes_is_ignored() -> None:
    machine = receiver()
    assert fed(machine, FRAMES[0], FRAMES[1][:5], *FRAMES[1:])[-1] == Message(PAYLOAD)


def test_more_than_4095_bytes_are_refused_with_overflow() -> None:
    machine = receiver()
    refused = machine.feed(bytes.fromhex("F1 10 00 00 00 20 00 01"), 0.0)
    assert refused == Reply(bytes.fromhex("18 32 00 00 00 00 00 00"))
    assert not machine.active


def test_what_was_stopped_is_forgotten() -> None:
    machine = receiver()
    fed(machine, *FRAMES[:2])
    machine.stop()
    assert fed(machine, *FRAMES[2:]) == [None] * 3


@given(st.lists(st.binary(max_size=8), max_size=60))
def test_no_sequence_of_frames_breaks_it(frames: list[bytes]) -> None:
    machine = receiver()
    for outcome in fed(machine, *frames):
        assert not isinstance(outcome, Message) or 1 <= len(outcome.payload) <= 4095
