"""The table of faults: what can happen to a job that is no power cut, one at a time.

A fault is armed at a point, in a copy of the run.  One that lasts goes on until a report was written in it (or the
process was ended twice by it); then somebody puts it right, and START is pressed again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from appliance import uds
from appliance.bench.car import CLUSTER, DME
from appliance.procedure.policy import recourse
from appliance.uds import Nrc
from tests.survival.faults_wire import Said, Told, Trouble
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


def _wire(trouble: Trouble) -> Callable[[World], None]:
    def happens(world: World) -> None:
        world.weather.armed = trouble

    return happens


def _lasting_wire(trouble: Trouble) -> Callable[[World], None]:
    def happens(world: World) -> None:
        world.weather.armed, world.weather.lasts = trouble, True

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
    "truncated": _ONCE["truncated"],
    "interface-gone-sending": _GONE["interface-gone-sending"],
    "pending": Trouble(arrives=False, says=_pending_for_ever),
}
_LASTING_NRCS = (0x10, 0x21, 0x22, 0x31, 0x33, 0x37, 0x72, 0x92, 0x93)
_SPECIAL = frozenset((0x21, 0x33, 0x35, 0x36, 0x37, 0x7F, 0x92, 0x93))


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
    return f"nrc-{nrc:02X}" if nrc in _SPECIAL else f"nrc-{recourse(nrc).value}"


def _table() -> tuple[Fault, ...]:
    wire = [Fault(name, name, _least(name), _wire(trouble)) for name, trouble in _ONCE.items()]
    wire += [Fault(name, name, at, _wire(_turn(turn))) for name, (turn, at) in _ECHOES.items()]
    wire += [Fault(name, name, At.FUNCTIONAL, _wire(trouble)) for name, trouble in _WHOLE_CAR.items()]
    wire += [Fault(name, name, At.MESSAGE, _wire(trouble)) for name, trouble in _GONE.items()]
    wire += [
        Fault(f"{name}-lasting", f"{name}-lasting", At.REQUEST, _lasting_wire(trouble), lasting=True)
        for name, trouble in _STAYS.items()
    ]
    refused = [
        Fault(f"nrc-{nrc:02X}", _kind_of(nrc), At.REQUEST, _wire(_refuses(nrc)))
        for nrc in (*Nrc, *UNKNOWN)
        if nrc != Nrc.RESPONSE_PENDING
    ]
    refused += [
        Fault(
            f"nrc-{nrc:02X}-lasting", f"{_kind_of(nrc)}-lasting", At.REQUEST, _lasting_wire(_refuses(nrc)), lasting=True
        )
        for nrc in _LASTING_NRCS
    ]
    around = [
        Fault("dme-starts-anew", "dme-starts-anew", At.MOMENT, lambda world: world.car.units[DME].lose_power()),
        Fault("dip-below-hold", "dip-below-hold", At.MOMENT, _dips(BELOW_HOLD_V, DIP_S)),
        Fault("dip-below-hard", "dip-below-hard", At.MOMENT, _dips(BELOW_HARD_V, DIP_S)),
        Fault("surge", "surge", At.MOMENT, _dips(ABOVE_V, DIP_S)),
        Fault("low-lasting", "low-lasting", At.MOMENT, _set(BELOW_HOLD_V), lasting=True),
        Fault("monitor-silent", "monitor-silent", At.MOMENT, _monitor_silent(DIP_S)),
        Fault("monitor-silent-lasting", "monitor-silent-lasting", At.MOMENT, _monitor_silent(math.inf), lasting=True),
        Fault("cancel", "cancel", At.MOMENT, lambda world: world.plant.panel.press("cancel")),
        Fault("year-back", "year-back", At.MOMENT, _jumps(-YEAR)),
        Fault("year-forth", "year-forth", At.MOMENT, _jumps(YEAR)),
    ]
    disk = [
        Fault(
            name + ("-lasting" if lasts else ""),
            "disk-lasting" if lasts else "disk",
            At.WRITE,
            _unwritable(error, lasting=lasts),
            lasting=lasts,
        )
        for name, error in (("disk-full", "database or disk is full"), ("disk-error", "disk I/O error"))
        for lasts in (False, True)
    ]
    return (*wire, *refused, *around, *disk)


def _least(name: str) -> At:
    return At.MESSAGE if name in ("lost-request", "send-fails", "foreign-positive", "flood") else At.REQUEST


TABLE = _table()
FAULTS = {fault.name: fault for fault in TABLE}


def all_is_well(world: World) -> None:
    """Whatever lasted is put right."""
    world.weather.fine()
    world.plant.supply.set_volts(STEADY_V)
    world.plant.monitor.plug_in()
