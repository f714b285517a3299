"""What is on a card whose machine is dead: the file system, the journal, and whether both agree with the car.

The card itself is left alone: a copy is replayed (ext4's journal, as mounting would), checked without repairing
anything, and its files are taken out.  What is found wrong comes as sentences; none is good.

The rules about facts are an independent reading of laws 1 and 6 (docs/architecture.md): they know the names in the
journal, the car's memory and which erases it was asked for, and nothing of those who marked.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from appliance.bench.car import DME
from appliance.bench.memory import CarMemory, SlotState
from appliance.campaign.model import CampaignUnit
from tests.vm.errors import MachineError

_SBIN = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of the journal."""

    name: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What the card holds.

    Attributes:
        troubles: Of file system and database.
        facts: Of all runs, oldest first.
        report: Of the newest run; None: it has none yet.
        lives: How many lives there were, and how each ended.
    """

    troubles: tuple[str, ...]
    facts: tuple[Fact, ...] = ()
    report: dict[str, Any] | None = None
    lives: tuple[str, ...] = ()

    def count(self, name: str) -> int:
        """How many facts have this name."""
        return sum(fact.name == name for fact in self.facts)


def look(card: Path) -> Found:
    """Look at the image of a card.

    Raises:
        MachineError: it cannot be looked at at all.
    """
    with TemporaryDirectory(dir=card.parent) as folder:
        copy = Path(folder) / "card.img"
        _do("cp", "--sparse=always", str(card), str(copy))
        replayed = _do("e2fsck", "-E", "journal_only", "-p", str(copy), may_fail=True)
        checked = _do("e2fsck", "-f", "-n", str(copy), may_fail=True)
        troubles = [f"fsck of the card: {out.strip()}" for code, out in (replayed, checked) if code & ~1]
        if checked[0] != 0:
            troubles.append(f"fsck of the card after its journal was replayed: {checked[1].strip()}")
        _do("debugfs", "-R", f"rdump /kl30 {folder}", str(copy))
        journal = Path(folder) / "kl30" / "journal.sqlite"
        if not journal.exists():
            return Found(tuple(troubles))
        with closing(sqlite3.connect(journal)) as db:
            return _journal(db, troubles)


def _journal(db: sqlite3.Connection, troubles: list[str]) -> Found:
    integrity = [row[0] for row in db.execute("PRAGMA integrity_check")]
    if integrity != ["ok"]:
        troubles.append(f"integrity of the journal: {'; '.join(integrity)}")
    lives = tuple(row[0] or "" for row in db.execute("SELECT ended FROM life ORDER BY rowid"))
    run = db.execute("SELECT id, report FROM run ORDER BY rowid DESC LIMIT 1").fetchone()
    if run is None:
        return Found(tuple(troubles), lives=lives)
    rows = db.execute("SELECT kind, body FROM fact ORDER BY seq")
    facts = tuple(Fact(kind, json.loads(body)) for kind, body in rows)
    return Found(tuple(troubles), facts, json.loads(run[1]) if run[1] else None, lives)


def untruths(found: Found, fresh: CarMemory, car: CarMemory, erased: tuple[int, ...], unit: CampaignUnit) -> list[str]:
    """Where the journal and the car part.

    Args:
        fresh, car: The car as it came, and as it is now.
        erased: Addresses of the datablocks that the car was asked to erase, in order, all lives together.
    """
    dme = car.unit(DME)
    wrong = []
    begun = Counter(fact.body["index"] for fact in found.facts if fact.name == "DatablockBegun")
    asked = Counter(erased)
    for index, block in enumerate(unit.datablocks):
        if asked[block.address] > begun[index]:
            wrong.append(f"datablock {index} was erased {asked[block.address]} times, journalled {begun[index]} times")
    for index in _proven(found.facts):
        block = unit.datablocks[index]
        slot = dme.slot(block.address)
        if slot is None or slot.state is not SlotState.GOOD or slot.software != block.software.psdz:
            wrong.append(f"datablock {index} is journalled as programmed, and the car holds {slot}")
    if car.levels != fresh.levels and not {"UnitProgrammed", "LevelBegun"} <= {fact.name for fact in found.facts}:
        wrong.append("the level was written before the control unit was proven, or before it was journalled")
    if found.report is not None and found.report["verdict"] == "programmed" and not _at_target(car, unit):
        wrong.append("the report says programmed, and the car is not")
    return wrong


def _proven(facts: tuple[Fact, ...]) -> set[int]:
    """Datablocks whose proof no later begin or failure has withdrawn."""
    proven: set[int] = set()
    for fact in facts:
        if fact.name == "DatablockProgrammed":
            proven.add(fact.body["index"])
        elif fact.name in ("DatablockBegun", "DatablockFailed"):
            proven.discard(fact.body["index"])
    return proven


def _at_target(car: CarMemory, unit: CampaignUnit) -> bool:
    dme = car.unit(DME)
    held = {slot.software for slot in dme.slots if slot.state is SlotState.GOOD}
    return {software.psdz for software in unit.target_software} <= held and dme.dependencies_good


def _do(*command: str, may_fail: bool = False) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": _SBIN})
    if done.returncode != 0 and not may_fail:
        raise MachineError(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()}")
    return done.returncode, done.stdout + done.stderr
