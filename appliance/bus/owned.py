"""A transport over a CAN interface that this process owns: closing it gives the interface to others."""

from __future__ import annotations

from collections.abc import Callable

from appliance.bus.transport import Transport, TransportEvent


class OwnedTransport:
    """A transport and what it owns.

    Args:
        inner: The transport proper.
        release: Called when that is closed.

    Attributes:
        kind: Name of the class of the transport proper, for people.
    """

    def __init__(self, inner: Transport, release: Callable[[], None]) -> None:
        self._inner = inner
        self._release = release
        self.kind = type(inner).__name__

    def send(self, address: int, payload: bytes) -> None:
        """As the transport's."""
        self._inner.send(address, payload)

    def poll(self, until_s: float) -> list[TransportEvent]:
        """As the transport's."""
        return self._inner.poll(until_s)

    def abandon(self, address: int) -> None:
        """As the transport's."""
        self._inner.abandon(address)

    def receiving(self, address: int | None) -> bool:
        """As the transport's."""
        return self._inner.receiving(address)

    def close(self) -> None:
        """Close the transport, and whatever comes of it, let another process have the interface."""
        try:
            self._inner.close()
        finally:
            self._release()
