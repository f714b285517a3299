"""`kl30 selftest`: is this board fit for work? Each check says what it found; nothing is sent to a car."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from appliance.board.boot_check import FSTAB, KERNEL_WORDS, checked_at_boot
from appliance.board.calibration import SAMPLES, calibrate, corrected, load_calibration, store_calibration
from appliance.board.health import disk_free_bytes, pi_flags
from appliance.board.ina219 import Ina219, open_i2c
from appliance.board.panel import open_pin_factory
from appliance.board.watchdog import systemd_notifier
from appliance.bus.error_frames import off_the_bus
from appliance.bus.interface import Interface, read_interface
from appliance.bus.transport import Disturbed, Transport
from appliance.clock import Clock, RealClock
from appliance.commands.cache import read_everything
from appliance.config import Config
from appliance.engine.device_key import NAME as DEVICE_KEY
from appliance.engine.device_key import PRIVATE_MODE, DeviceKey, read_public
from appliance.engine.journal import Journal
from appliance.engine.journal_file import NAME, notices
from appliance.engine.link_health import QUIET, BusHealth
from appliance.engine.link_judge import LOOK_AT_WIRES, trouble_in
from appliance.errors import (
    EXIT_FAILED,
    EXIT_OK,
    BoardError,
    JournalError,
    Kl30Error,
    LinkError,
    RefusedError,
    SensorError,
)
from appliance.firmware.expiry import Freshness
from appliance.firmware.store import Store
from appliance.wiring import offers_of, open_transport

DISK_NEEDED_BYTES = 200 * 1024 * 1024  # recordings (32 MB), a journal of many runs, and room to spare

LISTEN_S = 2.5  # another tester is heard at least every 2 s (TesterPresent, ISO 14229-2: half of S3)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what, whether it is fit, what was found."""

    name: str
    fit: bool
    found: str


def selftest(config: Config) -> int:
    """Run every check and print the findings; 0 when each is fit."""
    found = findings(config)
    table = Table("check", "fit", "found")
    for finding in found:
        table.add_row(finding.name, "[green]yes[/]" if finding.fit else "[red]NO[/]", escape(finding.found))
    Console().print(table)
    return EXIT_OK if all(finding.fit for finding in found) else EXIT_FAILED


def findings(config: Config) -> tuple[Finding, ...]:
    """Run every check."""
    checks: tuple[tuple[str, Callable[[Config], str]], ...] = (
        ("CAN interface", _can),
        ("voltage monitor", _monitor),
        ("buttons and LEDs", _pins),
        ("watchdog", _watchdog),
        ("Raspberry Pi supply", _pi),
        ("disk", _disk),
        ("file system", _file_system),
        ("journal", _journal),
        ("device key", _device_key),
        ("firmware cache", _cache),
    )
    return tuple(_checked(name, check, config) for name, check in checks)


def _checked(name: str, check: Callable[[Config], str], config: Config) -> Finding:
    try:
        return Finding(name, fit=True, found=check(config))
    except Kl30Error as error:
        return Finding(name, fit=False, found=str(error))


def _can(config: Config) -> str:
    """Opened, and listened to; nothing is sent."""
    clock = RealClock()
    where = f"{config.can.interface} {config.can.channel}"
    interface = read_interface(config.can.channel) if config.can.interface == "socketcan" else None
    if interface is not None:
        _require_on_bus(interface, where)
    transport = open_transport(config, clock, None)
    try:
        bus = _listened(transport, clock)
    finally:
        transport.close()
    if trouble := trouble_in(bus):
        raise LinkError(f"listening for {LISTEN_S:g} s: {trouble}", where=where, do=LOOK_AT_WIRES)
    room = f", room for {interface.queue_frames} frames" if interface is not None else ""
    return f"{where}, {transport.kind}{room}; nothing amiss on the bus in {LISTEN_S:g} s"


def _require_on_bus(interface: Interface, where: str) -> None:
    if not interface.up:
        raise LinkError("the interface is down", where=where, do="switch it on, as root: ip link set can0 up")
    if not interface.carrier:
        raise off_the_bus(where)


def _listened(transport: Transport, clock: Clock) -> BusHealth:
    bus, until_s = QUIET, clock.now_s() + LISTEN_S
    while clock.now_s() < until_s:
        for event in transport.poll(until_s):
            bus = event.bus if isinstance(event, Disturbed) else bus
    return bus


def calibrate_monitor(config: Config, meter_v: float) -> int:
    """Compare the voltage monitor with a multimeter at the plug, and keep the difference; its exit code."""
    clock = RealClock()
    calibration = calibrate(_samples(config, SAMPLES), meter_v, clock)
    store_calibration(config.data, calibration)
    Console().print(f"calibrated: {calibration.offset_v:+.4f} V is added to every reading from now on")
    return EXIT_OK


def _monitor(config: Config) -> str:
    calibration = load_calibration(config.data)
    offset_v = corrected(config.power, calibration)
    (volts,) = _samples(config, 1)
    kept = f"calibrated {calibration.at}" if calibration else "not calibrated: kl30 selftest --calibrate VOLTS"
    return f"{volts + offset_v:.3f} V (offset {offset_v:+.4f} V, {kept})"


def _samples(config: Config, count: int) -> list[float]:
    clock = RealClock()
    monitor = Ina219(open_i2c(config.board.i2c_bus), config.board.ina219_address, f"I²C bus {config.board.i2c_bus}")
    monitor.configure()
    samples: list[float] = []
    for _ in range(20 * count):
        volts = monitor.read()
        if volts is not None:
            samples.append(volts)
        if len(samples) == count:
            return samples
        clock.sleep_until(clock.now_s() + 0.01)
    raise SensorError("the voltage monitor gave too few samples", where=f"0x{config.board.ina219_address:02X}")


def _pins(_config: Config) -> str:
    return f"pin factory {open_pin_factory().name}"


def _watchdog(_config: Config) -> str:
    return "the service manager listens" if systemd_notifier() else "started by hand: no service manager, no watchdog"


def _pi(_config: Config) -> str:
    flags = pi_flags()
    if flags is None:
        return "this machine does not tell"
    if flags.start_refusal:
        raise BoardError(
            flags.start_refusal, where="Raspberry Pi", do="use the converter and cable of docs/hardware.md"
        )
    earlier = flags.was_under_voltage or flags.was_throttled
    return "fit now, but it was under-voltage or throttled since boot" if earlier else "no under-voltage, not throttled"


def _disk(config: Config) -> str:
    free = disk_free_bytes(config.data if config.data.exists() else config.data.parent)
    if free < DISK_NEEDED_BYTES:
        raise SensorError(
            f"only {free // 2**20} MB free", where=str(config.data), do="delete old recordings and reports"
        )
    return f"{free // 2**20} MB free"


def _file_system(config: Config) -> str:
    fstab = FSTAB.read_text(encoding="utf-8", errors="replace") if FSTAB.exists() else ""
    words = KERNEL_WORDS.read_text(encoding="utf-8", errors="replace") if KERNEL_WORDS.exists() else ""
    return checked_at_boot(config.data.absolute(), fstab, words)


def _journal(config: Config) -> str:
    path = config.data / NAME
    lost = notices(config.data)
    if lost:  # fit only when somebody has read it and taken the file away
        raise JournalError(lost[-1], where=str(config.data))
    if not path.exists():
        return "none yet"
    journal = Journal(path, RealClock())
    try:
        unfinished = journal.unfinished()
        return f"{len(journal.runs())} runs" + (f", {unfinished.id} unfinished" if unfinished else "")
    finally:
        journal.close()


def _device_key(config: Config) -> str:
    path = config.data / DEVICE_KEY
    aside = DeviceKey(config.data, RealClock()).notices()
    if aside:  # fit only when somebody has read it and taken the file away
        raise BoardError(aside[-1], where=str(config.data))
    if not path.exists():
        return "none yet: the first start makes it"
    try:
        fingerprint, mode = read_public(path).fingerprint, stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise BoardError(
            f"cannot be read: {error.strerror}", where=str(path), do="run the self-test as the user of the service"
        ) from error
    except ValueError as error:
        raise BoardError(
            f"cannot be used: {error}", where=str(path), do="start the appliance: it sets this file aside"
        ) from error
    if mode & ~PRIVATE_MODE:
        raise BoardError(
            f"others may read it (mode {mode:04o})", where=str(path), do=f"chmod {PRIVATE_MODE:o} this file"
        )
    return f"fingerprint {fingerprint}"


def _cache(config: Config) -> str:
    campaigns = ", ".join(one.campaign.id for one in offers_of(config))  # `kl30 run` does not start without one
    store = Store(config.cache)
    expiry = store.expiry(RealClock().wall(), config.store.grace_days)
    if expiry.freshness is Freshness.OVER:
        raise RefusedError(expiry.words, where=str(config.cache), do="run kl30 cache import")
    read_everything(store)
    return f"campaign {campaigns}, every image verified; root {store.fingerprint}; {expiry.words}"
