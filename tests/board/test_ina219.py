"""The driver believes an INA219 only when it may be believed."""

from __future__ import annotations

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.bench.smbus import Ina219Model
from appliance.board.ina219 import OUR_CONFIGURATION, RESET_CONFIGURATION, Ina219, open_i2c
from appliance.clock import VirtualClock
from appliance.errors import SensorError

AVERAGED_S = 0.0016  # two bus samples and one shunt sample


class Wired:
    """The driver on a bench chip."""

    def __init__(self, volts: float = 13.8) -> None:
        self.clock = VirtualClock()
        self.volts = volts
        self.chip = Ina219Model(self.clock, lambda: self.volts)
        self.driver = Ina219(self.chip)
        self.driver.configure()
        self.wait()

    def wait(self, seconds: float = AVERAGED_S) -> None:
        self.clock.sleep_until(self.clock.now_s() + seconds)


def test_it_reads_the_volts() -> None:
    assert Wired(13.8).driver.read() == pytest.approx(13.8)


@given(st.floats(0.01, 26.0))
def test_it_is_right_to_half_a_step_over_the_whole_range(volts: float) -> None:
    assert Wired(volts).driver.read() == pytest.approx(volts, abs=0.0021)


def test_our_configuration_is_not_the_one_after_a_reset() -> None:
    assert OUR_CONFIGURATION not in (0, RESET_CONFIGURATION)


def test_a_conversion_is_read_once() -> None:
    wired = Wired()
    wired.driver.read()

    assert wired.driver.read() is None


def test_the_next_conversion_is_a_new_reading() -> None:
    wired = Wired()
    wired.driver.read()
    wired.volts = 12.4
    wired.wait()

    assert wired.driver.read() == pytest.approx(12.4)


def test_a_frozen_converter_gives_nothing_new_for_ever() -> None:
    wired = Wired()
    wired.driver.read()
    wired.chip.freeze()
    wired.wait(60.0)

    assert wired.driver.read() is None


def test_an_overflow_is_no_reading() -> None:
    wired = Wired()
    wired.chip.overflow(True)

    with pytest.raises(SensorError, match="overflow"):
        wired.driver.read()


@pytest.mark.parametrize(("volts", "said"), [(0.0, "0.00 V"), (26.1, "26.10 V"), (40.0, "32.00 V")])
def test_an_impossible_voltage_is_no_reading_and_is_named(volts: float, said: str) -> None:
    with pytest.raises(SensorError, match=said):
        Wired(volts).driver.read()


def test_an_unplugged_device_is_named_with_address_bus_and_advice() -> None:
    wired = Wired()
    wired.chip.unplug()

    with pytest.raises(SensorError) as silent:
        wired.driver.read()

    assert str(silent.value) == (
        "INA219 at 0x40 on I²C bus 1: no answer. → check the wiring of SDA, SCL, 3.3 V and ground"
    )


def test_a_brown_out_fails_the_read_that_finds_it_and_the_next_one_is_good() -> None:
    wired = Wired()
    wired.chip.brown_out()
    wired.wait()

    with pytest.raises(SensorError, match="lost its configuration"):
        wired.driver.read()
    wired.wait()

    assert wired.driver.read() == pytest.approx(13.8)


def test_a_device_plugged_in_again_is_configured_again() -> None:
    wired = Wired()
    wired.chip.unplug()
    wired.chip.plug_in()

    with pytest.raises(SensorError, match="lost its configuration"):
        wired.driver.read()
    wired.wait()

    assert wired.driver.read() == pytest.approx(13.8)


class Forgetful:
    """Something else at the INA219's address: acknowledges all, keeps nothing."""

    def read_word_data(self, i2c_addr: int, register: int) -> int:
        return 0xFFFF

    def write_word_data(self, i2c_addr: int, register: int, value: int) -> None:
        pass


def test_a_device_that_does_not_keep_its_configuration_is_not_used() -> None:
    with pytest.raises(SensorError, match="keeps configuration FFFF"):
        Ina219(Forgetful()).configure()


class Stuck:
    """A bus whose clock line is held low."""

    def read_word_data(self, i2c_addr: int, register: int) -> int:
        raise OSError(errno.ETIMEDOUT, "Connection timed out")

    def write_word_data(self, i2c_addr: int, register: int, value: int) -> None:
        raise OSError(errno.ETIMEDOUT, "Connection timed out")


def test_a_stuck_bus_is_told_from_a_missing_device() -> None:
    with pytest.raises(SensorError, match="transfer failed"):
        Ina219(Stuck()).read()


def test_a_missing_bus_says_how_to_switch_it_on() -> None:
    with pytest.raises(SensorError, match="i2c_arm"):
        open_i2c(97)
