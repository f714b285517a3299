"""What the simulated car keeps when its power is cut: one JSON file, replaced whole at each change.

A car outlives the appliance's process.  The bench's car must too, or a resumed run would meet a different one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from appliance.engine.files import put_file
from appliance.errors import JournalError
from appliance.values import from_json, to_json


class SlotState(StrEnum):
    """What may be said of a region of flash memory."""

    GOOD = "good"  # complete and checked
    ERASED = "erased"  # holds nothing that can be used, though something may have been written
    WRITTEN = "written"  # complete, not yet checked


@dataclass(frozen=True, slots=True)
class Slot:
    """A region of flash memory that holds one software unit.

    Attributes:
        software: PSdZ text of what is in it; empty when nothing usable is.
        clean: Nothing was written since it was erased; says nothing unless it is erased.
        sound: Erased and written at a fit voltage; if not, it does not hold what it was given.
    """

    address: int
    length: int
    software: str
    state: SlotState = SlotState.GOOD
    clean: bool = True
    sound: bool = True


@dataclass(frozen=True, slots=True)
class StoredFault:
    """A trouble code as stored: three-byte code and status byte."""

    code: int
    status: int


class Cure(StrEnum):
    """What alone frees a control unit that is stuck, weakest first; `bench.unit.stuck` tells how it shows."""

    NONE = "none"  # it is not stuck, or programming it again is all it needs
    FRESH_SESSION = "fresh-session"
    SMALL_BLOCKS = "small-blocks"
    POWER_CYCLE = "power-cycle"
    BATTERY = "battery"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class UnitMemory:
    """One control unit's non-volatile memory.

    Attributes:
        fixed: PSdZ texts of hardware, bootloader and coding.
        dependencies_good: Result of the last check of programming dependencies.
        coding: Identifier and data, as pairs; `individual` data, which it has learned: the same.
        programmed: How often it was programmed (DID 2502).
        fingerprint: 13 bytes of DID F15A.
        energy_mode: DID 100A.
        coding_stamp: DID 37FE; empty: never written.
        lost: Its bootloader is damaged: it answers, and is not programmed any more.
        cure: What a failed flash has left it in need of.
    """

    address: int
    fixed: tuple[str, ...]
    slots: tuple[Slot, ...]
    dependencies_good: bool = True
    coding: tuple[tuple[int, bytes], ...] = ()
    faults: tuple[StoredFault, ...] = ()
    programmed: int = 2
    fingerprint: bytes = bytes.fromhex("180130 8A 04D2 01 00001000 0000")
    energy_mode: int = 0
    coding_stamp: bytes = b""
    lost: bool = False
    cure: Cure = Cure.NONE
    individual: tuple[tuple[int, bytes], ...] = ()

    def slot(self, address: int) -> Slot | None:
        """The flash region that begins at `address`."""
        return next((slot for slot in self.slots if slot.address == address), None)

    def with_slot(self, changed: Slot) -> UnitMemory:
        """The same memory with one region changed."""
        return replace(self, slots=tuple(changed if s.address == changed.address else s for s in self.slots))

    @property
    def good(self) -> bool:
        """Whether the application can run."""
        return all(slot.state is SlotState.GOOD for slot in self.slots)

    @property
    def coding_lost(self) -> bool:
        """Whether coding data is blank, as an erase leaves it."""
        return any(not data.strip(b"\xff") for _, data in self.coding)


@dataclass(frozen=True, slots=True)
class CarMemory:
    """The whole car's non-volatile memory, and which scenario it was made for.

    Attributes:
        order: Vehicle order as DID 3F06 holds it.
        levels: Integration levels as DID 100B holds them.
        done: Happenings of the scenario that have happened, so that a restart does not repeat them.
    """

    scenario: str
    vin: str
    order: bytes
    levels: bytes
    units: tuple[UnitMemory, ...] = ()
    done: tuple[str, ...] = ()

    def unit(self, address: int) -> UnitMemory:
        """One control unit's memory."""
        return next(unit for unit in self.units if unit.address == address)

    def with_unit(self, changed: UnitMemory) -> CarMemory:
        """The same car with one control unit's memory changed."""
        return replace(self, units=tuple(changed if u.address == changed.address else u for u in self.units))


class MemoryFile:
    """Holds a car's memory, on disk when a path is given.

    Args:
        path: The file; None keeps the memory in this process only (sweeps).

    Raises:
        JournalError: the file cannot be written.
    """

    def __init__(self, path: Path | None, memory: CarMemory) -> None:
        self._path = path
        self.now = memory
        self.keep(memory)

    def keep(self, memory: CarMemory) -> None:
        """Make a new state of the memory durable.

        Raises:
            JournalError: the file cannot be written.
        """
        self.now = memory
        if self._path is None:
            return
        try:
            put_file(self._path, to_json(memory).encode("utf-8"), durable=True)
        except OSError as error:
            raise JournalError(
                f"the simulated car could not be kept: {error.strerror}", where=str(self._path), do="free some space"
            ) from error

    def happened(self, name: str) -> None:
        """Remember that a happening of the scenario has happened."""
        self.keep(replace(self.now, done=(*self.now.done, name)))


def load_memory(path: Path) -> CarMemory | None:
    """The car kept in a file; None when there is no such file.

    Raises:
        JournalError: the file is damaged, or cannot be read.
    """
    if not path.exists():
        return None
    try:
        return from_json(path.read_text(encoding="utf-8"), CarMemory)
    except OSError as error:
        raise JournalError(f"the simulated car cannot be read: {error.strerror}", where=str(path)) from error
    except ValueError as error:
        raise JournalError(
            f"the simulated car is damaged: {error}", where=str(path), do="delete this file; a new car is plugged in"
        ) from error
