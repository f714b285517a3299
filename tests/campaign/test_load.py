"""A campaign file is complete and free of contradiction, or refused with its line."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from appliance.campaign.load import load_campaign, load_open_list, parse_campaign
from appliance.campaign.model import AlreadyAtTargetMeans, Kind, Occasion
from appliance.car.integration_level import Level
from appliance.car.own_voltage import OwnVoltage, VoltageUnit
from appliance.errors import CampaignError
from appliance.firmware.synthetic import synthetic_image
from appliance.values import from_json, to_json
from tests.campaign.cars import BULLETIN, VIN, bulletin


def refusal(old: str, new: str) -> str:
    """What is said of the bulletin with one passage changed."""
    assert old in BULLETIN
    with pytest.raises(CampaignError) as raised:
        parse_campaign(BULLETIN.replace(old, new, 1), "x.toml")
    return str(raised.value)


def test_the_bulletin_names_the_vehicles_it_names() -> None:
    affected = bulletin().affected
    assert affected.bodies == ("F54", "F55", "F56", "F57", "F60")
    assert (affected.produced_from, affected.produced_to) == (date(2013, 12, 4), date(2017, 2, 27))
    assert len(affected.models) == 15


def test_the_bulletin_has_its_target_and_tool() -> None:
    campaign = bulletin()
    assert campaign.target("F056") == Level("F056", 17, 3, 502)
    assert "3.61.0" in campaign.minimum_tool
    assert campaign.kind is Kind.SERVICE_ACTION


def test_the_bulletin_has_its_two_labour_operations() -> None:
    campaign = bulletin()
    found = [(one.when, one.number, one.fru, one.plus_work) for one in campaign.labour]
    assert found == [(Occasion.ALREADY_AT_TARGET, "00 64 978", 1, True), (Occasion.PROGRAMMED, "00 64 979", 8, True)]
    assert campaign.already_at_target is AlreadyAtTargetMeans.CLAIM_AND_FINISH


def test_no_part_of_the_bulletin_is_left_empty() -> None:
    campaign = bulletin()
    texts = (
        campaign.when_due,
        campaign.situation,
        campaign.cause,
        campaign.correction,
        campaign.procedure_reference,
        campaign.supply_bulletin,
        campaign.consequential,
        campaign.prior,
    )
    assert all(texts)
    assert len(campaign.open_shown_in) == 3


def test_every_hash_in_the_bulletin_is_that_of_its_synthetic_image() -> None:
    for block in bulletin().units[0].datablocks:
        assert block.sha256 == hashlib.sha256(synthetic_image(block.software, block.length)).hexdigest()


def test_a_defect_code_is_printed_as_printed_and_compared_by_its_digits() -> None:
    campaign = parse_campaign(BULLETIN.replace('"0012440400"', '"00 12 44 04 00"'), "x.toml")
    assert (campaign.defect_code, campaign.defect_code_normalised) == ("00 12 44 04 00", "0012440400")


def test_a_campaign_survives_the_journal() -> None:
    campaign = bulletin()
    assert from_json(to_json(campaign), type(campaign)) == campaign


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("length = 0x4_0000", "length = 'abc'", "length: expected a positive whole number of bytes, found 'abc'"),
        ("length = 0x4_0000", "length = 0", "expected a positive whole number of bytes, found 0"),
        ("address = 0x8008_0000", "address = 0x8005_0000", "program extension overlaps program (0x80020000 to 0x8005"),
        ("address = 0x8018_0000", "address = 0xFFFF_FF00", "reaches beyond the four-byte address space"),
        ('sha256 = "8dfc', 'sha256 = "', "sha256: expected 64 lower-case hex digits"),
        ('file = "swfl_00002cce', 'file = "../swfl_00002cce', "expected a file name without folders"),
        ('file = "swfl_000046db.bin.021_020_003"', 'file = "swfl_00002cce.bin.021_020_002"', "is there twice"),
        ('name = "data"', 'name = "program"', "units[0].datablocks[2].name: program is there twice"),
        ("produced_to = 2017-02-27", "produced_to = 2012-02-27", "ends on 2012-02-27, before it begins on 2013-12-04"),
        ("produced_to = 2017-02-27", "", "produced_from and produced_to belong together"),
        ('when = "already-at-target"', 'when = "programmed"', "labour[1].when: programmed is there twice"),
        ('already_at_target = "claim-and-finish"', 'already_at_target = "diagnose-further"', "diagnosed further"),
        ("security_level = 0x11", "security_level = 0x12", "expected an odd requestSeed level"),
        ('bodies = ["F54", "F55"', 'bodies = ["F54", "F54"', "affected.bodies[1]: F54 is there twice"),
        ('level = "F056-17-03-502"', 'level = "F010-17-03-502"', "is no level of the main series F056"),
        ('level = "F056-17-03-502"', 'level = "F056-17-13-502"', "is no integration level"),
        ('series = "F056"', 'series = "F010"', "F056-17-03-502 is no level of the main series F010"),
        ('main_series = ["F056"]', 'main_series = ["F056", "F010"]', "there is no target for F010"),
        ('bootloader = ["btld_', 'bootloader = ["swfl_', "expected BTLD, found swfl_00002ccd-021_010_001"),
        ('hwel = ["hwel_00002ccb-001_003_004"]', "hwel = []", "units[0].hwel: the list is empty"),
        ("from_software = []", 'from_software = ["swfl_00002cce-021_030_000"]', "is higher than the target"),
        ('software = "swfl_00002cce-021_020_002"', 'software = "swfl_00002cce-021_020_003"', "not in target_software"),
        ("coding = [0x3000, 0x3010]", "coding = [0x3000, 0x3000]", "units[0].coding[1]: 0x3000 is there twice"),
        ('erase_suffix = "06"', 'erase_suffix = "6"', "units[0].erase_suffix: "),
        ('defect_code = "0012440400"', 'defect_code = "12a"', "defect_code: expected digits"),
        ("max_attempts", "max_atempts", "did you mean max_attempts?"),
        ("divide = 4000", "divide = 0", "supply[0].divide: expected a number other than 0, found 0"),
        ("divide = 4000", "divide = nan", "supply[0].divide: expected a number other than 0, found nan"),
        ("add = 6.0", "add = inf", "supply[0].add: expected a number, found inf"),
        ('unit = "mV"', 'unit = "kV"', "supply[1].unit: expected one of V, mV, found 'kV'"),
        ("did = 0x402B # data of the battery sensor", "did = 0x1402B #", "supply[0].did: expected a data identifier"),
        ("first_byte = 0", "first_byte = -1", "supply[1].first_byte: expected 0 or more"),
        ("first_byte = 0", "first_byte = 4091", "supply[1].first_byte: expected 0 or more, and inside an answer"),
        ("length = 2", "length = 0", "supply[0].length: expected 1 to 4 bytes, found 0"),
        ("length = 2", "length = 5", "supply[0].length: expected 1 to 4 bytes, found 5"),
        (
            "address = 0x40\ndid",
            "address = 0xF1\ndid",
            "supply[1].address: expected a control unit address, 0x00 to 0xEE",
        ),
        (
            "address = 0x40\ndid = 0x40C6",
            "address = 0x12\ndid = 0x402B",
            "supply[1].did: 0x12 with 402B is there twice",
        ),
        ("add = 6.0", "ad = 6.0", "supply[0].ad: unknown key. → did you mean add?"),
    ],
)
def test_a_contradiction_is_refused_by_name(old: str, new: str, said: str) -> None:
    assert said in refusal(old, new)


def test_a_refusal_names_the_line() -> None:
    line = BULLETIN[: BULLETIN.index("length = 0x3_0000")].count("\n") + 1
    said = refusal("length = 0x3_0000", "length = -1")
    assert said.startswith(f"x.toml:{line}: units[0].datablocks[1].length: ")


def test_an_outcome_without_labour_operation_is_refused() -> None:
    first, second = BULLETIN.index("[[labour]]"), BULLETIN.rindex("[[labour]]")
    with pytest.raises(CampaignError, match="no labour operation for the outcome already-at-target"):
        parse_campaign(BULLETIN[:first] + BULLETIN[second:], "x.toml")


def test_two_control_units_at_one_address_are_refused() -> None:
    unit = BULLETIN[BULLETIN.index("[[units]]") :]
    with pytest.raises(CampaignError, match=r"units\[1\].address: 0x12 is there twice"):
        parse_campaign(BULLETIN + unit.replace("order = 1", "order = 2"), "x.toml")


def test_one_file_never_means_two_contents() -> None:
    unit = BULLETIN[BULLETIN.index("[[units]]") :]
    other = unit.replace("order = 1", "order = 2").replace("0x12", "0x18").replace("8dfcff", "000000")
    with pytest.raises(CampaignError, match="was given another hash or length before"):
        parse_campaign(BULLETIN + other, "x.toml")


def test_a_campaign_without_file_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(CampaignError, match="there is no such file") as raised:
        load_campaign(tmp_path / "none.toml")
    assert raised.value.where == str(tmp_path / "none.toml")


def test_the_open_list_is_one_vin_a_line(tmp_path: Path) -> None:
    path = tmp_path / "open.txt"
    path.write_text(f"# shown as open in AIR\n\n{VIN.lower()}  # blue\nWMWXU3C5XH2000001\n", encoding="utf-8")
    assert load_open_list(path) == {VIN, "WMWXU3C5XH2000001"}


def test_an_open_list_of_short_vins_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "open.txt"
    path.write_text(f"{VIN}\n{VIN[-7:]}\n", encoding="utf-8")
    with pytest.raises(CampaignError, match="expected 17 characters") as raised:
        load_open_list(path)
    assert raised.value.where == f"{path}:2"


def test_control_units_are_asked_for_their_supply_in_the_order_of_the_file() -> None:
    assert bulletin().supply == (
        OwnVoltage(0x12, 0x402B, 2, 2, VoltageUnit.VOLT, 4000.0, 6.0),
        OwnVoltage(0x40, 0x40C6, 0, 2, VoltageUnit.MILLIVOLT),
    )


def test_a_campaign_may_leave_the_supply_out() -> None:
    first, units = BULLETIN.index("[[supply]]"), BULLETIN.index("[[units]]")
    assert parse_campaign(BULLETIN[:first] + BULLETIN[units:], "x.toml").supply == ()


def test_datablocks_may_touch() -> None:
    touching = parse_campaign(BULLETIN.replace("address = 0x8008_0000", "address = 0x8006_0000"), "x.toml")
    first, second, _ = touching.units[0].datablocks
    assert first.address + first.length == second.address


TWO_AT_ONCE = BULLETIN.replace("body_address = 0x40", "body_address = 0x40\nmax_open = 2")


@pytest.mark.parametrize(("address", "who"), [("0x10", "the gateway"), ("0x40", "body_address")])
def test_whom_the_others_need_is_programmed_alone(address: str, who: str) -> None:
    unit = BULLETIN[BULLETIN.index("[[units]]") :].replace("order = 1", "order = 2").replace("0x12", address, 1)
    with pytest.raises(CampaignError, match=rf"units\[1\].address: {who} is programmed alone"):
        parse_campaign(TWO_AT_ONCE + unit, "x.toml")
    alone = unit.replace("order = 2", "order = 2\nalone = true")
    assert parse_campaign(TWO_AT_ONCE + alone, "x.toml").units[1].alone


@pytest.mark.parametrize("count", ["0", "7"])
def test_one_to_six_at_once(count: str) -> None:
    with pytest.raises(CampaignError, match="max_open: expected 1 to 6 control units"):
        parse_campaign(TWO_AT_ONCE.replace("max_open = 2", f"max_open = {count}"), "x.toml")
