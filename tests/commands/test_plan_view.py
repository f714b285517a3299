"""`kl30 plan --json` says of the whole vehicle who is programmed, in which order, who is left alone, and why."""

from __future__ import annotations

from appliance.campaign.plan import Plan
from appliance.commands.plan_view import measures_view
from tests.campaign.levels import campaign, catalogue, planned, seen, unit

BODY, DME, STRANGER = 0x40, 0x12, 0x71


def made(*, stranger: bool = False) -> Plan:
    level = catalogue(unit(DME), unit(BODY))
    others = (seen(STRANGER),) if stranger else ()
    return planned(level, seen(DME), seen(BODY), *others, by=campaign(body_address=BODY, max_open=2))


def test_what_is_programmed_at_the_same_time_is_told_in_order() -> None:
    assert measures_view(made()).at_once == (("0x12",), ("0x40",))


def test_who_is_left_alone_is_told_and_whether_that_keeps_the_level_back() -> None:
    (left,) = measures_view(made(stranger=True)).untouched
    assert (left.address, left.blocks_level) == ("0x71", True)
    assert "does not know it" in left.why


def test_a_level_that_is_not_written_is_no_target_and_says_why() -> None:
    view = measures_view(made(stranger=True))
    assert view.target == ""
    assert "0x71" in view.level_why


def test_a_level_that_is_written_is_the_target() -> None:
    assert measures_view(made()).target == "F056-17-03-502"
