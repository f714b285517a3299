"""The machine: QEMU with an emulated processor, and the ways to switch it on, talk to it, and pull its plug.

    cold       the kernel boots, systemd starts everything
    awake      the memory of a machine that waited for its card is loaded, and it goes on from there

Nothing of the card was ever seen by the machine whose memory was saved: the disk that stood in its place was another
one, never opened for longer than udev's look at it.  Pulling the plug is SIGKILL of QEMU, and the card decides what it
had not yet confirmed (`card`).
"""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.clock import RealClock
from tests.vm.errors import MachineError

MEMORY_MB = 512
BOOT_S = 240.0
WAKE_S = 60.0
KERNEL_WORDS = "root=/dev/vda rw console=ttyS0 quiet net.ifnames=0 systemd.show_status=0 panic=0 nmi_watchdog=0"
WAITING = "systemd.unit=kl30-vm-waiting.target"


@dataclass(frozen=True, slots=True)
class Said:
    """How a command in the machine ended, and what it printed, both ways together."""

    rc: int
    out: str


@dataclass(frozen=True, slots=True)
class Disks:
    """What it boots from.

    Attributes:
        system: A qcow2 file; never written to when `throwaway`.
        card: Where the card is served; a socket.
        memory: Saved memory to wake from; None: boot.
        throwaway: What is written to the system disk is forgotten.
    """

    kernel: Path
    initrd: Path
    system: Path
    card: Path
    memory: Path | None = None
    throwaway: bool = True


class Machine:
    """One life of the machine, from power on to power off.

    Args:
        folder: For its sockets and its console's log.
        car: The socket of the adapter to the car; somebody listens there.
        words: More for the kernel's command line.
        extra: More for QEMU's command line.

    Raises:
        MachineError: it did not come up.
    """

    def __init__(
        self,
        folder: Path,
        disks: Disks,
        car: Path,
        *,
        words: str = "",
        extra: Sequence[str] = (),
        processors: int = 2,
    ) -> None:
        self._folder = folder
        self._clock = RealClock()
        self.console = folder / "console.log"
        for name in ("agent", "qmp"):
            (folder / name).unlink(missing_ok=True)
        command = _command(folder, disks, car, words, processors)
        self._qemu = subprocess.Popen(
            [*command, *extra],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(folder / "qemu.log").open("w"),
        )
        try:
            self.qmp = Qmp(self._connected("qmp"))
            self.agent = Agent(self._connected("agent"))
        except MachineError:
            self.pull_plug()
            raise

    def kill(self) -> None:
        """From one instruction to the next it is gone; from any thread."""
        self._qemu.kill()

    def pull_plug(self) -> None:
        """The same; returns when nothing of it is left."""
        self.kill()
        self._qemu.wait()

    def wait_for_end(self, within_s: float) -> None:
        """Wait until it has switched itself off.

        Raises:
            MachineError: it has not.
        """
        try:
            self._qemu.wait(within_s)
        except subprocess.TimeoutExpired as late:
            raise MachineError(f"the machine still runs after {within_s:.0f} s") from late

    @property
    def on(self) -> bool:
        """Whether it has power."""
        return self._qemu.poll() is None

    def run(self, *argv: str, within_s: float = 60.0) -> Said:
        """Run a command as root in the machine."""
        said = self.agent.ask({"do": "run", "argv": argv, "timeout_s": within_s}, within_s + 30.0)
        return Said(said["rc"], said["out"])

    def sh(self, script: str, within_s: float = 60.0) -> Said:
        """Run a shell script there."""
        return self.run("/bin/sh", "-c", script, within_s=within_s)

    def must(self, script: str, within_s: float = 60.0) -> str:
        """The same, where anything but success is a failure of the check.

        Raises:
            MachineError: another exit code than 0.
        """
        said = self.sh(script, within_s)
        if said.rc != 0:
            raise MachineError(f"{script!r} ended with {said.rc}: {said.out.strip()[-2000:]}")
        return said.out

    def put(self, path: str, content: bytes) -> None:
        """A file for the machine."""
        self.agent.ask({"do": "put", "path": path, "base64": base64.b64encode(content).decode()}, 60.0)

    def volts(self, volts: float) -> None:
        """What the voltage monitor measures from now on."""
        self.agent.ask({"do": "volts", "volts": volts}, 30.0)

    def press(self, bcm: int, for_s: float) -> None:
        """Press a button, and let it go."""
        self.agent.ask({"do": "press", "bcm": bcm, "for_s": for_s}, for_s + 30.0)

    def wake(self) -> None:
        """When its memory is loaded: go on; another boot, other chance.

        Raises:
            MachineError: it could not be loaded.
        """
        until_s = self._clock.now_s() + WAKE_S
        while self.qmp.ask("query-status")["status"] == "inmigrate":
            if self._clock.now_s() > until_s:
                raise MachineError("the machine's memory was not loaded in time")
            self._clock.sleep_until(self._clock.now_s() + 0.05)
        self.qmp.ask("cont")
        self.agent.ask({"do": "awake", "boot": str(uuid.uuid4()), "entropy": os.urandom(64).hex()}, WAKE_S)

    def _connected(self, name: str) -> socket.socket:
        path = self._folder / name
        until_s = self._clock.now_s() + WAKE_S
        while self._clock.now_s() < until_s and self.on:
            made = socket.socket(socket.AF_UNIX)
            try:
                made.connect(str(path))
            except OSError:
                made.close()
                self._clock.sleep_until(self._clock.now_s() + 0.02)
            else:
                return made
        raise MachineError(f"QEMU did not come up: {(self._folder / 'qemu.log').read_text(encoding='utf-8')}")


class Lines:
    """JSON objects, one a line, over a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = connection.makefile("rb")

    def send(self, what: dict[str, Any]) -> None:
        """Say something.

        Raises:
            MachineError: nobody is there.
        """
        try:
            self._connection.sendall(json.dumps(what).encode() + b"\n")
        except OSError as error:
            raise MachineError(f"the machine is gone: {error}") from error

    def next(self) -> dict[str, Any] | None:
        """What is said next; None: it is gone, or the time is over."""
        try:
            line = self._reader.readline()
        except OSError:
            return None
        return json.loads(line) if line.endswith(b"\n") else None

    def patient(self, seconds: float | None) -> None:
        """How long `next` waits."""
        self._connection.settimeout(seconds)

    def close(self) -> None:
        """Hang up."""
        self._reader.close()
        self._connection.close()


class Agent:
    """Asks the agent in the machine; from any thread."""

    def __init__(self, connection: socket.socket) -> None:
        self._lines = Lines(connection)
        self._said: dict[int, dict[str, Any]] = {}
        self._last = 0
        self._changed = threading.Condition()
        self._gone = False
        threading.Thread(target=self._listen, name="agent", daemon=True).start()

    def ask(self, what: dict[str, Any], within_s: float) -> dict[str, Any]:
        """Ask it something, and wait for its answer.

        Raises:
            MachineError: it did not answer, or it could not do it.
        """
        with self._changed:
            self._last += 1
            number = self._last
            self._lines.send({"id": number, **what})
            self._changed.wait_for(lambda: number in self._said or self._gone, within_s)
            said = self._said.pop(number, None)
        if said is None:
            why = "the machine is gone" if self._gone else f"no answer within {within_s:.0f} s"
            raise MachineError(f"{why}: {json.dumps(what)[:200]}")
        if "error" in said:
            raise MachineError(f"the agent could not {what['do']}: {said['error']}")
        return said

    def _listen(self) -> None:
        while (said := self._lines.next()) is not None:
            with self._changed:
                self._said[said["id"]] = said
                self._changed.notify_all()
        with self._changed:
            self._gone = True
            self._changed.notify_all()


class Qmp:
    """QEMU's own control socket (QEMU Machine Protocol)."""

    def __init__(self, connection: socket.socket) -> None:
        self._lines = Lines(connection)
        self._lines.patient(120.0)
        self.events: list[str] = []
        self._lines.next()  # its greeting
        self.ask("qmp_capabilities")

    def ask(self, execute: str, **arguments: object) -> Any:
        """Have QEMU do something; what it returns.

        Raises:
            MachineError: it would not.
        """
        self._lines.send({"execute": execute, "arguments": arguments})
        while (said := self._lines.next()) is not None:
            if "event" in said:
                self.events.append(said["event"])
            elif "error" in said:
                raise MachineError(f"QEMU refused {execute}: {said['error']['desc']}")
            else:
                return said["return"]
        raise MachineError(f"QEMU did not answer to {execute}")


def _command(folder: Path, disks: Disks, car: Path, words: str, processors: int) -> list[str]:
    append = " ".join((KERNEL_WORDS, words)).strip()
    overlay = ",snapshot=on" if disks.throwaway else ""
    return [
        *("setpriv", "--pdeathsig", "KILL"),  # it ends with us, however we end
        "qemu-system-x86_64",
        *("-accel", "tcg,thread=multi", "-cpu", "max", "-smp", str(processors), "-m", str(MEMORY_MB)),
        *("-machine", "pc", "-nodefaults", "-display", "none", "-no-reboot", "-action", "watchdog=reset"),
        *("-kernel", str(disks.kernel), "-initrd", str(disks.initrd), "-append", append),
        *("-drive", f"file={disks.system},format=qcow2,if=virtio,cache=unsafe{overlay}"),
        *("-drive", f"file=nbd+unix:///?socket={disks.card},format=raw,if=virtio,cache=writeback"),
        *("-chardev", f"file,id=console,path={folder / 'console.log'}", "-serial", "chardev:console"),
        *("-chardev", f"socket,id=car,path={car}", "-serial", "chardev:car"),
        *("-device", "virtio-serial", "-chardev", f"socket,id=agent,path={folder / 'agent'},server=on,wait=off"),
        *("-device", "virtserialport,chardev=agent,name=kl30.agent"),
        *("-qmp", f"unix:{folder / 'qmp'},server=on,wait=off"),
        *("-object", "can-bus,id=wire", "-device", "kvaser_pci,canbus=wire,addr=0x10"),
        *("-device", "kvaser_pci,canbus=wire,addr=0x11", "-device", "i6300esb"),
        *("-netdev", "user,id=phones,restrict=on", "-device", "virtio-net-pci,netdev=phones"),
        *(("-incoming", f"exec:cat {disks.memory}") if disks.memory else ()),
    ]
