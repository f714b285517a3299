"""The INA219 of the bench behaves as its datasheet says (TI SBOS448G)."""

from __future__ import annotations

import errno

import pytest

from appliance.bench.smbus import Ina219Model
from appliance.clock import VirtualClock

ADDRESS = 0x40
CONFIGURATION, BUS, POWER, CALIBRATION = 0x00, 0x02, 0x03, 0x05
READY, OVERFLOW = 0b10, 0b01


class Chip:
    """A model on a clock, with registers as the datasheet prints them."""

    def __init__(self, volts: float = 13.8) -> None:
        self.clock = VirtualClock()
        self.volts = volts
        self.model = Ina219Model(self.clock, lambda: self.volts, ADDRESS)

    def read(self, register: int) -> int:
        return int.from_bytes(self.model.read_word_data(ADDRESS, register).to_bytes(2, "little"), "big")

    def write(self, register: int, word: int) -> None:
        self.model.write_word_data(ADDRESS, register, int.from_bytes(word.to_bytes(2, "little"), "big"))

    def after(self, seconds: float) -> Chip:
        self.clock.sleep_until(self.clock.now_s() + seconds)
        return self


def test_it_wakes_up_with_the_reset_values() -> None:
    chip = Chip()

    assert (chip.read(CONFIGURATION), chip.read(BUS), chip.read(CALIBRATION)) == (0x399F, 0, 0)


def test_the_bus_register_counts_4_mv_from_bit_3() -> None:
    assert Chip(13.8).after(0.01).read(BUS) >> 3 == 3450


def test_volts_between_two_steps_are_rounded_to_one_of_them() -> None:
    assert Chip(13.803).after(0.01).read(BUS) >> 3 == 3451


@pytest.mark.parametrize(("configuration", "full_scale"), [(0x399F, 8000), (0x199F, 4000)])
def test_the_bus_range_ends_the_scale(configuration: int, full_scale: int) -> None:
    chip = Chip(40.0)
    chip.write(CONFIGURATION, configuration)

    assert chip.after(0.01).read(BUS) >> 3 == full_scale


def test_a_conversion_takes_its_time() -> None:
    chip = Chip().after(0.0010)  # shunt and bus take 532 µs each
    assert not chip.read(BUS) & READY

    assert chip.after(0.0001).read(BUS) & READY


def test_averaging_takes_longer() -> None:
    chip = Chip()
    chip.write(CONFIGURATION, 0x3FFF)  # 128 samples of each: 2 · 68.1 ms

    assert not chip.after(0.136).read(BUS) & READY
    assert chip.after(0.001).read(BUS) & READY


def test_reading_the_bus_register_leaves_conversion_ready_set() -> None:
    chip = Chip().after(0.01)
    chip.read(BUS)

    assert chip.read(BUS) & READY


def test_reading_the_power_register_clears_conversion_ready() -> None:
    chip = Chip().after(0.01)
    chip.read(POWER)

    assert not chip.read(BUS) & READY
    assert chip.after(0.0011).read(BUS) & READY


def test_the_register_keeps_the_last_conversion_until_the_next() -> None:
    chip = Chip(13.8).after(0.0011)
    chip.read(BUS)
    chip.volts = 12.0

    assert chip.read(BUS) >> 3 == 3450
    assert chip.after(0.0011).read(BUS) >> 3 == 3000


def test_power_down_converts_nothing() -> None:
    chip = Chip()
    chip.write(CONFIGURATION, 0x3998)

    assert not chip.after(1.0).read(BUS) & READY


def test_a_triggered_mode_converts_once() -> None:
    chip = Chip()
    chip.write(CONFIGURATION, 0x399B)
    assert chip.after(0.01).read(BUS) & READY

    chip.read(POWER)

    assert not chip.after(1.0).read(BUS) & READY


def test_the_reset_bit_resets_every_register() -> None:
    chip = Chip()
    chip.write(CALIBRATION, 0x1000)
    chip.write(CONFIGURATION, 0x8000)

    assert (chip.read(CONFIGURATION), chip.read(CALIBRATION)) == (0x399F, 0)


def test_a_new_configuration_keeps_the_calibration() -> None:
    chip = Chip()
    chip.write(CALIBRATION, 0x1000)
    chip.write(CONFIGURATION, 0x3C9F)

    assert chip.read(CALIBRATION) == 0x1000


def test_an_overflow_needs_a_calibration_to_be_computed() -> None:
    chip = Chip()
    chip.model.overflow(True)
    assert not chip.read(BUS) & OVERFLOW

    chip.write(CALIBRATION, 0x1000)

    assert chip.read(BUS) & OVERFLOW


def test_unplugged_nobody_acknowledges() -> None:
    chip = Chip()
    chip.model.unplug()

    with pytest.raises(OSError, match="Remote I/O error") as silent:
        chip.read(BUS)
    assert silent.value.errno == errno.EREMOTEIO


def test_plugged_in_again_it_has_forgotten_everything() -> None:
    chip = Chip()
    chip.write(CALIBRATION, 0x1000)
    chip.model.unplug()
    chip.model.plug_in()

    assert chip.read(CALIBRATION) == 0


def test_it_answers_at_its_own_address_only() -> None:
    with pytest.raises(OSError, match="Remote I/O error"):
        Chip().model.read_word_data(0x41, BUS)


def test_stuck_it_goes_on_converting_and_says_the_same_number() -> None:
    chip = Chip(13.8).after(0.01)
    chip.read(BUS)
    chip.read(POWER)
    chip.model.stick()
    chip.volts = 11.0
    later = chip.after(1.0).read(BUS)

    assert later >> 3 == 3450
    assert later & 0b10, "a conversion is ready"


def test_frozen_it_never_converts_again_until_thawed() -> None:
    chip = Chip(13.8).after(0.01)
    chip.read(BUS)
    chip.read(POWER)
    chip.model.freeze()
    chip.volts = 11.0
    assert chip.after(1.0).read(BUS) == 3450 << 3

    chip.model.thaw()

    assert chip.read(BUS) >> 3 == 2750
