"""What those who update devices in the field have learned the hard way, each as one claim about a whole job.

The laws behind them have tests of their own; here stands, in the words of the lesson, that it was learned.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.bench.memory import SlotState, UnitMemory
from appliance.clock import VirtualClock
from appliance.engine.journal_file import NAME, open_journal
from appliance.engine.owner import DataLock
from appliance.engine.ports import Command
from appliance.errors import UsageError
from tests.engine.workshop import DME, WorkshopBench, undisturbed

ERASE, TRANSFER, EXIT, CHECK_MEMORY, CHECK_DEPENDENCIES = "31 01 FF 00", "36", "37", "31 01 02 02", "31 01 FF 01"
SET_DTC_ON, READ_SVK = "85 01", "22 F1 01"
CUTS_MANY = 10


def changed(bench: WorkshopBench, change: Callable[[UnitMemory], UnitMemory]) -> None:
    """Somebody else has been at the DME."""
    bench.plant.car.units[DME]._core.store(change(bench.dme))


def sent(bench: WorkshopBench, prefix: str) -> list[int]:
    """The numbers of the messages that begin so."""
    start = bytes.fromhex(prefix)
    return [number for number, (_, payload) in enumerate(bench.sent) if payload.startswith(start)]


def test_a_second_attempt_is_not_skipped_because_a_stale_ident_matches(bench: WorkshopBench) -> None:
    """RAUC 1585, NefMoto 98: the failed slot still carried what the new one is recognised by."""
    bench.cut_at_next(CHECK_DEPENDENCIES)
    changed(bench, lambda dme: dme.with_slot(replace(dme.slots[0], state=SlotState.WRITTEN)))
    before = len(sent(bench, ERASE))
    report = bench.booted()
    assert report is not None
    assert report.verdict == "programmed"
    assert len(sent(bench, ERASE)) > before
    assert bench.dme.good


def test_innocent_power_cuts_use_up_no_attempt_and_end_in_a_talking_state(bench: WorkshopBench) -> None:
    """RAUC 490, HAOS 4886: quick power cycling burned the counter of boots."""
    for _ in range(CUTS_MANY):
        bench.cut_at_next(TRANSFER)
    report = bench.booted()
    assert report is not None
    assert (report.verdict, report.interruptions) == ("programmed", CUTS_MANY)


def test_what_was_written_is_verified_after_the_write_and_not_before(bench: WorkshopBench) -> None:
    """RAUC 459."""
    bench.started()
    written = sent(bench, EXIT)
    checked = sent(bench, CHECK_MEMORY)
    assert len(checked) >= len(written) > 1
    assert all(any(done < check for check in checked if check < after) for done, after in _neighbours(written))
    assert max(sent(bench, READ_SVK)) > max(sent(bench, "11 01")) > max(written)


def _neighbours(numbers: list[int]) -> list[tuple[int, int]]:
    return list(zip(numbers, [*numbers[1:], len(undisturbed()) * 2], strict=True))


def test_two_processes_never_own_the_car(bench: WorkshopBench) -> None:
    """nc-flash, udsoncan 178."""
    owner = DataLock(bench.folder)
    with pytest.raises(UsageError) as refused:
        DataLock(bench.folder)
    assert str(os.getpid()) in str(refused.value), "who has it is told"
    owner.release()


@pytest.mark.parametrize("torn_at_its_end", [True, False], ids=["torn at its end", "torn in its middle"])
def test_a_torn_last_record_is_tolerated_and_a_torn_middle_one_is_found(
    torn_at_its_end: bool, bench: WorkshopBench, tmp_path: Path
) -> None:
    """OpenSOVD ADR-004."""

    def copied() -> None:
        for one in bench.folder.glob(f"{NAME}*"):
            shutil.copy(one, tmp_path)

    bench.next_time(EXIT, copied)
    bench.started()
    log = tmp_path / f"{NAME}-wal"
    content = bytearray(log.read_bytes())
    if torn_at_its_end:
        del content[-1:]
    else:
        content[len(content) // 2] ^= 0x10
    log.write_bytes(content)
    with closing(open_journal(tmp_path, VirtualClock())) as journal:
        assert bool(journal.lost) is not torn_at_its_end


def test_a_kill_while_the_car_is_given_back_ends_with_the_car_given_back(bench: WorkshopBench) -> None:
    """Mender: killed during the rollback needs rows of its own."""
    bench.next_time("10 02", bench.press(Command.CANCEL))
    bench.cut_at_next(SET_DTC_ON)
    assert bench.booted() is not None
    units = bench.plant.car.units.values()
    assert all(unit.dtc_setting and unit.normal_messages for unit in units)


def test_an_older_campaign_is_refused_though_it_is_valid(bench: WorkshopBench) -> None:
    """Uptane: what is signed is not what is newest."""
    changed(bench, lambda dme: replace(dme, slots=(replace(dme.slots[0], software=_newer(dme)), *dme.slots[1:])))
    report = bench.started()
    assert report.verdict == "refused"
    assert "which is higher than the campaign's" in report.reason
    assert not sent(bench, ERASE)
    assert bench.car.unit(DME).good


def _newer(dme: UnitMemory) -> str:
    return dme.slots[0].software.rsplit("-", 1)[0] + "-250_000_000"
