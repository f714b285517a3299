"""One lane: a procedure on its way, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from appliance.errors import CarError, Kl30Error, NoResponse
from appliance.procedure.facts import (
    DatablockBegun,
    DatablockFailed,
    DatablockProgrammed,
    Fact,
    LevelBegun,
    LevelWritten,
)
from appliance.procedure.failures import AttemptsSpent
from appliance.procedure.words import Ask, Mark, Procedure

_OF_DATABLOCKS = (DatablockBegun, DatablockFailed, DatablockProgrammed, LevelBegun)


@dataclass(slots=True)
class Lane:
    """A procedure and where it stands.

    Attributes:
        name: For people: the control unit's name, or what the procedure does.
        guarded: Whether the gate must be open for each of its requests, and CANCEL may end it.
        aside: Whether its steps are no news: it is asked again and again beside the work.
        many: Whether it is about several control units; `address` is 0 then.
        in_session: Whether control units are in a session of theirs meanwhile, which TesterPresent keeps; a guarded
            lane's always are.
        total_bytes: Image bytes it will transfer, for progress.
        asking: The request that is due or open; None while it waits for time.
        open: Whether `asking` is with the link; `asked_s`: since when.
        wake_s: When a wait ends; None while it asks.
        begins: A mark that waits until the supply is expected to carry what it needs.
        silent: Why the last request has no answer, while it is found out whether the whole car is silent; `silent_s`:
            since when.
        slept: Whether the car has slept under it.
        later_s: What the plan needs after this lane, estimated.
        watched_since_s: Since when it waits to know more of the supply before it begins; None: it does not.
        held: Whether it waits for the supply, or for the car; `held_s`: since when, `lacking`: as in `holds.Hold`.
        carried: The datablock of which it was told that a second opinion carries it; None: none was.
        datablock_ends_s / unit_ends_s: When its datablock will be proven, and its control unit done, estimated.
        forecast: The last word of the forecast about it, as told.
        gave_up: Why it was ended although nobody cancelled it; empty: it was not.
        reply / error: What the next step gets.
        erased: Whether something is begun that must be finished: a datablock is erased, or the level half written.
        proven: Image bytes of each datablock that is proven, by its index; `block_bytes`: of the one being sent.
        result / failure: Set when it has ended.
    """

    name: str
    procedure: Procedure[Any]
    address: int = 0
    guarded: bool = True
    aside: bool = False
    many: bool = False
    in_session: bool = False
    total_bytes: int = 0
    asking: Ask | None = None
    open: bool = False
    asked_s: float = 0.0
    wake_s: float | None = None
    begins: Mark | None = None
    watched_since_s: float | None = None
    silent: NoResponse | None = None
    silent_s: float = 0.0
    slept: bool = False
    later_s: float = 0.0
    held: bool = False
    held_s: float = 0.0
    lacking: str = ""
    carried: Fact | None = None
    datablock_ends_s: float = 0.0
    unit_ends_s: float = 0.0
    forecast: str = ""
    gave_up: str = ""
    reply: Any = None
    error: Kl30Error | None = None
    erased: bool = False
    step: str = ""
    repeats: int = 0
    proven: dict[int, int] = field(default_factory=dict)
    block_bytes: int = 0
    ended: bool = False
    cancelled: bool = False
    result: Any = None
    failure: Kl30Error | None = None
    facts: list[Fact] = field(default_factory=list)

    @property
    def done_bytes(self) -> int:
        """Image bytes acknowledged, of this life and of earlier ones."""
        return sum(self.proven.values()) + self.block_bytes

    @property
    def in_datablock(self) -> bool:
        """Whether a datablock is erased and being written; not once that failed, nor while the next attempt waits."""
        told = [fact for fact in self.facts if isinstance(fact, _OF_DATABLOCKS)]
        return bool(told) and isinstance(told[-1], DatablockBegun) and self.begins is None

    @property
    def loads(self) -> bool:
        """Whether its control unit is at work on a datablock, and takes current for it."""
        return self.erased and self.begins is None and not (self.held or self.ended)

    @property
    def fell_asleep(self) -> bool:
        """Whether it failed, and the car's sleep is to blame: it may be begun again."""
        return self.slept and isinstance(self.failure, CarError) and not isinstance(self.failure, AttemptsSpent)

    def whose(self, question: Ask) -> int:
        """Whose step a question is; 0: nobody's alone."""
        return question.to if self.many and not question.functional else self.address

    def answered(self, reply: object) -> None:
        """The open request got its positive answer."""
        if self.asking is not None:
            self.block_bytes += self.asking.carries_bytes
        self.asking, self.open, self.reply, self.repeats = None, False, reply, 0

    def refused(self, error: Kl30Error) -> None:
        """The open request will get no positive answer."""
        self.asking, self.open, self.error, self.repeats = None, False, error, 0
        self.silent = None

    def fell_silent(self, silence: NoResponse, now_s: float) -> None:
        """The open request got no answer; what it means is not known yet."""
        self.open, self.silent, self.silent_s = False, silence, now_s

    def marked(self, fact: Fact) -> None:
        """A fact of this lane is durable."""
        self.facts.append(fact)
        match fact:
            case DatablockBegun():
                self.erased = True
                self.proven.pop(fact.index, None)  # what was sent of it before counts no more
                self.block_bytes = 0
            case DatablockProgrammed():
                self.erased = False
                self.proven[fact.index] = self.block_bytes
                self.block_bytes = 0
            case LevelBegun():
                self.erased = True
            case LevelWritten():
                self.erased = False
            case _:
                pass

    def end(self, *, cancelled: bool = False) -> None:
        """Nothing more will come of it."""
        self.procedure.close()
        self.ended, self.cancelled, self.held = True, cancelled, False
        self.asking, self.begins, self.silent, self.open, self.wake_s = None, None, None, False, None
