"""The only file that knows every concrete class: it builds the appliance, on real parts or on the bench."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol, TypeVar

import can

from appliance.board.calibration import corrected, load_calibration
from appliance.board.health import PiHost
from appliance.board.ina219 import Ina219, open_i2c
from appliance.board.panel import GpioPanel, open_pin_factory
from appliance.board.supply import SampledSupply
from appliance.board.watchdog import SystemdWatchdog, systemd_notifier, systemd_period_us
from appliance.bus.can_transport import CanTransport
from appliance.bus.interface import require_up
from appliance.bus.owned import OwnedTransport
from appliance.bus.recording import Recorder
from appliance.bus.transport import Transport
from appliance.bus.uds_link import UdsLink
from appliance.bus.unlinked import LinkFound, Unlinked
from appliance.campaign.load import load_open_list
from appliance.campaign.model import Kind
from appliance.campaign.selection import Offer
from appliance.clock import Clock, RealClock
from appliance.config import Config, load_config
from appliance.engine.device_key import DeviceKey
from appliance.engine.engine import Engine
from appliance.engine.files import StatusFile
from appliance.engine.journal import Journal
from appliance.engine.journal_file import open_journal
from appliance.engine.loop_guard import End
from appliance.engine.narrator import Narrator, View
from appliance.engine.owner import DataLock, InterfaceLock
from appliance.engine.ports import Host, Panel, Watchdog
from appliance.engine.runner import Ports
from appliance.engine.workshop import TrustAge, Trusted
from appliance.errors import Kl30Error, LinkError, RefusedError
from appliance.firmware.expiry import Freshness
from appliance.power.limits import Limits, limits_from
from appliance.procedure.job import SecurityProvider
from appliance.security.installed import installed_providers

if TYPE_CHECKING:
    from appliance.firmware.contents import Signed
    from appliance.firmware.store import Store

T = TypeVar("T")
EXIT_DEAD_THREAD = 70  # sysexits.h EX_SOFTWARE: the service manager restarts us, the journal resumes


@dataclass(frozen=True, slots=True)
class Appliance:
    """A running appliance and what has to be closed after it."""

    engine: Engine
    journal: Journal
    _supply: SampledSupply
    _link: UdsLink
    _recorder: Recorder | None

    def close(self) -> None:
        """Orderly end of one life."""
        self._end(End.ORDERLY, "")

    def fell(self, reason: BaseException) -> None:
        """The end of a life that an error ended, or somebody who asked the process to stop."""
        try:
            if isinstance(reason, LinkError):
                self.engine.link_lost(reason)
        finally:
            self._end(*self._seen_as(reason))

    def _seen_as(self, reason: BaseException) -> tuple[End, str]:
        words = str(reason) or type(reason).__name__
        match reason:
            case KeyboardInterrupt() | SystemExit():
                return End.STOPPED, ""
            case LinkFound():
                return End.UNLINKED, ""
            case LinkError() if self.journal.unfinished() is None:
                return End.UNLINKED, words
            case _:
                return End.DIED, words

    def _end(self, end: End, words: str) -> None:
        self._supply.stop()
        self._link.close()
        if self._recorder is not None:
            self._recorder.close()
        self.journal.end_life(end, words)
        self.journal.close()

    def abandon(self) -> None:
        """The end of a life that was cut off: nothing is written any more, as after a power cut."""
        self._supply.stop()
        self._link.close()
        self.journal.abandon()


class Monitor(Protocol):
    """What is needed of a voltage monitor."""

    def read(self) -> float | None:
        """Volts as measured now; None: nothing new yet.

        Raises:
            SensorError: it does not answer, or says something that cannot be.
        """


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts an appliance is built from; the real ones, or the bench's.

    Attributes:
        trusted: Opens the firmware cache; asked once, after the service manager knows that we are up.
        limits: Of the supply; None: those of the configuration.  The bench alone brings its own, to play a fault.
        journal: None: the one in the data folder is opened.
    """

    clock: Clock
    transport: Transport
    monitor: Monitor
    panel: Panel
    watchdog: Watchdog
    trusted: Callable[[], Trusted]
    recorder: Recorder | None = None
    views: Sequence[View] = ()
    host: Host | None = None
    limits: Limits | None = None
    journal: Journal | None = None


def settings(path: Path | None) -> Config:
    """The configuration, with the supply's limits judged by who enforces them.

    Raises:
        ConfigError: file, line and key of what is not allowed.
    """
    return load_config(path, (lambda config: limits_from(config.power),))


def assemble(config: Config, parts: Parts) -> Appliance:
    """One life of the appliance over these parts.

    Raises:
        ConfigError, JournalError: the configuration or the journal cannot be used.
    """
    clock = parts.clock
    limits = parts.limits or limits_from(config.power)
    journal = parts.journal or open_journal(config.data, clock)
    offset_v = corrected(config.power, load_calibration(config.data))
    supply = SampledSupply(parts.monitor.read, clock, replace(config.power, offset_v=offset_v))
    supply.start()
    link = UdsLink(parts.transport, clock)
    views: tuple[View, ...] = (StatusFile(config.data / "status.json", clock), *parts.views)
    narrator = Narrator(clock, journal, views)
    ports = Ports(clock, link, supply, parts.panel, parts.watchdog, parts.host, config.link, config.vehicle_test)
    key = DeviceKey(config.data, clock)
    engine = Engine(ports, limits, journal, narrator, parts.trusted, config.data / "reports", key)
    return Appliance(engine, journal, supply, link, parts.recorder)


def offers_of(config: Config) -> tuple[Offer, ...]:
    """The campaigns of the firmware cache, at least one, in order of id; recoveries beside them do not count.

    Raises:
        CampaignError: a campaign file cannot be used.
        RefusedError: the cache holds none.
    """
    return _offers(config, open_store(config).signed())


def open_list(config: Config) -> frozenset[str] | None:
    """VINs the manufacturer shows as open; None: no list was given.

    Raises:
        CampaignError: it cannot be used.
    """
    return load_open_list(config.open_campaign_list) if config.open_campaign_list else None


def open_store(config: Config) -> Store:
    """The firmware cache as it is now; python-tuf is loaded here and not before.

    Raises:
        RefusedError, UsageError, BoardError: as `Store`.
    """
    from appliance.firmware.store import Store  # noqa: PLC0415

    return Store(config.cache)


def _offers(config: Config, held: Sequence[Signed]) -> tuple[Offer, ...]:
    found = tuple(Offer(one.campaign, one.catalogue) for one in held if one.campaign.kind is not Kind.RECOVERY)
    if not found:
        raise RefusedError(
            "the firmware cache holds no campaign",
            where=str(config.cache),
            do="ask your publisher for a repository with one; kl30 cache import brings it",
        )
    return found


def security_providers(config: Config) -> dict[str, SecurityProvider]:
    """What opens control units, by the name a campaign asks for.

    Raises:
        UsageError: an installed provider cannot be used.
    """
    return installed_providers(config.security, RealClock())


def trusted_from(config: Config, providers: dict[str, SecurityProvider]) -> Trusted:
    """What may be programmed: campaigns, their level catalogues, the images, and what opens a control unit for them.

    Raises:
        CampaignError, RefusedError: as `offers_of`.
    """
    vins = open_list(config)
    store = open_store(config)  # opened once: an import in between must not mix two generations
    held = store.signed()
    first, *others = _offers(config, held)
    return Trusted(
        first.campaign,
        store.load_image,
        providers,
        vins,
        tuple(one.campaign for one in held if one.campaign.kind is Kind.RECOVERY),
        lambda: trust_age(store, config),
        first.catalogue,
        tuple(others),
    )


def trust_age(store: Store, config: Config) -> TrustAge:
    """How old the trust in the firmware cache is, by the system clock and the last import (decision 0023)."""
    expiry = store.expiry(RealClock().wall(), config.store.grace_days)
    fresh = expiry.freshness is Freshness.FRESH
    return TrustAge(expiry.freshness is not Freshness.OVER, "" if fresh else expiry.words)


def real_parts(config: Config, trusted: Callable[[], Trusted]) -> Parts:
    """The parts of a Raspberry Pi; the car's interface first, so that who does not own it touches nothing else.

    Raises:
        UsageError: another process has the CAN interface.
        LinkError: no CAN interface. SensorError: no voltage monitor. BoardError: no GPIO.
    """
    clock = RealClock()
    recorder = recorder_for(config, clock)
    return _real_parts(config, clock, recorder, open_transport(config, clock, recorder), trusted)


def waiting_parts(config: Config, trusted: Callable[[], Trusted]) -> Parts:
    """The same for a service, which is up without a CAN interface too: it says so and waits for it.

    Raises:
        UsageError, SensorError, BoardError: as `real_parts`.
    """
    clock = RealClock()
    recorder = recorder_for(config, clock)
    try:
        transport = open_transport(config, clock, recorder)
    except LinkError as missing:
        unlinked = Unlinked(clock, missing, lambda: open_transport(config, clock, recorder).close())
        return _real_parts(config, clock, recorder, unlinked, unlinked.refuse)
    return _real_parts(config, clock, recorder, transport, trusted)


def _real_parts(
    config: Config, clock: Clock, recorder: Recorder, transport: Transport, trusted: Callable[[], Trusted]
) -> Parts:
    monitor = Ina219(open_i2c(config.board.i2c_bus), config.board.ina219_address, f"I²C bus {config.board.i2c_bus}")
    panel = GpioPanel(open_pin_factory(), clock, buzzer=config.board.buzzer)
    watchdog = SystemdWatchdog(clock, systemd_notifier(), systemd_period_us())
    return Parts(clock, transport, monitor, panel, watchdog, trusted, recorder, host=PiHost())


def recorder_for(config: Config, clock: Clock) -> Recorder:
    """Where conversations with the car are recorded."""
    folder = config.data / "recordings"
    return Recorder(folder, clock, config.can.channel, config.can.recording_bytes, config.can.recordings)


def open_transport(config: Config, clock: Clock, recorder: Recorder | None) -> OwnedTransport:
    """The transport for the configured CAN interface, which is ours until it is closed: the only way to a real car.

    Raises:
        UsageError: another process has the interface.
        LinkError: the interface is missing or down.
    """
    lock = InterfaceLock(config.can.interface, config.can.channel, clock)
    try:
        return OwnedTransport(_transport(config, clock, recorder), lock.release)
    except LinkError:
        lock.release()
        raise


def _transport(config: Config, clock: Clock, recorder: Recorder | None) -> Transport:
    """Kernel ISO-TP where the interface is SocketCAN and the kernel has it, else our own.

    Raises:
        LinkError: the interface is missing or down.
    """
    if config.can.interface == "socketcan":
        from appliance.bus.kernel_sockets import KernelSockets, kernel_has_isotp  # noqa: PLC0415 – where AF_CAN is
        from appliance.bus.kernel_transport import KernelTransport  # noqa: PLC0415

        require_up(config.can.channel)
        if kernel_has_isotp():
            return KernelTransport(KernelSockets(config.can.channel), clock)
    try:
        bus = can.Bus(interface=config.can.interface, channel=config.can.channel, bitrate=config.can.bitrate)
    except (can.CanError, OSError, ValueError, NotImplementedError, ImportError) as error:
        raise LinkError(
            f"the CAN interface cannot be opened: {error}",
            where=f"{config.can.interface} {config.can.channel}",
            do="check that the CAN HAT is fitted and the interface is up: ip link set can0 up type can bitrate 500000",
        ) from error
    return CanTransport(bus, clock, recorder)


def die_with_any_thread() -> None:
    """Law 11: a thread that dies takes the process with it; the service manager restarts, the journal resumes."""

    def die(args: threading.ExceptHookArgs) -> None:
        _end_the_process(args.thread.name if args.thread else "a thread", args.exc_value)

    threading.excepthook = die


def die_with_the_engine(work: Callable[[], T], passing: tuple[type[Exception], ...] = ()) -> T:
    """Do the engine's work here; what nobody has words for ends the process at once, with every thread of it.

    At once: nothing is closed in order, because a thread that hangs could keep the process, and a page that shows
    the last status, alive.  An error of ours is the caller's to tell; it ends the process too.

    Args:
        passing: What else is the caller's to tell.
    """
    told_by_the_caller: tuple[type[Exception], ...] = (Kl30Error, *passing)
    try:
        return work()
    except told_by_the_caller:
        raise
    except Exception as error:  # noqa: BLE001 – nothing goes on after it
        _end_the_process("the engine", error)


def _end_the_process(who: str, error: BaseException | None) -> NoReturn:
    try:
        sys.stderr.write(f"kl30: {who} died, so the process ends; it resumes when started again\n")
        traceback.print_exception(error)
        sys.stderr.flush()
    finally:  # also when nobody reads what we say
        os._exit(EXIT_DEAD_THREAD)


def data_lock(folder: Path) -> DataLock:
    """Own the data folder for this process.

    Raises:
        UsageError: another process has it.
    """
    return DataLock(folder)
