"""How a cut is made, and which of them can be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from appliance.bench.power_cut import PowerCut
from tests.survival.points import Point
from tests.survival.world import FLEETING, World

TORN = 3  # places in the bytes of one transaction at which the journal's log is torn


class Cut(StrEnum):
    """What loses its power.

    The appliance is off for a moment (control units keep their sessions: S3 is 5 s) or for long.  `CAR` alone: the
    appliance goes on and finds control units that have started anew.
    """

    BRIEFLY = "appliance-briefly"
    LONG = "appliance"
    BOTH = "appliance-and-car"
    CAR = "car"
    TORN_1 = "torn-1"
    TORN_2 = "torn-2"
    TORN_3 = "torn-3"


OFF_S = {Cut.BRIEFLY: 3.0}
LONG_OFF_S = 10.0  # S3 is over, and a reset it ends in
_SHARE = {Cut.TORN_1: 0.0, Cut.TORN_2: 0.5, Cut.TORN_3: 1.0}
State: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A cut that was made: enough to make it again."""

    life: int
    number: int
    cut: Cut

    def __str__(self) -> str:
        return f"{self.life}:{self.number}:{self.cut}"


def parse_made(text: str) -> Made:
    """The reverse of `str`."""
    life, number, cut = text.split(":")
    return Made(int(life), int(number), Cut(cut))


def cuts_at(point: Point, log_bytes: int) -> tuple[Cut, ...]:
    """What can be cut at a point.

    Args:
        log_bytes: How long the journal's log is.
    """
    plain = (Cut.BRIEFLY, Cut.LONG, Cut.BOTH)
    if point.torn is not None:
        return (*plain, Cut.TORN_1, Cut.TORN_2, Cut.TORN_3) if log_bytes > point.torn else plain
    return (*plain, Cut.CAR) if " 0x" in point.place or point.place.startswith("0x") else plain


def make(world: World, point: Point, cut: Cut, log_bytes: int) -> None:
    """Make it, in a copied process.

    Raises:
        PowerCut: the appliance has no power any more.
    """
    if cut is Cut.CAR:
        world.moved()
        world.goes_on()
        world.car.lose_power()
        return
    torn = None
    if cut in _SHARE and point.torn is not None:
        # The first byte of the transaction, its middle, and all but its last byte.
        torn = point.torn + 1 + int(_SHARE[cut] * (log_bytes - point.torn - 2))
    world.moved(torn)
    if cut is Cut.BOTH:
        world.car.lose_power()
    raise PowerCut


def visible(world: World) -> State:
    """What tells one point from another for whoever is cut there: the car's state, and what is durable of ours."""
    units = tuple((len(unit.requests), unit.busy) for unit in world.car.units.values())
    return (world.points.kept, id(world.memory), units)


def lasting(world: World, cut: Cut, place: str) -> State | None:
    """What tells one cut from another for a restart after a long time; None: that cut leaves nothing to restart from.

    Sessions are over by then.  What a control unit is changing counts, for it goes on when only the appliance is cut.
    A torn transaction leaves what was there before it: one of the three tears is enough here, and none where nothing is
    built upon the transaction.  The way `single` makes all of them, and the pairs would meet a state that this hides.
    """
    if cut not in (Cut.LONG, Cut.BOTH, Cut.TORN_2) or (cut in _SHARE and any(name in place for name in FLEETING)):
        return None
    return (world.points.lasting, id(world.memory), situation(world, cut, place))


def situation(world: World, cut: Cut, place: str) -> State:
    """What tells one cut from another beside what is durable: who is cut, in the middle of what."""
    changing = tuple(unit.requests[-1].hex() if unit.changing else "" for unit in world.car.units.values())
    kind = cut if any(changing) or cut in _SHARE else Cut.LONG  # nobody is at work: it is all the same who is cut
    return (kind, place if cut in _SHARE else "", changing)
