"""One world, driven through its lives, with copies of it living on differently from chosen points."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from appliance.bench.memory import SlotState
from tests.survival.branch import BranchFellOver, branch
from tests.survival.cuts import LONG_OFF_S, OFF_S, Cut, Made, make
from tests.survival.durable import digest, words
from tests.survival.points import Point
from tests.survival.world import World, log_bytes

LIVES = 12  # more than any job may need after the cuts
UNTOUCHED, IN_BOOTLOADER, PROGRAMMED = "untouched", "in its bootloader", "new software"
PROVEN = "programmed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one branch ended.

    Attributes:
        cuts: What was cut, as `Made` prints it.
        place: Where the last cut was made.
        found: What the restart after the last cut found in the DME.
        state: The durable state the restart found; empty: the last cut was too brief for the car to settle.
        lives: Lives of the appliance from the last cut to the end.
        verdicts: Of the reports of those lives.
        wrong: What was not as it must be; empty: all was.
    """

    cuts: tuple[str, ...]
    place: str
    found: str
    state: str
    lives: int
    verdicts: tuple[str, ...]
    wrong: tuple[str, ...] = ()


class Explorer:
    """Drives one world, and branches at its points.

    Args:
        results: A file that gets one line of JSON for each branch that ends.

    Attributes:
        made: The cuts of this branch.
        state: The durable state it was found in last.
    """

    def __init__(self, world: World, results: Path) -> None:
        self.world = world
        self.made: list[Made] = []
        self.state = ""
        self._place = ""
        self._results = results
        self._found = UNTOUCHED

    def play(self) -> None:
        """Live until the job is done, then write down how it ended; a copy ends here."""
        mine = os.getpid()
        verdicts: list[str] = []
        lives, wrong = 0, tuple[str, ...]()
        try:
            lives, wrong = self._lived(verdicts)
        except (Exception, BranchFellOver) as failure:  # noqa: BLE001 – whatever it is, it is the result
            wrong = (f"{type(failure).__name__}: {failure}",)
        if self.made or wrong:
            cuts = tuple(map(str, self.made))
            self.write(Outcome(cuts, self._place, self._found, self.state, lives, tuple(verdicts), wrong))
        if self.world.is_copy:
            self.leave()
        assert mine == os.getpid()

    def branch_off(self, point: Point, cuts: Sequence[Cut]) -> None:
        """Live on from this point in a copy for each of these cuts.

        Raises:
            PowerCut: in each copy whose appliance is cut.
        """
        length = log_bytes()
        for cut in cuts:
            made = Made(point.life, point.number, cut)
            if branch(str(made)):
                self.made.append(made)
                self._place = point.place
                self.world.is_copy = True
                make(self.world, point, cut, length)
                return  # the appliance goes on

    def found_again(self) -> bool:
        """The appliance is off; whether to live on. For those who only want to know the state."""
        return True

    def leave(self) -> NoReturn:
        """End a copy: nothing of it is tidied up but its folder, for what it holds belongs to the original."""
        self.world.gone()
        os._exit(0)

    def _lived(self, verdicts: list[str]) -> tuple[int, tuple[str, ...]]:
        lives, reason = 0, ""
        while lives < LIVES:
            lives += 1
            report = self.world.life()
            if report is None:
                lives = 0
                verdicts.clear()
                self._off()
                report = self.world.reported()
                if report is None:
                    continue
            verdicts.append(report.verdict)
            reason = report.reason
            if report.verdict == PROVEN:
                return lives, tuple(self.world.untruths(report))
        return lives, (f"not programmed after {LIVES} lives: {reason}",)

    def _off(self) -> None:
        off_s = OFF_S.get(self.made[-1].cut, LONG_OFF_S)
        self.world.off(off_s)
        self._found = found(self.world)
        self.state = digest(self.world) if off_s == LONG_OFF_S else ""
        if not self.found_again():
            self.leave()

    def write(self, line: object) -> None:
        """Add a line to the results, whole even when several processes write."""
        data = json.dumps(asdict(line)) + "\n"  # type: ignore[call-overload]
        with self._results.open("a", encoding="utf-8") as file:
            file.write(data)


def found(world: World) -> str:
    """What a restart finds in the DME; in two lanes: in whichever is worse off."""
    now, fresh = (
        tuple(slot for address in world.programmed for slot in memory.unit(address).slots)
        for memory in (world.memory, world.fresh)
    )
    if any(slot.state is not SlotState.GOOD for slot in now):
        return IN_BOOTLOADER
    return UNTOUCHED if now == fresh else PROGRAMMED


def told(world: World) -> str:
    """A durable state in words."""
    return words(world)
