"""How the Pi itself is: its own 5 V, its temperature, its disk.

A Pi that browns out corrupts its card and stalls the bus: under-voltage or throttling *now* is a reason not to start,
*since boot* is worth a warning.

Source: the firmware's throttled word (raspberrypi/linux pull request 2397; bits as in Raspberry Pi's documentation of
vcgencmd), confirmed; the low half is now, the high half is since boot.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import BoardError

THROTTLED = Path("/sys/devices/platform/soc/soc:firmware/get_throttled")

_UNDER_VOLTAGE = 1 << 0
_THROTTLED = 1 << 2
_HOT = 1 << 3
_SINCE_BOOT = 16


@dataclass(frozen=True, slots=True)
class PiFlags:
    """What the firmware says about the Pi; the first three now, the others since boot."""

    under_voltage: bool
    throttled: bool
    hot: bool
    was_under_voltage: bool
    was_throttled: bool
    was_hot: bool

    @property
    def start_refusal(self) -> str:
        """Why this Pi should not begin to program now, a sentence; empty when it may."""
        if self.under_voltage:
            return "the Raspberry Pi's own 5 V are too low"
        if self.throttled:
            return "the Raspberry Pi is throttled, for heat or a weak supply"
        return ""


class PiHost:
    """The Raspberry Pi we run on; implements `engine.ports.Host`. Elsewhere nothing speaks against a start.

    Args:
        flags: Where its flags come from; None: there is nobody to ask.
    """

    def __init__(self, flags: Callable[[], PiFlags | None] | None = None) -> None:
        self._flags = flags or pi_flags

    def start_refusal(self) -> str:
        """Why nothing should begin now, a sentence; empty when it may."""
        try:
            flags = self._flags()
        except BoardError as error:  # somebody to ask whose answer makes no sense: fail closed (law 3)
            return f"the Raspberry Pi cannot say how its own supply is: {error.what}"
        return flags.start_refusal if flags else ""


def pi_flags(path: Path = THROTTLED, vcgencmd: str = "vcgencmd") -> PiFlags | None:
    """The flags of the firmware; None when there is nobody to ask (no Raspberry Pi).

    Raises:
        BoardError: there is, and the answer makes no sense.
    """
    text = _from_kernel(path) or _from_firmware(vcgencmd)
    if text is None:
        return None
    try:
        return flags_of(int(text, 16))
    except ValueError as error:
        raise BoardError(f"the firmware's throttled word is {text!r}", where="Raspberry Pi") from error


def flags_of(word: int) -> PiFlags:
    """The flags in the firmware's throttled word."""
    since_boot = word >> _SINCE_BOOT
    return PiFlags(
        bool(word & _UNDER_VOLTAGE),
        bool(word & _THROTTLED),
        bool(word & _HOT),
        bool(since_boot & _UNDER_VOLTAGE),
        bool(since_boot & _THROTTLED),
        bool(since_boot & _HOT),
    )


def disk_free_bytes(folder: Path) -> int:
    """Bytes we may still write there.

    Raises:
        BoardError: the folder cannot be looked at.
    """
    try:
        return shutil.disk_usage(folder).free
    except OSError as error:
        raise BoardError(f"free space cannot be told ({error.strerror})", where=str(folder)) from error


def _from_kernel(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return None  # kernels without the file: ask the firmware's own tool


def _from_firmware(vcgencmd: str) -> str | None:
    program = shutil.which(vcgencmd)
    if program is None:
        return None
    try:
        done = subprocess.run([program, "get_throttled"], capture_output=True, text=True, timeout=2, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise BoardError(f"vcgencmd does not work ({error})", where="Raspberry Pi") from error
    return done.stdout.strip().removeprefix("throttled=")
