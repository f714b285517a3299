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
