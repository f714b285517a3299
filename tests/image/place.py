"""Where the files of the services are, and readers of them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

IMAGE = Path(__file__).parents[2] / "image"
UNITS = IMAGE / "systemd"
ETC = IMAGE / "etc"
INSTALLER = IMAGE / "install.sh"
HOST_UNITS = Path("/usr/lib/systemd/system")
SERVICES = ("kl30-flasher", "kl30-page", "kl30-import", "kl30-key-relay")


@dataclass(frozen=True, slots=True)
class Said:
    """How a program ended, and what it printed, both ways together."""

    code: int
    words: str


def installer(*arguments: str) -> Said:
    """Run the installer."""
    return ran([str(INSTALLER), *arguments])


def ran(command: Sequence[str]) -> Said:
    """Run a command to its end, without colours and line breaks for a terminal."""
    environment = {**os.environ, "TERM": "dumb", "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)
    return Said(done.returncode, done.stdout + done.stderr)


def settings_in(path: Path) -> dict[str, list[str]]:
    """What a file in systemd's syntax sets: every key, with its values in order, whatever the section."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#;[":
            key, _, value = line.partition("=")
            found.setdefault(key.strip(), []).append(value.strip())
    return found


def unit(name: str) -> dict[str, list[str]]:
    """What a unit of ours sets."""
    return settings_in(UNITS / name)


def words_of(name: str, key: str) -> list[str]:
    """The words of a list that a unit sets, over all its lines."""
    return [word for value in unit(name).get(key, []) for word in value.split()]


def members() -> dict[str, set[str]]:
    """The groups each user of ours is in, its own too (sysusers.d)."""
    found: dict[str, set[str]] = {}
    for line in (ETC / "sysusers.d/kl30.conf").read_text(encoding="utf-8").splitlines():
        match line.split()[:3]:
            case ["u", user, _]:
                found[user] = {user}
            case ["m", user, group]:
                found[user].add(group)
    return found
