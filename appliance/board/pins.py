"""Which wire goes where: the one pin table of code and documentation.

The pins stay clear of everything a two-channel CAN HAT may use: SPI0 (GPIO 7–11), SPI1 (GPIO 16–21) and the
interrupts of the common boards (GPIO 23, 24, 25); of I²C1 (2, 3), the HAT's EEPROM (0, 1) and the serial console
(14, 15).  GPIO 4 stays free.

Sources: the 40-pin header of the Raspberry Pi, the same on every model since the B+; interrupt pins of the Waveshare
and Seeed two-channel boards (likely: their users' device tree settings).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

RESERVED = frozenset({0, 1, 2, 3, *range(7, 12), 14, 15, *range(16, 22), 23, 24, 25})


class Direction(Enum):
    """Seen from the Pi."""

    BUTTON = "button to ground"
    LED = "LED to ground, 330 Ω"
    BUZZER = "active buzzer, 3.3 V"


@dataclass(frozen=True, slots=True)
class Pin:
    """One wire of the panel: BCM number, place on the 40-pin header, colour of the wire."""

    name: str
    bcm: int
    header: int
    wire: str
    direction: Direction


START = Pin("START", 27, 13, "white", Direction.BUTTON)
CANCEL = Pin("CANCEL", 22, 15, "grey", Direction.BUTTON)
POWER = Pin("POWER (green)", 5, 29, "green", Direction.LED)
BUSY = Pin("BUSY (blue)", 6, 31, "blue", Direction.LED)
ATTENTION = Pin("ATTENTION (yellow)", 13, 33, "yellow", Direction.LED)
FAULT = Pin("FAULT (red)", 26, 37, "red", Direction.LED)
BUZZER = Pin("BUZZER (optional)", 12, 32, "violet", Direction.BUZZER)

PINS = (START, CANCEL, POWER, BUSY, ATTENTION, FAULT, BUZZER)


def pin_table() -> str:
    """The table of docs/hardware.md, as Markdown."""
    rows = [f"| {p.name} | {p.bcm} | {p.header} | {p.wire} | {p.direction.value} |" for p in PINS]
    return "\n".join(["| Wire | GPIO (BCM) | Header pin | Colour | What |", "|---|---|---|---|---|", *rows])
