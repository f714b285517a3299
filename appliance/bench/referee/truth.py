"""Law 1: the report is true, measured against the memory of the simulated car."""

from __future__ import annotations

from appliance import uds
from appliance.bench.memory import CarMemory, UnitMemory
from appliance.bench.referee.coding import Data
from appliance.bench.referee.job import Job, Unit
from appliance.bench.referee.ledger import Ledger
from appliance.bench.referee.rule import Accuse, Rule
from appliance.bench.referee.seen import ERASE, End, Request, Said

PROGRAMMED, AT_TARGET = "programmed", "already-at-target"
_NOTHING_WRITTEN = frozenset({AT_TARGET, "not-affected", "cannot-decide", "refused"})


class ReportTrue(Rule):
    """Law 1: "programmed" if and only if the car holds the target software, good, at its level, with the coding it came
    with, changed by the job's rules and nothing else, and its individual data; each control unit's verdict is what its
    memory says; a labour operation is claimed only with its verdict; and who says that nothing was written, or a
    control unit not touched, has not done it since the report before.  Whoever writes such data writes nothing else.
    """

    law = "1"

    def __init__(self, job: Job, ledger: Ledger, accuse: Accuse) -> None:
        super().__init__(job, ledger, accuse)
        self._wrote = False
        self._erased: set[int] = set()
        self._coded: set[int] = set()
        self._data = Data(job, CarMemory("", "", b"", b""))

    def came(self, car: CarMemory) -> None:
        """The car as it drives in."""
        self._data = Data(self.job, car)

    def asked(self, request: Request) -> None:
        """Look at a write of coding or individual data; remember what was written since the report before."""
        self._wrote = self._wrote or request.writes
        data, did = self._data.due.get(request.to, {}), request.identifier
        if request.sid == uds.Sid.WRITE_DATA_BY_IDENTIFIER and did in data:
            self._coded.add(request.to)
            words = f"{did:04X} of 0x{request.to:02X} is written otherwise than it came and the job's rules make it"
            self.require(request.payload[3:] == data[did], words, request.at_s)
        if request.routine == ERASE:
            self._erased.add(request.to)

    def ended(self, end: End) -> None:
        """Hold the report against the car."""
        if end.said is None:
            return
        units = [
            (unit, memory) for unit in self.job.units for memory in end.car.units if memory.address == unit.address
        ]
        done = all(holds(unit, memory) and self._has_its_data(memory, end.said) for unit, memory in units)
        done = done and (end.level_met or not self.job.raises_level)
        self._verdict(end.said, done, end.at_s)
        self._labour(end.said, done, end.at_s)
        for unit, memory in units:
            self._unit(dict(end.said.units).get(unit.address, ""), unit, memory, end.at_s)
        self._wrote = False
        self._erased.clear()
        self._coded.clear()

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
            "untouched": memory.good and memory.dependencies_good and unit.address not in self._erased | self._coded,
            "coded": there and self._data.right(unit.address, _data(memory), changed=True),
            "half-coded": memory.good and unit.address not in self._erased,
            "in-bootloader": not (there and self.ledger.of(unit.address).programmed),
            "failed": not there,
        }.get(verdict, False)
        holding = "good" if memory.good else "not good"
        self.require(true, f"0x{unit.address:02X} is called {verdict!r}; its memory is {holding}", at_s)

    def _has_its_data(self, memory: UnitMemory, said: Said) -> bool:
        """A vehicle at its target is left alone, whatever rules there are."""
        return self._data.right(memory.address, _data(memory), changed=said.verdict != AT_TARGET)


def _data(memory: UnitMemory) -> dict[int, bytes]:
    return {**dict(memory.coding), **dict(memory.individual)}


def holds(unit: Unit, memory: UnitMemory) -> bool:
    """Whether a memory holds exactly the target software, good."""
    software = {slot.address: slot.software for slot in memory.slots}
    target = {block.address: block.software for block in unit.blocks}
    same = software == target if target else sorted(software.values()) == sorted(unit.software)
    return memory.good and memory.dependencies_good and same
