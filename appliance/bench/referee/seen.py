"""What the referee sees: messages, marks, the supply, the end of a life; and what it finds wrong.

Plain values in order of time.  A mark comes as name, address and index, because the referee shares no code with those
who make it.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance import uds
from appliance.bench.memory import CarMemory

ERASE, CHECK_MEMORY, DEPENDENCIES = 0xFF00, 0x0202, 0xFF01  # routines (facts.md §5.1, confirmed)
SVK, LEVELS = 0xF101, 0x100B  # identifiers (facts.md §3.4, confirmed)
# Nothing was done, and the control unit says so; the same request may follow (ISO 14229-1 annex A: 0x21, 0x92, 0x93).
NOT_DONE = frozenset({uds.Nrc.BUSY_REPEAT_REQUEST, uds.Nrc.VOLTAGE_TOO_HIGH, uds.Nrc.VOLTAGE_TOO_LOW})
_FLASH = frozenset({uds.Sid.REQUEST_DOWNLOAD, uds.Sid.TRANSFER_DATA, uds.Sid.REQUEST_TRANSFER_EXIT})
_START_ROUTINE = 0x01


@dataclass(frozen=True, slots=True)
class Request:
    """A message of the tester, as it is handed over for sending."""

    at_s: float
    to: int
    payload: bytes

    @property
    def sid(self) -> int:
        """Its service."""
        return self.payload[0]

    @property
    def functional(self) -> bool:
        """Whether every control unit is asked."""
        return self.to == uds.FUNCTIONAL

    @property
    def sub(self) -> int:
        """Its sub-function, without the bit that suppresses the answer; 0 when there is none."""
        return self.payload[1] & 0x7F if len(self.payload) > 1 else 0

    @property
    def keeps_alive(self) -> bool:
        """Whether it is a TesterPresent that nobody answers."""
        return self.payload == uds.TESTER_PRESENT

    @property
    def routine(self) -> int | None:
        """The routine it starts; None: it starts none."""
        starts = self.sid == uds.Sid.ROUTINE_CONTROL and self.sub == _START_ROUTINE
        return int.from_bytes(self.payload[2:4], "big") if starts else None

    @property
    def place(self) -> int:
        """Where in memory the routine works: `31 01 <routine> <format> 40 <address>` (facts.md §5.1 row 11)."""
        return int.from_bytes(self.payload[6:10], "big")

    @property
    def flashes(self) -> bool:
        """Whether it works on a datablock: erase, download, transfer, exit, check."""
        return self.sid in _FLASH or self.routine in (ERASE, CHECK_MEMORY)

    @property
    def writes(self) -> bool:
        """Whether it changes flash memory or stored data."""
        return self.sid in _FLASH or self.routine == ERASE or self.sid == uds.Sid.WRITE_DATA_BY_IDENTIFIER

    @property
    def identifier(self) -> int | None:
        """The identifier it reads or writes; None: it does neither."""
        data = self.sid in (uds.Sid.READ_DATA_BY_IDENTIFIER, uds.Sid.WRITE_DATA_BY_IDENTIFIER)
        return int.from_bytes(self.payload[1:3], "big") if data else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What one control unit said to a request."""

    at_s: float
    source: int
    payload: bytes
    request: Request

    @property
    def nrc(self) -> int | None:
        """Why it refuses; None: it does not."""
        return uds.negative_code(self.request.payload, self.payload)

    @property
    def positive(self) -> bool:
        """Whether it has the right echo (law 1)."""
        return uds.is_positive(self.request.payload, self.payload)

    @property
    def pending(self) -> bool:
        """Whether it only asks for more time."""
        return self.nrc == uds.Nrc.RESPONSE_PENDING

    @property
    def block_length(self) -> int:
        """What `74 <size> <block length>` allows (ISO 14229-1:2013, 14.2: both are mandatory); 0: it is not whole."""
        size = self.payload[1] >> 4 if len(self.payload) > 1 else 0
        return int.from_bytes(self.payload[2:], "big") if len(self.payload) == 2 + size else 0

    @property
    def status(self) -> bytes:
        """What a routine says besides its echo."""
        return self.payload[4:]


@dataclass(frozen=True, slots=True)
class Marked:
    """A fact became durable. `address` and `index` are None where the fact has none."""

    at_s: float
    name: str
    address: int | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """The supply as it truly is.

    Attributes:
        readable: Whether the voltage monitor tells it.
    """

    at_s: float
    volts: float
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """What a report says.

    Attributes:
        labour: The labour operation it claims; empty: none.
        units: Address and verdict of each control unit of the plan.
        words: Reason and notes, in one.
    """

    verdict: str
    labour: str
    units: tuple[tuple[int, str], ...]
    words: str


@dataclass(frozen=True, slots=True)
class End:
    """A life ended in order, and how the car is then.

    Attributes:
        said: None: there was no report.
        level_met: Whether the car's integration level is the target or above.
    """

    at_s: float
    said: Said | None
    car: CarMemory
    level_met: bool


@dataclass(frozen=True, slots=True)
class Violation:
    """A law was broken; `before` are the last messages up to then, oldest first."""

    law: str
    words: str
    at_s: float
    before: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n    ".join((f"{self.at_s:.3f} s, law {self.law}: {self.words}", *self.before))
