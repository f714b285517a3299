"""Repair lines, and what a control unit that failed asks for before it may be replaced."""

from __future__ import annotations

from dataclasses import replace

from appliance.campaign.claim import make_claim
from appliance.campaign.claim_repairs import KEEP, ClaimItem, RemoteSupport, remote_support, repair_lines
from appliance.campaign.verdict import Verdict
from tests.campaign.cars import bulletin

SILENT = ClaimItem("0x60 KOMBI", "", "it does not answer now")
FIRST, SECOND = ClaimItem("0x12 DME/DDE", "105A20", "present"), ClaimItem("0x12 DME/DDE", "E12402", "stored")


def asked(**changed: object) -> RemoteSupport:
    found = remote_support(replace(bulletin(), **changed), ("0x12 DME/DDE",))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_what_appeared_during_programming_goes_under_the_defect_code_of_the_bulletin() -> None:
    (line,) = repair_lines(bulletin(), (), (FIRST,))
    assert (line.defect_code, line.during) == ("0012440400", True)


def test_what_was_there_before_goes_under_its_own() -> None:
    (line,) = repair_lines(bulletin(), (FIRST,), ())
    assert (line.defect_code, line.during) == ("its own", False)


def test_a_control_unit_has_one_line_for_all_its_codes() -> None:
    (line,) = repair_lines(bulletin(), (), (FIRST, SECOND))
    assert line.codes == ("105A20", "E12402")


def test_a_control_unit_without_codes_says_what_is_wrong_with_it() -> None:
    (line,) = repair_lines(bulletin(), (), (SILENT,))
    assert (line.codes, line.text) == ((), "it does not answer now")


def test_what_happened_during_programming_stands_first() -> None:
    assert [line.during for line in repair_lines(bulletin(), (FIRST,), (SILENT,))] == [True, False]


def test_nothing_is_asked_where_nothing_failed() -> None:
    assert make_claim(bulletin(), Verdict.PROGRAMMED, (), ()).remote_support is None


def test_a_control_unit_that_failed_stays_in_the_car_and_powered() -> None:
    assert asked().instructions[0] == KEEP
    assert all(word in KEEP for word in ("Do not replace", "Keep it powered"))


def test_support_is_asked_in_the_words_of_the_bulletin() -> None:
    assert asked(remote_support="Call the hotline.").instructions[1] == "Call the hotline."


def test_a_bulletin_that_does_not_say_asks_for_the_usual_case_and_session() -> None:
    assert all(word in asked().instructions[1] for word in ("PuMA", "IRAP"))


def test_the_authorisation_code_is_left_to_be_filled_in() -> None:
    found = asked(authorisation="In the comments.")
    assert (found.authorisation, found.authorisation_code) == ("In the comments.", "")
