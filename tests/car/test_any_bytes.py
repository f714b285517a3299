"""Whatever first byte a message has, it is explained or said to be malformed, and nothing else.

Exhaustive and short; what a car may say beyond that is in the table of `tests/fuzz/targets.py`.
"""

from __future__ import annotations

import contextlib

import pytest

from appliance.car.explain import explain
from appliance.errors import MalformedAnswer


@pytest.mark.parametrize("first", range(256))
def test_every_first_byte_is_explained_or_malformed(first: int) -> None:
    for length in range(12):
        with contextlib.suppress(MalformedAnswer):
            assert explain(bytes([first]) + bytes(length)).title
