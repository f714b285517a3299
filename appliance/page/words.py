"""Numbers and states as people read them: one spelling for page, report page and their tests.

Pure.  Volts have two decimals (the INA219 resolves 4 mV: its datasheet's bus voltage register); times are coarse
enough to be read at arm's length and do not flicker.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from appliance.engine.alarm import AlarmLevel
from appliance.events import CampaignSeen, Estimated, Phase, UnitState
from appliance.status import SupplyNow

_MINUTE_S = 60
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is painted: a tone of the style sheet, and an icon whose shape alone tells it apart."""

    tone: str
    icon: str


PHASE_LOOKS = {
    Phase.READY: Look("calm", "ready"),
    Phase.CHECKING: Look("work", "checking"),
    Phase.REFUSED: Look("refused", "refused"),
    Phase.PROGRAMMING: Look("work", "programming"),
    Phase.HELD: Look("held", "held"),
    Phase.RESUMING: Look("work", "resuming"),
    Phase.DONE: Look("good", "done"),
    Phase.FAILED: Look("bad", "failed"),
}

HELD_LOOKS = {
    AlarmLevel.NOTICE: PHASE_LOOKS[Phase.HELD],
    AlarmLevel.WARNING: Look("warning", "held"),
    AlarmLevel.URGENT: Look("urgent", "held"),
}

UNIT_LOOKS = {
    UnitState.UNTOUCHED: Look("quiet", "waiting"),
    UnitState.PROGRAMMING: Look("work", "programming"),
    UnitState.ERASED: Look("work", "programming"),
    UnitState.CHECKING: Look("work", "checking"),
    UnitState.PROGRAMMED: Look("good", "done"),
    UnitState.CODED: Look("good", "done"),
    UnitState.FAILED: Look("bad", "failed"),
}

UNIT_WORDS = {
    UnitState.UNTOUCHED: "untouched",
    UnitState.PROGRAMMING: "programming",
    UnitState.ERASED: "being written",
    UnitState.CHECKING: "checking",
    UnitState.PROGRAMMED: "programmed",
    UnitState.CODED: "coded",
    UnitState.FAILED: "failed",
}

VERDICT_TITLES = {
    "programmed": "Programmed",
    "already-at-target": "Already at target",
    "not-affected": "Not affected",
    "cannot-decide": "Cannot decide",
    "refused": "Refused",
    "failed": "Failed",
    "interrupted": "Interrupted",
}

VERDICT_LOOKS = {
    "programmed": Look("good", "done"),
    "already-at-target": Look("good", "done"),
    "not-affected": Look("good", "done"),
    "cannot-decide": Look("refused", "refused"),
    "refused": Look("refused", "refused"),
    "failed": Look("bad", "failed"),
    "interrupted": Look("held", "resuming"),
}


def campaign(one: CampaignSeen) -> str:
    """What one of several campaigns is to the car: `open, chosen`; the others by their standing."""
    if one.fulfilled:
        return f"{one.standing}, done with the chosen one"
    standing = VERDICT_TITLES.get(one.standing, one.standing).lower()
    return f"{standing}, chosen" if one.chosen else standing


def volts(value: float | None) -> str:
    """`13.42 V`; `no reading` for None or what is no number."""
    return "no reading" if value is None or not math.isfinite(value) else f"{value:.2f} V"


def duration(seconds: float | None) -> str:
    """`40 s`, `4 min 20 s`, `14 min`, `1 h 05 min`; `unknown` for None or what is no number."""
    if seconds is None or not math.isfinite(seconds):
        return "unknown"
    whole_s = max(0, round(seconds))
    if whole_s < _MINUTE_S:
        return f"{whole_s} s"
    if whole_s < 10 * _MINUTE_S:
        minutes, rest_s = divmod(round(whole_s, -1), _MINUTE_S)
        return f"{minutes} min {rest_s:02} s" if rest_s else f"{minutes} min"
    minutes = round(seconds / _MINUTE_S)
    return f"{minutes} min" if minutes < _MINUTE_S else f"{minutes // _MINUTE_S} h {minutes % _MINUTE_S:02} min"


_SURE = 0.12  # spread up to which one figure says it


def time_left(left: Estimated | None) -> str:
    """`about 6 min left`; with its bounds while they are far apart; None: not known yet."""
    if left is None:
        return "time left not known yet"
    told = f"about {duration(left.left_s)} left"
    if left.high_s - left.low_s <= 2 * _SURE * left.left_s:
        return told
    return f"{told}, {duration(left.low_s)} to {duration(left.high_s)}"


def size(count_bytes: int) -> str:
    """`812 B`, `340 kB`, `1.9 MB`; decimal, as storage is sold."""
    if count_bytes < 1000:
        return f"{count_bytes} B"
    if count_bytes < 1_000_000:
        return f"{count_bytes / 1000:.0f} kB"
    return f"{count_bytes / 1_000_000:.1f} MB"


def address(value: int) -> str:
    """`0x12`."""
    return f"0x{value:02X}"


def percent(done: int, total: int) -> int:
    """Whole percent, rounded down: 100 is only shown when all is done."""
    return 0 if total <= 0 else max(0, min(100, done * 100 // total))


def gate(supply: SupplyNow) -> str:
    """The gate in a sentence."""
    reason = f": {supply.reason}" if supply.reason else ""
    match supply.gate:
        case "open":
            return "Gate open: the supply is fit."
        case "held":
            return f"Gate held{reason}."
        case "stale":
            return f"Gate stale{reason}. No reading counts as a low reading."
        case other:
            return f"Gate {other}{reason}."


def gate_tone(supply: SupplyNow) -> str:
    """The tone that goes with `gate`."""
    return {"open": "good", "held": "held"}.get(supply.gate, "bad")


def verdict_title(verdict: str) -> str:
    """The verdict as a heading; one this version does not know is shown as it is."""
    return VERDICT_TITLES.get(verdict, verdict)


def verdict_look(verdict: str) -> Look:
    """How the verdict is painted; one this version does not know is painted neutral."""
    return VERDICT_LOOKS.get(verdict, Look("unknown", "unknown"))
