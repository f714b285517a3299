"""The car outside of the machine: the bench's control units behind a serial CAN adapter; it outlives the machine.

The adapter speaks the text protocol that the kernel's slcan driver speaks (LAWICEL): `t6F18` and data in hexadecimal,
closed by a carriage return; what sets up bit rate and opens the channel is taken for granted.  The car runs at the pace
of this host's clock.  A referee hears what it hears; what he needs of the journal is held against the card afterwards
(`look`), because from here the journal cannot be seen while the machine lives.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import can

from appliance import uds
from appliance.bench.car import DME, Car
from appliance.bench.car_transport import CarTransport
from appliance.bench.control_unit import ControlUnit
from appliance.bench.memory import CarMemory, MemoryFile, UnitMemory
from appliance.bench.referee.referee import Referee
from appliance.bench.referee.seen import ERASE, Violation
from appliance.bench.scenarios import STEADY
from appliance.clock import Clock, RealClock
from tests.engine.workshop import SMALLER
from tests.refereed import job_of
from tests.vm.workshop import campaign

LOOK_S = 0.05
_JOURNAL_LAWS = frozenset({"6", "9"})  # what has to be journalled before and after: `look` asks the card
BLOCK_BYTES = 1026  # an emulated serial port moves some 2000 frames a second; 4095 at once are for the contract suite


class Adapter(can.BusABC):
    """A serial CAN adapter whose serial line is a Unix socket; the machine's QEMU connects to it, life after life.

    Attributes:
        frames: How many have passed, both ways.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(channel=str(path))
        self.channel_info = "the adapter outside"
        self.path = path
        self.frames = 0
        path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self._line: socket.socket | None = None
        self._rest = b""
        self._received: list[can.Message] = []

    def send(self, msg: can.Message, timeout: float | None = None) -> None:
        """Give a frame to the machine; nobody gets it while there is none."""
        self.frames += 1
        if self._line is None:
            return
        try:
            self._line.sendall(b"t%03X%d%s\r" % (msg.arbitration_id, msg.dlc, bytes(msg.data).hex().upper().encode()))
        except OSError:
            self._hang_up()

    def close(self) -> None:
        """Unplug it."""
        self._hang_up()
        self._server.close()
        self.shutdown()

    def _recv_internal(self, timeout: float | None) -> tuple[can.Message | None, bool]:
        if not self._received:
            lines = [self._server] if self._line is None else [self._server, self._line]
            ready, _, _ = select.select(lines, [], [], timeout)
            if self._server in ready:
                self._hang_up()
                self._line, _ = self._server.accept()
            elif ready:
                self._read()
        return (self._received.pop(0), True) if self._received else (None, True)

    def _read(self) -> None:
        assert self._line is not None
        try:
            got = self._line.recv(1 << 16)
        except OSError:
            got = b""
        if not got:
            self._hang_up()
            return
        *lines, self._rest = (self._rest + got).split(b"\r")
        self._received = [_frame(line) for line in lines if line[:1] == b"t"]
        self.frames += len(self._received)

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line, self._rest = None, b""


def _frame(line: bytes) -> can.Message:
    length = int(line[4:5])
    return can.Message(
        arbitration_id=int(line[1:4], 16), is_extended_id=False, data=bytes.fromhex(line[5 : 5 + 2 * length].decode())
    )


@dataclass(frozen=True, slots=True)
class Heard:
    """A request, as the car heard it."""

    at_s: float
    to: int
    payload: bytes


class ShortBlocks(Car):
    """The bench's car, with a DME that grants shorter blocks (maxNumberOfBlockLength)."""

    def _unit(self, unit: UnitMemory) -> ControlUnit:
        self._profiles = {**self._profiles, DME: replace(self._profiles[DME], block_length=BLOCK_BYTES)}
        return super()._unit(unit)


class OutsideCar:
    """The car, in a thread; a failure in it is raised by whoever asks it something.

    Args:
        path: The adapter's socket.

    Attributes:
        heard: Every request so far.
        on_request: Called with each of them, in the car's thread.
    """

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self._clock = clock or RealClock()
        self.adapter = Adapter(path)
        self.fresh = fresh_car()
        self.drive_in()
        self.heard: list[Heard] = []
        self.on_request: Callable[[Heard], None] = _nothing
        self._transport = CarTransport(self.adapter, [unit.address for unit in self.fresh.units], self._clock)
        self._stopped = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="car outside", daemon=True)
        self._thread.start()

    def drive_in(self) -> None:
        """A car, as it comes, and a referee who knows nothing yet; between two jobs."""
        self.car = ShortBlocks(MemoryFile(None, self.fresh), lambda: 13.8)
        self.referee = Referee(job_of(campaign()), self.fresh)

    @property
    def memory(self) -> CarMemory:
        """What it keeps now."""
        self._require_alive()
        return self.car.memory.now

    @property
    def dme_erased(self) -> tuple[int, ...]:
        """Memory addresses of the DME's datablocks that were asked to be erased, in order."""
        asked = (one.payload for one in list(self.heard) if one.to == DME)
        return tuple(int.from_bytes(one[6:10], "big") for one in asked if _starts(one, ERASE))

    def left_alone(self) -> None:
        """Tell the referee that whoever works on it is gone, or begins anew."""
        self.referee.begun(self._clock.now_s())

    def violations(self) -> tuple[Violation, ...]:
        """What the referee found on the wire."""
        self._require_alive()
        return tuple(one for one in self.referee.verdict() if one.law not in _JOURNAL_LAWS)

    def stop(self) -> None:
        """Drive off."""
        self._stopped.set()
        self._thread.join()
        self.adapter.close()

    def _require_alive(self) -> None:
        if self._failure is not None:
            raise RuntimeError("the car outside broke down") from self._failure

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                self._turn()
        except BaseException as failure:
            self._failure = failure
            raise

    def _turn(self) -> None:
        car, now_s = self.car, self._clock.now_s()
        next_s = car.next_s()
        until_s = now_s + LOOK_S if next_s is None else min(next_s, now_s + LOOK_S)
        told: tuple[bool, bytes] | None = None
        for address, functional, payload in self._transport.poll(until_s):
            if (functional, payload) != told or not functional:
                self._tell(uds.FUNCTIONAL if functional else address, payload)
                told = (functional, payload)
            car.request(self._clock.now_s(), address, payload, functional=functional)
        for reply in car.due(self._clock.now_s()):
            self.referee.said(self._clock.now_s(), reply.address, reply.payload)
            self._transport.reply(reply.address, reply.payload)
        self.referee.looked(self._clock.now_s(), 13.8)

    def _tell(self, to: int, payload: bytes) -> None:
        heard = Heard(self._clock.now_s(), to, payload)
        self.referee.asked(heard.at_s, to, payload)
        self.referee.sent(heard.at_s, to)
        self.heard.append(heard)
        self.on_request(heard)


def fresh_car() -> CarMemory:
    """The car of the bench, with flash memory as small as the workshop's images."""
    memory = STEADY.car()
    dme = memory.unit(DME)
    slots = tuple(replace(slot, length=slot.length // SMALLER) for slot in dme.slots)
    return memory.with_unit(replace(dme, slots=slots))


def _starts(payload: bytes, routine: int) -> bool:
    return payload[:2] == b"\x31\x01" and int.from_bytes(payload[2:4], "big") == routine


def _nothing(_heard: Any) -> None:
    """Nobody waits for a moment."""
