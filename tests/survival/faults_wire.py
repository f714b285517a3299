"""A cable on which one thing goes wrong: between the referee, who hears what the appliance hears, and the car.

A `Trouble` is armed and takes hold of the next message that is sent; one that lasts takes hold of every later message
of the same kind (same unit, same service, same echo) until the weather is fine again.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from appliance import uds
from appliance.bench.car import DME
from appliance.bus.transport import Failed, Received, Sent, Transport, TransportEvent
from appliance.clock import Clock
from appliance.errors import LinkError

WIRE_S = 0.001  # what a message takes that does not go to the car


@dataclass(frozen=True, slots=True)
class Told:
    """What the tester hears.

    Attributes:
        after_s: Later than it would have.
        source: Who says it; None: the unit that was asked.
        after_the_next: Only when the next message to this unit has gone out.
    """

    payload: bytes
    after_s: float = 0.0
    source: int | None = None
    after_the_next: bool = False


Said: TypeAlias = tuple[Told, ...]


def as_it_is(_request: bytes, response: bytes) -> Said:
    """Nothing becomes of a response but itself."""
    return (Told(response),)


def nothing(_request: bytes) -> Said:
    """Nobody says anything unasked."""
    return ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong with one message and its answer.

    Attributes:
        arrives: Whether the request gets to the car.
        fails: What the transport says instead of "sent"; empty: it says "sent".
        broken: What it says instead of the response; empty: it does not.
        says: What is heard as soon as the request is sent, beside the response.
        turn: What is heard instead of each final response.
        mute: Response pending is not heard either.
        whole_car: Of a functional request every unit's response is meant; else the DME's.
        gone: The interface is gone when: "send", "poll"; empty: it is not.
    """

    arrives: bool = True
    fails: str = ""
    fails_after_s: float = 0.5
    broken: str = ""
    says: Callable[[bytes], Said] = nothing
    turn: Callable[[bytes, bytes], Said] = as_it_is
    mute: bool = False
    whole_car: bool = False
    gone: str = ""


Kind: TypeAlias = tuple[int, bytes]
# What becomes of a frame, and of the following one of its sender; None: ask again when there is one.
Meddling: TypeAlias = Callable[[bytes, bytes | None], tuple[bytes, ...] | None]


@dataclass(slots=True)
class Weather:
    """What is wrong outside the appliance now; it outlives the appliance's lives.

    Attributes:
        armed: Takes hold of the next message.
        lasts: Whether it keeps hold of all that are like it.
        disk: What the next transaction of the journal fails with; empty: it does not.
        disk_lasts: Whether all do.
        silent_until_s: Until when the voltage monitor says nothing.
        frame: What is done to the next frame, where there are frames; None: nothing.
    """

    armed: Trouble | None = None
    lasts: bool = False
    held: dict[Kind, Trouble] = field(default_factory=dict)
    disk: str = ""
    disk_lasts: bool = False
    silent_until_s: float = 0.0
    frame: Meddling | None = None

    def disk_writes(self) -> None:
        """The disk is written to.

        Raises:
            sqlite3.OperationalError: that is what goes wrong.
        """
        error = self.disk
        if error:
            self.disk = error if self.disk_lasts else ""
            raise sqlite3.OperationalError(error)

    def of(self, address: int, request: bytes) -> Trouble | None:
        """What goes wrong with this message; None: nothing."""
        kind = (address, uds.expected_prefix(request))
        trouble, self.armed = self.armed, None
        if trouble is not None and self.lasts:
            self.held[kind] = trouble
        return trouble or self.held.get(kind)

    def fine(self) -> None:
        """Nothing is wrong any more."""
        self.armed, self.lasts, self.disk, self.disk_lasts, self.silent_until_s = None, False, "", False, 0.0
        self.frame = None
        self.held.clear()


@dataclass(order=True, slots=True)
class _Later:
    at_s: float
    number: int
    event: TransportEvent = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Open:
    request: bytes
    trouble: Trouble


class Disturbed:
    """A `Transport` in this weather."""

    def __init__(self, inner: Transport, clock: Clock, weather: Weather) -> None:
        self._inner = inner
        self._clock = clock
        self._weather = weather
        self._open: dict[int, _Open] = {}
        self._later: list[_Later] = []
        self._stale: dict[int, list[tuple[int, Told]]] = {}  # until the next message to this address has gone out
        self._going: dict[int, deque[bytes]] = {}
        self._count = 0

    def send(self, address: int, payload: bytes) -> None:
        """As the transport's.

        Raises:
            LinkError: that is what goes wrong.
        """
        trouble = self._weather.of(address, payload)
        if trouble is not None and trouble.gone == "send":
            raise _gone()
        if not _is_present(payload) or trouble is not None:
            self._open.pop(address, None)
        self._going.setdefault(address, deque()).append(payload)
        if trouble is None:
            self._inner.send(address, payload)
            return
        self._open[address] = _Open(payload, trouble)
        if trouble.arrives:
            self._inner.send(address, payload)
        elif trouble.fails:
            self._tell(trouble.fails_after_s, Failed(address, trouble.fails))
        else:
            self._tell(WIRE_S, Sent(address))

    def poll(self, until_s: float) -> list[TransportEvent]:
        """As the transport's; returns early when something wrong is due.

        Raises:
            LinkError: that is what goes wrong.
        """
        if any(one.trouble.gone == "poll" for one in self._open.values()):
            raise _gone()
        heard = self._due()
        if not heard:
            for event in self._inner.poll(min(until_s, self._later[0].at_s if self._later else until_s)):
                heard += self._hears(event)
            heard += self._due()
        return heard

    def abandon(self, address: int) -> None:
        """As the transport's; what is to be heard later has not come yet, and is not forgotten."""
        self._inner.abandon(address)
        self._going.pop(address, None)
        queued = [
            one for one in self._later if not (isinstance(one.event, Sent | Failed) and one.event.address == address)
        ]
        self._later = queued
        heapq.heapify(self._later)

    def receiving(self, address: int | None) -> bool:
        """As the transport's."""
        return self._inner.receiving(address)

    def close(self) -> None:
        """As the transport's."""
        self._inner.close()

    def _hears(self, event: TransportEvent) -> list[TransportEvent]:
        match event:
            case Sent(address):
                return [event, *self._sent(address)]
            case Received(source, payload):
                return self._received(source, payload)
            case Failed(address):
                if self._going.get(address) and address == uds.FUNCTIONAL:
                    self._going[address].popleft()
                return [event]
            case _:  # what the bus shows besides
                return [event]

    def _sent(self, address: int) -> list[TransportEvent]:
        """What is heard as soon as a message to this unit is gone."""
        payload = self._going[address].popleft()
        one = self._open.get(address)
        if not _is_present(payload):
            for source, told in self._stale.pop(address, ()):
                self._tell(told.after_s, Received(source, told.payload))
        if one is not None and one.request == payload:
            for told in one.trouble.says(one.request):
                self._say(address, DME if address == uds.FUNCTIONAL else address, told)
        return self._due()

    def _received(self, source: int, payload: bytes) -> list[TransportEvent]:
        address = source if source in self._open else uds.FUNCTIONAL
        one = self._open.get(address)
        if one is None or not _answers(one.request, payload):
            return [Received(source, payload)]
        trouble = one.trouble
        if address == uds.FUNCTIONAL and not trouble.whole_car and source != DME:
            return [Received(source, payload)]
        if uds.negative_code(one.request, payload) == uds.Nrc.RESPONSE_PENDING:
            return [] if trouble.mute else [Received(source, payload)]
        if trouble.broken:
            return [Failed(source, trouble.broken)]
        for told in trouble.turn(one.request, payload):
            self._say(address, source, told)
        return self._due()

    def _say(self, address: int, source: int, told: Told) -> None:
        if told.after_the_next:
            self._stale.setdefault(address, []).append((source, told))
        else:
            self._tell(told.after_s, Received(source if told.source is None else told.source, told.payload))

    def _tell(self, after_s: float, event: TransportEvent) -> None:
        self._count += 1
        heapq.heappush(self._later, _Later(self._clock.now_s() + after_s, self._count, event))

    def _due(self) -> list[TransportEvent]:
        now_s = self._clock.now_s()
        heard: list[TransportEvent] = []
        while self._later and self._later[0].at_s <= now_s:
            event = heapq.heappop(self._later).event
            heard.append(event)
            if isinstance(event, Sent):
                heard += self._sent(event.address)
            elif isinstance(event, Failed) and event.address == uds.FUNCTIONAL:
                self._going[event.address].popleft()
        return heard


def _is_present(payload: bytes) -> bool:
    """A TesterPresent asks nothing, and ends nobody's turn."""
    return payload[0] == uds.Sid.TESTER_PRESENT


def _answers(request: bytes, payload: bytes) -> bool:
    return payload[:1] == bytes((request[0] + uds.POSITIVE_OFFSET,)) or payload[:2] == bytes((uds.NEGATIVE, request[0]))


def _gone() -> LinkError:
    return LinkError("the CAN interface cannot be used: Network is down", where="can0", do="check the CAN HAT")
