"""A card that keeps what it was told to keep: a disk for the machine, served over NBD, that can lose its power.

What is written is in a volatile cache until a flush confirms it.  When the power goes, each sector that was written
since then is either there or not, by chance: what a card with a cache may do, and a file of the host never does,
because the host's memory outlives the machine.  A sector is whole or old (512 bytes; a card's own promise).

    card = Card(image, Random(7));  card.path is the socket;  card.power_lost();  card.close()

Source: the NBD protocol, github.com/NetworkBlockDevice/nbd, doc/proto.md: fixed newstyle negotiation, simple replies.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

SECTOR_BYTES = 512
_NBDMAGIC, _IHAVEOPT, _REPLY = 0x4E42444D41474943, 0x49484156454F5054, 0x3E889045565A9
_REQUEST_MAGIC, _ANSWER_MAGIC = 0x25609513, 0x67446698
_FIXED_NEWSTYLE, _NO_ZEROES = 1, 2
_OPT_EXPORT_NAME, _OPT_ABORT, _OPT_GO = 1, 2, 7
_REP_ACK, _REP_INFO, _REP_UNSUPPORTED = 1, 3, 0x80000001
_HAS_FLAGS, _SEND_FLUSH, _SEND_FUA = 1, 4, 8
_READ, _WRITE, _DISCONNECT, _FLUSH = 0, 1, 2, 3
_FUA = 1
_INVALID = 22  # EINVAL


@dataclass(frozen=True, slots=True)
class Loss:
    """What a power cut did: sectors that nobody had confirmed, and how many of them are gone."""

    unconfirmed: int
    gone: int


class Medium:
    """Sectors that are kept, and those written since the last flush.

    Attributes:
        before_flush: Called before each; false: the power is gone, and this flush never happened.

    Args:
        image: The file; its length is the size.
        chance: Decides which unconfirmed sectors a power cut takes.
    """

    def __init__(self, image: Path, chance: Random) -> None:
        self._file = os.open(image, os.O_RDWR)
        self.size_bytes = os.fstat(self._file).st_size
        self._chance = chance
        self._volatile: dict[int, bytes] = {}
        self._lock = threading.Lock()
        self.before_flush: Callable[[], bool] = lambda: True

    def read(self, at: int, length: int) -> bytes:
        """As the machine sees it: what was written last, confirmed or not."""
        with self._lock:
            data = bytearray(os.pread(self._file, length, at))
            first, after = at // SECTOR_BYTES, (at + length + SECTOR_BYTES - 1) // SECTOR_BYTES
            if len(self._volatile) < after - first:
                touched = [number for number in self._volatile if first <= number < after]
            else:
                touched = [number for number in range(first, after) if number in self._volatile]
            for number in touched:
                start = number * SECTOR_BYTES - at
                data[start : start + SECTOR_BYTES] = self._volatile[number]
            return bytes(data[:length])

    def write(self, at: int, data: bytes) -> None:
        """Into the volatile cache; whole sectors, as every disk takes them."""
        with self._lock:
            for start in range(0, len(data), SECTOR_BYTES):
                self._volatile[(at + start) // SECTOR_BYTES] = data[start : start + SECTOR_BYTES]

    def write_through(self, at: int, data: bytes) -> None:
        """Kept at once, and nothing else with it (FUA)."""
        with self._lock:
            for number in range(at // SECTOR_BYTES, (at + len(data)) // SECTOR_BYTES):
                self._volatile.pop(number, None)
            os.pwrite(self._file, data, at)

    def flush(self) -> None:
        """Everything written so far is kept from here on."""
        if not self.before_flush():
            return
        with self._lock:
            for number in sorted(self._volatile):
                os.pwrite(self._file, self._volatile[number], number * SECTOR_BYTES)
            self._volatile.clear()

    def power_lost(self) -> Loss:
        """Each unconfirmed sector made it, or not."""
        with self._lock:
            gone = 0
            for number in sorted(self._volatile):
                if self._chance.random() < 0.5:
                    os.pwrite(self._file, self._volatile[number], number * SECTOR_BYTES)
                else:
                    gone += 1
            loss = Loss(len(self._volatile), gone)
            self._volatile.clear()
            return loss

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)


class Card:
    """Serves a medium on a Unix socket, to one machine after the other.

    Args:
        image: What is on it; changed in place.
        path: The socket.
        chance: As of `Medium`.
    """

    def __init__(self, image: Path, path: Path, chance: Random) -> None:
        self.path = path
        self.medium = Medium(image, chance)
        path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self._serving: threading.Thread | None = None
        self._thread = threading.Thread(target=self._accept, name="card", daemon=True)
        self._thread.start()

    def power_lost(self) -> Loss:
        """The machine is dead; what it had not confirmed is decided."""
        if self._serving is not None:
            self._serving.join(timeout=10)
        return self.medium.power_lost()

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()
        if self._serving is not None:
            self._serving.join(timeout=10)
        self.medium.close()

    def _accept(self) -> None:
        while True:
            try:
                asked, _ = self._server.accept()
            except OSError:  # closed
                return
            self._serving = threading.Thread(target=self._serve, args=(asked,), name="card at work", daemon=True)
            self._serving.start()

    def _serve(self, machine: socket.socket) -> None:
        with machine:
            try:
                if _negotiated(machine, self.medium.size_bytes):
                    while _served(machine, self.medium):
                        pass
            except (ConnectionError, EOFError):  # killed in the middle of a request
                return


def _negotiated(machine: socket.socket, size_bytes: int) -> bool:
    """Whether the machine wants to transmit now."""
    flags = _HAS_FLAGS | _SEND_FLUSH | _SEND_FUA
    machine.sendall(struct.pack(">QQH", _NBDMAGIC, _IHAVEOPT, _FIXED_NEWSTYLE | _NO_ZEROES))
    (client,) = struct.unpack(">I", _exactly(machine, 4))
    while True:
        _, option, length = struct.unpack(">QII", _exactly(machine, 16))
        _exactly(machine, length)
        if option == _OPT_EXPORT_NAME:
            zeroes = b"" if client & _NO_ZEROES else bytes(124)
            machine.sendall(struct.pack(">QH", size_bytes, flags) + zeroes)
            return True
        if option == _OPT_GO:
            info = struct.pack(">HQH", 0, size_bytes, flags)
            machine.sendall(_option_reply(option, _REP_INFO, info) + _option_reply(option, _REP_ACK))
            return True
        machine.sendall(_option_reply(option, _REP_ACK if option == _OPT_ABORT else _REP_UNSUPPORTED))
        if option == _OPT_ABORT:
            return False


def _option_reply(option: int, kind: int, data: bytes = b"") -> bytes:
    return struct.pack(">QIII", _REPLY, option, kind, len(data)) + data


def _served(machine: socket.socket, medium: Medium) -> bool:
    """One request; false: it was the last."""
    magic, flags, kind, handle, at, length = struct.unpack(">IHHQQI", _exactly(machine, 28))
    if magic != _REQUEST_MAGIC:
        raise ConnectionError(f"no request: {magic:08X}")
    if kind == _DISCONNECT:
        return False
    error, data = 0, b""
    if kind == _READ:
        data = medium.read(at, length)
    elif kind == _WRITE:
        (medium.write_through if flags & _FUA else medium.write)(at, _exactly(machine, length))
    elif kind == _FLUSH:
        medium.flush()
    else:
        error = _INVALID
    machine.sendall(struct.pack(">IIQ", _ANSWER_MAGIC, error, handle) + data)
    return True


def _exactly(machine: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        part = machine.recv(min(length - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
