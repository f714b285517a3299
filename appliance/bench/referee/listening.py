"""Where the referee listens: a transport that tells it what passes, and how the supply is meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from appliance.bench.referee.referee import Referee
from appliance.bus.transport import Failed, Received, Sent, Transport, TransportEvent
from appliance.clock import Clock

LOOK_S = 0.05  # 20 Hz, what is asked of a guard


class RefereedTransport:
    """A transport under a referee; one for each life of the appliance.

    Args:
        inner: The transport proper.
        clock: Times what is seen.
        volts: The true supply, now.
        readable: Whether the voltage monitor tells it, now.
        before: Called before each message is judged and each wait: tells the referee what the journal holds.
        closed: Called when the cable is given back.
        look_s: How often it looks at the supply, beside each time something is sent.
    """

    def __init__(
        self,
        inner: Transport,
        referee: Referee,
        clock: Clock,
        volts: Callable[[], float],
        readable: Callable[[], bool] = lambda: True,
        before: Callable[[], None] = lambda: None,
        *,
        closed: Callable[[], None] = lambda: None,
        look_s: float = LOOK_S,
    ) -> None:
        self._inner = inner
        self._referee = referee
        self._clock = clock
        self._volts = volts
        self._readable = readable
        self._before = before
        self._closed = closed
        referee.begun(clock.now_s())
        self._ticker = clock.every(look_s, self._look, "referee")

    def send(self, address: int, payload: bytes) -> None:
        """As the transport's."""
        self._before()
        self._look()
        self._referee.asked(self._clock.now_s(), address, payload)
        self._inner.send(address, payload)

    def poll(self, until_s: float) -> list[TransportEvent]:
        """As the transport's."""
        self._before()
        events = self._inner.poll(until_s)
        now_s = self._clock.now_s()
        for event in events:
            match event:
                case Received(source, payload):
                    self._referee.said(now_s, source, payload)
                case Sent(address):
                    self._referee.sent(now_s, address)
                case Failed(address):
                    self._referee.broke(now_s, address)
        return events

    def abandon(self, address: int) -> None:
        """As the transport's."""
        self._inner.abandon(address)

    def receiving(self, address: int | None) -> bool:
        """As the transport's."""
        return self._inner.receiving(address)

    def close(self) -> None:
        """As the transport's."""
        self._ticker.stop()
        self._closed()
        self._inner.close()

    def _look(self) -> None:
        self._referee.looked(self._clock.now_s(), self._volts(), self._readable())
