"""The voltage trace as a picture: inline SVG, for a sheet of paper or a page.

Printable in black and white: nothing is told by colour alone.  The trace is solid, limits are dashed, holds hatched, a
power cut grey; below them the phases.  What the forecast said is numbered as in the list beside it: a hollow triangle
where it said yes, a filled one where it said no, and from there a dotted line to what it expected.  The axis goes on
for such a line, but never makes the run itself smaller than half of the picture.

Attributes only, no style: a page that forbids inline style shows it too, and may repaint it by class.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.engine.foresight import NOT_SETTLED
from appliance.engine.trace import Trace, TraceMark, TracePoint, TraceSpan

WIDTH = 760  # of a sheet of paper; a phone wants about half
HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 250, 46, 6, 22, 40
FLOOR = HEIGHT - BOTTOM
NEAR_V = 0.5  # an upper limit is drawn when the trace came this near
BELOW_V = 0.3  # an expected voltage is drawn this far below everything else, not further
STEPS_S = (5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
MOST_TICKS = 6
SHORTEST_S = 1.0  # a look ahead that is shorter has no line

_HOLD, _UPPER = "hold limit", "upper limit"
_HATCH = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path d="M0 0V6" stroke="#b36b00" stroke-width="2"/></pattern></defs>'
)
_HALO = 'class="over" stroke="#fff" stroke-width="3" paint-order="stroke"'  # words that lie across lines


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a moment and a voltage are in the picture."""

    width: int
    length_s: float
    low_v: float
    high_v: float

    @property
    def right(self) -> int:
        return self.width - RIGHT

    def x(self, at_s: float) -> float:
        return LEFT + (self.right - LEFT) * at_s / self.length_s

    def y(self, at_v: float) -> float:
        return TOP + (FLOOR - TOP) * (self.high_v - at_v) / (self.high_v - self.low_v)


def render_svg(trace: Trace, hold_v: float | None, upper_v: float | None, width: int = WIDTH) -> str:
    """The trace as inline SVG.

    Args:
        hold_v: The hold limit; None: the run had none yet.
        upper_v: The upper limit, drawn when the trace came near; None as above.
        width: In units of about a pixel; the text has 11 of them.
    """
    lines = _limits(trace.points, hold_v, upper_v)
    frame = _frame(trace, [at_v for _, at_v in lines], width)
    head = (
        f'<svg viewBox="0 0 {width} {HEIGHT}" role="img" '
        f'aria-label="{_label(trace, lines)}" font-family="system-ui, sans-serif" font-size="11">'
    )
    parts = [head, _HATCH]
    parts += [_span(span, frame) for span in trace.spans if span.kind != "phase"]
    parts += [_volts(at_v, frame) for at_v in (frame.low_v, (frame.low_v + frame.high_v) / 2, frame.high_v)]
    parts += [_limit(at_v, frame) for _, at_v in lines]
    parts.append(
        f'<path class="volts" d="{_line(trace.points, frame)}" fill="none" stroke="#0b57a4" stroke-width="1.6"/>'
    )
    parts += [_limit_words(name, at_v, frame) for name, at_v in lines]
    parts += _expectations(trace, frame)
    parts += _marks(trace.marks, frame)
    parts += [_phase(span, frame) for span in trace.spans if span.kind == "phase"]
    return "".join([*parts, *_times(frame), "</svg>"])


def _limits(points: Sequence[TracePoint], hold_v: float | None, upper_v: float | None) -> list[tuple[str, float]]:
    highest_v = max((point.volts for point in points if point.volts is not None), default=0.0)
    lines = [] if hold_v is None else [(_HOLD, hold_v)]
    return [*lines, (_UPPER, upper_v)] if upper_v is not None and highest_v >= upper_v - NEAR_V else lines


def _frame(trace: Trace, limits_v: Sequence[float], width: int) -> _Frame:
    run_s = max(trace.length_s, 1.0)
    ends_s = [mark.at_s + mark.for_s for mark in trace.marks if _is_drawn(mark)]
    length_s = min(max([run_s, *ends_s]), 2 * run_s)
    shown_v = [*limits_v, *(point.volts for point in trace.points if point.volts is not None)] or [12.0, 14.0]
    low_v, high_v = min(shown_v), max(shown_v)
    expected_v = [max(mark.predicted_v, low_v - BELOW_V) for mark in trace.marks if mark.predicted_v is not None]
    return _Frame(width, length_s, min([low_v, *expected_v]) - 0.2, max([high_v, *expected_v]) + 0.2)


def _label(trace: Trace, lines: Sequence[tuple[str, float]]) -> str:
    read = [point.volts for point in trace.points if point.volts is not None]
    seen = f"lowest {min(read):.2f} V, highest {max(read):.2f} V" if read else "no reading"
    holds = sum(1 for span in trace.spans if span.kind == "hold")
    return ", ".join([f"Voltage over the run: {seen}", *(f"{n} {v:.2f} V" for n, v in lines), f"holds: {holds}"])


def _line(points: Sequence[TracePoint], frame: _Frame) -> str:
    pieces, pen = [], "M"
    for point in points:
        if point.volts is None:
            pen = "M"
            continue
        pieces.append(f"{pen}{frame.x(point.at_s):.1f} {frame.y(point.volts):.1f}")
        pen = "L"
    return "".join(pieces)


def _limit(at_v: float, frame: _Frame) -> str:
    path = f"M{LEFT} {frame.y(at_v):.1f}H{frame.right}"
    return f'<path class="limit" d="{path}" stroke="#a11" stroke-dasharray="5 3" fill="none"/>'


def _limit_words(name: str, at_v: float, frame: _Frame) -> str:
    """They stand outside of what is fit, where the trace seldom is."""
    y = frame.y(at_v) - 4 if name == _UPPER else frame.y(at_v) + 12
    return f'<text x="{LEFT + 4}" y="{y:.1f}" fill="#a11" {_HALO}>{name} {at_v:.2f} V</text>'


def _span(span: TraceSpan, frame: _Frame) -> str:
    fill = "url(#hatch)" if span.kind == "hold" else "#ddd"
    x, width = frame.x(span.from_s), max(1.0, frame.x(span.to_s) - frame.x(span.from_s))
    return (
        f'<rect class="{"held" if span.kind == "hold" else "off"}" x="{x:.1f}" y="{TOP}" width="{width:.1f}" '
        f'height="{FLOOR - TOP}" fill="{fill}" opacity="0.55"><title>{_plain(span.text)}</title></rect>'
    )


def _phase(span: TraceSpan, frame: _Frame) -> str:
    x, width = frame.x(span.from_s), max(0.5, frame.x(span.to_s) - frame.x(span.from_s))
    name = _plain(span.text)
    text = f'<text x="{x + 3:.1f}" y="{FLOOR + 16}">{name}</text>' if width > 7 * len(span.text) + 4 else ""
    return (
        f'<rect class="phase" x="{x:.1f}" y="{FLOOR + 4}" width="{width:.1f}" height="16" fill="#eef" stroke="#99b">'
        f"<title>{name}</title></rect>{text}"
    )


def _is_drawn(mark: TraceMark) -> bool:
    return not mark.allowed and mark.predicted_v is not None and mark.for_s >= SHORTEST_S


def _expectations(trace: Trace, frame: _Frame) -> list[str]:
    """A dotted line with its number for each no; only the first says it in words: more would cover each other."""
    drawn = [(number, mark) for number, mark in enumerate(trace.marks, 1) if _is_drawn(mark)]
    parts = []
    for place, (number, mark) in enumerate(drawn):
        words = f": {mark.predicted_v:.2f} V in {_duration(mark.for_s)}" if place == 0 else ""
        parts.append(_expected(mark, f"{number}{words}", trace.points, frame))
    return parts


def _expected(mark: TraceMark, words: str, points: Sequence[TracePoint], frame: _Frame) -> str:
    """From where the supply was to where it was expected, as far as the picture goes."""
    begin_v = _volts_at(points, mark.at_s)
    if mark.predicted_v is None or begin_v is None or not _is_drawn(mark):
        return ""
    share = min(1.0, (frame.length_s - mark.at_s) / mark.for_s)
    if mark.predicted_v < frame.low_v < begin_v:
        share = min(share, (begin_v - frame.low_v) / (begin_v - mark.predicted_v))
    x, y = frame.x(mark.at_s + share * mark.for_s), frame.y(begin_v + share * (mark.predicted_v - begin_v))
    anchor = "end" if x > frame.width / 2 else "start"
    return (
        f'<path class="expected" d="M{frame.x(mark.at_s):.1f} {frame.y(begin_v):.1f}L{x:.1f} {y:.1f}" fill="none" '
        f'stroke="#333" stroke-width="1.6" stroke-dasharray="1.5 4" stroke-linecap="round">'
        f"<title>{_plain(mark.text)}</title></path>"
        f'<text x="{x:.1f}" y="{min(y + 14, FLOOR - 3):.1f}" text-anchor="{anchor}" {_HALO}>{words}</text>'
    )


def _volts_at(points: Iterable[TracePoint], at_s: float) -> float | None:
    """The last reading up to that moment; None: there was none."""
    seen: float | None = None
    for point in points:
        if point.at_s > at_s:
            break
        seen = point.volts if point.volts is not None else seen
    return seen


def _marks(marks: Sequence[TraceMark], frame: _Frame) -> list[str]:
    """A numbered triangle for each; a number that would cover the one before is left out."""
    parts, free_x = [], 0.0
    for number, mark in enumerate(marks, 1):
        x = frame.x(mark.at_s)
        fill = "none" if mark.allowed else "#333"
        said = "yes" if mark.allowed else "no" if mark.predicted_v is not None else NOT_SETTLED
        parts.append(
            f'<path class="mark {"yes" if mark.allowed else "no"}" d="M{x - 4:.1f} {TOP - 7}h8l-4 7z" fill="{fill}" '
            f'stroke="#333"><title>{number}. {said}: {_plain(mark.text)}</title></path>'
        )
        if x >= free_x:
            parts.append(f'<text x="{x:.1f}" y="{TOP - 10}" text-anchor="middle">{number}</text>')
            free_x = x + 16
    return parts


def _volts(at_v: float, frame: _Frame) -> str:
    return f'<text x="{LEFT - 4}" y="{frame.y(at_v) + 4:.1f}" text-anchor="end">{at_v:.1f} V</text>'


def _times(frame: _Frame) -> list[str]:
    """Round times along the axis, as many as there is room for."""
    most = max(2, min(MOST_TICKS, (frame.right - LEFT) // 70))
    step_s = next((step for step in STEPS_S if frame.length_s / step <= most), STEPS_S[-1])
    ticks = [number * step_s for number in range(int(min(frame.length_s / step_s, 2 * MOST_TICKS)) + 1)]
    anchors = ["start" if tick == 0 else "end" if frame.x(tick) > frame.right - 12 else "middle" for tick in ticks]
    return [
        f'<path class="tick" d="M{frame.x(tick):.1f} {FLOOR}v4" stroke="#555"/>'
        f'<text x="{frame.x(tick):.1f}" y="{HEIGHT - 5}" text-anchor="{anchor}">{_duration(tick) if tick else 0}</text>'
        for tick, anchor in zip(ticks, anchors, strict=True)
    ]


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:g} h"


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
