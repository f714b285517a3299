"""Every scenario ends as it says, with the real appliance in virtual time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.bench.cache import fill_bench_cache
from appliance.bench.plant import Plant
from appliance.bench.power_cut import PowerCut
from appliance.bench.process_fault import WatchdogBite
from appliance.bench.scenarios import SCENARIOS, Scenario
from appliance.bench.security import BENCH_PROVIDER, bench_key
from appliance.bench.supply import SimulatedSupply
from appliance.bench.unguarded import UNGUARDED
from appliance.board.ina219 import Ina219
from appliance.board.watchdog import SystemdWatchdog
from appliance.clock import VirtualClock
from appliance.config import Config, PowerConfig
from appliance.engine.ports import Command
from appliance.engine.report import Report
from appliance.errors import LinkError
from appliance.wiring import Appliance, Parts, assemble, trusted_from

OFF_S = 3.0


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench_firmware_cache")
    fill_bench_cache(folder)
    return folder


def switched_on(plant: Plant, config: Config) -> Appliance:
    parts = Parts(
        clock=plant.clock,
        transport=plant.transport(None),
        monitor=Ina219(plant.monitor, bus_name="the bench's I²C bus"),
        panel=plant.panel,
        watchdog=SystemdWatchdog(plant.clock, plant.manager),
        trusted=lambda: trusted_from(config, {BENCH_PROVIDER: bench_key}),
        limits=None if plant.scenario.guard else UNGUARDED,
    )
    return assemble(config, parts)


def lived(plant: Plant, appliance: Appliance) -> Report | None:
    """The report; None: the plug was pulled, or the watchdog bit, before there was one."""
    try:
        report = appliance.engine.boot()
        if report is None:
            plant.panel.press(Command.START.value)
            appliance.engine.ready()
            report = appliance.engine.start()
    except (PowerCut, WatchdogBite):
        appliance.abandon()
        return None
    except LinkError as lost:
        appliance.fell(lost)
        plant.wires.restart()
        return None
    appliance.close()
    return report


def played(scenario: Scenario, config: Config) -> Report:
    plant = Plant(scenario, VirtualClock(), None, fresh=True, on_wire=False)
    for _ in range(1 + len(scenario.happenings)):
        report = lived(plant, switched_on(plant, config))
        if report is not None:
            return report
        plant.clock.sleep_until(plant.clock.now_s() + OFF_S)
        plant.plug.push()
    raise AssertionError("it was cut off more often than the scenario cuts")


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_ends_with_its_verdict_and_its_labour_operation(name: str, cache: Path, tmp_path: Path) -> None:
    scenario = SCENARIOS[name]
    fill_bench_cache(cache, *scenario.campaigns)
    power = PowerConfig(hold_limit_s=400.0)  # what is given up is given up sooner
    report = played(scenario, replace(Config(), data=tmp_path, cache=cache, power=power))
    labour = report.claim.labour_operation if report.claim else ""
    assert (report.verdict, labour or "") == (scenario.verdict, scenario.labour)


class Falling(SimulatedSupply):
    """A charger that gives too little: every reading is plausible, and each is lower than the one before."""

    def volts(self) -> float:
        return super().volts() - 0.060 * self._clock.now_s() / 60.0


def test_a_supply_that_would_not_last_is_refused_at_the_start_with_every_reading_above_the_limit(
    cache: Path, tmp_path: Path
) -> None:
    fill_bench_cache(cache)
    scenario = replace(
        SCENARIOS["steady"], supply=lambda clock: Falling(clock, set_point_v=13.55, noise_v=0.006), real_times=True
    )
    power = PowerConfig(charger_test=False)  # it would refuse it, too
    report = played(scenario, replace(Config(), data=tmp_path, cache=cache, power=power))
    assert report.verdict == "refused"
    assert report.reason.startswith("the supply would not last: ")
    assert report.supply.min_v is not None
    assert report.supply.min_v > 13.0
    assert [one.allowed for one in report.supply.forecasts] == [False]
