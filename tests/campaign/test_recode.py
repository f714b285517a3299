"""Rules of new coding: which apply, which contradict each other, and what the measures plan says of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.bench.cache import bench_campaigns
from appliance.campaign.catalogue import Catalogue
from appliance.campaign.eligibility import Affected, AlreadyAtTarget
from appliance.campaign.fit import require_fit
from appliance.campaign.level_plan import measures_plan
from appliance.campaign.load import parse_campaign
from appliance.campaign.model import Campaign, CampaignUnit, Recode
from appliance.campaign.plan import Action, Plan, make_plan, plan_hash
from appliance.campaign.recode import changes_for, recode_problems
from appliance.campaign.recovery import Source, recovery_plan
from appliance.campaign.together import choices
from appliance.car.coding import Change
from appliance.car.condition import condition_of
from appliance.car.integration_level import parse_level
from appliance.car.svk import ProgrammingCheck
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.car.vehicle_order import VehicleOrder
from appliance.errors import CampaignError, RefusedError
from appliance.values import from_json, from_plain, to_json, to_plain
from tests.campaign import levels
from tests.campaign.cars import NEW, OLD, UNKNOWN, VIN, bulletin, dme, vehicle
from tests.campaign.several import DME, LATER, brings, campaign, judged

TEXT = dict(bench_campaigns("recoded"))["recoded.toml"]
AFFECTED = Affected("it is behind", parse_level("F056-17-03-502"))
ALWAYS = Recode(0x3000, 0, 0x0F, 0x05, "always")
GEARBOX = Recode(0x3000, 4, 0x30, 0x20, "the gearbox", with_=("205",), without=("2VB",))
ORDER = VehicleOrder(3, 2016, "F056", "XM51", "0B32", "FRC8", ("205", "2TB"), ("A090",), ("H0H0",))


def unit(*rules: Recode, **changed: object) -> CampaignUnit:
    return replace(bulletin().units[0], recode=rules, **changed)  # type: ignore[arg-type]


def by(*rules: Recode, **changed: object) -> Campaign:
    return replace(bulletin(), units=(unit(*rules, **changed),))


def planned(seen: UnitSeen, *rules: Recode, order: VehicleOrder | None = ORDER, **changed: object) -> Plan:
    return make_plan(by(*rules, **changed), AFFECTED, (seen,), vin=VIN, order=order)


# -- the file


def refusal(old: str, new: str) -> str:
    assert TEXT.count(old) >= 1
    with pytest.raises(CampaignError) as raised:
        parse_campaign(TEXT.replace(old, new, 1), "x.toml")
    return str(raised.value)


def test_the_benchs_rules_are_read() -> None:
    (found,) = parse_campaign(TEXT, "recoded.toml").units
    assert found.recode[0] == replace(GEARBOX, why="an automatic gearbox needs the new idle speed")
    assert (found.recode[1].with_, found.individual) == (("5AS",), (0x6110, 0x6120))


def test_a_campaign_without_rules_means_none() -> None:
    (found,) = bulletin().units
    assert (found.recode, found.individual) == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("byte = 4", "byte = -1", "byte: expected the place of a byte, 0 or more, found -1"),
        ("mask = 0x30", "mask = 0", "mask: expected bits of one byte, 0x01 to 0xFF, found 0"),
        ("mask = 0x30", "mask = 0x100", "mask: expected bits of one byte"),
        ("value = 0x20", "value = 0x300", "value: expected one byte, 0x00 to 0xFF"),
        ("value = 0x20", "value = 0x21", "x.toml:81: units[0].recode[0].value: 21 has bits that the mask 30 has not."),
        ("did = 0x3000", "did = 0x3001", "x.toml:78: units[0].recode[0].did: 3001 is not in coding"),
        ('with = ["205"]', 'with = ["20"]', "with[0]: expected an option, E-word, HO-word or type key"),
        ('with = ["205"]', 'with = ["2vb"]', "with[0]: expected an option, E-word, HO-word or type key"),
        ('with = ["205"]', 'with_ = ["205"]', "with_: unknown key. → did you mean with?"),
        ('without = ["2VB"]', 'without = ["205"]', "without: 205 is in with as well"),
        ('why = "an', 'why = " " #', "why: expected some text"),
        ("individual = [0x6110, ", "individual = [0x3000, ", "individual[0]: 0x3000 is in coding as well"),
        ("individual = [0x6110, ", "individual = [0x6120, ", "individual[1]: 0x6120 is there twice"),
    ],
)
def test_a_rule_that_means_nothing_is_refused_with_its_line(old: str, new: str, said: str) -> None:
    assert said in refusal(old, new)


def test_individual_data_of_one_that_is_never_programmed_are_a_mistake() -> None:
    without = TEXT[: TEXT.index("[[units.datablocks]]")]
    with pytest.raises(CampaignError, match="datablocks is missing: only what is programmed loses individual data"):
        parse_campaign(without, "x.toml")


def said(*rules: Recode) -> list[str]:
    return [what for _, what in recode_problems(unit(*rules))]


def test_two_unconditional_rules_that_contradict_each_other_are_refused() -> None:
    assert said(ALWAYS, replace(ALWAYS, value=0x04, why="other")) == [
        "it sets bits of 3000 byte 0 differently than: always"
    ]


def test_one_that_applies_only_where_the_other_does_is_as_wrong() -> None:
    other = replace(ALWAYS, value=0x04, with_=("205",))
    assert len(said(ALWAYS, other)) == len(said(other, ALWAYS)) == 1
    assert len(said(other, replace(other, value=0x01, without=("5AS",)))) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(GEARBOX, value=0x10, with_=("5AS",)),
        replace(GEARBOX, value=0x10, with_=("205",), without=("5AS",)),
        replace(GEARBOX, mask=0x40, value=0x40),
        replace(GEARBOX, byte=5, value=0x10),
        replace(GEARBOX, did=0x3010, value=0x10),
        GEARBOX,
    ],
    ids=["other order", "some orders", "other bits", "other byte", "other identifier", "the same"],
)
def test_rules_that_may_both_be_meant_are_not(other: Recode) -> None:
    assert said(GEARBOX, other) == []


# -- which apply


@pytest.mark.parametrize(
    ("with_", "without", "applies"),
    [
        ((), (), True),
        (("205",), (), True),
        (("205", "2TB", "A090", "H0H0", "XM51"), (), True),
        (("205", "5AS"), (), False),
        ((), ("5AS", "2VB"), True),
        ((), ("5AS", "2TB"), False),
        (("205",), ("2TB",), False),
    ],
)
def test_everything_of_with_and_nothing_of_without(
    with_: tuple[str, ...], without: tuple[str, ...], applies: bool
) -> None:
    rule = replace(GEARBOX, with_=with_, without=without)
    assert bool(changes_for(unit(rule), ORDER)) is applies


def test_those_that_apply_keep_the_files_sequence() -> None:
    assert [one.why for one in changes_for(unit(GEARBOX, replace(ALWAYS, with_=("5AS",)), ALWAYS), ORDER)] == [
        "the gearbox",
        "always",
    ]


def test_without_an_order_nothing_is_guessed() -> None:
    with pytest.raises(RefusedError, match="cannot be decided without the vehicle order"):
        changes_for(unit(ALWAYS, GEARBOX), None)
    assert changes_for(unit(ALWAYS), None) == (Change(0x3000, 0, 0x0F, 0x05, "always"),)


def test_rules_that_this_order_brings_together_and_contradict_each_other_are_refused_by_their_reasons() -> None:
    with pytest.raises(RefusedError, match=r"because the gearbox; 3000 byte 4, bits 10 become 10, because the tyres"):
        changes_for(unit(GEARBOX, replace(GEARBOX, mask=0x10, value=0x10, with_=("2TB",), why="the tyres")), ORDER)


# -- the plan


def test_what_applies_is_in_the_plan_with_its_reason_and_what_does_not_is_not() -> None:
    (line,) = planned(dme(*OLD), GEARBOX, replace(ALWAYS, with_=("5AS",))).units
    assert line.action is Action.PROGRAM
    assert line.why.endswith("; new coding: 3000 byte 4, bits 30 become 20, because the gearbox")
    assert line.changes == (Change(0x3000, 4, 0x30, 0x20, "the gearbox"),)


def test_it_is_frozen_and_hashed_with_the_plan() -> None:
    plan = planned(dme(*OLD), GEARBOX)
    assert from_json(to_json(plan), Plan) == plan
    (line,) = plan.units
    assert plan_hash(plan) != plan_hash(replace(plan, units=(replace(line, changes=()),)))


def test_one_at_its_target_is_only_coded_where_a_rule_applies() -> None:
    (line,) = planned(dme(*NEW), GEARBOX).units
    assert (line.action, line.datablocks) == (Action.CODE, ())
    assert "its coding data are read, and written where they are not so yet; new coding: 3000 byte 4" in line.why


def test_one_at_its_target_is_left_alone_where_no_rule_applies() -> None:
    (line,) = planned(dme(*NEW), replace(GEARBOX, with_=("5AS",))).units
    assert (line.action, line.changes) == (Action.NONE, ())


def test_a_plan_that_cannot_tell_the_coding_is_refused() -> None:
    with pytest.raises(RefusedError, match="control unit 0x12 DME: how it is to be coded cannot be decided"):
        planned(dme(*OLD), GEARBOX, order=None)


def test_a_vehicle_at_its_target_level_is_left_alone_whatever_the_rules() -> None:
    done = AlreadyAtTarget("it has it", AFFECTED.target)
    (line,) = make_plan(by(GEARBOX), done, (dme(*NEW),), vin=VIN, order=None).units
    assert (line.action, line.changes) == (Action.NONE, ())


def test_individual_data_are_in_the_plan_and_cost_a_reset() -> None:
    (line,), (bare,) = planned(dme(*OLD), individual=(0x6110,)).units, planned(dme(*OLD)).units
    assert line.individual == (0x6110,)
    assert line.expected_s - bare.expected_s == pytest.approx(10.0)


def test_a_plan_that_an_older_version_froze_has_no_new_coding() -> None:
    plain = to_plain(planned(dme(*OLD)))
    for line in plain["units"]:
        del line["changes"], line["individual"]
    assert from_plain(plain, Plan) == planned(dme(*OLD))


# -- with a level catalogue


def held(*rules: Recode, version: int = levels.NEW, counter: int = 0) -> Plan:
    variant = levels.variant(DME, coding=(0x3000,), recode=rules)
    level = levels.catalogue(levels.unit(DME, variants=(variant,)))
    seen = replace(levels.seen(DME, version), counter=counter, counter_max=9)
    return levels.planned(level, seen, options=("205",))


def test_a_control_unit_of_the_level_is_coded_by_its_variants_rules() -> None:
    assert [(one.action, len(one.changes)) for one in held(GEARBOX, version=levels.OLD).units] == [(Action.PROGRAM, 1)]
    assert [(one.action, len(one.changes)) for one in held(GEARBOX).units] == [(Action.CODE, 1)]
    assert [one.action for one in held(replace(GEARBOX, with_=("5AS",))).units] == [Action.NONE]


def test_a_spent_programming_counter_is_no_fault_of_one_that_is_only_coded() -> None:
    assert [one.action for one in held(GEARBOX, counter=9).units] == [Action.CODE]


def test_a_vehicle_without_an_order_is_refused() -> None:
    variant = levels.variant(DME, coding=(0x3000,), recode=(GEARBOX,))
    level = levels.catalogue(levels.unit(DME, variants=(variant,)))
    car = replace(levels.car(levels.seen(DME)), order=None)
    with pytest.raises(RefusedError, match="cannot be decided without the vehicle order"):
        measures_plan(levels.campaign(), level, levels.AFFECTED, car, vin=VIN)


def test_a_campaigns_own_entry_may_not_leave_out_what_the_level_codes() -> None:
    variant = levels.variant(DME, coding=(0x3000,), recode=(GEARBOX,))
    level: Catalogue = levels.catalogue(levels.unit(DME, variants=(variant,)))
    own = levels.campaign(units=(brings(DME, coding=(0x3000,)),))
    with pytest.raises(CampaignError, match="is coded anew by the catalogue, and not so by the campaign"):
        require_fit(own, level)
    require_fit(levels.campaign(units=(brings(DME, coding=(0x3000,), recode=(GEARBOX, ALWAYS)),)), level)


# -- several campaigns


def car() -> Vehicle:
    found = vehicle()
    assert found.order is not None
    return replace(found, units=(levels.seen(DME), levels.seen(0x60)), order=replace(found.order, options=("205",)))


def coding(name: str, *rules: Recode, version: int = levels.NEW, level: str = "F056-17-03-502") -> Campaign:
    return campaign(name, brings(DME, version, coding=(0x3000,), recode=rules), level=level)


def chosen(*campaigns: Campaign) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    """Each that may be chosen: how many changes its plan has for the DME, and whom else it carries out."""
    made = choices(judged(car(), *campaigns), car())
    lines = [(one, one.plan.units[0]) for one in made if one.plan]
    return tuple((one.campaign.id, len(line.changes), one.plan.fulfils if one.plan else ()) for one, line in lines)


def refused(*campaigns: Campaign) -> str:
    with pytest.raises(RefusedError) as raised:
        choices(judged(car(), *campaigns), car())
    return str(raised.value)


def test_two_that_code_a_control_unit_differently_contradict_each_other() -> None:
    words = refused(coding("a", GEARBOX), coding("b", replace(GEARBOX, value=0x10, why="other")))
    assert "unit 12 0x12 is to be coded 3000 byte 4, bits 30 become 20, because the gearbox by a" in words
    assert "bits 30 become 10, because other by b" in words


def test_where_the_vehicle_has_no_such_rule_they_do_not() -> None:
    other = replace(GEARBOX, value=0x10, with_=("5AS",))
    assert chosen(coding("a", GEARBOX), coding("b", other))[0] == ("a", 1, ("b",))


def test_two_that_code_it_alike_carry_out_each_other() -> None:
    assert chosen(coding("a", GEARBOX), coding("b", GEARBOX)) == (("a", 1, ("b",)), ("b", 1, ("a",)))


def test_what_one_codes_and_the_other_does_not_is_coded_whoever_is_chosen() -> None:
    assert chosen(coding("a"), coding("b", GEARBOX)) == (("a", 1, ("b",)), ("b", 1, ("a",)))
    assert chosen(coding("a", ALWAYS), coding("b", GEARBOX)) == (("a", 2, ("b",)), ("b", 2, ("a",)))


def test_a_higher_level_that_leaves_out_the_lower_ones_coding_contradicts_it() -> None:
    later = coding("later", version=levels.NEWER, level=LATER)
    assert "and later goes on without that" in refused(coding("a", GEARBOX), later)
    assert chosen(coding("a", GEARBOX), replace(later, units=coding("x", GEARBOX, ALWAYS, version=3).units))[0] == (
        "later",
        2,
        ("a",),
    )


# -- a stuck control unit


def recovered(order: VehicleOrder | None, *rules: Recode) -> Plan:
    stuck = dme(UNKNOWN, *OLD[1:], check=ProgrammingCheck.NOT_PASSED)
    found = replace(vehicle(), order=order, units=(stuck,))
    return recovery_plan(Source(by(*rules), unit(*rules)), found, condition_of(stuck))


def test_a_stuck_control_unit_is_coded_by_the_same_rules() -> None:
    (line,) = recovered(ORDER, GEARBOX).units
    assert [one.why for one in line.changes] == ["the gearbox"]
    assert "new coding: 3000 byte 4" in line.why


def test_without_an_order_it_is_recovered_all_the_same_and_the_plan_says_what_is_left_out() -> None:
    (line,) = recovered(None, GEARBOX, ALWAYS).units
    assert (line.action, line.changes) == (Action.PROGRAM, ())
    assert line.why.endswith("its new coding is left out, because it cannot be decided without the vehicle order")
    assert [one.why for one in recovered(None, ALWAYS).units[0].changes] == ["always"]
