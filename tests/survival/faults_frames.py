"""Faults of single frames: the whole job over ISO-TP in user space, on a wire in virtual time.

The appliance's own ISO-TP talks to can-isotp at the car's end, and each frame between them is a point.  Frames take
no time here; what has to wait for another frame waits in the clock's time.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TypeAlias, cast

import can
import isotp.tools

from appliance.bench.car_transport import CarTransport
from appliance.bench.direct import Listener
from appliance.bus.can_transport import CanTransport
from appliance.bus.transport import TransportEvent
from appliance.clock import Clock
from tests.survival.faults_wire import Meddling, Weather
from tests.survival.points import Points
from tests.survival.world import World

LOOK_S = 10e-6  # what one look at an empty bus costs; without it a spin would last for ever
BUSY_LOOK_S = 0.005  # while a unit sends: how often its timers are looked at
TESTER_ID = 0x6F1
FLOW_CONTROL = 3
_PCI = {0: "single", 1: "first", 2: "consecutive", FLOW_CONTROL: "flow control"}

Frames: TypeAlias = tuple[bytes, ...]


def lost(_frame: bytes, _following: bytes | None) -> Frames:
    """It is on the bus for nobody."""
    return ()


def twice(frame: bytes, _following: bytes | None) -> Frames:
    """It is sent again, as after an acknowledgement that was lost."""
    return (frame, frame)


def overtaken(frame: bytes, following: bytes | None) -> Frames | None:
    """The following frame of the same sender goes first; None: it is waited for."""
    return None if following is None else (following, frame)


def interrupted(frame: bytes, _following: bytes | None) -> Frames:
    """A consecutive frame that belongs to nothing, before it."""
    return (bytes((frame[0], 0x2F)) + bytes(6), frame)


def talked_into(frame: bytes, _following: bytes | None) -> Frames:
    """A short message of the same sender to the same unit, before it: a refusal of a service nobody asked for."""
    return (bytes((frame[0], 0x03, 0x7F, 0x3D, 0x11)) + bytes(3), frame)


def _flow(status: int, block_size: int, st_min: int) -> Meddling:
    return lambda frame, _following: (bytes((frame[0], FLOW_CONTROL << 4 | status, block_size, st_min)) + frame[4:],)


MEDDLING: dict[str, Meddling] = {
    "frame-lost": lost,
    "frame-twice": twice,
    "frame-overtaken": overtaken,
    "frame-interrupted": interrupted,
    "frame-talked-into": talked_into,
    "flow-control-overflow": _flow(2, 0, 0),
    "flow-control-waits": _flow(1, 0, 0),
    "flow-control-reserved": _flow(0xF, 0, 0),
    "flow-control-slowest": _flow(0, 0, 0x7F),
    "flow-control-reserved-time": _flow(0, 0, 0xF0),
    "flow-control-one-by-one": _flow(0, 1, 0),
}


def over_frames(world: World) -> World:
    """The same world, where messages are frames."""
    vars(isotp.tools)["time"] = _Time(world.clock)
    logging.getLogger("isotp").setLevel(logging.CRITICAL)  # it tells of everything that is done to it
    world.wire = lambda car: FrameCable(world.clock, car, world.points, world.weather)
    return world


class FrameCable:
    """A `Transport` whose frames pass one by one.

    Args:
        car: At the other end.
        weather: What is done to a frame is armed there, at the point of that frame.
    """

    def __init__(self, clock: Clock, car: Listener, points: Points, weather: Weather) -> None:
        self._clock = clock
        self._car = car
        self._points = points
        self._weather = weather
        self._asked = ""
        self._held: dict[bool, tuple[Meddling, bytes]] = {}  # by whose frame it is: waits to be overtaken
        self._to_tester: deque[can.Message] = deque()
        self._to_car: deque[can.Message] = deque()
        # Both transports use of a python-can bus what these two have; its own virtual one takes most of the time.
        self._units = _Units(
            cast("can.BusABC", _CarEnd(self)), car.addresses, clock, listens=lambda unit: unit in car.addresses
        )
        self._tester = CanTransport(cast("can.BusABC", _TesterEnd(self)), clock)

    def send(self, address: int, payload: bytes) -> None:
        """As the transport's."""
        self._asked = payload[:1].hex()
        self._tester.send(address, payload)

    def poll(self, until_s: float) -> list[TransportEvent]:
        """As the transport's."""
        return self._tester.poll(until_s)

    def abandon(self, address: int) -> None:
        """As the transport's."""
        self._tester.abandon(address)

    def receiving(self, address: int | None) -> bool:
        """As the transport's."""
        return self._tester.receiving(address)

    def close(self) -> None:
        """As the transport's."""
        self._tester.close()

    def from_tester(self, frame: bytes) -> None:
        """The tester has handed over a frame."""
        for passed in self._passed(frame, tester=True):
            self._to_car.append(_message(TESTER_ID, passed))

    def from_unit(self, can_id: int, frame: bytes) -> None:
        """A unit has."""
        for passed in self._passed(frame, tester=False):
            self._to_tester.append(_message(can_id, passed))

    def taken_by_car(self) -> can.Message | None:
        """The next frame for the car; None: there is none."""
        return self._to_car.popleft() if self._to_car else None

    def taken_by_tester(self, timeout_s: float) -> can.Message | None:
        """The next frame for the tester; waits in the clock's time for at most so long, and no longer than the car."""
        self._car_works()
        if not self._to_tester:
            next_s, now_s = self._car.next_s(), self._clock.now_s()
            timeout_s = min(timeout_s, BUSY_LOOK_S) if self._units.busy else timeout_s
            until_s = now_s + max(timeout_s, LOOK_S)
            self._clock.sleep_until(until_s if next_s is None else max(now_s + LOOK_S, min(until_s, next_s)))
            return None
        return self._to_tester.popleft()

    def _car_works(self) -> None:
        for _ in range(2):  # hear, then speak
            now_s = self._clock.now_s()
            for address, functional, payload in self._units.poll(now_s):
                self._car.request(now_s, address, payload, functional=functional)
            for reply in self._car.due(now_s):
                self._units.reply(reply.address, reply.payload)

    def _passed(self, frame: bytes, *, tester: bool) -> Frames:
        self._points.passed(f"frame: {'tester' if tester else 'unit'}'s {self._role(frame)} of {self._asked}")
        if tester in self._held:
            held, earlier = self._held.pop(tester)
            return held(earlier, frame) or ()
        meddling, self._weather.frame = self._weather.frame, None
        if meddling is None:
            return (frame,)
        passed = meddling(frame, None)
        if passed is None:
            self._held[tester] = (meddling, frame)
        return passed or ()

    def _role(self, frame: bytes) -> str:
        """What kind of frame it is; of consecutive ones the first three are told apart from the others."""
        kind = frame[1] >> 4
        number = f" {frame[1] & 0xF}" if kind == 2 and frame[1] & 0xF < 4 else ""
        return _PCI.get(kind, "strange frame") + number


class _TesterEnd:
    """What the appliance's transport needs of a python-can bus."""

    channel_info = "a wire in virtual time"

    def __init__(self, cable: FrameCable) -> None:
        self._cable = cable

    def send(self, message: can.Message) -> None:
        """A frame of the tester."""
        self._cable.from_tester(bytes(message.data))

    def recv(self, timeout: float) -> can.Message | None:
        """A frame for the tester."""
        return self._cable.taken_by_tester(timeout)

    def shutdown(self) -> None:
        """Nothing is held."""


class _CarEnd:
    """The same for the units' transport."""

    channel_info = _TesterEnd.channel_info

    def __init__(self, cable: FrameCable) -> None:
        self._cable = cable

    def send(self, message: can.Message) -> None:
        """A frame of a unit."""
        self._cable.from_unit(message.arbitration_id, bytes(message.data))

    def recv(self, _timeout: float) -> can.Message | None:
        """A frame for the units."""
        return self._cable.taken_by_car()


class _Units(CarTransport):
    """The units' transport; says whether it has more to do."""

    @property
    def busy(self) -> bool:
        """Whether a unit is sending."""
        return any(unit.layer.transmitting() for unit in self._units.values())


class _Time:
    """What can-isotp's timers want of the module `time`, by the clock of the wire."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def perf_counter_ns(self) -> int:
        """Now."""
        return int(self._clock.now_s() * 1e9)


def _message(can_id: int, frame: bytes) -> can.Message:
    return can.Message(arbitration_id=can_id, is_extended_id=False, data=frame)
