"""An appliance whose firmware cache is empty or cannot be trusted: up, says so, and waits."""

from __future__ import annotations

import pytest

from appliance.board.watchdog import SystemdWatchdog
from appliance.engine.incoming import FirmwareChanged, ImportNotice, ImportState, write_notice
from appliance.engine.ports import Command
from appliance.engine.workshop import Trusted
from appliance.errors import RefusedError
from appliance.events import Phase
from tests.engine.test_incoming import told_after
from tests.engine.workshop import WorkshopBench

EMPTY = RefusedError("the firmware cache holds no campaign", where="/var/lib/kl30-cache")
IMPORTED = ImportNotice(ImportState.IMPORTED, "2017-06-01T09:00:00", "/media/stick", "firmware was imported")


class Told:
    """A service manager that keeps what it is told."""

    def __init__(self) -> None:
        self.states: list[str] = []

    def notify(self, state: str) -> None:
        self.states.append(state)


def emptied(bench: WorkshopBench) -> WorkshopBench:
    def nothing() -> Trusted:
        raise EMPTY

    bench.opens = nothing
    return bench


def test_the_service_manager_knows_that_it_is_up_before_the_firmware_is_opened(bench: WorkshopBench) -> None:
    told = Told()
    bench.watchdog = SystemdWatchdog(bench.clock, told)
    known: list[bool] = []

    def opened() -> Trusted:
        known.append(any("READY=1" in state for state in told.states))
        raise EMPTY

    bench.opens = opened
    with bench.switched_on() as engine:
        engine.boot()
    assert known == [True]


def test_without_firmware_it_is_up_and_says_what_is_wrong_and_what_to_do(bench: WorkshopBench) -> None:
    with emptied(bench).switched_on() as engine:
        assert engine.boot() is None
    told = bench.statuses[-1]
    assert told.phase is Phase.REFUSED
    assert told.what == "Nothing can be programmed: the firmware cache holds no campaign (/var/lib/kl30-cache)."
    assert "kl30 cache import" in told.do


def test_start_without_firmware_sends_nothing_and_says_it_again(bench: WorkshopBench) -> None:
    with emptied(bench).switched_on() as engine:
        engine.boot()
        with bench.pressed_after(2.0, Command.START), bench.pressed_after(9.0, Command.SHUTDOWN):
            assert engine.ready() is Command.SHUTDOWN
    assert bench.sent == []
    assert bench.statuses[-1].phase is Phase.REFUSED


def test_the_first_import_ends_the_life_that_had_no_firmware(bench: WorkshopBench) -> None:
    with emptied(bench).switched_on() as engine:
        engine.boot()
        with told_after(bench, 5.0, IMPORTED), pytest.raises(FirmwareChanged):
            engine.ready()


def test_a_refused_first_import_leaves_it_without_firmware_and_says_so(bench: WorkshopBench) -> None:
    under_way = ImportNotice(ImportState.UNDER_WAY, "2017-06-01T09:00:00", "/media/stick", "Firmware is being imported")
    refused = ImportNotice(ImportState.REFUSED, "2017-06-01T09:00:09", "/media/stick", "it was not imported")
    with emptied(bench).switched_on() as engine:
        engine.boot()
        write_notice(bench.folder, under_way)
        with told_after(bench, 3.0, refused), bench.pressed_after(8.0, Command.SHUTDOWN):
            engine.ready()
    assert bench.statuses[-1].what.startswith("Nothing can be programmed")


def test_an_unfinished_job_is_named_kept_and_finished_when_the_firmware_is_back(bench: WorkshopBench) -> None:
    bench.cut_off(at=60)
    opens = bench.opens
    with emptied(bench).switched_on() as engine:
        assert engine.boot() is None
    told = bench.statuses[-1]
    assert "unfinished" in told.what
    assert "replace no control unit" in told.what
    bench.opens = opens
    assert bench.started().verdict == "programmed"
