"""Whatever comes in from outside is a value or the documented error, in bounded time.

`KL30_FUZZ` is the number of inputs for each target; `make fuzz` goes further, in the same table.
"""

from __future__ import annotations

import os
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutate import mutated
from tests.fuzz.targets import NAMES, TARGETS, holds, target_named

EXAMPLES = int(os.environ.get("KL30_FUZZ", "150"))


@pytest.mark.parametrize("name", NAMES)
def test_good_input_is_a_value(name: str) -> None:
    """Else what is made from it would never get past the header."""
    target = target_named(name)
    assert holds(target, target.seeds[0])


@pytest.mark.timeout(max(120, EXAMPLES))
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_any_input_is_a_value_or_the_documented_error(name: str, random: Random) -> None:
    target = target_named(name)
    holds(target, mutated(random, target.seeds, target.form))


def test_no_two_targets_share_a_name() -> None:
    assert len(set(NAMES)) == len(TARGETS)
