"""Sessions of a simulated control unit, as ISO 14229-1 and -2 describe them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.bench.memory import SlotState
from appliance.bench.unit.profile import NO_TIMING, SLOW_TIMING
from tests.bench.talk import ERASE, QUICK, Talk, memory


@pytest.fixture
def talk() -> Talk:
    return Talk()


def active(talk: Talk) -> str:
    return talk.ask("22 F1 86")


def in_its_bootloader() -> Talk:
    good = memory()
    lost = replace(good.slots[0], software="", state=SlotState.ERASED, clean=False)
    return Talk(good.with_slot(lost))


def test_a_session_is_answered_with_its_timing(talk: Talk) -> None:
    assert talk.ask("10 03") == "50 03 00 32 01 F4"


def test_a_slow_unit_announces_299_ms() -> None:
    assert Talk(profile=replace(QUICK, session_timing=SLOW_TIMING)).ask("10 03") == "50 03 01 2B 01 F4"


def test_some_units_answer_without_timing() -> None:
    assert Talk(profile=replace(QUICK, session_timing=NO_TIMING)).ask("10 03") == "50 03"


def test_a_session_nobody_knows_is_refused(talk: Talk) -> None:
    assert talk.ask("10 7E") == "7F 10 12"


def test_the_active_session_can_be_read(talk: Talk) -> None:
    assert active(talk) == "62 F1 86 01"
    talk.tell("10 03")
    assert active(talk) == "62 F1 86 03"


def test_programming_is_not_entered_from_the_default_session(talk: Talk) -> None:
    assert talk.ask("10 02") == "7F 10 7E"


def test_programming_is_entered_from_the_extended_session_after_response_pending(talk: Talk) -> None:
    talk.tell("10 03")
    assert [said.words for said in talk.hear("10 02")] == ["7F 10 78", "50 02 00 32 01 F4"]


def test_programming_is_refused_while_the_engine_runs(talk: Talk) -> None:
    talk.world.engine_running = True
    talk.tell("10 03")
    assert talk.ask("10 02") == "7F 10 22"


def test_a_bootloader_without_application_enters_programming_from_any_session() -> None:
    assert in_its_bootloader().ask("10 02") == "50 02 00 32 01 F4"


@pytest.mark.parametrize("kind", ["03", "41"])
def test_no_other_session_but_the_default_one_leaves_programming(talk: Talk, kind: str) -> None:
    talk.tell("10 03", "10 02")
    assert talk.ask(f"10 {kind}") == "7F 10 7E"
    assert active(talk) == "62 F1 86 02"


def test_the_default_session_leaves_programming_by_a_restart(talk: Talk) -> None:
    talk.tell("10 03", "10 02", "10 01")
    assert talk.ask("22 F1 90") == ""
    talk.wait(QUICK.reset_s)
    assert active(talk) == "62 F1 86 01"


def test_a_bootloader_has_no_coding_session() -> None:
    assert in_its_bootloader().ask("10 41") == "7F 10 12"


def test_a_reset_is_answered_then_silent_then_in_the_default_session(talk: Talk) -> None:
    talk.tell("10 03")
    assert talk.ask("11 01") == "51 01"
    assert talk.ask("3E 00") == ""
    talk.wait(QUICK.reset_s)
    assert active(talk) == "62 F1 86 01"


def test_only_a_hard_reset_is_known(talk: Talk) -> None:
    assert talk.ask("11 05") == "7F 11 12"


def test_a_session_ends_when_nobody_speaks_for_s3(talk: Talk) -> None:
    talk.tell("10 03")
    talk.wait(4.99)
    assert talk.unit.session == 0x03
    talk.wait(0.02)
    assert active(talk) == "62 F1 86 01"


def test_tester_present_keeps_a_session(talk: Talk) -> None:
    talk.tell("10 03")
    talk.keep_alive(60.0)
    assert active(talk) == "62 F1 86 03"


def test_the_unit_names_the_end_of_s3_as_its_next_moment(talk: Talk) -> None:
    talk.tell("10 03")
    assert talk.unit.next_s() == pytest.approx(talk.now_s + 5.0)


def test_s3_runs_from_the_answer_not_from_the_request() -> None:
    """Work longer than S3 does not cost the session it was asked for in."""
    talk = Talk(profile=replace(QUICK, erase_s=8.0))
    talk.into_programming()
    assert talk.ask(ERASE) == "71 01 FF 00 00"
    talk.wait(4.9)
    assert active(talk) == "62 F1 86 02"


def test_programming_that_runs_out_of_s3_restarts_the_unit(talk: Talk) -> None:
    talk.tell("10 03", "10 02")
    talk.wait(5.5)
    assert talk.ask("3E 00") == ""
    talk.wait(QUICK.reset_s)
    assert active(talk) == "62 F1 86 01"


@pytest.mark.parametrize(("request_", "refusal"), [("85 02", "7F 85 7F"), ("28 01 01", "7F 28 7F")])
def test_the_default_session_switches_nothing_off(talk: Talk, request_: str, refusal: str) -> None:
    assert talk.ask(request_) == refusal


def test_dtc_setting_and_normal_messages_are_switched_off_and_on(talk: Talk) -> None:
    talk.tell("10 03", "85 02", "28 01 01")
    assert (talk.unit.dtc_setting, talk.unit.normal_messages) == (False, False)
    talk.tell("85 01", "28 00 01")
    assert (talk.unit.dtc_setting, talk.unit.normal_messages) == (True, True)


def test_both_outlive_a_change_between_other_sessions(talk: Talk) -> None:
    talk.tell("10 03", "85 02", "28 01 01", "10 41")
    assert (talk.unit.dtc_setting, talk.unit.normal_messages) == (False, False)


@pytest.mark.parametrize("end", ["10 01", "11 01", "S3"])
def test_both_end_with_the_default_session(talk: Talk, end: str) -> None:
    talk.tell("10 03", "85 02", "28 01 01")
    if end == "S3":
        talk.wait(5.1)
    else:
        talk.tell(end)
    assert (talk.unit.dtc_setting, talk.unit.normal_messages) == (True, True)


@pytest.mark.parametrize(("request_", "refusal"), [("85 05", "7F 85 12"), ("28 07 01", "7F 28 12")])
def test_unknown_switches_are_refused(talk: Talk, request_: str, refusal: str) -> None:
    talk.tell("10 03")
    assert talk.ask(request_) == refusal
