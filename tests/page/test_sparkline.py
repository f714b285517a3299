"""The supply's line: an honest scale, and gaps where nothing was read."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from appliance.page.sparkline import HEIGHT, LEAST_SPAN_V, WIDTH, sparkline
from appliance.status import SupplyPoint


def points(*volts: float | None) -> tuple[SupplyPoint, ...]:
    return tuple(SupplyPoint(float(second), value) for second, value in enumerate(volts))


def test_one_reading_is_no_line() -> None:
    assert sparkline(points(None, 13.5, None)) is None


def test_a_missing_reading_is_a_gap() -> None:
    line = sparkline(points(13.5, 13.5, None, 13.5, 13.5))
    assert line is not None
    assert line.path.count("M") == 2


def test_there_is_no_newest_dot_without_a_newest_reading() -> None:
    line = sparkline(points(13.5, 13.5, None))
    assert line is not None
    assert line.dot == ""


def test_a_constant_supply_gets_a_scale_that_does_not_magnify_it() -> None:
    line = sparkline(points(13.5, 13.5, 13.5))
    assert line is not None
    assert line.top_v - line.bottom_v >= LEAST_SPAN_V


def test_points_at_one_instant_do_not_divide_by_nothing() -> None:
    assert sparkline((SupplyPoint(4.0, 13.5), SupplyPoint(4.0, 13.6))) is not None


@given(
    st.lists(
        st.one_of(st.none(), st.just(math.nan), st.floats(0.0, 32.0)),
        max_size=60,
    )
)
def test_everything_drawn_is_inside_the_picture(volts: list[float | None]) -> None:
    line = sparkline(points(*volts))
    if line is None:
        return
    places = [piece.split() for piece in line.path.replace("M", "L").split("L") if piece]
    assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT for x, y in places)
