"""A control unit that was programmed and never seen proven: proven now, and given its coding data back (law 8)."""

from __future__ import annotations

import pytest

from appliance.procedure.facts import CodingRestored, Fact, UnitProgrammed
from appliance.procedure.failures import ReadBackFailed
from appliance.procedure.program import prove_and_code
from tests.procedure.jobs import BEGUN, CHECKED, CODING_SAVED, DME, PROGRAMMED, PROVEN, READ_BACK, SVK_UNPROVEN, job
from tests.procedure.script import play

UNPROVEN: tuple[Fact, ...] = (CODING_SAVED, *BEGUN, *PROVEN, CHECKED)
CODED = job(datablocks=(), coding=(0x3000,))
STILL_THERE = "12 > 22 30 00 < 62 30 00 01 04 22 A0\nmark CodingRestored 12 3000\n"


def test_it_is_proven_and_then_coded() -> None:
    played = play(prove_and_code(CODED, UNPROVEN), READ_BACK + STILL_THERE)
    assert played.failure is None
    assert [type(fact) for fact in played.facts] == [UnitProgrammed, CodingRestored]


def test_proven_already_it_is_still_coded() -> None:
    played = play(prove_and_code(CODED, (*UNPROVEN, PROGRAMMED)), STILL_THERE)
    assert played.facts == (CodingRestored(DME, 0x3000),)


def test_what_its_own_check_denies_is_neither_proven_nor_coded() -> None:
    played = play(prove_and_code(CODED, UNPROVEN), f"12 > 22 F1 01 < {SVK_UNPROVEN}")
    assert "its own check says" in played.failed_with(ReadBackFailed).what
    assert played.facts == ()


@pytest.mark.parametrize("facts", [UNPROVEN, (*UNPROVEN, PROGRAMMED)])
def test_nothing_is_erased_on_the_way(facts: tuple[Fact, ...]) -> None:
    script = READ_BACK + STILL_THERE if facts == UNPROVEN else STILL_THERE
    assert play(prove_and_code(CODED, facts), script).requests("31 01 ff 00") == []
