"""The device's own correction: what a multimeter at the plug said against what the monitor said.

Kept beside the journal, because it belongs to this board and this cable, not to a configuration that is copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from appliance.clock import Clock
from appliance.config import PowerConfig
from appliance.errors import ConfigError, JournalError, SensorError
from appliance.power.limits import LARGEST_OFFSET_V
from appliance.values import from_json, to_json

FILE = "calibration.json"
SAMPLES = 50
SPREAD_V = 0.05  # a supply that moves more than this while it is compared gives no offset


@dataclass(frozen=True, slots=True)
class Calibration:
    """`offset_v` is added to every reading; `at` is when it was found, `meter_v` what the multimeter said then."""

    offset_v: float
    meter_v: float
    at: str


def load_calibration(folder: Path) -> Calibration | None:
    """The calibration of this device; None: it has none.

    Raises:
        ConfigError: the file is damaged, or asks for more correction than a sound board needs.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        found = from_json(path.read_text(encoding="utf-8"), Calibration)
    except (OSError, ValueError) as error:
        raise ConfigError(f"it cannot be read: {error}", where=str(path), do="calibrate again") from error
    return _sound(found, str(path))


def store_calibration(folder: Path, calibration: Calibration) -> None:
    """Keep it for every later start.

    Raises:
        JournalError: it could not be written; the one before still holds.
    """
    partial = folder / (FILE + ".partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(to_json(calibration), encoding="utf-8")
        partial.replace(folder / FILE)
    except OSError as error:
        raise JournalError(f"could not be written: {error.strerror}", where=str(folder / FILE)) from error


def calibrate(samples: list[float], meter_v: float, clock: Clock) -> Calibration:
    """What to add to the monitor's volts so that they are the multimeter's.

    Raises:
        SensorError: the supply moved too much meanwhile, or too few samples came.
        ConfigError: the correction is larger than a sound board needs.
    """
    if len(samples) < SAMPLES:
        raise SensorError(f"only {len(samples)} samples came", do="run kl30 selftest and look at the voltage monitor")
    if max(samples) - min(samples) > SPREAD_V:
        raise SensorError(
            f"the supply moved by {max(samples) - min(samples):.3f} V while it was compared",
            do="calibrate on a battery without a charger and with the consumers off",
        )
    offset_v = round(meter_v - fmean(samples), 4)
    return _sound(Calibration(offset_v, meter_v, clock.wall().isoformat(timespec="seconds")), "--calibrate")


def corrected(config: PowerConfig, calibration: Calibration | None) -> float:
    """The offset in force: the device's own where there is one, else the configured one."""
    return config.offset_v if calibration is None else calibration.offset_v


def _sound(calibration: Calibration, where: str) -> Calibration:
    if not abs(calibration.offset_v) <= LARGEST_OFFSET_V:
        raise ConfigError(
            f"a correction of {calibration.offset_v:g} V is more than {LARGEST_OFFSET_V:g} V",
            where=where,
            do="check the multimeter's reading; if it is right, repair the sense wire",
        )
    return calibration
