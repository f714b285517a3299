"""The voltage trace in a report's JSON, drawn for a phone.

The page may be older or newer than the report: a trace this version cannot read is not drawn, and the numbers beside it
stay.  Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from appliance import values
from appliance.engine.trace import Trace, TraceMark, TracePoint, TraceSpan
from appliance.engine.trace_svg import render_svg

WIDTH = 340
_LONGEST_S = 1e7  # four months
_HIGHEST_V = 100.0
_MOST = 5000  # points, spans or marks; a run has about 600


@dataclass(frozen=True, slots=True)
class _Supply:
    """What is drawn of a report's `supply`; every key may be missing."""

    trace: tuple[TracePoint, ...] = ()
    spans: tuple[TraceSpan, ...] = ()
    marks: tuple[TraceMark, ...] = ()
    hold_limit_v: float | None = None
    upper_limit_v: float | None = None


def picture(plain: dict[str, object]) -> str:
    """The trace of a report as inline SVG, all text in it escaped; empty when there is none to draw."""
    try:
        supply = values.from_plain(plain.get("supply"), _Supply)
    except ValueError:
        return ""
    if sum(1 for point in supply.trace if point.volts is not None) < 2 or not _is_sane(supply):
        return ""
    trace = Trace(supply.trace, supply.spans, supply.marks)
    return render_svg(trace, supply.hold_limit_v, supply.upper_limit_v, WIDTH)


def _is_sane(supply: _Supply) -> bool:
    """Whether every number has a place in a picture."""
    parts = (supply.trace, supply.spans, supply.marks)
    times_s = [point.at_s for point in supply.trace]
    times_s += [at_s for span in supply.spans for at_s in (span.from_s, span.to_s)]
    times_s += [at_s for mark in supply.marks for at_s in (mark.at_s, mark.for_s)]
    readings_v = [supply.hold_limit_v, supply.upper_limit_v, *(point.volts for point in supply.trace)]
    return (
        all(len(part) <= _MOST for part in parts)
        and all(0 <= at_s <= _LONGEST_S for at_s in times_s)
        and all(abs(at_v) <= _HIGHEST_V for at_v in readings_v if at_v is not None)
        and all(math.isfinite(mark.predicted_v) for mark in supply.marks if mark.predicted_v is not None)
    )
