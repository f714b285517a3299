"""kill -9 at wire speed, at the moments that matter; the same command, given again, ends the run truthfully."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from appliance.bench.car import DME
from appliance.bench.scenarios import STEADY
from appliance.car.integration_level import decode_levels
from tests.scenarios.killed import (
    Bench,
    Moment,
    before_dependency_check,
    before_erase,
    before_proof,
    erase_begun,
    hurried,
    in_transfer,
    kill_at,
)
from tests.scenarios.kl30 import BULLETIN_TARGET, NEW_SOFTWARE, Said, car_in, fast_bench, kl30, software, unit

pytestmark = pytest.mark.realtime

RESET_BEGUN_S = 0.7  # after the dependency check: the control unit is in its reset, which takes it two seconds


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.parametrize("moment", [before_erase, in_transfer])
def test_a_run_killed_early_is_finished_by_the_same_command(moment: Moment, data: Path) -> None:
    kill_at(data, moment)
    said = fast_bench(data)
    assert _programmed(said, interruptions=1)
    assert _car_is_good(data)


@pytest.mark.timeout(240)
def test_a_run_killed_late_and_killed_again_is_finished_by_the_same_command(data: Path) -> None:
    """Before the dependency check, then in the reset after it; both lives that follow are at wire speed."""
    kill_at(data, before_dependency_check)
    kill_at(data, before_proof, after_s=RESET_BEGUN_S)
    words = ("bench", "--auto", "--no-page", "--json", "--config", hurried(data), "--data", data)
    said = kl30(*words, cwd=data.parent)
    assert _programmed(said, interruptions=2)
    assert _attempts(said.json) == 3, "what was proven is not downloaded again"
    assert _car_is_good(data)


def test_ctrl_c_says_that_the_run_is_resumable(killed_before_erase: Path, data: Path) -> None:
    shutil.copytree(killed_before_erase, data)
    bench = Bench(data)
    try:
        bench.wait_for(erase_begun)
    finally:
        code = bench.end(signal.SIGINT)
    assert code == 4
    assert _programmed(fast_bench(data), interruptions=2)


def test_another_scenario_does_not_swap_the_car_of_an_unfinished_run(killed_before_erase: Path, data: Path) -> None:
    shutil.copytree(killed_before_erase, data)
    said = fast_bench(data, scenario="not-affected")
    assert _programmed(said, interruptions=1)


def test_a_killed_run_is_listed_as_unfinished(killed_before_erase: Path) -> None:
    said = kl30("report", "list", "--data", killed_before_erase, cwd=killed_before_erase.parent)
    assert said.code == 0
    assert "unfinished" in said.out


def _programmed(said: Said, interruptions: int) -> bool:
    assert said.code == 0, said.err
    report = said.json
    dme = unit(report)
    assert (report["verdict"], dme["verdict"]) == ("programmed", "programmed")
    assert software(dme["software_after"]) == NEW_SOFTWARE
    assert report["claim"]["labour_operation"] == "00 64 979"
    assert report["interruptions"] == interruptions
    return True


def _attempts(report: Any) -> int:
    attempts: int = unit(report)["attempts"]
    return attempts


def _car_is_good(data: Path) -> bool:
    car = car_in(data)
    now, fresh = car.unit(DME), STEADY.car().unit(DME)
    assert tuple(slot.software for slot in now.slots) == NEW_SOFTWARE
    assert now.good
    assert now.dependencies_good
    assert now.coding == fresh.coding
    assert str(decode_levels(b"\x62\x10\x0b" + car.levels).current) == BULLETIN_TARGET
    return True
