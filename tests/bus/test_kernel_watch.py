"""The kernel transport's watching socket, over a pair of local sockets; its BPF program in this kernel."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator

import pytest

from appliance.bus.bystander import Bystander
from appliance.bus.isotp import frames_of
from appliance.bus.kernel_sockets import watch_filters
from appliance.bus.kernel_transport import KernelTransport
from appliance.bus.raw_frames import (
    RawFrame,
    attach,
    count_drops,
    offered,
    pack_frame,
    receive,
    without_consecutive_frames,
)
from appliance.bus.transport import Disturbed, TransportEvent
from appliance.clock import RealClock
from appliance.engine.link_health import BusHealth
from appliance.errors import LinkError
from tests.bus.test_kernel_transport import LocalSockets

ERROR_FLAG, BUS_OFF, NO_ACK = 0x2000_0000, 0x040, 0x020


@pytest.fixture
def sockets() -> Iterator[LocalSockets]:
    made = LocalSockets()
    yield made
    made.close()


@pytest.fixture
def transport(sockets: LocalSockets) -> Iterator[KernelTransport]:
    made = KernelTransport(sockets, RealClock())
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.setblocking(False)
    yield ours, theirs
    ours.close()
    theirs.close()


def bus_of(events: list[TransportEvent]) -> BusHealth:
    (disturbed,) = (event for event in events if isinstance(event, Disturbed))
    return disturbed.bus


def test_an_error_frame_is_told(transport: KernelTransport, sockets: LocalSockets) -> None:
    sockets.watched.send(pack_frame(ERROR_FLAG | NO_ACK, bytes(8)))
    assert bus_of(transport.poll(0.0)).no_ack == 1


def test_another_tester_is_told(transport: KernelTransport, sockets: LocalSockets) -> None:
    sockets.watched.send(pack_frame(0x6F1, bytes.fromhex("DF 02 3E 80 00 00 00 00")))
    assert bus_of(transport.poll(0.0)).foreign == 1


def test_what_this_machine_sends_is_no_other_testers() -> None:
    bystander = Bystander("can0")
    bystander.saw(RawFrame(0x6F1, b"\xdf\x02\x3e\x80", local=True))
    assert bystander.news() == []


def test_bus_off_is_a_lost_link_and_names_the_interface(transport: KernelTransport, sockets: LocalSockets) -> None:
    sockets.watched.send(pack_frame(ERROR_FLAG | BUS_OFF, bytes(8)))
    with pytest.raises(LinkError, match=r"local: .*bus-off"):
        transport.poll(0.0)


def test_frames_a_socket_had_no_room_for_are_counted_once_for_each_socket() -> None:
    bystander = Bystander("can0")
    for which, dropped in ((3, 2), (3, 0), (3, 2), (3, 5), (4, 1)):
        bystander.missed(which, dropped)
    assert bystander.health.overflow == 6


def test_the_kernel_tells_what_a_socket_had_no_room_for(pair: tuple[socket.socket, socket.socket]) -> None:
    """The option is taken; a local socket never drops, so there is nothing to tell of one."""
    ours, theirs = pair
    count_drops(ours)
    theirs.send(pack_frame(0x612, b"\xf1\x02\x7e\x00"))
    assert receive(ours) == RawFrame(0x612, b"\xf1\x02\x7e\x00")


@pytest.mark.parametrize(
    ("can_id", "data", "passes"),
    [
        (0x6F1, "DF 02 3E 80 00 00 00 00", True),  # single frame
        (0x6F1, "12 1F FF 36 01 00 00 00", True),  # first frame
        (0x6F1, "12 30 00 00 00 00 00 00", True),  # flow control
        (0x6F1, "12 21 00 00 00 00 00 00", False),  # consecutive frame
        (0x6F1, "12 2F 00 00 00 00 00 00", False),
        (ERROR_FLAG | 0x004, "00 20 00 00 00 00 00 00", True),  # error-passive, whose byte looks like one
    ],
)
def test_the_program_lets_all_pass_but_consecutive_frames(
    pair: tuple[socket.socket, socket.socket], can_id: int, data: str, passes: bool
) -> None:
    """Run by the kernel of this machine: it filters local datagrams with the same programs as CAN frames."""
    ours, theirs = pair
    attach(ours, without_consecutive_frames())
    theirs.settimeout(1.0)
    try:
        theirs.send(pack_frame(can_id, bytes.fromhex(data)))
    except PermissionError:  # how a local socket says that the other side's program dropped it
        assert not passes
        return
    if not passes:
        with pytest.raises(BlockingIOError):
            receive(ours)
        return
    assert receive(ours).data == bytes.fromhex(data)


def test_of_a_block_of_4095_bytes_two_frames_pass(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    attach(ours, without_consecutive_frames())
    for frame in (*frames_of(0x12, bytes(4095)), bytes.fromhex("12 30 00 00 00 00 00 00")):
        try:
            theirs.send(pack_frame(0x6F1, frame))
        except PermissionError:
            continue
    assert [receive(ours).data[1] >> 4 for _ in range(2)] == [1, 3]
    with pytest.raises(BlockingIOError):
        receive(ours)


@pytest.mark.parametrize(
    ("can_id", "passes"),
    [(0x6F1, True), (0x6F4, True), (0x7DF, True), (0x7E0, True), (0x7E7, True), (0x7E8, False), (0x612, False)],
)
def test_the_watching_socket_hears_testers_alone(can_id: int, passes: bool) -> None:
    """The kernel's rule without joined filters: one must say `(id & mask) == (filter & mask)`."""
    raw = watch_filters()
    pairs = [(raw[at : at + 4], raw[at + 4 : at + 8]) for at in range(0, len(raw), 8)]
    numbers = [(int.from_bytes(one, "little"), int.from_bytes(mask, "little")) for one, mask in pairs]
    assert any(can_id & mask == one & mask for one, mask in numbers) == passes


class FullQueue:
    """A socket whose transmit queue is full."""

    def __init__(self, number: int) -> None:
        self._number = number

    def send(self, _data: bytes) -> int:
        raise OSError(self._number, "")


def test_a_full_queue_is_no_error_and_anything_else_is() -> None:
    assert not offered(FullQueue(errno.ENOBUFS), b"")  # type: ignore[arg-type]
    with pytest.raises(OSError):  # noqa: PT011 – the kernel's own
        offered(FullQueue(errno.ENETDOWN), b"")  # type: ignore[arg-type]
