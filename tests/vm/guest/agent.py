"""The hands inside the machine: runs a command, turns the volts, presses a button, when told to from outside.

One JSON object a line over a port of the virtual machine; each is answered by one, in the order in which they end.

    {"id": 1, "do": "run", "argv": […], "timeout_s": 60}     {"id": 1, "rc": 0, "out": "…"}
    {"id": 2, "do": "put", "path": "…", "base64": "…"}       {"id": 2}
    {"id": 3, "do": "volts", "volts": 13.8}                  {"id": 3}
    {"id": 4, "do": "press", "bcm": 27, "for_s": 0.5}        {"id": 4}
    {"id": 5, "do": "awake", "boot": "…", "entropy": "…"}    {"id": 5}
    {"id": 6, "do": "status"}                                {"id": 6, "text": "…"}

Only Python's own library: it has to run before anything is installed.  The voltage monitor is a register of the
kernel's `i2c-stub` that is written here through `i2c-dev`; whoever reads it goes through the same kernel.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PORT = Path("/dev/virtio-ports/kl30.agent")
PLACE = Path("/run/kl30-vm")
BUTTONS = PLACE / "buttons"  # BCM numbers that are pressed; read by the stand-in for lgpio
BOOT_ID = PLACE / "boot_id"
KEY_SOCKET = PLACE / "key.sock"
STATUS = Path("/card/kl30/status.json")

I2C = "/dev/i2c-1"
MONITOR, BUS_VOLTAGE = 0x40, 0x02
I2C_SLAVE_FORCE, I2C_SMBUS = 0x0706, 0x0720  # linux/i2c-dev.h
SMBUS_WRITE, SMBUS_WORD_DATA = 0, 3  # linux/i2c.h
CONVERSION_READY = 0x0002
LSB_V, NOISE_STEPS = 0.004, 2
VOLTS_EVERY_S = 0.02

RNDADDENTROPY, RNDRESEEDCRNG = 0x40085203, 0x5207  # linux/random.h


class Volts:
    """The converter of the voltage monitor: a new number every 20 ms, with a little noise, as a real one has."""

    def __init__(self) -> None:
        self.volts = 13.8
        self._chance = random.Random(1)
        self._bus = os.open(I2C, os.O_RDWR)
        fcntl.ioctl(self._bus, I2C_SLAVE_FORCE, MONITOR)

    def run(self) -> None:
        while True:
            steps = round(self.volts / LSB_V) + self._chance.randint(-NOISE_STEPS, NOISE_STEPS)
            self._write((max(steps, 0) << 3 | CONVERSION_READY) if self.volts else 0)
            time.sleep(VOLTS_EVERY_S)

    def _write(self, word: int) -> None:
        """Most significant byte first, as the chip sends it; an SMBus word is least significant first."""
        import ctypes  # noqa: PLC0415 – takes a while to load, and only here

        data = ctypes.create_string_buffer(struct.pack(">H", word), 34)
        request = struct.pack("@BBIP", SMBUS_WRITE, BUS_VOLTAGE, SMBUS_WORD_DATA, ctypes.addressof(data))
        fcntl.ioctl(self._bus, I2C_SMBUS, request)


class KeyServer:
    """The owner's key service of the bench's car, where `security.socket` of the settings says."""

    def run(self) -> None:
        KEY_SOCKET.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(KEY_SOCKET))
            KEY_SOCKET.chmod(0o666)
            server.listen()
            while True:
                asked, _ = server.accept()
                with asked:
                    question = json.loads(_all(asked))
                    asked.sendall(json.dumps({"key": self._key(question)}).encode())

    def _key(self, question: dict[str, Any]) -> str:
        sys.path += [str(path) for path in Path("/opt/kl30/current/lib").glob("python3.*/site-packages")]
        from appliance.bench.security import bench_key  # noqa: PLC0415 – is installed after the agent was started

        return bench_key(int(question["level"], 16), bytes.fromhex(question["seed"])).hex()


def _all(asked: socket.socket) -> bytes:
    parts = []
    while part := asked.recv(4096):
        parts.append(part)
    return b"".join(parts)


class Status:
    """What the flasher tells, as of this life of the machine: what the life before has left on the card is not told."""

    def __init__(self) -> None:
        self._left: tuple[int, int] | None = None  # the file that was there at first; None: nobody has looked yet

    def read(self, _asked: dict[str, Any]) -> dict[str, Any]:
        if not Path("/card/kl30").exists():  # not mounted yet
            return {"text": ""}
        about = STATUS.stat() if STATUS.exists() else None
        now = (about.st_ino, about.st_mtime_ns) if about else (0, 0)
        if self._left is None:
            self._left = now
        return {"text": STATUS.read_text(encoding="utf-8") if now not in (self._left, (0, 0)) else ""}


class Agent:
    """Reads requests, and answers each from a thread of its own."""

    def __init__(self) -> None:
        self._port = os.open(PORT, os.O_RDWR)
        self._writing = threading.Lock()
        self._volts: Volts | None = None
        self._status = Status()
        self._deeds: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "run": _run,
            "put": _put,
            "volts": self._turn,
            "press": _press,
            "awake": self._awake,
            "status": self._status.read,
        }

    def run(self) -> None:
        rest = b""
        while True:
            got = os.read(self._port, 1 << 16)
            if not got:  # nobody is connected outside
                time.sleep(0.05)
                continue
            *lines, rest = (rest + got).split(b"\n")
            for line in lines:
                threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: bytes) -> None:
        asked = json.loads(line)
        try:
            said = self._deeds[asked["do"]](asked)
        except Exception as error:  # noqa: BLE001 – told outside, where somebody is waiting
            said = {"error": repr(error)}
        data = json.dumps({"id": asked["id"], **said}).encode() + b"\n"
        with self._writing:
            while data:
                data = data[os.write(self._port, data) :]

    def _awake(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The memory of this machine is that of an earlier one: give it a boot of its own, and chance of its own."""
        seed = bytes.fromhex(asked["entropy"])
        handle = os.open("/dev/urandom", os.O_RDWR)
        fcntl.ioctl(handle, RNDADDENTROPY, struct.pack("ii", 8 * len(seed), len(seed)) + seed)
        fcntl.ioctl(handle, RNDRESEEDCRNG)
        os.close(handle)
        BOOT_ID.write_text(asked["boot"] + "\n", encoding="ascii")
        return {}

    def _turn(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self._volts is None:
            self._volts = Volts()
            threading.Thread(target=self._volts.run, daemon=True).start()
        self._volts.volts = asked["volts"]
        return {}


def _run(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        done = subprocess.run(
            asked["argv"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=asked["timeout_s"], check=False
        )
    except subprocess.TimeoutExpired as late:
        return {"rc": 124, "out": (late.stdout or b"").decode(errors="replace")}
    return {"rc": done.returncode, "out": done.stdout.decode(errors="replace")}


def _put(asked: dict[str, Any]) -> dict[str, Any]:
    path = Path(asked["path"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(base64.b64decode(asked["base64"]))
    return {}


def _press(asked: dict[str, Any]) -> dict[str, Any]:
    _pressed(f"{asked['bcm']}\n")
    time.sleep(asked["for_s"])
    _pressed("")
    return {}


def _pressed(buttons: str) -> None:
    """Replaced whole: a reader sees the old ones or the new ones."""
    new = BUTTONS.with_suffix(".new")
    new.write_text(buttons, encoding="ascii")
    new.replace(BUTTONS)


def main() -> None:
    threading.Thread(target=KeyServer().run, daemon=True).start()
    Agent().run()


if __name__ == "__main__":
    main()
