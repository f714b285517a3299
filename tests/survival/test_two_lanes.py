"""Two control units side by side, cut at a sample of all points; `make sweep` cuts at every one."""

from __future__ import annotations

import pytest

from tests.survival.sweep import in_words
from tests.survival.workers import swept, world_of

SHARDS = 64  # of some two thousand cuts


@pytest.mark.parametrize("shard", range(4))
def test_wherever_two_that_go_side_by_side_are_cut_both_are_programmed_in_the_end(shard: int) -> None:
    result = swept("single-2", workers=1, shard=(shard * SHARDS // 4, SHARDS))
    assert len(result.outcomes) > SHARDS // 4
    assert [in_words(row, world_of("single-2")) for row in result.wrong] == []
