"""What the tests of the services share: the installer run into a root of its own, as whoever builds an image does."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.image.place import HOST_UNITS, installer

TOOLS = ("systemd-analyze", "systemd-sysusers", "systemd-tmpfiles", "systemctl")


def pytest_configure(config: pytest.Config) -> None:
    """The marker of what `KL30_MUST_RUN=systemd` makes obligatory."""
    config.addinivalue_line("markers", "systemd: needs systemd's tools and root; skipped loudly where they are missing")


@contextmanager
def throwaway() -> Iterator[Path]:
    """A folder; not below pytest's own, which other users may not enter."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"cannot install into a root here: {', '.join(missing) or 'not root'}")
    folder = Path(tempfile.mkdtemp(prefix="kl30-root-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def root() -> Iterator[Path]:
    """A throwaway root, nothing installed."""
    with throwaway() as folder:
        yield folder


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    """A root into which KL30 was installed, to be copied."""
    with throwaway() as folder:
        assert installer("--root", str(folder)).code == 0
        yield folder


@pytest.fixture
def installed(template: Path, root: Path) -> Path:
    """A throwaway root with KL30 installed."""
    subprocess.run(["cp", "--archive", f"{template}/.", str(root)], check=True)
    return root


@pytest.fixture
def bootable(installed: Path) -> Path:
    """The same, with the system's own units, and something that can be executed wherever a unit of ours says so."""
    shutil.copytree(HOST_UNITS, installed / "usr/lib/systemd/system", symlinks=True)
    for program in ("opt/kl30/current/bin/kl30", "opt/kl30/current/bin/python", "usr/sbin/ip"):
        path = installed / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n", encoding="ascii")
        path.chmod(0o755)
    return installed
