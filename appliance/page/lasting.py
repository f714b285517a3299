"""How long the supply lasts, in a line for a person: until the job is done, or until which limit, and when.

A time of day is left to the reader's own clock, because the appliance's may be wrong: `in_s` is told, and the page's
script says when that is.  While the work is held no job has an end to tell.  Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from appliance.events import Phase
from appliance.page.words import duration, volts
from appliance.status import Status


@dataclass(frozen=True, slots=True)
class Lasting:
    """`words`, then the time of day in `in_s` seconds, then `rest`.

    Attributes:
        tone: Of the mark beside it: `good`, `held` or `bad`.
        in_s: None: no time of day belongs to it.
        rest: Empty, or the rest of the sentence.
    """

    tone: str
    words: str
    in_s: float | None = None
    rest: str = ""


def lasting(status: Status, left_s: float | None) -> Lasting | None:
    """How long the supply lasts; None while that is not known.

    Args:
        left_s: Until the job is done; None: not known, or there is none.
    """
    supply = status.supply
    if supply.limit_v is None or not math.isfinite(supply.limit_v):
        return None
    limit, in_s = f"limit {volts(supply.limit_v)}", _finite(supply.limit_in_s)
    left_s = _finite(left_s)
    if in_s is not None and not in_s > 0:
        return Lasting("bad", f"The {limit} is reached", None, ": check the charger and its clamps")
    if supply.slope_v_per_min is None:
        return None  # too little was seen to look ahead
    if in_s is not None and (left_s is None or in_s <= left_s or status.phase is Phase.HELD):
        before = ", before the job is done" if left_s is not None else ""
        words = f"The {limit} is reached in {duration(in_s)}"
        return Lasting("held", words, in_s, f"{before}: check the charger and its clamps")
    if status.phase is Phase.HELD:
        return None
    if left_s is None:
        return Lasting("good", f"Holds: nothing leads to the {limit}")
    later = f"; the {limit} would come {duration(in_s - left_s)} later" if in_s is not None else ""
    return Lasting("good", "Holds until the job is done", left_s, later)


def _finite(seconds: float | None) -> float | None:
    """A file can say anything; what has no end and what is no number is not known."""
    return seconds if seconds is not None and math.isfinite(seconds) else None
