"""The trace of a report is drawn when it can be, and its absence hurts nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.page.report_trace import picture
from tests.page.states import REPORT

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["at_s", "volts"]), inner, max_size=2),
    max_leaves=10,
)


def with_supply(**changes: object) -> dict[str, object]:
    supply = REPORT["supply"]
    assert isinstance(supply, dict)
    return {"supply": {**supply, **changes}}


def test_a_trace_is_drawn_with_holds_limit_and_forecasts() -> None:
    svg = picture(REPORT)
    assert all(part in svg for part in ('class="held"', "hold limit 13.00 V", 'class="mark yes"', 'class="expected"'))


@pytest.mark.parametrize("plain", [{}, {"supply": None}, {"supply": []}, {"supply": {"trace": [{"at_s": 1}]}}])
def test_without_a_trace_there_is_no_picture(plain: dict[str, object]) -> None:
    assert picture(plain) == ""


def test_a_report_of_an_older_version_is_drawn_without_marks() -> None:
    assert 'class="mark' not in picture(with_supply(marks=()))


@pytest.mark.parametrize("at_s", [-1.0, 1e30, float("nan"), float("inf"), 10**400])
def test_a_time_that_cannot_be_is_not_drawn(at_s: float) -> None:
    assert picture(with_supply(trace=[{"at_s": at_s, "volts": 13.0}, {"at_s": 1.0, "volts": 13.0}])) == ""


@pytest.mark.parametrize("volts", [1e300, float("nan"), float("-inf")])
def test_a_voltage_that_cannot_be_is_not_drawn(volts: float) -> None:
    assert picture(with_supply(trace=[{"at_s": 0.0, "volts": volts}, {"at_s": 1.0, "volts": 13.0}])) == ""


def test_words_in_a_report_are_text_and_never_markup() -> None:
    spans = [{"kind": kind, "from_s": 0.0, "to_s": 400.0, "text": "<script>"} for kind in ("hold", "phase", '"><b>')]
    marks = [{"at_s": 1.0, "text": "<script>", "allowed": False, "predicted_v": 12.0, "for_s": 60.0}]
    svg = picture(with_supply(spans=spans, marks=marks))
    assert svg
    assert "<script" not in svg
    assert "<b>" not in svg


@given(st.dictionaries(st.sampled_from(["trace", "spans", "marks", "hold_limit_v", "upper_limit_v"]), JSON, max_size=5))
def test_no_shape_makes_it_fail(supply: dict[str, Any]) -> None:
    picture({"supply": supply})
    picture(with_supply(**supply))
