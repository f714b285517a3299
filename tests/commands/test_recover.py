"""A control unit's address as people write it."""

from __future__ import annotations

import pytest

from appliance.commands.recover import unit_address
from appliance.errors import UsageError


@pytest.mark.parametrize("text", ["0x40", "40", "0X40", " 40 "])
def test_an_address_is_hexadecimal_with_or_without_its_mark(text: str) -> None:
    assert unit_address(text) == 0x40


@pytest.mark.parametrize("text", ["", "body", "0xF1", "DF", "-1", "1000"])
def test_what_is_no_control_unit_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="0x40 or 40"):
        unit_address(text)
