"""Error frames, read: linux/can/error.h, one claim a test."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.bus.error_frames import ERROR_CLASSES, counted, off_the_bus
from appliance.engine.link_health import COUNTS, BusHealth, ControllerState

CONTROLLER, PROTOCOL, NO_ACK, BUS_OFF, BUS_ERROR, RESTARTED, COUNTERS = 0x004, 0x008, 0x020, 0x040, 0x080, 0x100, 0x200

error_frames = st.tuples(st.integers(0, 0x7FF), st.binary(max_size=8))


def controller(status: int) -> tuple[int, bytes]:
    return CONTROLLER, bytes((0, status, 0, 0, 0, 0, 0, 0))


def after(*frames: tuple[int, bytes]) -> BusHealth:
    return reduce(lambda health, frame: counted(health, *frame), frames, BusHealth())


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (0x40, ControllerState.ACTIVE),
        (0x04, ControllerState.WARNING),
        (0x08, ControllerState.WARNING),
        (0x10, ControllerState.PASSIVE),
        (0x20, ControllerState.PASSIVE),
        (0x08 | 0x10, ControllerState.PASSIVE),
        (0x40 | 0x04, ControllerState.WARNING),
    ],
)
def test_of_several_states_the_worst_counts(status: int, state: ControllerState) -> None:
    assert after(controller(status)).state is state


def test_bus_off_stands_until_the_controller_is_restarted() -> None:
    off = after((BUS_OFF, bytes(8)))
    assert off.state is ControllerState.BUS_OFF
    assert counted(off, PROTOCOL | BUS_ERROR, bytes(8)).state is ControllerState.BUS_OFF
    assert counted(off, RESTARTED, bytes(8)).state is ControllerState.ACTIVE


@pytest.mark.parametrize("status", [0x01, 0x02, 0x03])
def test_an_overflow_of_the_controller_is_a_lost_frame(status: int) -> None:
    assert after(controller(status)).overflow == 1


@pytest.mark.parametrize(
    ("error_id", "name"),
    [
        (0x001, "tx_timeout"),
        (0x002, "lost_arbitration"),
        (PROTOCOL, "disturbed"),
        (BUS_ERROR, "disturbed"),
        (PROTOCOL | BUS_ERROR, "disturbed"),
        (0x010, "transceiver"),
        (NO_ACK, "no_ack"),
        (NO_ACK | PROTOCOL | BUS_ERROR, "no_ack"),
        (BUS_OFF, "bus_off"),
        (RESTARTED, "restarted"),
        (0x000, "disturbed"),
    ],
)
def test_a_frame_is_counted_as_what_it_is_and_nothing_else(error_id: int, name: str) -> None:
    health = after((error_id, bytes(8)))
    assert {one: getattr(health, one) for one in COUNTS if getattr(health, one)} == {name: 1, "error_frames": 1}


def test_error_counters_are_taken_only_where_they_are_told() -> None:
    data = bytes((0, 0, 0, 0, 0, 0, 130, 7))
    told = after((CONTROLLER | COUNTERS, data))
    assert (told.tx_errors, told.rx_errors) == (130, 7)
    assert after((CONTROLLER, data)).tx_errors is None


@given(st.lists(error_frames, max_size=20))
def test_counts_only_grow_and_no_frame_is_overlooked(frames: list[tuple[int, bytes]]) -> None:
    health = BusHealth()
    for frame in frames:
        grown = counted(health, *frame).since(health)
        assert grown.error_frames == 1
        assert min(getattr(grown, name) for name in COUNTS) >= 0
        health = counted(health, *frame)


@given(error_frames)
def test_an_error_never_passes_as_nothing(frame: tuple[int, bytes]) -> None:
    """Every class of the standard leaves a trace but its counters, and a controller that only says it is active."""
    error_id, data = frame
    health = after(frame)
    said = any(getattr(health, name) for name in COUNTS if name != "error_frames")
    silent = error_id & ERROR_CLASSES & ~COUNTERS == CONTROLLER and not data[1:2].rstrip(b"\x40\x80\xc0\x00")
    assert said or silent or error_id & ERROR_CLASSES == COUNTERS


@given(st.lists(error_frames, max_size=10), st.lists(error_frames, max_size=10))
def test_what_happened_since_is_what_came_since(
    earlier: list[tuple[int, bytes]], later: list[tuple[int, bytes]]
) -> None:
    before, alone = after(*earlier), after(*later)
    grown = after(*earlier, *later).since(before)
    assert [getattr(grown, name) for name in COUNTS] == [getattr(alone, name) for name in COUNTS]


def test_bus_off_says_where_what_and_what_to_do() -> None:
    words = str(off_the_bus("can0"))
    assert words.startswith("can0: ")
    assert "bus-off" in words
    assert "60 Ω" in words
