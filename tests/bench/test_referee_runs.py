"""The real appliance on the bench, under the referee: days in a workshop that break no law, and a guard that is off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from appliance.bench.cache import bench_campaigns, bench_levels, fill_bench_cache
from appliance.bench.plant import Plant
from appliance.bench.power_cut import PowerCut
from appliance.bench.referee.referee import LawBroken
from appliance.bench.scenarios import LEVEL_TARGET, SCENARIOS, WHOLE
from appliance.bench.security import BENCH_PROVIDER, bench_key
from appliance.bench.unguarded import UNGUARDED
from appliance.board.ina219 import Ina219
from appliance.board.watchdog import SystemdWatchdog
from appliance.campaign.catalogue_load import parse_catalogue
from appliance.campaign.load import parse_campaign
from appliance.car.integration_level import parse_level
from appliance.clock import VirtualClock
from appliance.config import Config, PowerConfig
from appliance.engine.report import Report
from appliance.power.limits import Limits
from appliance.wiring import Appliance, Parts, assemble, trusted_from
from tests.refereed import RefereedPlant, job_of

TWO, BOTH = "two-units", "two-campaigns"
LIVES = 3
MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    fill_bench_cache(folder)
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder, in memory where there is one: nothing here is about the disk."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


class Day:
    """A car and an appliance, one life after the other until there is a report."""

    def __init__(self, scenario: str, data: Path, cache: Path, limits: Limits | None = None) -> None:
        self._clock = VirtualClock()
        self._config = replace(Config(), data=data, cache=cache, power=PowerConfig(charger_test=False))
        self._limits = limits
        self._plant = Plant(SCENARIOS[scenario], self._clock, None, fresh=True, on_wire=False)
        name, *beside = self._plant.scenario.campaigns
        fill_bench_cache(cache, name, *beside)
        levels = [parse_catalogue(text, file) for file, text in bench_levels(name)]
        job = job_of(
            parse_campaign(dict(bench_campaigns(name))[f"{name}.toml"], name),
            catalogue=levels[0] if levels else None,
            car=self._plant.car.memory.now,
            beside=[parse_campaign(dict(bench_campaigns(one))[f"{one}.toml"], one) for one in beside],
        )
        journal = data / "journal.sqlite"
        self.watched = RefereedPlant(self._plant, self._clock, journal, job, parse_level(LEVEL_TARGET))

    def report(self) -> Report:
        """Live until there is one."""
        for _ in range(LIVES):
            appliance = self._assembled()
            try:
                report = appliance.engine.boot() or appliance.engine.start()
            except PowerCut:
                appliance.abandon()
                self._plant.plug.push()
                continue
            appliance.close()
            self.watched.ended(report)
            assert report is not None
            return report
        raise AssertionError("it never came to a report")

    def _assembled(self) -> Appliance:
        monitor = Ina219(self._plant.monitor, bus_name="the bench's I²C bus")
        monitor.configure()
        parts = Parts(
            clock=self._clock,
            transport=self.watched.cable(self._plant.transport(None)),
            monitor=monitor,
            panel=self._plant.panel,
            watchdog=SystemdWatchdog(self._clock, None),
            trusted=lambda: trusted_from(self._config, {BENCH_PROVIDER: bench_key}),
            limits=self._limits,
        )
        return assemble(self._config, parts)


@pytest.mark.parametrize(
    "scenario",
    [
        "steady",
        "dip",
        "power-cut",
        "prior-faults",
        "ecu-in-bootloader",
        "cranking",
        TWO,
        WHOLE,
        "unknown-unit",
        BOTH,
        "recoded",
    ],
)
def test_a_day_in_the_workshop_breaks_no_law(scenario: str, data: Path, cache: Path) -> None:
    assert Day(scenario, data, cache).report().verdict == "programmed"


def test_without_its_guard_the_appliance_is_caught_writing_in_a_dip(data: Path, cache: Path) -> None:
    day = Day("dip", data, cache, UNGUARDED)
    with pytest.raises(LawBroken, match=r"law 12: written to 0x12 at 12\.30 V"):
        day.report()
    assert {one.law for one in day.watched.referee.verdict()} == {"12"}
