"""The gate: may we go on now?

One gate guards every control unit.  `judge` is called at every safe point, and at least once a second during a hold.

    state   believable reading                            → state   after
    ------  --------------------------------------------  --------  -------------------------------------------------
    any     none, older than `max_age_s`, or implausible  STALE     at once
    OPEN    below `hold_now_v` or above `upper_stop_v`    HELD      at once
    OPEN    below `hold_v` or above `upper_warn_v`        HELD      `debounce_s` of nothing better
    OPEN    anything else                                 OPEN
    first   from `start_v` to `upper_warn_v`              OPEN      at once
    first   anything else                                 HELD      at once
    HELD    from `release_v` to `upper_warn_v`            OPEN      `release_s` of nothing worse since it shut
    HELD    anything else                                 HELD
    STALE   any                                           HELD      at once; from there as above
    any     a control unit's NRC 0x92/0x93 (`trip`)       HELD      at once

`first` is the time before the first believable reading ever: STALE by name, but nothing has gone wrong yet.
Both debounce and release count on the samples' own times, and a release needs a look at least every `GLANCE_S`:
what nobody looked at was not proven good.

Pure: the caller brings readings and the time.  Sources: facts.md §6 (13.0 V, ISTA's limits, ripple: confirmed);
ISO 14229-1 annex A for NRC 0x92/0x93.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

from appliance.power.limits import IMPLAUSIBLE_V, Limits
from appliance.power.reading import Reading

GLANCE_S = 1.0  # a waiting runner looks every 250 ms; a longer gap is no evidence


class GateKind(Enum):
    """Whether the next request may be sent: only when `OPEN`."""

    OPEN = "open"
    HELD = "held"  # a reading says no
    STALE = "stale"  # there is no reading that could say yes


@dataclass(frozen=True, slots=True)
class GateState:
    """Where the gate stands.

    Attributes:
        kind: `OPEN` or one of the two ways of being shut.
        reason: Why it is shut, a sentence without a full stop; it stays until a worse one replaces it. Empty when open.
        since_s: When it last opened or shut; going from STALE to HELD or back does not count.
        crossed_at_s: Time of the sample that first crossed the limit (STALE: when the newest reading grew too old);
            set when it shuts, None while open.
        outside_since_s: While open: time of the first of the samples now outside the debounced limits; None: inside.
        good_since_s: While shut: from when on every reading was good enough to release; None: the newest is not.
        looked_at_s: Time of the newest believable sample seen; None before the first ever.
    """

    kind: GateKind
    reason: str
    since_s: float
    crossed_at_s: float | None = None
    outside_since_s: float | None = None
    good_since_s: float | None = None
    looked_at_s: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether we may go on."""
        return self.kind is GateKind.OPEN


def unread(now_s: float) -> GateState:
    """The gate before the first reading: shut."""
    return GateState(GateKind.STALE, "no reading of the supply yet", now_s, crossed_at_s=now_s)


def judge(state: GateState, limits: Limits, now_s: float, reading: Reading | None) -> GateState:
    """The gate after a look at the newest reading (None: there is none)."""
    nothing = unbelievable(limits, now_s, reading)
    if nothing or reading is None:
        return _stale(state, limits, now_s, reading, nothing)
    if state.looked_at_s is None:
        return _first(limits, now_s, reading)
    if state.is_open:
        return _watched(state, limits, now_s, reading)
    return _awaited(state, limits, now_s, reading)


def trip(state: GateState, now_s: float, reason: str) -> GateState:
    """Shut the gate because a control unit says its supply is unfit, whatever our own reading is.

    Args:
        state: The gate so far.
        now_s: When the control unit said so.
        reason: What it said, a sentence without a full stop.
    """
    if state.is_open:
        return _shut(state, GateKind.HELD, reason, now_s, crossed_at_s=now_s)
    return replace(state, reason=reason, good_since_s=None)


def start_refusal(limits: Limits, now_s: float, reading: Reading | None, state: GateState) -> str | None:
    """Why programming may not begin now, as a sentence without a full stop; None when the supply is fit.

    `state` is the gate as judged with this reading.
    """
    nothing = unbelievable(limits, now_s, reading)
    if nothing or reading is None:
        return nothing
    beyond = _beyond_start(limits, reading.volts)
    if beyond:
        return beyond
    ripple = ripple_refusal(limits, reading)
    if ripple:
        return ripple
    if not state.is_open:
        return f"the supply is not yet proven: {state.reason}; it needs {waits_for(limits, state)}"
    return None


def ripple_refusal(limits: Limits, reading: Reading) -> str:
    """Why this ripple lets no datablock be begun, as a sentence without a full stop; empty when it does.

    Inside a datablock ripple holds nothing: there is no going back, and the voltage itself is guarded.
    """
    if reading.ripple_v is None:
        return "the ripple of the supply has not been measured yet"
    if reading.ripple_v > limits.ripple_v:
        return f"a ripple of {reading.ripple_v * 1000:.0f} mV is above the limit {limits.ripple_v * 1000:.0f} mV"
    return ""


def waits_for(limits: Limits, state: GateState) -> str:
    """What a shut gate waits for, for people; empty when it is open."""
    if state.is_open:
        return ""
    if state.kind is GateKind.STALE:
        return "a reading of the supply"
    wanted = f"{limits.release_v:.2f} V to {limits.upper_warn_v:.2f} V"
    if state.good_since_s is None or state.looked_at_s is None:
        return f"{wanted} for {limits.release_s:.0f} s"
    left_s = limits.release_s - (state.looked_at_s - state.good_since_s)
    return f"{wanted} for another {max(0, math.ceil(left_s))} s"


def unbelievable(limits: Limits, now_s: float, reading: Reading | None) -> str:
    """Why this is no reading at all, as a sentence without a full stop; empty when it can be believed."""
    if reading is None:
        return "there is no reading of the supply"
    if not (math.isfinite(reading.volts) and math.isfinite(reading.at_s)):
        return f"the reading {reading.volts} V is no number"
    if not 0 < reading.volts <= IMPLAUSIBLE_V:
        return f"{reading.volts:.2f} V is not a voltage a car can have"
    age_s = now_s - reading.at_s
    if age_s > limits.max_age_s:
        return f"the newest reading is {age_s:.2f} s old, more than {limits.max_age_s:.2f} s"
    if age_s < -limits.max_age_s:
        return f"the newest reading comes from {-age_s:.2f} s in the future"
    return ""


def _stale(state: GateState, limits: Limits, now_s: float, reading: Reading | None, reason: str) -> GateState:
    if not state.is_open:
        kept = state.reason if state.looked_at_s is None and reading is None else reason
        return replace(state, kind=GateKind.STALE, reason=kept, good_since_s=None)
    aged = reading is not None and now_s - reading.at_s > limits.max_age_s
    crossed_at_s = reading.at_s + limits.max_age_s if reading is not None and aged else now_s
    return _shut(state, GateKind.STALE, reason, now_s, crossed_at_s)


def _first(limits: Limits, now_s: float, reading: Reading) -> GateState:
    reason = _beyond_start(limits, reading.volts)
    if not reason:
        return GateState(GateKind.OPEN, "", now_s, looked_at_s=reading.at_s)
    return GateState(GateKind.HELD, reason, now_s, crossed_at_s=reading.at_s, looked_at_s=reading.at_s)


def _watched(state: GateState, limits: Limits, now_s: float, reading: Reading) -> GateState:
    reason = _beyond_hold(limits, reading.volts)
    if not reason:
        return replace(state, outside_since_s=None, looked_at_s=reading.at_s)
    outside_since_s = reading.at_s if state.outside_since_s is None else state.outside_since_s
    at_once = reading.volts < limits.hold_now_v or reading.volts > limits.upper_stop_v
    if at_once or reading.at_s - outside_since_s >= limits.debounce_s:
        seen = replace(state, looked_at_s=reading.at_s)
        return _shut(seen, GateKind.HELD, reason, now_s, crossed_at_s=outside_since_s)
    return replace(state, outside_since_s=outside_since_s, looked_at_s=reading.at_s)


def _awaited(state: GateState, limits: Limits, now_s: float, reading: Reading) -> GateState:
    seen = replace(state, kind=GateKind.HELD, looked_at_s=reading.at_s)
    if not limits.release_v <= reading.volts <= limits.upper_warn_v:
        return replace(seen, reason=_beyond_hold(limits, reading.volts) or state.reason, good_since_s=None)
    good_since_s = _good_since(state, reading)
    if reading.at_s - good_since_s >= limits.release_s:
        return GateState(GateKind.OPEN, "", now_s, looked_at_s=reading.at_s)
    return replace(seen, good_since_s=good_since_s)


def _good_since(state: GateState, reading: Reading) -> float:
    watched = state.looked_at_s is not None and reading.at_s - state.looked_at_s <= GLANCE_S
    if state.good_since_s is not None and watched:
        return state.good_since_s
    return max(reading.at_s, state.since_s)


def _shut(state: GateState, kind: GateKind, reason: str, now_s: float, crossed_at_s: float) -> GateState:
    return GateState(kind, reason, now_s, crossed_at_s=crossed_at_s, looked_at_s=state.looked_at_s)


def _beyond_start(limits: Limits, volts: float) -> str:
    """Why these volts do not let anything begin, as a sentence; empty when they do."""
    if volts < limits.start_v:
        return f"{_against(volts, limits.start_v)} is below the start limit {limits.start_v:.2f} V"
    return _beyond_hold(limits, volts)


def _beyond_hold(limits: Limits, volts: float) -> str:
    """The worst limit these volts are beyond, as a sentence; empty when inside the hold limits."""
    if volts < limits.hold_now_v:
        return f"{_against(volts, limits.hold_now_v)} is below the limit {limits.hold_now_v:.2f} V that holds at once"
    if volts < limits.hold_v:
        return f"{_against(volts, limits.hold_v)} is below the hold limit {limits.hold_v:.2f} V"
    if volts > limits.upper_stop_v:
        return f"{_against(volts, limits.upper_stop_v)} is above the limit {limits.upper_stop_v:.2f} V no car may see"
    if volts > limits.upper_warn_v:
        return f"{_against(volts, limits.upper_warn_v)} is above the upper limit {limits.upper_warn_v:.2f} V"
    return ""


def _against(volts: float, limit_v: float) -> str:
    """Volts in as many digits as it takes to read differently from the limit they are beyond."""
    short = f"{volts:.2f}"
    return f"{volts:.3f} V" if short == f"{limit_v:.2f}" else f"{short} V"
