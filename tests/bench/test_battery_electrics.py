"""Battery, charger and consumers together: one curve, whoever asks, and no current from nowhere."""

from __future__ import annotations

import random
import threading
import timeit
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.bench.battery import LEAD, LFP, Battery, BatteryState
from appliance.bench.charger import Charger
from appliance.bench.electrics import Electrics, Plug
from appliance.bench.loads import AWAKE, BLOWER, LOW_BEAM, PROGRAMMING, STARTER, Restless, Use
from appliance.bench.span import Span
from appliance.clock import RealClock, VirtualClock
from tests.bench.battery_rig import BATTERY, CHARGER, NO_CHARGER, looks, quiet, volts

RESTLESS = Restless(seed=3)
HABITS = Charger(
    14.0, 30.0, warm_limit_a=15.0, warms_in_s=60.0, float_v=13.3, float_after_s=90.0, trips_every_s=50.0, trips_for_s=3
)


def busy(clock: VirtualClock, seed: int = 3) -> Electrics:
    """Everything that can happen by itself, happens."""
    uses = (Use(AWAKE), Use(BLOWER, Span(20.03, 47.7)), Use(STARTER, Span(61.0, 62.0)))
    return Electrics(clock, BATTERY, BATTERY.held_at(13.8, 0.7), HABITS, uses, restless=Restless(seed=seed))


# -- truth of the sums


def test_what_the_charger_gives_is_what_consumers_and_battery_take() -> None:
    clock = VirtualClock()
    for look in looks(clock, busy(clock), range(150)):
        assert look.charger_a == pytest.approx(look.load_a + look.battery_a)


def test_the_battery_ends_with_what_flowed_into_it() -> None:
    clock = VirtualClock()
    battery = replace(BATTERY, chemistry=replace(BATTERY.chemistry, gassing_s=0.0))
    electrics = Electrics(clock, battery, BatteryState(0.7), HABITS, (Use(AWAKE),), restless=RESTLESS)
    seen = looks(clock, electrics, (step / 10 for step in range(3001)))
    flowed_c = sum(look.battery_a for look in seen[:-1]) * 0.1

    assert battery.coulombs(seen[-1].battery) - battery.coulombs(seen[0].battery) == pytest.approx(flowed_c, abs=25.0)


def test_the_charger_never_exceeds_its_limit() -> None:
    clock = VirtualClock()
    seen = [look.charger_a for look in looks(clock, busy(clock), (step / 7 for step in range(1500)))]

    assert max(seen) <= 30.0
    assert max(seen[1000:]) < 20.0  # warm by now


def test_a_charger_that_can_carry_the_load_reaches_its_set_point() -> None:
    clock = VirtualClock()
    electrics = quiet(clock, CHARGER, Use(AWAKE), volts=12.8)
    look = looks(clock, electrics, [3 * 3600.0])[0]

    assert look.terminal_v == pytest.approx(14.2 - 0.006 * look.charger_a)
    assert look.terminal_v > 14.05


def test_a_consumer_beyond_the_limit_sags_the_battery_by_its_resistance() -> None:
    clock = VirtualClock()
    electrics = quiet(clock, replace(CHARGER, limit_a=10.0))
    before_v = electrics.look().terminal_v
    electrics.switch(LOW_BEAM, True)

    assert before_v - electrics.look().terminal_v == pytest.approx(LOW_BEAM.amps * 0.005)


def test_a_consumer_within_the_limit_sags_it_by_cable_and_battery_in_parallel() -> None:
    clock = VirtualClock()
    electrics = quiet(clock, volts=14.1)
    before_v = electrics.look().terminal_v
    electrics.switch(LOW_BEAM, True)

    parallel_ohm = 0.005 * 0.006 / 0.011
    assert before_v - electrics.look().terminal_v == pytest.approx(LOW_BEAM.amps * parallel_ohm)


def test_the_plug_sees_less_than_the_battery_by_its_share_of_the_load() -> None:
    clock = VirtualClock()
    electrics = Electrics(
        clock, BATTERY, BatteryState(0.8), NO_CHARGER, (Use(AWAKE),), plug=Plug(0.003, 0.05), noise_v=0.0
    )

    assert electrics.look().terminal_v - electrics.volts() == pytest.approx(0.05 + 0.003 * AWAKE.amps)


def test_a_flat_battery_is_zero_volts_and_not_less() -> None:
    clock = VirtualClock()
    electrics = Electrics(clock, Battery(LEAD, 20.0), BatteryState(0.05), NO_CHARGER, (Use(STARTER),), noise_v=0.0)

    assert 0.0 <= min(volts(clock, electrics, range(0, 3600, 30))) < 5.0
    assert electrics.state_of_charge >= 0.0


def test_what_a_flat_battery_cannot_give_is_not_drawn() -> None:
    clock = VirtualClock()
    electrics = Electrics(clock, Battery(LEAD, 20.0), BatteryState(0.02), NO_CHARGER, (Use(AWAKE),), noise_v=0.0)
    look = looks(clock, electrics, [2 * 3600.0])[0]

    assert 0.0 <= look.load_a < AWAKE.amps / 4
    assert look.terminal_v >= 0.0


def test_a_lithium_car_stays_on_its_plateau_without_a_charger() -> None:
    clock = VirtualClock()
    electrics = Electrics(clock, Battery(LFP, 60.0, 0.004), BatteryState(0.9), NO_CHARGER, (Use(AWAKE),), noise_v=0.0)
    seen = volts(clock, electrics, range(120, 1800, 60))

    assert max(seen) - min(seen) < 0.06
    assert min(seen) > 13.0


# -- one curve


@settings(max_examples=30)
@given(asks_s=st.lists(st.floats(0, 120), max_size=40))
def test_whoever_asks_when_is_not_in_the_curve(asks_s: list[float]) -> None:
    """Bit for bit, also across a switch between two steps."""

    def at_the_end(times_s: list[float]) -> float:
        clock = VirtualClock(7.3)
        electrics = busy(clock)
        volts(clock, electrics, (7.3 + at_s for at_s in times_s if at_s < 33.333))
        clock.sleep_until(7.3 + 33.333)
        electrics.switch(PROGRAMMING, True)
        volts(clock, electrics, (7.3 + at_s for at_s in times_s if at_s >= 33.333))
        clock.sleep_until(7.3 + 121.0)
        return electrics.volts()

    assert at_the_end(sorted(asks_s)) == at_the_end([])


def test_sampled_fast_or_slow_it_is_the_same_curve() -> None:
    fast_clock, slow_clock = VirtualClock(), VirtualClock()
    fast = volts(fast_clock, busy(fast_clock), (step * 0.0125 for step in range(8000)))
    slow = volts(slow_clock, busy(slow_clock), (step * 0.5 for step in range(200)))

    assert fast[::40] == slow


def test_between_two_steps_it_is_smooth() -> None:
    clock = VirtualClock()
    electrics = quiet(clock, CHARGER, Use(AWAKE), volts=13.0)
    seen = volts(clock, electrics, (step * 0.01 for step in range(2000)))
    moves_v = [later - earlier for earlier, later in pairwise(seen)]

    assert max(abs(move_v) for move_v in moves_v) < 0.001


def test_two_runs_see_the_same_volts() -> None:
    one, other = VirtualClock(), VirtualClock()
    chance = random.Random(5)
    times_s = sorted(chance.uniform(0, 100) for _ in range(50))

    assert volts(one, busy(one), times_s) == volts(other, busy(other), times_s)


def test_another_seed_is_another_afternoon() -> None:
    one, other = VirtualClock(), VirtualClock()

    assert volts(one, busy(one, seed=1), range(100)) != volts(other, busy(other, seed=2), range(100))


def test_when_the_clock_began_does_not_matter() -> None:
    early, late = VirtualClock(0.0), VirtualClock(8192.0)
    seen_early = volts(early, busy(early), range(100))
    seen_late = volts(late, busy(late), range(8192, 8292))

    assert seen_late == pytest.approx(seen_early, abs=1e-6)


def test_a_long_silence_changes_nothing() -> None:
    one, other = VirtualClock(), VirtualClock()

    assert volts(one, busy(one), range(1801))[-1] == volts(other, busy(other), [1800])[0]


# -- threads and speed


def test_threads_may_ask_while_another_switches() -> None:
    clock = RealClock()
    electrics = Electrics(clock, BATTERY, BATTERY.held_at(13.8, 0.8), CHARGER, (Use(AWAKE),))
    seen: list[float] = []

    def ask() -> None:
        seen.extend(electrics.volts() for _ in range(2000))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(200):
        electrics.switch(PROGRAMMING, True)
        electrics.switch(PROGRAMMING, False)
    for thread in threads:
        thread.join()

    assert len(seen) == 6000
    assert 13.0 < min(seen) <= max(seen) < 14.3


def test_asking_forty_times_a_second_costs_next_to_nothing() -> None:
    """10 µs an ask were measured on a small virtual machine; the bound leaves room for a slow or busy one."""
    clock = VirtualClock()
    electrics = busy(clock)

    def ask() -> None:
        clock.sleep_until(clock.now_s() + 0.025)
        electrics.volts()

    assert min(timeit.repeat(ask, number=500, repeat=5)) / 500 < 100e-6
