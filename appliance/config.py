"""The appliance's settings: one TOML file, frozen, units in the names.

Defaults come with their source.  A value outside what its comment allows is refused by name (`ConfigError`);
the limits of the supply cannot be configured below ISTA's error bounds (facts.md §6).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class CanConfig:
    """The CAN interface, in python-can's words."""

    interface: str = "socketcan"
    channel: str = "can0"
    bitrate: int = 500_000
    recording_bytes: int = 8 * 1024 * 1024  # of one candump log; `recordings` of them are kept
    recordings: int = 4


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
class Config:
    """Everything configurable."""

    data: Path = Path("data")
    cache: Path = Path("firmware_cache")
    open_campaign_list: Path | None = None  # text file, one VIN a line; None: no list
    power: PowerConfig = field(default_factory=PowerConfig)
    can: CanConfig = field(default_factory=CanConfig)
    board: BoardConfig = field(default_factory=BoardConfig)
    page: PageConfig = field(default_factory=PageConfig)


# Error bounds of ISTA by battery, lower and upper (facts.md §6, confirmed): no configuration reaches beyond them.
_ISTA_V = {
    Battery.LEAD: (9.95, 15.55),
    Battery.AGM: (9.95, 15.55),
    Battery.LFP: (10.25, 14.45),
    Battery.UNKNOWN: (9.9, 16.1),
}


def load_config(path: Path | None) -> Config:
    """The settings in the file at `path`; None: the defaults.

    A relative path written in the file counts from the file's own folder.

    Raises:
        ConfigError: the file is missing or no TOML, a key is unknown, or a value is not allowed.
    """
    if path is None:
        return Config()
    document = read_toml(path, Config, ConfigError, {Path: lambda text: path.parent / text})
    for at, value, allowed, holds in _limits(document.value):
        if not holds:
            raise document.problem(at, f"{value!r} is not allowed", f"use {allowed}")
    return document.value


def _limits(config: Config) -> Iterator[tuple[KeyPath, object, str, bool]]:
    """Every limit as key, value, what is allowed, and whether it holds."""
    yield from ((("power", name), value, allowed, holds) for name, value, allowed, holds in _power_limits(config.power))
    can, address, port = config.can, config.board.ina219_address, config.page.port
    yield ("can", "bitrate"), can.bitrate, "10000 to 1000000 (ISO 11898-2)", 10_000 <= can.bitrate <= 1_000_000
    yield ("can", "recording_bytes"), can.recording_bytes, "4096 or more", can.recording_bytes >= 4096
    yield ("can", "recordings"), can.recordings, "1 or more", can.recordings >= 1
    yield ("board", "i2c_bus"), config.board.i2c_bus, "0 or more", config.board.i2c_bus >= 0
    # INA219 datasheet (SBOS448), table 1: sixteen addresses by strapping A0 and A1
    yield ("board", "ina219_address"), address, "0x40 to 0x4F", 0x40 <= address <= 0x4F
    yield ("page", "port"), port, "1 to 65535", 1 <= port <= 65535


def _power_limits(power: PowerConfig) -> Iterator[tuple[str, object, str, bool]]:
    low_v, high_v = _ISTA_V[power.battery]
    hold_now_v, hold_v = power.hold_now_v, power.hold_v
    yield "hold_now_v", hold_now_v, f"{low_v} (ISTA's error bound) or more", low_v <= hold_now_v
    yield "hold_v", hold_v, "hold_now_v or more", hold_now_v <= hold_v
    yield "release_v", power.release_v, "hold_v or more", hold_v <= power.release_v
    yield (
        "start_v",
        power.start_v,
        f"release_v to {high_v} (ISTA's error bound)",
        (power.release_v <= power.start_v <= high_v),
    )
    yield "release_s", power.release_s, "1 to 600", 1 <= power.release_s <= 600
    yield "debounce_s", power.debounce_s, "0 to 5", 0 <= power.debounce_s <= 5
    yield "max_age_s", power.max_age_s, "more than 0, at most 0.2", 0 < power.max_age_s <= 0.2
    yield "ripple_v", power.ripple_v, "more than 0, at most 0.5", 0 < power.ripple_v <= 0.5
    yield "sample_s", power.sample_s, "0.005 to 0.05 (20 Hz)", 0.005 <= power.sample_s <= 0.05
    yield "median", power.median, "an odd number from 1 to 15", 1 <= power.median <= 15 and power.median % 2 == 1
    yield "offset_v", power.offset_v, "-0.5 to 0.5", -0.5 <= power.offset_v <= 0.5
