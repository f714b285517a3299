"""Coding data as bytes: what a change does to them, and whether changes agree with each other.

New coding is what the control unit had, with some bits set anew and everything else as it was.  Carried out twice, a
change does what it does once; changes that do not contradict each other may be carried out in any order.

Where a bit of meaning stands in coding data differs from variant to variant, and no source of ours tells: whoever
writes a campaign says it.  Pure.  Source: facts.md §5.1, coding part; decision 0030.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from appliance.errors import MalformedAnswer


@dataclass(frozen=True, slots=True)
class Change:
    """Bits of one byte of coding data that are set anew.

    Attributes:
        did: The data identifier; `byte`: counted from 0, behind the identifier.
        mask: Which bits; `value`: what they are then, in their places, 0 elsewhere.
        why: The reason, which plan and report repeat.
    """

    did: int
    byte: int
    mask: int
    value: int
    why: str

    @property
    def words(self) -> str:
        """All of it for people, a clause."""
        return f"{self.did:04X} byte {self.byte}, bits {self.mask:02X} become {self.value:02X}, because {self.why}"


def recoded(did: int, data: bytes, changes: Iterable[Change]) -> bytes:
    """What an identifier holds when every change of it was carried out, in this order.

    Args:
        data: What it held before.
        changes: Those of other identifiers do nothing here.

    Raises:
        MalformedAnswer: a change of it is beyond its end.
    """
    new = bytearray(data)
    for change in changes:
        if change.did != did:
            continue
        if change.byte >= len(new):
            name = f"coding data {did:04X}"
            raise MalformedAnswer(
                name, found=f"{len(new)} bytes", expected=f"{change.byte + 1} or more: {change.words}"
            )
        new[change.byte] = (new[change.byte] & ~change.mask) | (change.value & change.mask)
    return bytes(new)


def contradiction(changes: Sequence[Change]) -> tuple[Change, Change] | None:
    """The first two that set one bit differently; None: there are none."""
    return next((pair for pair in combinations(changes, 2) if differ(*pair)), None)


def differ(one: Change, other: Change) -> bool:
    """Whether both set a bit, and not to the same."""
    same_place = (one.did, one.byte) == (other.did, other.byte)
    return same_place and bool((one.value ^ other.value) & one.mask & other.mask)


def includes(whole: Iterable[Change], part: Iterable[Change]) -> bool:
    """Whether whoever carries out `whole`, which does not contradict itself, has carried out `part` as well."""
    bits = {bit for change in whole for bit in _bits(change)}
    return all(bit in bits for change in part for bit in _bits(change))


def _bits(change: Change) -> Iterable[tuple[int, int, int, int]]:
    """Each bit that is set: identifier, byte, the bit, and what it is then."""
    for bit in (1 << place for place in range(8)):
        if change.mask & bit:
            yield change.did, change.byte, bit, change.value & bit
