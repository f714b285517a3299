"""One car, one card, and a machine between them that may lose its power: what every scenario works with."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from appliance.board import pins
from appliance.campaign.model import CampaignUnit
from appliance.clock import RealClock
from tests.vm.build import Guest
from tests.vm.car_outside import Heard, OutsideCar
from tests.vm.card import Card, Loss
from tests.vm.errors import MachineError
from tests.vm.look import Found, look, untruths
from tests.vm.machine import BOOT_S, Disks, Machine
from tests.vm.workshop import campaign

LOOK_S = 0.5
ENDED = ("DONE", "FAILED", "REFUSED")
READY_S = 180.0
JOB_S = 400.0  # a minute or two, where nobody else wants the processor
PRESS_S = 0.4
PRESSES = 6
UNABLE = "Nothing can be programmed"
TOO_LATE = "the newest reading is"  # … 0.51 s old


@dataclass(frozen=True, slots=True)
class Moment:
    """When the plug is to be pulled: at a request that the car hears, or at a flush that the card is asked for.

    Attributes:
        name: For the summary.
        request: Whether this is the request, given how many the car has heard in this life; None: it is no request.
        flush: The number of the flush in this life, from the first request on; 0: it is no flush. It never happens.
        delay_s: How long after the request.
    """

    name: str
    request: Callable[[Heard, int], bool] | None = None
    flush: int = 0
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Cut:
    """What a pulled plug has left.

    Attributes:
        heard: How many requests the car had heard in that life.
        wrong: Sentences; none is good.
    """

    loss: Loss
    found: Found
    heard: int
    wrong: tuple[str, ...]


class Site:
    """A car that drives in, beside an appliance with a fresh card.

    Args:
        folder: For sockets, logs and the card; made anew.
        seed: Of the card's losses.

    Attributes:
        late: How often a START was refused because the machine was too slow to read its voltage monitor.
    """

    def __init__(self, folder: Path, guest: Guest, seed: int = 0) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder = folder
        self._guest = guest
        self._clock = RealClock()
        self.image = folder / "card.img"
        shutil.copy(guest.card, self.image)
        self._card = Card(self.image, folder / "card.sock", Random(seed))
        self.car = OutsideCar(folder / "car.sock")
        self.machine: Machine | None = None
        self._heard_before = 0
        self.late = 0

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        if self.machine is not None:
            self.machine.pull_plug()
        self.car.stop()
        self._card.close()

    @property
    def unit(self) -> CampaignUnit:
        """The control unit of the campaign."""
        return campaign().units[0]

    @property
    def on(self) -> Machine:
        """The machine, which has power."""
        assert self.machine is not None, "switch it on first"
        return self.machine

    # -- power

    def power_on(self, *, cold: bool = False, whole: bool = False) -> Machine:
        """Switch the machine on; returns when its agent answers.

        Args:
            cold: The kernel boots, and everything with it.
            whole: Page and import come up too; else the flasher alone, because an emulated processor takes half a
                minute for the three of them.
        """
        self.car.left_alone()
        self._heard_before = len(self.car.heard)
        guest = self._guest
        disks = Disks(guest.kernel, guest.initrd, guest.system, self._card.path)
        if not cold:
            disks = replace(disks, system=guest.awake, memory=guest.memory)
        self.machine = machine = Machine(self._folder, disks, self.car.adapter.path)
        if cold:
            machine.must("true", BOOT_S)
            machine.volts(13.8)
        else:
            machine.wake()
            machine.must(f"systemctl start --no-block {'multi-user.target' if whole else 'kl30-flasher.service'}")
        return machine

    def pull_plug(self) -> Cut:
        """The machine is gone; what is left on the card is looked at."""
        self.on.pull_plug()
        self.machine = None
        self.car.left_alone()
        loss = self._card.power_lost()
        found = look(self.image)
        wrong = (*found.troubles, *untruths(found, self.car.fresh, self.car.memory, self.car.dme_erased, self.unit))
        return Cut(loss, found, self._heard_now(), wrong)

    # -- the job

    def status(self) -> dict[str, Any]:
        """What the page would show; empty while there is nothing."""
        text = self.on.agent.ask({"do": "status"}, 60.0)["text"]
        told = json.loads(text) if text else {}
        if str(told.get("what", "")).startswith(UNABLE):
            told["phase"] = "UNABLE"  # not refused: it comes up before its CAN interface, and says so
        return told

    def wait_for(self, phases: tuple[str, ...], within_s: float) -> dict[str, Any]:
        """The status, as soon as it is in one of these phases.

        Raises:
            MachineError: it never was.
        """
        until_s = self._clock.now_s() + within_s
        status: dict[str, Any] = {}
        while self._clock.now_s() < until_s:
            status = self.status()
            if status.get("phase") in phases:
                return status
            self._clock.sleep_until(self._clock.now_s() + LOOK_S)
        log = self.on.sh("journalctl -b -u kl30-flasher -o cat | tail -20; systemctl --failed --no-legend").out
        raise MachineError(f"no {' or '.join(phases)} within {within_s:.0f} s; now: {_short(status)}\n{log}")

    def start(self) -> None:
        """Press START until the appliance begins to program, or will not for a reason of the job's.

        An emulated processor that others keep waiting reads its voltage monitor too late now and then, and the
        appliance refuses a START on a reading that is too old (law 3). A technician would press again.

        Raises:
            MachineError: it never was ready, or always too late.
        """
        for _ in range(PRESSES):
            self.wait_for(("READY", *ENDED), READY_S)
            self._press_start()
            status = self.wait_for(("PROGRAMMING", "HELD", *ENDED), JOB_S)
            if status["phase"] != "REFUSED" or TOO_LATE not in status["reason"]:
                return
            self.late += 1
        raise MachineError(f"the voltage monitor was always read too late: {_short(status)}")

    def _press_start(self) -> None:
        """Press it, and return when the car is asked something, and the status of the job before is gone."""
        heard = threading.Event()
        self.car.on_request = lambda _heard: heard.set()
        self.on.press(pins.START.bcm, PRESS_S)
        if not heard.wait(JOB_S):
            raise MachineError(f"START was pressed, and the car heard nothing; now: {_short(self.status())}")
        self.car.on_request = _nothing
        self._clock.sleep_until(self._clock.now_s() + 1.0)

    def finish(self, within_s: float = JOB_S) -> dict[str, Any]:
        """The status at the end of the job."""
        return self.wait_for(ENDED, within_s)

    def go_on(self, within_s: float = READY_S) -> None:
        """After a power cut: the appliance goes on by itself, or, where nothing was begun, waits for START.

        Raises:
            MachineError: it does neither.
        """
        status = self.wait_for(("READY", "CHECKING", "PROGRAMMING", "RESUMING", *ENDED), within_s)
        if status["phase"] == "READY":
            self.on.press(pins.START.bcm, PRESS_S)

    def cut_at(self, moment: Moment, within_s: float = JOB_S) -> Cut | None:
        """Pull the plug then; None: the job ended before that, and the machine still runs.

        Raises:
            MachineError: neither came.
        """
        trap = _Trap(moment, self.on, self._heard_now)
        self.car.on_request, self._card.medium.before_flush = trap.heard, trap.flushes
        try:
            if not self._caught(trap, within_s):
                return None
        except MachineError:
            if not trap.sprung.is_set():  # else it was asked something, and killed meanwhile
                raise
        finally:
            self.car.on_request, self._card.medium.before_flush = _nothing, lambda: True
        self._clock.sleep_until(self._clock.now_s() + moment.delay_s)
        return self.pull_plug()

    def cut_at_request(self, name: str, wanted: Callable[[Heard, int], bool]) -> Cut:
        """As `cut_at`, where the request has to come.

        Raises:
            MachineError: it did not.
        """
        cut = self.cut_at(Moment(name, wanted), JOB_S + BOOT_S)
        if cut is None:
            raise MachineError(f"the job ended without {name}: {_short(self.status())}")
        return cut

    def wait_until_heard(self, prefix: str, nth: int = 1) -> None:
        """Return when the car hears the n-th request from now that begins so.

        Raises:
            MachineError: it never did.
        """
        wanted, came, left = bytes.fromhex(prefix), threading.Event(), [nth]

        def listen(heard: Heard) -> None:
            left[0] -= heard.payload.startswith(wanted)
            if left[0] == 0:
                came.set()

        self.car.on_request = listen
        if not came.wait(JOB_S):
            raise MachineError(f"no request {prefix}; now: {_short(self.status())}")
        self.car.on_request = _nothing

    def finish_after_restart(self) -> dict[str, Any]:
        """The end of a job whose flasher had to be started anew; START is pressed where it waits for it."""
        self.go_on()
        return self.finish()

    def _caught(self, trap: _Trap, within_s: float) -> bool:
        """Whether it has sprung; false: the job ended first."""
        until_s = self._clock.now_s() + within_s
        while not trap.sprung.wait(LOOK_S):
            if self.status().get("phase") in ENDED and not trap.sprung.is_set():
                return False
            if self._clock.now_s() > until_s:
                raise MachineError(f"the moment never came; now: {_short(self.status())}")
        return True

    def _heard_now(self) -> int:
        return len(self.car.heard) - self._heard_before

    def require_programmed(self, status: dict[str, Any]) -> None:
        """Car, report and referee agree that the job is done.

        Raises:
            MachineError: they do not.
        """
        wrong = [str(one) for one in self.car.violations()]
        if status.get("verdict") != "programmed":
            wrong.append(f"the appliance says {_short(status)}")
        cut = self.pull_plug()  # what is on the card now has to be the end of the story
        if cut.found.report is None or cut.found.report["verdict"] != "programmed":
            wrong.append(f"the report on the card: {cut.found.report and cut.found.report['verdict']}")
        if cut.wrong or wrong:
            raise MachineError("; ".join((*cut.wrong, *wrong)))


class _Trap:
    """Kills the machine at its moment, in the thread of whoever sees it: before request or flush has an effect."""

    def __init__(self, moment: Moment, machine: Machine, heard_now: Callable[[], int]) -> None:
        self._moment = moment
        self._machine = machine
        self._heard_now = heard_now
        self._flushes = 0
        self.sprung = threading.Event()

    def heard(self, heard: Heard) -> None:
        wanted = self._moment.request
        if wanted is not None and not self.sprung.is_set() and wanted(heard, self._heard_now()):
            if not self._moment.delay_s:
                self._machine.kill()
            self.sprung.set()

    def flushes(self) -> bool:
        if self.sprung.is_set():
            return bool(self._moment.delay_s)
        self._flushes += self._heard_now() > 0
        if self._flushes != self._moment.flush or not self._moment.flush:
            return True
        self._machine.kill()
        self.sprung.set()
        return False


def _short(status: dict[str, Any]) -> str:
    return " · ".join(str(status.get(key, "")) for key in ("phase", "what", "do", "verdict", "reason", "notes"))


def _nothing(_heard: Heard) -> None:
    """Nobody waits for a moment."""
