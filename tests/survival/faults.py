"""The table of faults: what can happen to a job that is no power cut, one at a time.

A fault is armed at a point, in a copy of the run.  One that lasts goes on until a report was written in it (or the
process was ended twice by it); then somebody puts it right, and START is pressed again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from appliance import uds
from appliance.bench.car import CLUSTER, DME
from appliance.procedure.policy import recourse
from appliance.uds import Nrc
from tests.survival.faults_frames import MEDDLING
from tests.survival.faults_wire import Meddling, Said, Told, Trouble
from tests.survival.points import Point
from tests.survival.world import STEADY_V, World

P2_OVER_S, P2_STAR_OVER_S = 1.3, 6.5  # the tester waits for 1 s and 6 s
BELOW_HOLD_V, BELOW_HARD_V, ABOVE_V = 12.8, 12.3, 15.7
DIP_S = 2.0
YEAR = timedelta(days=365)
UNKNOWN = (0x14, 0x26, 0x85, 0xF0)  # responseTooLong and failurePreventsExecution, engineRunning, one nobody knows
PENDING_EVERY_S, PENDING_FOR_S = 2.0, 400.0  # longer than any limit of a step
FLOOD, FRAME_S = 3000, 0.00023
_SENT = re.compile(r"before ([0-9a-f ]+) to 0x([0-9A-F]{2}) is sent")


class At(Enum):
    """The kind of point a fault happens at."""

    MESSAGE = auto()  # before a message is sent, TesterPresent too
    REQUEST = auto()  # before a request is sent that has an answer
    ECHO = auto()  # the same, if its answer has an echo
    LONG_ECHO = auto()  # of two bytes or more
    FUNCTIONAL = auto()  # to the whole car
    MOMENT = auto()  # before a message is sent, and at each step
    WRITE = auto()  # before a transaction of the journal
    FRAME = auto()  # as a frame is sent
    FLOW_CONTROL = auto()  # as one of flow control is


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        name: As a reproduction prints it.
        kind: What it is one of: in the short selection one of a kind stands for all.
        lasting: Whether it stays.
        happens: Arms it.
    """

    name: str
    kind: str
    at: At
    happens: Callable[[World], None]
    lasting: bool = False

    def applies(self, point: Point) -> bool:
        """Whether it can happen there."""
        if self.at is At.WRITE:
            return point.place.startswith("journal, before")
        if point.place.startswith("frame: "):
            return self.at is At.FRAME or (self.at is At.FLOW_CONTROL and "flow control" in point.place)
        if self.at in (At.FRAME, At.FLOW_CONTROL):
            return False
        if point.place.startswith("step: "):
            return self.at is At.MOMENT
        sent = _SENT.fullmatch(point.place)
        if sent is None:
            return False
        start, address = bytes.fromhex(sent[1]), int(sent[2], 16)
        echo = len(uds.expected_prefix(start)) - 1
        answered = start != uds.TESTER_PRESENT
        match self.at:
            case At.REQUEST:
                return answered
            case At.ECHO:
                return answered and echo > 0
            case At.LONG_ECHO:
                return answered and echo > 1
            case At.FUNCTIONAL:
                return answered and address == uds.FUNCTIONAL
            case _:
                return True


def _wire(trouble: Trouble, *, lasting: bool = False) -> Callable[[World], None]:
    def happens(world: World) -> None:
        world.weather.armed, world.weather.lasts = trouble, lasting

    return happens


def _turn(turn: Callable[[bytes, bytes], bytes]) -> Trouble:
    return Trouble(turn=lambda request, response: (Told(turn(request, response)),))


def _refuses(nrc: int) -> Trouble:
    return Trouble(arrives=False, says=lambda request: (Told(_negative(request, nrc), 0.02),))


def _negative(request: bytes, nrc: int) -> bytes:
    return bytes((uds.NEGATIVE, request[0], nrc))


def _pending_for_ever(request: bytes) -> Said:
    count = int(PENDING_FOR_S / PENDING_EVERY_S)
    return tuple(Told(_negative(request, 0x78), 0.02 + number * PENDING_EVERY_S) for number in range(count))


def _flood(_request: bytes) -> Said:
    return tuple(
        Told(b"\x62\xf1\x90" + number.to_bytes(2, "big"), number * FRAME_S, CLUSTER) for number in range(FLOOD)
    )


def _another_service(_request: bytes, _response: bytes) -> bytes:
    return b"\x6e\xf1\x5a"


def _wrong_echo(_request: bytes, response: bytes) -> bytes:
    return response if response[0] == uds.NEGATIVE else response[:1] + bytes((response[1] ^ 0x01,)) + response[2:]


def _wrong_last_echo(request: bytes, response: bytes) -> bytes:
    if response[0] == uds.NEGATIVE:
        return response
    last = len(uds.expected_prefix(request)) - 1
    return response[:last] + bytes((response[last] ^ 0x01,)) + response[last + 1 :]


def _echo_only(request: bytes, response: bytes) -> bytes:
    return response if response[0] == uds.NEGATIVE else uds.expected_prefix(request)


def _late(seconds: float) -> Trouble:
    return Trouble(turn=lambda _, response: (Told(response, seconds),))


_LOST = Trouble(arrives=False)
_NO_FLOW_CONTROL = "no flow control within 1 s"
_ONCE = {
    "lost-request": _LOST,
    "lost-response": Trouble(turn=lambda _request, _response: ()),
    "mute": Trouble(turn=lambda _request, _response: (), mute=True),
    "late-after-P2": _late(P2_OVER_S),
    "late-after-P2*": _late(P2_STAR_OVER_S),
    "late-after-the-next": Trouble(turn=lambda _, response: (Told(response, after_the_next=True),)),
    "duplicate": Trouble(turn=lambda _, response: (Told(response), Told(response, 0.001))),
    "duplicate-after-the-next": Trouble(turn=lambda _, response: (Told(response), Told(response, after_the_next=True))),
    "another-service": _turn(_another_service),
    "truncated": _turn(lambda _, response: response[:-1]),
    "echo-only": _turn(_echo_only),
    "service-only": _turn(lambda _, response: response[:1]),
    "empty": _turn(lambda _request, _response: b""),
    "send-fails": Trouble(arrives=False, fails=_NO_FLOW_CONTROL, fails_after_s=1.0),
    "reception-fails": Trouble(broken="consecutive frame 05 instead of 04"),
    "foreign-positive": Trouble(says=lambda _: (Told(b"\x6e\xf1\x5a"),)),
    "foreign-negative": Trouble(says=lambda request: (Told(bytes((uds.NEGATIVE, request[0] ^ 0x02, 0x22))),)),
    "foreign-refusal": Trouble(says=lambda request: (Told(_negative(request, Nrc.CONDITIONS_NOT_CORRECT)),)),
    "foreign-same-positive": Trouble(says=lambda request: (Told(uds.expected_prefix(request)),)),
    "flood": Trouble(says=_flood),
    "pending-then-answer": Trouble(says=lambda request: (Told(_negative(request, 0x78)),)),
    "pending-then-mute": Trouble(arrives=False, says=lambda request: (Told(_negative(request, 0x78), 0.02),)),
}
_ECHOES = {"wrong-echo": (_wrong_echo, At.ECHO), "wrong-last-echo": (_wrong_last_echo, At.LONG_ECHO)}
_WHOLE_CAR = {
    "lost-by-all": Trouble(turn=lambda _request, _response: (), mute=True, whole_car=True),
    "late-by-all": Trouble(turn=lambda _, response: (Told(response, after_the_next=True),), whole_car=True),
}
_GONE = {"interface-gone-sending": Trouble(gone="send"), "interface-gone-waiting": Trouble(gone="poll")}
_STAYS = {
    "lost-request": _LOST,
    "send-fails": _ONCE["send-fails"],
    "reception-fails": _ONCE["reception-fails"],
    "service-only": _ONCE["service-only"],
    "interface-gone-sending": _GONE["interface-gone-sending"],
    "pending": Trouble(arrives=False, says=_pending_for_ever),
}
_LASTING_NRCS = (0x10, 0x21, 0x22, 0x31, 0x33, 0x37, 0x72, 0x92, 0x93)
_OF_ANY_MESSAGE = frozenset({"lost-request", "send-fails", "foreign-positive", "flood"})


def _dips(volts: float, for_s: float) -> Callable[[World], None]:
    return lambda world: world.plant.supply.dip(volts, for_s)


def _set(volts: float) -> Callable[[World], None]:
    return lambda world: world.plant.supply.set_volts(volts)


def _jumps(by: timedelta) -> Callable[[World], None]:
    return lambda world: world.clock.jump(by)


def _unwritable(error: str, *, lasting: bool) -> Callable[[World], None]:
    def happens(world: World) -> None:
        world.weather.disk, world.weather.disk_lasts = error, lasting

    return happens


def _monitor_silent(for_s: float) -> Callable[[World], None]:
    def happens(world: World) -> None:
        world.weather.silent_until_s = world.clock.now_s() + for_s

    return happens


def _kind_of(nrc: int) -> str:
    return f"refused: {recourse(nrc).value}"


_KINDS = {
    "not heard by the unit": ("lost-request", "send-fails", "pending-then-mute"),
    "not heard by us": ("lost-response", "mute", "late-after-P2", "late-after-P2*", "reception-fails", "lost-by-all"),
    "heard too late": ("late-after-the-next", "duplicate-after-the-next", "late-by-all", "duplicate"),
    "unusable": ("another-service", "truncated", "echo-only", "service-only", "empty", "wrong-echo", "wrong-last-echo"),
    "another tester": ("foreign-positive", "foreign-negative", "foreign-refusal", "foreign-same-positive"),
    "more than asked for": ("flood", "pending-then-answer"),
    "interface": ("interface-gone-sending", "interface-gone-waiting"),
}
_KIND = {name: kind for kind, names in _KINDS.items() for name in names}


def _table() -> tuple[Fault, ...]:
    return (*_of_the_wire(), *_of_the_wire_for_ever(), *_refusals(), *_of_the_car(), *_of_ours())


def _of_the_wire() -> Iterator[Fault]:
    for name, trouble in _ONCE.items():
        yield Fault(name, _KIND[name], At.MESSAGE if name in _OF_ANY_MESSAGE else At.REQUEST, _wire(trouble))
    for name, (turn, at) in _ECHOES.items():
        yield Fault(name, _KIND[name], at, _wire(_turn(turn)))
    for name, trouble in _WHOLE_CAR.items():
        yield Fault(name, _KIND[name], At.FUNCTIONAL, _wire(trouble))
    for name, trouble in _GONE.items():
        yield Fault(name, _KIND[name], At.MESSAGE, _wire(trouble))


def _of_the_wire_for_ever() -> Iterator[Fault]:
    for name, trouble in _STAYS.items():
        yield Fault(f"{name}-lasting", "lasting", At.REQUEST, _wire(trouble, lasting=True), lasting=True)


def _refusals() -> Iterator[Fault]:
    for nrc in (*Nrc, *UNKNOWN):
        if nrc != Nrc.RESPONSE_PENDING:
            yield Fault(f"nrc-{nrc:02X}", _kind_of(nrc), At.REQUEST, _wire(_refuses(nrc)))
    for nrc in _LASTING_NRCS:
        trouble = _wire(_refuses(nrc), lasting=True)
        yield Fault(f"nrc-{nrc:02X}-lasting", "refused: lasting", At.REQUEST, trouble, lasting=True)


def _of_the_car() -> Iterator[Fault]:
    yield Fault("dme-starts-anew", "car", At.MOMENT, lambda world: world.car.units[DME].lose_power())
    yield Fault("dip-below-hold", "supply", At.MOMENT, _dips(BELOW_HOLD_V, DIP_S))
    yield Fault("dip-below-hard", "supply", At.MOMENT, _dips(BELOW_HARD_V, DIP_S))
    yield Fault("surge", "supply", At.MOMENT, _dips(ABOVE_V, DIP_S))
    yield Fault("low-lasting", "supply: lasting", At.MOMENT, _set(BELOW_HOLD_V), lasting=True)


def _of_ours() -> Iterator[Fault]:
    yield Fault("monitor-silent", "supply", At.MOMENT, _monitor_silent(DIP_S))
    yield Fault("monitor-silent-lasting", "supply: lasting", At.MOMENT, _monitor_silent(math.inf), lasting=True)
    yield Fault("cancel", "cancel", At.MOMENT, lambda world: world.plant.panel.press("cancel"))
    yield Fault("year-back", "clock", At.MOMENT, _jumps(-YEAR))
    yield Fault("year-forth", "clock", At.MOMENT, _jumps(YEAR))
    for name, error in (("disk-full", "database or disk is full"), ("disk-error", "disk I/O error")):
        yield Fault(name, "disk", At.WRITE, _unwritable(error, lasting=False))
        yield Fault(f"{name}-lasting", "disk: lasting", At.WRITE, _unwritable(error, lasting=True), lasting=True)


def _of_frames() -> Iterator[Fault]:
    for name, meddling in MEDDLING.items():
        at = At.FLOW_CONTROL if name.startswith("flow-control") else At.FRAME
        yield Fault(name, "frame", at, _frame(meddling))


def _frame(meddling: Meddling) -> Callable[[World], None]:
    def happens(world: World) -> None:
        world.weather.frame = meddling

    return happens


TABLE = _table()
FRAMES = tuple(_of_frames())
FAULTS = {fault.name: fault for fault in (*TABLE, *FRAMES)}


def all_is_well(world: World) -> None:
    """Whatever lasted is put right."""
    world.weather.fine()
    world.plant.supply.set_volts(STEADY_V)
    world.plant.monitor.plug_in()
