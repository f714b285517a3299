"""Whoever restarts us: systemd, through its notification socket.

`pulse` sends at most ten messages a second, however often it is called: a flood of them can hang the service manager
(systemd issue 37288).  The words go along when they have changed.  Without a socket (started by hand) all this does
nothing.  A message that cannot be sent is not waited for: the next one comes in 100 ms, and a watchdog that hears
none restarts us, which is right.

A pulse is worth something only from the thread that does the work; from any other one it is refused.

Between READY and the first pulse the firmware cache is opened, which no step interrupts: for that long the manager is
asked for more patience, and with the first pulse for its own again.  Nobody pulses meanwhile, so whoever hangs there is
restarted too, later.

Source: sd_notify(3), WATCHDOG_USEC= of both sd_notify(3) and sd_watchdog_enabled(3).
"""

from __future__ import annotations

import os
import threading
from typing import Protocol

import sdnotify

from appliance.clock import Clock
from appliance.errors import BoardError

SHORTEST_S = 0.1  # well below half of any WatchdogSec in use (image/: 10 s)
OPENING_S = 60.0  # from READY to the first pulse; some seconds on a Pi, more where its card is slow. Ours.


class Notifier(Protocol):
    """One message to the service manager: lines of NAME=value."""

    def notify(self, state: str) -> None:
        """Send it, or not."""


class SystemdWatchdog:
    """The real twin of `engine.ports.Watchdog`.

    Args:
        clock: Limits the rate.
        notifier: Where messages go; None: nobody listens.
        period_us: How long it waits for a pulse, as it told us; None: it does not watch.
    """

    def __init__(self, clock: Clock, notifier: Notifier | None, period_us: int | None = None) -> None:
        self._clock = clock
        self._notifier = notifier
        self._period_us = period_us
        self._pulsed_s: float | None = None
        self._told = ""
        self._worker: int | None = None  # the thread that said that we are up; None: nobody has yet

    def ready(self) -> None:
        """The appliance is up, and this thread does the work."""
        self._worker = threading.get_ident()
        self._send("\n".join(("READY=1", *self._patience(OPENING_S))))

    def pulse(self, words: str) -> None:
        """The engine is alive, doing `words`; shown by `systemctl status`.

        Raises:
            RuntimeError: another thread than the one that does the work says so; nobody catches that.
        """
        if self._worker is not None and threading.get_ident() != self._worker:
            raise RuntimeError(f"{threading.current_thread().name} pulses for a thread that may hang")
        now_s = self._clock.now_s()
        if self._pulsed_s is not None and now_s - self._pulsed_s < SHORTEST_S:
            return
        self._pulsed_s = now_s
        words = " ".join(words.split())  # a line break would begin another variable
        if words == self._told:
            self._send("WATCHDOG=1")
        else:
            self._told = words
            # The period goes along each time, and not only the first: a message may be lost.
            self._send("\n".join((*self._patience(), "WATCHDOG=1", f"STATUS={words}")))

    def _patience(self, seconds: float | None = None) -> tuple[str, ...]:
        """How long the manager is to wait for the next pulse; None: as long as it said itself."""
        if self._period_us is None:
            return ()
        return (f"WATCHDOG_USEC={self._period_us if seconds is None else seconds * 1e6:.0f}",)

    def _send(self, message: str) -> None:
        if self._notifier is not None:
            self._notifier.notify(message)


class SocketNotifier:
    """The notification socket, never waited for.

    Attributes:
        lost: Messages that could not be sent: the manager's queue was full, or it was gone.

    Raises:
        BoardError: there is no such socket.
    """

    def __init__(self) -> None:
        try:
            self._notifier = sdnotify.SystemdNotifier(debug=True)  # debug: it raises instead of keeping silent
        except OSError as error:
            raise BoardError(
                f"the service manager cannot be reached ({error.strerror})",
                where="NOTIFY_SOCKET",
                do="start the appliance with systemctl, or unset the variable",
            ) from error
        self._notifier.socket.setblocking(False)
        self.lost = 0

    def notify(self, state: str) -> None:
        """Send it, or count it as lost."""
        try:
            self._notifier.notify(_in_latin_1(state))
        except OSError:
            self.lost += 1

    def close(self) -> None:
        """Give the socket back."""
        self._notifier.socket.close()


def systemd_notifier() -> SocketNotifier | None:
    """The notifier of the service we run as; None when nobody started us as one.

    Raises:
        BoardError: somebody did, and cannot be reached.
    """
    return SocketNotifier() if os.environ.get("NOTIFY_SOCKET") else None


def systemd_period_us() -> int | None:
    """How long the service manager waits for a pulse of this process, in microseconds; None: it does not watch it."""
    watched = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    period = os.environ.get("WATCHDOG_USEC", "")
    return int(period) if watched and period.isdecimal() and int(period) else None


def _in_latin_1(text: str) -> str:
    """`text` such that sdnotify's Latin-1 encoding puts UTF-8, which systemd wants, on the wire."""
    return text.encode("utf-8").decode("latin-1")
