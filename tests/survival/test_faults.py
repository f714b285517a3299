"""Every kind of fault, one at a time, at the requests, moments, writes and frames of one job; see `faults`.

A short selection, drawn by lot and the same in every run; `make sweep` tries each fault at each place.
"""

from __future__ import annotations

import pytest

from tests.survival.faults_way import Reach
from tests.survival.sweep import in_words
from tests.survival.workers import swept, world_of

SHARDS = 6


@pytest.mark.timeout(600)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_after_any_one_fault_the_job_ends_programmed_or_truthfully_and_start_finishes_it(shard: int) -> None:
    result = swept(Reach.SHORT, workers=1, shard=(shard, SHARDS))
    assert result.outcomes
    assert not result.wrong, "\n".join(in_words(row, world_of(result.name)) for row in result.wrong)


@pytest.mark.timeout(600)
def test_after_any_one_fault_of_a_frame_too() -> None:
    result = swept(Reach.SHORT_FRAMES, workers=1)
    assert result.outcomes
    assert not result.wrong, "\n".join(in_words(row, world_of(result.name)) for row in result.wrong)
