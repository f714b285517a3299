"""Claims about control unit addresses."""

from __future__ import annotations

import pytest

from appliance.car.addresses import UNKNOWN_NAME, decode_unit_list, name_of
from appliance.errors import MalformedAnswer
from tests.car import golden


@pytest.mark.parametrize(
    ("address", "word"), [(0x12, "DME"), (0x10, "ZGW"), (0x40, "BDC"), (0x60, "KOMBI"), (0x18, "EGS")]
)
def test_the_control_units_of_a_campaign_have_names(address: int, word: str) -> None:
    assert word in name_of(address)


def test_an_address_nobody_named_is_unknown() -> None:
    assert name_of(0x99) == UNKNOWN_NAME


def test_every_control_unit_of_a_real_car_has_a_name() -> None:
    assert UNKNOWN_NAME not in map(name_of, decode_unit_list(golden.UNIT_LIST))


def test_the_gateway_of_a_real_car_lists_24_control_units() -> None:
    assert len(decode_unit_list(golden.UNIT_LIST)) == 24


@pytest.mark.parametrize(
    "payload", [golden.UNIT_LIST[:-1], golden.UNIT_LIST + b"\0", golden.UNIT_LIST[:4], b"\x62\xf1\x01\0\0"]
)
def test_a_list_that_contradicts_its_count_is_malformed(payload: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        decode_unit_list(payload)
