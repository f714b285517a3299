"""What `kl30 publish check` says of a campaign, and what a dry run shows and does not claim to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.bench.cache import bench_campaigns
from appliance.campaign.eligibility import Affected, CannotDecide, judge
from appliance.campaign.load import parse_campaign
from appliance.campaign.model import AlreadyAtTargetMeans, Campaign
from appliance.car.integration_level import decode_levels
from appliance.car.vehicle import Vehicle
from appliance.car.vehicle_order import VehicleOrder, decode_vehicle_order
from appliance.car.vin import Vin
from appliance.commands.publish_car import obstacles, rehearsed, series_of
from appliance.commands.publish_check import check_campaign
from appliance.commands.publish_rehearsal import rehearse
from appliance.commands.publish_words import cars, claim, edge_months, either, full_month, warnings, work
from appliance.firmware.publish.images import datablocks_of
from appliance.firmware.synthetic import synthetic_image
from tests.campaign.cars import BULLETIN, bulletin

TEXTS = dict((*bench_campaigns(), *bench_campaigns("two-units"), *bench_campaigns("recoded")))


def campaign_with(*changes: tuple[str, str]) -> Campaign:
    text = BULLETIN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse_campaign(text, "x.toml")


def small(*changes: tuple[str, str]) -> Campaign:
    """The same with one short datablock, which is played sooner."""
    campaign = campaign_with(*changes)
    (unit,) = campaign.units
    block = replace(unit.datablocks[0], length=0x1000)
    return replace(campaign, units=(replace(unit, target_software=(block.software,), datablocks=(block,)),))


def images_of(campaign: Campaign) -> dict[str, bytes]:
    return {block.file: synthetic_image(block.software, block.length) for block in datablocks_of(campaign)}


# -- in words


def test_the_bulletin_is_told_as_a_colleague_would() -> None:
    assert (cars(bulletin()), claim(bulletin())) == (
        (
            "It hits every F54, F55, F56, F57 or F60 built from 2013-12-04 to 2017-02-27 that is below F056-17-03-502. "
            "A car at that level or above counts as done already."
        ),
        (
            "A car that was programmed is claimed with 00 64 979, 8 FRU (40 minutes, plus work). A car that is already "
            "at the target is claimed with 00 64 978, 1 FRU (5 minutes, plus work), and that is all. Defect code "
            "0012440400; never both labour operations, and nothing for any other end."
        ),
    )


def test_the_work_is_told_in_the_order_it_is_done() -> None:
    told = list(work(parse_campaign(TEXTS["two-units.toml"], "x.toml")))
    assert [one.split(" (")[0] for one in told] == ["DME", "instrument cluster"]


def test_new_coding_and_individual_data_are_told() -> None:
    (told,) = work(parse_campaign(TEXTS["recoded.toml"], "x.toml"))
    assert "2 coding records saved before, and written back." in told
    assert "New coding where the order has 205 and not 2VB: 3000 byte 4, bits 30 become 20, because" in told
    assert "New coding: 3000 byte 9" in told
    assert told.endswith("2 records of individual data saved before, and written back.")


def test_diagnosis_is_not_claimed() -> None:
    means = replace(bulletin(), already_at_target=AlreadyAtTargetMeans.DIAGNOSE_FURTHER)
    assert "the bulletin asks for further diagnosis" in claim(means)


def test_level_ranges_and_type_keys_are_told() -> None:
    ranges = '\n[[affected.level_ranges]]\nmin = "F056-15-03-502"\nbelow = "F056-16-11-502"\n'
    campaign = campaign_with(
        ("produced_to = 2017-02-27\n", f'produced_to = 2017-02-27\ntype_keys = ["XM51", "XM52"]\n{ranges}')
    )
    told = cars(campaign)
    assert "from F056-15-03-502 to below F056-16-11-502" in told
    assert "with the type key XM51 or XM52" in told


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((), "Cars built in 12/2013 and 02/2017 cannot be decided"),
        ((("2013-12-04", "2013-12-01"),), "Cars built in 02/2017 cannot be decided"),
        ((("2017-02-27", "2013-12-20"),), "The window holds no whole month"),
        ((("body_address = 0x40", ""),), "the diagnosis power mode is not set"),
        ((("abort_recoverable = true", "abort_recoverable = false"),), "DME may be lost for good"),
        ((('bootloader = ["btld_00002ccd-021_010_001"]', ""),), "DME is programmed whatever its bootloader is"),
        ((("data_format = 0x00 #", "data_format = 0x10 #"),), "program of DME is sent as it is, with data format 0x10"),
    ],
)
def test_an_author_is_warned(changes: tuple[tuple[str, str], ...], words: str) -> None:
    assert words in "\n".join(warnings(campaign_with(*changes)))


def test_whole_months_are_no_edge() -> None:
    told = "\n".join(warnings(campaign_with(("2013-12-04", "2013-12-01"), ("2017-02-27", "2017-02-28"))))
    assert "cannot be decided" not in told


DAYS = st.dates(date(2010, 1, 1), date(2030, 1, 1))


@settings(max_examples=30)
@given(DAYS, st.integers(0, 900))
def test_the_months_said_to_be_decided_are_decided_as_the_appliance_does(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    campaign = replace(bulletin(), affected=replace(bulletin().affected, produced_from=first, produced_to=last))
    whole = full_month(first, last)
    levels = decode_levels(b"\x62\x10\x0b" + rehearsed(bulletin()).car.levels)
    for year, month in {*edge_months(first, last), *([whole] if whole else [])}:
        order = VehicleOrder(month, year, "F056", "XM51", "0B32", "FRC8")
        verdict = judge(campaign, Vehicle(vin=Vin("WMWZZ11000T000001"), order=order, levels=levels), None)
        assert isinstance(verdict, CannotDecide if (year, month) != whole else Affected)


def test_words_are_joined_as_people_do() -> None:
    assert [either(()), either(("a",)), either(("a", "b")), either(("a", "b", "c"))] == ["", "a", "a or b", "a, b or c"]


# -- the dry run


@pytest.mark.parametrize(
    "name", ["body-control-unit.toml", "two-units.toml", "recoded.toml"]
)  # the bulletin: in the page's walk
def test_the_campaigns_of_the_bench_carry_their_cars_to_the_target(name: str) -> None:
    campaign = parse_campaign(TEXTS[name], name)
    assert rehearse(campaign, images_of(campaign)).verdict == "programmed"


def test_the_car_is_one_the_campaign_is_for() -> None:
    made = rehearsed(bulletin())
    order = decode_vehicle_order(b"\x62\x3f\x06" + made.car.order)
    before = made.car.unit(0x12).slots[0].software
    assert (order.series, order.year, order.month, before) == ("F054", 2014, 1, "swfl_00002cce-021_020_001")


def test_any_control_unit_can_be_played() -> None:
    campaign = small(("address = 0x12\nname", "address = 0x18\nname"), ('name = "DME"', 'name = "EGS"'))
    rehearsal = rehearse(campaign, images_of(campaign))
    assert rehearsal.verdict == "programmed"
    assert "nobody has measured EGS (0x18): it took the times of a real DME" in rehearsal.not_tried


def test_a_car_that_only_the_open_list_decides_is_on_it() -> None:
    campaign = small(("2017-02-27", "2013-12-20"))
    rehearsal = rehearse(campaign, images_of(campaign))
    assert (rehearsal.verdict, "on the list of open campaigns" in rehearsal.story) == ("programmed", True)


def test_what_a_control_unit_needs_of_others_is_there() -> None:
    need = '[[units.needs]]\naddress = 0x60\nsoftware = "swfl_00002b14-010_004_001"\n\n'
    first = '[[units.datablocks]]\nname = "program"\n'
    campaign = small((first, need + first))
    assert rehearse(campaign, images_of(campaign)).verdict == "programmed"


def test_software_the_campaign_starts_from_is_what_the_car_has() -> None:
    campaign = small(("from_software = []", 'from_software = ["swfl_00002cce-021_010_002"]'))
    assert rehearsed(campaign).car.unit(0x12).slots[0].software == "swfl_00002cce-021_010_002"
    assert rehearse(campaign, images_of(campaign)).verdict == "programmed"


def test_what_was_played_differently_is_said() -> None:
    campaign = small(
        ('security = "bench-stand-in"', 'security = "acme"'),
        ("security_level = 0x11", "security_level = 0x01"),
        ("data_format = 0x00 #", "data_format = 0x10 #"),
        ("did = 0x402B", "did = 0x1234"),
    )
    real = {block.file: bytes(block.length) for block in datablocks_of(campaign)}
    rehearsal = rehearse(campaign, real)
    assert rehearsal.verdict == "programmed"
    assert rehearsal.not_tried == (
        "the contents of swfl_00002cce.bin.021_020_002 were played by stand-ins of the same length",
        "the bench's stand-in opened DME; acme was not tried",
        "DME was opened at level 0x11, not at 0x01",
        "program was sent plain, not with data format 0x10",
        "0x12 did not tell its voltage: that of the bench knows no DID 1234",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((("length = 0x1_8000", "length = 16"),), "data of DME is shorter than 96 bytes"),
        ((('bodies = ["F54"', 'bodies = ["F5-4"'),), "no vehicle order says F5-4"),
        ((('bodies = ["F54"', 'type_keys = ["XM5"]\nbodies = ["F54"'),), "no vehicle order has the type key XM5"),
        ((("swfl_000046da-021_020_052", "flsl_000046da-021_020_052"),), "name no FLSL"),
        ((("swfl_000046da-021_020_052", "swfl_000046da-000_000_000"),), "lower version of swfl_000046da-000_000_000"),
    ],
)
def test_what_cannot_be_played_is_not_claimed_to_be(changes: tuple[tuple[str, str], ...], words: str) -> None:
    campaign = campaign_with(*changes)
    assert words in "\n".join(obstacles(campaign))
    assert rehearse(campaign, {}).verdict == ""


@pytest.mark.parametrize(("body", "series"), [("F56", "F056"), ("G11", "G011"), ("J29", "J029"), ("F5-4", "F5-4")])
def test_a_body_is_written_as_a_vehicle_order_does(body: str, series: str) -> None:
    assert series_of(body) == series


def test_a_campaign_that_programs_nobody_fails_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its range of levels lies above its target: no rule of the file forbids that, and every car is done already."""
    ranges = '[[affected.level_ranges]]\nmin = "F056-17-07-502"\nbelow = "F056-17-11-502"\n\n[[targets]]'
    path = tmp_path / "service-action-dme.toml"
    path.write_text(BULLETIN.replace("[[targets]]", ranges, 1), encoding="utf-8")
    assert check_campaign(path, tmp_path, synthetic=True) == 1
    assert "verdict: already-at-target" in capsys.readouterr().out
