"""The bench put together: what stays when the appliance is switched off and on again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.bench.car import DME
from appliance.bench.plant import Plant
from appliance.bench.power_cut import PowerCut
from appliance.bench.scenarios import STEADY, Scenario, scenario_named
from appliance.bus.transport import Received, Sent
from appliance.clock import RealClock, VirtualClock

DIP, CUT = scenario_named("dip"), scenario_named("power-cut")


def plant(scenario: Scenario = STEADY, folder: Path | None = None, *, fresh: bool = True) -> Plant:
    return Plant(scenario, VirtualClock(), folder, fresh=fresh, on_wire=False)


def transfer(bench: Plant, times: int) -> None:
    for _ in range(times):
        bench.car.request(bench.clock.now_s(), DME, b"\x36\x01\x00")


def test_the_same_folder_finds_the_same_car(tmp_path: Path) -> None:
    plant(DIP, tmp_path)
    assert plant(STEADY, tmp_path, fresh=False).scenario is DIP


def test_a_fresh_car_is_the_scenarios_whatever_is_in_the_folder(tmp_path: Path) -> None:
    plant(DIP, tmp_path)
    assert plant(STEADY, tmp_path).scenario is STEADY


def test_an_empty_folder_gets_the_car_of_the_scenario(tmp_path: Path) -> None:
    assert plant(CUT, tmp_path, fresh=False).scenario is CUT


def test_what_was_done_to_the_car_is_still_done_after_a_restart(tmp_path: Path) -> None:
    bench = plant(STEADY, tmp_path)
    for request in ("10 03", "31 01 0F 0C 03"):
        bench.car.request(0.0, DME, bytes.fromhex(request))
        bench.car.due(0.1)
    assert plant(STEADY, tmp_path, fresh=False).car.units[DME].memory.energy_mode == 3


def test_a_dip_happens_at_its_transfer_and_passes() -> None:
    bench = plant(DIP)
    transfer(bench, 39)
    before = bench.supply.volts()
    transfer(bench, 1)
    during = bench.supply.volts()
    bench.clock.sleep_until(5.0)
    assert (round(before, 1), round(during, 1), round(bench.supply.volts(), 1)) == (13.8, 12.3, 13.8)


def test_a_power_cut_happens_at_its_transfer() -> None:
    bench = plant(CUT)
    transfer(bench, 69)
    assert not bench.plug.pulled
    transfer(bench, 1)
    assert bench.plug.pulled


def test_a_happening_happens_once() -> None:
    bench = plant(CUT)
    transfer(bench, 70)
    bench.plug.push()
    transfer(bench, 70)
    assert not bench.plug.pulled


def test_a_happening_is_not_repeated_after_a_restart(tmp_path: Path) -> None:
    transfer(plant(CUT, tmp_path), 70)
    again = plant(CUT, tmp_path, fresh=False)
    transfer(again, 70)
    assert not again.plug.pulled


def test_the_scenarios_own_cut_does_not_wait_for_a_person() -> None:
    bench = plant(CUT)
    transfer(bench, 70)
    assert not bench.plug.stays_out


def test_a_person_pulls_the_plug_and_puts_it_back() -> None:
    bench = plant()
    bench.controls.unplug()
    assert (bench.controls.plugged, bench.plug.stays_out) == (False, True)
    bench.controls.plug_in()
    assert bench.controls.plugged


def test_a_person_turns_the_charger() -> None:
    bench = plant()
    bench.controls.set_volts(12.9)
    assert bench.controls.volts() == 12.9
    assert bench.supply.volts() == pytest.approx(12.9, abs=0.01)


def test_the_control_units_feel_the_same_supply() -> None:
    bench = plant()
    bench.controls.set_volts(8.0)
    bench.car.request(0.0, DME, b"\x22\xf1\x90")
    assert bench.car.due(0.1) == []


def test_the_appliance_hears_the_car_until_its_plug_is_pulled() -> None:
    bench = plant()
    transport = bench.transport(None)
    transport.send(DME, b"\x3e\x00")
    assert transport.poll(1.0) == [Sent(DME)]
    assert transport.poll(1.0) == [Received(DME, b"\x7e\x00")]
    bench.plug.pull()
    for act in _every_act(transport.send, transport.poll):
        with pytest.raises(PowerCut):
            act()


def _every_act(send: Callable[[int, bytes], None], poll: Callable[[float], object]) -> list[Callable[[], object]]:
    return [lambda: send(DME, b"\x3e\x00"), lambda: poll(2.0)]


def test_what_arrives_while_the_plug_is_pulled_is_lost() -> None:
    bench = plant(CUT)
    transport = bench.transport(None)
    transfer(bench, 69)
    transport.send(DME, b"\x36\x01\x00")
    with pytest.raises(PowerCut):
        transport.poll(1.0)


def test_no_handler_of_ordinary_errors_survives_a_power_cut() -> None:
    assert not issubclass(PowerCut, Exception)


def test_each_life_of_the_appliance_gets_a_transport_of_its_own() -> None:
    bench = plant()
    assert bench.transport(None) is not bench.transport(None)


@pytest.mark.realtime
def test_on_the_wire_the_same_car_answers_at_its_real_speed() -> None:
    clock = RealClock()
    bench = Plant(STEADY, clock, None, fresh=True, on_wire=True)
    transport = bench.transport(None)
    try:
        transport.send(DME, b"\x22\xf1\x90")
        heard = [event for _ in range(2) for event in transport.poll(clock.now_s() + 2.0)]
    finally:
        transport.close()
        bench.stop()
    assert [type(event) for event in heard] == [Sent, Received]
