"""Two clocks behind one interface."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from appliance.clock import RealClock, Ticker, VirtualClock


def test_a_virtual_clock_stands_still_until_somebody_waits() -> None:
    clock = VirtualClock(start_s=5.0)
    assert (clock.now_s(), clock.now_s()) == (5.0, 5.0)
    clock.sleep_until(125.5)
    assert clock.now_s() == 125.5


def test_a_virtual_clock_never_goes_back() -> None:
    clock = VirtualClock(start_s=5.0)
    clock.sleep_until(3.0)
    assert clock.now_s() == 5.0


def test_wall_time_follows_the_virtual_seconds() -> None:
    began = datetime(2017, 6, 1, 9, 0, tzinfo=UTC)
    clock = VirtualClock(start_s=100.0, wall=began)
    clock.sleep_until(160.0)
    assert clock.wall() == began + timedelta(seconds=60)


def test_what_falls_due_on_the_way_is_called_in_order_of_time_at_its_time() -> None:
    clock = VirtualClock()
    called: list[tuple[str, float]] = []
    clock.every(0.3, _noting(clock, called, "slow"), "slow")
    clock.every(0.2, _noting(clock, called, "fast"), "fast")
    clock.sleep_until(0.65)
    names = [name for name, _ in called]
    times = [at_s for _, at_s in called]
    assert names == ["slow", "fast", "fast", "slow", "fast", "slow", "fast"]
    assert times == pytest.approx([0, 0, 0.2, 0.3, 0.4, 0.6, 0.6])
    assert clock.now_s() == 0.65


def test_a_ticker_that_is_due_together_with_another_keeps_the_order_of_its_last_call() -> None:
    clock = VirtualClock()
    called: list[tuple[str, float]] = []
    clock.every(1.0, _noting(clock, called, "first"), "first")
    clock.every(1.0, _noting(clock, called, "second"), "second")
    clock.sleep_until(3.0)
    assert [name for name, _ in called] == ["first", "second"] * 4


def test_a_stopped_ticker_is_never_called_again() -> None:
    clock = VirtualClock()
    called: list[tuple[str, float]] = []
    ticker = clock.every(1.0, _noting(clock, called, "it"), "it")
    clock.sleep_until(1.5)
    ticker.stop()
    clock.sleep_until(10.0)
    assert len(called) == 2


def test_a_ticker_may_stop_itself_and_one_that_comes_later() -> None:
    clock = VirtualClock()
    called: list[str] = []
    other = clock.every(1.0, lambda: called.append("other"), "other")

    def stop_both() -> None:
        called.append("stopper")
        if len(called) > 2:
            other.stop()
            stopper.stop()

    stopper = clock.every(0.9, stop_both, "stopper")
    clock.sleep_until(5.0)
    assert called == ["other", "stopper", "stopper"]


def test_a_ticker_that_waits_does_not_bend_time() -> None:
    """An action may itself wait, as a sensor's conversion does; the waiter still wakes at its own time or later."""
    clock = VirtualClock()
    seen: list[float] = []

    def slow() -> None:
        seen.append(clock.now_s())
        clock.sleep_until(clock.now_s() + 0.01)

    clock.every(1.0, slow, "slow")
    clock.sleep_until(3.0)
    assert seen == sorted(seen)
    assert clock.now_s() >= 3.0


def test_the_real_clock_goes_forward_and_knows_its_boot() -> None:
    clock = RealClock()
    before_s = clock.now_s()
    clock.sleep_until(before_s - 1.0)
    assert clock.now_s() >= before_s
    assert clock.boot_id() == RealClock().boot_id() != ""
    assert clock.wall().tzinfo is UTC


@pytest.mark.realtime
def test_the_real_clock_sleeps_until_then() -> None:
    clock = RealClock()
    until_s = clock.now_s() + 0.02
    clock.sleep_until(until_s)
    assert clock.now_s() >= until_s


@pytest.mark.realtime
def test_a_real_ticker_calls_from_a_thread_of_its_own_until_it_is_stopped() -> None:
    clock = RealClock()
    called: list[str] = []
    thrice = threading.Event()

    def action() -> None:
        called.append(threading.current_thread().name)
        if len(called) == 3:
            thrice.set()

    ticker = clock.every(0.005, action, "supply sampler")
    assert thrice.wait(timeout=5.0)
    ticker.stop()
    count = len(called)
    assert set(called) == {"supply sampler"}
    assert "supply sampler" not in {thread.name for thread in threading.enumerate()}
    clock.sleep_until(clock.now_s() + 0.02)
    assert len(called) == count


@pytest.mark.realtime
def test_a_real_ticker_may_stop_itself() -> None:
    done = threading.Event()
    tickers: list[Ticker] = []

    def action() -> None:
        if tickers:
            tickers[0].stop()
            done.set()

    tickers.append(RealClock().every(0.005, action, "self-stopper"))
    assert done.wait(timeout=5.0)


def _noting(clock: VirtualClock, called: list[tuple[str, float]], name: str) -> Callable[[], None]:
    return lambda: called.append((name, clock.now_s()))
