"""A simulated power cut: everything above the cable is gone between two instructions.

It is a `BaseException`, so that no `except Exception` survives what a real cut would not.  To the appliance a cut is
told from a process that died by the boot of its machine; here that machine is simulated, too.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import datetime

from appliance.bus.transport import Transport, TransportEvent
from appliance.clock import Clock, Ticker


class PowerCut(BaseException):
    """The appliance has no power any more."""


class PluggedClock:
    """A clock in a simulated machine: each time that gets its power, it is another boot.

    A new one of these is a machine that has just been switched on.  So `kill -9` of a bench, which takes the machine
    with it, is a cut; a process that hangs or dies while its machine lives on is not.
    """

    def __init__(self, inner: Clock) -> None:
        self._inner = inner
        self.power_on()

    def power_on(self) -> None:
        """The machine has power again."""
        self._boot = str(uuid.uuid4())  # as the kernel's is: random(4)

    def boot_id(self) -> str:
        """The boot of the simulated machine."""
        return self._boot

    def now_s(self) -> float:
        """As the clock's."""
        return self._inner.now_s()

    def wall(self) -> datetime:
        """As the clock's."""
        return self._inner.wall()

    def sleep_until(self, at_s: float) -> None:
        """As the clock's."""
        self._inner.sleep_until(at_s)

    def every(self, period_s: float, action: Callable[[], None], name: str) -> Ticker:
        """As the clock's."""
        return self._inner.every(period_s, action, name)


class Plug:
    """The plug the appliance hangs on; pulled and pushed from any thread."""

    def __init__(self) -> None:
        self._in = threading.Event()
        self._in.set()
        self.stays_out = False

    @property
    def pulled(self) -> bool:
        """Whether it is out."""
        return not self._in.is_set()

    def pull(self, *, stays_out: bool = False) -> None:
        """Pull it; `stays_out`: until somebody pushes it in again, else the scenario does."""
        self.stays_out = stays_out
        self._in.clear()

    def push(self) -> None:
        """Put it back."""
        self._in.set()

    def wait_until_in(self) -> None:
        """Return when it is in."""
        self._in.wait()


class CuttableTransport:
    """A transport that dies with the plug.

    Args:
        inner: The transport proper.
        plug: Looked at on every call.
    """

    def __init__(self, inner: Transport, plug: Plug) -> None:
        self._inner = inner
        self._plug = plug

    def send(self, address: int, payload: bytes) -> None:
        """As the transport's."""
        self._powered()
        self._inner.send(address, payload)

    def poll(self, until_s: float) -> list[TransportEvent]:
        """As the transport's; what it brought is lost when the plug was pulled meanwhile."""
        self._powered()
        events = self._inner.poll(until_s)
        self._powered()
        return events

    def abandon(self, address: int) -> None:
        """As the transport's."""
        self._inner.abandon(address)

    def receiving(self, address: int | None) -> bool:
        """As the transport's."""
        return self._inner.receiving(address)

    def close(self) -> None:
        """As the transport's."""
        self._inner.close()

    def _powered(self) -> None:
        if self._plug.pulled:
            raise PowerCut
