"""The voltage trace of a run: what the supply did, and what was done meanwhile, on one line of time.

A run may have several lives, each with a monotonic clock of its own.  A clock that steps back begins a new life; the
lives are put one after the other with a gap, because how long the appliance was off is not known.  Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from appliance.engine.journal import Logged, Sample
from appliance.events import HeldBegan, HeldEnded, Phase, PhaseEntered

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
class Trace:
    """Points and spans on one line of time, which begins with the run."""

    points: tuple[TracePoint, ...] = ()
    spans: tuple[TraceSpan, ...] = ()

    @property
    def length_s(self) -> float:
        """How long the run was, without what a power cut really took."""
        ends = [point.at_s for point in self.points] + [span.to_s for span in self.spans]
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
    return Trace(_thinned(points), tuple(span for span in spans if span.to_s > span.from_s))


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


def _thinned(points: list[TracePoint]) -> tuple[TracePoint, ...]:
    """At most about `POINTS`, keeping the lowest of each group: a sag must not fall between two drawn points."""
    every = -(-len(points) // POINTS)
    if every <= 1:
        return tuple(points)
    groups = (points[index : index + every] for index in range(0, len(points), every))
    return tuple(min(group, key=lambda point: -1.0 if point.volts is None else point.volts) for group in groups)


WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 760, 240, 46, 40, 8


_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
    'aria-label="Voltage over the run" font-family="system-ui, sans-serif" font-size="11">'
    '<defs><pattern id="h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path d="M0 0V6" stroke="#b36b00" stroke-width="2"/></pattern></defs>'
)


def render_svg(trace: Trace, limits: Sequence[tuple[str, float]], marks: Sequence[tuple[float, str]] = ()) -> str:
    """The trace as inline SVG, printable in black and white: holds are hatched, limits dashed and named.

    Args:
        limits: Name and volts of lines to draw.
        marks: Moments to point at, and what happened there.
    """
    volts = [point.volts for point in trace.points if point.volts is not None]
    low_v = min([*volts, *(v for _, v in limits)], default=12.0) - 0.2
    high_v = max([*volts, *(v for _, v in limits)], default=14.0) + 0.2
    length_s = max(trace.length_s, 1.0)

    def x(at_s: float) -> float:
        return LEFT + (WIDTH - LEFT - 4) * at_s / length_s

    def y(at_v: float) -> float:
        return TOP + (HEIGHT - BOTTOM - TOP) * (high_v - at_v) / (high_v - low_v)

    parts = [_HEAD]
    parts += [_span(span, x) for span in trace.spans if span.kind != "phase"]
    for name, at_v in limits:
        parts.append(f'<path d="M{LEFT} {y(at_v):.1f}H{WIDTH - 4}" stroke="#a11" stroke-dasharray="5 3" fill="none"/>')
        label = f"{name} {at_v:g} V"
        parts.append(f'<text x="{WIDTH - 6}" y="{y(at_v) - 3:.1f}" text-anchor="end" fill="#a11">{label}</text>')
    parts.append(f'<path d="{_line(trace.points, x, y)}" fill="none" stroke="#0b57a4" stroke-width="1.6"/>')
    parts += [
        f'<path d="M{x(at_s):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#555"/>'
        f'<text x="{x(at_s) + 3:.1f}" y="{TOP + 10}">{text}</text>'
        for at_s, text in marks
    ]
    parts += [_phase(span, x) for span in trace.spans if span.kind == "phase"]
    for at_v in (low_v, (low_v + high_v) / 2, high_v):
        parts.append(f'<text x="{LEFT - 4}" y="{y(at_v) + 4:.1f}" text-anchor="end">{at_v:.1f} V</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 4}">0</text>')
    parts.append(f'<text x="{WIDTH - 4}" y="{HEIGHT - 4}" text-anchor="end">{length_s:.0f} s</text></svg>')
    return "".join(parts)


def _line(points: Sequence[TracePoint], x: Callable[[float], float], y: Callable[[float], float]) -> str:
    pieces, pen = [], "M"
    for point in points:
        if point.volts is None:
            pen = "M"
            continue
        pieces.append(f"{pen}{x(point.at_s):.1f} {y(point.volts):.1f}")
        pen = "L"
    return "".join(pieces)


def _span(span: TraceSpan, x: Callable[[float], float]) -> str:
    fill = "url(#h)" if span.kind == "hold" else "#ddd"
    width = max(1.0, x(span.to_s) - x(span.from_s))
    return (
        f'<rect x="{x(span.from_s):.1f}" y="{TOP}" width="{width:.1f}" height="{HEIGHT - BOTTOM - TOP}" '
        f'fill="{fill}" opacity="0.55"><title>{_plain(span.text)}</title></rect>'
    )


def _phase(span: TraceSpan, x: Callable[[float], float]) -> str:
    from_x, width = x(span.from_s), max(0.5, x(span.to_s) - x(span.from_s))
    name = span.text if width > 7 * len(span.text) else ""
    return (
        f'<rect x="{from_x:.1f}" y="{HEIGHT - BOTTOM + 4}" width="{width:.1f}" height="16" fill="#eef" stroke="#99b"/>'
        f'<text x="{from_x + 3:.1f}" y="{HEIGHT - BOTTOM + 16}">{name}</text>'
    )


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
