"""After the control units: the integration level last, trouble codes cleared."""

from __future__ import annotations

import pytest

from appliance.car.integration_level import parse_level
from appliance.errors import MalformedAnswer
from appliance.procedure.failures import LevelFailed
from appliance.procedure.finish import clear_faults, write_level
from tests.procedure.script import play

TARGET = parse_level("F056-17-03-502")
# F056-16-07-502 now, nothing before, F056-16-03-502 from the factory; then length and signature.
NOW, FACTORY, TARGET_RECORD = "46 30 35 36 10 07 01 F6", "46 30 35 36 10 03 01 F6", "46 30 35 36 11 03 01 F6"
LAST = "00 00 00 00 00 00 00 00"
TRAILER = "00 04 DE AD BE EF"
READ = "10 > 22 10 0B < 62 10 0B"
BEFORE = f"{READ} {NOW} {LAST} {FACTORY} {TRAILER}\n"
AFTER = f"{READ} {TARGET_RECORD} {NOW} {FACTORY} {TRAILER}\n"
BEGUN, WRITTEN = f"mark LevelBegun {TARGET}\n", f"mark LevelWritten {TARGET}\n"
WRITE = f"10 > 10 03\n10 > 2E 10 0B {TARGET_RECORD} {NOW} {FACTORY} {TRAILER}"


def test_only_current_and_last_change_and_every_other_byte_goes_back_as_it_was_read() -> None:
    assert play(write_level(TARGET), BEFORE + BEGUN + WRITE + "\n" + AFTER + WRITTEN).failure is None


def test_a_level_that_is_there_already_is_not_written() -> None:
    assert not play(write_level(TARGET), AFTER + WRITTEN).requests("2e")


def test_a_run_cut_after_the_write_reads_and_is_done() -> None:
    assert play(write_level(TARGET), AFTER + WRITTEN).failure is None


@pytest.mark.parametrize("read_back", [BEFORE, f"{READ} {LAST} {NOW} {FACTORY} {TRAILER}\n"])
def test_a_level_that_reads_back_differently_is_a_failure(read_back: str) -> None:
    played = play(write_level(TARGET), BEFORE + BEGUN + WRITE + "\n" + read_back)
    assert "instead of F056-17-03-502" in played.failed_with(LevelFailed).what
    assert [type(fact).__name__ for fact in played.facts] == ["LevelBegun"]


@pytest.mark.parametrize("refused", [WRITE + " < nrc 33", WRITE + " < silence", "10 > 10 03 < nrc 22"])
def test_a_refused_write_is_a_failure_that_says_what_is_good(refused: str) -> None:
    failure = play(write_level(TARGET), BEFORE + BEGUN + refused).failed_with(LevelFailed)
    assert "the control units are programmed" in failure.do


def test_a_level_too_short_to_be_one_is_never_written_over() -> None:
    played = play(write_level(TARGET), f"{READ} {NOW}\n")
    played.failed_with(MalformedAnswer)
    assert not played.requests("2e")


def test_trouble_codes_are_cleared_twice_everywhere_and_the_secondary_memory_of_what_was_programmed() -> None:
    script = """
        DF > 14 FF FF FF < 10: 54 ; 12: 54
        DF > 14 FF FF FF < 10: 54 ; 12: 54
        12 > 31 01 0F 06
        18 > 31 01 0F 06
        mark FaultsCleared
    """
    assert play(clear_faults((0x12, 0x18)), script).failure is None


@pytest.mark.parametrize("answer", ["nrc 31", "silence"])
def test_a_control_unit_without_a_secondary_memory_does_not_stop_the_clearing(answer: str) -> None:
    script = f"DF > 14 FF FF FF\nDF > 14 FF FF FF\n12 > 31 01 0F 06 < {answer}\n18 > 31 01 0F 06\nmark FaultsCleared"
    assert play(clear_faults((0x12, 0x18)), script).failure is None
