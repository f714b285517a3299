"""Frames as the kernel's raw CAN sockets take and give them, and what can be asked of such a socket besides.

* A classic BPF program keeps consecutive frames out of a queue: of a tester's frames all but a few are those.
* With each frame the kernel says whether this machine sent it (MSG_DONTROUTE), and how many frames the socket had no
  room for (SO_RXQ_OVFL).

Sources: linux/can.h, linux/filter.h, linux/bpf_common.h, asm-generic/socket.h; Documentation/networking/can.rst.
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
from array import array
from dataclasses import dataclass

from appliance.bus.isotp import CONSECUTIVE

_CAN_FRAME = struct.Struct("=IB3x8s")  # struct can_frame: id, length, data
_ERROR_FRAME, _ID = 0x2000_0000, 0x1FFF_FFFF  # CAN_ERR_FLAG; CAN_EFF_MASK
_SO_RXQ_OVFL, _SO_ATTACH_FILTER = 40, 26  # Python has no names for them
_DROPPED = struct.Struct("=I")
_DROPS = (socket.SOL_SOCKET, _SO_RXQ_OVFL)
_DROPS_ROOM = socket.CMSG_SPACE(_DROPPED.size)
_INSTRUCTION = struct.Struct("=HBBI")  # struct sock_filter
_PROGRAM = struct.Struct("@HP")  # struct sock_fprog
_LOAD_BYTE, _AND, _EQUAL, _ANY_OF, _RETURN = 0x30, 0x54, 0x15, 0x45, 0x06


@dataclass(frozen=True, slots=True)
class RawFrame:
    """What a raw socket gives.

    Attributes:
        error: Whether it is an error frame; `can_id` are its classes then.
        local: Whether this machine sent it.
        dropped: Frames this socket had no room for so far, as far as it is told with this one.
    """

    can_id: int
    data: bytes
    error: bool = False
    local: bool = False
    dropped: int = 0


def pack_frame(can_id: int, data: bytes) -> bytes:
    """A frame as a raw socket takes it."""
    return _CAN_FRAME.pack(can_id, len(data), data)


def unpack_frame(raw: bytes) -> tuple[int, bytes]:
    """Id and data of a frame as a raw socket gives it."""
    can_id, length, data = _CAN_FRAME.unpack(raw[: _CAN_FRAME.size])
    return can_id, data[:length]


def offered(to: socket.socket, data: bytes) -> bool:
    """Whether the kernel took it; false when its transmit queue is full."""
    try:
        to.send(data)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno == errno.ENOBUFS:
            return False
        raise
    return True


def receive(from_socket: socket.socket) -> RawFrame:
    """The next frame of a raw socket.

    Raises:
        BlockingIOError: there is none. OSError: the interface is gone.
    """
    raw, told, flags, _ = from_socket.recvmsg(_CAN_FRAME.size, _DROPS_ROOM)
    can_id, data = unpack_frame(raw)
    dropped = sum(_DROPPED.unpack(value)[0] for level, kind, value in told if (level, kind) == _DROPS)
    local = bool(flags & socket.MSG_DONTROUTE)
    return RawFrame(can_id & _ID, data, bool(can_id & _ERROR_FRAME), local, dropped)


def without_consecutive_frames() -> array[int]:
    """A classic BPF program over `struct can_frame`: error frames pass, and of ISO-TP all but consecutive frames."""
    flags_at = 3 if sys.byteorder == "little" else 0  # the byte of the id that has the flags
    program = (
        (_LOAD_BYTE, 0, 0, flags_at),
        (_ANY_OF, 3, 0, _ERROR_FRAME >> 24),
        (_LOAD_BYTE, 0, 0, 9),  # the frame type, behind the address
        (_AND, 0, 0, 0xF0),
        (_EQUAL, 1, 0, CONSECUTIVE << 4),
        (_RETURN, 0, 0, 0xFFFF_FFFF),
        (_RETURN, 0, 0, 0),
    )
    return array("B", b"".join(_INSTRUCTION.pack(*one) for one in program))


def attach(to: socket.socket, program: array[int]) -> None:
    """Have the kernel run a classic BPF program for each frame before it is queued.

    Raises:
        OSError: it cannot.
    """
    address, length = program.buffer_info()
    to.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, _PROGRAM.pack(length // _INSTRUCTION.size, address))


def count_drops(of: socket.socket) -> None:
    """Have the kernel say with each frame how many it had no room for."""
    of.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
