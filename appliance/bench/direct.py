"""A transport straight into a simulated car, in virtual time: no frames, but the time their wire would take.

Keeps the rules of `bus.transport`.  One wire, one message after the other: where real frames of several messages
would interleave, the later message waits for the earlier one.  Each event carries the time at which its last frame
has passed, and a car that nobody listened to for a while catches up moment by moment.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from appliance.bench.car import Reply
from appliance.bus.isotp import CONSECUTIVE_FRAME_BYTES, FIRST_FRAME_BYTES, IsoTpTiming
from appliance.bus.transport import (
    SINGLE_FRAME_MAX,
    Failed,
    MessageEvent,
    Received,
    Sent,
    TransportEvent,
    check_sendable,
)
from appliance.clock import Clock
from appliance.uds import FUNCTIONAL

FRAME_S = 0.000230  # an eight-byte frame at 500 kbit/s: 111 bits without stuffing, 135 with the most of it
N_BS_S = IsoTpTiming().n_bs_s


class Listener(Protocol):
    """What the transport needs of a car."""

    @property
    def addresses(self) -> Collection[int]:
        """Who is there."""

    def request(self, now_s: float, address: int, payload: bytes, *, functional: bool) -> None:
        """A request arrived."""

    def due(self, now_s: float) -> list[Reply]:
        """Let everything up to `now_s` happen."""

    def next_s(self) -> float | None:
        """When something happens next; None: nothing will. After `due(t)` it is later than `t`."""


@dataclass(frozen=True, slots=True)
class _Message:
    address: int
    payload: bytes


@dataclass(order=True, slots=True)
class _Leaving:
    at_s: float
    message: _Message = field(compare=False)


@dataclass(order=True, slots=True)
class _Coming:
    at_s: float
    number: int
    event: MessageEvent = field(compare=False)
    frames: int = field(compare=False, default=1)


class DirectTransport:
    """Hands messages to a car and brings its answers, moving the clock to the moment each is due.

    Args:
        clock: The clock that `poll` waits on.
        car: The car at the other end. What it said before this transport was there is lost.
    """

    def __init__(self, clock: Clock, car: Listener) -> None:
        self._clock = clock
        self._car = car
        self._listening_since_s = clock.now_s()
        self._queued: list[_Message] = []
        self._leaving: list[_Leaving] = []  # on the wire, in order
        self._coming: list[_Coming] = []  # a heap
        self._count = 0
        self._wire_free_s = 0.0

    def send(self, address: int, payload: bytes) -> None:
        """Queue a message; `poll` puts it on the wire and it arrives when its last frame has passed."""
        check_sendable(address, payload)
        self._queued.append(_Message(address, payload))

    def poll(self, until_s: float) -> list[TransportEvent]:
        """Let the car and the clock run until there is something to tell or the clock reads `until_s`."""
        while True:
            now_s = self._clock.now_s()
            self._catch_up(now_s)
            self._put_on_wire(now_s)
            events = self._arrived(now_s)
            if events or now_s >= until_s:
                return events
            self._clock.sleep_until(min(until_s, *self._next_times()))

    def abandon(self, address: int) -> None:
        """Forget messages to and from this control unit; what is on the wire goes on taking its time."""
        self._queued = [message for message in self._queued if message.address != address]
        self._leaving = [leaving for leaving in self._leaving if leaving.message.address != address]
        self._coming = [coming for coming in self._coming if _unit_of(coming.event) != address]
        heapq.heapify(self._coming)

    def receiving(self, address: int | None) -> bool:
        """Whether an answer of several frames is on the wire."""
        return any(
            coming.frames > 1 and isinstance(coming.event, Received) and address in (None, coming.event.source)
            for coming in self._coming
        )

    def close(self) -> None:
        """Nothing is held."""

    def _catch_up(self, now_s: float) -> None:
        """Everything that happens until now, in order of time."""
        while (at_s := min(self._happening())) <= now_s:
            self._hear(at_s)
            while self._leaving and self._leaving[0].at_s <= at_s:
                self._deliver(self._leaving.pop(0))

    def _happening(self) -> list[float]:
        """Times at which the car says something or hears something; the last one is never."""
        car_s = self._car.next_s()
        leaving = [self._leaving[0].at_s] if self._leaving else []
        return [*leaving, float("inf") if car_s is None else car_s]

    def _next_times(self) -> list[float]:
        return [*self._happening(), *(coming.at_s for coming in self._coming[:1])]

    def _hear(self, at_s: float) -> None:
        for reply in self._car.due(at_s):
            if at_s >= self._listening_since_s:
                frames = _frames(reply.payload)
                self._push(self._wire_time(at_s, frames), Received(reply.address, reply.payload), frames)

    def _deliver(self, leaving: _Leaving) -> None:
        address, payload = leaving.message.address, leaving.message.payload
        self._push(leaving.at_s, Sent(address))
        functional = address == FUNCTIONAL
        for target in self._car.addresses if functional else (address,):
            self._car.request(leaving.at_s, target, payload, functional=functional)

    def _put_on_wire(self, now_s: float) -> None:
        queued, self._queued = self._queued, []
        for message in queued:
            if self._nobody_takes(message):
                at_s = self._wire_time(now_s, 1) + N_BS_S
                self._push(at_s, Failed(message.address, f"no flow control within {N_BS_S:g} s"))
            else:
                self._leaving.append(_Leaving(self._wire_time(now_s, _frames(message.payload)), message))

    def _nobody_takes(self, message: _Message) -> bool:
        """A first frame needs somebody to answer it; a single frame is acknowledged by anybody."""
        there = message.address == FUNCTIONAL or message.address in self._car.addresses
        return not there and _frames(message.payload) > 1

    def _arrived(self, now_s: float) -> list[TransportEvent]:
        events: list[TransportEvent] = []
        while self._coming and self._coming[0].at_s <= now_s:
            events.append(heapq.heappop(self._coming).event)
        return events

    def _push(self, at_s: float, event: MessageEvent, frames: int = 1) -> None:
        self._count += 1
        heapq.heappush(self._coming, _Coming(at_s, self._count, event, frames))

    def _wire_time(self, from_s: float, frames: int) -> float:
        """When the last frame of a message that is begun at `from_s` has passed the one wire everybody shares."""
        self._wire_free_s = max(self._wire_free_s, from_s) + frames * FRAME_S
        return self._wire_free_s


def _frames(payload: bytes) -> int:
    if len(payload) <= SINGLE_FRAME_MAX:
        return 1
    return 1 - (FIRST_FRAME_BYTES - len(payload)) // CONSECUTIVE_FRAME_BYTES


def _unit_of(event: MessageEvent) -> int:
    return event.source if isinstance(event, Received) else event.address
