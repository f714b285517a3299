"""How soon each service is up, and how much memory it takes.  `python -m benchmarks.start`

    flasher   from the start of the process to the moment it would tell systemd READY, without the hardware: everything
              is loaded that reaches it, the journal is open; its memory with the firmware cache opened and verified
    page      from the start of the process to its first answer

Each figure is the median of its runs; beside them stands what Python alone takes, because that is the machine's part.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from appliance.bench.cache import fill_bench_cache

RUNS = 5
READY_GOAL_S, RESIDENT_GOAL_BYTES = 1.0, 80_000_000
_PATIENCE_S = 20.0

# What the flasher does until it tells READY, but for the hardware; its argument is the configuration.
UP_TO_READY = """
import sys
from pathlib import Path
from appliance.commands import flasher
from appliance.board.panel import open_pin_factory
from appliance.board.watchdog import SystemdWatchdog, systemd_notifier
from appliance.bus.kernel_sockets import KernelSockets
from appliance.bus.kernel_transport import KernelTransport
from appliance.clock import RealClock
from appliance.engine.device_key import DeviceKey
from appliance.engine.owner import InterfaceLock
from appliance.wiring import data_lock, open_journal, recorder_for, security_providers, settings, trusted_from
config, clock = settings(Path(sys.argv[1])), RealClock()
lock = data_lock(config.data)
providers = security_providers(config)
InterfaceLock("socketcan", "kl30-test-start", clock)
recorder_for(config, clock)
open_journal(config.data, clock).begin_life()
DeviceKey(config.data, clock).public()
SystemdWatchdog(clock, systemd_notifier()).ready()
"""
FIRMWARE_OPENED = "trusted_from(config, providers)\n"
_FLASHER = f"""{UP_TO_READY}
import time
print(time.clock_gettime(time.CLOCK_MONOTONIC))
{FIRMWARE_OPENED}
print(Path("/proc/self/status").read_text())
"""


@dataclass(frozen=True, slots=True)
class Start:
    """One service: seconds until it is up, and its peak resident memory."""

    ready_s: float
    resident_bytes: int


def flasher(config: Path) -> Start:
    """Bring the flasher up once."""
    began_s = time.monotonic()
    done = subprocess.run((sys.executable, "-c", _FLASHER, config), capture_output=True, text=True, check=True)
    return Start(
        float(done.stdout.split()[0]) - began_s, _peak(done.stdout)
    )  # the clock is the machine's, not a process's


def page(config: Path) -> Start:
    """Bring the page up once, and ask it for one page."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = config.read_text(encoding="utf-8").partition("[page]")[0]
    config.write_text(f"{text}[page]\nport = {port}\n", encoding="utf-8")
    began_s = time.monotonic()
    command = (sys.executable, "-m", "appliance", "page", "--config", str(config))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as service:
        try:
            _wait_for(port, began_s + _PATIENCE_S)
            ready_s = time.monotonic() - began_s
            return Start(ready_s, _peak(Path(f"/proc/{service.pid}/status").read_text(encoding="utf-8")))
        finally:
            service.terminate()


def python_s() -> float:
    """Python alone."""
    began_s = time.monotonic()
    subprocess.run((sys.executable, "-c", "pass"), check=True)
    return time.monotonic() - began_s


def measured(of: Callable[[Path], Start]) -> Start:
    """The median of several starts."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        fill_bench_cache(place / "cache")
        config = place / "kl30.toml"
        config.write_text('data = "data"\ncache = "cache"\n', encoding="utf-8")
        starts = [of(config) for _ in range(RUNS)]
    return Start(median(one.ready_s for one in starts), round(median(one.resident_bytes for one in starts)))


def _wait_for(port: int, until_s: float) -> None:
    while time.monotonic() < until_s:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.01)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError("the page did not come up")


def _peak(status: str) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    if found is None:
        raise RuntimeError("the kernel tells no peak of resident memory")
    return int(found[1]) * 1024


def main() -> int:
    """Measure, print, and fail beyond the goals."""
    alone_s = median(python_s() for _ in range(RUNS))
    ups = {"flasher": measured(flasher), "page": measured(page)}
    print(f"python alone {alone_s * 1000:.0f} ms")
    for name, start in ups.items():
        print(f"{name} up after {start.ready_s * 1000:.0f} ms, {start.resident_bytes / 1e6:.0f} MB resident at most")
    good = ups["flasher"].ready_s <= READY_GOAL_S and ups["flasher"].resident_bytes <= RESIDENT_GOAL_BYTES
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
