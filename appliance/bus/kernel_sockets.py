"""How the kernel's CAN sockets are set up: one ISO-TP socket for each control unit, one raw socket beside them.

Flags of a unit's socket (linux/can/isotp.h):

* EXTEND_ADDR and RX_EXT_ADDR: the unit's address in front of what we send, the tester's in front of what we get.
* TX_PADDING with 0x00: always eight bytes (facts.md §1, confirmed); what the unit pads with is not checked.
* not WAIT_TX_DONE: with it `send` sleeps until the last frame has gone, and a unit that goes on answering "wait" can
  keep it, and the thread that pulses the watchdog, asleep for ever.  The same certainty comes without sleeping: such
  a socket is writable again when its message has gone (since Linux 6.3 and 6.1.25), and SO_ERROR says how it went.

The raw socket hears the control units and nothing else; our own frames, 4300 a second, never reach Python.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import Protocol

import isotp

from appliance import uds
from appliance.errors import LinkError

UNITS_ID = 0x600
TESTER_ID = UNITS_ID + uds.TESTER
_CAN_FRAME = struct.Struct("=IB3x8s")  # struct can_frame: id, length, data (linux/can.h)
_CAN_FILTER = struct.Struct("=II")  # struct can_filter: id, mask
_EXTENDED_OR_REMOTE = 0xC000_0000  # CAN_EFF_FLAG | CAN_RTR_FLAG: in the mask, neither passes
_INVERTED = 0x2000_0000  # CAN_INV_FILTER
_EXTEND_ADDR, _TX_PADDING, _RX_EXT_ADDR = 0x002, 0x004, 0x200


@dataclass(frozen=True, slots=True)
class UnitOptions:
    """Everything that is set on a unit's socket; names as in linux/can/isotp.h."""

    tx_id: int
    rx_id: int
    ext_address: int
    rx_ext_address: int
    flags: int = _EXTEND_ADDR | _RX_EXT_ADDR | _TX_PADDING
    tx_pad: int = 0x00
    block_size: int = 0
    stmin: int = 0


def unit_options(address: int) -> UnitOptions:
    """The options for talking to one control unit."""
    return UnitOptions(TESTER_ID, UNITS_ID + address, ext_address=address, rx_ext_address=uds.TESTER)


def unit_filters() -> bytes:
    """Filters of the raw socket, all of which must pass: an id of 0x600 to 0x6FF, and not the tester's own."""
    units = _CAN_FILTER.pack(UNITS_ID, 0x700 | _EXTENDED_OR_REMOTE)
    not_tester = _CAN_FILTER.pack(TESTER_ID | _INVERTED, 0x7FF | _EXTENDED_OR_REMOTE)
    return units + not_tester


def pack_frame(can_id: int, data: bytes) -> bytes:
    """A frame as a raw socket takes it."""
    return _CAN_FRAME.pack(can_id, len(data), data)


def unpack_frame(raw: bytes) -> tuple[int, bytes]:
    """Id and data of a frame as a raw socket gives it."""
    can_id, length, data = _CAN_FRAME.unpack(raw[: _CAN_FRAME.size])
    return can_id, data[:length]


def kernel_has_isotp() -> bool:
    """Whether this kernel can open an ISO-TP socket at all."""
    try:
        socket.socket(socket.AF_CAN, socket.SOCK_DGRAM, socket.CAN_ISOTP).close()
    except (OSError, AttributeError):
        return False
    return True


class Sockets(Protocol):
    """Who opens the sockets; all of them non-blocking."""

    def unit(self, address: int) -> socket.socket:
        """Whole messages to and from one control unit."""

    def raw(self) -> socket.socket:
        """Frames from the control units, and frames to them."""


class KernelSockets:
    """Sockets on a CAN interface of this machine.

    Args:
        channel: The interface, as in "can0".
    """

    def __init__(self, channel: str) -> None:
        self._channel = channel

    def unit(self, address: int) -> socket.socket:
        """Open, set and bind an ISO-TP socket.

        Raises:
            LinkError: the kernel has no ISO-TP, or the interface is missing.
        """
        try:
            unit = isotp.socket()
        except (OSError, NotImplementedError) as error:
            raise self._missing(error, "check that the module is there: modprobe can-isotp") from error
        try:
            _set_up(unit, unit_options(address), self._channel)
        except OSError as error:
            unit.close()
            raise self._missing(error, "check that the interface is there: ip link show") from error
        return unit.real_socket()

    def raw(self) -> socket.socket:
        """Open and bind the raw socket.

        Raises:
            LinkError: there is no CAN in this kernel, or the interface is missing.
        """
        try:
            raw = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
        except OSError as error:
            raise self._missing(error, "check that this kernel has CAN: modprobe can-raw") from error
        try:
            raw.setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_JOIN_FILTERS, 1)
            raw.setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_FILTER, unit_filters())
            raw.bind((self._channel,))
        except OSError as error:
            raw.close()
            raise self._missing(error, "check that the interface is there: ip link show") from error
        raw.setblocking(False)
        return raw

    def _missing(self, error: Exception, do: str) -> LinkError:
        return LinkError(f"the CAN socket cannot be opened: {error}", where=self._channel, do=do)


def _set_up(unit: isotp.socket, options: UnitOptions, channel: str) -> None:
    unit.set_opts(
        optflag=options.flags,
        ext_address=options.ext_address,
        rx_ext_address=options.rx_ext_address,
        txpad=options.tx_pad,
    )
    unit.set_fc_opts(bs=options.block_size, stmin=options.stmin)
    unit.bind(
        channel,
        isotp.Address(
            isotp.AddressingMode.Extended_11bits,
            txid=options.tx_id,
            rxid=options.rx_id,
            source_address=options.rx_ext_address,
            target_address=options.ext_address,
        ),
    )
    unit.real_socket().setblocking(False)
