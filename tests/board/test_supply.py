"""What the sampler makes of what the sensor gives."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from appliance.bench.smbus import Ina219Model
from appliance.board.ina219 import Ina219
from appliance.board.supply import FROZEN_S, SampledSupply, sampling_period_s
from appliance.clock import RealClock, VirtualClock
from appliance.config import PowerConfig
from appliance.errors import SensorError
from appliance.power.reading import Reading

CONFIG = PowerConfig()
SPIKE_S = 0.02  # shorter than the time between two samples


class Plug:
    """A supply sampled in virtual time; `volts` is what the sensor would say at a time."""

    def __init__(self, volts: Callable[[float], float | None], config: PowerConfig = CONFIG) -> None:
        self.clock = VirtualClock()
        self.supply = SampledSupply(lambda: volts(self.clock.now_s()), self.clock, config)
        self.supply.start()

    def after(self, seconds: float) -> Plug:
        self.clock.sleep_until(self.clock.now_s() + seconds)
        return self

    @property
    def newest(self) -> Reading:
        reading = self.supply.newest()
        assert reading is not None
        return reading

    def lowest_v(self, for_s: float) -> float:
        """The lowest reading on the way."""
        lowest = math.inf
        for _ in range(round(for_s / 0.01)):
            lowest = min(lowest, self.after(0.01).newest.volts)
        return lowest


def dipping(at_s: float, for_s: float, to_v: float) -> Callable[[float], float]:
    return lambda now_s: to_v if at_s <= now_s < at_s + for_s else 13.8


def broken(now_s: float) -> float:
    raise SensorError("no answer", where="INA219 at 0x40 on I²C bus 1")


def test_a_steady_supply_reads_as_it_is() -> None:
    assert Plug(lambda _: 13.8).after(1.0).newest.volts == 13.8


def test_a_single_spike_is_not_seen() -> None:
    assert Plug(dipping(1.0, SPIKE_S, 9.0)).after(0.9).lowest_v(0.5) == 13.8


def test_a_sag_of_100_ms_is_seen() -> None:
    assert Plug(dipping(1.0, 0.1, 12.0)).after(0.9).lowest_v(0.5) == 12.0


def test_a_sag_is_seen_within_100_ms() -> None:
    assert Plug(dipping(1.0, 60.0, 12.0)).after(1.1).newest.volts == 12.0


def test_the_calibration_offset_is_applied() -> None:
    assert Plug(lambda _: 13.5, PowerConfig(offset_v=0.25)).after(1.0).newest.volts == 13.75


def test_a_reading_is_never_older_than_one_sample_while_the_sensor_works() -> None:
    plug = Plug(lambda _: 13.8).after(1.0)

    assert plug.clock.now_s() - plug.newest.at_s <= CONFIG.sample_s


def test_it_samples_at_least_as_often_as_configured() -> None:
    taken: list[float] = []

    def counted(now_s: float) -> float:
        taken.append(now_s)
        return 13.8

    Plug(counted).after(10.0)

    assert len(taken) >= 10.0 / CONFIG.sample_s


def test_too_few_samples_are_no_reading() -> None:
    assert Plug(lambda _: 13.8).supply.newest() is None


def test_no_sample_is_no_reading() -> None:
    assert Plug(lambda _: None).after(1.0).supply.newest() is None


def test_samples_from_before_a_gap_do_not_vouch_for_those_after_it() -> None:
    """The first sample after half a second of silence may be a spike."""
    plug = Plug(lambda now_s: None if 1.0 <= now_s < 1.5 else 13.8).after(1.52)

    assert plug.supply.newest() is None


def test_a_slow_converter_still_gives_readings() -> None:
    """Every second look finds nothing new."""
    looks: list[float] = []

    def every_second(now_s: float) -> float | None:
        looks.append(now_s)
        return 13.8 if len(looks) % 2 else None

    assert Plug(every_second).after(1.0).newest.volts == 13.8


def test_ripple_is_not_known_in_the_first_moment() -> None:
    assert Plug(lambda _: 13.8).after(0.3).newest.ripple_v is None


def test_a_steady_supply_has_no_ripple() -> None:
    assert Plug(lambda _: 13.8).after(1.0).newest.ripple_v == 0.0


@pytest.mark.parametrize("mains_hz", [100.0, 120.0])
@pytest.mark.parametrize("sample_s", [0.05, 0.04, 0.025, 0.02, 0.01])
def test_the_ripple_of_a_charger_does_not_hide_between_the_samples(mains_hz: float, sample_s: float) -> None:
    """At 25 ms a 120 Hz ripple would show the same point of its wave every time."""

    def rippling(now_s: float) -> float:
        return 13.8 + 0.1 * math.sin(2 * math.pi * mains_hz * now_s)

    assert Plug(rippling, PowerConfig(sample_s=sample_s)).after(1.5).newest.ripple_v == pytest.approx(0.2, rel=0.1)


@pytest.mark.parametrize("sample_s", [0.05, 0.025, 0.02, 0.01, 0.005, 0.001])
def test_the_sampling_period_is_never_longer_than_asked_for(sample_s: float) -> None:
    assert 0 < sampling_period_s(sample_s) <= sample_s


def test_a_failing_sensor_gives_no_reading_counts_and_tells() -> None:
    plug = Plug(broken).after(1.0)

    assert plug.supply.newest() is None
    assert plug.supply.errors >= 40
    assert plug.supply.trouble == "INA219 at 0x40 on I²C bus 1: no answer."


def test_when_the_sensor_fails_the_last_reading_only_grows_older() -> None:
    plug = Plug(lambda now_s: 13.8 if now_s < 2.0 else broken(now_s)).after(5.0)

    assert plug.newest.at_s < 2.0


def test_the_trouble_ends_when_samples_come_in_again() -> None:
    plug = Plug(lambda now_s: broken(now_s) if now_s < 1.0 else 13.8).after(2.0)

    assert plug.supply.trouble == ""
    assert plug.supply.errors > 0


def test_a_sensor_that_gives_nothing_new_is_in_trouble() -> None:
    assert Plug(lambda _: None).after(1.0).supply.trouble == "the voltage monitor has given no sample yet"
    frozen = Plug(lambda now_s: 13.8 if now_s < 1.0 else None).after(3.0)
    assert frozen.supply.trouble == "the voltage monitor gave its last sample 2.0 s ago"


def test_stopped_it_samples_no_more() -> None:
    plug = Plug(lambda _: 13.8).after(1.0)
    plug.supply.stop()

    assert plug.after(5.0).newest.at_s <= 1.0


def test_starting_twice_samples_once() -> None:
    plug = Plug(lambda _: 13.8)
    plug.supply.start()
    plug.supply.stop()

    assert plug.after(5.0).supply.newest() is None


def test_through_the_real_driver_a_brown_out_of_the_sensor_costs_one_sample() -> None:
    clock = VirtualClock()
    chip = Ina219Model(clock, lambda: 13.8)
    driver = Ina219(chip)
    driver.configure()
    supply = SampledSupply(driver.read, clock, CONFIG)
    supply.start()
    clock.sleep_until(2.0)
    chip.brown_out()

    clock.sleep_until(2.2)

    reading = supply.newest()
    assert supply.errors == 1
    assert reading is not None
    assert reading.at_s > 2.1


@pytest.mark.realtime
def test_on_the_real_clock_the_sampler_runs_while_the_caller_is_busy() -> None:
    clock = RealClock()
    supply = SampledSupply(lambda: 13.8, clock, CONFIG)
    supply.start()
    clock.sleep_until(clock.now_s() + 0.5)
    reading = supply.newest()
    supply.stop()

    assert reading is not None
    assert clock.now_s() - reading.at_s < CONFIG.max_age_s


def moving(now_s: float) -> float:
    return 13.8 + 0.004 * (round(now_s * 10) % 2)


def test_a_number_that_never_moves_is_no_reading() -> None:
    assert Plug(lambda _: 13.8).after(FROZEN_S + 1.0).supply.newest() is None


def test_a_frozen_monitor_is_named() -> None:
    assert "frozen" in Plug(lambda _: 13.8).after(FROZEN_S + 1.0).supply.trouble


def test_the_last_bit_moving_is_enough_to_be_believed() -> None:
    assert Plug(moving).after(FROZEN_S + 1.0).supply.newest() is not None


def test_a_monitor_that_thaws_is_believed_again() -> None:
    plug = Plug(lambda now_s: 13.8 if now_s < FROZEN_S + 5.0 else moving(now_s))
    assert plug.after(FROZEN_S + 10.0).supply.newest() is not None


def test_the_largest_gap_between_two_samples_is_known() -> None:
    plug = Plug(lambda now_s: None if 1.0 <= now_s < 1.3 else moving(now_s)).after(3.0)
    assert plug.supply.largest_gap_s == pytest.approx(0.3, abs=0.05)


def test_ripple_is_told_as_root_mean_square_too() -> None:
    rms_v = Plug(lambda now_s: 13.8 + 0.1 * math.sin(2 * math.pi * 3.0 * now_s)).after(3.0).newest.ripple_rms_v
    assert rms_v == pytest.approx(0.1 / math.sqrt(2), rel=0.1)
