"""What the supply has done: one median a second, cut where it stepped.

A supply is a level, a slope and steps.  A consumer that is switched on moves the level and says nothing about the
charger, so the history is cut there and a slope is only ever measured between cuts.  It is also cut where readings were
missing and where our own work began or ended.

    a second   the median of its readings, so that a burst of them counts no more than one
    a spike    a second or two far off its neighbours is replaced by their median (Hampel's identifier, 3 each side)
    a step     found by `steps.step_at`, 3 s after a sharp one, 20 s after a small one
    a gap      more than `GAP_S` without a reading cuts; more than `FORGET_S` forgets: the plug may be in another car

The newest `KEPT_S` are kept, one second each: what lies further back says little about a charger, and 900 numbers
need no thinning.  An update costs about 30 µs on a desktop processor.

Pure: the caller brings believable readings (`gate.unbelievable`) and their times.  Sources: F. R. Hampel, "The
influence curve and its role in robust estimation" (1974), for the spike rule; the times are our own, chosen with
`benchmarks/power.py`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, replace
from statistics import median

from appliance.power.steps import SCALES, noise_of, step_at

KEPT_S = 900
GAP_S = 3.0
FORGET_S = 30.0
_SPIKE_SIDE = 3  # seconds on each side of the one that is judged
_SPIKE_SIGMAS = 4.0
_SPIKE_V = 0.015  # the monitor's last digit is 4 mV: smaller is no spike
_TRIM_SPARE = 100  # dropped at once, so that most updates copy nothing


@dataclass(frozen=True, slots=True)
class Second:
    """One second of readings.

    Attributes:
        at_s: Its middle.
        raw_v: Median of its readings.
        volts: The same, unless it was a spike.
        working: How many datablocks were being programmed.
        cut: It does not continue the second before.
        jump_v: About how far the level stepped here, rather too little; 0 at a cut that is no step.
    """

    at_s: float
    raw_v: float
    volts: float
    working: int
    cut: bool
    jump_v: float = 0.0


@dataclass(frozen=True, slots=True)
class Span:
    """From `from_s` until before `to_s`, on the readings' clock; infinity: until further notice."""

    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Seconds between two cuts, oldest first, without those at a step's own edge: they are neither before nor after.

    `working` is as in `Second`.
    """

    at_s: tuple[float, ...]
    volts: tuple[float, ...]
    working: int

    @property
    def mean_v(self) -> float:
        """Mean of its seconds; there is at least one."""
        return sum(self.volts) / len(self.volts)

    def outside(self, span: Span) -> list[Stretch]:
        """What of it lies outside, newest first, as `History.stretches` has them."""
        before, after = bisect_left(self.at_s, span.from_s), bisect_left(self.at_s, span.to_s)
        parts = (self._part(after, len(self.at_s)), self._part(0, before)) if before < after else (self,)
        return [part for part in parts if part.at_s]

    def _part(self, start: int, end: int) -> Stretch:
        return Stretch(self.at_s[start:end], self.volts[start:end], self.working)


class History:
    """Readings of one supply, in order of time."""

    def __init__(self) -> None:
        self._seconds: list[Second] = []
        self._times: list[float] = []  # of `_seconds`, as are the volts: slices and sums of plain numbers are quick
        self._volts: list[float] = []
        self._noise_v = noise_of(())
        self._open: list[float] = []  # readings of the second that is not over yet
        self._open_s = -math.inf
        self._working = 0
        self._newest_s = -math.inf

    def add(self, at_s: float, volts: float, working: int = 0) -> None:
        """Take in a reading; one that is not newer than the newest is not taken.

        Args:
            at_s: When it was taken.
            volts: Median-filtered.
            working: How many datablocks are being programmed: our own load on the supply.
        """
        if not at_s > self._newest_s:
            return
        if at_s - self._newest_s > FORGET_S:
            self._seconds, self._times, self._volts, self._open = [], [], [], []
        second_s = math.floor(at_s)
        if self._open and (second_s != self._open_s or working != self._working):
            self._close()
        self._open.append(volts)
        self._open_s, self._working, self._newest_s = second_s, working, at_s

    @property
    def seconds(self) -> tuple[Second, ...]:
        """Those that are over, oldest first."""
        return tuple(self._seconds)

    @property
    def newest_at_s(self) -> float:
        """Time of the newest reading; minus infinity before the first."""
        return self._newest_s

    @property
    def newest_v(self) -> float:
        """Median of the second that is not over yet; NaN before the first reading."""
        return median(self._open) if self._open else math.nan

    @property
    def observed_s(self) -> float:
        """How long the supply has been watched, up to `KEPT_S` and what is kept in reserve."""
        return self._newest_s - self._seconds[0].at_s if self._seconds else 0.0

    @property
    def noise_v(self) -> float:
        """Standard deviation of one second, from the differences of neighbours: blind to slopes and steps."""
        return self._noise_v

    def stretches(self) -> list[Stretch]:
        """The history between its cuts, newest first."""
        found: list[Stretch] = []
        end = len(self._seconds)
        oldest = max(0, end - KEPT_S)
        for start in range(end - 1, oldest - 1, -1):
            if self._seconds[start].cut or start == oldest:
                found += self._stretch(start, end)
                end = start
        return found

    def _stretch(self, start: int, end: int) -> list[Stretch]:
        working = self._seconds[start].working
        if end < len(self._seconds) and self._seconds[end].jump_v:
            end -= 1
        if self._seconds[start].jump_v:
            start += 1
        found = Stretch(tuple(self._times[start:end]), tuple(self._volts[start:end]), working)
        return [found] if found.at_s else []

    def _close(self) -> None:
        volts = median(self._open)
        at_s = self._open_s + 0.5
        last = self._seconds[-1] if self._seconds else None
        cut = last is not None and (at_s - last.at_s > GAP_S or last.working != self._working)
        self._seconds.append(Second(at_s, volts, volts, self._working, cut))
        self._times.append(at_s)
        self._volts.append(volts)
        self._open = []
        self._smooth_spike()
        self._noise_v = noise_of(self._volts[-60:])
        for scale in SCALES:
            self._cut_step(
                step_at(self._volts, self._cuts(scale.before + scale.after + scale.lag), scale, self._noise_v)
            )
        if len(self._seconds) > KEPT_S + _TRIM_SPARE:
            del self._seconds[:_TRIM_SPARE]
            del self._times[:_TRIM_SPARE]
            del self._volts[:_TRIM_SPARE]

    def _smooth_spike(self) -> None:
        at = len(self._seconds) - 1 - _SPIKE_SIDE
        if at < _SPIKE_SIDE:
            return
        middle_v = median(s.raw_v for s in self._seconds[at - _SPIKE_SIDE : at + _SPIKE_SIDE + 1])
        if abs(self._seconds[at].raw_v - middle_v) > max(_SPIKE_SIGMAS * self._noise_v, _SPIKE_V):
            self._seconds[at] = replace(self._seconds[at], volts=middle_v)
            self._volts[at] = middle_v

    def _cuts(self, newest: int) -> list[bool]:
        return [second.cut for second in self._seconds[-newest:]]

    def _cut_step(self, step: tuple[int, float] | None) -> None:
        if step is not None and not self._seconds[step[0]].cut:
            at, jump_v = step
            self._seconds[at] = replace(self._seconds[at], cut=True, jump_v=jump_v)
