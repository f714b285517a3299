"""`kl30 bench`: the product over a simulated car. Real procedure, real journal, real page; only the car is not.

A run that was cut off (power cut scenario, kill -9, Ctrl-C) is finished by the next call on the same data folder.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console

from appliance.bench.cache import fill_bench_cache
from appliance.bench.plant import CHANNEL, Plant
from appliance.bench.power_cut import PluggedClock, PowerCut
from appliance.bench.process_fault import WatchdogBite
from appliance.bench.scenarios import Scenario
from appliance.bench.security import BENCH_PROVIDER, bench_key
from appliance.bench.service_manager import RESTART_S, WATCHDOG_S
from appliance.bench.technician import Manner
from appliance.bench.unguarded import UNGUARDED
from appliance.board.ina219 import Ina219
from appliance.board.watchdog import SystemdWatchdog, systemd_notifier
from appliance.bus.recording import Recorder
from appliance.clock import Clock, RealClock, VirtualClock
from appliance.commands.terminal import LineView, LiveView
from appliance.config import Config
from appliance.engine.journal import Journal
from appliance.engine.journal_check import DamagedJournal
from appliance.engine.journal_file import NAME
from appliance.engine.ports import Command
from appliance.engine.report import Report
from appliance.errors import LinkError
from appliance.wiring import (
    Appliance,
    Parts,
    assemble,
    data_lock,
    die_with_any_thread,
    die_with_the_engine,
    trusted_from,
)

HELPER = "the bench's technician does what is asked at the car"
OFF_S = 3.0  # how long the scenario's power cut lasts
KEYS = "Enter: START   h Enter: START held 4 s   c Enter: CANCEL   b Enter: both held 5 s   Ctrl-C: leave"
_KEYS = {"c": Command.CANCEL, "b": Command.RELEASE, "h": Command.CHOOSE}  # every other line is START
SWITCH_INTERVAL_S = 0.001  # car, page and terminal share the interpreter here; on a Pi they do not


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """What was asked for on the command line.

    Attributes:
        auto: Press START at once and leave with the verdict.
        fast: Virtual time, no wire, no page.
        page: Serve the status page.
        recover / program: The control unit to be recovered, or programmed alone, where START would be pressed; None:
            START is pressed.
        campaign: Which one, of several; empty: the default, or what is chosen at the buttons.
    """

    scenario: Scenario
    config: Config
    auto: bool
    fast: bool
    page: bool
    quiet: bool
    recover: int | None = None
    program: int | None = None
    campaign: str = ""


def run_bench(options: BenchOptions) -> Report | None:
    """Play a scenario; its report, or None when it was switched off before START."""
    die_with_any_thread()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    config = options.config
    lock = data_lock(config.data)
    try:
        if options.page:
            _require_port(config)
        clock = PluggedClock(VirtualClock() if options.fast else RealClock())
        resuming = _unfinished(config.data, clock)
        above = None if options.fast else systemd_notifier()  # its time is real
        if not resuming:
            fill_bench_cache(config.cache, *options.scenario.campaigns)
        plant = Plant(options.scenario, clock, config.data, fresh=not resuming, on_wire=not options.fast, above=above)
        if resuming:  # the car that is kept says which scenario it is of
            fill_bench_cache(config.cache, *plant.scenario.campaigns)
        try:
            return _Session(options, clock, plant).play()
        finally:
            plant.stop()
    finally:
        lock.release()


class _Session:
    """One sitting at the bench: page, terminal, and as many lives of the appliance as the plug allows."""

    def __init__(self, options: BenchOptions, clock: PluggedClock, plant: Plant) -> None:
        self._options = options
        self._clock = clock
        self._plant = plant
        self._interactive = not options.auto and sys.stdin.isatty() and not options.quiet
        self._url = ""

    def play(self) -> Report | None:
        stop_page = self._serve_page() if self._options.page else _nothing
        view = self._view()
        try:
            if self._interactive:
                threading.Thread(target=self._listen, name="terminal-input", daemon=True).start()
            report = self._lives(view)
        finally:
            view.close()
        stop_page()
        return report

    def _lives(self, view: LineView | LiveView) -> Report | None:
        while True:
            appliance = self._switched_on(view)
            try:
                report = die_with_the_engine(partial(self._live, appliance), passing=(BrokenPipeError,))
            except PowerCut:
                appliance.abandon()
                view_line = "power cut: the plug was pulled; the car and the charger stay as they are"
                sys.stderr.write(view_line + "\n")
                self._wait_for_plug()
            except WatchdogBite as bite:
                appliance.abandon()
                sys.stderr.write(f"{bite}; the appliance is ended and started again\n")
                self._clock.sleep_until(self._clock.now_s() + RESTART_S)
            except LinkError as lost:
                appliance.fell(lost)
                if not self._plant.wires.off:
                    raise
                sys.stderr.write(f"{lost}\nthe service manager restarts the controller, and the appliance\n")
                self._clock.sleep_until(self._clock.now_s() + RESTART_S)
                self._plant.wires.restart()
            except BaseException:
                appliance.abandon()
                raise
            else:
                appliance.close()
                if report is None and not self._interactive and appliance.engine.refusal:
                    raise appliance.engine.refusal
                return report

    def _live(self, appliance: Appliance) -> Report | None:
        report = appliance.engine.boot()
        if self._interactive:
            return self._car_after_car(appliance, report)
        if report is not None:
            return report
        if self._options.recover is not None:
            return appliance.engine.recover(self._options.recover, self._options.campaign)
        if self._options.program is not None:
            return appliance.engine.program(self._options.program, self._options.campaign)
        self._plant.panel.press(Command.START.value)
        appliance.engine.ready()
        return appliance.engine.start(self._options.campaign)

    def _car_after_car(self, appliance: Appliance, report: Report | None) -> Report | None:
        """START after START, as on a real appliance, until Ctrl-C; the newest report."""
        while True:
            try:
                command = appliance.engine.ready()
            except KeyboardInterrupt:
                return report
            if command is Command.SHUTDOWN:
                return report
            report = appliance.engine.start(self._options.campaign, asks=True) or report

    def _switched_on(self, view: LineView | LiveView) -> Appliance:
        options, config = self._options, self._options.config
        recorder = None
        if not options.fast:
            can = config.can
            recorder = Recorder(config.data / "recordings", self._clock, CHANNEL, can.recording_bytes, can.recordings)
        trusted = trusted_from(config, {BENCH_PROVIDER: bench_key})
        parts = Parts(
            clock=self._clock,
            transport=self._plant.transport(recorder),
            monitor=Ina219(self._plant.monitor, bus_name="the bench's I²C bus"),
            panel=self._plant.panel,
            watchdog=SystemdWatchdog(self._clock, self._plant.manager, int(WATCHDOG_S * 1e6)),
            trusted=lambda: trusted,
            recorder=recorder,
            views=(view,),
            limits=None if self._plant.scenario.guard else UNGUARDED,
        )
        return assemble(config, parts)

    def _wait_for_plug(self) -> None:
        """The scenario puts its own plug back after a while; a person's plug waits for the person."""
        if self._plant.plug.stays_out:
            self._plant.plug.wait_until_in()
        else:
            self._clock.sleep_until(self._clock.now_s() + OFF_S)
            self._plant.plug.push()
        self._clock.power_on()

    def _view(self) -> LineView | LiveView:
        if self._options.quiet:
            return LineView(sys.stderr)
        console = Console()
        if not console.is_terminal or self._options.fast:
            return LineView(sys.stdout)
        keys = KEYS if self._interactive else ""
        helper = HELPER if self._plant.scenario.technician is Manner.WILLING else ""
        return LiveView(console, self._clock, "   ".join(part for part in (keys, self._url, helper) if part))

    def _serve_page(self) -> Callable[[], None]:
        from appliance.bench.panel_page import create_panel_blueprint  # noqa: PLC0415 – Flask only where a page is
        from appliance.page.app import create_app  # noqa: PLC0415
        from appliance.page.serve import start_in_thread  # noqa: PLC0415

        config = self._options.config
        app = create_app(config.data, self._clock, cache=config.cache)
        app.register_blueprint(create_panel_blueprint(self._plant.panel, self._plant.controls))
        running = start_in_thread(app, config.page.host, config.page.port)
        self._url = running.url
        out = sys.stderr if self._options.quiet else sys.stdout
        out.write(f"status page: {running.url}   simulated panel: {running.url}/bench/\n")
        return running.stop

    def _listen(self) -> None:
        for line in sys.stdin:
            self._plant.panel.press(_KEYS.get(line.strip().lower(), Command.START).value)


def _require_port(config: Config) -> None:
    """Before a car drives in: a page that cannot be served ends the command, and the car would be gone."""
    from appliance.page.serve import require_free  # noqa: PLC0415 – Flask only where a page is

    require_free(config.page.host, config.page.port)


def bench_config(base: Config, data: Path) -> Config:
    """The configuration of a bench: its own data folder and its own firmware cache in it."""
    return replace(base, data=data, cache=data / "firmware_cache")


def _unfinished(data: Path, clock: Clock) -> bool:
    path = data / NAME
    if not path.exists():
        return False
    try:
        journal = Journal(path, clock)
    except DamagedJournal:
        return True  # nobody knows; the car stays where it is, and the appliance sets the journal aside
    try:
        return journal.unfinished() is not None
    finally:
        journal.close()


def _nothing() -> None:
    """There is no page to stop."""
