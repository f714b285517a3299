"""The services as they run on this kernel: who they are, what they may, how they answer, and how large they are."""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.clock import RealClock
from tests.vm.build import Guest
from tests.vm.checks import Checks
from tests.vm.errors import MachineError
from tests.vm.machine import Machine
from tests.vm.site import Site

GROUP = "services"
HIGHEST_EXPOSURE = 1.5
USERS = {"kl30-flasher": "kl30", "kl30-page": "kl30-page", "kl30-import": "kl30-import"}
CONNECTIONS = 50
PAGE_S = 120.0
ERASE = "31 01 FF 00"


def jobs(checks: Checks, guest: Guest, place: Path) -> Iterator[Callable[[], None]]:
    """One: all of them, on one machine."""
    if checks.wanted(GROUP):
        yield lambda: _run(checks, guest, place)


def _run(checks: Checks, guest: Guest, place: Path) -> None:
    """All of them, on one machine that has just come up, with a job in the end."""
    with Site(place / "services", guest) as site:
        if not checks.run(GROUP, "the appliance comes up", lambda: _comes_up(site)):
            return
        machine = site.on
        checks.run(GROUP, "no unit has failed", lambda: _no_failed_unit(machine))
        for unit, user in USERS.items():
            _locked_up(checks, machine, unit, user)
        checks.run(GROUP, "the page is in a network of its own", lambda: _own_network(machine))
        checks.run(GROUP, "can0 is set up as the image says", lambda: _can0(machine))
        checks.run(GROUP, "the machine's watchdog is armed", lambda: _watchdog(machine))
        port = _forwarded(machine)
        checks.run(GROUP, "the page answers from outside", lambda: _page(port))
        hammered = f"START, and the car is programmed; the page hammered by {CONNECTIONS} in the second part"
        checks.run(GROUP, hammered, lambda: _programmed(site, port))
        checks.run(GROUP, "READY and memory, as seen under emulation", lambda: _figures(machine))


def _locked_up(checks: Checks, machine: Machine, unit: str, user: str) -> None:
    checks.run(GROUP, f"{unit} runs as {user}", lambda: _runs_as(machine, unit, user))
    checks.run(GROUP, f"{unit} has no privilege", lambda: _no_privilege(machine, unit))
    checks.run(GROUP, f"exposure of {unit} is at most {HIGHEST_EXPOSURE}", lambda: _exposure(machine, unit))


def _comes_up(site: Site) -> str:
    clock = RealClock()
    began_s = clock.now_s()
    site.power_on(whole=True)
    site.wait_for(("READY",), 90.0)
    return f"READY {clock.now_s() - began_s:.0f} s after the memory was loaded"


def _no_failed_unit(machine: Machine) -> None:
    failed = machine.must("systemctl --failed --no-legend --plain").strip()
    if failed:
        raise MachineError(f"{failed}\n{machine.sh('journalctl -b -p warning -o cat | tail -30').out}")


def _main_pid(machine: Machine, unit: str) -> int:
    pid = int(machine.must(f"systemctl show -P MainPID {unit}"))
    if not pid:
        raise MachineError(f"{unit} does not run: {machine.sh(f'journalctl -b -u {unit} -o cat | tail -20').out}")
    return pid


def _runs_as(machine: Machine, unit: str, user: str) -> None:
    is_user = machine.must(f"ps -o user:32= -p {_main_pid(machine, unit)}").strip()
    if is_user != user:
        raise MachineError(f"it runs as {is_user}")


def _no_privilege(machine: Machine, unit: str) -> None:
    """What the kernel itself says: no capability, none to be had, system calls filtered."""
    lines = machine.must(f"cat /proc/{_main_pid(machine, unit)}/status").splitlines()
    status = dict(line.split(":", 1) for line in lines)
    said = {name: status[name].strip() for name in ("CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp")}
    if said != {"CapEff": "0" * 16, "CapPrm": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}:
        raise MachineError(str(said))


def _exposure(machine: Machine, unit: str) -> str:
    said = machine.must(f"systemd-analyze security --no-pager {unit}.service | tail -3")
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    if found is None or float(found[1]) > HIGHEST_EXPOSURE:
        raise MachineError(said.strip())
    return found[1]


def _own_network(machine: Machine) -> None:
    page = machine.must(f"readlink /proc/{_main_pid(machine, 'kl30-page')}/ns/net")
    if page == machine.must("readlink /proc/1/ns/net"):
        raise MachineError("it is in the machine's own")


def _can0(machine: Machine) -> str:
    shown = " ".join(machine.must("ip -details link show can0").split())
    for wanted in ("state UP", "can state ERROR-ACTIVE restart-ms 0", "bitrate 500000 "):
        if wanted not in shown:
            raise MachineError(f"no {wanted!r}: {shown}")
    return "up, 500 kbit/s, restart-ms 0"


def _watchdog(machine: Machine) -> str:
    folder = "/sys/class/watchdog/watchdog0"
    identity, state, timeout = machine.must(f"cat {folder}/identity {folder}/state {folder}/timeout").splitlines()
    if (state, int(timeout)) != ("active", 14):
        raise MachineError(f"{identity}: {state}, {timeout} s")
    return f"{identity}, {timeout} s"


def _forwarded(machine: Machine) -> int:
    """A port of this host that leads to the page: the phone in the same network."""
    machine.must("ip link set eth0 up && (ip addr add 10.0.2.15/24 dev eth0 || true)")
    for port in range(18030, 18080):
        said = machine.qmp.ask(
            "human-monitor-command", **{"command-line": f"hostfwd_add phones tcp:127.0.0.1:{port}-:80"}
        )
        if not said:
            return port
    raise MachineError("no port of this host could be led to the page")


def _get(port: int, path: str, within_s: float = 20.0) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=within_s) as answer:
        return bytes(answer.read())


def _page(port: int) -> str:
    """It takes a while to start, with half a processor to itself (CPUQuota)."""
    clock = RealClock()
    until_s = clock.now_s() + PAGE_S
    while True:
        try:
            phase = json.loads(_get(port, "/status.json"))["phase"]
            break
        except OSError as late:
            if clock.now_s() > until_s:
                raise MachineError(f"no answer within {PAGE_S:.0f} s: {late}") from late
    if phase != "READY" or b"READY" not in _get(port, "/"):
        raise MachineError(f"it says {phase}")
    return "READY"


def _programmed(site: Site, port: int) -> str:
    """One job; from the second erase to the end of that transfer, fifty clients ask as fast as they can."""
    stop = threading.Event()
    answered = [0] * CONNECTIONS
    clients = [threading.Thread(target=_ask, args=(port, stop, answered, at), daemon=True) for at in range(CONNECTIONS)]
    site.start()
    site.wait_until_heard(ERASE, 2)
    for client in clients:
        client.start()
    try:
        site.wait_until_heard("37")
    finally:
        stop.set()
        for client in clients:
            client.join()
    status = site.finish()
    wrong = [str(one) for one in site.car.violations()]
    if status.get("verdict") != "programmed" or wrong:
        raise MachineError(f"{status.get('verdict')}: {status.get('reason')}; {'; '.join(wrong)}")
    if not sum(answered):
        raise MachineError("the page did not answer once")
    rates = _rates(site)
    quiet = (rates[0] + rates[2]) / 2
    return (
        f"{rates[1] / 1000:.1f} kB/s while hammered, {quiet / 1000:.1f} kB/s without: {rates[1] / quiet:.2f}; "
        f"{sum(answered)} answers; {site.car.adapter.frames} frames"
    )


def _ask(port: int, stop: threading.Event, answered: list[int], number: int) -> None:
    while not stop.is_set():
        try:
            _get(port, "/status.json")
        except (OSError, urllib.error.URLError):  # too many at once: refused, or too late
            continue
        answered[number] += 1


def _rates(site: Site) -> list[float]:
    """Bytes a second in the last transfer of each of the three datablocks, as the car heard them."""
    done: list[float] = []
    moved, begun_s = 0, 0.0
    for heard in site.car.heard:
        if heard.payload[:1] == b"\x34":
            moved, begun_s = 0, heard.at_s
        elif heard.payload[:1] == b"\x36":
            moved += len(heard.payload)
        elif heard.payload[:1] == b"\x37":
            done.append(moved / (heard.at_s - begun_s))
    return done


def _figures(machine: Machine) -> str:
    """Told, not judged: an emulated processor is no Raspberry Pi."""
    words = []
    for unit in ("kl30-flasher", "kl30-page"):
        shown = machine.must(
            f"systemctl show -P ExecMainStartTimestampMonotonic -P ActiveEnterTimestampMonotonic {unit}"
        )
        began_us, active_us = (int(line) for line in shown.split())
        memory = machine.must(f"grep -E 'VmHWM|VmRSS' /proc/{_main_pid(machine, unit)}/status").split()
        ready = f"active after {(active_us - began_us) / 1e6:.1f} s, " if unit == "kl30-flasher" else ""
        words.append(f"{unit}: {ready}{int(memory[4]) / 1000:.0f} MB resident, {int(memory[1]) / 1000:.0f} MB at most")
    return "; ".join(words)
