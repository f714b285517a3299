"""`kl30 plan` and `kl30 identify` list every campaign of the cache with what it is to the car."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.bench.cache import fill_bench_cache
from appliance.campaign.model import Campaign
from appliance.campaign.selection import Offer
from appliance.car.vehicle import Vehicle
from appliance.commands.plan_campaigns import campaign_lines, plan_among
from appliance.commands.plan_view import PlanView
from appliance.errors import UsageError
from tests.campaign.cars import vehicle
from tests.campaign.levels import NEWER, OLD, seen
from tests.campaign.several import CLUSTER, DME, LATER, brings, campaign
from tests.scenarios.kl30 import kl30

A, B = campaign("a", brings(DME)), campaign("b", brings(CLUSTER))
AWAY = replace(B, id="away", affected=replace(B.affected, bodies=("F45",)))


def car() -> Vehicle:
    return replace(vehicle(), units=(seen(DME, OLD), seen(CLUSTER, OLD)))


def planned(*campaigns: Campaign, wanted: str = "") -> PlanView:
    return plan_among([Offer(one) for one in campaigns], car(), None, wanted)


def test_the_plan_is_that_of_the_default_with_what_it_carries_out_as_well() -> None:
    view = planned(A, B, AWAY)
    assert (view.campaign, view.verdict) == ("a", "affected")
    assert view.plan is not None
    assert [unit.address for unit in view.plan.units] == ["0x12", "0x60"]


def test_every_campaign_is_listed_with_its_standing() -> None:
    lines = {one.id: (one.standing, one.chosen, one.fulfilled) for one in planned(A, B, AWAY).campaigns}
    assert lines == {
        "a": ("open", True, False),
        "b": ("open", False, True),
        "away": ("not-affected", False, False),
    }


def test_the_plan_of_another_one_is_shown_where_it_is_wanted() -> None:
    view = planned(A, B, AWAY, wanted="away")
    assert (view.campaign, view.verdict, view.plan) == ("away", "not-affected", None)
    assert "it is a F56" in view.reason


def test_one_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="holds no campaign 'c'"):
        planned(A, B, wanted="c")


def test_campaigns_that_contradict_each_other_have_no_plan_and_are_listed_all_the_same() -> None:
    view = planned(A, campaign("later", brings(CLUSTER, NEWER), level=LATER))
    assert (view.verdict, view.plan, len(view.campaigns)) == ("refused", None, 2)
    assert "contradict each other" in view.reason


def test_identify_lists_them_without_choosing() -> None:
    lines = campaign_lines([Offer(A), Offer(AWAY)], car(), None)
    assert [(one.id, one.standing, one.chosen) for one in lines] == [
        ("a", "open", False),
        ("away", "not-affected", False),
    ]


@pytest.mark.parametrize("words", [("bench", "--auto", "--fast"), ("plan",)])
def test_a_campaign_that_the_cache_does_not_hold_is_a_usage_error(words: tuple[str, ...], tmp_path: Path) -> None:
    if words[0] == "plan":
        words = ("plan", "--config", str(_settings(tmp_path)), "--car", str(_log(tmp_path)))
    said = kl30(*words, "--campaign", "nobody", cwd=tmp_path)
    assert said.code == 2
    assert said.complaint.startswith("the firmware cache holds no campaign 'nobody'")


def _settings(folder: Path) -> Path:
    fill_bench_cache(folder / "cache", "service-action-dme", "service-action-instrument-cluster")
    path = folder / "kl30.toml"
    path.write_text('cache = "cache"\n', encoding="utf-8")
    return path


def _log(folder: Path) -> Path:
    log = folder / "silent.log"
    log.write_text("(1496307600.000000) can0 6F1#180322F190000000\n", encoding="ascii")
    return log
