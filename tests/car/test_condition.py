"""A stuck control unit is known by its own words, and a healthy one is never called stuck."""

from __future__ import annotations

import pytest

from appliance.car.condition import State, condition_of
from appliance.car.svk import ProgrammingCheck, decode_svk, parse_sgbm
from appliance.car.vehicle import UnitSeen
from tests.campaign.cars import NEW, OLD, UNKNOWN, dme, svk
from tests.car.golden import SVK_DME, SVK_KAFAS, SVK_KOMBI

TARGET = tuple(parse_sgbm(text) for text in NEW)


@pytest.mark.parametrize("answer", [SVK_DME, SVK_KOMBI, SVK_KAFAS])
@pytest.mark.parametrize("session", [None, 0x01, 0x02, 0x03, 0x42])
def test_a_real_unit_that_passed_its_check_is_not_stuck_whatever_its_session(answer: bytes, session: int) -> None:
    """A real DME said session 42, a camera 03, with everything in order (facts.md §3.4)."""
    seen = UnitSeen(0x12, svk=decode_svk(answer), session=session)
    assert condition_of(seen).state is State.RUNS


@pytest.mark.parametrize("check", [one for one in ProgrammingCheck if one is not ProgrammingCheck.PASSED])
def test_a_check_that_did_not_pass_is_said_in_the_units_words(check: ProgrammingCheck) -> None:
    condition = condition_of(dme(*OLD, check=check))
    assert condition.state is State.BOOTLOADER
    assert condition.evidence[0] == f"its own check says: {check.explanation}"


def test_a_unit_it_cannot_identify_counts_also_when_its_check_passed() -> None:
    condition = condition_of(dme(UNKNOWN, *OLD[1:]))
    assert condition.stuck
    assert "1 unit cannot be identified (unkn_ffffffff)" in condition.evidence


def test_missing_software_is_named() -> None:
    condition = condition_of(dme(*OLD[1:]), TARGET)
    assert condition.stuck
    assert "missing: SWFL 00002CCE" in condition.evidence


def test_another_version_is_not_missing_software() -> None:
    assert condition_of(dme(*OLD), TARGET).state is State.RUNS


def test_no_software_at_all_is_only_a_sign_where_the_application_is_silent() -> None:
    assert condition_of(UnitSeen(0x12, svk=svk())).stuck
    assert not condition_of(UnitSeen(0x12, svk=svk(), faults=())).stuck


def test_a_bootloader_without_ident_is_known_by_its_session() -> None:
    condition = condition_of(UnitSeen(0x40, session=0x02))
    assert (condition.state, condition.stuck) == (State.NO_IDENT, True)
    assert "it answers in the programming session only (DID F186)" in condition.evidence


@pytest.mark.parametrize("session", [None, 0x01, 0x03])
def test_a_unit_that_tells_nothing_is_not_called_stuck(session: int | None) -> None:
    assert condition_of(UnitSeen(0x63, session=session)).state is State.UNKNOWN
