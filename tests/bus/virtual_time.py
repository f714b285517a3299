"""A python-can bus in virtual time: it never blocks, and waiting moves the clock.

The other end of the cable works whenever the tester looks at the bus, so a conversation of seconds takes none.
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import can
from can.interfaces.virtual import VirtualBus

from appliance.clock import Clock

LOOK_S = 10e-6  # what one look at an empty bus costs; without it a spin would last for ever
_CHANNELS = count()


@dataclass(frozen=True)
class Passed:
    """A frame the tester sent."""

    at_s: float
    data: bytes


class VirtualTimeBus(VirtualBus):
    """The tester's end; `other_end()` makes the plain bus that the units sit on.

    `others_work` is called before every look; `refuse` may hold errors that the next sends raise.
    """

    def __init__(self, clock: Clock) -> None:
        self.name = f"virtual-time-{next(_CHANNELS)}"
        super().__init__(channel=self.name)
        self.clock = clock
        self.others_work: Callable[[], None] = lambda: None
        self.refuse: list[Exception] = []
        self.passed: list[Passed] = []

    def other_end(self) -> VirtualBus:
        return VirtualBus(channel=self.name)

    def send(self, msg: can.Message, timeout: float | None = None) -> None:
        if self.refuse:
            raise self.refuse.pop(0)
        self.passed.append(Passed(self.clock.now_s(), bytes(msg.data)))
        super().send(msg, timeout)

    def recv(self, timeout: float | None = None) -> can.Message | None:
        assert timeout is not None
        self.others_work()
        try:
            return self.queue.get_nowait()
        except queue.Empty:
            self.clock.sleep_until(self.clock.now_s() + max(timeout, LOOK_S))
            return None
