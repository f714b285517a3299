"""What ISO-TP frames look like in BMW's addressing."""

from __future__ import annotations

import pytest

from appliance.bus.isotp import OVERFLOW, flow_control, frames_of, stmin_s


@pytest.mark.parametrize(
    ("code", "seconds"),
    [
        (0x00, 0.0),
        (0x01, 0.001),
        (0x7F, 0.127),
        (0xF1, 0.0001),
        (0xF9, 0.0009),
        (0x80, 0.127),
        (0xF0, 0.127),
        (0xFA, 0.127),
        (0xFF, 0.127),
    ],
)
def test_separation_times_and_the_longest_for_reserved_codes(code: int, seconds: float) -> None:
    assert stmin_s(code) == pytest.approx(seconds)


def test_six_bytes_are_one_single_frame() -> None:
    assert frames_of(0x12, bytes.fromhex("22F190AABBCC")) == [bytes.fromhex("12 06 22F190AABBCC")]


def test_a_short_single_frame_is_padded_with_zeros() -> None:
    assert frames_of(0x18, b"\x3e\x00") == [bytes.fromhex("18 02 3E00 00000000")]


def test_seven_bytes_are_a_first_and_a_consecutive_frame() -> None:
    assert frames_of(0x12, bytes(range(1, 8))) == [
        bytes.fromhex("12 10 07 01 02 03 04 05"),
        bytes.fromhex("12 21 06 07 00 00 00 00"),
    ]


def test_the_sequence_number_goes_round() -> None:
    numbers = [frame[1] for frame in frames_of(0x12, bytes(5 + 6 * 17))[1:]]
    assert numbers == [*range(0x21, 0x30), 0x20, 0x21]


@pytest.mark.parametrize("size", range(1, 4096, 13))
def test_frames_are_eight_bytes_and_hold_the_message(size: int) -> None:
    payload = bytes(at & 0xFF for at in range(size))
    frames = frames_of(0x12, payload)
    assert {len(frame) for frame in frames} == {8}
    if size > 6:
        assert (frames[0][1] & 0xF) << 8 | frames[0][2] == size
        assert (frames[0][3:] + b"".join(frame[2:] for frame in frames[1:])).startswith(payload)


def test_our_flow_control_asks_for_no_pauses() -> None:
    assert flow_control(0x18) == bytes.fromhex("18 30 00 00 00 00 00 00")
    assert flow_control(0x18, OVERFLOW) == bytes.fromhex("18 32 00 00 00 00 00 00")
