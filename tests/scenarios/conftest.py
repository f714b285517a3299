"""Runs that several tests look at; each is made once in a test process and only copied from then on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.killed import before_erase, kill_at
from tests.scenarios.kl30 import Said, kl30


@pytest.fixture(scope="session")
def killed_before_erase(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder of a wire-speed run that was killed when its plan was frozen: its car is as it drove in."""
    data = tmp_path_factory.mktemp("killed") / "data"
    kill_at(data, before_erase)
    return data


@pytest.fixture(scope="session")
def already_current(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """Data folder and words of a wire-speed run in which nothing was to be done."""
    data = tmp_path_factory.mktemp("current") / "data"
    words = ("bench", "--auto", "--no-page", "--json", "--scenario", "already-current", "--data", data)
    return data, kl30(*words, cwd=data.parent)
