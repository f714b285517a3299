"""The sending machine of ISO-TP."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.bus.isotp import IsoTpTiming
from appliance.bus.isotp_receiver import Message, Receiver, Reply
from appliance.bus.isotp_sender import Sender, Sending

TIMING = IsoTpTiming()


def flow(status: int = 0, block: int = 0, stmin: int = 0, pad: str = "00") -> bytes:
    return bytes([0xF1, 0x30 | status, block, stmin]) + bytes.fromhex(pad) * 4


def started(size: int = 100) -> Sender:
    """A long message whose first frame has gone at 0 s."""
    sender = Sender(0x12, bytes(size), TIMING)
    sender.handed_over(0.0)
    return sender


def test_a_single_frame_needs_no_flow_control() -> None:
    sender = Sender(0x12, b"\x3e\x00", TIMING)
    sender.handed_over(0.0)
    assert sender.state is Sending.DONE


def test_a_long_message_waits_for_flow_control() -> None:
    assert started().state is Sending.WAITING


def test_without_block_size_all_frames_go_at_once() -> None:
    sender = started(5 + 6 * 20)
    sender.on_flow_control(flow(), 0.1)
    for _ in range(20):
        assert sender.state is Sending.READY
        assert sender.due_s <= 0.1
        sender.handed_over(0.1)
    assert sender.done


def test_a_full_block_waits_for_the_next_flow_control() -> None:
    sender = started(5 + 6 * 20)
    sender.on_flow_control(flow(block=3), 0.0)
    states = []
    for _ in range(3):
        sender.handed_over(0.0)
        states.append(sender.state)
    assert states == [Sending.READY, Sending.READY, Sending.WAITING]


def test_no_flow_control_is_waited_for_behind_the_last_frame() -> None:
    sender = started(5 + 6 * 2)
    sender.on_flow_control(flow(block=2), 0.0)
    sender.handed_over(0.0)
    sender.handed_over(0.0)
    assert sender.state is Sending.DONE


def test_the_next_frame_is_due_a_separation_time_behind_the_end_of_the_last() -> None:
    sender = started()
    sender.on_flow_control(flow(stmin=2), 1.0)
    sender.handed_over(1.0)
    assert sender.due_s == pytest.approx(1.0 + 0.002 + TIMING.frame_s)


def test_a_missing_flow_control_fails_after_n_bs() -> None:
    sender = started()
    reasons = []
    for at_s in (0.999, 1.0):
        sender.check(at_s)
        reasons.append(sender.reason)
    assert reasons == ["", "no flow control within 1 s"]


def test_wait_starts_the_time_again() -> None:
    sender = started()
    sender.on_flow_control(flow(status=1), 0.9)
    sender.check(1.8)
    assert sender.state is Sending.WAITING


def test_waiting_has_an_end() -> None:
    sender = started()
    states = []
    for count in range(TIMING.wait_limit + 1):
        sender.on_flow_control(flow(status=1), count * 0.5)
        states.append(sender.state)
    assert states == [Sending.WAITING] * TIMING.wait_limit + [Sending.FAILED]


def test_continue_forgives_the_waits_before() -> None:
    sender = started(5 + 6 * 40)
    for _ in range(3):
        for _ in range(TIMING.wait_limit):
            sender.on_flow_control(flow(status=1), 0.0)
        sender.on_flow_control(flow(block=1), 0.0)
        sender.handed_over(0.0)
    assert sender.state is Sending.WAITING


@pytest.mark.parametrize("status", [2, 3, 0xF])
def test_overflow_and_unknown_status_fail(status: int) -> None:
    sender = started()
    sender.on_flow_control(flow(status=status), 0.0)
    assert sender.state is Sending.FAILED


@pytest.mark.parametrize("frame", [b"\xf1", b"\xf1\x30", b"\xf1\x30\x00"])
def test_a_flow_control_too_short_for_its_values_is_ignored(frame: bytes) -> None:
    sender = started()
    sender.on_flow_control(frame, 0.0)
    assert sender.state is Sending.WAITING


def test_a_flow_control_nobody_waits_for_is_ignored() -> None:
    sender = started()
    sender.on_flow_control(flow(), 0.0)
    sender.on_flow_control(flow(status=2), 0.0)
    assert sender.state is Sending.READY


@given(payload=st.binary(min_size=7, max_size=4095), block=st.integers(0, 255), pad=st.sampled_from(["00", "AA", "FF"]))
def test_what_is_sent_in_blocks_is_received(payload: bytes, block: int, pad: str) -> None:
    """Our own receiver gets back what our sender sent, whatever the block size."""
    sender, receiver = Sender(0xF1, payload, TIMING), Receiver(0x12, TIMING)
    outcome = None
    while not sender.done:
        if sender.state is Sending.WAITING:
            sender.on_flow_control(flow(block=block, pad=pad), 0.0)
        outcome = receiver.feed(sender.frame, 0.0)
        assert not isinstance(outcome, Message) or sender.frame[1] >> 4 == 2
        assert isinstance(outcome, Reply) == (sender.frame[1] >> 4 == 1)
        sender.handed_over(0.0)
    assert outcome == Message(payload)
