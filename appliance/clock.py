"""Time: the only module that imports it.

Two clocks behind one interface.  `RealClock` is the machine's monotonic clock.  `VirtualClock` stands still
until somebody waits, then jumps: a 120-second erase takes no time in a test.

Monotonic seconds order everything; wall time is recorded for people and never compared (a Pi has no battery clock).
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # random(4): one UUID for each boot of the kernel
UNKNOWN_BOOT = "unknown"  # nobody can tell whether the machine was started anew


class Ticker(Protocol):
    """A running periodic action."""

    def stop(self) -> None:
        """End it; returns when the action runs no more."""


class Clock(Protocol):
    """What the appliance may know of time."""

    def now_s(self) -> float:
        """Monotonic seconds; comparable only within one boot."""

    def wall(self) -> datetime:
        """The date and time, aware, UTC; may be wrong."""

    def sleep_until(self, at_s: float) -> None:
        """Return at `at_s` or later; at once when it has passed."""

    def every(self, period_s: float, action: Callable[[], None], name: str) -> Ticker:
        """Call `action` each `period_s` until stopped, however long the caller is busy elsewhere."""

    def boot_id(self) -> str:
        """Which boot the monotonic seconds belong to."""


class RealClock:
    """The machine's clock."""

    def now_s(self) -> float:
        """Monotonic seconds since boot."""
        return time.monotonic()

    def wall(self) -> datetime:
        """The system's idea of now, UTC."""
        return datetime.now(UTC)

    def sleep_until(self, at_s: float) -> None:
        """Sleep the rest of the time, if there is any."""
        left_s = at_s - time.monotonic()
        if left_s > 0:
            time.sleep(left_s)

    def every(self, period_s: float, action: Callable[[], None], name: str) -> Ticker:
        """Call `action` from a thread of its own."""
        return _ThreadTicker(period_s, action, name)

    def boot_id(self) -> str:
        """The kernel's boot UUID."""
        return BOOT_ID.read_text(encoding="ascii").strip() if BOOT_ID.exists() else UNKNOWN_BOOT


class _ThreadTicker:
    """Calls an action from a daemon thread; a missed period is not made up for."""

    def __init__(self, period_s: float, action: Callable[[], None], name: str) -> None:
        self._period_s = period_s
        self._action = action
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._stopped.wait(max(0.0, due_s - time.monotonic())):
            self._action()
            due_s = max(due_s + self._period_s, time.monotonic())

    def stop(self) -> None:
        """Ask the thread to end and wait for it."""
        self._stopped.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()


class VirtualClock:
    """A clock that jumps when asked to wait, and calls what falls due on the way.

    Args:
        start_s: The first reading.
        wall: The date and time at `start_s`.
    """

    def __init__(self, start_s: float = 0.0, wall: datetime = datetime(2017, 6, 1, 9, 0, tzinfo=UTC)) -> None:
        self._now_s = start_s
        self._start_s = start_s
        self._wall = wall
        self._due: list[tuple[float, int, _VirtualTicker]] = []
        self._count = 0

    def now_s(self) -> float:
        """Virtual seconds."""
        return self._now_s

    def wall(self) -> datetime:
        """The starting date plus the virtual seconds since."""
        return self._wall + timedelta(seconds=self._now_s - self._start_s)

    def sleep_until(self, at_s: float) -> None:
        """Jump to `at_s`, running every ticker that falls due, in order of time."""
        while self._due and self._due[0][0] <= at_s:
            due_s, _, ticker = heapq.heappop(self._due)
            if ticker.stopped:
                continue
            self._now_s = max(self._now_s, due_s)
            ticker.action()
            self._schedule(due_s + ticker.period_s, ticker)
        self._now_s = max(self._now_s, at_s)

    def every(self, period_s: float, action: Callable[[], None], name: str) -> Ticker:  # noqa: ARG002
        """Call `action` at once and then whenever the clock passes a multiple of `period_s`."""
        ticker = _VirtualTicker(period_s, action)
        action()
        self._schedule(self._now_s + period_s, ticker)
        return ticker

    def boot_id(self) -> str:
        """There is no machine under a virtual clock; the bench has one (`bench.power_cut.PluggedClock`)."""
        return UNKNOWN_BOOT

    def _schedule(self, at_s: float, ticker: _VirtualTicker) -> None:
        self._count += 1
        heapq.heappush(self._due, (at_s, self._count, ticker))


class _VirtualTicker:
    def __init__(self, period_s: float, action: Callable[[], None]) -> None:
        self.period_s = period_s
        self.action = action
        self.stopped = False

    def stop(self) -> None:
        """Never call the action again."""
        self.stopped = True
