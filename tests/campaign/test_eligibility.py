"""Whether the bulletin is about a car; what is unknown never becomes 'already at target'."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.campaign.eligibility import Affected, AlreadyAtTarget, CannotDecide, Eligibility, NotAffected, judge
from appliance.car.integration_level import parse_level
from tests.campaign.cars import VIN, bulletin, vehicle

TARGET = parse_level("F056-17-03-502")
OTHER = "WMWXU3C5XH2000001"


def verdict(open_list: frozenset[str] | None = None, **car: object) -> Eligibility:
    return judge(bulletin(), vehicle(**car), open_list)  # type: ignore[arg-type]  # spelled as `vehicle` spells it


def test_a_car_in_the_window_below_the_target_is_affected() -> None:
    found = verdict()
    assert isinstance(found, Affected)
    assert found.target == TARGET


@pytest.mark.parametrize("level", ["F056-17-03-502", "F056-17-03-505", "F056-18-03-001"])
def test_a_car_at_the_target_or_above_is_done(level: str) -> None:
    assert isinstance(verdict(level=level), AlreadyAtTarget)


@pytest.mark.parametrize("built", [(11, 2013), (3, 2017), (3, 2018), (1, 2010)])
def test_a_month_outside_the_window_is_not_affected(built: tuple[int, int]) -> None:
    assert isinstance(verdict(built=built), NotAffected)


@pytest.mark.parametrize("built", [(1, 2014), (1, 2017)])
def test_the_months_next_to_the_edges_are_inside(built: tuple[int, int]) -> None:
    assert isinstance(verdict(built=built), Affected)


@pytest.mark.parametrize("built", [(12, 2013), (2, 2017)])
def test_an_edge_month_asks_for_the_open_list(built: tuple[int, int]) -> None:
    found = verdict(built=built)
    assert isinstance(found, CannotDecide)
    assert "list of open campaigns" in found.supply


@pytest.mark.parametrize("built", [(12, 2013), (2, 2017)])
def test_an_edge_month_that_is_done_already_is_still_not_decided(built: tuple[int, int]) -> None:
    """It may never have been affected, and then nothing may be claimed for it."""
    assert isinstance(verdict(built=built, level="F056-17-07-501"), CannotDecide)


def test_the_list_decides_an_edge_month() -> None:
    assert isinstance(verdict(frozenset({VIN}), built=(2, 2017)), Affected)
    assert isinstance(verdict(frozenset({OTHER}), built=(2, 2017)), NotAffected)


def test_the_list_decides_inside_the_window_too() -> None:
    assert isinstance(verdict(frozenset({OTHER})), NotAffected)


def test_the_list_does_not_widen_the_window() -> None:
    assert isinstance(verdict(frozenset({VIN}), built=(3, 2018)), NotAffected)


def test_a_list_without_a_vin_to_look_up_decides_nothing() -> None:
    assert isinstance(verdict(frozenset({VIN}), vin=None), CannotDecide)


@pytest.mark.parametrize("level", ["R056-12-03-502", "S15A-22-11-530", "F010-17-03-502"])
def test_another_main_series_is_not_affected(level: str) -> None:
    assert isinstance(verdict(level=level), NotAffected)


def test_a_bmw_with_the_same_main_series_is_not_affected() -> None:
    found = verdict(series="F045")
    assert isinstance(found, NotAffected)
    assert "F45" in found.why


@pytest.mark.parametrize("missing", [{"level": None}, {"built": None}])
def test_what_is_unknown_is_not_decided(missing: dict[str, None]) -> None:
    found = verdict(**missing)
    assert isinstance(found, CannotDecide)
    assert found.supply


def test_an_order_from_another_car_is_noticed() -> None:
    """A VIN whose body is backed by a real car speaks against an order that would make it affected."""
    campaign = bulletin()
    only_f56 = replace(campaign, affected=replace(campaign.affected, bodies=("F56",)))
    assert isinstance(judge(only_f56, vehicle(vin=VIN), None), CannotDecide)


def test_a_body_the_vin_only_hints_at_decides_nothing() -> None:
    campaign = bulletin()
    only_f55 = replace(campaign, affected=replace(campaign.affected, bodies=("F55",)))
    assert isinstance(judge(only_f55, vehicle(series="F055", vin="WMWXM5C54G3A12345"), None), Affected)


def test_type_keys_narrow_a_campaign_to_some_engines() -> None:
    campaign = bulletin()
    other = replace(campaign, affected=replace(campaign.affected, type_keys=("XM71",)))
    assert isinstance(judge(other, vehicle(), None), NotAffected)


BUILT = st.none() | st.tuples(st.integers(1, 12), st.integers(2010, 2020))
LEVELS = st.none() | st.sampled_from(["F056-13-11-500", "F056-17-03-501", "F056-17-03-502", "F010-20-03-500"])
LISTS = st.none() | st.sampled_from([frozenset[str](), frozenset({VIN})])


@given(built=BUILT, level=LEVELS, open_list=LISTS, vin=st.sampled_from([VIN, None]))
def test_done_or_affected_needs_everything_known(
    built: tuple[int, int] | None, level: str | None, open_list: frozenset[str] | None, vin: str | None
) -> None:
    """No car is programmed or claimed unless level and month are known and no day of the month is out of doubt."""
    found = judge(bulletin(), vehicle(level, built, vin=vin), open_list)
    if isinstance(found, Affected | AlreadyAtTarget):
        assert level is not None
        assert level.startswith("F056")
        assert built is not None
        month = (built[1], built[0])
        assert date(2013, 12, 1) <= date(*month, 1) <= date(2017, 2, 27)
        assert month not in [(2013, 12), (2017, 2)] or open_list == frozenset({VIN})
        assert open_list is None or vin in open_list


@pytest.mark.parametrize("edge", ["produced_from", "produced_to"])
def test_a_window_that_takes_one_day_of_a_month_leaves_it_undecided(edge: str) -> None:
    day = {"produced_from": date(2016, 3, 31), "produced_to": date(2016, 3, 1)}[edge]
    campaign = bulletin()
    narrow = replace(campaign, affected=replace(campaign.affected, **{edge: day}))  # type: ignore[arg-type]
    assert isinstance(judge(narrow, vehicle(built=(3, 2016)), None), CannotDecide)
