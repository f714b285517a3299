"""The bench's service manager: what systemd is to the appliance.  It hears the pulses, and knows when one is overdue.

It listens where systemd does, behind `board.watchdog`, so what reaches it has passed the real adapter.  Where the bench
itself runs under a service manager, everything is passed on.

Source: sd_notify(3), WatchdogSec= of systemd.service(5): the watch begins with READY=1.  WATCHDOG_USEC= changes how
long it waits, and begins the watch anew (systemd's `service_notify_message`).
"""

from __future__ import annotations

from appliance.board.watchdog import Notifier
from appliance.clock import Clock

WATCHDOG_S = 10.0  # WatchdogSec= of a real appliance's service (our own choice; a wait has 0.25 s)
RESTART_S = 1.0  # RestartSec=


class ServiceManager:
    """Hears the appliance.

    Args:
        above: Whom the bench's own process reports to; None: nobody.

    Attributes:
        pulses: How many were heard in all lives.
    """

    def __init__(self, clock: Clock, above: Notifier | None = None) -> None:
        self._clock = clock
        self._above = above
        self._heard_s: float | None = None
        self._patience_s = WATCHDOG_S
        self.pulses = 0

    def notify(self, state: str) -> None:
        """A message of the appliance."""
        words = state.splitlines()
        self.pulses += words.count("WATCHDOG=1")
        for word in words:
            name, _, value = word.partition("=")
            if name == "WATCHDOG_USEC":
                self._patience_s = int(value) / 1e6
        if "READY=1" in words or (self._heard_s is not None and "WATCHDOG=1" in words):
            self._heard_s = self._clock.now_s()
        if self._above is not None:
            self._above.notify(state)

    @property
    def overdue(self) -> bool:
        """Whether there was no pulse for as long as it has patience, although the appliance had said that it is up."""
        return self._heard_s is not None and self._clock.now_s() - self._heard_s > self._patience_s

    def ended(self) -> None:
        """That life is over; the next one is watched when it says that it is up."""
        self._heard_s = None
        self._patience_s = WATCHDOG_S
