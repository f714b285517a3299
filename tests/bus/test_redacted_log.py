"""A recording that is given away: no seed, no key, and no vehicle."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from appliance.bus.candump import LoggedFrame
from appliance.bus.isotp import flow_control, frames_of
from appliance.bus.redacted_log import redacted, without_secrets

SERIAL = b"3A12345"
VIN = b"WMWXM5C54G" + SERIAL
TESTER, DME = 0x6F1, 0x612


def frames(can_id: int, target: int, payload: bytes) -> list[LoggedFrame]:
    return [LoggedFrame(1.5, can_id, data) for data in frames_of(target, payload)]


def payloads(logged: list[LoggedFrame]) -> list[str]:
    return [frame.data.hex(" ") for frame in logged]


def test_a_message_without_the_serial_number_is_shown_as_it_was() -> None:
    said = frames(DME, 0xF1, b"\x62\xf1\x01" + bytes(range(1, 60)))
    assert redacted(said, [SERIAL]) == said


def test_the_serial_number_is_blanked_over_frames_and_the_rest_of_its_message_stays() -> None:
    said = frames(DME, 0xF1, b"\x62\xf1\x90" + VIN)
    assert payloads(redacted(said, [SERIAL])) == [
        "f1 10 14 62 f1 90 57 4d",
        "f1 21 57 58 4d 35 43 35",
        "f1 22 34 47 00 00 00 00",
        "f1 23 00 00 00 00 00 00",
    ]


def test_time_id_and_length_of_every_frame_stay() -> None:
    said = [*frames(DME, 0xF1, b"\x62\xf1\x90" + VIN), LoggedFrame(2.5, 0x3A0, b"\x01\x02\x03")]
    shape = [(frame.at_s, frame.can_id, len(frame.data)) for frame in said]
    assert [(frame.at_s, frame.can_id, len(frame.data)) for frame in redacted(said, [SERIAL])] == shape


def test_messages_that_interleave_are_told_apart() -> None:
    one, other = frames(DME, 0xF1, b"\x62\xf1\x90" + VIN), frames(0x660, 0xF1, b"\x62\xf1\x90" + VIN)
    mixed = list(chain.from_iterable(zip(one, other, strict=True)))
    assert redacted(mixed, [SERIAL])[::2] == redacted(one, [SERIAL])


def test_what_lost_a_frame_is_blank_but_for_its_head() -> None:
    said = frames(DME, 0xF1, b"\x62\xf1\x90" + VIN)
    assert payloads(redacted(said[:2] + said[3:], [SERIAL])) == [
        "f1 10 14 00 00 00 00 00",
        "f1 21 00 00 00 00 00 00",
        "f1 23 00 00 00 00 00 00",
    ]


def test_a_log_that_begins_in_the_middle_shows_nothing_of_it() -> None:
    said = frames(DME, 0xF1, b"\x62\xf1\x90" + VIN)[1:]
    assert payloads(redacted(said, [])) == [f"f1 2{n} 00 00 00 00 00 00" for n in (1, 2, 3)]


def test_padding_is_blank_for_it_may_be_what_was_there_before() -> None:
    said = [LoggedFrame(0.0, DME, b"\xf1\x02\x7e\x00" + SERIAL[:4])]
    assert payloads(redacted(said, [SERIAL])) == ["f1 02 7e 00 00 00 00 00"]


def test_frames_of_somebody_else_are_blank() -> None:
    assert payloads(redacted([LoggedFrame(0.0, 0x380, SERIAL)], [])) == ["00 " * 6 + "00"]


def test_flow_control_is_shown() -> None:
    said = [LoggedFrame(0.0, TESTER, flow_control(0x12))]
    assert redacted(said, [SERIAL]) == said


def test_seeds_and_keys_go_even_where_the_recording_has_them() -> None:
    seed = frames(DME, 0xF1, b"\x67\x11" + bytes(range(1, 9)))
    key = frames(TESTER, 0x12, b"\x27\x12" + bytes(range(1, 41)))
    shown = b"".join(frame.data for frame in without_secrets([*seed, *key]))
    assert b"\x67\x11" in shown
    assert not any(bytes(range(start, start + 2)) in shown for start in range(1, 40))


FRAMES = st.builds(
    LoggedFrame,
    st.floats(0, 1e9),
    st.sampled_from([TESTER, DME, 0x660, 0x3A0]),
    st.binary(max_size=8) | st.sampled_from([b"\xf1\x10\x14\x62\xf1\x90WM", b"\xf1\x21WXM5C5", b"\xf1\x22\x34G3A12"]),
)


@given(st.lists(FRAMES, max_size=20))
def test_any_frames_keep_their_shape_and_never_show_the_serial_number(said: list[LoggedFrame]) -> None:
    shown = redacted(list(without_secrets(said)), [SERIAL])
    assert [(one.at_s, one.can_id, len(one.data)) for one in shown] == [
        (one.at_s, one.can_id, len(one.data)) for one in said
    ]
    assert all(SERIAL not in one.data for one in shown)


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_wherever_it_stands_in_a_message_it_is_not_shown(before: bytes, behind: bytes) -> None:
    said = frames(DME, 0xF1, b"\x62" + before + SERIAL + behind)
    body = b"".join(frame.data[2:] if place else frame.data[3:] for place, frame in enumerate(redacted(said, [SERIAL])))
    assert SERIAL not in body
