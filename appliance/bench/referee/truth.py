"""Law 1: the report is true, measured against the memory of the simulated car."""

from __future__ import annotations

from appliance.bench.memory import CarMemory, UnitMemory
from appliance.bench.referee.job import Job, Unit
from appliance.bench.referee.ledger import Ledger
from appliance.bench.referee.rule import Accuse, Rule
from appliance.bench.referee.seen import ERASE, End, Request, Said

PROGRAMMED, AT_TARGET = "programmed", "already-at-target"
_NOTHING_WRITTEN = frozenset({AT_TARGET, "not-affected", "cannot-decide", "refused"})


class ReportTrue(Rule):
    """Law 1: "programmed" if and only if the car holds the target software, good, coded as it came, at its level; each
    control unit's verdict is what its memory says; a labour operation is claimed only with its verdict; and who says
    that nothing was written, or a control unit not touched, has not done it since the report before.
    """

    law = "1"

    def __init__(self, job: Job, ledger: Ledger, accuse: Accuse) -> None:
        super().__init__(job, ledger, accuse)
        self._wrote = False
        self._erased: set[int] = set()
        self._coded: dict[int, tuple[tuple[int, bytes], ...]] = {}

    def came(self, car: CarMemory) -> None:
        """The car as it drives in; coding that a bootloader hides cannot be read, and nobody can give it back."""
        self._coded = {unit.address: unit.coding for unit in car.units if unit.good and not unit.coding_lost}

    def asked(self, request: Request) -> None:
        """Remember what was written since the report before."""
        self._wrote = self._wrote or request.writes
        if request.routine == ERASE:
            self._erased.add(request.to)

    def ended(self, end: End) -> None:
        """Hold the report against the car."""
        if end.said is None:
            return
        units = [
            (unit, memory) for unit in self.job.units for memory in end.car.units if memory.address == unit.address
        ]
        done = all(holds(unit, memory) and self._coded_as_before(memory) for unit, memory in units)
        done = done and (end.level_met or not self.job.raises_level)
        self._verdict(end.said, done, end.at_s)
        self._labour(end.said, done, end.at_s)
        for unit, memory in units:
            self._unit(dict(end.said.units).get(unit.address, ""), unit, memory, end.at_s)
        self._wrote = False
        self._erased.clear()

    def _verdict(self, said: Said, done: bool, at_s: float) -> None:
        claims = said.verdict in (PROGRAMMED, AT_TARGET)
        self.require(done or not claims, f"the report says {said.verdict}, and the car is not", at_s)
        if said.verdict in _NOTHING_WRITTEN:
            self.require(not self._wrote, f"the report says {said.verdict}, and something was written", at_s)

    def _labour(self, said: Said, done: bool, at_s: float) -> None:
        due = {PROGRAMMED: self.job.labour_programmed, AT_TARGET: self.job.labour_at_target}.get(said.verdict, "")
        fits = said.labour == "" or (said.labour == due and done)
        self.require(fits, f"{said.labour} is claimed for a car that is {said.verdict}", at_s)

    def _unit(self, verdict: str, unit: Unit, memory: UnitMemory, at_s: float) -> None:
        there = holds(unit, memory)
        true = {
            "": True,
            PROGRAMMED: there,
            "untouched": memory.good and memory.dependencies_good and unit.address not in self._erased,
            "in-bootloader": not (there and self.ledger.of(unit.address).programmed),
            "failed": not there,
        }.get(verdict, False)
        holding = "good" if memory.good else "not good"
        self.require(true, f"0x{unit.address:02X} is called {verdict!r}; its memory is {holding}", at_s)

    def _coded_as_before(self, memory: UnitMemory) -> bool:
        return memory.coding == self._coded.get(memory.address, memory.coding)


def holds(unit: Unit, memory: UnitMemory) -> bool:
    """Whether a memory holds exactly the target software, good."""
    software = {slot.address: slot.software for slot in memory.slots}
    target = {block.address: block.software for block in unit.blocks}
    same = software == target if target else sorted(software.values()) == sorted(unit.software)
    return memory.good and memory.dependencies_good and same
