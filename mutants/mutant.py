"""What a mutant is: a bug in one line, and the law it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Law(Enum):
    """The laws (docs/architecture.md) by their numbers, and one word for each."""

    TRUTH = 1
    VERIFY = 2
    CLOSED = 3
    ERASE = 4
    DOUBT = 5
    JOURNAL = 6
    WAITS = 7
    RESTORED = 8
    LEVEL = 9
    LOCAL = 10
    LOUD = 11
    SUPPLY = 12

    @property
    def text(self) -> str:
        """The law in short, for the table."""
        return _TEXTS[self]


_TEXTS = {
    Law.TRUTH: "the report says programmed if and only if the control unit does",
    Law.VERIFY: "every image is verified and matched before contact",
    Law.CLOSED: "fail closed: no reading is a low reading, an unknown precondition is unmet",
    Law.ERASE: "no erase that will not be finished; never abort inside one by choice",
    Law.DOUBT: "in doubt, not done; every retry is bounded",
    Law.JOURNAL: "nothing irreversible before it is journalled, nothing journalled before it is true",
    Law.WAITS: "every wait has a name, a bound and a pulse",
    Law.RESTORED: "everything is restored, on every path out",
    Law.LEVEL: "the integration level comes last",
    Law.LOCAL: "closing the phone cannot hurt",
    Law.LOUD: "nothing dies quietly",
    Law.SUPPLY: "the supply decides, not the operator",
}


class NoLongerApplies(Exception):
    """The line a mutant changes is not there any more, or is there more than once."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One deliberate bug.

    Attributes:
        name: Short, unique, with hyphens.
        law: The law it breaks.
        file: Path from the checkout's root.
        old / new: `old` must be in the file exactly once and becomes `new`.
        harm: What it would do to a car, or to who relies on the report: one sentence.
        tests: Test files or folders most likely to notice it, tried first.
    """

    name: str
    law: Law
    file: str
    old: str
    new: str
    harm: str
    tests: tuple[str, ...]

    def applied(self, source: str) -> str:
        """The file's text with the bug in it.

        Raises:
            NoLongerApplies: `old` is not there exactly once.
        """
        count = source.count(self.old)
        if count != 1:
            raise NoLongerApplies(
                f"mutant {self.name} no longer applies: its line is in {self.file} {count} times, expected once"
            )
        return source.replace(self.old, self.new)
