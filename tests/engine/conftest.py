"""Fixtures of the engine's tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.engine.rig import Rig
from tests.engine.workshop import WorkshopBench

MEMORY = Path("/dev/shm")  # a run waits for its disk a hundred times; no test here is about the disk


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.journal.abandon()


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder, in memory where there is one."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture
def bench(data: Path) -> WorkshopBench:
    return WorkshopBench(data)
