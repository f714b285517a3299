"""The loop guard: whether a process that keeps dying may go on by itself.

A life is one process from coming up to its end.  How it ended is written by the life itself, or, where it could not,
found by the next one:

    orderly   it was switched off, or its command was done
    stopped   a person or the service manager asked it to end, and it did
    cut       it left no end, and the machine has been started anew since: the power went; nobody is to blame
    died      it left no end, and the machine was up all the time (crash, kill, watchdog); or an error ended it
    unlinked  it lost its link to the car while no job was unfinished: a loose HAT, an interface that came up late

Two in a row that `died`, and the next life only reads.  In a row: with no end between them that shows the appliance in
order.  That is an orderly or stopped end, or a cut after a run was brought to its verdict.  Any other cut, and a lost
link without a job, show nothing and neither count nor forgive: people pull the plug of what hangs.  What a life that
died had done before (a datablock proven, even a whole run) does not excuse it: the question is whether a process can be
left alone with a control unit, not whether it is useful now and then.

A life in read-only diagnosis is left by a person alone.  However it ends, the next one is in diagnosis again, until
it is left; from there the count begins anew.  Pure; decision 0018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from appliance.clock import UNKNOWN_BOOT

DEATHS = 2  # in a row; one is an accident, and resuming after it is what the journal is for


class End(Enum):
    """How a life ended."""

    ORDERLY = "orderly"
    STOPPED = "stopped"
    CUT = "cut"
    DIED = "died"
    UNLINKED = "unlinked"


@dataclass(frozen=True, slots=True)
class Life:
    """One process of the appliance.

    Attributes:
        boot: The boot of the machine it lived in.
        begun: Wall time, for people.
        end: None while it lives.
        words: What ended it, or what it was doing last; empty: not known.
        diagnosis: It came up in read-only diagnosis.
        released: A person left the diagnosis in it.
        worked: It brought a run to its verdict.
    """

    boot: str
    begun: str
    end: End | None = None
    words: str = ""
    diagnosis: bool = False
    released: bool = False
    worked: bool = False


@dataclass(frozen=True, slots=True)
class Deaths:
    """Why the appliance only reads: how many ends, and the words of the newest one."""

    count: int
    last: str

    @property
    def words(self) -> str:
        """The same as a sentence without a full stop."""
        times = "twice" if self.count == DEATHS else f"{self.count} times"
        return f"KL30 ended abnormally {times} in a row (last: {self.last or 'it is not known what it was doing'})"


def end_found(left: Life, boot: str) -> End:
    """How a life ended that left no end, seen from a life in `boot`; a boot nobody knows accuses nobody."""
    same = left.boot == boot != UNKNOWN_BOOT
    return End.DIED if same else End.CUT


def deaths(lives: Sequence[Life]) -> Deaths | None:
    """Whether the next life only reads; None: it may work.

    Args:
        lives: Those before it, oldest first, every one ended.
    """
    dead: list[Life] = []
    for life in reversed(lives):
        if life.end is End.DIED:
            dead.append(life)
        if life.released or (_in_order(life) and not life.diagnosis):
            break
    return Deaths(len(dead), dead[0].words) if len(dead) >= DEATHS else None


def _in_order(life: Life) -> bool:
    return life.end in (End.ORDERLY, End.STOPPED) or (life.end is End.CUT and life.worked)
