"""What `program` needs to know about one control unit: values only, frozen before the first write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from appliance.car.coding import Change
from appliance.procedure.key import KeyFunction, KeyService

CODING_S = 5.0  # session, access, write, checksum of one coding block; from memory

SecurityProvider: TypeAlias = KeyFunction | KeyService


@dataclass(frozen=True, slots=True)
class Times:
    """How long the control unit may take, seconds; its own words (DID 2504) where it gave them.

    The defaults are the real DME's of facts.md §3.4 (120/60/10/5 s, confirmed for one car).
    """

    erase_s: float = 120.0
    check_memory_s: float = 60.0
    authentication_s: float = 10.0
    reset_s: float = 5.0

    def limit_s(self, expected_s: float) -> float:
        """How long response pending may go on for a step expected to take `expected_s`."""
        return expected_s * 1.5 + 10.0  # a cold or aged flash is slower than its label; never for ever


@dataclass(frozen=True, slots=True)
class DatablockJob:
    """One datablock and the verified bytes for it."""

    index: int
    name: str
    address: int
    data_format: int
    sha256: str
    software: str
    image: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """One control unit to program.

    Attributes:
        body_address: Where the diagnosis power mode is set (facts.md §5.1 row 0); None: not set.
        target_software: PSdZ texts of every software unit it must name afterwards, no more and no less.
        compared_classes: Process classes (`SWFL`, …) that count in that comparison.
        security: SecurityAccess provider.
        security_variant: What the campaign says behind its name; empty: nothing.
        vin: Of the car, for that provider; empty: no control unit named one.
        seed_record: Data sent with requestSeed; FFFFFFFF = no user id (facts.md §5.1, confirmed on an EGS).
        fingerprint: 13 bytes for DID F15A (facts.md §3.3).
        erase_suffix: Closes the erase request; a form without it exists (facts.md §5.1, parameter).
        in_bootloader: Its application was not proven when it was last observed.
        coding: Identifiers to save before and write back after.
        individual: The same of individual data; only what is programmed loses any.
        changes: What of the saved coding data is written anew; empty: it is written back as it was.
        coding_stamp: Last seven of the VIN, written as coding proof (DID 37FE); empty: none.
        max_attempts: Times one datablock may fail until a person presses START anew.
        block_limit: Longest TransferData we send, bytes, if the control unit grants more; None: as it grants.
        pause_s: Time left to it between two TransferData.
        max_cuts: Times in a row it may be cut off before its proof; see `attempts`.
    """

    address: int
    name: str
    datablocks: tuple[DatablockJob, ...]
    target_software: tuple[str, ...]
    security: SecurityProvider
    fingerprint: bytes
    compared_classes: frozenset[str] = frozenset({"SWFL", "SWFF", "SWPF", "SWFK", "FLSL"})
    body_address: int | None = None
    security_level: int = 0x11
    security_variant: str = ""
    vin: str = ""
    seed_record: bytes = b"\xff\xff\xff\xff"
    erase_suffix: bytes = b"\x06"
    in_bootloader: bool = False
    coding: tuple[int, ...] = ()
    individual: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()
    coding_stamp: bytes = b""
    times: Times = field(default_factory=Times)
    max_attempts: int = 3
    max_cuts: int = 12  # ours: more than any bad day of loose plugs, far fewer than the erases a flash bears
    block_limit: int | None = None
    pause_s: float = 0.0
    rate_bytes_per_s: float = 20_000.0  # 22 to 27 kB/s is what the wire carries (facts.md §1); the rest is reserve

    def datablock_s(self, block: DatablockJob) -> float:
        """How long a datablock takes from its erase to its proof, by the control unit's own times."""
        return self.times.erase_s + self.wire_s(block) + self.times.check_memory_s

    def wire_s(self, block: DatablockJob) -> float:
        """How long its transfer takes with the wire to itself."""
        return len(block.image) / self.rate_bytes_per_s

    def erase_s(self, block: DatablockJob) -> float:
        """How long its erase probably takes: DID 2504 speaks of the worst, and flash is erased sector by sector."""
        longest = max(len(other.image) for other in self.datablocks)
        return self.times.erase_s * len(block.image) / max(1, longest)

    @property
    def expected_s(self) -> float:
        """How long all of it takes."""
        return sum(map(self.datablock_s, self.datablocks)) + self.closing_s

    @property
    def closing_s(self) -> float:
        """How long everything after the last datablock takes: dependencies, reset, individual data, coding."""
        blocks = len(self.coding) + bool(self.individual)  # individual data share one reset
        return self.times.check_memory_s + self.times.reset_s + (self.times.reset_s + CODING_S) * blocks

    @property
    def size_bytes(self) -> int:
        """Image bytes of all datablocks."""
        return sum(len(block.image) for block in self.datablocks)
