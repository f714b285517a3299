"""A stand-in for lgpio, where a Pi has the package python3-lgpio: Debian's kernel for PCs has no gpiochip to offer.

Only what gpiozero's `LGPIOFactory` asks of the real one.  A button is pressed while its number stands in a file; what
is switched on is written to a file in the folder that lgpio itself is told to use (`LG_WD`).
"""

from __future__ import annotations

import os
from pathlib import Path

SET_ACTIVE_LOW, SET_OPEN_DRAIN, SET_OPEN_SOURCE = 4, 8, 16
SET_PULL_UP, SET_PULL_DOWN, SET_PULL_NONE = 32, 64, 128
SET_BIAS_PULL_UP, SET_BIAS_PULL_DOWN, SET_BIAS_DISABLE = SET_PULL_UP, SET_PULL_DOWN, SET_PULL_NONE
RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3
LOW, HIGH = 0, 1

_IS_OUT, _IS_LG_INPUT, _IS_LG_OUTPUT = 1 << 1, 1 << 8, 1 << 9
_BUTTONS = Path("/run/kl30-vm/buttons")
_LEDS = Path(os.environ.get("LG_WD", ".")) / "leds"

_modes: dict[int, int] = {}
_levels: dict[int, int] = {}


class error(Exception):  # noqa: N801 – lgpio's name
    """As lgpio's."""


def gpiochip_open(_chip: int) -> int:
    return 0


def gpiochip_close(_handle: int) -> int:
    return 0


def gpio_claim_input(_handle: int, line: int, flags: int = 0) -> int:
    _modes[line] = _IS_LG_INPUT | flags
    _levels.pop(line, None)
    return 0


def gpio_claim_output(_handle: int, line: int, level: int = 0, flags: int = 0) -> int:
    _modes[line] = _IS_LG_OUTPUT | _IS_OUT | flags
    return gpio_write(_handle, line, level)


def gpio_free(_handle: int, line: int) -> int:
    _modes.pop(line, None)
    return 0


def gpio_get_mode(_handle: int, line: int) -> int:
    return _modes.get(line, 0)


def gpio_read(_handle: int, line: int) -> int:
    """A pressed button connects its pin to ground."""
    if line in _levels:
        return _levels[line]
    return LOW if str(line) in _BUTTONS.read_text(encoding="ascii").split() else HIGH


def gpio_write(_handle: int, line: int, level: int) -> int:
    if _levels.get(line) != level:
        _levels[line] = level
        lit = " ".join(str(one) for one in sorted(_levels) if _levels[one])
        _LEDS.write_text(f"{lit}\n", encoding="ascii")
    return 0
