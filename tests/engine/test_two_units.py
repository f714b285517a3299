"""Two control units in one group: programmed side by side, each as good as alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from appliance.bench.control_unit import ControlUnit
from appliance.bench.memory import SlotState
from appliance.bench.scenarios import SCENARIOS
from appliance.bench.unit.reaction import Reaction, refuse
from appliance.engine.ports import Command
from appliance.engine.report import Report
from appliance.uds import FUNCTIONAL
from tests.engine.odd_dme import RefusingUnit, with_dme
from tests.engine.workshop import CLUSTER, DME, LEVEL_TARGET, TARGET, TWO, WorkshopBench

BOTH = SCENARIOS[TWO]
ERASE = bytes.fromhex("3101FF00")
PROGRAMMING = b"\x10\x02"
NEW_CLUSTER = ("swfl_00002b14-010_005_000",)


class Unready(ControlUnit):
    """Says no when it is asked whether it may be programmed: the engine runs."""

    def _reaction(self, payload: bytes) -> Reaction:
        if payload.startswith(b"\x31\x01\x02\x03"):
            return refuse(0x31, 0x22)
        return super()._reaction(payload)


@pytest.fixture
def two(data: Path) -> WorkshopBench:
    return WorkshopBench(data, BOTH)


@cache
def undisturbed() -> tuple[tuple[int, bytes], ...]:
    with TemporaryDirectory() as folder:
        bench = WorkshopBench(Path(folder), BOTH)
        bench.started()
    return tuple(bench.sent)


def took_s(folder: Path, max_open: int) -> float:
    folder.mkdir()
    bench = WorkshopBench(folder, replace(BOTH, real_times=True))
    bench.campaign = replace(bench.campaign, max_open=max_open)
    assert bench.started().verdict == "programmed"
    at_work = [at_s for at_s, payload in bench.timed if payload.startswith((PROGRAMMING, ERASE, b"\x36", b"\x11\x01"))]
    return at_work[-1] - at_work[0]


def verdicts(report: Report) -> dict[str, str]:
    return {unit.address: unit.verdict for unit in report.units}


def first(prefix: bytes, to: int | None = None) -> int:
    return next(
        n for n, (at, payload) in enumerate(undisturbed(), 1) if payload.startswith(prefix) and to in (None, at)
    )


def both_hold_the_new_software(bench: WorkshopBench) -> bool:
    dme, cluster = (tuple(slot.software for slot in bench.car.unit(at).slots) for at in (DME, CLUSTER))
    return (dme, cluster) == (TARGET, NEW_CLUSTER)


# -- undisturbed


def test_both_are_proven_and_the_level_is_raised(two: WorkshopBench) -> None:
    report = two.started()
    assert report.verdict == "programmed"
    assert verdicts(report) == {"0x12": "programmed", "0x60": "programmed"}
    assert both_hold_the_new_software(two)
    assert LEVEL_TARGET in report.reason


def test_both_have_their_coding_back(two: WorkshopBench) -> None:
    fresh = two.car
    two.started()
    assert [two.car.unit(at).coding for at in (DME, CLUSTER)] == [fresh.unit(at).coding for at in (DME, CLUSTER)]


def test_one_transfers_while_the_other_is_at_work() -> None:
    flashing = [at for at, payload in undisturbed() if payload[:1] in (b"\x31", b"\x36")]
    changes = sum(one != other for one, other in pairwise(flashing))
    assert changes > 10


def test_coding_is_saved_before_anything_goes_to_everybody() -> None:
    saved = max(
        n for n, (at, payload) in enumerate(undisturbed(), 1) if payload == b"\x22\x30\x00" and n < first(ERASE)
    )
    assert saved < first(b"\x10\x03", FUNCTIONAL)


def test_what_goes_to_everybody_goes_once_and_before_the_first_programming_session() -> None:
    last = max(n for n, (_, payload) in enumerate(undisturbed(), 1) if payload.startswith(b"\x36"))
    quieting = [
        n for n, (at, payload) in enumerate(undisturbed(), 1) if at == FUNCTIONAL and payload[:1] in b"\x10\x28\x85"
    ]
    before = [n for n in quieting if n < first(PROGRAMMING)]
    assert len(before) == 3
    assert [n for n in quieting if first(PROGRAMMING) < n <= last] == []


def test_side_by_side_is_quicker_than_one_after_the_other(tmp_path: Path) -> None:
    assert took_s(tmp_path / "one", 1) - took_s(tmp_path / "two", 2) > 100.0


# -- the failure of one


def test_who_may_not_be_programmed_leaves_the_other_untouched(two: WorkshopBench) -> None:
    with_dme(two, Unready, CLUSTER)
    report = two.started()
    assert verdicts(report) == {"0x12": "untouched", "0x60": "untouched"}
    assert not [payload for _, payload in two.sent if payload.startswith((PROGRAMMING, ERASE))]
    assert "DME: left as it is, because another one may not be programmed" in report.notes


def test_the_other_goes_to_its_end_and_the_level_stays(two: WorkshopBench) -> None:
    unit = with_dme(two, RefusingUnit, CLUSTER)
    unit.refused, unit.times, unit.nrc = ERASE, 1000, 0x72
    report = two.started()
    assert (report.verdict, verdicts(report)["0x12"]) == ("failed", "programmed")
    assert verdicts(report)["0x60"] in ("failed", "in-bootloader")
    assert not [payload for _, payload in two.sent if payload.startswith(b"\x2e\x10\x0b")]


def test_the_next_start_does_what_is_left(two: WorkshopBench) -> None:
    unit = with_dme(two, RefusingUnit, CLUSTER)
    unit.refused, unit.times, unit.nrc = PROGRAMMING, 3, 0x22
    assert two.started().verdict == "failed"
    before = len(two.sent)
    assert two.started().verdict == "programmed"
    assert both_hold_the_new_software(two)
    assert not [payload for at, payload in two.sent[before:] if at == DME and payload.startswith(ERASE)]


def test_both_failures_are_told(two: WorkshopBench) -> None:
    for address in (DME, CLUSTER):
        unit = with_dme(two, RefusingUnit, address)
        unit.refused, unit.times = PROGRAMMING, 1000
    report = two.started()
    assert report.verdict == "failed"
    assert all(where in report.reason for where in ("DME 0x12", "instrument cluster 0x60"))


def test_who_is_half_programmed_is_finished_although_the_other_may_not_begin(data: Path) -> None:
    two = WorkshopBench(data, replace(BOTH, bootloader=True))
    with_dme(two, Unready, CLUSTER)
    report = two.started()
    assert (report.verdict, verdicts(report)) == ("failed", {"0x12": "programmed", "0x60": "untouched"})


# -- interruptions


def test_a_cancel_stops_each_where_it_may(two: WorkshopBench) -> None:
    two.at_transfer(3, two.press(Command.CANCEL))
    report = two.started()
    assert report.verdict == "interrupted"
    erased = [slot for at in (DME, CLUSTER) for slot in two.car.unit(at).slots if slot.state is not SlotState.GOOD]
    assert erased == []
    assert "stops after this part of DME and instrument cluster" in " ".join(line.text for line in report.timeline)


@pytest.mark.parametrize("at", range(first(b"\x10\x03", FUNCTIONAL), len(undisturbed()), 9))
def test_whenever_the_plug_is_pulled_the_next_life_finishes_both(data: Path, at: int) -> None:
    two = WorkshopBench(data, BOTH)
    two.cut_off(at)
    two.clock.sleep_until(two.clock.now_s() + 10.0)
    assert two.started().verdict == "programmed"
    assert both_hold_the_new_software(two)


@pytest.mark.parametrize("at", range(first(PROGRAMMING), len(undisturbed()), 11))
def test_whenever_the_ignition_goes_off_both_are_finished(data: Path, at: int) -> None:
    two = WorkshopBench(data, BOTH)

    def silence() -> None:
        now_s = two.clock.now_s()
        two.plant.car.terminal_15(now_s, on=False)
        two.plant.car.ignition_again(now_s + 20.0)

    two.at_message(at, silence)
    assert two.started().verdict == "programmed"
    assert both_hold_the_new_software(two)


@pytest.mark.parametrize("at", range(first(PROGRAMMING), len(undisturbed()), 17))
def test_a_car_that_falls_asleep_ends_with_both_programmed_or_with_a_failure_that_start_heals(
    data: Path, at: int
) -> None:
    two = WorkshopBench(data, BOTH)

    def nods_off() -> None:
        two.plant.car.sleep(two.clock.now_s())
        two.plant.car.ignition_again(two.clock.now_s() + 20.0)

    two.at_message(at, nods_off)
    report = two.started()
    if report.verdict != "programmed":
        assert report.verdict == "failed"
        report = two.started()
    assert report.verdict == "programmed"
    assert both_hold_the_new_software(two)


def test_a_supply_that_does_not_come_back_interrupts_both_and_the_next_start_goes_on(two: WorkshopBench) -> None:
    two.power = replace(two.power, hold_limit_s=120.0)
    two.at_transfer(3, lambda: two.plant.supply.dip(12.3, 300.0))
    report = two.started()
    assert report.verdict == "interrupted"
    assert "DME 0x12, instrument cluster 0x60 is in its bootloader" in report.reason
    two.clock.sleep_until(two.clock.now_s() + 300.0)
    assert two.started().verdict == "programmed"
    assert both_hold_the_new_software(two)


def test_a_dip_of_the_supply_is_one_hold_for_both(two: WorkshopBench) -> None:
    two.at_transfer(3, lambda: two.plant.supply.dip(12.3, 5.0))
    report = two.started()
    low = [hold for hold in report.supply.holds if "below the limit" in hold.reason]
    assert (report.verdict, len(low)) == ("programmed", 1)
