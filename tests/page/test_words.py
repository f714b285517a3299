"""Numbers and states as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.events import Phase, UnitState
from appliance.page import words
from appliance.status import SupplyNow


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (64.0, "1 min"),
        (266.0, "4 min 30 s"),
        (599.0, "10 min"),
        (860.0, "14 min"),
        (3600.0, "1 h 00 min"),
        (3900.0, "1 h 05 min"),
        (-3.0, "0 s"),
        (None, "unknown"),
        (math.inf, "unknown"),
    ],
)
def test_a_duration_is_as_coarse_as_it_is_long(seconds: float | None, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(("value", "text"), [(13.417, "13.42 V"), (None, "no reading"), (math.nan, "no reading")])
def test_no_reading_is_never_a_number(value: float | None, text: str) -> None:
    assert words.volts(value) == text


@given(total=st.integers(1, 10**8), left=st.integers(1, 10**8))
def test_100_percent_is_only_shown_when_all_is_done(total: int, left: int) -> None:
    assert words.percent(total - left, total) < 100


def test_nothing_of_nothing_is_0_percent() -> None:
    assert words.percent(0, 0) == 0


@pytest.mark.parametrize(("count", "text"), [(812, "812 B"), (340_000, "340 kB"), (1_890_000, "1.9 MB")])
def test_a_size_has_two_figures(count: int, text: str) -> None:
    assert words.size(count) == text


@pytest.mark.parametrize(
    ("supply", "text"),
    [
        (SupplyNow(13.6, "open", ""), "Gate open: the supply is fit."),
        (SupplyNow(12.9, "held", "12.93 V is below 13.00 V"), "Gate held: 12.93 V is below 13.00 V."),
        (SupplyNow(None, "stale", "no reading yet"), "Gate stale: no reading yet. No reading counts as a low reading."),
    ],
)
def test_the_gate_says_why_it_is_not_open(supply: SupplyNow, text: str) -> None:
    assert words.gate(supply) == text


def test_every_phase_has_a_look() -> None:
    assert set(words.PHASE_LOOKS) == set(Phase)


def test_no_two_phases_share_an_icon() -> None:
    assert len({look.icon for look in words.PHASE_LOOKS.values()}) == len(Phase)


def test_every_unit_state_has_a_look_and_a_word() -> None:
    assert set(words.UNIT_LOOKS) == set(words.UNIT_WORDS) == set(UnitState)


def test_a_verdict_of_a_newer_version_is_shown_as_it_is() -> None:
    assert words.verdict_title("half-programmed") == "half-programmed"
