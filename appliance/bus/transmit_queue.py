"""Patience with a full transmit queue (ENOBUFS): a frame is offered again for a while, and then given up.

A queue that stays full is one that nothing leaves: no other node acknowledges our frames, as when the plug is out.
"""

from __future__ import annotations

LIMIT_S = 0.5  # 2000 queued frames leave in that time
RETRY_S = 0.001  # about four frames' time


class TransmitQueue:
    """Remembers since when the queue has been full.

    Attributes:
        reason: What to say when it was full for too long.
    """

    reason = f"the transmit queue stayed full for {LIMIT_S:g} s: nobody acknowledges our frames"

    def __init__(self) -> None:
        self._full_since_s: float | None = None  # None: it took the last frame

    @property
    def full(self) -> bool:
        """Whether it refused the last frame."""
        return self._full_since_s is not None

    def took(self) -> None:
        """It took a frame."""
        self._full_since_s = None

    def refused(self, now_s: float) -> None:
        """It was full."""
        if self._full_since_s is None:
            self._full_since_s = now_s

    def stuck(self, now_s: float) -> bool:
        """Whether it has been full for too long; if so, the next message has a patience of its own."""
        if self._full_since_s is None or now_s - self._full_since_s < LIMIT_S:
            return False
        self._full_since_s = None
        return True
