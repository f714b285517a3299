"""The supply's chart: an honest scale, gaps where nothing was read, and a future that looks like one."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.page.chart import AHEAD, HEIGHT, LEAST_PAST_S, WIDTH, Chart, chart
from appliance.status import SupplyNow, SupplyPoint
from tests.page.states import LIMITS


def supply(*volts: float | None, slope_v_per_min: float | None = None, error: float = 0.01) -> SupplyNow:
    history = tuple(SupplyPoint(float(second), value) for second, value in enumerate(volts))
    known = None if slope_v_per_min is None else error
    return SupplyNow(history=history, slope_v_per_min=slope_v_per_min, slope_error_v_per_min=known)


def drawn(now: SupplyNow) -> Chart:
    found = chart(now, LIMITS)
    assert found is not None
    return found


def places(path: str) -> list[tuple[float, float]]:
    pieces = [piece.split() for piece in path.replace("M", "L").replace("Z", "").split("L") if piece]
    return [(float(x), float(y)) for x, y in pieces]


def levels(found: Chart) -> list[float]:
    return [float(line.text.split()[0]) for line in found.grid]


def test_one_reading_is_no_chart() -> None:
    assert chart(supply(None, 13.5, None), LIMITS) is None


def test_a_missing_reading_is_a_gap() -> None:
    assert drawn(supply(13.5, 13.5, None, 13.5, 13.5)).path.count("M") == 2


def test_there_is_no_newest_dot_without_a_newest_reading() -> None:
    assert drawn(supply(13.5, 13.5, None)).dot == ""


def test_a_constant_supply_gets_a_scale_that_does_not_magnify_it() -> None:
    found = chart(supply(13.5, 13.5, 13.5), None)
    assert found is not None
    assert max(levels(found)) - min(levels(found)) >= 0.4


def test_points_at_one_instant_do_not_divide_by_nothing() -> None:
    assert chart(SupplyNow(history=(SupplyPoint(4.0, 13.5), SupplyPoint(4.0, 13.6))), LIMITS) is not None


def test_a_short_history_does_not_fill_the_picture() -> None:
    assert places(drawn(supply(13.5, 13.5)).path)[0][0] == pytest.approx(WIDTH * (1 - 1 / LEAST_PAST_S), abs=0.1)


def test_the_hold_limit_is_always_in_view() -> None:
    assert [line.text for line in drawn(supply(14.2, 14.2)).limits] == ["holds below 13.00 V"]


@pytest.mark.parametrize(
    ("volts", "words"),
    [(12.7, "at once below 12.55 V"), (14.6, "holds above 14.85 V"), (15.3, "at once above 15.55 V")],
)
def test_another_limit_comes_into_view_when_the_supply_comes_near(volts: float, words: str) -> None:
    assert words in [line.text for line in drawn(supply(13.6, volts)).limits]


def test_without_limits_there_is_still_a_chart() -> None:
    found = chart(supply(13.5, 13.5), None)
    assert found is not None
    assert found.limits == ()


def test_without_a_forecast_the_present_is_at_the_edge() -> None:
    found = drawn(supply(13.5, 13.5))
    assert (found.ahead, found.now_x) == (None, WIDTH)


def test_without_a_newest_reading_nothing_is_expected() -> None:
    assert drawn(supply(13.5, 13.5, None, slope_v_per_min=-0.05)).ahead is None


def test_what_is_expected_goes_on_from_the_newest_readings() -> None:
    found = drawn(supply(*[13.6] * 101, slope_v_per_min=-0.06))
    assert found.ahead is not None
    (begin_x, begin_y), (end_x, end_y) = places(found.ahead.path)
    assert (begin_x, begin_y) == places(found.dot.removesuffix("h0"))[0]
    assert (found.ahead.for_s, end_x) == (AHEAD * 100, WIDTH)
    assert end_y > begin_y


def test_the_band_is_as_wide_as_the_error_makes_it() -> None:
    found = drawn(supply(*[13.6] * 101, slope_v_per_min=0.0, error=0.1))
    assert found.ahead is not None
    _, (_, upper_y), (_, lower_y) = places(found.ahead.band)
    hold_y, level_y = found.limits[0].y, places(found.ahead.path)[0][1]
    v_per_px = 0.6 / (hold_y - level_y)  # from 13.6 V down to 13.0 V
    assert (lower_y - upper_y) * v_per_px == pytest.approx(2 * 0.1, rel=0.02)  # ± 0.1 V/min over one minute


def test_reaching_the_limit_is_marked_where_it_is_in_view() -> None:
    falling = supply(*[13.1] * 101, slope_v_per_min=-0.2)
    near = drawn(replace(falling, limit_v=13.0, limit_in_s=30.0)).ahead
    far = drawn(replace(falling, limit_v=13.0, limit_in_s=90.0)).ahead
    assert near is not None
    assert far is not None
    assert (near.crossing != "", far.crossing) == (True, "")


def test_a_hold_is_one_shade_from_its_first_point_to_the_point_after_it() -> None:
    now = supply(*[13.2] * 61)
    history = tuple(replace(point, held=20 <= point.at_s < 30 or point.at_s >= 55) for point in now.history)
    first, last = drawn(replace(now, history=history)).held
    assert first.x == pytest.approx(WIDTH * 20 / 60, abs=0.1)
    assert first.width == pytest.approx(WIDTH * 10 / 60, abs=0.2)
    assert last.x + last.width == pytest.approx(WIDTH, abs=0.2)


def test_the_picture_is_told_in_words_too() -> None:
    assert drawn(supply(13.5, 13.4)).label == (
        "Supply over the last 1 s: lowest 13.40 V, highest 13.50 V; holds below 13.00 V"
    )


def test_a_wild_forecast_does_not_squeeze_the_readings() -> None:
    found = drawn(supply(*[13.6] * 301, slope_v_per_min=-5.0))
    assert min(levels(found)) >= 12.4


@given(
    st.lists(st.one_of(st.none(), st.just(math.nan), st.floats(0.0, 32.0)), max_size=60),
    st.one_of(st.none(), st.just(math.nan), st.floats(-100, 100)),
    st.booleans(),
)
def test_every_reading_and_every_word_is_inside_the_picture(
    volts: list[float | None], slope_v_per_min: float | None, known: bool
) -> None:
    found = chart(supply(*volts, slope_v_per_min=slope_v_per_min), LIMITS if known else None)
    if found is None:
        return
    assert all(-0.1 <= x <= WIDTH + 0.1 and -0.1 <= y <= HEIGHT + 0.1 for x, y in places(found.path))
    assert all(0 <= line.text_y <= HEIGHT for line in (*found.grid, *found.limits))
    assert 2 <= len(found.grid) <= 12
