"""A stuck control unit of the bench is freed by its cure or a stronger one, and by nothing weaker."""

from __future__ import annotations

import pytest

from appliance.bench.memory import Cure
from appliance.bench.unit.stuck import SMALL_BYTES, checks_bad, cured_by, refusal_when_stuck
from tests.bench.talk import ERASE, memory

STRENGTHS = [Cure.FRESH_SESSION, Cure.POWER_CYCLE, Cure.BATTERY]


@pytest.mark.parametrize("needed", STRENGTHS)
@pytest.mark.parametrize("remedy", STRENGTHS)
def test_a_remedy_frees_what_needs_it_or_less(needed: Cure, remedy: Cure) -> None:
    freed = cured_by(memory(cure=needed), remedy).cure is Cure.NONE
    assert freed is (STRENGTHS.index(remedy) >= STRENGTHS.index(needed))


@pytest.mark.parametrize("cure", [Cure.SMALL_BLOCKS, Cure.NEVER])
def test_no_remedy_changes_what_needs_none_of_them(cure: Cure) -> None:
    assert cured_by(memory(cure=cure), Cure.BATTERY).cure is cure


@pytest.mark.parametrize("cure", Cure)
def test_an_erase_is_refused_where_power_alone_helps_or_nothing(cure: Cure) -> None:
    refused = refusal_when_stuck(memory(cure=cure), bytes.fromhex(ERASE)) is not None
    assert refused is (cure in (Cure.POWER_CYCLE, Cure.BATTERY, Cure.NEVER))


@pytest.mark.parametrize(("length", "refused"), [(SMALL_BYTES, False), (SMALL_BYTES + 1, True)])
def test_only_long_blocks_are_refused_where_small_ones_help(length: int, refused: bool) -> None:
    transfer = b"\x36\x01".ljust(length, b"\0")
    assert (refusal_when_stuck(memory(cure=Cure.SMALL_BLOCKS), transfer) is not None) is refused


def test_check_memory_says_bad_until_a_fresh_session() -> None:
    assert checks_bad(memory(cure=Cure.FRESH_SESSION))
    assert not checks_bad(memory())
