"""What was checked: a name, how it ended, how long it took, what was seen; and the summary of all of it."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree

from appliance.clock import RealClock


@dataclass(frozen=True, slots=True)
class Result:
    """One check.

    Attributes:
        failure: Empty: it passed.
        seen: Something to be told either way: a number, a line of a peer.
    """

    group: str
    name: str
    took_s: float
    failure: str = ""
    seen: str = ""


class Checks:
    """Runs checks one after the other, and remembers.

    Args:
        budget_s: When this is used up, what is left is not run, and counts as failed.
        only: A part of `group/name`; others are left out.
    """

    def __init__(self, budget_s: float, only: str = "") -> None:
        self._clock = RealClock()
        self._began_s = self._clock.now_s()
        self._budget_s = budget_s
        self._only = only
        self.results: list[Result] = []

    @property
    def took_s(self) -> float:
        """How long it takes, up to now."""
        return self._clock.now_s() - self._began_s

    @property
    def left_s(self) -> float:
        """How much of the budget is left."""
        return self._budget_s - self.took_s

    def wanted(self, group: str, name: str = "") -> bool:
        """Whether this check, or any of this group, is asked for."""
        return self._only in f"{group}/{name}" or (not name and self._only.startswith(f"{group}/"))

    def run(self, group: str, name: str, check: Callable[[], object]) -> bool:
        """Run one; what it returns is told. Whether it passed, or was not wanted."""
        if not self.wanted(group, name):
            return True
        began_s = self._clock.now_s()
        failure, seen = "", ""
        if self.left_s <= 0:
            failure = f"not run: the {self._budget_s:.0f} s are used up"
        else:
            try:
                seen = str(check() or "")
            except Exception as error:  # noqa: BLE001 – a check that breaks is a check that failed
                failure = str(error) or type(error).__name__
                if not failure or "--traceback" in sys.argv:
                    failure += "\n" + traceback.format_exc()
        self.add(Result(group, name, self._clock.now_s() - began_s, failure, seen))
        return not failure

    def add(self, result: Result) -> None:
        """Remember one that was run elsewhere, and say it."""
        self.results.append(result)
        mark = "FAILED" if result.failure else "passed"
        _say(f"{mark}  {result.took_s:6.1f} s  {result.group}/{result.name}{_more(result)}")

    @property
    def failed(self) -> int:
        """How many did."""
        return sum(bool(result.failure) for result in self.results)

    def summary(self) -> str:
        """What failed, and the last line, as pytest ends."""
        words = [f"FAILED {one.group}/{one.name} - {one.failure}" for one in self.results if one.failure]
        passed = len(self.results) - self.failed
        return "\n".join((*words, f"{passed} passed, {self.failed} failed in {self.took_s:.2f} s"))

    def junit(self) -> str:
        """The same as JUnit's XML, for whoever collects it."""
        suite = ElementTree.Element(
            "testsuite", name="vm", tests=str(len(self.results)), failures=str(self.failed),
            time=f"{self.took_s:.1f}",
        )  # fmt: skip
        for one in self.results:
            case = ElementTree.SubElement(
                suite, "testcase", classname=one.group, name=one.name, time=f"{one.took_s:.1f}"
            )
            if one.failure:
                ElementTree.SubElement(case, "failure", message=one.failure.splitlines()[0]).text = one.failure
            if one.seen:
                ElementTree.SubElement(case, "system-out").text = one.seen
        return ElementTree.tostring(suite, encoding="unicode")


def _more(result: Result) -> str:
    words = result.failure or result.seen
    return f"  {words.splitlines()[0][:160]}" if words else ""


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
