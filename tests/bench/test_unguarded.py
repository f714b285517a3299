"""With the guard switched off the control unit ends as the one in the report did; with it on, never."""

from __future__ import annotations

import ast
import inspect
import random
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from appliance import wiring
from appliance.bench.cache import fill_bench_cache
from appliance.bench.car import DME
from appliance.bench.memory import UnitMemory
from appliance.bench.plant import Plant
from appliance.bench.scenarios import SCENARIOS, Scenario
from appliance.bench.security import BENCH_PROVIDER, bench_key
from appliance.bench.unguarded import UNGUARDED
from appliance.bench.workshop import creeping_charger, folding_charger
from appliance.board.ina219 import Ina219
from appliance.board.watchdog import SystemdWatchdog
from appliance.clock import VirtualClock
from appliance.config import Config, PowerConfig, load_config
from appliance.engine.ports import Command
from appliance.engine.report import Report
from appliance.errors import ConfigError
from appliance.power.gate import judge, unread
from appliance.power.limits import IMPLAUSIBLE_V
from appliance.power.reading import Reading
from appliance.wiring import Parts, assemble, trusted_from

PACKAGE = Path(wiring.__file__).parent
UNGUARDED_DAY = SCENARIOS["unguarded"]
VARIED = 24


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench_firmware_cache")
    fill_bench_cache(folder)
    return folder


def impatient(data: Path, cache: Path) -> Config:
    """What is given up is given up soon."""
    return replace(Config(), data=data, cache=cache, power=PowerConfig(hold_limit_s=60.0))


def played(scenario: Scenario, config: Config) -> tuple[Report, UnitMemory]:
    """The report, and what the DME keeps."""
    plant = Plant(scenario, VirtualClock(), None, fresh=True, on_wire=False)
    parts = Parts(
        clock=plant.clock,
        transport=plant.transport(None),
        monitor=Ina219(plant.monitor, bus_name="the bench's I²C bus"),
        panel=plant.panel,
        watchdog=SystemdWatchdog(plant.clock, None),
        trusted=lambda: trusted_from(config, {BENCH_PROVIDER: bench_key}),
        limits=None if scenario.guard else UNGUARDED,
    )
    appliance = assemble(config, parts)
    appliance.engine.boot()
    plant.panel.press(Command.START.value)
    appliance.engine.ready()
    report = appliance.engine.start()
    appliance.close()
    assert report is not None
    return report, plant.car.units[DME].memory


@pytest.fixture(scope="module")
def unguarded(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, UnitMemory]:
    return played(UNGUARDED_DAY, replace(Config(), data=tmp_path_factory.mktemp("data"), cache=cache))


def test_without_the_guard_the_control_unit_is_lost(unguarded: tuple[Report, UnitMemory]) -> None:
    _, dme = unguarded
    assert dme.lost


def test_without_the_guard_nothing_was_held_and_every_forecast_said_yes(
    unguarded: tuple[Report, UnitMemory],
) -> None:
    supply = unguarded[0].supply
    assert (supply.holds, {one.allowed for one in supply.forecasts}) == ((), {True})


def test_the_report_of_a_lost_control_unit_claims_nothing(unguarded: tuple[Report, UnitMemory]) -> None:
    """It failed; the unit names what it lacks, and nothing is claimed as programmed."""
    report, _ = unguarded
    (told,) = report.units
    assert (report.verdict, report.claim.labour_operation if report.claim else "") == ("failed", "")
    assert told.verdict == "failed"
    assert told.what_to_do.startswith("it answers but refuses to be programmed: ")
    assert "unkn_ffffffff-255_255_255" in told.software_after
    assert "refused" in report.reason


def test_on_the_same_supply_with_the_guard_on_nothing_is_erased(cache: Path, tmp_path: Path) -> None:
    guarded = replace(UNGUARDED_DAY, guard=True)
    report, dme = played(guarded, impatient(tmp_path, cache))
    assert dme.slots == guarded.car().unit(DME).slots
    assert [one.verdict for one in report.units if one.verdict != "untouched"] == []


@pytest.mark.parametrize("number", range(VARIED))
def test_with_the_guard_on_no_creeping_supply_costs_a_control_unit(number: int, cache: Path, tmp_path: Path) -> None:
    chance = random.Random(f"creeping {number}")
    stories = (
        partial(creeping_charger, from_v=chance.uniform(13.3, 13.6)),
        partial(
            folding_charger,
            warms_in_s=chance.uniform(200, 2000),
            from_v=chance.uniform(13.3, 14.2),
            worn_ah=chance.uniform(15, 60),
        ),
    )
    scenario = replace(UNGUARDED_DAY, guard=True, supply=stories[number % 6 > 0])
    report, dme = played(scenario, impatient(tmp_path, cache))
    assert not dme.lost
    assert all(slot.sound for slot in dme.slots)
    assert report.verdict in {"refused", "interrupted", "programmed"}


@pytest.mark.parametrize("volts", [0.5, 9.0, 12.0, 13.8, 16.5, IMPLAUSIBLE_V])
def test_no_voltage_shuts_the_gate_of_the_unguarded(volts: float) -> None:
    state = unread(0.0)
    for at_s in (1.0, 1.1, 1.2):
        state = judge(state, UNGUARDED, at_s, Reading(at_s, volts))
    assert state.is_open


@pytest.mark.parametrize("text", ["guard = false", "[power]\nguard = false", "[bench]\nguard = false"])
def test_no_key_of_the_configuration_switches_the_guard_off(text: str, tmp_path: Path) -> None:
    path = tmp_path / "kl30.toml"
    path.write_text(f"{text}\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        load_config(path)


def test_only_the_bench_command_knows_the_unguarded_limits() -> None:
    known = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "appliance.bench.unguarded"
    }
    assert known == {"commands/bench.py"}


def test_the_real_parts_bring_no_limits_of_their_own() -> None:
    tree = ast.parse(inspect.getsource(wiring))
    (built,) = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Parts"
    ]
    names = list(inspect.signature(Parts).parameters)
    given = {*names[: len(built.args)], *(keyword.arg for keyword in built.keywords)}
    assert "limits" not in given
