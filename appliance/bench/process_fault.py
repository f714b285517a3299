"""What can go wrong with the appliance's own process: it hangs, or it dies of an exception nobody expects.

Both strike in its next wait for the car, in the thread that does the work; every other thread goes on, as it would.
A hang ends by nothing but the watchdog: the bench's own, which ends this life as systemd would (`WatchdogBite`), or
one above it, which ends the whole process.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.bench.service_manager import WATCHDOG_S, ServiceManager
from appliance.bus.transport import Transport, TransportEvent
from appliance.clock import Clock

LOOK_S = 0.05
UNWATCHED_S = 20 * WATCHDOG_S  # then somebody pulses for an engine that hangs, or nobody watches


class WatchdogBite(BaseException):
    """The service manager has ended this life: there was no pulse.  As uncatchable as a power cut."""


class ProcessCrash(Exception):
    """An exception that nobody expects."""


class ProcessFaults:
    """What is due to happen to the process; told from any thread.

    Attributes:
        on_hang: Called when a hang begins.
    """

    def __init__(self, clock: Clock, manager: ServiceManager) -> None:
        self._clock = clock
        self._manager = manager
        self._hangs = self._crashes = False
        self.on_hang: Callable[[], None] = _nothing

    def hang(self) -> None:
        """From its next wait on, the engine hangs."""
        self._hangs = True

    def crash(self) -> None:
        """In its next wait, the engine dies."""
        self._crashes = True

    def strike(self) -> None:
        """Called in each wait, by whoever waits.

        Raises:
            WatchdogBite: it hung, until the service manager ended it.
            ProcessCrash: it was told to.
        """
        if self._crashes:
            self._crashes = False
            raise ProcessCrash("the bench was told to let the appliance crash")
        if not self._hangs:
            return
        self._hangs = False
        self.on_hang()
        since_s = self._clock.now_s()
        while not self._manager.overdue:
            self._clock.sleep_until(self._clock.now_s() + LOOK_S)
            if self._clock.now_s() - since_s > UNWATCHED_S:
                raise ProcessCrash(f"the engine hung for {UNWATCHED_S:.0f} s, and no watchdog ended it")
        self._manager.ended()
        raise WatchdogBite(f"watchdog: no pulse for {WATCHDOG_S:.0f} s")


class FaultyTransport:
    """A transport whose user hangs or crashes in it when told to."""

    def __init__(self, inner: Transport, faults: ProcessFaults) -> None:
        self._inner = inner
        self._faults = faults

    def send(self, address: int, payload: bytes) -> None:
        """As the transport's."""
        self._inner.send(address, payload)

    def poll(self, until_s: float) -> list[TransportEvent]:
        """As the transport's, unless a fault strikes."""
        self._faults.strike()
        return self._inner.poll(until_s)

    def abandon(self, address: int) -> None:
        """As the transport's."""
        self._inner.abandon(address)

    def receiving(self, address: int | None) -> bool:
        """As the transport's."""
        return self._inner.receiving(address)

    def close(self) -> None:
        """As the transport's."""
        self._inner.close()


def _nothing() -> None:
    """Nobody wants to know."""
