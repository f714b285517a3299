"""The kernel's transport over stand-in sockets: pairs of local sockets that keep messages apart, as CAN sockets do.

What only a CAN kernel can show is in the contract suite (`kernel_isotp`).
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from appliance import uds
from appliance.bus.isotp import IsoTpTiming, frames_of
from appliance.bus.kernel_sockets import KernelSockets, unit_filters, unit_options
from appliance.bus.kernel_transport import KernelTransport
from appliance.bus.raw_frames import pack_frame, unpack_frame
from appliance.bus.transport import Failed, Received, Sent
from appliance.clock import RealClock
from appliance.errors import LinkError


class LocalSockets:
    """Opens one end of a pair and keeps the other for the test."""

    def __init__(self) -> None:
        self.others: dict[int, socket.socket] = {}
        self.opened: list[int] = []
        ours, self.wire = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._raw = ours
        self._watch, self.watched = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._watch.setblocking(False)

    @property
    def channel(self) -> str:
        return "local"

    def unit(self, address: int) -> socket.socket:
        ours, self.others[address] = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self.opened.append(address)
        return ours

    def raw(self) -> socket.socket:
        return self._raw

    def watch(self) -> socket.socket:
        return self._watch

    def unit_says(self, unit: int, *frames: bytes) -> None:
        for frame in frames:
            self.wire.send(pack_frame(0x600 + unit, frame))

    def close(self) -> None:
        for other in (*self.others.values(), self.wire, self.watched):
            other.close()


@pytest.fixture
def sockets() -> Iterator[LocalSockets]:
    made = LocalSockets()
    yield made
    made.close()


@pytest.fixture
def transport(sockets: LocalSockets) -> Iterator[KernelTransport]:
    made = KernelTransport(sockets, RealClock(), IsoTpTiming(n_cr_s=0.01))
    yield made
    made.close()


def soon() -> float:
    return RealClock().now_s() + 1.0


def test_the_options_of_a_units_socket() -> None:
    options = unit_options(0x12)
    assert (options.tx_id, options.rx_id) == (0x6F1, 0x612)
    assert (options.ext_address, options.rx_ext_address) == (0x12, 0xF1)
    assert options.flags == 0x002 | 0x004 | 0x200  # EXTEND_ADDR, TX_PADDING, RX_EXT_ADDR
    assert (options.tx_pad, options.block_size, options.stmin) == (0, 0, 0)


@pytest.mark.parametrize(
    ("can_id", "passes"), [(0x600, True), (0x612, True), (0x6FF, True), (0x6F1, False), (0x130, False), (0x712, False)]
)
def test_the_raw_socket_hears_units_and_not_the_tester(can_id: int, passes: bool) -> None:
    """The kernel's rule: every filter must say `(id & mask) == (filter & mask)`, or the opposite when inverted."""
    verdicts = []
    for filter_id, mask in struct.iter_unpack("=II", unit_filters()):
        inverted = bool(filter_id & 0x2000_0000)
        verdicts.append((can_id & mask == filter_id & ~0x2000_0000 & mask) != inverted)
    assert all(verdicts) == passes


def test_a_frame_survives_packing() -> None:
    assert unpack_frame(pack_frame(0x6F1, b"\xdf\x02\x3e\x80")) == (0x6F1, b"\xdf\x02\x3e\x80")


def test_there_is_no_such_interface() -> None:
    with pytest.raises(LinkError, match="cannot be opened"):
        KernelTransport(KernelSockets("no-such-can"), RealClock())


def test_a_units_socket_on_a_missing_interface_is_a_link_error() -> None:
    with pytest.raises(LinkError, match="cannot be opened"):
        KernelSockets("no-such-can").unit(0x12)


def test_a_message_goes_through_the_units_own_socket(transport: KernelTransport, sockets: LocalSockets) -> None:
    transport.send(0x12, bytes(4095))
    assert transport.poll(soon()) == [Sent(0x12)]
    assert sockets.others[0x12].recv(5000) == bytes(4095)


def test_a_units_answer_comes_through_its_socket(transport: KernelTransport, sockets: LocalSockets) -> None:
    transport.send(0x12, b"\x3e\x00")
    transport.poll(soon())
    sockets.others[0x12].send(b"\x7e\x00")
    assert transport.poll(soon()) == [Received(0x12, b"\x7e\x00")]


def test_a_unit_keeps_its_socket(transport: KernelTransport, sockets: LocalSockets) -> None:
    for _ in range(2):
        transport.send(0x12, b"\x3e\x00")
        transport.poll(soon())
    assert sockets.opened == [0x12]


def test_a_functional_message_is_one_raw_frame(transport: KernelTransport, sockets: LocalSockets) -> None:
    transport.send(uds.FUNCTIONAL, b"\x3e\x80")
    assert transport.poll(soon()) == [Sent(uds.FUNCTIONAL)]
    assert unpack_frame(sockets.wire.recv(16)) == (0x6F1, bytes.fromhex("DF 02 3E 80 00 00 00 00"))
    assert sockets.opened == []


def test_answers_of_units_without_a_socket_are_put_together_here(
    transport: KernelTransport, sockets: LocalSockets
) -> None:
    answers = {unit: frames_of(0xF1, bytes([unit]) * 10) for unit in (0x12, 0x40)}
    for unit, (first, _) in answers.items():
        sockets.unit_says(unit, first)
    transport.poll(RealClock().now_s())
    assert [unpack_frame(sockets.wire.recv(16))[1][:2].hex() for _ in answers] == ["1230", "4030"]
    for unit, (_, last) in answers.items():
        sockets.unit_says(unit, last)
    assert transport.poll(soon()) == [Received(unit, bytes([unit]) * 10) for unit in answers]


def test_the_kernel_answers_for_units_that_have_a_socket(transport: KernelTransport, sockets: LocalSockets) -> None:
    """The raw socket only watches then: no flow control of ours, no message told twice."""
    transport.send(0x12, b"\x22\xf1\x90")
    transport.poll(soon())
    first, last = frames_of(0xF1, bytes(10))
    sockets.unit_says(0x12, first)
    assert transport.poll(RealClock().now_s()) == []
    assert transport.receiving(0x12)
    sockets.unit_says(0x12, last)
    assert transport.poll(RealClock().now_s()) == []
    assert not transport.receiving(0x12)
    sockets.wire.setblocking(False)
    with pytest.raises(BlockingIOError):
        sockets.wire.recv(16)


def test_an_answer_that_breaks_off_fails(transport: KernelTransport, sockets: LocalSockets) -> None:
    sockets.unit_says(0x40, frames_of(0xF1, bytes(10))[0])
    (failed,) = transport.poll(soon())
    assert isinstance(failed, Failed)
    assert "broke off" in failed.reason


def test_a_socket_that_failed_is_replaced(transport: KernelTransport, sockets: LocalSockets) -> None:
    """A reset by the other side stands in for the error a CAN socket reports."""
    transport.send(0x12, b"\x3e\x00")
    transport.poll(soon())
    sockets.others[0x12].close()
    transport.send(0x12, b"\x3e\x00")
    (failed,) = transport.poll(soon())
    assert isinstance(failed, Failed)
    transport.send(0x12, b"\x3e\x00")
    assert transport.poll(soon()) == [Sent(0x12)]
    assert sockets.opened == [0x12, 0x12]


def test_messages_to_one_unit_wait_for_each_other(transport: KernelTransport, sockets: LocalSockets) -> None:
    transport.send(0x12, b"\x01")
    transport.send(0x12, b"\x02")
    events = transport.poll(soon())
    events += transport.poll(soon())
    assert events == [Sent(0x12), Sent(0x12)]
    assert [sockets.others[0x12].recv(10) for _ in range(2)] == [b"\x01", b"\x02"]


def test_what_is_abandoned_on_its_way_takes_its_socket_along(transport: KernelTransport, sockets: LocalSockets) -> None:
    transport.send(0x12, b"\x3e\x00")
    assert transport.poll(RealClock().now_s()) == []  # handed to the kernel, not yet known to have gone
    transport.abandon(0x12)
    assert transport.poll(RealClock().now_s()) == []
    sockets.others[0x12].recv(10)
    assert sockets.others[0x12].recv(10) == b""
