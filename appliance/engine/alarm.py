"""The alarm of a hold: how badly somebody is needed.

    level    from                                            to
    -------  ----------------------------------------------  ------------------------------------------
    NOTICE   the beginning of the hold                       `WARNING_S`
    WARNING  `WARNING_S`                                     the last `URGENT_SHARE` of the hold's limit
    URGENT   the last `URGENT_SHARE` of the hold's limit     the end of the hold

A charger that is back within a minute needs nobody.  When the limit comes near, the car is about to be given back half
done, and that is worth a walk.  A hold without a known limit never becomes URGENT.

A function of the status, for LEDs, buzzer and page alike.  Pure.  The times are our own choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from appliance.events import Phase
from appliance.status import Status

WARNING_S = 60.0
URGENT_SHARE = 0.25


class AlarmLevel(Enum):
    """How badly somebody is needed."""

    NOTICE = "notice"
    WARNING = "warning"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A hold, as an alarm.

    Attributes:
        level: How badly somebody is needed.
        held_s: How long it has lasted.
        gives_up_in_s: Until the car is given back; 0: now; None: not known.
    """

    level: AlarmLevel
    held_s: float
    gives_up_in_s: float | None


def alarm(status: Status, now_s: float) -> Alarm | None:
    """The alarm of this status at that time on the appliance's clock; None: nothing is held."""
    if status.phase is not Phase.HELD:
        return None
    held_s = 0.0 if status.held_since_s is None else max(0.0, now_s - status.held_since_s)
    limit_s = status.hold_limit_s
    left_s = max(0.0, limit_s - held_s) if limit_s > 0 else None
    return Alarm(_level(held_s, limit_s), held_s, left_s)


def _level(held_s: float, limit_s: float) -> AlarmLevel:
    if limit_s > 0 and held_s >= limit_s * (1 - URGENT_SHARE):
        return AlarmLevel.URGENT
    return AlarmLevel.WARNING if held_s >= WARNING_S else AlarmLevel.NOTICE
