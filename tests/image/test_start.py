"""The flasher up to READY: what it has loaded by then, what it has opened, and how much of the Pi it takes.

Everything but the hardware: the CAN interface, the voltage monitor and the pins are not there; what is loaded to reach
them is.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from appliance.bench.cache import fill_bench_cache
from benchmarks.start import FIRMWARE_OPENED, UP_TO_READY
from tests.image.place import ran

NOT_LOADED = ("flask", "waitress", "jinja2", "typer", "click", "rich", "pydantic", "odxtools", "bincopy", "requests",
              "urllib3", "tuf", "securesystemslib")  # fmt: skip
MOST_RESIDENT_BYTES = 80 * 1000 * 1000

# Python's own audit events (PEP 578): every socket that is made, by whatever library.
COMING_UP = f"""
import json, socket, sys

families = []
sys.addaudithook(lambda event, words: families.append(int(words[1])) if event == "socket.__new__" else None)
{UP_TO_READY}
loaded = sorted(sys.modules)
{FIRMWARE_OPENED}
# Not getrusage: its peak is that of whoever started this process, where that was more (getrusage(2), execve).
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
resident = int(peak.split()[1]) * 1024
print(json.dumps(dict(loaded=loaded, families=families, resident=resident)))
"""

# prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN): the kernel's own form of MemoryDenyWriteExecute, since Linux 6.3.
WITHOUT_WRITABLE_CODE = """
import ctypes, sys

if ctypes.CDLL(None, use_errno=True).prctl(65, 1, 0, 0, 0) != 0:
    sys.exit(77)
from appliance.commands import cache_watch, flasher, service
from appliance.page import app, serve
from appliance.security import relay
import isotp, cryptography.hazmat.primitives.asymmetric.ed25519 as ed25519
key = ed25519.Ed25519PrivateKey.generate()
key.public_key().verify(key.sign(b"x"), b"x")
"""


@pytest.fixture(scope="module")
def come_up(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("start")
    fill_bench_cache(folder / "cache")
    path = folder / "kl30.toml"
    path.write_text('data = "data"\ncache = "cache"\n', encoding="utf-8")
    command = (sys.executable, "-c", COMING_UP, str(path))
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("library", NOT_LOADED)
def test_the_flasher_starts_without_what_it_does_not_need(library: str, come_up: dict[str, Any]) -> None:
    assert library not in come_up["loaded"]


def test_no_socket_but_a_unix_one_is_opened_beside_those_to_the_car(come_up: dict[str, Any]) -> None:
    """What RestrictAddressFamilies forbids is not even tried: nothing waits for it, and nothing goes another way."""
    unix = 1  # AF_UNIX (socket.h)
    assert set(come_up["families"]) == {unix}


def test_the_flasher_is_small(come_up: dict[str, Any]) -> None:
    assert come_up["resident"] <= MOST_RESIDENT_BYTES


def test_no_service_needs_memory_that_is_both_written_and_run() -> None:
    said = ran((sys.executable, "-c", WITHOUT_WRITABLE_CODE))
    if said.code == 77:
        pytest.skip("this kernel cannot forbid it (Linux 6.3)")
    assert (said.code, said.words) == (0, "")


def test_the_service_tells_a_mistake_as_the_command_does(tmp_path: Path) -> None:
    missing = ("--config", str(tmp_path / "no.toml"))
    command = ran((sys.executable, "-m", "appliance", "run", *missing))
    service = ran((sys.executable, "-I", "-u", "-m", "appliance.commands.flasher", *missing))
    assert service == command
    assert service.code == 2
