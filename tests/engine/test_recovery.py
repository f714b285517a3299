"""A stuck control unit is recovered alone: by the gentlest remedy that helps, over power cuts, and truly told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.bench.memory import Cure
from appliance.bench.technician import Manner
from appliance.engine.person import GUIDES, PATIENCE_S
from appliance.engine.ports import Command
from appliance.procedure.facts import Rung
from appliance.procedure.recover import SHORT_BLOCK
from tests.engine.stuck import BODY, BODY_TARGET, DME, StuckBench, small_car, stuck_body, stuck_dme

HELPED_BY = {
    Cure.NONE: Rung.AS_FOUND,
    Cure.FRESH_SESSION: Rung.FRESH_SESSION,
    Cure.SMALL_BLOCKS: Rung.SLOWER,
    Cure.POWER_CYCLE: Rung.POWER_CYCLE,
    Cure.BATTERY: Rung.BATTERY,
}


@pytest.mark.parametrize("cure", HELPED_BY)
def test_each_rung_is_the_one_that_helps_where_it_is_the_cure(cure: Cure, tmp_path: Path) -> None:
    bench = StuckBench(tmp_path, stuck_body(cure=cure), BODY)
    report = bench.recovered()
    assert (report.verdict, report.recovery is not None) == ("programmed", True)
    assert report.recovery is not None
    tried = [(one.rung, one.result) for one in report.recovery.rungs]
    expected = [*Rung][: [*Rung].index(HELPED_BY[cure]) + 1]
    assert tried == [*((rung.value, "did not help") for rung in expected[:-1]), (expected[-1].value, "helped")]
    assert [slot.software for slot in bench.unit(BODY).slots] == [BODY_TARGET]


def test_where_nothing_helps_it_stops_and_says_what_not_to_do(tmp_path: Path) -> None:
    bench = StuckBench(tmp_path, stuck_body(cure=Cure.NEVER), BODY)
    report = bench.recovered()
    assert report.verdict == "failed"
    assert report.recovery is not None
    assert [one.result for one in report.recovery.rungs] == ["did not help"] * 4 + ["not finished"]
    assert "nothing helped" in report.reason
    assert any("do not replace" in words for words in report.recovery.do_not)
    assert f"reports/{report.run}.json" in report.recovery.keep
    assert report.units[0].verdict == "failed"


def test_a_slower_transfer_sends_no_long_block(tmp_path: Path) -> None:
    bench = StuckBench(tmp_path, stuck_body(cure=Cure.SMALL_BLOCKS), BODY)
    bench.recovered()
    lengths = [len(payload) for to, payload in bench.sent if to == BODY and payload[0] == 0x36]
    assert max(lengths) > SHORT_BLOCK
    assert max(lengths[-10:]) == SHORT_BLOCK


def test_without_a_saved_copy_the_report_says_that_coding_data_must_be_restored(tmp_path: Path) -> None:
    report = StuckBench(tmp_path, stuck_body(), BODY).recovered()
    assert report.verdict == "programmed"
    assert "cafd_ffffffff" in report.reason
    assert "coding data must be restored" in report.reason
    assert "coding data must be restored" in report.units[0].what_to_do


def test_coding_data_that_an_earlier_run_saved_is_written_back(tmp_path: Path) -> None:
    """A campaign once saved it; another tool then killed the control unit."""
    bench = StuckBench(tmp_path, replace(stuck_dme(), bootloader=False), None)
    assert bench.recovered().verdict == "programmed"
    coded = bench.unit(DME).coding
    later = StuckBench(tmp_path, stuck_dme(), DME)
    lost = later.unit(DME)
    blank = tuple((did, b"\xff" * len(data)) for did, data in lost.coding)
    later.plant.car.memory.keep(later.plant.car.memory.now.with_unit(replace(lost, coding=blank)))
    report = later.recovered()
    assert later.unit(DME).coding == coded
    assert "its coding data was written back from a saved copy" in report.reason
    assert report.units[0].what_to_do == ""


def test_the_integration_level_stays_and_nothing_is_claimed(tmp_path: Path) -> None:
    bench = StuckBench(tmp_path, stuck_dme(), DME)
    levels = bench.plant.car.memory.now.levels
    report = bench.recovered()
    assert bench.plant.car.memory.now.levels == levels
    assert report.claim is not None
    assert report.claim.labour_operation == ""
    assert "recovered" in report.claim.sentences[0]


def test_start_recovers_a_unit_the_campaign_would_leave_behind(tmp_path: Path) -> None:
    bench = StuckBench(tmp_path, stuck_body(), BODY)
    report = bench.once(lambda engine: engine.boot() or engine.start())
    assert report is not None
    assert (report.verdict, [unit.address for unit in report.units]) == ("programmed", ["0x40"])


def test_start_recovers_the_campaigns_own_unit_in_a_vehicle_at_the_target(tmp_path: Path) -> None:
    bench = StuckBench(tmp_path, stuck_dme(level="F056-17-03-502"), DME)
    report = bench.once(lambda engine: engine.boot() or engine.start())
    assert report is not None
    assert (report.verdict, report.recovery is not None) == ("programmed", True)


def test_a_healthy_unit_is_not_touched(tmp_path: Path) -> None:
    bench = StuckBench(tmp_path, stuck_body(body_lost=False), BODY)
    report = bench.recovered()
    assert report.verdict == "refused"
    assert "it is not stuck" in report.reason
    assert not [payload for to, payload in bench.sent if to == BODY and payload[0] in (0x10, 0x27, 0x2E, 0x31, 0x34)]


@pytest.mark.parametrize(
    ("fixed", "found"),
    [
        (("hwel_00001c30-009_001_007", "btld_00001c32-004_002_000"), "found hardware hwel_00001c30-009_001_007"),
        (("hwel_00001c30-003_001_007", "btld_00001c32-009_002_000"), "found bootloader btld_00001c32-009_002_000"),
    ],
)
def test_software_for_other_hardware_is_refused_before_contact(
    fixed: tuple[str, ...], found: str, tmp_path: Path
) -> None:
    scenario = stuck_body()
    car = small_car(scenario)
    bench = StuckBench(tmp_path, scenario, BODY, car.with_unit(replace(car.unit(BODY), fixed=fixed)))
    report = bench.recovered()
    assert (report.verdict, found in report.reason) == ("refused", True)
    assert not [payload for to, payload in bench.sent if to == BODY and payload[0] in (0x10, 0x27, 0x2E, 0x31, 0x34)]


def test_a_unit_alone_on_the_bus_is_recovered_without_a_vin(tmp_path: Path) -> None:
    """The gateway hangs, the rest of the car is silent: the control unit's own hardware is the proof."""
    bench = StuckBench(tmp_path, stuck_body(), BODY)
    for address in [address for address in bench.plant.car.units if address != BODY]:
        del bench.plant.car.units[address]
    bench.cut_at = {60}
    report = bench.recovered()
    assert (report.verdict, bench.cuts) == ("programmed", 1)
    assert report.recovery is not None
    assert "no VIN: nobody names one" in report.recovery.identity


@pytest.mark.parametrize("share", [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97])
def test_a_power_cut_goes_on_with_the_same_rung(share: float, tmp_path: Path) -> None:
    whole = StuckBench(tmp_path / "whole", stuck_body(cure=Cure.POWER_CYCLE), BODY)
    whole.folder.mkdir()
    undisturbed = whole.recovered().recovery
    cut = StuckBench(tmp_path, stuck_body(cure=Cure.POWER_CYCLE), BODY)
    cut.cut_at = {int(share * len(whole.sent))}
    report = cut.recovered()
    assert (report.verdict, cut.cuts) == ("programmed", 1)
    assert undisturbed is not None
    assert report.recovery is not None
    assert report.recovery.rungs == undisturbed.rungs


def test_cancel_while_a_person_is_asked_leaves_it_resumable_on_that_rung(tmp_path: Path) -> None:
    bench = StuckBench(tmp_path, stuck_body(cure=Cure.POWER_CYCLE, technician=Manner.ABSENT), BODY)
    bench.plant.panel.on_show = lambda status: bench.press(Command.CANCEL) if status.asks else None
    report = bench.recovered()
    assert report.verdict == "interrupted"
    again = bench.recovered_by_a_willing_technician()
    assert again.verdict == "programmed"
    assert again.recovery is not None
    assert [one.rung for one in again.recovery.rungs] == [Rung.POWER_CYCLE.value]


def test_nobody_who_answers_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    bench = StuckBench(tmp_path, stuck_body(cure=Cure.POWER_CYCLE, technician=Manner.ABSENT), BODY)
    began_s = bench.clock.now_s()
    report = bench.recovered()
    assert report.verdict == "interrupted"
    assert "nobody confirmed a power cycle of the control unit" in report.reason
    assert bench.clock.now_s() - began_s < 2 * PATIENCE_S


def test_what_is_asked_is_shown_with_its_steps(tmp_path: Path) -> None:
    bench = StuckBench(tmp_path, stuck_body(cure=Cure.BATTERY), BODY)
    bench.recovered()
    asked = [status for status in bench.statuses if status.asks]
    assert {status.asks for status in asked} == {guide.asks for guide in GUIDES.values()}
    assert not any(status.safe_to_unplug for status in asked)
    assert {"Press START" in status.do or "press START" in status.do for status in asked} == {True}
