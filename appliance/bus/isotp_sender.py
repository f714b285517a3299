"""One message on its way to one control unit: the sending machine of ISO 15765-2, without I/O.

    READY ──first frame──► WAITING ──continue──► READY ──block full──► WAITING …  ──last frame──► DONE
                           WAITING ──wait──► WAITING (a limited number of times)
                           WAITING ──overflow, unknown status, too late──► FAILED

A single frame goes from READY to DONE.  A flow control nobody waits for is ignored.
"""

from __future__ import annotations

import math
from enum import Enum, auto

from appliance.bus.isotp import CONTINUE, OVERFLOW, WAIT, IsoTpTiming, frames_of, stmin_s


class Sending(Enum):
    """Where a `Sender` is."""

    READY = auto()  # `frame` may go from `due_s` on
    WAITING = auto()  # for a flow control, until `due_s`
    DONE = auto()
    FAILED = auto()  # `reason` says why


class Sender:
    """One message on its way to one control unit.

    Attributes:
        state: What it can do now.
        due_s: READY: when the next frame may go. WAITING: when it gives up. Else infinite.
        reason: Why it failed; empty until then.
    """

    __slots__ = ("_block", "_frames", "_gap_s", "_next", "_timing", "_waits", "due_s", "reason", "state")

    def __init__(self, target: int, payload: bytes, timing: IsoTpTiming) -> None:
        self._frames = frames_of(target, payload)
        self._timing = timing
        self._next = 0
        self._gap_s = 0.0
        self._block: int | None = None  # frames left before the next flow control; None: no limit
        self._waits = 0
        self.state = Sending.READY
        self.due_s = -math.inf
        self.reason = ""

    @property
    def frame(self) -> bytes:
        """The next frame; only in READY."""
        return self._frames[self._next]

    @property
    def done(self) -> bool:
        """Whether the bus took all of it."""
        return self._next == len(self._frames)

    def handed_over(self, now_s: float) -> None:
        """The bus took `frame`."""
        self._next += 1
        if self.done:
            self.state, self.due_s = Sending.DONE, math.inf
        elif self._next == 1 or self._block == 1:
            self._wait(now_s)
        else:
            if self._block is not None:
                self._block -= 1
            # Without a gap at once: whoever hands frames over has read the clock before the first of them.
            self.due_s = now_s + self._gap_s if self._gap_s else -math.inf

    def on_flow_control(self, data: bytes | bytearray, now_s: float) -> None:
        """A flow control came from the unit; one we do not wait for is ignored."""
        if self.state is not Sending.WAITING or len(data) < 4:
            return
        status = data[1] & 0xF
        if status == CONTINUE:
            self._waits = 0
            self._block = data[2] or None
            pause_s = stmin_s(data[3])
            self._gap_s = pause_s + self._timing.frame_s if pause_s else 0.0
            self.state, self.due_s = Sending.READY, now_s
        elif status == WAIT and self._waits < self._timing.wait_limit:
            self._waits += 1
            self._wait(now_s)
        elif status == WAIT:
            self._fail(f"the unit asked to wait more than {self._timing.wait_limit} times")
        elif status == OVERFLOW:
            self._fail("the request is longer than the unit can take (flow control: overflow)")
        else:
            self._fail(f"flow control with unknown status {status:X}")

    def check(self, now_s: float) -> None:
        """Give up if the flow control is overdue."""
        if self.state is Sending.WAITING and now_s >= self.due_s:
            self._fail(f"no flow control within {self._timing.n_bs_s:g} s")

    def _wait(self, now_s: float) -> None:
        self.state, self.due_s = Sending.WAITING, now_s + self._timing.n_bs_s

    def _fail(self, reason: str) -> None:
        self.state, self.due_s, self.reason = Sending.FAILED, math.inf, reason
