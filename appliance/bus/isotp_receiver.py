"""What one control unit sends to us: the receiving machine of ISO 15765-2, without I/O.

1. A wrong sequence number ends the reception: lost, repeated and swapped frames alike (the standard's N_WRONG_SN).
2. A first or single frame in the middle of a reception replaces it: the unit's newest word counts (the standard's
   rules for an unexpected N_PDU).
3. Frames that are too short for what they say, and frame types that do not exist, are ignored.
4. Our flow control asks for no pauses; a message longer than 4095 bytes is refused with "overflow".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from appliance.bus.isotp import (
    CONSECUTIVE,
    CONSECUTIVE_FRAME_BYTES,
    FIRST,
    FLOW_CONTROL,
    FRAME_BYTES,
    OVERFLOW,
    SINGLE,
    IsoTpTiming,
    flow_control,
)
from appliance.bus.transport import SINGLE_FRAME_MAX


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message arrived."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """This frame has to go to the unit now."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Aborted:
    """The reception ended without a message."""

    reason: str


Outcome: TypeAlias = Message | Reply | Aborted | None


class Receiver:
    """What one control unit sends to us, frame by frame.

    Attributes:
        active: Whether a message of several frames is arriving.
        deadline_s: When the next frame is overdue; infinite while not active.
        interrupted: Receptions that a new message replaced.
    """

    __slots__ = ("_buffer", "_length", "_number", "_source", "_timing", "active", "deadline_s", "interrupted")

    def __init__(self, source: int, timing: IsoTpTiming) -> None:
        self._source = source
        self._timing = timing
        self._buffer = bytearray()
        self._length = 0
        self._number = 0
        self.active = False
        self.deadline_s = math.inf
        self.interrupted = 0

    def feed(self, data: bytes | bytearray, now_s: float) -> Outcome:
        """Take a frame addressed to us; None when there is nothing to tell or do. Flow control is the sender's."""
        kind = data[1] >> 4 if len(data) > 1 else FLOW_CONTROL
        if kind == CONSECUTIVE:
            return self._consecutive(data, now_s)
        if kind == SINGLE:
            return self._single(data)
        if kind == FIRST:
            return self._first(data, now_s)
        return None

    def check(self, now_s: float) -> Aborted | None:
        """End the reception if its next frame is overdue."""
        if not self.active or now_s < self.deadline_s:
            return None
        got = len(self._buffer)
        self.stop()
        return Aborted(f"the answer broke off after {got} of {self._length} bytes ({self._timing.n_cr_s:g} s)")

    def stop(self) -> None:
        """Forget what has arrived so far."""
        self.active = False
        self.deadline_s = math.inf

    def _single(self, data: bytes | bytearray) -> Outcome:
        length = data[1] & 0xF
        if not 1 <= length <= min(SINGLE_FRAME_MAX, len(data) - 2):
            return None
        self._replace()
        return Message(bytes(data[2 : 2 + length]))

    def _first(self, data: bytes | bytearray, now_s: float) -> Outcome:
        if len(data) < FRAME_BYTES:
            return None
        length = (data[1] & 0xF) << 8 | data[2]
        if length == 0:  # the escape for more than 4095 bytes
            return Reply(flow_control(self._source, OVERFLOW))
        if length <= SINGLE_FRAME_MAX:
            return None
        self._replace()
        self.active = True
        self._length = length
        self._buffer = bytearray(data[3:FRAME_BYTES])
        self._number = 0
        self.deadline_s = now_s + self._timing.n_cr_s
        return Reply(flow_control(self._source))

    def _consecutive(self, data: bytes | bytearray, now_s: float) -> Outcome:
        if not self.active:
            return None
        left = self._length - len(self._buffer)
        if len(data) - 2 < min(left, CONSECUTIVE_FRAME_BYTES):
            return None
        expected = self._number + 1 & 0xF
        if data[1] & 0xF != expected:
            self.stop()
            return Aborted(f"frame {data[1] & 0xF:X} of the answer came where {expected:X} was due")
        self._number = expected
        self._buffer += data[2 : 2 + left]
        if left > CONSECUTIVE_FRAME_BYTES:
            self.deadline_s = now_s + self._timing.n_cr_s
            return None
        self.stop()
        return Message(bytes(self._buffer))

    def _replace(self) -> None:
        if self.active:
            self.interrupted += 1
        self.stop()
