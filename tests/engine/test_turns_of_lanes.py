"""Lanes that wait for their turn: three control units, two of which may be at work at the same time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from appliance.bench.memory import SlotState
from appliance.bench.unit.reaction import Session
from appliance.engine.ports import Command
from appliance.engine.report import Report
from appliance.uds import FUNCTIONAL
from tests.engine.odd_dme import RefusingUnit, with_dme
from tests.engine.three_units import EPS, IN_ORDER, three, with_third_lost
from tests.engine.workshop import CLUSTER, DME, WorkshopBench

PROGRAMMING, RESET = b"\x10\x02", b"\x11\x01"
QUIETING = (b"\x10\x03", b"\x85\x02", b"\x28\x01")


@cache
def undisturbed() -> tuple[tuple[int, bytes], ...]:
    with TemporaryDirectory() as folder:
        bench = three(Path(folder))
        assert bench.started().verdict == "programmed"
    return tuple(bench.sent)


def place(prefix: bytes, to: int, *, last: bool = False) -> int:
    """Of the first such message, or the last."""
    found = [n for n, (at, payload) in enumerate(undisturbed(), 1) if at == to and payload.startswith(prefix)]
    return found[-1 if last else 0]


def verdicts(report: Report) -> dict[int, str]:
    return {int(unit.address, 16): unit.verdict for unit in report.units}


def every_region_is_good(bench: WorkshopBench) -> bool:
    return all(slot.state is SlotState.GOOD for unit in bench.car.units for slot in unit.slots)


def refusing(bench: WorkshopBench, times: int) -> None:
    """The cluster does not let anybody into its programming session, so many times."""
    unit = with_dme(bench, RefusingUnit, CLUSTER)
    unit.refused, unit.times, unit.nrc = PROGRAMMING, times, 0x22


# -- undisturbed


def test_they_begin_in_the_plans_order() -> None:
    begun = [at for at, payload in undisturbed() if payload.startswith(PROGRAMMING)]
    assert tuple(dict.fromkeys(begun)) == IN_ORDER


def test_who_ends_makes_room_while_the_other_is_still_at_work() -> None:
    first, second = sorted(place(RESET, at, last=True) for at in (DME, CLUSTER))
    assert first < place(PROGRAMMING, EPS) < second


def test_never_more_are_in_their_programming_session_than_allowed(data: Path) -> None:
    bench, seen = three(data), list[int]()
    units = bench.plant.car.units.values()
    bench.plant.car.on_programming = lambda _: seen.append(sum(u.session is Session.PROGRAMMING for u in units))
    bench.started()
    assert max(seen) == 2


def test_what_goes_to_everybody_goes_before_the_first_begins() -> None:
    first, last = place(PROGRAMMING, DME), place(RESET, EPS, last=True)
    to_all = [n for n, (at, said) in enumerate(undisturbed(), 1) if at == FUNCTIONAL and said.startswith(QUIETING)]
    assert len([n for n in to_all if n < first]) == 3
    assert [n for n in to_all if first < n < last] == []


# -- the failure of one


def test_nobody_begins_any_more_when_one_has_failed(data: Path) -> None:
    bench = three(data)
    refusing(bench, 1000)
    report = bench.started()
    assert (report.verdict, verdicts(report)[DME], verdicts(report)[EPS]) == ("failed", "programmed", "untouched")
    assert "power steering: left as it is, because another one failed" in report.notes


def test_who_was_left_is_programmed_at_the_next_start(data: Path) -> None:
    bench = three(data)
    refusing(bench, 3)
    assert bench.started().verdict == "failed"
    assert bench.started().verdict == "programmed"
    assert every_region_is_good(bench)


def test_who_is_half_programmed_begins_although_another_one_failed(data: Path) -> None:
    bench = three(data, with_third_lost)
    refusing(bench, 1000)
    report = bench.started()
    assert (report.verdict, verdicts(report)[EPS]) == ("failed", "programmed")


def test_a_cancel_lets_nobody_begin(data: Path) -> None:
    bench = three(data)
    bench.at_transfer(3, bench.press(Command.CANCEL))
    report = bench.started()
    assert (report.verdict, verdicts(report)[EPS]) == ("interrupted", "untouched")
    assert every_region_is_good(bench)


# -- interruptions


def _cut(bench: WorkshopBench, at: int) -> None:
    bench.cut_off(at)
    bench.clock.sleep_until(bench.clock.now_s() + 10.0)


def _ignition_off(bench: WorkshopBench, at: int) -> None:
    def silence() -> None:
        now_s = bench.clock.now_s()
        bench.plant.car.terminal_15(now_s, on=False)
        bench.plant.car.ignition_again(now_s + 20.0)

    bench.at_message(at, silence)


@pytest.mark.parametrize("happens", [_cut, _ignition_off])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_whatever_happens_while_one_waits_all_are_programmed_in_the_end(
    data: Path, happens: Callable[[WorkshopBench, int], None], share: float
) -> None:
    first, last = place(PROGRAMMING, DME), place(RESET, EPS, last=True)
    bench = three(data)
    happens(bench, round(first + share * (last - first)))
    assert bench.started().verdict == "programmed"
    assert every_region_is_good(bench)
