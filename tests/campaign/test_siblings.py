"""Sibling bulletins fit the schema: level ranges, a target for each main series, 'diagnose further'."""

from __future__ import annotations

import pytest

from appliance.campaign.claim import make_claim
from appliance.campaign.eligibility import Affected, AlreadyAtTarget, NotAffected, judge
from appliance.campaign.load import parse_campaign
from appliance.campaign.model import Campaign
from appliance.campaign.verdict import Verdict
from appliance.errors import CampaignError
from tests.campaign.cars import vehicle

HEAD = """
id = "{id}"
title = "{id}"
kind = "service-information"
source = "{id}"
defect_code = "{defect_code}"
already_at_target = "{already}"
"""
LABOUR = """
[[labour]]
when = "{when}"
number = "61 00 {n:03}"
fru = {n}
text = "{when}"
"""
UNIT = """
[[units]]
address = 0x5D
name = "KAFAS"
order = 1
hwel = ["hwel_00001f7a-002_001_000"]
target_software = ["swfl_00001f7c-007_010_000"]
security = "any"
abort_recoverable = false
coding = [0x3000]
"""
KAFAS = (
    HEAD.format(id="si-m66-02-21", defect_code="66 12 34 56", already="claim-and-finish")
    + LABOUR.format(when="already-at-target", n=1)
    + LABOUR.format(when="programmed", n=7)
    + UNIT
    + """
[affected]
main_series = ["F056"]
bodies = ["F54", "F55", "F56", "F57", "F60"]
level_ranges = [{min = "F056-21-03-500", below = "F056-21-03-545"}]
[[targets]]
series = "F056"
level = "F056-21-03-545"
"""
)
PER_CHASSIS = (
    HEAD.format(id="62-04-15", defect_code="00 62 37 01 00", already="claim-and-finish")
    + LABOUR.format(when="already-at-target", n=1)
    + LABOUR.format(when="programmed", n=7)
    + UNIT
    + """
[affected]
main_series = ["F001", "F010", "F025"]
bodies = ["F01", "F10", "F25"]
produced_from = 2014-01-01
produced_to = 2015-03-31
[[targets]]
series = "F001"
level = "F001-15-03-503"
[[targets]]
series = "F010"
level = "F010-15-03-503"
[[targets]]
series = "F025"
level = "F025-15-03-503"
"""
)
DIAGNOSE = (
    HEAD.format(id="si-b61-33-22", defect_code="61 00 00 00", already="diagnose-further")
    + LABOUR.format(when="programmed", n=7)
    + UNIT
    + """
[affected]
main_series = ["S15A", "S18A"]
bodies = ["G05", "G30"]
produced_from = 2021-01-01
produced_to = 2022-10-31
[[targets]]
series = "S15A"
level = "S15A-22-11-530"
[[targets]]
series = "S18A"
level = "S18A-22-11-531"
"""
)


def campaign(text: str) -> Campaign:
    return parse_campaign(text, "sibling.toml")


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("F056-21-03-499", NotAffected),
        ("F056-21-03-500", Affected),
        ("F056-21-03-544", Affected),
        ("F056-21-03-545", NotAffected),
    ],
)
def test_a_level_range_is_closed_below_and_open_above(level: str, expected: type) -> None:
    assert isinstance(judge(campaign(KAFAS), vehicle(level, built=(5, 2021)), None), expected)


@pytest.mark.parametrize(
    ("level", "series", "expected"),
    [
        ("F010-14-11-500", "F010", Affected),
        ("F010-15-03-503", "F010", AlreadyAtTarget),
        ("F025-15-03-502", "F025", Affected),
        ("F056-15-03-502", "F056", NotAffected),
    ],
)
def test_each_main_series_has_its_own_target(level: str, series: str, expected: type) -> None:
    car = vehicle(level, built=(6, 2014), series=series, vin="WBAXG5C50EDY12345")
    assert isinstance(judge(campaign(PER_CHASSIS), car, None), expected)


def test_already_at_target_may_pay_nothing_and_ask_for_diagnosis() -> None:
    car = vehicle("S15A-22-11-530", built=(6, 2022), series="G005", vin="WBAXG5C50N9Y12345")
    sibling = campaign(DIAGNOSE)
    assert isinstance(judge(sibling, car, None), AlreadyAtTarget)
    claim = make_claim(sibling, Verdict.ALREADY_AT_TARGET, (), ())
    assert claim.labour_operation == ""
    assert "further diagnosis" in claim.sentences[0]


def test_a_level_range_across_main_series_is_refused() -> None:
    with pytest.raises(CampaignError, match="is not a lower level than"):
        campaign(KAFAS.replace('below = "F056', 'below = "F010'))


def test_a_level_range_for_only_some_main_series_is_refused() -> None:
    text = KAFAS.replace('main_series = ["F056"]', 'main_series = ["F056", "F010"]')
    with pytest.raises(CampaignError, match="F010 has none"):
        campaign(text + '[[targets]]\nseries = "F010"\nlevel = "F010-21-03-545"\n')


def test_a_campaign_that_says_nothing_of_who_is_affected_is_refused() -> None:
    with pytest.raises(CampaignError, match="neither a production window nor a level range"):
        campaign(KAFAS.replace("level_ranges = [", "level_ranges = [] # ["))
