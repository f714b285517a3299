"""The voltage monitor fails at any moment of a job: fail closed, named, and on when it comes back (law 3)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from appliance.bench.smbus import Ina219Model
from appliance.board.ina219 import Ina219
from tests.engine.workshop import WorkshopBench, number_of, undisturbed

GONE_S = 8.0
LATEST_S = 0.2 + 0.05  # PowerConfig.max_age_s and a look
# An erase, the dependency check, a write, a reset. A datablock that is erased may be carried by a second opinion.
BEGINS = tuple(bytes.fromhex(prefix) for prefix in ("3101FF00", "3101FF01", "2E", "11"))
Moment = Callable[[], int]


@dataclass(frozen=True)
class Fault:
    """How the monitor fails, how it is mended, and what people are told meanwhile."""

    fails: Callable[[Ina219Model], None]
    mended: Callable[[Ina219Model], None]
    says: str


FAULTS: Mapping[str, Fault] = {
    "unplugged": Fault(Ina219Model.unplug, Ina219Model.plug_in, "no answer"),
    "swapped address": Fault(lambda m: m.move(0x41), lambda m: m.move(0x40), "no answer"),
    "stuck bus": Fault(lambda m: m.short_bus(True), lambda m: m.short_bus(False), "the I²C transfer failed"),
    "stopped converter": Fault(Ina219Model.freeze, Ina219Model.thaw, "has given no sample yet"),
    "overflow": Fault(lambda m: m.overflow(True), lambda m: m.overflow(False), "overflow"),
}
MOMENTS: Mapping[str, Moment] = {
    "at the preconditions": lambda: number_of(undisturbed(), "31010203"),
    "before the first erase": lambda: number_of(undisturbed(), "3101FF00") - 1,
    "at the first erase": lambda: number_of(undisturbed(), "3101FF00"),
    "in the first transfer": lambda: number_of(undisturbed(), "36", 3),
    "at a transfer exit": lambda: number_of(undisturbed(), "37", 2),
    "at the dependency check": lambda: number_of(undisturbed(), "3101FF01"),
}


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest) -> Fault:
    return FAULTS[request.param]


def failing(bench: WorkshopBench, fault: Fault, at: int, gone_s: float) -> list[float]:
    """The monitor fails at the n-th message, for so long; when it failed and when it was mended."""
    moments: list[float] = []

    def fails() -> None:
        fault.fails(bench.plant.monitor)
        moments.append(bench.clock.now_s())
        finger = bench.clock.every(gone_s, mended, "a hand")
        bench.fingers.append(finger)

    def mended() -> None:
        if len(moments) == 1 and bench.clock.now_s() >= moments[0] + gone_s:
            fault.mended(bench.plant.monitor)
            moments.append(bench.clock.now_s())

    bench.at_message(at, fails)
    return moments


@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_is_begun_while_the_monitor_is_gone_and_then_it_finishes(
    bench: WorkshopBench, fault: Fault, moment: str
) -> None:
    moments = failing(bench, fault, MOMENTS[moment](), GONE_S)
    report = bench.started()
    failed_s, mended_s = moments
    assert report.verdict == "programmed"
    begun = [at_s for at_s, payload in bench.timed if payload.startswith(BEGINS)]
    assert not [at_s for at_s in begun if failed_s + LATEST_S < at_s < mended_s]


def test_what_ails_it_is_told(bench: WorkshopBench, fault: Fault) -> None:
    failing(bench, fault, 1, 1e9)
    report = bench.started()
    assert report.verdict == "refused"
    assert fault.says in report.reason


def test_a_monitor_that_browns_out_costs_no_hold(bench: WorkshopBench) -> None:
    bench.at_message(number_of(undisturbed(), "36", 3), bench.plant.monitor.brown_out)
    report = bench.started()
    assert report.verdict == "programmed"
    assert report.supply.holds == ()


def test_the_driver_of_every_life_is_the_real_one(bench: WorkshopBench) -> None:
    assert isinstance(bench.monitor(), Ina219)


def test_a_reading_that_has_grown_old_is_shown_and_drawn_as_none(bench: WorkshopBench) -> None:
    bench.at_transfer(3, bench.plant.monitor.unplug)
    bench.started()
    held = [status for status in bench.statuses if status.held_since_s is not None and status.supply.gate == "stale"]
    report = json.loads(next((bench.folder / "reports").glob("*.json")).read_text(encoding="utf-8"))
    assert {status.supply.volts for status in held} == {None}
    assert [hold["volts"] for hold in report["supply"]["holds"]] == [None]
    assert report["supply"]["trace"][-1]["volts"] is None
