"""The watching socket on a real CAN kernel: what the kernel marks, passes and counts."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.bus.kernel_sockets import KernelSockets
from appliance.bus.kernel_transport import KernelTransport
from appliance.bus.raw_frames import pack_frame
from appliance.bus.transport import Disturbed, Transport
from appliance.clock import RealClock
from appliance.engine.link_health import QUIET, BusHealth
from appliance.errors import LinkError
from tests.bus.cables import CHANNEL, needs_interface

pytestmark = pytest.mark.kernel_isotp

ERROR_FLAG, NO_ACK, BUS_OFF, CONTROLLER = 0x2000_0000, 0x020, 0x040, 0x004
TESTER_PRESENT = bytes.fromhex("DF 02 3E 80 00 00 00 00")
FLOOD = 3000  # frames; a socket has room for some three hundred of them


@pytest.fixture
def transport() -> Iterator[KernelTransport]:
    needs_interface()
    made = KernelTransport(KernelSockets(CHANNEL), RealClock())
    yield made
    made.close()


@pytest.fixture
def somebody() -> Iterator[socket.socket]:
    """Another program of this machine, on the same interface; a virtual one sends error frames like any other."""
    needs_interface()
    if not (Path("/sys/devices/virtual/net") / CHANNEL).exists():
        pytest.skip(f"ERROR FRAMES NOT TESTED: {CHANNEL} is no vcan, and nobody can put one on a bus")
    raw = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
    raw.bind((CHANNEL,))
    yield raw
    raw.close()


def bus_of(transport: Transport, for_s: float = 0.3) -> BusHealth:
    clock = RealClock()
    bus, until_s = QUIET, clock.now_s() + for_s
    while clock.now_s() < until_s:
        for event in transport.poll(until_s):
            bus = event.bus if isinstance(event, Disturbed) else bus
    return bus


def test_error_frames_arrive(transport: KernelTransport, somebody: socket.socket) -> None:
    somebody.send(pack_frame(ERROR_FLAG | NO_ACK, bytes(8)))
    assert bus_of(transport).no_ack == 1


def test_one_that_looks_like_a_consecutive_frame_arrives_too(
    transport: KernelTransport, somebody: socket.socket
) -> None:
    somebody.send(pack_frame(ERROR_FLAG | CONTROLLER, bytes((0, 0x20, 0, 0, 0, 0, 0, 0))))
    assert bus_of(transport).passive == 1


def test_bus_off_ends_it(transport: KernelTransport, somebody: socket.socket) -> None:
    somebody.send(pack_frame(ERROR_FLAG | BUS_OFF, bytes(8)))
    with pytest.raises(LinkError, match="bus-off"):
        bus_of(transport)


def test_a_tester_on_this_machine_is_no_other_tester(transport: KernelTransport, somebody: socket.socket) -> None:
    somebody.send(pack_frame(0x6F1, TESTER_PRESENT))
    transport.send(0xDF, b"\x3e\x80")
    assert bus_of(transport).foreign == 0


def test_frames_that_had_no_room_are_counted(transport: KernelTransport, somebody: socket.socket) -> None:
    frame = pack_frame(0x612, bytes.fromhex("F1 02 7E 00 AA AA AA AA"))
    for _ in range(FLOOD):
        somebody.send(frame)
    bus_of(transport)
    somebody.send(frame)  # with the next one the kernel tells it
    assert bus_of(transport).overflow > 0
