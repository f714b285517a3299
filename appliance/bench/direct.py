"""A transport straight into the simulated car, in virtual time: no frames, but the time their wire would take."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from appliance.bench.car import Car, Reply
from appliance.bus.isotp import CONSECUTIVE_FRAME_BYTES
from appliance.bus.transport import Received, Sent, TransportEvent, check_sendable
from appliance.clock import Clock
from appliance.uds import FUNCTIONAL

FRAME_S = 0.000230  # an eight-byte frame at 500 kbit/s with average stuffing (field.md §E.1)


@dataclass(order=True, slots=True)
class _Coming:
    at_s: float
    order: int
    event: TransportEvent = field(compare=False)


class DirectTransport:
    """Hands messages to a `Car` and brings its answers, moving the clock to the moment each is due.

    Args:
        clock: The clock that `poll` waits on.
        car: The car at the other end.
    """

    def __init__(self, clock: Clock, car: Car) -> None:
        self._clock = clock
        self._car = car
        self._coming: list[_Coming] = []
        self._outgoing: list[tuple[float, int, bytes]] = []
        self._count = 0
        self._wire_free_s = 0.0

    def send(self, address: int, payload: bytes) -> None:
        """Put a message on its way; it arrives when its last frame would."""
        check_sendable(address, payload)
        self._outgoing.append((self._wire_time(len(payload)), address, payload))

    def poll(self, until_s: float) -> list[TransportEvent]:
        """Let the car and the clock run until something arrives or `until_s`."""
        while True:
            now_s = self._clock.now_s()
            self._deliver(now_s)
            events = self._arrived(now_s)
            if events or now_s >= until_s:
                return events
            self._clock.sleep_until(min([until_s, *self._next_times()]))

    def abandon(self, address: int) -> None:
        """Forget messages to and from this control unit."""
        self._outgoing = [item for item in self._outgoing if item[1] != address]
        self._coming = [c for c in self._coming if not (isinstance(c.event, Received) and c.event.source == address)]
        heapq.heapify(self._coming)

    def receiving(self, address: int | None) -> bool:
        """Whether an answer of several frames is on the wire."""
        return any(
            isinstance(c.event, Received) and address in (None, c.event.source) for c in self._coming
        )

    def close(self) -> None:
        """Nothing is held."""

    def _deliver(self, now_s: float) -> None:
        for item in [i for i in self._outgoing if i[0] <= now_s]:
            self._outgoing.remove(item)
            _, address, payload = item
            self._push(now_s, Sent(address))
            functional = address == FUNCTIONAL
            for target in self._car.units if functional else (address,):
                self._car.request(now_s, target, payload, functional=functional)
        for reply in self._car.due(now_s):
            self._push(self._wire_time(len(reply.payload)), _received(reply))

    def _arrived(self, now_s: float) -> list[TransportEvent]:
        events = []
        while self._coming and self._coming[0].at_s <= now_s:
            events.append(heapq.heappop(self._coming).event)
        return events

    def _next_times(self) -> list[float]:
        times = [item[0] for item in self._outgoing]
        if self._coming:
            times.append(self._coming[0].at_s)
        car_s = self._car.next_s()
        return times if car_s is None else [*times, car_s]

    def _push(self, at_s: float, event: TransportEvent) -> None:
        self._count += 1
        heapq.heappush(self._coming, _Coming(at_s, self._count, event))

    def _wire_time(self, length: int) -> float:
        """When the last frame of a message that is begun now has passed the one wire everybody shares."""
        frames = 1 + max(0, length - 5) // CONSECUTIVE_FRAME_BYTES
        self._wire_free_s = max(self._wire_free_s, self._clock.now_s()) + frames * FRAME_S
        return self._wire_free_s


def _received(reply: Reply) -> Received:
    return Received(reply.address, reply.payload)
