"""A bench at wire speed as a process of its own, watched from outside and ended with SIGKILL at a chosen moment."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from appliance.clock import RealClock
from tests.scenarios.kl30 import KL30, environment

LOOK_S = 0.02
LIMIT_S = 100.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What the data folder shows.

    Attributes:
        frozen: Whether the measures plan of the newest run is frozen.
        facts: Names of the newest run's facts, oldest first.
        done_bytes: How much the status says is downloaded.
    """

    frozen: bool = False
    facts: tuple[str, ...] = ()
    done_bytes: int = 0


Moment = Callable[[Seen], bool]


def before_erase(seen: Seen) -> bool:
    """The plan is frozen, no datablock is begun."""
    return seen.frozen and "DatablockBegun" not in seen.facts


def erase_begun(seen: Seen) -> bool:
    """The first datablock may be erased, nothing of it is downloaded."""
    return seen.facts.count("DatablockBegun") == 1 and seen.done_bytes == 0


def in_transfer(seen: Seen) -> bool:
    """The first datablock is on its way, and no other."""
    return seen.facts.count("DatablockBegun") == 1 and seen.done_bytes > 50_000


def before_dependency_check(seen: Seen) -> bool:
    """Every datablock is proven, their fitting together is not."""
    return seen.facts.count("DatablockProgrammed") == 3 and "DependenciesChecked" not in seen.facts


def before_proof(seen: Seen) -> bool:
    """The last check is passed, the control unit has not yet named its software."""
    return "DependenciesChecked" in seen.facts and "UnitProgrammed" not in seen.facts


def hurried(data: Path) -> Path:
    """Settings that watch the supply for as short as is allowed, and no charger test: these runs take real seconds."""
    path = data.parent / "hurried.toml"
    path.write_text("[power]\nobserve_s = 10\ncharger_test = false\n", encoding="utf-8")
    return path


class Bench:
    """`kl30 bench` on a wire at its real speed."""

    def __init__(self, data: Path, *words: str) -> None:
        self._data = data
        command = [
            "env",
            "--default-signal=INT",  # ignored by whatever a shell starts in the background, and inherited
            str(KL30),
            "bench",
            "--auto",
            "--no-page",
            "--data",
            str(data),
            "--config",
            str(hurried(data)),
            *words,
        ]
        self._process = subprocess.Popen(
            command,
            cwd=data.parent,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for(self, moment: Moment) -> None:
        """Return as soon as the data folder shows the moment."""
        clock = RealClock()
        until_s = clock.now_s() + LIMIT_S
        while not moment(look(self._data)):
            assert self._process.poll() is None, f"it ended too early: {self._process.communicate()[0]}"
            assert clock.now_s() < until_s, f"{moment.__name__} never came: {look(self._data)}"
            clock.sleep_until(clock.now_s() + LOOK_S)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def end(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal, and wait; the exit code as Python tells it."""
        self._process.send_signal(number)
        self._process.communicate(timeout=LIMIT_S)
        return self._process.returncode


def kill_at(data: Path, moment: Moment, *words: str, after_s: float = 0.0) -> None:
    """Run a bench and kill it at a moment, which the files it leaves behind must show."""
    bench = Bench(data, *words)
    try:
        bench.wait_for(moment)
        clock = RealClock()
        clock.sleep_until(clock.now_s() + after_s)
    finally:
        code = bench.end()
    assert code == -signal.SIGKILL
    assert moment(left_in(data)), f"killed too late for {moment.__name__}: {left_in(data)}"


def look(data: Path) -> Seen:
    """What the folder of a running bench shows; nothing yet where a file is not there or not complete."""
    try:
        with closing(sqlite3.connect(f"file:{data / 'journal.sqlite'}?mode=ro", uri=True, timeout=1.0)) as journal:
            return _seen(journal, data)
    except (sqlite3.OperationalError, FileNotFoundError):
        return Seen()


def left_in(data: Path) -> Seen:
    """What the folder of a dead bench shows. Read from a copy: opening a journal already repairs it."""
    with TemporaryDirectory() as folder:
        for path in data.glob("journal.sqlite*"):
            shutil.copy(path, folder)
        with closing(sqlite3.connect(Path(folder) / "journal.sqlite")) as journal:
            return _seen(journal, data)


def _seen(journal: sqlite3.Connection, data: Path) -> Seen:
    run = journal.execute("SELECT id, plan FROM run ORDER BY rowid DESC LIMIT 1").fetchone()
    if run is None:
        return Seen()
    facts = journal.execute("SELECT kind FROM fact WHERE run = ? ORDER BY seq", run[:1]).fetchall()
    status: Any = json.loads((data / "status.json").read_text(encoding="utf-8"))
    done = sum(unit["done_bytes"] for unit in status["units"])
    return Seen(frozen=run[1] != "", facts=tuple(kind for (kind,) in facts), done_bytes=done)
