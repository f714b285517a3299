"""Laws 5 and 6: when a datablock may be erased, and how often."""

from __future__ import annotations

from appliance.bench.referee.ledger import PROGRAMMING
from appliance.bench.referee.rule import Rule
from appliance.bench.referee.seen import ERASE, Request


class EraseAllowed(Rule):
    """Law 1: an erase needs the programming session (ISO 14229-1:2013, 9.2) and SecurityAccess (9.4), both confirmed by
    this control unit in this life of the appliance.
    """

    law = "1"

    def asked(self, request: Request) -> None:
        """Look at an erase."""
        if request.routine != ERASE:
            return
        known, at_s = self.ledger.of(request.to), request.at_s
        self.require(known.session == PROGRAMMING, "erase outside a confirmed programming session", at_s)
        self.require(known.unlocked, "erase without SecurityAccess in this session", at_s)


class EraseJournalled(Rule):
    """Law 6, and 5: an irreversible step is journalled before it is done; `DatablockBegun` is worth one erase of
    exactly its datablock.
    """

    law = "6"

    def asked(self, request: Request) -> None:
        """Look at an erase."""
        if request.routine != ERASE:
            return
        unit = self.job.unit(request.to)
        index = unit.index_of(request.place) if unit else None
        if index is None:
            self.object(f"erase at {request.place:08X} of 0x{request.to:02X}, which is not of the job", request.at_s)
        elif index not in self.ledger.of(request.to).begun:
            self.object(f"erase of datablock {index} without a new DatablockBegun before it", request.at_s)
