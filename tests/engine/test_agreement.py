"""Nothing begins while a control unit, or our own computer, contradicts the plug."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.board.health import PiHost, flags_of, pi_flags
from appliance.engine.agreement import TRIES
from appliance.engine.journal import Journal
from appliance.events import OpinionGiven
from tests.engine.workshop import DME, WorkshopBench

UNDER_VOLTAGE, THROTTLED, UNDER_VOLTAGE_EARLIER = 0x1, 0x4, 0x10000
OWN_VOLTAGE = bytes.fromhex("22402B")


def opinions(bench: WorkshopBench, run: str) -> list[OpinionGiven]:
    journal = Journal(bench.folder / "journal.sqlite", bench.clock)
    try:
        return [one.event for one in journal.events(run) if isinstance(one.event, OpinionGiven)]
    finally:
        journal.close()


def writes(bench: WorkshopBench) -> list[bytes]:
    return [payload for _, payload in bench.sent if payload[0] in (0x2E, 0x31, 0x34, 0x36)]


def test_control_units_that_agree_are_asked_once_and_told(bench: WorkshopBench) -> None:
    report = bench.started()
    assert report.verdict == "programmed"
    told = opinions(bench, bench.runs()[0].id)
    assert [one.address for one in told] == [0x12, 0x40]
    assert all(one.plug_v is not None and abs(one.volts - one.plug_v) < 0.1 for one in told)


@pytest.mark.parametrize("off_v", [-0.9, 0.9])
def test_a_control_unit_that_sees_another_voltage_shuts_the_gate_for_starting(
    bench: WorkshopBench, off_v: float
) -> None:
    bench.plant.car.world.reads_v_off = off_v
    report = bench.started()
    assert report.verdict == "refused"
    assert "the supply cannot be believed: the plug shows 13.8" in report.reason
    assert "calibrate" in report.reason
    assert writes(bench) == []


def test_a_contradiction_must_last_to_count(bench: WorkshopBench) -> None:
    bench.plant.car.world.reads_v_off = -0.9

    def agrees() -> None:
        bench.plant.car.world.reads_v_off = 0.0

    bench.next_time("22402B", lambda: bench.next_time("22402B", agrees))
    assert bench.started().verdict == "programmed"


def test_it_is_asked_no_more_often_than_needed(bench: WorkshopBench) -> None:
    bench.plant.car.world.reads_v_off = -0.9
    bench.started()
    assert bench.requests_to(DME).count(OWN_VOLTAGE) == TRIES


@pytest.mark.parametrize("word", [UNDER_VOLTAGE, THROTTLED])
def test_a_weak_raspberry_pi_begins_nothing(bench: WorkshopBench, word: int) -> None:
    bench.host = PiHost(lambda: flags_of(word))
    report = bench.started()
    assert report.verdict == "refused"
    assert "Raspberry Pi" in report.reason
    assert writes(bench) == []


def test_a_raspberry_pi_that_was_weak_earlier_may_begin(bench: WorkshopBench) -> None:
    bench.host = PiHost(lambda: flags_of(UNDER_VOLTAGE_EARLIER))
    assert bench.started().verdict == "programmed"


def test_a_raspberry_pi_that_talks_nonsense_begins_nothing(bench: WorkshopBench, tmp_path: Path) -> None:
    nonsense = tmp_path / "get_throttled"
    nonsense.write_text("yes\n", encoding="ascii")
    bench.host = PiHost(lambda: pi_flags(nonsense))
    assert bench.started().verdict == "refused"
