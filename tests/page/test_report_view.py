"""A report shows whatever is in it, and never fails for what is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.page.report_view import view
from tests.page.states import REPORT, RUN, VIN

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(REPORT)), inner, max_size=4),
    max_leaves=15,
)


def test_a_whole_report_is_read() -> None:
    report = view(RUN, REPORT)
    assert (report.vin, report.claim.labour_operation, report.claim.fru) == (VIN, "00 64 979", "8")


def test_the_month_of_production_is_a_month() -> None:
    assert ("Produced", "2014-11") in view(RUN, REPORT).vehicle


def test_extremes_of_the_supply_have_two_decimals() -> None:
    assert (view(RUN, REPORT).supply.min_v, view(RUN, REPORT).supply.max_v) == ("12.93 V", "13.71 V")


def test_an_object_in_a_list_becomes_one_line_with_units() -> None:
    assert view(RUN, REPORT).supply.holds == ("began 384 s · held 96.5 s · 12.93 V is below 13.00 V",)


@pytest.mark.parametrize(("held_s", "lasted"), [(96.5, "held for 1 min 40 s"), (None, "held until it was cut off")])
def test_a_hold_is_a_sentence(held_s: float | None, lasted: str) -> None:
    hold = {"step": "erase", "reason": "12.93 V is below 13.00 V", "volts": 12.93, "limit_v": 13.0, "held_s": held_s}
    (line,) = view(RUN, {"supply": {"holds": [hold]}}).supply.holds
    assert line == f"Before erase: 12.93 V is below 13.00 V; {lasted}."


def test_a_forecast_is_a_sentence() -> None:
    said = {"step": "start", "allowed": False, "criterion": "plan", "reason": "it falls", "predicted_v": 12.2}
    assert view(RUN, {"supply": {"forecasts": [said]}}).supply.forecasts == ("Start: no. It falls.",)


def test_a_line_that_is_already_text_stays_so() -> None:
    assert view(RUN, {"supply": {"holds": ["held 96 s at 12.93 V"]}}).supply.holds == ("held 96 s at 12.93 V",)


@pytest.mark.parametrize("missing", sorted(REPORT))
def test_any_key_may_be_missing(missing: str) -> None:
    view(RUN, {key: value for key, value in REPORT.items() if key != missing})


def test_an_empty_report_is_empty() -> None:
    report = view(RUN, {})
    assert (report.verdict, report.vehicle, report.units, report.signed) == ("", (), (), False)


@given(st.dictionaries(st.sampled_from(sorted(REPORT)), JSON, max_size=8))
def test_no_shape_makes_it_fail(plain: dict[str, Any]) -> None:
    view(RUN, plain)
