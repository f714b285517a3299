"""What people do to the electrics: turn, clamp, switch, plug."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pytest

from appliance.bench.charger import Charger
from appliance.bench.electrics import Electrics
from appliance.bench.loads import AWAKE, BLOWER, PROGRAMMING, Use
from appliance.bench.span import Span
from appliance.bench.supply import SimulatedSupply
from appliance.clock import VirtualClock
from tests.bench.battery_rig import CHARGER, looks, quiet, volts


def test_it_can_do_all_that_the_plain_supply_can() -> None:
    def offered(kind: type) -> dict[str, list[str]]:
        members = {name: getattr(kind, name) for name in vars(kind) if not name.startswith("_")}
        return {name: list(inspect.signature(it).parameters) if callable(it) else [] for name, it in members.items()}

    plain, full = offered(SimulatedSupply), offered(Electrics)

    assert {name: full.get(name) for name in plain} == plain


def test_turned_down_the_charger_leaves_it_to_the_battery() -> None:
    clock = VirtualClock()
    electrics = quiet(clock, volts=14.1)
    electrics.set_volts(12.9)
    first_v, minute_v, later_v = volts(clock, electrics, [0.0, 60.0, 900.0])

    assert electrics.set_point_v == 12.9
    assert 13.7 < first_v < 14.1
    assert 13.0 < minute_v < first_v
    assert 12.7 < later_v < 12.9


def test_turned_up_it_charges() -> None:
    clock = VirtualClock()
    electrics = quiet(clock)
    electrics.set_volts(14.8)

    assert volts(clock, electrics, [120.0])[0] > 14.4


def test_turning_the_charger_restarts_its_programme() -> None:
    clock = VirtualClock()
    electrics = quiet(clock, replace(CHARGER, float_v=13.0, float_below_a=50.0, float_after_s=60.0))
    assert looks(clock, electrics, [100.0])[0].charger.floating

    electrics.set_volts(14.3)

    assert not electrics.look().charger.floating


def test_without_its_charger_the_battery_carries_the_car() -> None:
    clock = VirtualClock()
    electrics = quiet(clock)
    clock.sleep_until(10.0)
    electrics.disconnect_charger()
    look = looks(clock, electrics, [20.0])[0]

    assert look.charger_a == 0.0
    assert look.battery_a == -AWAKE.amps


def test_connected_again_the_charger_gives() -> None:
    clock = VirtualClock()
    electrics = quiet(clock)
    electrics.disconnect_charger()
    clock.sleep_until(60.0)
    electrics.connect_charger()

    assert electrics.look().charger_a > AWAKE.amps


def test_switching_twice_is_switching_once() -> None:
    electrics = quiet(VirtualClock())
    electrics.switch(PROGRAMMING, True)
    electrics.switch(PROGRAMMING, True)

    assert electrics.look().load_a == AWAKE.amps + PROGRAMMING.amps


def test_used_for_a_while_a_consumer_goes_off_by_itself() -> None:
    clock = VirtualClock()
    electrics = quiet(clock)
    before_a = electrics.look().load_a
    electrics.use(BLOWER, 1.0)
    during, after = looks(clock, electrics, [0.5, 1.5])

    assert during.load_a - before_a == pytest.approx(BLOWER.amps)
    assert after.load_a - before_a == pytest.approx(0.0)


def test_switched_off_a_consumer_draws_nothing() -> None:
    electrics = quiet(VirtualClock())
    electrics.switch(AWAKE, False)

    assert electrics.look().load_a == 0.0


def test_a_consumer_switched_off_by_hand_still_comes_on_at_its_next_time() -> None:
    clock = VirtualClock()
    electrics = quiet(clock, CHARGER, Use(BLOWER, Span(0.0, 50.0)), Use(BLOWER, Span(100.0, 150.0)))
    clock.sleep_until(10.0)
    electrics.switch(BLOWER, False)

    assert [look.load_a for look in looks(clock, electrics, [20.0, 99.0, 101.0])] == [0.0, 0.0, BLOWER.amps]


def test_a_dip_asked_for_is_exact_and_over_in_its_time() -> None:
    clock = VirtualClock(50.0)
    electrics = quiet(clock)
    before_v = electrics.volts()
    electrics.dip(12.3, for_s=4.0, after_s=1.0)
    seen = volts(clock, electrics, [50.9, 51.0, 54.9, 55.1])

    assert seen[1:3] == [12.3, 12.3]
    assert seen[0::3] == pytest.approx([before_v, before_v], abs=0.2)


def test_unplugged_the_appliance_has_nothing_and_the_car_all() -> None:
    electrics = quiet(VirtualClock())
    electrics.unplug()

    assert electrics.volts() == 0.0
    assert electrics.socket_v() > 13.0


def test_plugged_in_again_it_measures() -> None:
    electrics = quiet(VirtualClock())
    electrics.unplug()
    electrics.plug_in()

    assert electrics.volts() > 13.0


def test_ripple_is_there_while_the_charger_gives() -> None:
    def peak_to_peak_v(charger: Charger) -> float:
        clock = VirtualClock()
        seen = volts(clock, quiet(clock, charger), (step * 0.0011 for step in range(100)))
        return max(seen) - min(seen)

    assert peak_to_peak_v(replace(CHARGER, ripple_v=0.3, ripple_hz=120.0)) == pytest.approx(0.3, abs=0.02)
    assert peak_to_peak_v(replace(CHARGER, ripple_v=0.3, away=(Span(),))) < 0.02
