"""Is the link to the car good enough to begin?  And what is wrong with one that is not.

    refused                                         a person looks at
    ---------------------------------------------   -----------------------------------------
    another tester talks on the bus                 who else is plugged in
    the controller warns, is passive or off         plug, wires, terminators
    a frame had no room and is lost                 what else this computer does; the CAN HAT
    frames are disturbed or not acknowledged        plug, wires, terminators
    the transmit queue is full again and again      the same: nothing leaves it
    a unit left a request without an answer         the same
    answers come late                               what else is on the bus

Judged are the exchanges that identification makes anyway, and what the bus showed from its first request to now: no
request is made for it.  A request counts as lost only when the same control unit answered the same service at another
time: who never answers a service does not have it.  One late answer alone proves nothing.

Pure.  The order is that of how sure each is.  Decision 0027.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.config import LinkConfig
from appliance.engine.link_health import BusHealth, Exchanged, LinkHealth

SHARE = 0.95
FEWEST = 5  # round trips to have a share of: one identification of one control unit makes seven

UNPLUG_OTHER = "unplug the other tester, or end its program (a dongle left under the dashboard is one)"
LOOK_AT_WIRES = (
    "push the plug in firmly; check its two CAN wires, and that no second terminator is on the bus "
    "(60 Ω between them, power off)"
)
LOOK_AT_BUS = "switch the ignition off and on again, and see that nothing else talks to the car"
LOOK_AT_US = "switch the appliance off and on again; if this comes again, see docs/hardware.md about CAN HATs"


@dataclass(frozen=True, slots=True)
class LinkJudgement:
    """What the link was like.

    Attributes:
        refusal: Why nothing may begin over it, a clause; empty: it may.
        do: What a person can do about that, as an imperative without a full stop; empty with `refusal`.
        words: The link in a clause, fit or not.
        round_trips: Requests to one control unit that were answered.
        p95_s: Within which 95 of 100 of them had their first word; None: they are too few to tell.
        lost: Requests that were not, though they should have been.
        bus: What the bus showed meanwhile.
    """

    refusal: str
    do: str
    words: str
    round_trips: int
    p95_s: float | None
    lost: int
    bus: BusHealth


def judge_link(earlier: LinkHealth, now: LinkHealth, limits: LinkConfig, occupied: str = "") -> LinkJudgement:
    """The link between two moments.

    Args:
        occupied: Who else is on the bus, a clause: somebody heard before the first moment may be there; empty: nobody.
    """
    exchanges = now.exchanges_since(earlier)
    trips = sorted(one.trip_s for one in exchanges if one.trip_s is not None)
    lost, p95_s, bus = _lost(exchanges), _p95(trips), now.bus.since(earlier.bus)
    taken = (occupied, UNPLUG_OTHER) if occupied else None
    refusal, do = taken or _bus_refusal(bus, limits) or _answers_refusal(lost, p95_s, limits) or ("", "")
    words = refusal or _words(len(trips), p95_s, lost)
    return LinkJudgement(refusal, do, words, len(trips), p95_s, lost, bus)


def trouble_in(bus: BusHealth) -> str:
    """What in these counts a person should know of, a clause; empty: nothing."""
    found = (
        (bus.foreign, f"another tester was heard on the bus ({_of(bus.foreign, 'frame')})"),
        (bus.bus_off, "the CAN controller went off the bus"),
        (bus.passive, "the CAN controller became error-passive"),
        (bus.warning and not bus.passive, "the CAN controller reached its warning level of errors"),
        (bus.overflow, f"{_of(bus.overflow, 'received frame')} had no room and {_is(bus.overflow)} lost"),
        (bus.no_ack, f"{_of(bus.no_ack, 'frame')} of ours had no acknowledgement"),
        (bus.disturbed, f"{_of(bus.disturbed, 'frame')} {_is(bus.disturbed)} disturbed"),
        (bus.transceiver, f"{_of(bus.transceiver, 'report')} of a line that is shorted or open"),
        (bus.tx_timeout, f"{_of(bus.tx_timeout, 'frame')} did not get out in time"),
        (bus.queue_full, f"the transmit queue was full {_of(bus.queue_full, 'time')}"),
    )
    return ", ".join(words for count, words in found if count)


def _bus_refusal(bus: BusHealth, limits: LinkConfig) -> tuple[str, str] | None:
    if bus.foreign:
        return trouble_in(BusHealth(foreign=bus.foreign)), UNPLUG_OTHER
    if bus.bus_off or bus.passive or bus.warning:
        return trouble_in(BusHealth(bus_off=bus.bus_off, passive=bus.passive, warning=bus.warning)), LOOK_AT_WIRES
    if bus.overflow:
        return trouble_in(BusHealth(overflow=bus.overflow)), LOOK_AT_US
    if bus.errors > limits.errors_max:
        return f"{trouble_in(bus)}: more than {limits.errors_max} are too many", LOOK_AT_WIRES
    if bus.queue_full > limits.queue_full_max:
        return f"{trouble_in(bus)}: more than {limits.queue_full_max} are too many", LOOK_AT_WIRES
    return None


def _answers_refusal(lost: int, p95_s: float | None, limits: LinkConfig) -> tuple[str, str] | None:
    if lost > limits.lost_max:
        return f"{_of(lost, 'request')} had no answer, more than {limits.lost_max} are too many", LOOK_AT_WIRES
    if p95_s is not None and p95_s > limits.round_trip_s:
        late = f"the slowest answers take {p95_s * 1000:.0f} ms, more than {limits.round_trip_s * 1000:.0f} ms"
        return late, LOOK_AT_BUS
    return None


def _lost(exchanges: Sequence[Exchanged]) -> int:
    answered = {(one.address, one.sid) for one in exchanges if one.trip_s is not None}
    return sum(1 for one in exchanges if one.trip_s is None and (one.address, one.sid) in answered)


def _p95(trips: Sequence[float]) -> float | None:
    """Nearest rank, and never the slowest; None: too few."""
    if len(trips) < FEWEST:
        return None
    return trips[min(math.ceil(SHARE * len(trips)), len(trips) - 1) - 1]


def _words(trips: int, p95_s: float | None, lost: int) -> str:
    pace = "too few to say how fast" if p95_s is None else f"95 of 100 within {p95_s * 1000:.0f} ms"
    return f"{_of(trips, 'answer')}, {pace}, {lost or 'none'} lost, bus undisturbed"


def _of(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
