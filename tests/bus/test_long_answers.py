"""Answers of more than fifteen consecutive frames: their number counts on from 0 (ISO 15765-2)."""

from __future__ import annotations

import pytest

from appliance.bus.isotp import IsoTpTiming, frames_of
from appliance.bus.isotp_receiver import Message, Receiver
from appliance.bus.isotp_sender import Sender, Sending


@pytest.mark.parametrize("length", [5 + 6 * 15, 5 + 6 * 16, 5 + 6 * 17 + 1, 4095])
def test_a_long_answer_comes_in_whole(length: int) -> None:
    payload = bytes(number & 0xFF for number in range(length))
    machine = Receiver(0x18, IsoTpTiming())
    outcomes = [machine.feed(frame, 0.0) for frame in frames_of(0xF1, payload)]
    assert outcomes[-1] == Message(payload)


def test_what_is_too_long_for_the_unit_is_not_waited_with() -> None:
    sender = Sender(0x12, bytes(100), IsoTpTiming())
    sender.handed_over(0.0)
    sender.on_flow_control(bytes.fromhex("F1 32 00 00"), 0.0)
    assert sender.state is Sending.FAILED
