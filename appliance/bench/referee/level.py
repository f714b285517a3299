"""Law 9: the integration level is written last, once, journalled before and read back after."""

from __future__ import annotations

from appliance import uds
from appliance.bench.referee.rule import Rule
from appliance.bench.referee.seen import LEVELS, Answer, Marked, Request


class LevelLast(Rule):
    """Law 9: `2E 10 0B` only when every control unit of the job is proven and no datablock is open, never where the
    vehicle keeps its level; never a second time unless the first was refused, or a reading in between shows that it
    did not take (law 5).
    """

    law = "9"
    _begun = False
    _written: bytes | None = None  # what was written, refused or not; None: nothing
    _read: bytes | None = None  # since it was written, in this life; None: not read

    def begun(self, at_s: float) -> None:  # noqa: ARG002
        """What an earlier life read proves nothing now."""
        self._read = None

    def asked(self, request: Request) -> None:
        """Look at a write of the level."""
        if request.sid != uds.Sid.WRITE_DATA_BY_IDENTIFIER or request.identifier != LEVELS:
            return
        at_s = request.at_s
        self.require(self.job.raises_level, "the level is written, and it is not the vehicle's", at_s)
        unproven = [f"0x{unit.address:02X}" for unit in self.job.units if not self._proven(unit.address)]
        self.require(request.to == self.job.gateway, "the level is written to another than the gateway", at_s)
        self.require(not unproven, f"the level is written while {', '.join(unproven)} is not proven", at_s)
        self.require(not self.ledger.open_blocks, "the level is written while a datablock is erased", at_s)
        self.require(self._begun, "the level is written without LevelBegun before it", at_s)
        again = self._written is not None and self._read in (None, self._written)
        self.require(not again, "the level is written a second time", at_s)
        self._written, self._read = request.payload[3:], None

    def answered(self, answer: Answer) -> None:
        """A refused write is none; a reading shows what is."""
        if answer.request.identifier != LEVELS or answer.source != self.job.gateway:
            return
        if answer.request.sid == uds.Sid.READ_DATA_BY_IDENTIFIER and answer.positive:
            self._read = answer.payload[3:]
        elif answer.nrc is not None and not answer.pending:
            self._written = None

    def marked(self, mark: Marked) -> None:
        """The level is done only when it was read so."""
        if mark.name == "LevelBegun":
            self._begun = True
        elif mark.name == "LevelWritten":
            true = self._read is not None and self._written in (None, self._read)
            self.require(true, "LevelWritten is marked and the level was not read back so", mark.at_s)

    def _proven(self, address: int) -> bool:
        known = self.ledger.of(address)
        return known.programmed or known.at_target
