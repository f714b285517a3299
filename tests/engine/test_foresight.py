"""What is remembered of a supply, and for how long."""

from __future__ import annotations

import pytest

from appliance.config import PowerConfig
from appliance.engine.foresight import Foresight
from appliance.power.charger_test import ChargerTest, ChargerVerdict
from appliance.power.limits import limits_from
from appliance.power.reading import Reading

PASSED = ChargerTest(ChargerVerdict.PASSED, "it carried it")


@pytest.mark.parametrize(("gap_s", "kept"), [(0.25, PASSED), (20.0, PASSED), (40.0, None)])
def test_a_passed_charger_test_counts_while_the_plug_stays_in(gap_s: float, kept: ChargerTest | None) -> None:
    foresight = Foresight(limits_from(PowerConfig()))
    foresight.see(1.0, Reading(1.0, 13.8, 0.01), working=False)
    foresight.charger_passed = PASSED
    foresight.see(1.0 + gap_s, Reading(1.0 + gap_s, 13.8, 0.01), working=False)
    assert foresight.charger_passed is kept
