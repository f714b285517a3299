"""What a press means depends on how long it lasts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.board.presses import Presses
from appliance.engine.ports import Command

TICK_S = 0.02
START, CANCEL, SHUTDOWN, RELEASE = Command.START, Command.CANCEL, Command.SHUTDOWN, Command.RELEASE
CHOOSE = Command.CHOOSE


class Hand:
    """Presses buttons in front of a panel that looks every 20 ms; it has seen both buttons up."""

    def __init__(self, seen_up: bool = True) -> None:
        self._presses = Presses()
        self._ticks = 0
        self.asked: list[Command] = []
        if seen_up:
            self.wait(0.1)

    def hold(self, seconds: float, start: bool = False, cancel: bool = False) -> Hand:
        for _ in range(round(seconds / TICK_S)):
            self._ticks += 1
            self.asked += self._presses.see(self._ticks * TICK_S, start, cancel)
        return self

    def start(self, seconds: float) -> Hand:
        return self.hold(seconds, start=True)

    def cancel(self, seconds: float) -> Hand:
        return self.hold(seconds, cancel=True)

    def wait(self, seconds: float) -> Hand:
        return self.hold(seconds)


@pytest.mark.parametrize("seconds", [0.06, 0.2, 1.0, 2.9])
def test_a_short_press_of_start_starts(seconds: float) -> None:
    assert Hand().start(seconds).wait(1).asked == [START]


def test_start_waits_for_the_release() -> None:
    assert Hand().start(2.9).asked == []


@pytest.mark.parametrize("seconds", [3.1, 4.0, 4.9])
def test_a_press_between_short_and_long_chooses(seconds: float) -> None:
    assert Hand().start(seconds).wait(1).asked == [CHOOSE]


def test_choosing_waits_for_the_release() -> None:
    """Who goes on holding switches off; nothing must have begun by then."""
    assert Hand().start(4.5).asked == []


def test_start_held_5_s_shuts_down_while_still_held_and_once() -> None:
    hand = Hand().start(4.9)
    assert hand.asked == []

    assert hand.start(60).wait(1).asked == [SHUTDOWN]


def test_cancel_held_3_s_cancels_while_still_held_and_once() -> None:
    hand = Hand().cancel(2.9)
    assert hand.asked == []

    assert hand.cancel(60).wait(1).asked == [CANCEL]


def test_a_short_press_of_cancel_means_nothing() -> None:
    assert Hand().cancel(2.9).wait(1).asked == []


def test_each_press_counts() -> None:
    assert Hand().start(0.2).wait(0.2).start(0.2).wait(0.2).cancel(3.2).wait(0.2).cancel(3.2).asked == [
        START,
        START,
        CANCEL,
        CANCEL,
    ]


def test_a_glitch_shorter_than_the_debounce_is_not_seen() -> None:
    assert Hand().start(0.02).wait(1).asked == []


def test_a_bounce_on_the_way_down_does_not_make_two_presses() -> None:
    assert Hand().start(0.02).wait(0.02).start(0.3).wait(1).asked == [START]


def test_a_bounce_while_held_does_not_restart_the_hold() -> None:
    assert Hand().cancel(2.0).wait(0.02).cancel(1.1).asked == [CANCEL]


@pytest.mark.parametrize("seconds", [0.2, 4.0, 60.0])
def test_a_button_that_is_down_from_the_beginning_means_nothing(seconds: float) -> None:
    hand = Hand(seen_up=False).hold(seconds, start=True, cancel=True).wait(1)
    assert hand.asked == []

    assert hand.start(0.2).wait(1).asked == [START]


def test_start_with_cancel_down_means_nothing() -> None:
    assert Hand().cancel(0.2).hold(0.5, start=True, cancel=True).wait(1).asked == []
    assert Hand().cancel(0.2).hold(0.5, start=True, cancel=True).start(0.2).wait(1).asked == []
    assert Hand().start(0.2).hold(0.5, start=True, cancel=True).wait(1).asked == []


def test_both_held_cancel_and_then_release_once_and_never_shut_down() -> None:
    hand = Hand().hold(4.9, start=True, cancel=True)
    assert hand.asked == [CANCEL]

    assert hand.hold(60, start=True, cancel=True).wait(1).asked == [CANCEL, RELEASE]


def test_a_release_needs_both_for_the_whole_time() -> None:
    hand = Hand().cancel(4.0).hold(4.9, start=True, cancel=True).wait(1)
    assert hand.asked == [CANCEL]


def test_one_hand_alone_never_releases() -> None:
    assert RELEASE not in Hand().start(60).wait(1).cancel(60).wait(1).asked


def test_a_second_release_needs_a_new_hold() -> None:
    hand = Hand().hold(6, start=True, cancel=True).wait(0.2).hold(6, start=True, cancel=True).wait(0.2)
    assert hand.asked == [CANCEL, RELEASE, CANCEL, RELEASE]


@given(st.lists(st.tuples(st.floats(0.02, 7.0), st.booleans(), st.booleans()), max_size=12))
def test_never_more_commands_than_presses(moves: list[tuple[float, bool, bool]]) -> None:
    hand = Hand()
    for seconds, start, cancel in moves:
        hand.hold(seconds, start, cancel)

    assert len(hand.wait(1).asked) <= sum(start + cancel for _, start, cancel in moves)
