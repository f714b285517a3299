"""What a datablock asks of the supply before it is begun: law 4 begins in the procedure."""

from __future__ import annotations

import pytest

from appliance.procedure.facts import DatablockBegun
from appliance.procedure.program import program
from appliance.procedure.words import Mark, Needs
from tests.procedure.jobs import DATA, ENTER, FINISH, PRE_PROGRAMMING, PROGRAM, data_block, job, program_block
from tests.procedure.script import play

WHOLE = PRE_PROGRAMMING + ENTER + program_block() + data_block() + FINISH


def needs() -> list[Needs | None]:
    steps = play(program(job(), ()), WHOLE).steps
    return [step.needs for step in steps if isinstance(step, Mark) and isinstance(step.fact, DatablockBegun)]


def test_every_datablock_says_what_it_needs_before_it_is_begun() -> None:
    plain = job()
    assert [need and need.datablock_s for need in needs()] == [plain.datablock_s(PROGRAM), plain.datablock_s(DATA)]


def test_a_datablock_needs_its_erase_its_transfer_and_its_check() -> None:
    assert job().datablock_s(PROGRAM) == pytest.approx(6.0 + 12 / 20_000 + 3.0)


def test_the_unit_needs_every_datablock_that_is_still_to_come_and_its_closing() -> None:
    plain = job()
    last_s = plain.datablock_s(DATA) + plain.closing_s
    assert [need and need.unit_s for need in needs()] == pytest.approx([plain.datablock_s(PROGRAM) + last_s, last_s])


def test_the_closing_is_dependencies_reset_and_coding() -> None:
    assert job().closing_s == pytest.approx(3.0 + 2.0)
    assert job(coding=(0x3000, 0x3001)).closing_s == pytest.approx(3.0 + 2.0 + 2 * (2.0 + 5.0))
