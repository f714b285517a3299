"""Claims about the vehicle order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.car.vehicle_order import VehicleOrder, decode_vehicle_order, encode_vehicle_order
from appliance.errors import MalformedAnswer, UsageError
from tests.car import golden

G31 = VehicleOrder(
    month=3,
    year=2017,
    series="G031",
    type_key="JM71",
    paint="0300",
    upholstery="BYAT",
    options=golden.VEHICLE_ORDER_OPTIONS,
    e_words=("A090",),
)

four = st.from_regex(r"[A-Z0-9]{4}", fullmatch=True)
colour = st.from_regex(r"[A-Z0-9]{0,4}", fullmatch=True)
orders = st.builds(
    VehicleOrder,
    month=st.integers(1, 12),
    year=st.integers(2000, 2099),
    series=four,
    type_key=four,
    paint=colour,
    upholstery=colour,
    options=st.lists(st.from_regex(r"[A-Z0-9]{3}", fullmatch=True), max_size=60).map(tuple),
    e_words=st.lists(four, max_size=5).map(tuple),
    ho_words=st.lists(four, max_size=5).map(tuple),
)


def packed(*parts: str, bits: str = "") -> bytes:
    """An answer made by hand: `parts` as characters of six bits, then `bits`, filled with zeros to a byte."""
    run = "".join(f"{ord(character) - 32:06b}" for part in parts for character in part) + bits
    run += "0" * (-len(run) % 8)
    body = b"\x03" + bytes(int(run[start : start + 8], 2) for start in range(0, len(run), 8))
    return bytes.fromhex("623F06") + len(body).to_bytes(2) + body


def six(text: str) -> str:
    return "".join(f"{ord(character) - 32:06b}" for character in text)


FIELDS = ("0317", "F056", "XM71", "0B71", "K8E1")


def test_the_order_of_a_real_g31_is_decoded() -> None:
    assert decode_vehicle_order(golden.VEHICLE_ORDER) == G31


def test_the_order_of_a_real_g31_is_encoded_byte_by_byte() -> None:
    assert encode_vehicle_order(G31, golden.TRAILER) == golden.VEHICLE_ORDER


def test_the_text_of_a_real_g31_is_as_people_know_it() -> None:
    assert G31.text.startswith("G031#0317*JM71%0300&BYAT$1CA$1CB$205")


def test_the_text_ends_with_the_e_words() -> None:
    assert G31.text.endswith("$9BD-A090")


@pytest.mark.parametrize(("offset", "field"), [(6, "0317"), (9, "F056"), (12, "XM71"), (15, "0B71"), (18, "K8E1")])
def test_each_field_stands_where_the_layout_says(offset: int, field: str) -> None:
    """Offsets 3, 6, 9, 12 and 15 behind the header of three bytes; four characters of six bits are three bytes."""
    order = VehicleOrder(3, 2017, *FIELDS[1:])
    assert encode_vehicle_order(order)[offset : offset + 3] == int(six(field), 2).to_bytes(3)


def test_an_order_packed_by_hand_is_decoded() -> None:
    lists = f"1000{six('1CA')}{six('205')}00" + f"0100{six('A090')}00" + f"1100{six('X123')}00" + "0000"
    order = decode_vehicle_order(packed(*FIELDS, bits=lists))
    assert order == VehicleOrder(3, 2017, "F056", "XM71", "0B71", "K8E1", ("1CA", "205"), ("A090",), ("X123",))


def test_an_order_without_lists_has_none() -> None:
    assert decode_vehicle_order(packed(*FIELDS)).options == ()


def test_a_colour_that_is_not_stated_is_empty() -> None:
    assert decode_vehicle_order(packed("0317", "F056", "XM71", "0B7 ", "    ")).upholstery == ""


@given(orders, st.sampled_from([b"", golden.TRAILER]))
def test_an_order_survives_encoding(order: VehicleOrder, trailer: bytes) -> None:
    assert decode_vehicle_order(encode_vehicle_order(order, trailer)) == order


@given(st.integers(0, len(golden.VEHICLE_ORDER) - 1).filter(lambda n: n != len(golden.VEHICLE_ORDER) - 22))
def test_a_truncated_order_is_malformed(length: int) -> None:
    with pytest.raises(MalformedAnswer, match="DID 3F06"):
        decode_vehicle_order(golden.VEHICLE_ORDER[:length])


def test_a_truncated_order_names_both_lengths() -> None:
    with pytest.raises(MalformedAnswer, match="found 100 bytes, expected 127 bytes for its length"):
        decode_vehicle_order(golden.VEHICLE_ORDER[:103])


@pytest.mark.parametrize("built", ["0017", "1317", "ABCD", "03 7"])
def test_a_month_that_is_none_is_malformed(built: str) -> None:
    with pytest.raises(MalformedAnswer, match="date of construction"):
        decode_vehicle_order(packed(built, *FIELDS[1:]))


def test_another_version_is_malformed() -> None:
    payload = bytearray(packed(*FIELDS))
    payload[5] = 4
    with pytest.raises(MalformedAnswer, match="version: found 04, expected 03"):
        decode_vehicle_order(bytes(payload))


def test_a_list_of_another_kind_is_malformed() -> None:
    with pytest.raises(MalformedAnswer, match="tag 0010"):
        decode_vehicle_order(packed(*FIELDS, bits=f"0010{six('1CA')}00"))


def test_a_list_that_does_not_end_is_malformed() -> None:
    with pytest.raises(MalformedAnswer, match="inside a word"):
        decode_vehicle_order(packed(*FIELDS, bits=f"1000{six('1CA')}01"))


@pytest.mark.parametrize(
    "order",
    [
        VehicleOrder(13, 2017, "F056", "XM71", "", ""),
        VehicleOrder(3, 1999, "F056", "XM71", "", ""),
        VehicleOrder(3, 2017, "F56", "XM71", "", ""),
        VehicleOrder(3, 2017, "F056", "XM71", "LONGER", ""),
        VehicleOrder(3, 2017, "F056", "XM71", "", "", ("1C",)),
        VehicleOrder(3, 2017, "F056", "XM71", "", "", ("1ca",)),
    ],
)
def test_what_cannot_be_packed_is_a_usage_error(order: VehicleOrder) -> None:
    with pytest.raises(UsageError, match="cannot be packed"):
        encode_vehicle_order(order)
