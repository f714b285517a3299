"""Whoever restarts us: systemd, through its notification socket.

`pulse` sends at most ten messages a second, however often it is called: a flood of them can hang the service manager
(systemd issue 37288).  The words go along when they have changed.  Without a socket (started by hand) all this does
nothing.  A message that cannot be sent is not waited for: the next one comes in 100 ms, and a watchdog that hears
none restarts us, which is right.

A pulse is worth something only from the thread that does the work; from any other one it is refused.

Source: sd_notify(3).
"""

from __future__ import annotations

import os
import threading
from typing import Protocol

import sdnotify

from appliance.clock import Clock
from appliance.errors import BoardError

SHORTEST_S = 0.1  # well below half of any WatchdogSec in use (image/: 10 s)


class Notifier(Protocol):
    """One message to the service manager: lines of NAME=value."""

    def notify(self, state: str) -> None:
        """Send it, or not."""


class SystemdWatchdog:
    """The real twin of `engine.ports.Watchdog`.

    Args:
        clock: Limits the rate.
        notifier: Where messages go; None: nobody listens.
    """

    def __init__(self, clock: Clock, notifier: Notifier | None) -> None:
        self._clock = clock
        self._notifier = notifier
        self._pulsed_s: float | None = None
        self._told = ""
        self._worker: int | None = None  # the thread that said that we are up; None: nobody has yet

    def ready(self) -> None:
        """The appliance is up, and this thread does the work."""
        self._worker = threading.get_ident()
        self._send("READY=1")

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
            self._send(f"WATCHDOG=1\nSTATUS={words}")

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


def _in_latin_1(text: str) -> str:
    """`text` such that sdnotify's Latin-1 encoding puts UTF-8, which systemd wants, on the wire."""
    return text.encode("utf-8").decode("latin-1")
