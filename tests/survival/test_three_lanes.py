"""Three control units prepared together, all at work or two at a time, cut at a sample of all points.

`make sweep-more` cuts at every one.
"""

from __future__ import annotations

import pytest

from tests.survival.sweep import in_words
from tests.survival.workers import IN_TURNS, THREE_LANES, swept, world_of

SHARDS = 256  # of some three thousand cuts


@pytest.mark.parametrize("lanes", [THREE_LANES, IN_TURNS])
def test_wherever_three_that_are_prepared_together_are_cut_all_are_programmed_in_the_end(lanes: str) -> None:
    way = f"single{lanes}"
    result = swept(way, workers=1, shard=(SHARDS // 2, SHARDS))
    assert len(result.outcomes) > 5
    assert [in_words(row, world_of(way)) for row in result.wrong] == []
