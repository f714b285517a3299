"""A control unit's own idea of its supply: which bytes of which data identifier, and what they mean.

No identifier is known for every variant (facts.md §12), so the form is data, and the campaign brings it.  A value is
an unsigned big-endian number of one to four bytes: `raw / divide + add`, in the unit the form names.  Two forms have
been seen (facts.md §3.4):

    402B   u16 at byte 2, / 4000 + 6.0, V   with temperature before and current behind it; confirmed for one car
    40C6   u16 at byte 0, mV                likely

What no 12 V car can have is no voltage: 12800 read as volts is a wrong unit, not an overvoltage.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from appliance.car.layout import data_of, did_label, hex_text, require_at_least
from appliance.errors import MalformedAnswer

MOST_V = 26.0  # above it no reading of a 12 V car is believed; the appliance's own voltage monitor ends there as well
LONGEST_BYTES = 4  # of a value; 32 bits are the widest number any identifier of facts.md §3.4 holds
_NAME = "own supply voltage"


class VoltageUnit(Enum):
    """What a value counts."""

    VOLT = "V"
    MILLIVOLT = "mV"


_PER_VOLT = {VoltageUnit.VOLT: 1.0, VoltageUnit.MILLIVOLT: 1000.0}


@dataclass(frozen=True, slots=True)
class OwnVoltage:
    """How one control unit tells its own supply.

    Attributes:
        address: The control unit.
        did: The data identifier.
        first_byte: Where the value begins, counted from 0 behind the identifier of the answer.
        length: Bytes of the value, 1 to 4.
        unit: What the value counts once it is divided and added to.
        divide / add: `raw / divide + add`; `divide` is never 0.
    """

    address: int
    did: int
    first_byte: int
    length: int
    unit: VoltageUnit
    divide: float = 1.0
    add: float = 0.0

    def decode(self, payload: bytes) -> float:
        """Volts, from `62`, the data identifier and its data.

        Raises:
            MalformedAnswer: another answer, one that is too short, or no voltage a car can have.
        """
        data, label = data_of(payload, self.did, _NAME), did_label(self.did, _NAME)
        end = self.first_byte + self.length
        require_at_least(data, end, label)
        raw = data[self.first_byte : end]
        if not raw.strip(b"\xff"):  # that FF in every byte means "no value" is from memory
            raise MalformedAnswer(label, found=hex_text(raw), expected="a value")
        volts = (int.from_bytes(raw) / self.divide + self.add) / _PER_VOLT[self.unit]
        if not 0 < volts <= MOST_V:
            raise MalformedAnswer(
                label, found=f"{hex_text(raw)} ({volts:g} V)", expected=f"a car's voltage, 0 to {MOST_V:g} V"
            )
        return volts


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one control unit said of its own supply.

    Attributes:
        volts: None: it told none.
        why: The reason why it told none, a sentence without a full stop; empty when it did.
    """

    address: int
    volts: float | None
    why: str = ""
