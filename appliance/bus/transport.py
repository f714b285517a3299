"""What a transport is: whole UDS messages out and in, for one tester and many control units.

Rules every transport keeps (`tests/bus/test_transport_contract.py` holds each of them to these):

1. Nothing happens outside `poll`; there is no thread.  `send` only queues.
2. Every `send` ends in exactly one `Sent` or `Failed`, unless it is abandoned.
3. What had already arrived when `poll` is called is told before a message queued since then begins to go out, so an
   answer told before `Sent` cannot belong to that message.
4. A functional message (`uds.FUNCTIONAL`) is a single frame; each unit answers from its own address, and answers of
   several units may interleave.
5. `Disturbed` ends no wait: what the bus has shown is told with whatever is told next, when the wait is over at last.

Sources: ISO 15765-2 (transport), ISO 15765-3 / 14229-3 (UDS on CAN), facts.md §1 (BMW's addressing, confirmed).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from appliance import uds
from appliance.engine.link_health import BusHealth
from appliance.errors import UsageError

LENGTH_MAX = 4095  # the 12-bit length of a first frame (ISO 15765-2, N_PCI)
SINGLE_FRAME_MAX = 6  # eight bytes less the target address and the length (facts.md §1, confirmed)


@dataclass(frozen=True, slots=True)
class Received:
    """A whole message from a control unit."""

    source: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """The last frame of the message to `address` was handed to the bus."""

    address: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A message to or from `address` broke off; `reason` is a clause for people."""

    address: int
    reason: str


@dataclass(frozen=True, slots=True)
class Disturbed:
    """Something happened on the bus that is no message to us; `bus` has all of it since the transport was made."""

    bus: BusHealth


MessageEvent: TypeAlias = Received | Sent | Failed
TransportEvent: TypeAlias = MessageEvent | Disturbed


class Transport(Protocol):
    """Moves UDS messages. Single-threaded."""

    def send(self, address: int, payload: bytes) -> None:
        """Queue a message to one control unit, or to all of them (`uds.FUNCTIONAL`).

        Raises:
            UsageError: it is empty or longer than the transport can carry.
            LinkError: the interface is gone.
        """

    def poll(self, until_s: float) -> list[TransportEvent]:
        """Move frames until there is an event or the clock reads `until_s`; at least one pass, whatever the time.

        Raises:
            LinkError: the interface is gone, or its controller is off the bus.
        """

    def abandon(self, address: int) -> None:
        """Forget what is being sent to, and half received from, this unit; no event will tell of either."""

    def receiving(self, address: int | None) -> bool:
        """Whether a message of several frames is arriving from this unit; None: from any unit."""

    def close(self) -> None:
        """Give the interface back."""


def check_sendable(address: int, payload: bytes) -> None:
    """Refuse what no transport here can carry.

    Raises:
        UsageError: empty, too long, or too long for a functional request.
    """
    limit = SINGLE_FRAME_MAX if address == uds.FUNCTIONAL else LENGTH_MAX
    if not 1 <= len(payload) <= limit:
        kind = "functional request" if address == uds.FUNCTIONAL else "request"
        raise UsageError(
            f"a {kind} has 1 to {limit} bytes, this one has {len(payload)}",
            where=f"control unit 0x{address:02X}",
        )
