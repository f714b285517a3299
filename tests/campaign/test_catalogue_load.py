"""A level catalogue as a file: what is in it, and which mistakes are named with their line."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.campaign.catalogue import Catalogue, Fitted, Outside, Place
from appliance.campaign.catalogue_check import catalogue_problems
from appliance.campaign.catalogue_load import load_catalogue, parse_catalogue
from appliance.campaign.check import problems
from appliance.campaign.load import parse_campaign
from appliance.campaign.model import Kind, Target
from appliance.car.integration_level import parse_level
from appliance.car.sgbm import parse_sgbm
from appliance.errors import CampaignError
from appliance.firmware.synthetic import synthetic_image
from tests.campaign.cars import BULLETIN, bulletin
from tests.campaign.levels import (
    LEVELS,
    NEWER,
    bench_catalogue,
    campaign,
    catalogue,
    datablock,
    need,
    software,
    unit,
    variant,
)


def said(made: Catalogue) -> str:
    return "; ".join(what for _, what in catalogue_problems(made))


def test_the_benchs_catalogue_is_read() -> None:
    made = bench_catalogue()
    assert [one.address for one in made.units] == [0x40, 0x12, 0x60, 0x5D, 0x63, 0x10]
    assert [one.name for one in made.units[1].variants] == ["petrol", "diesel"]
    assert (made.units[0].place, made.units[3].fitted) == (Place.FIRST, Fitted.BY_ORDER)


def test_the_images_of_the_benchs_catalogue_are_the_benchs() -> None:
    blocks = [block for one in bench_catalogue().units for its in one.variants for block in its.datablocks]
    assert [_hash(synthetic_image(block.software, block.length)) for block in blocks] == [one.sha256 for one in blocks]


def _hash(image: bytes) -> str:
    return hashlib.sha256(image).hexdigest()


def test_a_file_is_read_as_its_text(tmp_path: Path) -> None:
    path = tmp_path / "level.toml"
    path.write_text(LEVELS, encoding="utf-8")
    assert load_catalogue(path) == bench_catalogue()


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ('place = "first"', 'place = "early"', "units[0].place: expected one of first, between, last, found 'early'"),
        ('place = "first"', 'plase = "first"', "units[0].plase: unknown key"),
        ('options = ["5AS"]', 'options = ["5as"]', "an option of the vehicle order, three capital letters or digits"),
        ("address = 0x61", "address = 0x63", "outside[0].address: 0x63 is head unit of this level"),
        ('level = "F056-17-03-502"', 'level = "17-03"', "level: '17-03' is no integration level"),
    ],
)
def test_a_mistake_is_named_with_its_line(written: str, instead: str, message: str) -> None:
    line = LEVELS[: LEVELS.index(written)].count("\n") + 1
    with pytest.raises(CampaignError, match=re.escape(message)) as raised:
        parse_catalogue(LEVELS.replace(written, instead, 1), "x.toml")
    assert raised.value.where == f"x.toml:{line}"


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (catalogue(), "a level stands for control units"),
        (catalogue(unit(0x12), unit(0x12)), "0x12 is there twice"),
        (catalogue(replace(unit(0x12), variants=())), "the list is empty: nothing could be told"),
        (catalogue(unit(0x12, fitted=Fitted.BY_ORDER)), "which options mean that it is fitted"),
        (catalogue(unit(0x12, options=("5AS",))), "they decide with fitted = 'by-order' only"),
        (catalogue(unit(0x12, variants=(variant(0x12, hwel=()),))), "software without hardware"),
        (catalogue(unit(0x12, variants=(variant(0x12, security=""),))), "has a provider"),
        (catalogue(unit(0x12, variants=(variant(0x12), variant(0x12, kind=1, name="kind 0")))), "is there twice"),
        (catalogue(unit(0x12, variants=(variant(0x12), variant(0x12, name="b")))), "who could tell them apart"),
        (catalogue(unit(0x12), outside=(Outside(0x12, "DME", "x"),)), "0x12 is unit 12 of this level"),
        (catalogue(unit(0x12, need(0x12))), "does not need itself"),
        (catalogue(unit(0x12, need(0x60))), "knows no control unit 0x60"),
        (catalogue(unit(0x12, need(0x60, NEWER)), unit(0x60)), "does not reach swfl_00006000-003_000_000"),
        (
            catalogue(unit(0x12, need(0x60)), unit(0x60, variants=(variant(0x60, kind=1),))),
            "no variant of unit 60 0x60 has swfl_00006000",
        ),
        (
            catalogue(unit(0x12, need(0x60)), unit(0x60, need(0x12))),
            "unit 12 0x12, which needs unit 60 0x60, which needs unit 12 0x12",
        ),
    ],
)
def test_what_contradicts_itself_is_named(made: Catalogue, what: str) -> None:
    assert what in said(made)


def test_one_file_name_is_one_content() -> None:
    other = replace(datablock(software(0x60, 2)), file=datablock(software(0x12, 2)).file, length=0x200)
    level = catalogue(unit(0x12), unit(0x60, variants=(variant(0x60, datablocks=(other,)),)))
    assert "another hash or length" in said(level)


def test_needs_that_older_software_meets_as_well_are_no_circle() -> None:
    assert said(catalogue(unit(0x12, need(0x60, 1)), unit(0x60, need(0x12)))) == ""


def test_software_outside_the_level_may_be_needed() -> None:
    level = catalogue(unit(0x12, need(0x76)), outside=(Outside(0x76, "trailer", "x"),))
    assert said(level) == ""


def test_who_is_only_looked_at_needs_no_provider() -> None:
    assert said(catalogue(unit(0x12, variants=(variant(0x12, datablocks=(), security=""),)))) == ""


# -- the campaign's side


def test_a_campaign_may_go_by_a_catalogue_instead_of_control_units_of_its_own() -> None:
    head = BULLETIN[: BULLETIN.index("# -- the control unit\n")]
    text = head.replace("[affected]", 'levels = "f056-17-03-502"\nunits = []\n\n[affected]', 1)
    made = parse_campaign(text, "x.toml")
    assert (made.levels, made.units) == ("f056-17-03-502", ())


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"levels": ""}, "there is no control unit to program"),
        ({"levels": "", "units": bulletin().units, "only": (0x12,)}, "levels is missing"),
        ({"only": (0x12, 0x12)}, "0x12 is there twice"),
        ({"kind": Kind.RECOVERY}, "a recovery has none"),
        (
            {"targets": tuple(Target(one, parse_level(f"{one}-17-03-502")) for one in ("F056", "F020"))},
            "a catalogue stands for one main series",
        ),
    ],
)
def test_a_campaign_that_cannot_go_by_a_catalogue_is_refused(changed: dict[str, object], what: str) -> None:
    assert what in "; ".join(said for _, said in problems(replace(campaign(), **changed)))  # type: ignore[arg-type]


def test_a_bare_sgbm_id_is_read_in_either_spelling() -> None:
    made = parse_catalogue(LEVELS.replace("hwel_00003a01-001_000_000", "HWEL-00003A01-01.00.00"), "x.toml")
    assert made.units[3].variants[0].hwel == (parse_sgbm("hwel_00003a01-001_000_000"),)
