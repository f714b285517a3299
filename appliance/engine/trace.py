"""The voltage trace of a run: what the supply did, and what was done meanwhile, on one line of time.

A run may have several lives, each with a monotonic clock of its own.  A clock that steps back begins a new life; the
lives are put one after the other with a gap, because how long the appliance was off is not known.  Pure; drawn by
`trace_svg`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from appliance.engine.journal import Logged, Sample
from appliance.events import Forecast, HeldBegan, HeldEnded, Phase, PhaseEntered

T = TypeVar("T")

OFF_S = 5.0  # drawn width of a power cut
POINTS = 600  # of the line; the journal keeps every sample


@dataclass(frozen=True, slots=True)
class TracePoint:
    """The supply at one moment of the run; `volts` None when there was no believable reading."""

    at_s: float
    volts: float | None


@dataclass(frozen=True, slots=True)
class TraceSpan:
    """Something that lasted: `phase` with its word, `hold` with its reason, or `off` for a power cut."""

    kind: str
    from_s: float
    to_s: float
    text: str


@dataclass(frozen=True, slots=True)
class TraceMark:
    """What the forecast said at one moment, in the order it was said.

    Attributes:
        text: About what, and its arithmetic.
        allowed: Whether it let it begin.
        predicted_v: What the supply will be `for_s` later; None when it was not about a voltage.
        for_s: How far it looked; 0: not known.
    """

    at_s: float
    text: str
    allowed: bool
    predicted_v: float | None
    for_s: float


@dataclass(frozen=True, slots=True)
class Trace:
    """Points, spans and marks on one line of time, which begins with the run."""

    points: tuple[TracePoint, ...] = ()
    spans: tuple[TraceSpan, ...] = ()
    marks: tuple[TraceMark, ...] = ()

    @property
    def length_s(self) -> float:
        """How long the run was, without what a power cut really took."""
        ends = (*(p.at_s for p in self.points), *(s.to_s for s in self.spans), *(m.at_s for m in self.marks))
        return max(ends, default=0.0)


def trace_of(samples: Sequence[Sample], events: Sequence[Logged]) -> Trace:
    """The trace of one run."""
    lives = _lives([(sample.at_s, sample) for sample in samples])
    logged = _lives([(one.at_s, one) for one in events])
    count = max(len(lives), len(logged))
    starts, ends, offs = [], [], []
    begun_s = 0.0
    for number in range(count):
        times = [t for t, _ in lives[number]] if number < len(lives) else []
        times += [t for t, _ in logged[number]] if number < len(logged) else []
        starts.append(begun_s - min(times))
        ends.append(round(begun_s + max(times) - min(times), 2))
        offs.append(TraceSpan("off", ends[-1], ends[-1] + OFF_S, "the appliance had no power"))
        begun_s = ends[-1] + OFF_S
    points = [TracePoint(round(t + starts[n], 2), _rounded(s.volts)) for n, life in enumerate(lives) for t, s in life]
    timed = [(round(t + starts[n], 2), one, ends[n]) for n, life in enumerate(logged) for t, one in life]
    spans = (*_phases(timed), *_holds(timed), *offs[:-1])
    return Trace(_thinned(points), tuple(span for span in spans if span.to_s > span.from_s), _marks(timed))


def _rounded(volts: float | None) -> float | None:
    return None if volts is None else round(volts, 3)


def _lives(timed: list[tuple[float, T]]) -> list[list[tuple[float, T]]]:
    """Cut where the clock steps back."""
    if not timed:
        return []
    cuts = [index for index, (one, next_one) in enumerate(pairwise(timed), 1) if next_one[0] < one[0] - 1.0]
    return [timed[a:b] for a, b in pairwise([0, *cuts, len(timed)])]


def _phases(timed: Sequence[tuple[float, Logged, float]]) -> list[TraceSpan]:
    entered = [(at_s, one.event.phase, end_s) for at_s, one, end_s in timed if isinstance(one.event, PhaseEntered)]
    last_s = timed[-1][0] if timed else 0.0
    spans: list[TraceSpan] = []
    for (at_s, phase, end_s), after in zip(entered, [*entered, (last_s, Phase.READY, 0.0)][1:], strict=True):
        if spans and spans[-1].text == phase.value and abs(spans[-1].to_s - at_s) < 0.01:
            spans[-1] = TraceSpan("phase", spans[-1].from_s, min(after[0], end_s), phase.value)
        else:
            spans.append(TraceSpan("phase", at_s, min(after[0], end_s), phase.value))
    return spans


def _holds(timed: Sequence[tuple[float, Logged, float]]) -> list[TraceSpan]:
    spans: list[TraceSpan] = []
    since: tuple[float, str, float] | None = None
    for at_s, one, end_s in timed:
        match one.event:
            case HeldBegan(reason=reason):
                since = (at_s, reason, end_s)
            case HeldEnded() if since is not None:
                spans.append(TraceSpan("hold", since[0], at_s, since[1]))
                since = None
            case _:
                pass
    if since is not None:
        spans.append(TraceSpan("hold", since[0], since[2], since[1]))
    return spans


def _marks(timed: Sequence[tuple[float, Logged, float]]) -> tuple[TraceMark, ...]:
    said = [(at_s, one.event) for at_s, one, _ in timed if isinstance(one.event, Forecast)]
    return tuple(
        TraceMark(at_s, f"{one.step}: {one.reason}", one.allowed, _rounded(one.predicted_v), round(one.for_s, 1))
        for at_s, one in said
    )


def _thinned(points: list[TracePoint]) -> tuple[TracePoint, ...]:
    """At most about `POINTS`, with extremes and gaps: no sag and no surge may fall between two drawn points."""
    if len(points) <= POINTS:
        return tuple(points)
    every = -(-2 * len(points) // POINTS)
    groups = (points[index : index + every] for index in range(0, len(points), every))
    return tuple(point for group in groups for point in _telling(group))


def _telling(group: list[TracePoint]) -> list[TracePoint]:
    """The lowest and the highest of a group, and a missing reading if there is one, in order of time."""
    read = [(point.volts, index) for index, point in enumerate(group) if point.volts is not None]
    kept = {min(read)[1], max(read)[1]} if read else set()
    kept.update([index for index, point in enumerate(group) if point.volts is None][:1])
    return [group[index] for index in sorted(kept)]
