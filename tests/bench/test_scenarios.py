"""Every scenario's car is, read with the appliance's own decoders, what the scenario says it is."""

from __future__ import annotations

from functools import cache

import pytest

from appliance.bench.car import BODY, DME, GATEWAY, Car
from appliance.bench.memory import MemoryFile
from appliance.bench.scenarios import LEVEL_FACTORY, SCENARIOS, VIN, Scenario, scenario_named
from appliance.car.faults import ASKED_MASK, decode_faults
from appliance.car.integration_level import decode_levels
from appliance.car.svk import ProgrammingCheck, decode_svk
from appliance.car.timings import decode_counters, decode_flash_timings
from appliance.car.vehicle_order import decode_vehicle_order
from appliance.car.vin import decode_vin
from appliance.errors import UsageError


@pytest.fixture(params=list(SCENARIOS.values()), ids=list(SCENARIOS))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    chosen: Scenario = request.param
    return chosen


@cache
def car_of(scenario: Scenario) -> Car:
    return Car(MemoryFile(None, scenario.car()), lambda: 13.8)


def ask(scenario: Scenario, address: int, request: str) -> bytes:
    car = car_of(scenario)
    car.request(0.0, address, bytes.fromhex(request))
    return car.due(0.3)[-1].payload


def test_its_vin_is_whole_and_its_check_digit_right(scenario: Scenario) -> None:
    vin = decode_vin(ask(scenario, GATEWAY, "22 F1 90"))
    assert vin.text == VIN
    assert vin.check_digit_valid


def test_its_order_names_month_and_series(scenario: Scenario) -> None:
    order = decode_vehicle_order(ask(scenario, GATEWAY, "22 3F 06"))
    assert (order.month, order.year, order.series) == (*scenario.built, "F056")


def test_its_levels_are_current_last_and_factory(scenario: Scenario) -> None:
    levels = decode_levels(ask(scenario, GATEWAY, "22 10 0B"))
    assert [str(level) for level in (levels.current, levels.last, levels.factory)] == [
        scenario.level,
        LEVEL_FACTORY,
        LEVEL_FACTORY,
    ]


def test_every_unit_names_its_software(scenario: Scenario) -> None:
    checks = {address: decode_svk(ask(scenario, address, "22 F1 01")).check for address in car_of(scenario).addresses}
    failed = {address for address, check in checks.items() if check is not ProgrammingCheck.PASSED}
    assert failed == {address for address, dead in ((DME, scenario.bootloader), (BODY, scenario.body_lost)) if dead}


def test_its_dme_has_the_software_it_is_said_to_have(scenario: Scenario) -> None:
    entries = decode_svk(ask(scenario, DME, "22 F1 01")).entries
    software = [entry.psdz.rsplit("-", 1)[1] for entry in entries if entry.psdz.startswith("swfl")]
    middle = "020" if scenario.programmed else "010"
    expected = [f"021_{middle}_{last}" for last in ("002", "003", "052")]
    assert software == (expected[1:] if scenario.bootloader else expected)
    assert any(entry.unidentifiable for entry in entries) == scenario.bootloader


def test_its_dme_tells_times_and_counters(scenario: Scenario) -> None:
    assert decode_flash_timings(ask(scenario, DME, "22 25 04")).erase_s == 6
    assert decode_counters(ask(scenario, DME, "22 25 02")).times == 2
    assert decode_counters(ask(scenario, DME, "22 25 03")).times == 0xF7


def test_its_units_have_the_faults_it_names(scenario: Scenario) -> None:
    stored = {(unit.address, fault.code, fault.status) for unit in scenario.car().units for fault in unit.faults}
    assert stored == {(address, fault.code, fault.status) for address, fault in scenario.faults}


def test_its_faults_decode(scenario: Scenario) -> None:
    for address in {address for address, _ in scenario.faults}:
        read = {(one.code, one.status) for one in decode_faults(ask(scenario, address, "19 02 0C"))}
        stored = {(one.code, one.status) for at, one in scenario.faults if at == address}
        assert read == {(code, status) for code, status in stored if status & ASKED_MASK}


def test_an_unknown_scenario_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        scenario_named("monday")
    assert "steady" in caught.value.do
