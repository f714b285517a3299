"""The appliance's settings: one TOML file, frozen, units in the names.

Defaults come with their source.  A value outside what its comment allows is refused by name (`ConfigError`);
the limits of the supply cannot be configured below ISTA's error bounds (facts.md §6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypeAlias

from appliance.errors import ConfigError
from appliance.toml_file import KeyPath, read_toml


class Battery(Enum):
    """What sits in the car; it decides the upper limits."""

    LEAD = "lead"
    AGM = "agm"
    LFP = "lfp"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PowerConfig:
    """When the supply is fit.

    Attributes:
        battery: Type of the car's battery.
        start_v: Needed to begin (above BMW's 13.0 V with room for the first load).
        hold_v: Held below this, debounced: "must not drop below 13.0 V during programming" (BMW repair instruction).
        hold_now_v: Held at once below this: ISTA's warning limit for lead.
        release_v: A hold ends above this, `release_s` long.
        debounce_s: How long below `hold_v` before it holds; a starter or a fan dips for less.
        max_age_s: An older reading is no reading.
        ripple_v: Peak to peak over one second; above it programming does not start (Clore's table: < 100 mV).
        sample_s: Time between samples; 20 Hz or faster.
        median: Samples in the median filter, odd.
        observe_s: Watched before the first erase; the forecast needs it to tell a creeping supply from a noisy one.
        hold_limit_s: A hold that lasts longer is given up: the car is given back, START goes on.
        charger_test: Whether a consumer must be switched on before the first start with a charger, to see what it does.
        consumer_a: What that consumer takes. Low beam: 2 × 55 W of halogen (likely); LED 3 to 5 A (from memory).
        disagreement_v: A control unit's own reading of the supply that is further from the plug's, either way, means
            that one of them is wrong (our inference: the cables drop under 0.3 V, the rest is calibration).
    """

    battery: Battery = Battery.UNKNOWN
    start_v: float = 13.2
    hold_v: float = 13.0
    hold_now_v: float = 12.55
    release_v: float = 13.1
    release_s: float = 10.0
    debounce_s: float = 0.5
    max_age_s: float = 0.2
    ripple_v: float = 0.1
    sample_s: float = 0.025
    median: int = 5
    offset_v: float = 0.0
    observe_s: float = 30.0
    hold_limit_s: float = 1800.0
    charger_test: bool = True
    consumer_a: float = 10.0
    disagreement_v: float = 0.5


@dataclass(frozen=True, slots=True)
class CanConfig:
    """The CAN interface, in python-can's words."""

    interface: str = "socketcan"
    channel: str = "can0"
    bitrate: int = 500_000
    recording_bytes: int = 8 * 1024 * 1024  # of one candump log; `recordings` of them are kept
    recordings: int = 4


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """When the link to the car is good enough to begin (docs/link.md).  Another tester, a controller that counts to its
    warning level, and a received frame that is lost are refused whatever stands here.

    Attributes:
        round_trip_s: 95 of 100 answers must begin within this. P2 of a control unit is 50 ms, 299 ms on a few
            (facts.md §5.4, confirmed); the rest is for gateway, bus and us (our inference).
        lost_max: Requests that may stay without an answer while the car is read, of units that answer such a request at
            another time (our inference: one is a coincidence).
        errors_max: Frames that may be disturbed or unacknowledged meanwhile (our inference: a good bus has none).
        queue_full_max: Times the transmit queue may be full meanwhile, a thousand a second while it is (our inference).
        quiet_s: Another tester must have been silent for so long before the next datablock is begun: its sessions last
            5 s (S3, ISO 14229-2), and TesterPresent comes every 2 s.
    """

    round_trip_s: float = 0.4
    lost_max: int = 1
    errors_max: int = 5
    queue_full_max: int = 100
    quiet_s: float = 5.0


@dataclass(frozen=True, slots=True)
class VehicleTestConfig:
    """What happens after programming where trouble codes have come that were not there before.

    Attributes:
        ignition_cycle: Whether somebody is asked to switch the ignition off and on: many such codes are gone then
            (facts.md §9, likely).
        patience_s: How long that is waited for; the codes are reported as they are afterwards.
    """

    ignition_cycle: bool = True
    patience_s: float = 300.0


@dataclass(frozen=True, slots=True)
class BoardConfig:
    """I²C and GPIO of the Raspberry Pi; pins are BCM numbers (docs/hardware.md)."""

    i2c_bus: int = 1
    ina219_address: int = 0x40
    buzzer: bool = False


@dataclass(frozen=True, slots=True)
class PageConfig:
    """Where the status page listens."""

    host: str = "127.0.0.1"
    port: int = 8030


@dataclass(frozen=True, slots=True)
class SecurityConfig:
    """The owner's own SecurityAccess provider, named `external` in a campaign (docs/security-access.md).

    Attributes:
        program: Started for each seed, without a shell: its absolute path and its arguments; empty: none.
        socket: A UNIX socket that is connected to for each seed instead; None: none.
        timeout_s: A key that takes longer is given up. A seed has no lifetime but its session's, which is kept; real
            tools fetch the key from a server meanwhile, and give each flash step 30 s (facts.md §5.1).
        key_bytes: Lengths a key may have; empty: any. Level 0x11 is said to have 68 or 132 (facts.md §5.1 row 9).
    """

    program: tuple[str, ...] = ()
    socket: Path | None = None
    timeout_s: float = 30.0
    key_bytes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """The firmware cache.

    Attributes:
        grace_days: How long what was imported may still be used after its metadata have expired (decision 0023). Ours:
            a workshop that was shut for its holidays still programs the first car of the next day.
    """

    grace_days: float = 30.0


@dataclass(frozen=True, slots=True)
class Config:
    """Everything configurable."""

    data: Path = Path("data")
    cache: Path = Path("firmware_cache")
    open_campaign_list: Path | None = None  # text file, one VIN a line; None: no list
    power: PowerConfig = field(default_factory=PowerConfig)
    can: CanConfig = field(default_factory=CanConfig)
    link: LinkConfig = field(default_factory=LinkConfig)
    vehicle_test: VehicleTestConfig = field(default_factory=VehicleTestConfig)
    board: BoardConfig = field(default_factory=BoardConfig)
    page: PageConfig = field(default_factory=PageConfig)
    store: StoreConfig = field(default_factory=StoreConfig)
    security: SecurityConfig = field(default_factory=SecurityConfig)


Judge: TypeAlias = Callable[["Config"], object]
"""Raises `ConfigError` with the key of what it refuses as its `where`, as in `power.hold_v`."""


def load_config(path: Path | None, judges: Sequence[Judge] = ()) -> Config:
    """The settings in the file at `path`; None: the defaults.

    A relative path written in the file counts from the file's own folder.

    Args:
        judges: Who else must agree, because they know what the values mean (the supply's limits: `power.limits`).

    Raises:
        ConfigError: the file is missing or no TOML, a key is unknown, or a value is not allowed.
    """
    if path is None:
        return Config()
    document = read_toml(path, Config, ConfigError, {Path: lambda text: path.parent / text})
    for at, value, allowed, holds in _limits(document.value):
        if not holds:
            raise document.problem(at, f"{value!r} is not allowed", f"use {allowed}")
    for judge in judges:
        try:
            judge(document.value)
        except ConfigError as refusal:
            raise document.problem(tuple(refusal.where.split(".")), refusal.what, refusal.do) from refusal
    return document.value


def _limits(config: Config) -> Iterator[tuple[KeyPath, object, str, bool]]:
    """Every limit as key, value, what is allowed, and whether it holds."""
    can, address, port = config.can, config.board.ina219_address, config.page.port
    yield ("can", "bitrate"), can.bitrate, "10000 to 1000000 (ISO 11898-2)", 10_000 <= can.bitrate <= 1_000_000
    yield ("can", "recording_bytes"), can.recording_bytes, "4096 or more", can.recording_bytes >= 4096
    yield ("can", "recordings"), can.recordings, "1 or more", can.recordings >= 1
    yield from _link_limits(config.link)
    patience_s = config.vehicle_test.patience_s
    yield ("vehicle_test", "patience_s"), patience_s, "10 to 1800", 10 <= patience_s <= 1800
    yield ("board", "i2c_bus"), config.board.i2c_bus, "0 or more", config.board.i2c_bus >= 0
    # INA219 datasheet (SBOS448), table 1: sixteen addresses by strapping A0 and A1
    yield ("board", "ina219_address"), address, "0x40 to 0x4F", 0x40 <= address <= 0x4F
    yield ("store", "grace_days"), config.store.grace_days, "0 to 365", 0 <= config.store.grace_days <= 365
    yield ("page", "port"), port, "1 to 65535", 1 <= port <= 65535
    yield from _security_limits(config.security)


def _link_limits(link: LinkConfig) -> Iterator[tuple[KeyPath, object, str, bool]]:
    # The tester waits 1 s for an answer: a limit beyond that could never be exceeded.
    yield ("link", "round_trip_s"), link.round_trip_s, "0.05 to 1", 0.05 <= link.round_trip_s <= 1.0
    yield ("link", "lost_max"), link.lost_max, "0 to 10", 0 <= link.lost_max <= 10
    yield ("link", "errors_max"), link.errors_max, "0 to 100", 0 <= link.errors_max <= 100
    yield ("link", "queue_full_max"), link.queue_full_max, "0 to 1000", 0 <= link.queue_full_max <= 1000
    yield ("link", "quiet_s"), link.quiet_s, "5 to 60", 5 <= link.quiet_s <= 60


def _security_limits(security: SecurityConfig) -> Iterator[tuple[KeyPath, object, str, bool]]:
    program, socket, lengths = security.program, security.socket, security.key_bytes
    known = not program or (program[0].startswith("/") and not any("\0" in part for part in program))
    yield ("security", "program"), program[:1], "an absolute path and arguments, as text without NUL", known
    one = socket is None or not (program or "\0" in str(socket))
    yield ("security", "socket"), str(socket), "a program or a socket, not both; without NUL", one
    # Half a second is a program that only starts; two minutes is longer than anybody stands beside a car for a key.
    yield ("security", "timeout_s"), security.timeout_s, "0.5 to 120", 0.5 <= security.timeout_s <= 120
    sendable = all(1 <= length <= 4093 for length in lengths)  # ISO-TP's 4095 without `27 <level + 1>` (facts.md §1)
    yield ("security", "key_bytes"), lengths, "lengths from 1 to 4093", sendable
