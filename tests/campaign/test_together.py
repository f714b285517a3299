"""Several open campaigns: which is first, what one programming carries out, and which contradict each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.campaign.model import Campaign
from appliance.campaign.plan_unit import Action
from appliance.campaign.selection import Offer, Standing
from appliance.campaign.together import Choice, chosen
from appliance.car.vehicle import Vehicle
from appliance.errors import RefusedError, UsageError
from tests.campaign.cars import vehicle
from tests.campaign.levels import ID, NEW, NEWER, OLD, catalogue, seen, unit
from tests.campaign.several import BODY, CLUSTER, DME, LATER, brings, campaign, chosen_by, judged


def car(dme: int = OLD, cluster: int = OLD, level: str = "F056-16-07-502") -> Vehicle:
    return replace(vehicle(level), units=(seen(DME, dme), seen(CLUSTER, cluster), seen(BODY, OLD)))


def order(*campaigns: Campaign | Offer, begun: str = "") -> list[str]:
    return [one.campaign.id for one in chosen_by(car(), *campaigns, begun=begun)]


def programmed(choice: Choice) -> list[int]:
    assert choice.plan is not None
    return [one.address for one in choice.plan.units if one.action is Action.PROGRAM]


def fulfilled(choice: Choice) -> list[str]:
    return [one.campaign.id for one in choice.beside if one.fulfilled]


A = campaign("a", brings(DME))
B = campaign("b", brings(CLUSTER))
LATER_BOTH = campaign("later", brings(DME, NEWER), brings(CLUSTER, NEWER), level=LATER)
ALONE = campaign("alone", brings(BODY), raises_level=False, labour=())


# -- which is first


def test_one_that_is_open_is_the_only_choice() -> None:
    other = replace(B, affected=replace(B.affected, bodies=("F45",)))
    (only,) = chosen_by(car(), other, A)
    assert only.campaign.id == "a"
    assert [(one.campaign.id, one.standing) for one in only.beside] == [("b", Standing.NOT_AFFECTED)]


def test_of_equals_the_order_of_ids_decides() -> None:
    assert order(B, A) == ["a", "b"]


def test_the_highest_level_comes_first() -> None:
    assert order(A, LATER_BOTH) == ["later", "a"]


def test_who_raises_the_level_comes_before_who_does_not() -> None:
    assert order(ALONE, B) == ["b", "alone"]


def test_who_carries_out_most_of_the_others_comes_first() -> None:
    lone, other = (campaign(name, brings(at), raises_level=False) for name, at in (("a", DME), ("b", CLUSTER)))
    both = campaign("z", brings(DME), brings(CLUSTER), raises_level=False)
    assert order(lone, other, both) == ["z", "a", "b"]


def test_what_was_begun_comes_before_everything_else() -> None:
    assert order(A, LATER_BOTH, begun="a") == ["a", "later"]


def test_what_was_begun_is_gone_on_with_although_another_contradicts_it_now() -> None:
    """A control unit that was left half programmed must not wait for a publisher."""
    later = campaign("later", brings(CLUSTER, NEWER), level=LATER)
    (only,) = chosen_by(car(), A, later, begun="a")
    assert (only.campaign.id, fulfilled(only)) == ("a", [])


def test_what_was_begun_and_is_not_open_any_more_is_what_the_run_is_for() -> None:
    at_level = car(NEW, level="F056-17-03-502")
    (only,) = chosen_by(at_level, A, ALONE, begun="a")
    assert only.campaign.id == "a"


def test_where_nothing_is_open_the_one_that_speaks_loudest_is_what_the_run_is_for() -> None:
    silent = campaign("silent", brings(0x71))
    away = replace(B, affected=replace(B.affected, bodies=("F45",)))
    at_target = replace(vehicle("F056-17-03-502"), units=(seen(DME, NEW),))
    assert [one.campaign.id for one in chosen_by(at_target, away, A)] == ["a"]
    assert [one.campaign.id for one in chosen_by(car(), away, silent)] == ["silent"]


# -- one that is wanted


def test_a_campaign_that_is_wanted_is_chosen() -> None:
    made = chosen_by(car(), A, LATER_BOTH)
    assert chosen(made, judged(car(), A, LATER_BOTH), "a").campaign.id == "a"


def test_one_that_is_wanted_and_not_open_is_a_run_of_its_own() -> None:
    away = replace(B, affected=replace(B.affected, bodies=("F45",)))
    found = chosen(chosen_by(car(), A, away), judged(car(), A, away), "b")
    assert (found.campaign.id, found.plan) == ("b", None)


def test_one_that_is_not_there_is_a_mistake_and_the_others_are_named() -> None:
    with pytest.raises(UsageError) as raised:
        chosen(chosen_by(car(), A, B), judged(car(), A, B), "c")
    assert raised.value.do == "choose one of: a, b"


def test_one_that_does_not_go_with_what_was_begun_waits_for_it() -> None:
    later = campaign("later", brings(CLUSTER, NEWER), level=LATER)
    made = chosen_by(car(), A, later, begun="a")
    with pytest.raises(RefusedError, match="has begun a on this vehicle"):
        chosen(made, judged(car(), A, later), "later", "a")


# -- what one programming carries out


def test_two_of_one_level_that_bring_different_control_units_are_carried_out_together() -> None:
    first, second = chosen_by(car(), A, B)
    assert programmed(first) == programmed(second) == [DME, CLUSTER]
    assert (fulfilled(first), fulfilled(second)) == (["b"], ["a"])
    assert first.plan is not None
    assert (first.plan.target, first.plan.campaign_id, first.plan.fulfils) == ("F056-17-03-502", "a", ("b",))


def test_two_that_bring_the_same_are_carried_out_by_either() -> None:
    first, _ = chosen_by(car(), A, replace(A, id="twin"))
    assert (programmed(first), fulfilled(first)) == ([DME], ["twin"])


def test_the_order_of_work_is_that_of_the_files() -> None:
    gateway_last = campaign("g", replace(brings(BODY), order=99), replace(brings(DME), order=1))
    (first, _) = chosen_by(car(), gateway_last, replace(B, units=(replace(brings(CLUSTER), order=50),)))
    assert programmed(first) == [DME, CLUSTER, BODY]


def test_as_few_are_open_at_once_as_the_more_careful_one_allows() -> None:
    first, _ = chosen_by(car(), replace(A, max_open=4), B)
    assert first.campaign.max_open == 1


def test_a_higher_level_carries_out_a_lower_one_whose_control_units_it_brings_further() -> None:
    first, second = chosen_by(car(), A, LATER_BOTH)
    assert (first.campaign.id, fulfilled(first)) == ("later", ["a"])
    assert (second.campaign.id, fulfilled(second), programmed(second)) == ("a", [], [DME])
    assert "its target F056-18-07-502 is higher" in second.beside[0].why


def test_what_the_car_carries_already_needs_nobody_to_bring_it() -> None:
    later = campaign("later", brings(CLUSTER, NEWER), level=LATER)
    first, *_ = chosen_by(car(dme=NEW), A, later)
    assert (first.campaign.id, fulfilled(first), programmed(first)) == ("later", ["a"], [CLUSTER])


def test_a_campaign_that_raises_no_level_is_carried_out_by_one_that_brings_its_control_units() -> None:
    first, second = chosen_by(car(), replace(ALONE, units=(brings(DME),)), A)
    assert (first.campaign.id, fulfilled(first)) == ("a", ["alone"])
    assert (second.campaign.id, fulfilled(second)) == ("alone", [])


def test_a_campaign_that_raises_no_level_is_joined_to_nobody() -> None:
    first, second = chosen_by(car(), A, ALONE)
    assert (programmed(first), programmed(second)) == ([DME], [BODY])
    assert first.plan is not None
    assert first.plan.raises_level


def test_one_that_goes_by_a_catalogue_lends_it_to_the_one_that_pays() -> None:
    level = catalogue(unit(CLUSTER), unit(BODY))
    by_level = Offer(campaign("b", levels=ID), level)
    known = replace(vehicle(), units=(seen(DME, OLD), seen(CLUSTER, OLD), seen(BODY, OLD)))
    first, *_ = chosen_by(known, A, by_level)
    assert (first.campaign.id, first.offer.catalogue) == ("a", level)
    assert sorted(programmed(first)) == [DME, BODY, CLUSTER]


def test_two_that_go_by_one_catalogue_in_part_go_by_both_parts() -> None:
    level = catalogue(unit(DME), unit(CLUSTER), unit(BODY))
    one, two = (Offer(campaign(name, levels=ID, only=(at,)), level) for name, at in (("a", DME), ("b", CLUSTER)))
    first, _ = chosen_by(car(), one, two)
    assert sorted(programmed(first)) == [DME, CLUSTER]


# -- the level


def test_the_level_is_not_written_over_a_campaign_that_cannot_be_carried_out() -> None:
    """Its own START would call it done, although nothing of it was."""
    (only,) = chosen_by(car(), A, campaign("silent", brings(0x71)))
    assert only.plan is not None
    assert not only.plan.raises_level
    assert "silent is for this vehicle, too: control unit 0x71" in only.plan.level_why


def test_a_catalogue_that_knows_every_control_unit_is_believed_all_the_same() -> None:
    level = catalogue(unit(DME), unit(CLUSTER), unit(BODY))
    by_level = Offer(campaign("a", levels=ID), level)
    (only,) = chosen_by(car(), by_level, campaign("silent", brings(0x71)))
    assert only.plan is not None
    assert only.plan.raises_level


def test_a_higher_level_that_cannot_be_carried_out_does_not_keep_the_lower_one_back() -> None:
    (only,) = chosen_by(car(), A, campaign("silent", brings(0x71), level=LATER))
    assert only.plan is not None
    assert only.plan.target == "F056-17-03-502"


def test_the_level_is_not_written_on_the_word_of_one_where_another_ones_catalogue_speaks_against_it() -> None:
    level = catalogue(unit(DME))  # it does not know cluster and body: the level is not the vehicle's
    by_level = Offer(campaign("b", levels=ID), level)
    first = next(one for one in chosen_by(car(), A, by_level) if one.campaign.id == "a")
    assert first.plan is not None
    assert not first.plan.raises_level
    assert "does not know it" in first.plan.level_why


# -- contradictions


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (A, campaign("b", brings(DME, NEWER)), ("unit 12 0x12 is to carry", "by a", "by b")),
        (A, campaign("later", brings(CLUSTER), level=LATER), ("later raises the level", "does not know unit 12 0x12")),
        (A, replace(ALONE, units=(brings(DME, NEWER),)), ("0x12 is to carry", "by alone")),
        (
            Offer(campaign("a", levels=ID, only=(DME,)), catalogue(unit(DME), unit(CLUSTER), unit(BODY))),
            Offer(
                campaign("b", levels="another", only=(CLUSTER,)),
                catalogue(unit(DME), unit(CLUSTER), unit(BODY), id="another"),
            ),
            ("goes by the level catalogue", "neither carries out the other"),
        ),
    ],
    ids=["one control unit", "two levels", "alone and with the level", "two catalogues"],
)
def test_campaigns_that_contradict_each_other_are_refused_by_name(
    one: Campaign | Offer, other: Campaign | Offer, words: tuple[str, ...]
) -> None:
    for pair in ((one, other), (other, one)):
        with pytest.raises(RefusedError, match="campaigns contradict each other") as raised:
            chosen_by(car(), *pair)
        assert [word for word in words if word not in raised.value.what] == []


def test_what_cannot_be_carried_out_together_is_refused() -> None:
    needy = replace(
        brings(CLUSTER), needs=(), coding=(0x3000,), datablocks=(), target_software=brings(CLUSTER, OLD).target_software
    )
    only_coded = campaign("b", needy)
    both = campaign("a", brings(DME), replace(brings(CLUSTER, OLD), coding=()))
    with pytest.raises(RefusedError, match="a and b cannot be carried out together"):
        chosen_by(car(), both, only_coded)
