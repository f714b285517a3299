"""The pins do not collide, and the documentation says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.board.leds import led_card
from appliance.board.pins import PINS, RESERVED, Pin, pin_table

HARDWARE = Path(__file__).parents[2] / "docs" / "hardware.md"

# BCM number → place on the 40-pin header, written down again from Raspberry Pi's drawing.
HEADER = {
    4: 7,
    5: 29,
    6: 31,
    12: 32,
    13: 33,
    16: 36,
    17: 11,
    18: 12,
    19: 35,
    20: 38,
    21: 40,
    22: 15,
    23: 16,
    24: 18,
    25: 22,
    26: 37,
    27: 13,
}


def test_no_two_wires_share_a_pin() -> None:
    assert len({pin.bcm for pin in PINS}) == len(PINS)


def test_no_two_wires_share_a_colour() -> None:
    assert len({pin.wire for pin in PINS}) == len(PINS)


@pytest.mark.parametrize("pin", PINS, ids=lambda pin: pin.name)
def test_the_header_pin_is_that_of_the_gpio(pin: Pin) -> None:
    assert pin.header == HEADER[pin.bcm]


@pytest.mark.parametrize("pin", PINS, ids=lambda pin: pin.name)
def test_no_wire_takes_a_pin_of_a_can_hat_the_i2c_or_the_console(pin: Pin) -> None:
    assert pin.bcm not in RESERVED


def test_the_pin_table_of_the_documentation_is_the_one_of_the_code() -> None:
    assert pin_table() in HARDWARE.read_text(encoding="utf-8")


def test_the_led_card_of_the_documentation_is_the_one_of_the_code() -> None:
    assert led_card() in HARDWARE.read_text(encoding="utf-8")
