"""Claims about what a control unit says of its own supply."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.car.own_voltage import MOST_V, OwnVoltage, VoltageUnit
from appliance.errors import MalformedAnswer

IBS = OwnVoltage(0x12, 0x402B, 2, 2, VoltageUnit.VOLT, divide=4000, add=6.0)
MILLIVOLTS = OwnVoltage(0x40, 0x40C6, 0, 2, VoltageUnit.MILLIVOLT)
IBS_RECORDED = bytes.fromhex("62 402B 00D2 82D8 09AE")
MILLIVOLTS_RECORDED = bytes.fromhex("62 40C6 3839 FFD0 1401")


@pytest.mark.parametrize(
    ("form", "recorded", "volts"),
    [(IBS, IBS_RECORDED, 14.374), (MILLIVOLTS, MILLIVOLTS_RECORDED, 14.393)],
    ids=["402B", "40C6"],
)
def test_a_recorded_answer_is_the_voltage_it_was(form: OwnVoltage, recorded: bytes, volts: float) -> None:
    assert form.decode(recorded) == pytest.approx(volts, abs=0.0005)


def test_millivolts_are_divided_after_everything_else() -> None:
    tenths = OwnVoltage(0x12, 0x1234, 0, 1, VoltageUnit.MILLIVOLT, divide=0.01, add=500.0)
    assert tenths.decode(b"\x62\x12\x34\x80") == pytest.approx(13.3)


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_a_value_has_one_to_four_bytes_the_high_one_first(length: int) -> None:
    form = OwnVoltage(0x12, 0x1234, 1, length, VoltageUnit.VOLT)
    assert form.decode(b"\x62\x12\x34\xee" + (13).to_bytes(length, "big")) == 13.0


def test_millivolts_read_as_volts_are_no_voltage_of_a_car() -> None:
    wrong_unit = OwnVoltage(0x40, 0x40C6, 0, 2, VoltageUnit.VOLT)
    with pytest.raises(MalformedAnswer, match=r"32 00 \(12800 V\), expected a car's voltage, 0 to 26 V"):
        wrong_unit.decode(b"\x62\x40\xc6\x32\x00")


@pytest.mark.parametrize("raw", ["00 00", "FF FF", "65 91"], ids=["nothing", "no value", "26.001 V"])
def test_what_no_car_has_is_malformed(raw: str) -> None:
    with pytest.raises(MalformedAnswer):
        MILLIVOLTS.decode(b"\x62\x40\xc6" + bytes.fromhex(raw))


def test_no_value_is_not_taken_for_a_high_one() -> None:
    """FFFF of 402B would read 22.4 V."""
    with pytest.raises(MalformedAnswer, match="found FF FF, expected a value"):
        IBS.decode(bytes.fromhex("62 402B 00D2 FFFF 09AE"))


@pytest.mark.parametrize("end", range(7))
def test_an_answer_that_ends_before_the_value_does_is_malformed(end: int) -> None:
    with pytest.raises(MalformedAnswer, match="402B"):
        IBS.decode(IBS_RECORDED[:end])


@pytest.mark.parametrize("other", [MILLIVOLTS_RECORDED, b"\x7f\x22\x31"], ids=["other identifier", "refusal"])
def test_another_answer_is_malformed(other: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        IBS.decode(other)


@given(st.binary(max_size=12), st.sampled_from((IBS, MILLIVOLTS)))
def test_any_bytes_are_a_voltage_of_a_car_or_malformed(data: bytes, form: OwnVoltage) -> None:
    try:
        volts = form.decode(b"\x62" + form.did.to_bytes(2, "big") + data)
    except MalformedAnswer:
        return
    assert 0 < volts <= MOST_V
