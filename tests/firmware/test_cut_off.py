"""An import that is killed at any moment leaves the old cache or the new one, and the next import succeeds.

The import runs in a process of its own, which kills itself with SIGKILL before the n-th thing it does to the disk,
for every n until it gets through: names it opens, renames, links, makes and removes (audit events), and each write
and fsync in between (calls into C).  The product has no hook for it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from appliance.clock import RealClock
from appliance.errors import Kl30Error
from appliance.firmware.folder_source import FolderSource
from appliance.firmware.importer import import_repository
from appliance.firmware.store import Store
from appliance.firmware.trust import pin
from tests.firmware.repository import IMAGE, Workshop, anna_in

EVENTS = {"open", "os.rename", "os.mkdir", "os.symlink", "os.remove", "os.rmdir", "os.link", "os.truncate"}
CALLS = {"write", "fsync"}
THROUGH, REFUSED = 0, 3
NEW_IMAGE = b"new" + IMAGE


@dataclass
class Countdown:
    """Kills the process at its end."""

    left: int

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def killed_at(count: int, cache: Path, work: Callable[[], object]) -> int | None:
    """Do `work` in a process that kills itself before its `count`-th step on the disk.

    Returns:
        Its exit code; None: it was killed.
    """
    child = os.fork()
    if child == 0:
        os._exit(_in_child(Countdown(count), str(cache), work))
    _, status = os.waitpid(child, 0)
    return None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _in_child(countdown: Countdown, cache: str, work: Callable[[], object]) -> int:
    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event in EVENTS and any(cache in str(one) for one in arguments[:2]):
            countdown.step()

    def called(_frame: FrameType, event: str, function: Any) -> None:
        if event == "c_call" and function.__name__ in CALLS:
            countdown.step()

    sys.addaudithook(heard)
    sys.setprofile(called)
    try:
        work()
    except Kl30Error:
        return REFUSED
    except BaseException:  # noqa: BLE001 – nothing of the test's own machinery may go on in this copy of it
        return 99
    finally:
        sys.setprofile(None)
    return THROUGH


def bring(cache: Path, repository: Path) -> None:
    """Import."""
    import_repository(cache, FolderSource(repository), RealClock())


def content(cache: Path) -> tuple[bytes, ...]:
    """Every image the cache gives out for its campaigns."""
    store = Store(cache)
    return tuple(store.load_image(one.units[0].datablocks[0]) for one in store.campaigns())


def left_over(cache: Path) -> int:
    """Files an import has not tidied up: beyond two generations with their files in the pool."""
    names = [path.name for path in cache.rglob("*")]
    return sum(name.endswith(".partial") or name.startswith("tmp") for name in names) + max(
        0, len(list((cache / "generations").iterdir())) - 2
    )


@dataclass
class Stage:
    """A cache before an import, and what is imported."""

    cache: Path
    workshop: Workshop

    def copy(self, to: Path) -> Path:
        """A copy of the cache, to be spoilt."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.cache, to, symlinks=True)
        return to


@pytest.fixture
def first(memory: Path) -> Stage:
    """Nothing was imported yet."""
    workshop = anna_in(memory / "repository")
    pin(memory / "cache", workshop.first_root)
    return Stage(memory / "cache", workshop)


@pytest.fixture
def second(first: Stage) -> Stage:
    """Two generations are there; the third has a new root and another image."""
    bring(first.cache, first.workshop.folder)
    first.workshop.publish()
    bring(first.cache, first.workshop.folder)
    first.workshop.rotate("timestamp")
    first.workshop.campaign("anna", "first", NEW_IMAGE)
    first.workshop.publish()
    return first


def sweep(stage: Stage, old: tuple[bytes, ...], new: tuple[bytes, ...]) -> int:
    """Kill the import everywhere; how many places there were.

    There is one step before which everything is old, and after which everything is new.
    """
    turned = False
    for count in range(1, 10_000):
        cache = stage.copy(stage.cache.with_name("cut"))
        ended = killed_at(count, cache, lambda cache=cache: bring(cache, stage.workshop.folder))  # type: ignore[misc]
        found = content(cache)
        if ended == THROUGH:
            assert found == new
            return count - 1
        assert ended is None, f"step {count}: the import ended with {ended}"
        assert found == new if turned else found in (old, new), f"step {count}"
        turned = found == new
        bring(cache, stage.workshop.folder)
        assert content(cache) == new, f"after step {count}"
        assert left_over(cache) == 0, f"after step {count}"
    raise AssertionError("the import never got through")


def test_a_first_import_that_is_cut_off_anywhere_leaves_nothing_or_everything(first: Stage) -> None:
    assert sweep(first, (), (IMAGE,)) > 50


def test_an_import_that_is_cut_off_anywhere_leaves_the_old_or_the_new(second: Stage) -> None:
    assert sweep(second, (IMAGE,), (NEW_IMAGE,)) > 50


def test_pinning_that_is_cut_off_anywhere_leaves_the_old_root_or_the_new(second: Stage) -> None:
    other = anna_in(second.cache.with_name("other"))
    old = (second.cache / "root.json").read_bytes()
    new = other.first_root.read_bytes()
    fingerprint = pin(second.cache, second.workshop.first_root).fingerprint
    for count in range(1, 1000):
        cache = second.copy(second.cache.with_name("cut"))
        ended = killed_at(count, cache, lambda cache=cache: pin(cache, other.first_root, fingerprint))  # type: ignore[misc]
        assert (cache / "root.json").read_bytes() in (old, new)
        assert content(cache) in ((IMAGE,), ())
        pin(cache, other.first_root, fingerprint)
        assert ((cache / "root.json").read_bytes(), content(cache)) == (new, ())
        if ended == THROUGH:
            assert count > 5
            return
    raise AssertionError("it never got through")
