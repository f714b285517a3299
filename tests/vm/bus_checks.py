"""The contract of `appliance/bus` on the CAN of a kernel: its own pytest, run in the machine once for each wire."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.vm.build import GUEST, ROOT, Guest
from tests.vm.checks import Checks, Result
from tests.vm.errors import MachineError
from tests.vm.machine import Machine
from tests.vm.site import Site

GROUP = "bus"
TESTS = (
    "tests/__init__.py",
    "tests/conftest.py",
    "tests/bus",
    "tests/vm/__init__.py",
    "tests/vm/inside",
    "benchmarks/__init__.py",
    "benchmarks/client.py",
    "benchmarks/throughput.py",
    "pyproject.toml",
)
PLACE = "/run/kl30-vm/checkout"
CLIENT_S = 300.0  # four megabytes' worth of work, on an emulated processor
READ_AHEAD_BYTES = 8 << 20
# The model's wire takes no time, and its receive FIFO holds four frames: a token bucket puts some time between them,
# more than a real wire does, because a host that is busy elsewhere lets the machine wait for its interrupts.
PACE_BIT_S = 128 * 400  # a frame is 16 bytes to the kernel: 400 a second
PEERS, CONTRACT = "tests/bus/test_peers.py", "tests/bus/test_transport_contract.py"


@dataclass(frozen=True, slots=True)
class Wire:
    """Two interfaces with a wire between them.

    Attributes:
        ours, cars: The interfaces; one name: both ends are on it.
    """

    name: str
    set_up: str
    ours: str
    cars: str


WIRES = (
    Wire("vcan", "ip link add dev vcan0 type vcan && ip link set vcan0 up", "vcan0", "vcan0"),
    Wire(
        "SJA1000",
        "modprobe sch_tbf && for name in sja0 sja1; do "
        "ip link set $name type can bitrate 500000 && ip link set $name up && "
        f"tc qdisc add dev $name root tbf rate {PACE_BIT_S} burst 32b limit 64k; done",
        "sja0",
        "sja1",
    ),
    Wire("slcan", "", "", ""),
)


def jobs(checks: Checks, guest: Guest, place: Path) -> Iterator[Callable[[], None]]:
    """One: all of them, on one machine."""
    if checks.wanted(GROUP):
        yield lambda: _run(checks, guest, place)


def _run(checks: Checks, guest: Guest, place: Path) -> None:
    """All of them, on a machine without a job."""
    with Site(place / "bus", guest) as site:
        if not checks.run(GROUP, "the machine comes up with its CAN interfaces", lambda: _prepare(site)):
            return
        for wire in WIRES:
            if checks.wanted(GROUP, wire.name):
                _pytest(checks, site.on, wire, f"{CONTRACT} {PEERS}")
        if checks.wanted(GROUP, "full queue and bus-off"):
            _pytest(checks, site.on, WIRES[0], "tests/vm/inside", "full queue and bus-off")
        checks.run(GROUP, "processor time beside the plain client", lambda: _client(site.on))


def _client(machine: Machine) -> str:
    """Ours with the kernel's ISO-TP at most a quarter of udsoncan over can-isotp (`benchmarks.client`)."""
    interfaces = _set_up(machine, WIRES[0])
    said = machine.sh(
        f"cd {PLACE} && PYTHONPATH=/usr/lib/kl30-vm/site PYTHONDONTWRITEBYTECODE=1 "
        f"/opt/kl30/current/bin/python -m benchmarks.client --runs 1 --socketcan {interfaces[0]} 2>&1",
        CLIENT_S,
    )
    if said.rc != 0:
        raise MachineError(said.out.strip()[-1000:])
    return " · ".join(said.out.strip().splitlines()[1:])


def _prepare(site: Site) -> str:
    machine = site.power_on()
    machine.must("systemctl stop kl30-flasher kl30-page.socket kl30-page kl30-import")
    # No wire here has a bit rate: a burst comes faster than 500 kbit/s, and this processor reads it slower than a Pi.
    machine.must(f"sysctl -w net.core.rmem_default={READ_AHEAD_BYTES}")
    machine.must("modprobe vcan && modprobe can-isotp && modprobe slcan")
    # slcan and vcan hand frames to whichever processor runs them; on two of them they overtake each other.
    machine.must("echo 0 >/sys/devices/system/cpu/cpu1/online")
    machine.put(f"{PLACE}.tar", _tests())
    machine.put("/usr/lib/kl30-vm/slcan_pair.py", (GUEST / "slcan_pair.py").read_bytes())
    machine.must(f"mkdir -p {PLACE} && tar -C {PLACE} -xf {PLACE}.tar")
    return machine.must("uname -r").strip()


def _tests() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in TESTS:
            tar.add(ROOT / name, name, filter=lambda one: None if "__pycache__" in one.name else one)
    return packed.getvalue()


def _pytest(checks: Checks, machine: Machine, wire: Wire, tests: str, name: str = "") -> None:
    """Run tests over a wire; each of them is a result."""
    name = name or wire.name
    report = f"{PLACE}/{wire.name}.xml"

    def go() -> str:
        interfaces = _set_up(machine, wire)
        said = machine.sh(
            f"cd {PLACE} && export KL30_TEST_CAN={interfaces[0]} KL30_TEST_CAN_CAR={interfaces[1]} "
            f"KL30_TEST_PATIENCE_S=40 "
            f"KL30_MUST_RUN=kernel_isotp PYTHONPATH=/usr/lib/kl30-vm/site PYTHONDONTWRITEBYTECODE=1 && "
            f"/opt/kl30/current/bin/python -m pytest -q -p no:cacheprovider -m kernel_isotp --timeout 150 "
            f"--junitxml={report} {tests} 2>&1 | tail -40",
            300,
        )
        results = list(_results(machine, report, name)) if machine.sh(f"test -s {report}").rc == 0 else []
        for result in results:
            checks.add(result)
        if not results:
            raise MachineError(f"no test ran: {said.out}")
        return said.out.strip().splitlines()[-1]

    checks.run(GROUP, f"{name}: its tests ran", go)


def _set_up(machine: Machine, wire: Wire) -> tuple[str, str]:
    if wire.set_up:
        machine.must(f"ip link show {wire.ours} up | grep -q . || {{ {wire.set_up}; }}")
        return wire.ours, wire.cars
    out = f"{PLACE}/pair"
    machine.must(
        f"nohup python3 -u /usr/lib/kl30-vm/slcan_pair.py >{out} 2>&1 & until grep -q can {out}; do sleep 0.2; done"
    )
    ours, cars = machine.must(f"cat {out}").split()
    return ours, cars


def _results(machine: Machine, report: str, wire: str) -> Iterator[Result]:
    for case in ElementTree.fromstring(machine.must(f"cat {report}")).iter("testcase"):
        bad = [one for one in case if one.tag in ("failure", "error", "skipped")]
        failure = f"{bad[0].get('message')}\n{bad[0].text}" if bad else ""
        yield Result(GROUP, f"{wire}: {case.get('name')}", float(case.get("time", 0)), failure)
