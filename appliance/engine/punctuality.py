"""What was said of the time left, beside how long it took: so that nobody has to believe the estimate.

Holds are apart: nobody can tell how long a charger is away.  Of a job that took several lives only the last is judged,
for no clock runs while the appliance is off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.engine.journal_rows import Logged
from appliance.events import Estimated, HeldBegan, HeldEnded, Started

EARLY = 0.2  # of the job: before that little has been seen of its pace


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How good the estimates were.

    Attributes:
        said_s: What was said first.
        took_s: How long it took from then on, holds apart.
        held_s: The holds.
        worst_off_percent: By how much the worst estimate from `EARLY` on was off, of the time it took; positive: it
            said too much. None: there was none.
    """

    said_s: float
    took_s: float
    held_s: float
    worst_off_percent: float | None

    @property
    def words(self) -> str:
        """A sentence."""
        told = f"{_minutes(self.said_s)} was estimated at the start, and it took {_minutes(self.took_s)}"
        held = f", and {_minutes(self.held_s)} of holds" if self.held_s else ""
        if self.worst_off_percent is None:
            return f"{told}{held}"
        worst = f"from {EARLY:.0%} on no estimate was off by more than {abs(self.worst_off_percent):.0f} %"
        return f"{told}{held}; {worst}"


def punctuality(events: Sequence[Logged]) -> Punctuality | None:
    """Of all events of a run that has just ended, oldest first; None: nothing was estimated."""
    mine = _last_life(events)
    said = [(logged.at_s, logged.event) for logged in mine if isinstance(logged.event, Estimated)]
    if not said:
        return None
    ended_s = mine[-1].at_s
    first_s, first = said[0]
    held_s = _held_s(mine, first_s)
    took_s = ended_s - first_s - held_s
    if took_s <= 0:
        return None
    off = []
    for at_s, estimate in said:
        left_s = ended_s - at_s - _held_s(mine, at_s)
        if took_s - left_s >= EARLY * took_s:
            off.append((estimate.left_s - left_s) / took_s * 100)
    worst = max(off, key=abs, default=None)
    return Punctuality(first.left_s, round(took_s, 1), round(held_s, 1), None if worst is None else round(worst, 1))


def _last_life(events: Sequence[Logged]) -> Sequence[Logged]:
    began = [place for place, logged in enumerate(events) if isinstance(logged.event, Started)]
    return events[began[-1] :] if began else events


def _held_s(events: Sequence[Logged], since_s: float) -> float:
    total_s, began_s = 0.0, None
    for logged in events:
        match logged.event:
            case HeldBegan():
                began_s = max(logged.at_s, since_s)
            case HeldEnded() if began_s is not None:
                total_s += max(0.0, logged.at_s - began_s)
                began_s = None
            case _:
                pass
    return total_s


def _minutes(seconds: float) -> str:
    whole_s = round(seconds)
    return f"{whole_s} s" if whole_s < 100 else f"{whole_s // 60} min {whole_s % 60:02} s"
