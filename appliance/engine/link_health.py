"""How the link to the car is, as counted values: what the bus shows, and how control units answer.

Counts begin when the link is opened and only grow; what happened in a span of time is a difference (`since`).

Sources: ISO 11898-1 (error counters, error states, acknowledgement), linux/can/error.h (what a controller tells).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import Enum


class ControllerState(Enum):
    """The error state of the CAN controller (ISO 11898-1, fault confinement); the worse, the later."""

    ACTIVE = "error-active"  # both error counters below 96
    WARNING = "error-warning"  # one of them 96 or more
    PASSIVE = "error-passive"  # 128 or more: it may no longer destroy what it finds wrong
    BUS_OFF = "bus-off"  # transmit errors above 255: it sends and hears nothing until somebody restarts it


@dataclass(frozen=True, slots=True)
class BusHealth:
    """What the bus has shown besides messages; every count is in frames unless it says something else.

    Attributes:
        state: As the newest error frame has it; error-active while there was none. A controller need not tell that it
            has recovered (some drivers do not), so for a judgement the counts of reports below decide.
        tx_errors / rx_errors: The controller's own counters, as told last; None: it does not tell.
        error_frames: Reports of the controller, of any kind.
        warning / passive / bus_off / restarted: Reports of that state.
        no_ack: A frame of ours that nobody acknowledged.
        disturbed: A frame that was not what it should be: bits, stuffing, form, checksum.
        transceiver: Reports of a line that is shorted or open.
        tx_timeout: Frames that did not get out in time.
        lost_arbitration: A frame of ours waited for a more urgent one, as frames do.
        overflow: Times the controller, its driver or a socket had no room for a frame that was there: it is lost.
        queue_full: Times a frame could not be handed over, because the transmit queue was full (ENOBUFS).
        foreign: Frames of another tester.
    """

    state: ControllerState = ControllerState.ACTIVE
    tx_errors: int | None = None
    rx_errors: int | None = None
    error_frames: int = 0
    warning: int = 0
    passive: int = 0
    bus_off: int = 0
    restarted: int = 0
    no_ack: int = 0
    disturbed: int = 0
    transceiver: int = 0
    tx_timeout: int = 0
    lost_arbitration: int = 0
    overflow: int = 0
    queue_full: int = 0
    foreign: int = 0

    @property
    def errors(self) -> int:
        """Reports of frames that did not pass as they should."""
        return self.no_ack + self.disturbed + self.transceiver + self.tx_timeout

    def since(self, earlier: BusHealth) -> BusHealth:
        """What has been counted since then; states and error counters as they are now."""
        grown = {name: getattr(self, name) - getattr(earlier, name) for name in COUNTS}
        return replace(self, **grown)


COUNTS = tuple(one.name for one in fields(BusHealth) if one.name not in ("state", "tx_errors", "rx_errors"))
QUIET = BusHealth()


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One request to one control unit that has ended.

    Attributes:
        sid: Its service.
        trip_s: From its last frame to the first word of the unit, a response pending included; None: there was none.
    """

    address: int
    sid: int
    trip_s: float | None


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """The whole link.

    Attributes:
        bus: The same object as long as nothing has happened on the bus.
        exchanges: The newest requests that have ended, oldest first.
        ended: How many have ended in all.
        unasked: Messages to us that answer nothing that is open: late ones, and answers to somebody else.
    """

    bus: BusHealth = QUIET
    exchanges: tuple[Exchanged, ...] = field(default=())
    ended: int = 0
    unasked: int = 0

    def exchanges_since(self, earlier: LinkHealth) -> tuple[Exchanged, ...]:
        """Those that have ended since then, as far as they are still known."""
        count = min(self.ended - earlier.ended, len(self.exchanges))
        return self.exchanges[len(self.exchanges) - count :]
