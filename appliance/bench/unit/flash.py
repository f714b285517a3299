"""Flash memory: erase, RequestDownload, TransferData, RequestTransferExit (ISO 14229-1:2013, clause 14; facts.md §5.1).

A region is lost with the first pulse of its erase.  What is transferred lives in the control unit's working memory as
far as its content goes, but the first block already leaves the region unclean: it must be erased before it can be
written again, whatever happens in between.  What a sagging supply does meanwhile is in `undervoltage`.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.bench.memory import Slot, SlotState
from appliance.bench.unit.core import Core, Download
from appliance.bench.unit.reaction import Reaction, Session, echo, refuse
from appliance.bench.unit.undervoltage import spoilt_by_writing
from appliance.firmware.synthetic import software_of

MEMORY_FORMAT = bytes.fromhex("0240")  # of the erase: four-byte address, no length (facts.md §5.1 row 11)
ADDRESS_AND_LENGTH = 0x44  # of RequestDownload: four bytes each
PLAIN = 0x00
LENGTH_FORMAT = 0x20  # the answer to RequestDownload gives the block length in two bytes


class Flash:
    """The flash memory of one control unit."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def erase(self, request: bytes) -> Reaction:
        """`31 01 FF 00 02 40 <address>`, with or without the byte that real requests end with."""
        core = self._core
        if not core.may_flash():
            return refuse(0x31, 0x33)
        if core.during.download is not None:
            return refuse(0x31, 0x22)
        slot = core.memory.slot(int.from_bytes(request[6:10], "big")) if request[4:6] == MEMORY_FORMAT else None
        if slot is None:
            return refuse(0x31, 0x31)
        refusal = core.voltage_refusal(0x31)
        if refusal:
            return refusal
        self._lose(slot)
        core.during.erasing = slot.address
        largest = max(one.length for one in core.memory.slots)
        return Reaction(echo(request, 3, b"\x00"), core.profile.erase_s * slot.length / largest, self._erased)

    def _erased(self, _at_s: float) -> None:
        self._core.during.erasing = None

    def _lose(self, slot: Slot) -> None:
        """Content, the proof that the units fit together, the coding, and what it has learned, are gone."""
        erased = replace(slot, software="", state=SlotState.ERASED, clean=True, sound=True)
        emptied = self._core.memory.with_slot(erased)
        coding, learned = _blank(emptied.coding), _blank(emptied.individual)
        self._core.store(replace(emptied, dependencies_good=False, coding=coding, individual=learned))

    def request_download(self, request: bytes) -> Reaction:
        """`34 <format> 44 <address> <length>`."""
        core = self._core
        if core.session is not Session.PROGRAMMING:
            return refuse(0x34, 0x7F)
        if not core.may_flash():
            return refuse(0x34, 0x33)
        if core.during.download is not None:
            return refuse(0x34, 0x22)
        if len(request) != 11 or request[1] != PLAIN or request[2] != ADDRESS_AND_LENGTH:
            return refuse(0x34, 0x31)
        slot = core.memory.slot(int.from_bytes(request[3:7], "big"))
        if slot is None or slot.length != int.from_bytes(request[7:11], "big"):
            return refuse(0x34, 0x31)
        if slot.state is not SlotState.ERASED or not slot.clean:
            return refuse(0x34, 0x70)
        core.during.download = Download(slot.address, slot.length)
        return Reaction(bytes((0x74, LENGTH_FORMAT)) + core.profile.block_length.to_bytes(2, "big"))

    def transfer(self, request: bytes) -> Reaction:
        """`36 <counter> <data>`; a block that comes twice is acknowledged, not written twice (14.4)."""
        core, download, counter = self._core, self._core.during.download, request[1]
        if core.session is not Session.PROGRAMMING:
            return refuse(0x36, 0x7F)
        if download is None:
            return refuse(0x36, 0x24)
        if len(request) > core.profile.block_length:
            return refuse(0x36, 0x13)
        if download.received and counter == (download.next_counter - 1) & 0xFF:
            return Reaction(echo(request, 1))
        if counter != download.next_counter:
            return refuse(0x36, 0x73)
        if len(download.received) + len(request) - 2 > download.length:
            return refuse(0x36, 0x31)
        refusal = core.voltage_refusal(0x36)
        if refusal:
            return refusal
        self._write(download, request[2:])
        return Reaction(echo(request, 1))

    def _write(self, download: Download, data: bytes) -> None:
        slot = self._core.memory.slot(download.address)
        assert slot is not None
        sound = slot.sound and not spoilt_by_writing(self._core.world.volts())
        self._core.store(self._core.memory.with_slot(replace(slot, clean=False, sound=sound)))
        download.received += data
        download.next_counter = (download.next_counter + 1) & 0xFF

    def transfer_exit(self, _request: bytes) -> Reaction:
        """`37`, when all that was announced has come."""
        core, download = self._core, self._core.during.download
        if core.session is not Session.PROGRAMMING:
            return refuse(0x37, 0x7F)
        if download is None or len(download.received) != download.length:
            return refuse(0x37, 0x24)
        core.during.download = None
        slot = core.memory.slot(download.address)
        assert slot is not None
        # What was written is known by its content alone; a wrong trailer is found by the check, not here.
        software = software_of(bytes(download.received)) if slot.sound else ""
        written = replace(slot, software=software, state=SlotState.WRITTEN)
        core.store(core.memory.with_slot(written))
        return Reaction(b"\x77")


def _blank(data: tuple[tuple[int, bytes], ...]) -> tuple[tuple[int, bytes], ...]:
    return tuple((did, b"\xff" * len(kept)) for did, kept in data)
