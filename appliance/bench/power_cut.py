"""A simulated power cut: everything above the cable is gone between two instructions.

It is a `BaseException`, so that no `except Exception` survives what a real cut would not.
"""

from __future__ import annotations

import threading

from appliance.bus.transport import Transport, TransportEvent


class PowerCut(BaseException):
    """The appliance has no power any more."""


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
