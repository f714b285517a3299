"""Second opinions: who contradicts the plug, and whether the control units alone show a fit supply."""

from __future__ import annotations

import math

import pytest

from appliance.car.own_voltage import Opinion
from appliance.config import PowerConfig
from appliance.power.limits import limits_from
from appliance.power.opinions import carrying, disagreement

LIMITS = limits_from(PowerConfig())
BAND_V = 0.5
SILENT = Opinion(0x60, None, "no answer")


def said(*volts: float) -> tuple[Opinion, ...]:
    return tuple(Opinion(0x12 + place, value) for place, value in enumerate(volts))


@pytest.mark.parametrize("theirs_v", [13.3, 13.8, 14.3])
def test_inside_the_band_nobody_disagrees(theirs_v: float) -> None:
    assert disagreement(13.8, said(theirs_v), BAND_V) == ""


@pytest.mark.parametrize("theirs_v", [13.299, 14.301, math.nan])
def test_outside_the_band_either_way_is_a_disagreement(theirs_v: float) -> None:
    assert disagreement(13.8, said(theirs_v), BAND_V)


def test_a_disagreement_names_both_figures_and_the_band() -> None:
    assert disagreement(13.8, said(13.75, 13.0), BAND_V) == (
        "the plug shows 13.80 V and control unit 0x13 says 13.00 V: 800 mV apart, more than 500 mV"
    )


def test_who_is_furthest_off_is_named() -> None:
    assert "0x13 says 12.10 V" in disagreement(13.8, said(14.4, 12.1, 13.0), BAND_V)


@pytest.mark.parametrize("opinions", [(), (SILENT,)], ids=["nobody asked", "nobody told"])
def test_without_an_opinion_there_is_neither_disagreement_nor_proof(opinions: tuple[Opinion, ...]) -> None:
    assert disagreement(13.8, opinions, BAND_V) == ""
    assert not carrying(opinions, LIMITS)


@pytest.mark.parametrize("volts", [LIMITS.hold_v, 13.8, LIMITS.upper_warn_v])
def test_one_opinion_inside_the_limits_carries(volts: float) -> None:
    assert carrying((SILENT, *said(volts)), LIMITS)


@pytest.mark.parametrize("volts", [LIMITS.hold_v - 0.01, LIMITS.upper_warn_v + 0.01, math.nan])
def test_one_opinion_outside_the_limits_outweighs_every_other(volts: float) -> None:
    assert not carrying(said(13.8, 13.9, volts), LIMITS)
