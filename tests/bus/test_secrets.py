"""Seeds and keys do not come into a recording."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.bus.isotp import frames_of
from appliance.bus.recording import Recorder
from appliance.bus.secrets import Blanker
from appliance.clock import RealClock
from tests.bus.cables import wire_cable

TESTER, DME, GATEWAY = 0x6F1, 0x612, 0x610
SEED = bytes.fromhex("A1A2A3A4A5A6A7A8")
KEY = bytes(range(0x40, 0xC4))  # 132 bytes: four of user id and a signature of 128

messages = st.binary(min_size=1, max_size=200)
Frame = tuple[int, bytes]


def asked(payload: bytes) -> list[Frame]:
    return [(TESTER, frame) for frame in frames_of(0x12, payload)]


def answered(payload: bytes, by: int = DME) -> list[Frame]:
    return [(by, frame) for frame in frames_of(0xF1, payload)]


def shown(frames: list[Frame]) -> list[bytes]:
    blanker = Blanker()
    return [blanker.blanked(can_id, data) for can_id, data in frames]


def test_a_seed_is_blanked_and_who_asked_for_which_level_stays() -> None:
    first, second = shown(answered(b"\x67\x11" + SEED))
    assert first == bytes.fromhex("F1 10 0A 67 11 00 00 00")
    assert second == bytes.fromhex("F1 21 00 00 00 00 00 00")


def test_a_key_is_blanked_to_its_last_byte() -> None:
    first, *rest = shown(asked(b"\x27\x12" + KEY))
    assert first == bytes.fromhex("12 10 86 27 12 00 00 00")
    assert len(rest) == 22
    assert {frame[2:] for frame in rest} == {bytes(6)}
    assert [frame[1] for frame in rest] == [0x20 | number & 0xF for number in range(1, 23)]


def test_a_short_seed_and_what_is_sent_with_its_request_are_blanked() -> None:
    assert shown(answered(b"\x67\x01\xaa\xbb")) == [bytes.fromhex("F1 04 67 01 00 00 00 00")]
    assert shown(asked(b"\x27\x11\xff\xff\xff\xff")) == [bytes.fromhex("12 06 27 11 00 00 00 00")]


@pytest.mark.parametrize("payload", ["7F 27 35", "7F 27 78", "7F 27 37"])
def test_what_a_refusal_said_stays(payload: str) -> None:
    frames = answered(bytes.fromhex(payload))
    assert shown(frames) == [frame for _, frame in frames]


@given(messages.filter(lambda payload: payload[0] not in (0x27, 0x67)))
def test_every_other_message_is_shown_as_it_was(payload: bytes) -> None:
    frames = asked(payload) + answered(payload)
    assert shown(frames) == [frame for _, frame in frames]


@given(messages, st.data())
def test_messages_that_interleave_are_told_apart(other: bytes, data: st.DataObject) -> None:
    """The DME's seed, while another control unit talks."""
    plain = b"\x62" + other
    mine, theirs = answered(b"\x67\x11" + SEED), answered(plain, by=GATEWAY)
    order = data.draw(st.permutations([0] * len(mine) + [1] * len(theirs)))
    streams = (iter(mine), iter(theirs))
    mixed = [next(streams[which]) for which in order]
    seen = shown(mixed)
    assert [seen[at] for at, which in enumerate(order) if which == 1] == [frame for _, frame in theirs]
    assert all(not any(seen[at][5:]) for at, which in enumerate(order) if which == 0)


@given(st.integers(2, 16))
def test_a_key_whose_first_frame_is_missing_is_not_taken_for_the_rest_of_a_download(kept: int) -> None:
    """A transfer that broke off after so many frames; of what comes then nothing is known."""
    frames = asked(b"\x36" + bytes(150))[:kept] + asked(b"\x27\x12" + KEY)[1:]
    assert {frame[2:] for frame in shown(frames)[kept:]} == {bytes(6)}


def test_a_recording_that_begins_inside_a_key_shows_none_of_it() -> None:
    seen = shown(asked(b"\x27\x12" + KEY)[5:])
    assert {frame[2:] for frame in seen} == {bytes(6)}


def test_behind_the_end_of_a_message_nothing_more_is_shown() -> None:
    plain = asked(bytes(range(0x30, 0x3A)))
    again = [(TESTER, bytes.fromhex("12 22") + KEY[:6])]
    assert shown(plain + again)[-1] == bytes.fromhex("12 22 00 00 00 00 00 00")


@pytest.mark.parametrize("data", ["", "12", "12 02", "12 10", "12 10 0A 27", "12 21", "12 30 00 00", "12 F0 27 11"])
def test_stumps_and_frames_of_no_kind_do_no_harm(data: str) -> None:
    frame = bytes.fromhex(data)
    assert len(Blanker().blanked(TESTER, frame)) == len(frame)


@pytest.mark.parametrize("can_id", [0x130, 0x5FF, 0x700, 0x7E0])
def test_frames_that_are_none_of_ours_pass(can_id: int) -> None:
    assert Blanker().blanked(can_id, b"\x12\x04\x27\x11\xaa\xbb\xcc\xdd") == b"\x12\x04\x27\x11\xaa\xbb\xcc\xdd"


@pytest.mark.realtime
def test_a_conversation_at_wire_speed_is_recorded_without_seed_and_key(tmp_path: Path) -> None:
    """Whole messages, as they go through both ISO-TP machines, with a download behind them."""
    recorder = Recorder(tmp_path, RealClock(), "can0", 1_000_000, 4)
    with wire_cable(recorder) as cable:
        cable.react = lambda _address, _functional, payload: (
            b"\x67\x11" + SEED if payload[:2] == b"\x27\x11" else bytes((payload[0] + 0x40, payload[1]))
        )
        for payload in (b"\x27\x11\xff\xff\xff\xff", b"\x27\x12" + KEY, b"\x36\x01" + bytes(range(200))):
            cable.transport.send(0x12, payload)
            cable.events(2)
    recorder.close()
    (log,) = recorder.files()
    text = log.read_text(encoding="ascii")
    assert [payload[:2].hex() for _, _, payload in cable.heard] == ["2711", "2712", "3601"]
    assert cable.heard[1][2] == b"\x27\x12" + KEY
    for secret in (SEED, KEY):
        pieces = [secret[at : at + 3].hex().upper() for at in range(len(secret) - 2)]
        before_download = text[: text.index("12 10 CA 36".replace(" ", ""))]
        assert [piece for piece in pieces if piece in before_download] == []
    assert "10CA3601000102" in text
