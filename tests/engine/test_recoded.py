"""New coding and individual data in a whole run, cut off at every message of it, and in every other way it may go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from appliance.bench.control_unit import ControlUnit
from appliance.bench.memory import SlotState, UnitMemory
from appliance.bench.power_cut import PowerCut
from appliance.bench.scenarios import LEVEL_TARGET, SCENARIOS, STEADY
from appliance.bench.unit.reaction import Reaction
from appliance.car.integration_level import decode_levels
from appliance.engine.ports import Command
from appliance.engine.report import Report
from tests.engine.odd_dme import RefusingUnit, with_dme
from tests.engine.workshop import DME, TARGET, WorkshopBench, dme_of, number_of

RECODED = SCENARIOS["recoded"]
CODE_ONLY = replace(RECODED, programmed=True)  # its software is the target's, its level is not
WRITES, ERASE, CODING_SESSION = b"\x2e", b"\x31\x01\xff\x00", b"\x10\x41"
BEFORE = {0x3000: bytes.fromhex("0104 22A0 5C17 0001 3E80"), 0x3010: bytes.fromhex("1234 5678 9ABC")}
AFTER = {**BEFORE, 0x3000: bytes.fromhex("0104 22A0 6C17 0001 3E81")}
WRITE_NEW = "2E 30 00 01 04 22 A0 6C"


@cache
def undisturbed() -> tuple[tuple[int, bytes], ...]:
    """Every message of a run that nothing happens to."""
    with TemporaryDirectory() as folder:
        bench = WorkshopBench(Path(folder), RECODED)
        bench.started()
    return tuple(bench.sent)


def is_as_it_should_be(bench: WorkshopBench) -> bool:
    """Software, coding, what it had learned, and the level."""
    came = RECODED.car().unit(DME)
    software = tuple(slot.software for slot in bench.dme.slots)
    level = str(decode_levels(b"\x62\x10\x0b" + bench.car.levels).current)
    held = (software, dict(bench.dme.coding), bench.dme.individual, level)
    return held == (TARGET, AFTER, came.individual, LEVEL_TARGET)


def written(bench: WorkshopBench, prefix: str) -> int:
    return sum(payload.startswith(bytes.fromhex(prefix)) for payload in bench.requests_to(DME))


@pytest.fixture
def bench(data: Path) -> WorkshopBench:
    return WorkshopBench(data, RECODED)


# -- one whole run


def test_it_is_programmed_coded_by_what_applies_and_has_what_it_had_learned(bench: WorkshopBench) -> None:
    assert bench.started().verdict == "programmed"
    assert is_as_it_should_be(bench)


def test_the_report_says_what_was_saved_what_was_changed_and_why_and_what_it_is_now(bench: WorkshopBench) -> None:
    unit = dme_of(bench.started())
    assert dict(unit.coding_saved) == {f"{did:04X}": data.hex().upper() for did, data in BEFORE.items()}
    assert unit.coded_to == (("3000", AFTER[0x3000].hex().upper()),)
    assert unit.individual_saved == (("6110", "00A73C51000012F4"), ("6120", "5A"))
    assert [words.split(",")[0] for words in unit.coding_changes] == ["3000 byte 4", "3000 byte 9"]
    assert "because an automatic gearbox needs the new idle speed" in unit.why


def test_the_printed_page_says_it_too(bench: WorkshopBench) -> None:
    report = bench.started()
    sheet = (bench.folder / "reports" / f"{report.run}.html").read_text(encoding="utf-8")
    page = sheet[: sheet.index('<script type="application/json"')]
    for data in ("010422A05C1700013E80", "010422A06C1700013E81", "00A73C51000012F4"):
        assert data in page
    assert "an automatic gearbox needs the new idle speed" in page


def test_individual_data_are_given_back_before_coding_is_written() -> None:
    sent = undisturbed()
    assert number_of(sent, "2E 61 20") < number_of(sent, "10 41") < number_of(sent, "2E 30 00")


def test_the_plan_is_shown_with_its_new_coding_before_anything_is_written(bench: WorkshopBench) -> None:
    bench.started()
    shown = next(status for status in bench.statuses if status.plan_hash)
    assert "new coding: 3000 byte 4" in shown.units[0].why


# -- cut off


def cuts() -> list[int]:
    """Every message while data are saved, and from the last check to the level; every sixth of the others."""
    sent = undisturbed()
    saving = range(number_of(sent, "22 30 00"), number_of(sent, "22 61 20", 2) + 2)
    giving_back = range(number_of(sent, "31 01 FF 01"), number_of(sent, "2E 10 0B") + 2)
    others = range(saving.stop, len(sent) + 1, 6)
    return sorted({*saving, *giving_back, *others})


@pytest.mark.parametrize("at", cuts())
def test_whenever_the_plug_is_pulled_it_ends_programmed_with_the_right_data(data: Path, at: int) -> None:
    bench = WorkshopBench(data, RECODED)
    bench.cut_off(at)
    bench.clock.sleep_until(bench.clock.now_s() + (3.0 if at % 2 else 10.0))
    report = bench.started()
    assert report.verdict == "programmed"
    assert is_as_it_should_be(bench)
    assert dict(dme_of(report).coding_saved)["3000"] == BEFORE[0x3000].hex().upper()
    assert dme_of(report).coded_to == (("3000", AFTER[0x3000].hex().upper()),)


@pytest.mark.parametrize("message", ["31 01 0F 01", "2E 37 FE", "11 01"])
def test_a_cut_between_the_write_and_its_fact_writes_it_no_second_time(bench: WorkshopBench, message: str) -> None:
    bench.next_time(WRITE_NEW, lambda: bench.next_time(message, _cut))
    with pytest.raises(PowerCut):
        bench.started()
    assert dict(bench.dme.coding)[0x3000] == AFTER[0x3000]
    report = bench.booted()
    assert report is not None
    assert report.verdict == "programmed"
    assert written(bench, "2E 30 00") == 1
    assert is_as_it_should_be(bench)


def test_two_cuts_in_the_coding_are_gone_on_with(bench: WorkshopBench) -> None:
    bench.cut_at_next(WRITE_NEW)
    bench.next_time("2E 30 10", _cut)
    with pytest.raises(PowerCut):
        bench.booted()
    report = bench.booted()
    assert report is not None
    assert report.verdict == "programmed"
    assert is_as_it_should_be(bench)


# -- it fails, and is begun again


def test_coding_that_failed_is_finished_by_the_next_start_from_what_was_saved(bench: WorkshopBench) -> None:
    unit = with_dme(bench, RefusingUnit, DME)
    unit.refused, unit.times, unit.nrc = CODING_SESSION, 1, 0x22
    first = bench.started()
    assert (first.verdict, dme_of(first).verdict) == ("failed", "programmed")
    second = bench.started()
    assert second.verdict == "programmed"
    assert is_as_it_should_be(bench)
    assert not [payload for payload in bench.requests_to(DME)[-60:] if payload.startswith(ERASE)]


def test_individual_data_that_failed_are_given_back_by_the_next_start_and_coding_did_not_wait(
    bench: WorkshopBench,
) -> None:
    unit = with_dme(bench, RefusingUnit, DME)
    unit.refused, unit.times, unit.nrc = bytes.fromhex("2E 61 10"), 1, 0x22
    first = bench.started()
    assert first.verdict == "failed"
    assert "individual data 6110" in first.reason
    assert dict(bench.dme.coding) == AFTER
    assert bench.started().verdict == "programmed"
    assert is_as_it_should_be(bench)


def test_a_rule_beyond_the_saved_data_fails_with_nothing_changed(data: Path) -> None:
    bench = WorkshopBench(data, RECODED)
    _, _, always = bench.campaign.units[0].recode
    rules = (replace(always, byte=10),)
    bench.campaign = replace(bench.campaign, units=(replace(bench.campaign.units[0], recode=rules),))
    before = bench.car
    report = bench.started()
    assert report.verdict == "failed"
    assert "found 10 bytes, expected 11 or more: 3000 byte 10" in report.reason
    assert bench.car == before
    assert dme_of(report).verdict == "untouched"


# -- only coded


@pytest.fixture
def code_only(data: Path) -> WorkshopBench:
    return WorkshopBench(data, CODE_ONLY)


def test_one_at_its_target_software_is_only_coded(code_only: WorkshopBench) -> None:
    report = code_only.started()
    unit = dme_of(report)
    assert (report.verdict, unit.action, unit.verdict) == ("programmed", "code", "coded")
    assert is_as_it_should_be(code_only)
    assert (written(code_only, "31 01 FF 00"), written(code_only, "2E 30 00")) == (0, 1)
    assert (written(code_only, "22 61 10"), unit.individual_saved) == (0, ())


def test_one_that_is_coded_so_already_is_only_read(data: Path) -> None:
    bench = WorkshopBench(data, CODE_ONLY)
    kept(bench, replace(bench.dme, coding=tuple(AFTER.items())))
    before = bench.dme
    report = bench.started()
    assert (report.verdict, dme_of(report).verdict, dme_of(report).coded_to) == ("programmed", "untouched", ())
    assert [written(bench, prefix) for prefix in ("2E", "10 41", "11", "27")] == [0, 0, 0, 0]
    assert replace(bench.dme, energy_mode=before.energy_mode) == before


@pytest.mark.parametrize("message", ["10 41", WRITE_NEW, "31 01 0F 01", "11 01", "2E 10 0B"])
def test_coding_alone_is_gone_on_with_after_a_power_cut(code_only: WorkshopBench, message: str) -> None:
    code_only.cut_at_next(message)
    report = code_only.booted()
    assert report is not None
    assert (report.verdict, dme_of(report).verdict) == ("programmed", "coded")
    assert is_as_it_should_be(code_only)
    assert dict(dme_of(report).coding_saved)["3000"] == BEFORE[0x3000].hex().upper()


class Garbling(ControlUnit):
    """The first coding it is given is kept with a bit turned in a place that no rule sets."""

    times = 1

    def _reaction(self, payload: bytes) -> Reaction:
        if payload.startswith(bytes.fromhex("2E 30 00")) and self.times:
            self.times -= 1
            payload = payload[:4] + bytes((payload[4] ^ 0x80,)) + payload[5:]
        return super()._reaction(payload)


def test_what_was_saved_stays_the_base_whatever_it_holds_by_now(
    code_only: WorkshopBench,
) -> None:
    with_dme(code_only, Garbling, DME)
    first = code_only.started()
    unit = dme_of(first)
    assert (first.verdict, unit.verdict) == ("failed", "half-coded")
    assert "press START" in unit.what_to_do
    assert dict(code_only.dme.coding)[0x3000] not in (BEFORE[0x3000], AFTER[0x3000])
    second = code_only.started()
    assert (second.verdict, dme_of(second).verdict) == ("programmed", "coded")
    assert dict(dme_of(second).coding_saved)["3000"] == BEFORE[0x3000].hex().upper()
    assert is_as_it_should_be(code_only)


def test_a_cancel_in_the_middle_of_coding_says_so_and_start_goes_on(code_only: WorkshopBench) -> None:
    code_only.next_time(WRITE_NEW, code_only.press(Command.CANCEL))
    first = code_only.started()
    assert (first.verdict, dme_of(first).verdict) == ("interrupted", "half-coded")
    assert "the new coding of DME 0x12 was begun and not read back: press START to go on" in first.reason
    assert code_only.started().verdict == "programmed"
    assert is_as_it_should_be(code_only)


# -- one alone, and stuck ones


def test_one_programmed_alone_is_coded_by_the_same_rules(data: Path) -> None:
    bench = WorkshopBench(data, RECODED, alone=DME)
    assert bench.programmed_alone(DME).verdict == "programmed"
    assert (dict(bench.dme.coding), bench.dme.individual) == (AFTER, RECODED.car().unit(DME).individual)


def test_one_found_in_its_bootloader_is_told_as_not_coded_and_what_it_had_learned_as_lost(data: Path) -> None:
    report = WorkshopBench(data, replace(RECODED, bootloader=True)).started()
    assert report.verdict == "programmed"
    assert "coding data must be restored: code the control unit" in dme_of(report).what_to_do
    assert "no copy of its individual data 6110, 6120" in dme_of(report).what_to_do
    assert dme_of(report).coded_to == ()


def recovered(bench: WorkshopBench) -> Report:
    with bench.switched_on() as engine:
        report = engine.boot() or engine.recover(DME)
    assert report is not None
    return report


def test_a_stuck_one_gets_the_coding_back_that_an_earlier_run_made(data: Path) -> None:
    """The copy of that time is newer than what was saved before it; and what it had learned is there, too."""
    bench = WorkshopBench(data, RECODED, alone=DME)
    assert bench.programmed_alone(DME).verdict == "programmed"
    kept(bench, wrecked(bench.dme))
    unit = bench.campaign.units[0]
    bench.campaign = replace(bench.campaign, units=(replace(unit, recode=()),))
    report = recovered(bench)
    assert report.verdict == "programmed"
    assert (dict(bench.dme.coding), bench.dme.individual) == (AFTER, RECODED.car().unit(DME).individual)
    assert "its individual data was written back from a saved copy" in report.reason


def kept(bench: WorkshopBench, memory: UnitMemory) -> None:
    """Make the car remember this of its DME; it is switched on anew."""
    car = bench.plant.car
    car.memory.keep(car.memory.now.with_unit(memory))
    with_dme(bench, ControlUnit, DME, memory)


def wrecked(memory: UnitMemory) -> UnitMemory:
    """As another tool's flash leaves it that ended in the first datablock."""
    first, *others = memory.slots
    lost = replace(first, software="", state=SlotState.ERASED, clean=False)
    coding, learned = blank(memory.coding), blank(memory.individual)
    return replace(memory, slots=(lost, *others), dependencies_good=False, coding=coding, individual=learned)


def blank(data: Iterable[tuple[int, bytes]]) -> tuple[tuple[int, bytes], ...]:
    return tuple((did, b"\xff" * len(held)) for did, held in data)


def test_without_rules_nothing_is_said_on_the_wire_that_was_not_said_before(data: Path) -> None:
    bench = WorkshopBench(data, STEADY)
    bench.started()
    assert not [payload for _, payload in bench.sent if payload[1:2] == b"\x61"]
    assert [payload[:3] for payload in bench.requests_to(DME) if payload[:1] == WRITES].count(b"\x2e\x30\x00") == 1


def _cut() -> None:
    raise PowerCut
