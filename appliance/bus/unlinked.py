"""The cable of an appliance that has no link to any car: its CAN interface is missing or down.

Nothing goes out and nothing comes in; once a second it is looked for again.  A life begins with its link or has none,
so who finds it ends this life, and the next one begins with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from appliance.bus.transport import TransportEvent
from appliance.clock import Clock
from appliance.errors import LinkError

RETRY_S = 1.0


class LinkFound(Exception):
    """The link is there by now."""


class Unlinked:
    """A transport while there is no link.

    Args:
        why: What is wrong with it.
        attempt: Opens the link and gives it back; raises `LinkError` as long as it cannot.
    """

    def __init__(self, clock: Clock, why: LinkError, attempt: Callable[[], None]) -> None:
        self._clock = clock
        self._why = why
        self._attempt = attempt
        self._next_s = clock.now_s() + RETRY_S

    def refuse(self) -> NoReturn:
        """Say what is wrong, where something needs the link.

        Raises:
            LinkError: always.
        """
        raise self._why

    def send(self, address: int, payload: bytes) -> None:  # noqa: ARG002 – as every transport
        """Refuse."""
        self.refuse()

    def poll(self, until_s: float) -> list[TransportEvent]:
        """Wait, and look for the link now and then.

        Raises:
            LinkFound: it is there.
        """
        if self._clock.now_s() >= self._next_s:
            self._next_s = self._clock.now_s() + RETRY_S
            if self._found():
                raise LinkFound
        self._clock.sleep_until(until_s)
        return []

    def _found(self) -> bool:
        try:
            self._attempt()
        except LinkError as still:
            self._why = still
            return False
        return True

    def abandon(self, address: int) -> None:
        """There is nothing to forget."""

    def receiving(self, address: int | None) -> bool:  # noqa: ARG002 – as every transport
        """Nothing arrives."""
        return False

    def close(self) -> None:
        """Nothing is held."""
