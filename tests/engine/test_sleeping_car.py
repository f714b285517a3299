"""The ignition goes off, or the car falls asleep, at any moment of a job: it is waited for, and the job is finished."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.engine.report import Report
from tests.engine.workshop import TARGET, WorkshopBench, undisturbed

BACK_S = 20.0
EVERY = 7


def first_roll_call() -> int:
    """Number of the message from which on the appliance knows who is awake."""
    return next(number for number, (_, payload) in enumerate(undisturbed(), 1) if payload == b"\x3e\x00")


def moments() -> list[int]:
    return list(range(first_roll_call() + 1, len(undisturbed()), EVERY))


def interrupted(folder: Path, at: int, *, suddenly: bool) -> tuple[WorkshopBench, Report]:
    """A run in which the car goes silent at the n-th message and is woken later."""
    bench = WorkshopBench(folder)

    def silence() -> None:
        car, now_s = bench.plant.car, bench.clock.now_s()
        if suddenly:
            car.terminal_15(now_s, on=False)
        else:
            car.sleep(now_s)
        car.ignition_again(now_s + BACK_S)

    bench.at_message(at, silence)
    return bench, bench.started()


@pytest.mark.parametrize("at", moments())
def test_whenever_the_ignition_is_switched_off_the_job_is_finished(data: Path, at: int) -> None:
    bench, report = interrupted(data, at, suddenly=True)
    assert report.verdict == "programmed"
    assert tuple(slot.software for slot in bench.dme.slots) == TARGET


@pytest.mark.parametrize("at", moments())
def test_a_car_that_falls_asleep_ends_programmed_or_with_a_truthful_failure_that_start_heals(
    data: Path, at: int
) -> None:
    bench, report = interrupted(data, at, suddenly=False)
    if report.verdict != "programmed":
        assert report.verdict == "failed"
        report = bench.started()
    assert report.verdict == "programmed"
    assert tuple(slot.software for slot in bench.dme.slots) == TARGET
