"""The supply of the last minutes and of the next ones: the status in, geometry of an inline SVG out.  Pure.

Left of `now` what was read, right of it what the forecast expects: a dashed line with one standard deviation to either
side.  Limits are dashed lines with their words; times in which nothing could be begun are shaded.

The scale spans whole tenths of a volt and never less than `LEAST_SPAN_V`, so that millivolts of noise look like noise
and a creeping supply looks like what it is.  The hold limit is always in view, the others when the supply comes near.
A missing reading is a gap in the line, not a bridge across it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TypeGuard

from appliance.events import LimitsSet
from appliance.page.words import duration, volts
from appliance.status import SupplyNow, SupplyPoint

WIDTH = 306  # of the plot; a phone shows it about as wide
HEIGHT = 140
LEAST_SPAN_V = 0.6
LEAST_PAST_S = 60.0
AHEAD = 0.6  # of the time behind is shown ahead
NEAR_V = 0.4  # a limit is drawn when the supply is this near
ROOM_V = 0.15  # below the hold limit, for its words
BEYOND_V = 0.3  # the forecast moves the scale by no more than this
_LEVEL = 5  # newest readings whose median the forecast goes on from
_TENTH_V = 0.1
_STEPS_V = (0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
_MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal line with its words, which stand at `text_y`."""

    y: float
    text: str
    text_y: float


@dataclass(frozen=True, slots=True)
class Shade:
    """A time in which nothing could be begun."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Ahead:
    """What the forecast expects, as SVG path data.

    Attributes:
        path: The expected supply.
        band: The area one standard deviation to either side.
        crossing: Where it reaches the limit; empty: not in view.
        for_s: Seconds shown ahead.
    """

    path: str
    band: str
    crossing: str
    for_s: float


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws; all places are in a plot of `WIDTH` × `HEIGHT`.

    Attributes:
        path: SVG path data of the trace; a new subpath after each gap.
        dot: The newest point, a path of no length: its round cap is the dot. Empty when it is a gap.
        now_x: Where the present is.
        ahead: None while there is no forecast.
        span_s: Seconds from the oldest to the newest point.
        label: The picture in words.
    """

    path: str
    dot: str
    now_x: float
    ahead: Ahead | None
    grid: tuple[Line, ...]
    limits: tuple[Line, ...]
    held: tuple[Shade, ...]
    lowest_v: float
    highest_v: float
    span_s: float
    label: str


@dataclass(frozen=True, slots=True)
class _Limit:
    at_v: float
    text: str
    upper: bool


@dataclass(frozen=True, slots=True)
class _Frame:
    begin_s: float
    end_s: float
    bottom_v: float
    top_v: float

    def x(self, at_s: float) -> float:
        return WIDTH * (at_s - self.begin_s) / (self.end_s - self.begin_s)

    def y(self, at_v: float) -> float:
        return HEIGHT * (self.top_v - at_v) / (self.top_v - self.bottom_v)

    def place(self, at_s: float, at_v: float) -> str:
        return f"{self.x(at_s):.1f} {self.y(at_v):.1f}"


def chart(supply: SupplyNow, limits: LimitsSet | None) -> Chart | None:
    """The chart of this supply; None when fewer than two readings are known."""
    history = supply.history
    read = [point.volts for point in history if _is_number(point.volts)]
    if len(read) < 2:
        return None
    now_s, lowest_v, highest_v = history[-1].at_s, min(read), max(read)
    span_s = max(0.0, now_s - history[0].at_s)
    past_s = max(span_s, LEAST_PAST_S)
    slope = _slope(supply)
    ahead_s = AHEAD * past_s if slope else 0.0
    drawn = _limits(limits, lowest_v, highest_v)
    level_v = median(read[-_LEVEL:])
    end_v = level_v + slope[0] * ahead_s if slope else level_v
    frame = _Frame(now_s - past_s, now_s + ahead_s, *_scale(lowest_v, highest_v, drawn, end_v))
    newest = history[-1]
    return Chart(
        path=_trace(history, frame),
        dot=f"M{frame.place(now_s, newest.volts)}h0" if _is_number(newest.volts) else "",
        now_x=round(frame.x(now_s), 1),
        ahead=_ahead(supply, frame, now_s, level_v, slope) if slope else None,
        grid=_grid(frame),
        limits=tuple(_line(limit, frame) for limit in drawn),
        held=_held(history, frame),
        lowest_v=lowest_v,
        highest_v=highest_v,
        span_s=span_s,
        label=_label(span_s, lowest_v, highest_v, drawn),
    )


def _is_number(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _slope(supply: SupplyNow) -> tuple[float, float] | None:
    """Slope and its error in volts a second; None while there is no forecast, or no reading to go on from."""
    slope, error = supply.slope_v_per_min, supply.slope_error_v_per_min
    if not (_is_number(slope) and _is_number(error) and _is_number(supply.history[-1].volts)):
        return None
    return slope / 60, abs(error) / 60


def _limits(limits: LimitsSet | None, lowest_v: float, highest_v: float) -> list[_Limit]:
    if limits is None:
        return []
    drawn = [_Limit(limits.hold_v, f"holds below {volts(limits.hold_v)}", False)]
    if lowest_v <= limits.hold_now_v + NEAR_V:
        drawn.append(_Limit(limits.hold_now_v, f"at once below {volts(limits.hold_now_v)}", False))
    if highest_v >= limits.upper_warn_v - NEAR_V:
        drawn.append(_Limit(limits.upper_warn_v, f"holds above {volts(limits.upper_warn_v)}", True))
    if highest_v >= limits.upper_stop_v - NEAR_V:
        drawn.append(_Limit(limits.upper_stop_v, f"at once above {volts(limits.upper_stop_v)}", True))
    return [limit for limit in drawn if math.isfinite(limit.at_v)]


def _scale(lowest_v: float, highest_v: float, drawn: list[_Limit], end_v: float) -> tuple[float, float]:
    """Bottom and top, in whole tenths of a volt."""
    low_v = min([lowest_v, *(limit.at_v - ROOM_V for limit in drawn if not limit.upper)])
    high_v = max([highest_v, *(limit.at_v + (ROOM_V if limit.upper else _TENTH_V) for limit in drawn)])
    low_v, high_v = min(low_v, max(end_v, low_v - BEYOND_V)), max(high_v, min(end_v, high_v + BEYOND_V))
    middle_v, half_v = (low_v + high_v) / 2, max(high_v - low_v, LEAST_SPAN_V) / 2
    bottom = math.floor(round((middle_v - half_v) / _TENTH_V, 6))
    top = math.ceil(round((middle_v + half_v) / _TENTH_V, 6))
    return round(bottom * _TENTH_V, 1), round(top * _TENTH_V, 1)


def _trace(history: tuple[SupplyPoint, ...], frame: _Frame) -> str:
    pieces: list[str] = []
    pen = "M"
    for point in history:
        if not _is_number(point.volts):
            pen = "M"
            continue
        pieces.append(pen + frame.place(point.at_s, point.volts))
        pen = "L"
    return "".join(pieces)


def _ahead(supply: SupplyNow, frame: _Frame, now_s: float, level_v: float, slope: tuple[float, float]) -> Ahead:
    v_per_s, error = slope
    end_s = frame.end_s
    for_s = end_s - now_s
    begin, end_v = frame.place(now_s, level_v), level_v + v_per_s * for_s
    upper, lower = (frame.place(end_s, end_v + sign * error * for_s) for sign in (1, -1))
    in_s, limit_v = supply.limit_in_s, supply.limit_v
    seen = _is_number(in_s) and _is_number(limit_v) and 0 < in_s <= for_s
    crossing = f"M{frame.place(now_s + in_s, limit_v)}h0" if seen and in_s and limit_v else ""
    return Ahead(f"M{begin}L{frame.place(end_s, end_v)}", f"M{begin}L{upper}L{lower}Z", crossing, for_s)


def _grid(frame: _Frame) -> tuple[Line, ...]:
    span_v = frame.top_v - frame.bottom_v
    step_v = next((step for step in _STEPS_V if span_v / step <= _MOST_LINES - 1), _STEPS_V[-1])
    first, last = math.ceil(round(frame.bottom_v / step_v, 6)), math.floor(round(frame.top_v / step_v, 6))
    levels_v = [number * step_v for number in range(first, min(last, first + 20) + 1)]
    return tuple(
        Line(round(y, 1), f"{at_v:.1f} V", round(min(max(y + 4, 9), HEIGHT - 1), 1))
        for at_v in levels_v
        for y in [frame.y(at_v)]
    )


def _line(limit: _Limit, frame: _Frame) -> Line:
    """Its words stand outside of what is fit, where the trace seldom is."""
    y = frame.y(limit.at_v)
    return Line(round(y, 1), limit.text, round(max(y - 4, 10) if limit.upper else min(y + 12, HEIGHT - 3), 1))


def _held(history: tuple[SupplyPoint, ...], frame: _Frame) -> tuple[Shade, ...]:
    """Neighbouring points become one shade; each lasts until the next point."""
    shades: list[Shade] = []
    for point, after in zip(history, [*history[1:], history[-1]], strict=True):
        if not point.held:
            continue
        x, end_x = frame.x(point.at_s), frame.x(after.at_s)
        if shades and abs(shades[-1].x + shades[-1].width - x) < 0.05:
            x = shades.pop().x
        shades.append(Shade(x, end_x - x))
    return tuple(Shade(round(one.x, 1), round(max(1.0, one.width), 1)) for one in shades)


def _label(span_s: float, lowest_v: float, highest_v: float, drawn: list[_Limit]) -> str:
    seen = f"Supply over the last {duration(span_s)}: lowest {volts(lowest_v)}, highest {volts(highest_v)}"
    return "; ".join([seen, *(limit.text for limit in drawn)])
