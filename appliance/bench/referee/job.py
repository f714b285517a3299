"""What the referee is told beforehand: what is to be programmed, and what a fit supply is."""

from __future__ import annotations

from dataclasses import dataclass

GATEWAY = 0x10  # facts.md §1, confirmed


@dataclass(frozen=True, slots=True)
class Block:
    """One datablock of the bulletin.

    Attributes:
        software: PSdZ text of what it holds.
        sha256: Of its image; empty: whatever is sent is taken for it.
    """

    address: int
    length: int
    software: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Recoding:
    """Bits of coding data that the bulletin wants otherwise, in vehicles whose order has all of `needs` and none of
    `excludes`.
    """

    did: int
    byte: int
    mask: int
    value: int
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """A control unit of the bulletin.

    Attributes:
        entries: What its SVK holds when it is programmed, eight bytes each.
        software: PSdZ texts of the same; what is only looked at has no blocks to tell it by.
    """

    address: int
    blocks: tuple[Block, ...]
    entries: tuple[bytes, ...]
    software: tuple[str, ...] = ()
    recodings: tuple[Recoding, ...] = ()

    def index_of(self, place: int) -> int | None:
        """The number of the datablock that begins there; None: there is none."""
        return next((index for index, block in enumerate(self.blocks) if block.address == place), None)


@dataclass(frozen=True, slots=True)
class Fit:
    """When the supply is fit, and how late a guard may notice that it is not.

    Attributes:
        tolerance_v: How far beyond a limit counts: noise, and the monitor's steps of 4 mV (TI SBOS448G).
        notices_s: A filter of a few samples at 20 Hz or more, and the request that was on its way; law 3 of
            docs/architecture.md allows no decision on a sample older than 200 ms.
        blind_s: How long nothing may be read before that counts as low.
    """

    hold_v: float = 13.0  # repair instruction: never below while programming (facts.md §6, confirmed)
    hold_now_v: float = 12.55  # ISTA's warning limit (same section, confirmed)
    upper_warn_v: float = 15.0
    upper_stop_v: float = 16.1
    debounce_s: float = 0.5
    tolerance_v: float = 0.02
    notices_s: float = 0.25
    blind_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Times:
    """Times of ISO 14229-2, and those a manufacturer sets."""

    p2_s: float = 0.05  # table 4: P2 server, unless the control unit names its own with its session
    p2_star_s: float = 5.0  # same table
    s3_s: float = 5.0  # table 5
    # Response pending without an end: the standard sets none, so a tester must; sooner than this is no patience. Ours.
    pending_s: float = 10.0
    security_delay_s: float = 10.0  # requiredTimeDelay is the manufacturer's; from memory


@dataclass(frozen=True, slots=True)
class Job:
    """One campaign on one car.

    Attributes:
        labour_programmed / labour_at_target: The bulletin's two labour operations.
        fit: None: nobody guards the supply, by intent.
        second_opinion: Whether a datablock that is erased may be finished while the voltage monitor is dead, because
            a control unit tells its own supply.
        raises_level: Off: the vehicle keeps its integration level: a control unit is worked on alone, or there is one
            that nobody knows to be at the level.
        order: Everything the vehicle order names.
    """

    units: tuple[Unit, ...]
    labour_programmed: str
    labour_at_target: str
    fit: Fit | None = Fit()
    times: Times = Times()
    gateway: int = GATEWAY
    second_opinion: bool = False
    raises_level: bool = True
    order: frozenset[str] = frozenset()

    def unit(self, address: int | None) -> Unit | None:
        """A control unit of the bulletin; None: it is not of the bulletin."""
        return next((unit for unit in self.units if unit.address == address), None)
