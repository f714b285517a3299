"""Laws 1, 2 and 5: RequestDownload, TransferData, RequestTransferExit, check memory (ISO 14229-1:2013, clause 14)."""

from __future__ import annotations

import hashlib

from appliance import uds
from appliance.bench.referee.job import Job
from appliance.bench.referee.ledger import Ledger, Transfer
from appliance.bench.referee.rule import Accuse, Rule
from appliance.bench.referee.seen import CHECK_MEMORY, NOT_DONE, Answer, Request


class DownloadRequested(Rule):
    """Law 5: a download goes to the datablock that was just erased, whole (14.2)."""

    law = "5"

    def asked(self, request: Request) -> None:
        """Look at a RequestDownload."""
        if request.sid != uds.Sid.REQUEST_DOWNLOAD:
            return
        unit, known = self.job.unit(request.to), self.ledger.of(request.to)
        place, length = request.payload[3:7], int.from_bytes(request.payload[7:], "big")
        index = unit.index_of(int.from_bytes(place, "big")) if unit else None
        if unit is None or index is None:
            self.object(f"download to {place.hex()} of 0x{request.to:02X}, which is not of the job", request.at_s)
            return
        block = unit.blocks[index]
        self.require(
            known.erased == block.address, f"download of datablock {index}, not erased before it", request.at_s
        )
        self.require(length == block.length, f"download of {length} bytes instead of {block.length}", request.at_s)


class TransferInOrder(Rule):
    """Law 1: pieces in order, none longer than granted, the next only when the one before is confirmed (14.4), the end
    only when all that was announced has come (14.5).
    """

    law = "1"

    def __init__(self, job: Job, ledger: Ledger, accuse: Accuse) -> None:
        super().__init__(job, ledger, accuse)
        self._waiting: set[int] = set()  # units that owe the answer to a TransferData

    def begun(self, at_s: float) -> None:  # noqa: ARG002
        """Nothing is owed to a new life."""
        self._waiting.clear()

    def asked(self, request: Request) -> None:
        """Look at TransferData and RequestTransferExit."""
        transfer = self.ledger.of(request.to).transfer
        if request.sid == uds.Sid.REQUEST_DOWNLOAD:
            self._waiting.discard(request.to)
        elif request.sid not in (uds.Sid.TRANSFER_DATA, uds.Sid.REQUEST_TRANSFER_EXIT):
            return
        elif transfer is None:
            self.object(f"{uds.service_name(request.sid)} outside a download", request.at_s)
        elif request.to in self._waiting:
            self.object(f"{uds.service_name(request.sid)} before the piece before is confirmed", request.at_s)
        elif request.sid == uds.Sid.TRANSFER_DATA:
            self._waiting.add(request.to)
            self._piece(request, transfer)
        else:
            here, whole = len(transfer.received), transfer.length
            self.require(here == whole, f"transfer ended after {here} of {whole} bytes", request.at_s)

    def _piece(self, request: Request, transfer: Transfer) -> None:
        counter, size = request.payload[1], len(request.payload)
        after = len(transfer.received) + size - 2
        self.require(
            counter == transfer.counter,
            f"block sequence counter {counter:02X} instead of {transfer.counter:02X}",
            request.at_s,
        )
        self.require(
            size <= transfer.block_length,
            f"TransferData of {size} bytes, granted {transfer.block_length}",
            request.at_s,
        )
        self.require(after <= transfer.length, f"{after} bytes sent of {transfer.length} announced", request.at_s)

    def answered(self, answer: Answer) -> None:
        """A piece is confirmed, or was not taken at all."""
        if answer.request.sid == uds.Sid.TRANSFER_DATA and (answer.positive or answer.nrc in NOT_DONE):
            self._waiting.discard(answer.source)


class ImageWhole(Rule):
    """Law 2: what is sent is the verified image, bit for bit."""

    law = "2"

    def asked(self, request: Request) -> None:
        """Look at what has come before the end of a transfer."""
        unit, transfer = self.job.unit(request.to), self.ledger.of(request.to).transfer
        if request.sid != uds.Sid.REQUEST_TRANSFER_EXIT or unit is None or transfer is None:
            return
        index = unit.index_of(transfer.place)
        wanted = unit.blocks[index].sha256 if index is not None else ""
        if wanted and hashlib.sha256(transfer.received).hexdigest() != wanted:
            self.object(f"what was sent of datablock {index} is not its image", request.at_s)


class CheckedAfterExit(Rule):
    """Law 1: memory is checked when its download is ended and confirmed, not before (facts.md §5.1 row 15)."""

    law = "1"

    def asked(self, request: Request) -> None:
        """Look at a check memory."""
        if request.routine == CHECK_MEMORY:
            ended = self.ledger.of(request.to).exited == request.place
            self.require(ended, f"check memory at {request.place:08X} without a download before it", request.at_s)
