"""Law 6: nothing is journalled as done before it is true."""

from __future__ import annotations

from appliance.bench.referee.rule import Rule
from appliance.bench.referee.seen import Marked


class MarksTrue(Rule):
    """Law 6: `DatablockProgrammed` after a good check memory of that datablock since its last erase;
    `DependenciesChecked` after a good `31 01 FF 01`; `UnitProgrammed` after an F101, read outside the programming
    session since the last reset, that holds the target and says that its check is passed.
    """

    law = "6"

    def marked(self, mark: Marked) -> None:
        """Look at a mark."""
        if mark.address is None:
            return
        known = self.ledger.of(mark.address)
        proven = {
            "DatablockProgrammed": mark.index in known.checked,
            "DependenciesChecked": known.dependencies and not known.open,
            "UnitProgrammed": known.named and not known.open,
        }.get(mark.name, True)
        which = "" if mark.index is None else f" of datablock {mark.index}"
        self.require(proven, f"{mark.name}{which} of 0x{mark.address:02X} is marked and not proven", mark.at_s)
