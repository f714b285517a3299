"""Branches of a run: at a point the process is copied, the copy lives on differently, the original goes on.

`fork` gives a perfect copy of everything in the process, of control units in the middle of a session too, at the cost
of a few milliseconds; whatever led to the point need not be repeated.  What is on the disk is copied by `World.moved`.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

FELL_OVER = 70


class BranchFellOver(AssertionError):
    """A branch did not come to its end; what it said is on standard error."""


def branch(what: str) -> bool:
    """Split here; returns True in the copy, and False in the original once the copy has ended.

    Raises:
        BranchFellOver: the copy ended in another way than by `end`.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        return True
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise BranchFellOver(f"{what}: ended with {status}")
    return False


def end() -> NoReturn:
    """The copy has come to its end: nothing of it is tidied up, for what it holds belongs to the original."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def ending(work: Callable[[], None]) -> NoReturn:
    """Run the rest of a copy and end it, whatever happens."""
    try:
        work()
    except BaseException:  # noqa: BLE001 – a copy must never go on as if it were the original
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(FELL_OVER)
    end()


class Turns:
    """So many processes of one family at work at a time; who waits longest is next.

    Who comes to a new state waits for a turn, so states are explored in the order they were found: by few cuts first.
    """

    def __init__(self, at_once: int) -> None:
        self._taken, self._given = os.pipe()
        self._ended, self._alive = os.pipe()  # every copy has the second one open until it ends
        os.write(self._given, b"." * at_once)
        self._holder = 0

    def take(self) -> None:
        """Wait for a turn, and have it."""
        os.read(self._taken, 1)
        self._holder = os.getpid()

    def give(self) -> None:
        """Give it back, if this process has one; a copy of who has one has none."""
        if self._holder == os.getpid():
            self._holder = 0
            os.write(self._given, b".")

    def stand_in_line(self) -> None:
        """Go on in a copy once there is a turn for it; this process ends, and who waits for it goes on."""
        sys.stdout.flush()
        if os.fork():
            os._exit(0)
        self.take()

    def wait_for_all(self) -> None:
        """Until every copy has ended."""
        self.give()
        os.close(self._alive)
        os.read(self._ended, 1)
