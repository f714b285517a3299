"""The engine: comes up, finishes what was interrupted, waits for START, runs, reports.

One thread acts, and this is it.  Our own failures (journal, link) end the process with the run unfinished, so that
the next life resumes it; everything else ends in a verdict.  After two lives in a row that died it comes up in
read-only diagnosis (`loop_guard`) and resumes nothing until a person leaves it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from appliance import __version__
from appliance.campaign.verdict import Verdict
from appliance.engine.advice import after_link_lost
from appliance.engine.alone_run import AloneRun
from appliance.engine.campaign_run import CampaignRun, WrongCar
from appliance.engine.choosing import Choosing
from appliance.engine.conclusion import Conclusion, wall_text
from appliance.engine.device_key import DeviceKey
from appliance.engine.diagnosis import Diagnosis
from appliance.engine.incoming import FirmwareChanged, Incoming
from appliance.engine.journal import Journal, Run
from appliance.engine.loop_guard import End, Life
from appliance.engine.narrator import Narrator
from appliance.engine.offers import for_recovery, narrowed, require_known
from appliance.engine.ports import Command
from appliance.engine.recovery_run import RecoveryRun, run_of, to_recover
from appliance.engine.report import Ending, Report
from appliance.engine.runner import Ports, Runner
from appliance.engine.unable import Unable
from appliance.engine.workshop import Trusted, Workshop
from appliance.errors import BoardError, Kl30Error, LinkError, RefusedError
from appliance.events import Commanded, LimitsSet, Noted, Phase, PhaseEntered, Started
from appliance.power.limits import Limits


class Engine:
    """Runs campaigns, one at a time, in the calling thread.

    Args:
        open_trusted: Opens the firmware cache; asked once, when the life has begun and the service manager knows it.
        reports: Folder for final reports (JSON) and claim sheets (HTML).
        key: What they are signed with.
    """

    def __init__(
        self,
        ports: Ports,
        limits: Limits,
        journal: Journal,
        narrator: Narrator,
        open_trusted: Callable[[], Trusted],
        reports: Path,
        key: DeviceKey,
    ) -> None:
        self._ports = ports
        self._journal = journal
        self._narrator = narrator
        self._limits = limits
        self._open_trusted = open_trusted
        self._reports = reports
        self._key = key
        self._conclusion = Conclusion(ports.clock, journal, narrator, reports, key)
        self._runner = Runner(ports, limits, journal, narrator)
        self._unable: Unable | None = None
        self._diagnosis: Diagnosis | None = None
        self._incoming = Incoming(reports.parent, narrator.tell)

    @cached_property
    def _trusted(self) -> Trusted:
        return self._open_trusted()

    @cached_property
    def _shop(self) -> Workshop:
        ports, runner = self._ports, self._runner
        clock, supply, host, test = ports.clock, ports.supply, ports.host, ports.vehicle_test
        return Workshop(clock, supply, self._limits, self._journal, self._narrator, runner, self._trusted, host, test)

    @property
    def refusal(self) -> RefusedError | None:
        """Why START ended without a report, as the status has it; None: nothing is refused."""
        status = self._narrator.status
        return RefusedError(status.what.rstrip("."), do=status.do) if status.phase is Phase.REFUSED else None

    def link_lost(self, error: LinkError) -> None:
        """The link to the car ends this life: say it before it ends.

        The next life brings the link back (the service manager restarts the controller before it starts us), and goes
        on with what is unfinished; how often, the loop guard says (decision 0027).
        """
        self._runner.link_watch.sum_up()
        what, do = f"The link to the car is lost: {error.what}.", after_link_lost(error.do)
        self._narrator.tell(PhaseEntered(Phase.FAILED, what, "KL30, which starts anew by itself", do))

    def boot(self) -> Report | None:
        """Come up, and finish what an earlier life left unfinished.

        Returns:
            Its report; None: there was nothing, it is another car's, this life only reads, or there is no firmware.
        """
        deaths = self._journal.begin_life()
        unfinished = self._journal.unfinished()
        self._narrator.begin(unfinished.id if unfinished else "")
        self._narrator.tell(Started(__version__, unfinished.id if unfinished else ""))
        limits = self._limits
        self._narrator.tell(
            LimitsSet(limits.hold_v, limits.hold_now_v, limits.release_v, limits.upper_warn_v, limits.upper_stop_v)
        )
        self._require_key()
        if deaths is None:
            self._tell_death()
        if unfinished is None:  # an unfinished run has told it when it began
            self._conclusion.tell_lost()
            self._incoming.recall()
        self._ports.watchdog.ready()
        if not self._has_firmware(unfinished):
            return None
        if deaths is not None:
            self._diagnosis = Diagnosis(self._shop, deaths, unfinished)
            self._diagnosis.enter()
            return None
        return self._resumed(unfinished) if unfinished else None

    def _has_firmware(self, unfinished: Run | None) -> bool:
        """Open the firmware cache; a life without it, or without a link, says so and waits."""
        try:
            _ = self._trusted
        except Kl30Error as error:
            self._unable = Unable(error, unfinished, self._narrator.tell)
            self._narrator.begin("")  # nothing is added to a run that is not gone on with
            self._unable.refuse()
            return False
        return True

    def ready(self) -> Command:
        """Wait for START or SHUTDOWN; without firmware or link, for SHUTDOWN.

        In read-only diagnosis RELEASE leaves it; with a job unfinished that is the START which goes on with it.

        Raises:
            FirmwareChanged: somebody imported firmware meanwhile; this life knows only what was there before.
            LinkFound: it had none, and now there is one.
        """
        status = self._narrator.status
        if status.phase is Phase.READY and not status.do:  # not said yet
            self._say_ready()
        while True:
            commands = self._runner.idle()
            self._look_at_incoming(bool(commands))
            for command in commands if not self._incoming.under_way else ():
                if command is Command.RELEASE:
                    if self._released():
                        return Command.START
                elif command is Command.START and self._unable is not None:
                    self._unable.refuse()
                elif command not in (Command.CANCEL, Command.CHOOSE):
                    return command

    def _look_at_incoming(self, asked: bool) -> None:
        """Firmware that is just being imported is waited for: a START would begin with what is going to be replaced."""
        was_under_way = self._incoming.under_way
        if self._incoming.look():
            raise FirmwareChanged
        if self._incoming.under_way and asked:
            self._narrator.tell(Noted("Firmware is being imported; press again when it is done.", attention=True))
        if was_under_way and not self._incoming.under_way:
            self._say_ready()

    def _say_ready(self, why: str = "") -> None:
        if self._unable is not None:
            self._unable.refuse()
            return
        do = "Connect the charger, switch the ignition on, press START."
        self._narrator.tell(PhaseEntered(Phase.READY, why or "Ready for a car.", "START", do))

    def _released(self) -> bool:
        """Leave read-only diagnosis; whether a job waits to be gone on with."""
        if self._diagnosis is None:
            return False
        self._journal.release_life()
        self._diagnosis = None
        unfinished = self._journal.unfinished()
        self._narrator.begin(unfinished.id if unfinished else "")
        self._narrator.tell(Commanded(Command.RELEASE.value, "a person left read-only diagnosis"))
        if unfinished is None:
            self._say_ready()
        return unfinished is not None

    def start(self, campaign: str = "", *, asks: bool = False) -> Report | None:
        """One run, from START to its report; an unfinished one goes first.

        Args:
            campaign: The one to be carried out, of several; empty: the default, or what is chosen at the buttons.
            asks: Somebody stands at the buttons, who is asked where several are open.

        Returns:
            None: that one is another car's, or in read-only diagnosis the car was only read.

        Raises:
            UsageError: there is no such campaign.
        """
        require_known(self._trusted, campaign)
        if self._diagnosis is not None:
            self._diagnosis.examine()
            return None
        unfinished = self._journal.unfinished()
        if unfinished is not None:
            return self._resumed(unfinished)
        run = self._new_run()
        if not self._trusted.others:
            return self._ended(run, lambda: self._first(run))
        choosing = Choosing(self._shop, run, campaign, asks=asks)
        report = self._ended(run, lambda: self._chosen(choosing))
        if choosing.nobody:
            self._say_ready(f"Ready for a car. Nothing was begun: {choosing.nobody}.")
        return report

    def recover(self, address: int, campaign: str = "") -> Report | None:
        """One run that recovers the control unit at `address` and nothing else; an unfinished run goes first.

        Args:
            campaign: As for `program`.

        Returns:
            As `start`.

        Raises:
            UsageError: as `program`.
        """
        shop = replace(self._shop, trusted=for_recovery(self._trusted, address, campaign))
        if self._diagnosis is not None or self._journal.unfinished() is not None:
            return self.start()
        run = self._new_run()
        return self._ended(run, lambda: self._recovered(shop, run, address))

    def program(self, address: int, campaign: str = "") -> Report | None:
        """One run that programs the control unit at `address` and nothing else; an unfinished run goes first.

        Args:
            campaign: The one to program it from; empty: the one that brings something for it.

        Returns:
            As `start`.

        Raises:
            UsageError: there is no such campaign, or several bring something for it, and not the same.
        """
        shop = replace(self._shop, trusted=narrowed(self._trusted, address, campaign))
        if self._diagnosis is not None or self._journal.unfinished() is not None:
            return self.start()
        run = self._new_run()
        return self._ended(run, lambda: self._alone(shop, run, address))

    def _alone(self, shop: Workshop, run: Run, address: int) -> Ending:
        self._require_usable()
        return AloneRun(shop, run, address).first()

    def _recovered(self, shop: Workshop, run: Run, address: int) -> Ending:
        self._require_usable()
        return RecoveryRun(shop, run, address).first()

    def _chosen(self, choosing: Choosing) -> Ending:
        self._require_usable()
        return choosing.first()

    def _require_usable(self) -> None:
        """Trust that is too old begins nothing; what it says is told with every run."""
        age = self._trusted.age() if self._trusted.age else None
        if age is not None and not age.usable:
            raise RefusedError(age.words, do="import a renewed repository: kl30 cache import; nothing was changed")
        if age is not None and age.words:
            self._narrator.tell(Noted(age.words, attention=True))

    def _first(self, run: Run) -> Ending:
        """A stuck control unit that the campaign would leave behind goes before the campaign."""
        self._require_usable()
        campaign = CampaignRun(self._shop, run)
        vehicle = campaign.look()
        address = to_recover(self._trusted, vehicle)
        return campaign.of(vehicle) if address is None else RecoveryRun(self._shop, run, address).first()

    def _new_run(self) -> Run:
        about = ", ".join(one.campaign.id for one in self._trusted.offers)  # the frozen plan will say which
        run = Run(self._name(), about, wall_text(self._ports.clock), self._ports.clock.boot_id())
        self._journal.begin(run)
        self._narrator.begin(run.id)
        self._conclusion.tell_lost()
        return run

    def _resumed(self, run: Run) -> Report | None:
        self._narrator.begin(run.id)
        try:
            return self._ended(run, run_of(self._shop, run).resume)
        except WrongCar as refusal:
            self._narrator.tell(PhaseEntered(Phase.REFUSED, refusal.what, "the right car", refusal.do))
            return None

    def _ended(self, run: Run, work: Callable[[], Ending]) -> Report:
        try:
            ending = work()
        except (WrongCar, BoardError):
            raise
        except RefusedError as refusal:
            ending = Ending(Verdict.REFUSED, str(refusal))
        except Kl30Error as failure:
            ending = Ending(Verdict.FAILED, str(failure))
        return self._reported(run, ending)

    def _reported(self, run: Run, ending: Ending) -> Report:
        self._runner.link_watch.sum_up()
        if ending.campaign is None:
            ending = replace(ending, campaign=self._trusted.campaign)
        return self._conclusion.of(self._journal.run(run.id) or run, replace(ending, limits=self._limits))

    def _require_key(self) -> None:
        """The first start makes the device's key; without one the work goes on, and its reports are not signed."""
        try:
            self._key.public()
        except BoardError as error:
            self._narrator.tell(Noted(f"Reports cannot be signed: {error}", attention=True))

    def _tell_death(self) -> None:
        """What ended the life before this one, if it died or lost its link."""
        match self._journal.lives()[-2:-1]:
            case [Life(end=End.DIED, words=words)]:
                known = words or "it is not known what it was doing"
                self._narrator.tell(Noted(f"KL30 ended abnormally and was started again: {known}", attention=True))
            case [Life(end=End.UNLINKED, words=words)] if words:  # without: it had none, and found it
                self._narrator.tell(Noted(f"KL30 had lost its link to the car: {words}", attention=True))

    def _name(self) -> str:
        """`20170601-090000-1`: readable, safe as a file name, unique here and among the reports of earlier journals."""
        stamp = self._ports.clock.wall().strftime("%Y%m%d-%H%M%S")
        number = len(self._journal.runs()) + 1
        while (self._reports / f"{stamp}-{number}.json").exists():
            number += 1
        return f"{stamp}-{number}"
