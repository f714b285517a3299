"""How the kernel's CAN sockets are set up: one ISO-TP socket for each control unit, two raw sockets beside them.

Flags of a unit's socket (linux/can/isotp.h):

* EXTEND_ADDR and RX_EXT_ADDR: the unit's address in front of what we send, the tester's in front of what we get.
* TX_PADDING with 0x00: always eight bytes (facts.md §1, confirmed); what the unit pads with is not checked.
* not WAIT_TX_DONE: with it `send` sleeps until the last frame has gone, and a unit that goes on answering "wait" can
  keep it, and the thread that pulses the watchdog, asleep for ever.  The same certainty comes without sleeping: such
  a socket is writable again when its message has gone (since Linux 6.3 and 6.1.25), and SO_ERROR says how it went.

One raw socket hears the control units and nothing else.  The other one watches: it hears the controller's error
frames, and what testers send.  That is us as well, 4300 frames a second, of which `raw_frames` lets few reach Python.
They are two sockets because an error frame passes no socket that joins its filters (linux, net/can/raw.c: `raw_rcv`).

Both count the frames they had no room for (SO_RXQ_OVFL).
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import isotp

from appliance import uds
from appliance.bus.error_frames import ERROR_CLASSES
from appliance.bus.isotp import TESTERS
from appliance.bus.raw_frames import attach, count_drops, without_consecutive_frames
from appliance.errors import LinkError

UNITS_ID = 0x600
TESTER_ID = UNITS_ID + uds.TESTER
_CAN_FILTER = struct.Struct("=II")  # struct can_filter: id, mask
_EXTENDED_OR_REMOTE = 0xC000_0000  # CAN_EFF_FLAG | CAN_RTR_FLAG: in the mask, neither passes
_ERR_FILTER = 2  # CAN_RAW_ERR_FILTER (linux/can/raw.h); Python has no name for it
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


def watch_filters() -> bytes:
    """Filters of the watching socket, one of which must pass: the ids of testers."""
    return b"".join(_CAN_FILTER.pack(tester, mask | _EXTENDED_OR_REMOTE) for tester, mask in TESTERS)


def kernel_has_isotp() -> bool:
    """Whether this kernel can open an ISO-TP socket at all."""
    try:
        socket.socket(socket.AF_CAN, socket.SOCK_DGRAM, socket.CAN_ISOTP).close()
    except (OSError, AttributeError):
        return False
    return True


class Sockets(Protocol):
    """Who opens the sockets; all of them non-blocking."""

    @property
    def channel(self) -> str:
        """The interface, for people."""

    def unit(self, address: int) -> socket.socket:
        """Whole messages to and from one control unit."""

    def raw(self) -> socket.socket:
        """Frames from the control units, and frames to them."""

    def watch(self) -> socket.socket:
        """Error frames, and single, first and flow control frames of testers, of this one too."""


class KernelSockets:
    """Sockets on a CAN interface of this machine.

    Args:
        channel: The interface, as in "can0".
    """

    def __init__(self, channel: str) -> None:
        self._channel = channel

    @property
    def channel(self) -> str:
        """As in "can0"."""
        return self._channel

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
        """Open and bind the raw socket of the control units.

        Raises:
            LinkError: there is no CAN in this kernel, or the interface is missing.
        """
        return self._opened(_hear_units)

    def watch(self) -> socket.socket:
        """Open and bind the watching socket.

        Raises:
            LinkError: as `raw`.
        """
        return self._opened(_hear_the_rest)

    def _opened(self, set_up: Callable[[socket.socket], None]) -> socket.socket:
        try:
            raw = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
        except OSError as error:
            raise self._missing(error, "check that this kernel has CAN: modprobe can-raw") from error
        try:
            set_up(raw)
            count_drops(raw)
            raw.bind((self._channel,))
        except OSError as error:
            raw.close()
            raise self._missing(error, "check that the interface is there: ip link show") from error
        raw.setblocking(False)
        return raw

    def _missing(self, error: Exception, do: str) -> LinkError:
        return LinkError(f"the CAN socket cannot be opened: {error}", where=self._channel, do=do)


def _hear_units(raw: socket.socket) -> None:
    raw.setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_JOIN_FILTERS, 1)
    raw.setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_FILTER, unit_filters())


def _hear_the_rest(raw: socket.socket) -> None:
    raw.setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_FILTER, watch_filters())
    raw.setsockopt(socket.SOL_CAN_RAW, _ERR_FILTER, ERROR_CLASSES)
    attach(raw, without_consecutive_frames())


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
