"""The appliance hangs in wait after wait: nobody pulses for it, the watchdog ends that life, the next one finishes.

In virtual time the hang is the bench's own (`bench.process_fault`), as in `kl30 bench --scenario hung-process`.  At
wire speed a service manager outside hears the pulses of a real process through a real socket, and kills it.
"""

from __future__ import annotations

import ast
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from appliance.bench.control_unit import DEFAULT
from appliance.bench.process_fault import LOOK_S, UNWATCHED_S, ProcessCrash, ProcessFaults, WatchdogBite
from appliance.bench.scenarios import STEADY
from appliance.bench.service_manager import WATCHDOG_S, ServiceManager
from appliance.board.watchdog import SHORTEST_S
from appliance.car.integration_level import decode_levels
from appliance.clock import RealClock, VirtualClock
from appliance.engine.journal import Journal
from appliance.engine.ports import Command, Watchdog
from appliance.engine.report import Report
from appliance.events import Phase
from tests.engine.workshop import DME, LEVEL_TARGET, TARGET, WorkshopBench, dme_of, number_of, undisturbed
from tests.scenarios.killed import hurried
from tests.scenarios.kl30 import KL30, environment, fast_bench, software

PARTS = 16  # the waits are dealt out to so many tests
MEMORY = Path("/dev/shm")
APPLIANCE = Path(__file__).parents[2] / "appliance"


@dataclass(frozen=True, slots=True)
class Waited:
    """One wait of an undisturbed life.

    Attributes:
        number: Counted from 1.
        kind: Phase, step, and the last request that was sent before it ended.
    """

    number: int
    kind: tuple[str, ...]


class Waits:
    """Stands where the runner ends each of its waits, before the real watchdog.

    Args:
        hang_in: Number of the wait that never ends; None: none.
    """

    def __init__(self, bench: WorkshopBench, hang_in: int | None) -> None:
        self._bench = bench
        self._inner: Watchdog = bench.watchdog
        self._hang_in = hang_in
        self.seen: list[Waited] = []
        self.newest_s = bench.clock.now_s()
        bench.watchdog = self
        # Who hangs lets sessions go, which is against law 7: for the referee this life ends when the hang begins.
        bench.plant.faults.on_hang = lambda: bench.watched.referee.begun(bench.clock.now_s())
        self._hang_if_next()

    def ready(self) -> None:
        self.newest_s = self._bench.clock.now_s()
        self._inner.ready()

    def pulse(self, words: str) -> None:
        self._inner.pulse(words)
        self.newest_s = self._bench.clock.now_s()
        self.seen.append(Waited(len(self.seen) + 1, self._kind(words)))
        self._hang_if_next()

    def _hang_if_next(self) -> None:
        if self._hang_in == len(self.seen) + 1:
            self._bench.plant.faults.hang()

    def _kind(self, words: str) -> tuple[str, ...]:
        steps = (unit.step for unit in self._bench.statuses[-1].units)
        if not self._bench.sent:
            return (words, *steps)
        address, payload = self._bench.sent[-1]
        of_service = 1 if payload[0] == 0x36 else 4  # TransferData are alike
        return (words, *steps, f"0x{address:02X} {payload[:of_service].hex(' ')}")


def lived(bench: WorkshopBench) -> Report | None:
    """One life, in which START is pressed if it waits for that; None: the watchdog ended it."""
    try:
        with bench.switched_on() as engine:
            report = engine.boot()
            if report is None:
                bench.plant.panel.press(Command.START.value)
                assert engine.ready() is Command.START
                report = engine.start()
    except WatchdogBite:
        return None
    bench.watched.ended(report)
    return report


@cache
def waits() -> tuple[Waited, ...]:
    """Every wait of a run that nothing happens to."""
    with TemporaryDirectory() as folder:
        bench = WorkshopBench(Path(folder))
        counted = Waits(bench, hang_in=None)
        assert lived(bench) is not None
    return tuple(counted.seen)


@cache
def chosen() -> tuple[Waited, ...]:
    """The first wait of each kind; or every one, when `KL30_EVERY_WAIT` is set."""
    if os.environ.get("KL30_EVERY_WAIT"):
        return waits()
    return tuple({wait.kind: wait for wait in reversed(waits())}.values())


def test_every_kind_of_wait_is_hung_and_they_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = {wait.kind for wait in waits()}
    assert {wait.kind for wait in chosen()} == kinds
    assert {Phase(wait.kind[0].partition(":")[0]) for wait in waits()} == {
        Phase.READY,
        Phase.CHECKING,
        Phase.PROGRAMMING,
    }
    assert len(waits()) > 350
    assert len(kinds) > 80
    with capsys.disabled():
        sys.stdout.write(f"\n{len(waits())} waits of {len(kinds)} kinds, hung in {len(chosen())}\n")


@pytest.mark.parametrize("part", range(PARTS))
def test_wherever_the_engine_hangs_the_watchdog_ends_it_and_the_next_life_programs(part: int) -> None:
    wrong = []
    for wait in chosen()[part::PARTS]:
        with TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
            found = hung_in(wait.number, WorkshopBench(Path(folder)))
        wrong += [f"wait {wait.number}, {' / '.join(wait.kind)}: not true: {claim}" for claim in found]
    assert wrong == []


@cache
def resumed_waits() -> tuple[Waited, ...]:
    """The first wait of each kind with which a life begins that has a job to resume."""
    with TemporaryDirectory() as folder:
        bench = cut_off(Path(folder))
        counted = Waits(bench, hang_in=None)
        assert lived(bench) is not None
    seen = {wait.kind: wait for wait in reversed(counted.seen) if wait.kind[0].startswith(Phase.RESUMING.value)}
    return tuple(seen.values())


def cut_off(data: Path) -> WorkshopBench:
    """A bench whose appliance lost its power in the middle of a datablock."""
    bench = WorkshopBench(data)
    bench.cut_off(number_of(undisturbed(), "36", nth=3))
    return bench


def test_wherever_a_resumed_life_hangs_the_next_one_programs() -> None:
    assert len(resumed_waits()) > 5
    wrong = []
    for wait in resumed_waits():
        with TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
            found = hung_in(wait.number, cut_off(Path(folder)), interruptions=1)
        wrong += [f"wait {wait.number}, {' / '.join(wait.kind)}: not true: {claim}" for claim in found]
    assert wrong == []


def hung_in(number: int, bench: WorkshopBench, interruptions: int = 0) -> list[str]:
    """Hang in this wait, and live again; what is then not as it should be.

    Args:
        interruptions: How often the job was interrupted before.
    """
    counted = Waits(bench, hang_in=number)
    if lived(bench) is not None:
        return ["it hung"]
    without_s = bench.clock.now_s() - counted.newest_s
    pulses = len(counted.seen)
    frozen = is_unfinished(bench)
    report = lived(bench)
    if report is None:
        return ["the next life was not ended as well"]
    return [
        claim
        for claim, holds in {
            "there was no pulse after it": pulses == number - 1,
            f"the watchdog bit in its time ({without_s:.2f} s)": WATCHDOG_S - SHORTEST_S
            <= without_s
            <= WATCHDOG_S + 2 * LOOK_S,
            **truths(bench, report, interruptions + frozen),
        }.items()
        if not holds
    ]


def is_unfinished(bench: WorkshopBench) -> bool:
    journal = Journal(bench.folder / "journal.sqlite", bench.clock)
    try:
        return journal.unfinished() is not None
    finally:
        journal.close()


def truths(bench: WorkshopBench, report: Report, interruptions: int) -> dict[str, bool]:
    """What report and car must agree in; the car is asked for its memory, not by diagnosis."""
    told, units = dme_of(report), bench.plant.car.units.values()
    level = decode_levels(b"\x62\x10\x0b" + bench.car.levels).current
    return {
        "the verdict is programmed": report.verdict == told.verdict == "programmed",
        "the DME holds the new software": tuple(slot.software for slot in bench.dme.slots) == TARGET,
        "all of it is checked": bench.dme.good and bench.dme.dependencies_good,
        "the report names what the DME holds": software(told.software_after) == TARGET,
        "the coding data is what it was": bench.dme.coding == STEADY.car().unit(DME).coding,
        "the level is the target": str(level) == LEVEL_TARGET,
        f"the report tells the interruptions ({report.interruptions})": report.interruptions == interruptions,
        "every session is the default one": all(one.session == DEFAULT for one in units),
        "every unit sends again": all(one.normal_messages for one in units),
        "every unit stores trouble codes again": all(one.dtc_setting for one in units),
    }


# -- who pulses, and who bites


def test_only_the_runner_pulses() -> None:
    """In its one wait, in the thread that does the work: a pulse from anywhere else would prove nothing."""
    pulses = {
        str(path.relative_to(APPLIANCE))
        for path in APPLIANCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "pulse"
    }
    assert pulses == {"engine/runner.py"}


def test_an_appliance_that_never_said_it_is_up_is_not_overdue() -> None:
    clock = VirtualClock()
    manager = ServiceManager(clock)
    clock.sleep_until(1000.0)
    assert not manager.overdue


def test_an_appliance_that_asked_for_patience_is_overdue_later() -> None:
    clock = VirtualClock()
    manager = ServiceManager(clock)
    manager.notify("READY=1\nWATCHDOG_USEC=60000000")
    clock.sleep_until(clock.now_s() + 59.0)
    assert not manager.overdue
    manager.notify("WATCHDOG_USEC=10000000\nWATCHDOG=1")
    clock.sleep_until(clock.now_s() + 11.0)
    assert manager.overdue


def test_a_hang_that_no_watchdog_ends_is_told() -> None:
    clock = VirtualClock()
    faults = ProcessFaults(clock, ServiceManager(clock))
    faults.hang()
    with pytest.raises(ProcessCrash, match="no watchdog ended it"):
        faults.strike()
    assert clock.now_s() > UNWATCHED_S


# -- real processes


class OutsideManager:
    """A service manager: its socket, and when it last heard a pulse."""

    def __init__(self, path: Path) -> None:
        self.clock = RealClock()
        self.path = path
        self.heard_s: float | None = None
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(0.1)

    def listen(self) -> None:
        """Hear what comes within a moment."""
        try:
            message = self.socket.recv(4096)
        except TimeoutError:
            return
        if b"WATCHDOG=1" in message.splitlines():
            self.heard_s = self.clock.now_s()

    def silent_s(self) -> float:
        """For how long there was no pulse; 0 before the first."""
        return 0.0 if self.heard_s is None else self.clock.now_s() - self.heard_s


SILENCE_S = 5.0  # this manager's WatchdogSec: less than the bench's own, more than a busy machine stalls


@pytest.mark.realtime
def test_a_hung_process_is_silent_though_its_page_answers_and_after_its_kill_the_next_one_programs(
    tmp_path: Path,
) -> None:
    manager, data = OutsideManager(tmp_path / "notify"), tmp_path / "data"
    words = ["bench", "--auto", "--scenario", "hung-process", "--port", "0", "--config", str(hurried(data))]
    process = subprocess.Popen(
        [str(KL30), *words, "--data", str(data)],
        cwd=tmp_path,
        env={**environment(), "NOTIFY_SOCKET": str(manager.path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process, manager.socket:
        assert process.stdout is not None
        url = re.search(r"http://\S+", process.stdout.readline())
        assert url
        try:
            while manager.silent_s() < SILENCE_S:
                manager.listen()
                assert process.poll() is None
            with urllib.request.urlopen(url[0], timeout=3) as page:
                assert page.status == 200
                shown = page.read().decode()
            manager.listen()
            assert manager.silent_s() >= SILENCE_S, "answering the page is no pulse"
        finally:
            process.send_signal(signal.SIGKILL)
        process.stdout.read()
        assert process.wait() == -signal.SIGKILL
    assert "READY" not in shown
    said = fast_bench(data)
    assert (said.code, said.json["verdict"], said.json["interruptions"]) == (0, "programmed", 1)
