"""An appliance whose firmware cache is empty or cannot be trusted, or that has no CAN interface: up, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.board.watchdog import SystemdWatchdog
from appliance.bus.transport import Transport
from appliance.bus.unlinked import LinkFound, Unlinked
from appliance.engine.incoming import FirmwareChanged, ImportNotice, ImportState, write_notice
from appliance.engine.loop_guard import End
from appliance.engine.ports import Command
from appliance.engine.workshop import Trusted
from appliance.errors import LinkError, RefusedError
from appliance.events import Phase
from tests.engine.test_incoming import told_after
from tests.engine.test_loop_guard import lives_of
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


# -- without a link


class LooseHat(WorkshopBench):
    """A bench whose CAN interface is missing for a while."""

    back_s = 0.0

    def line(self) -> Transport:
        unlinked = Unlinked(self.clock, MISSING, self._look)
        self.opens = unlinked.refuse
        return unlinked

    def _look(self) -> None:
        if self.clock.now_s() < self.back_s:
            raise MISSING


MISSING = LinkError("the CAN interface is down", where="can0", do="check that the CAN HAT is seated")


@pytest.fixture
def loose(data: Path) -> LooseHat:
    return LooseHat(data)


def test_without_a_link_it_is_up_and_says_what_is_wrong_and_what_to_do(loose: LooseHat) -> None:
    with loose.switched_on() as engine:
        assert engine.boot() is None
    told = loose.statuses[-1]
    assert (told.phase, told.what) == (
        Phase.REFUSED,
        "Nothing can be programmed: the CAN interface is down (can0).",
    )
    assert "HAT is seated" in told.do


def test_start_without_a_link_says_it_again(loose: LooseHat) -> None:
    loose.back_s = 1000.0
    with loose.switched_on() as engine:
        engine.boot()
        with loose.pressed_after(2.0, Command.START), loose.pressed_after(9.0, Command.SHUTDOWN):
            assert engine.ready() is Command.SHUTDOWN
    assert loose.statuses[-1].phase is Phase.REFUSED


def test_a_link_that_is_found_ends_the_life_that_had_none_and_counts_as_nothing(loose: LooseHat) -> None:
    loose.back_s = 30.0
    appliance = loose.assembled()
    appliance.engine.boot()
    with pytest.raises(LinkFound) as found:
        appliance.engine.ready()
    appliance.fell(found.value)
    assert loose.clock.now_s() == pytest.approx(30.0, abs=2.0)
    assert [life.end for life in lives_of(loose)] == [End.UNLINKED]


def test_the_life_after_it_is_ready_and_tells_no_fault(loose: LooseHat, bench: WorkshopBench) -> None:
    appliance = loose.assembled()
    appliance.engine.boot()
    with pytest.raises(LinkFound) as found:
        appliance.engine.ready()
    appliance.fell(found.value)
    with bench.switched_on() as engine, bench.pressed_after(2.0, Command.SHUTDOWN):
        engine.boot()
        engine.ready()
    assert bench.statuses[-1].phase is Phase.READY
    assert bench.statuses[-1].notes == ()
