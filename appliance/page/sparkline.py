"""The supply of the last minutes as a line: points in, geometry of an inline SVG out.  Pure.

The scale spans whole tenths of a volt and never less than `LEAST_SPAN_V`, so that millivolts of noise look like
noise and a creeping supply looks like what it is.  A missing reading is a gap in the line, not a bridge across it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeGuard

from appliance.status import SupplyPoint

WIDTH = 600
HEIGHT = 120
LEAST_SPAN_V = 0.6
_TENTH_V = 0.1


@dataclass(frozen=True, slots=True)
class Sparkline:
    """What the template draws.

    Attributes:
        path: SVG path data; a new subpath after each gap.
        dot: SVG path data of the newest point, of no length: its round cap is the dot. Empty when it is a gap.
        top_v / bottom_v: The ends of the scale.
        lowest_v / highest_v: The extremes in view.
        span_s: Seconds from the oldest to the newest point.
    """

    path: str
    dot: str
    top_v: float
    bottom_v: float
    lowest_v: float
    highest_v: float
    span_s: float


def sparkline(history: tuple[SupplyPoint, ...]) -> Sparkline | None:
    """The line through `history`; None when fewer than two readings are in it."""
    read = [point.volts for point in history if _is_number(point.volts)]
    if len(read) < 2:
        return None
    lowest_v, highest_v = min(read), max(read)
    bottom_v, top_v = _scale(lowest_v, highest_v)
    begin_s, span_s = history[0].at_s, history[-1].at_s - history[0].at_s

    def place(point: SupplyPoint, volts: float) -> str:
        x = WIDTH * (point.at_s - begin_s) / span_s if span_s > 0 else WIDTH
        y = HEIGHT * (top_v - volts) / (top_v - bottom_v)
        return f"{x:.1f} {y:.1f}"

    pieces: list[str] = []
    pen = "M"
    for point in history:
        if not _is_number(point.volts):
            pen = "M"
            continue
        pieces.append(pen + place(point, point.volts))
        pen = "L"
    newest = history[-1]
    dot = f"M{place(newest, newest.volts)}h0" if _is_number(newest.volts) else ""
    return Sparkline("".join(pieces), dot, top_v, bottom_v, lowest_v, highest_v, span_s)


def _is_number(volts: float | None) -> TypeGuard[float]:
    return volts is not None and math.isfinite(volts)


def _scale(lowest_v: float, highest_v: float) -> tuple[float, float]:
    middle_v = (lowest_v + highest_v) / 2
    half_v = max(highest_v - lowest_v, LEAST_SPAN_V) / 2
    bottom = math.floor(round((middle_v - half_v) / _TENTH_V, 6))
    top = math.ceil(round((middle_v + half_v) / _TENTH_V, 6))
    return round(bottom * _TENTH_V, 1), round(top * _TENTH_V, 1)
