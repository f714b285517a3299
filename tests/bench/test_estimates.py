"""The time left, said while a control unit with a real one's times is programmed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.bench.cache import fill_bench_cache
from appliance.bench.plant import Plant
from appliance.bench.scenarios import SCENARIOS
from appliance.clock import VirtualClock
from appliance.config import Config
from appliance.engine.report import Report
from tests.bench.test_scenario_endings import cache, lived, switched_on

__all__ = ["cache"]  # the fixture
OFF_PERCENT = 10


@pytest.fixture(params=["steady", "two-units"])
def report(request: pytest.FixtureRequest, cache: Path, tmp_path: Path) -> Report:
    scenario = replace(SCENARIOS[request.param], real_times=True)
    fill_bench_cache(cache, scenario.campaign)
    plant = Plant(scenario, VirtualClock(), None, fresh=True, on_wire=False)
    told = lived(plant, switched_on(plant, replace(Config(), data=tmp_path, cache=cache)))
    assert told is not None
    return told


def test_from_a_fifth_of_the_job_on_no_estimate_is_off_by_a_tenth(report: Report) -> None:
    assert report.punctuality is not None
    assert report.punctuality.worst_off_percent is not None
    assert abs(report.punctuality.worst_off_percent) <= OFF_PERCENT
