"""Records of address and bytes, in any order, as segments without gaps.

Rules.  No two records speak of one address: which of them is meant nobody knows.  What lies side by side is one
segment, whatever the order of the records.  Gaps stay gaps: a byte that no record names is invented by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from appliance.campaign.model import ADDRESS_SPACE
from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.limits import Limits
from appliance.firmware.containers.model import Segment

_RUNS_PER_SEGMENT = 16  # records that jump to and fro and still end as few segments; ours


@dataclass(slots=True)
class _Run:
    """Records that followed each other without a gap."""

    address: int
    line: int
    data: bytearray = field(default_factory=bytearray)

    @property
    def end(self) -> int:
        return self.address + len(self.data)


class MemoryImage:
    """Collects the records of one file, called `name` in messages."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._runs: list[_Run] = []
        self._size_bytes = 0

    def add(self, address: int, data: bytes, line: int) -> None:
        """One record.

        Raises:
            ContainerError: it reaches beyond four-byte addresses, or there are too many bytes or jumps.
        """
        where = f"{self._name}:{line}"
        self._size_bytes += len(data)
        if address + len(data) > ADDRESS_SPACE:
            raise ContainerError(
                f"the record at 0x{address:X} reaches beyond the four-byte address space", where=where, do=_MAKE_AGAIN
            )
        if self._size_bytes > self._limits.data_bytes:
            raise ContainerError(
                f"more than {self._limits.data_bytes} bytes of data",
                where=where,
                do="check that it is firmware; a larger container is read with larger limits",
            )
        if not self._runs or self._runs[-1].end != address:
            self._runs.append(_Run(address, line))
        if len(self._runs) > self._limits.segments * _RUNS_PER_SEGMENT:
            raise self._too_scattered(where)
        self._runs[-1].data += data

    def segments(self) -> tuple[Segment, ...]:
        """What was collected, by address.

        Raises:
            ContainerError: nothing was, records overlap, a segment begins at an odd address, or there are too many.
        """
        runs = sorted((run for run in self._runs if run.data), key=lambda run: run.address)
        if not runs:
            raise ContainerError("it holds no data", where=self._name, do=_MAKE_AGAIN)
        for before, after in pairwise(runs):
            if after.address < before.end:
                self._raise_overlap(before, after)
        joined: list[list[_Run]] = []
        for run in runs:
            if joined and joined[-1][-1].end == run.address:
                joined[-1].append(run)
            else:
                joined.append([run])
        if len(joined) > self._limits.segments:
            raise self._too_scattered(self._name)
        for first, *_ in joined:
            check_alignment(first.address, self._limits, f"{self._name}:{first.line}")
        return tuple(Segment(group[0].address, b"".join(run.data for run in group)) for group in joined)

    def _raise_overlap(self, before: _Run, after: _Run) -> None:
        last = min(before.end, after.end) - 1
        first_line, second_line = sorted((before.line, after.line))
        raise ContainerError(
            f"0x{after.address:08X} to 0x{last:08X} is there twice: in the records that begin in line {first_line}, "
            f"and again in those that begin in line {second_line}",
            where=f"{self._name}:{second_line}",
            do=f"{_MAKE_AGAIN}; nobody can say which of them is meant",
        )

    def _too_scattered(self, where: str) -> ContainerError:
        return ContainerError(
            f"its data are scattered over more than {self._limits.segments} segments",
            where=where,
            do="check that it is firmware; a larger container is read with larger limits",
        )


_MAKE_AGAIN = "have the file made again from its source"


def check_alignment(address: int, limits: Limits, where: str) -> None:
    """Flash memory is erased and written in words; a segment that begins between two is a slip.

    Raises:
        ContainerError: it is not a multiple of the limit.
    """
    if address % limits.alignment_bytes:
        raise ContainerError(
            f"the segment at 0x{address:08X} begins at an odd address, no multiple of {limits.alignment_bytes}",
            where=where,
            do="look for a record that is missing before it",
        )
