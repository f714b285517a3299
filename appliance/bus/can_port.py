"""A python-can bus as the transport sees it: frames in and out, counted and recorded, errors translated.

A full transmit queue is no error but a "not now"; everything else python-can raises means that the interface is gone.
python-can asks a SocketCAN interface for error frames by itself; frames that its socket had no room for it cannot tell.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, replace
from typing import Protocol

import can

from appliance import uds
from appliance.bus.error_frames import counted, off_the_bus
from appliance.bus.isotp import is_for_tester, is_from_tester
from appliance.engine.link_health import BusHealth, ControllerState
from appliance.errors import LinkError

UNITS_ID = 0x600
TESTER_ID = UNITS_ID + uds.TESTER


class FrameLog(Protocol):
    """Who wants to see every frame."""

    def frame(self, can_id: int, data: bytes | bytearray) -> None:
        """A frame was sent or received just now; must not touch the disk."""

    def write_some(self) -> bool:
        """Spend a moment on the disk; true when more is waiting."""


@dataclass(frozen=True, slots=True)
class BusCounters:
    """What passed since the transport was made.

    Attributes:
        sent: Frames the bus took.
        received: Frames from control units to us.
        other: Frames that are none of ours: other ids, other targets.
        aborted: Receptions that broke off.
        interrupted: Receptions replaced by a new message of the same unit.
    """

    sent: int = 0
    received: int = 0
    other: int = 0
    aborted: int = 0
    interrupted: int = 0


class CanPort:
    """Frames between us and the control units.

    Args:
        bus: Open; closed by `close`.
        recorder: Sees every frame in both directions; None: nobody does.

    Attributes:
        sent, received, other: As in `BusCounters`.
        health: What the bus has shown besides.
    """

    def __init__(self, bus: can.BusABC, recorder: FrameLog | None) -> None:
        self._bus = bus
        self._recorder = recorder
        self.sent = 0
        self.received = 0
        self.other = 0
        self.health = BusHealth()

    def offer(self, frame: bytes) -> bool:
        """Hand a frame of the tester to the bus; false when its queue is full.

        Raises:
            LinkError: the interface is gone.
        """
        message = can.Message(arbitration_id=TESTER_ID, is_extended_id=False, data=frame, is_rx=False)
        try:
            self._bus.send(message)
        except (can.CanError, OSError) as error:
            if not _queue_is_full(error):
                raise self._gone(error) from error
            self.health = replace(self.health, queue_full=self.health.queue_full + 1)
            return False
        self.sent += 1
        if self._recorder is not None:
            self._recorder.frame(TESTER_ID, frame)
        return True

    def recv(self, timeout_s: float) -> can.Message | None:
        """The next frame of any kind; None when there is none for `timeout_s`.

        Raises:
            LinkError: the interface is gone.
        """
        try:
            return self._bus.recv(timeout_s)
        except (can.CanError, OSError) as error:
            raise self._gone(error) from error

    def sort(self, message: can.Message) -> int | None:
        """The control unit that sent us this frame; None when it is not one to us. Counts and records it."""
        can_id, data = message.arbitration_id, message.data
        if message.is_error_frame:
            self.health = counted(self.health, can_id, data)
            return None
        if self._recorder is not None:
            self._recorder.frame(can_id, data)
        if is_from_tester(can_id) and message.is_rx and not message.is_extended_id:
            self.health = replace(self.health, foreign=self.health.foreign + 1)
            return None
        if can_id & ~0xFF != UNITS_ID or message.is_extended_id or not is_for_tester(data):
            self.other += 1
            return None
        self.received += 1
        return can_id - UNITS_ID

    def require_on_bus(self) -> None:
        """Return while the controller takes part.

        Raises:
            LinkError: it has gone off the bus, and nobody has restarted it.
        """
        if self.health.state is ControllerState.BUS_OFF:
            raise off_the_bus(str(self._bus.channel_info))

    def record_some(self) -> bool:
        """Give the recorder a moment; true when it used it and wants more."""
        return self._recorder is not None and self._recorder.write_some()

    def close(self) -> None:
        """Shut the bus down."""
        self._bus.shutdown()

    def _gone(self, error: Exception) -> LinkError:
        return LinkError(
            f"the CAN interface cannot be used: {error}",
            where=str(self._bus.channel_info),
            do="check that the interface is up (ip -details link show) and the CAN HAT is seated",
        )


def _queue_is_full(error: Exception) -> bool:
    """Whether the frame may be offered again.

    socketcan tells ENOBUFS by number, and a full socket buffer only in words; the serial adapters time out.
    """
    number = error.error_code if isinstance(error, can.CanError) else getattr(error, "errno", None)
    return number == errno.ENOBUFS or isinstance(error, can.CanTimeoutError) or "buffer full" in str(error)
