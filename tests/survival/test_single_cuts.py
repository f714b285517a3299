"""The power is cut once, at every point of a job: the next lives always end it, and tell the truth."""

from __future__ import annotations

import pytest

from tests.survival.sweep import in_words
from tests.survival.workers import swept, world_of

SHARDS = 8


@pytest.mark.timeout(600)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_wherever_the_power_is_cut_the_job_ends_programmed_and_truthful(shard: int) -> None:
    result = swept("single", workers=1, shard=(shard, SHARDS))
    assert len(result.outcomes) > 100
    assert [in_words(row, world_of("single")) for row in result.wrong] == []
