"""What happens when the transmit queue is full, and when the controller goes off the bus: two slcan adapters on a wire.

The wire is a process of its own (`tests/vm/guest/slcan_pair.py`) that a test can stop.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import can
import pytest

from appliance import uds
from appliance.bus.can_transport import CanTransport
from appliance.bus.kernel_sockets import KernelSockets
from appliance.bus.kernel_transport import KernelTransport
from appliance.bus.transport import Disturbed, Failed, Sent, Transport
from appliance.clock import Clock, RealClock
from appliance.errors import LinkError
from tests.bus.cables import UNITS, Cable, on_bus

pytestmark = pytest.mark.kernel_isotp

WIRE = Path("/usr/lib/kl30-vm/slcan_pair.py")  # beside the agent, where the machine has it
CAN_RAW_ERR_FILTER = 2  # linux/can/raw.h; this Python has no name for it
MORE_THAN_FITS = 6000  # frames: 64 KiB of a pseudo terminal at 27 characters each, and the queue
BUS_OFF = 0x40  # CAN_ERR_BUSOFF (linux/can/error.h)


@dataclass(frozen=True, slots=True)
class Wire:
    process: subprocess.Popen[str]
    ours: str
    cars: str

    def stop(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def off_the_bus(self) -> None:
        self.process.send_signal(signal.SIGUSR1)


@pytest.fixture
def wire() -> Iterator[Wire]:
    if not WIRE.exists() or os.geteuid() != 0:
        pytest.skip("SLCAN NOT TESTED: this is not the virtual machine")
    with subprocess.Popen([sys.executable, str(WIRE)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ours, cars = process.stdout.readline().split()
        yield Wire(process, ours, cars)
        process.kill()


def queue_length(interface: str, frames: int) -> None:
    subprocess.run(["ip", "link", "set", interface, "txqueuelen", str(frames)], check=True)


def opened(way: str, wire: Wire) -> tuple[Transport, Clock]:
    clock = RealClock()
    if way == "kernel":
        return KernelTransport(KernelSockets(wire.ours), clock), clock
    return CanTransport(can.Bus(interface="socketcan", channel=wire.ours), clock), clock


def outcome(cable: Cable, within_s: float) -> tuple[Sent | Failed | None, int]:
    """What came of the message, None: nothing yet; and how often the queue was full meanwhile."""
    until_s, full = cable.clock.now_s() + within_s, 0
    while cable.clock.now_s() < until_s:
        for event in cable.transport.poll(until_s):
            if isinstance(event, Disturbed):
                full = event.bus.queue_full
            elif isinstance(event, Sent | Failed):
                return event, full
    return None, full


@pytest.mark.parametrize("way", ["user space", "kernel"])
def test_a_queue_that_stays_full_is_told_and_not_waited_for_for_ever(way: str, wire: Wire) -> None:
    """The adapter takes nothing any more: its driver's buffer fills, then the queue; later it takes again."""
    queue_length(wire.ours, 10)
    with on_bus(can.Bus(interface="socketcan", channel=wire.cars), Cable(*opened(way, wire))) as cable:
        wire.stop()
        events = []
        for _ in range(MORE_THAN_FITS):
            cable.transport.send(uds.FUNCTIONAL, b"\x3e\x80")
            events += cable.transport.poll(cable.clock.now_s())
        until_s = cable.clock.now_s() + 10.0
        while not any(isinstance(event, Failed) for event in events) and cable.clock.now_s() < until_s:
            events += cable.transport.poll(cable.clock.now_s() + 0.2)
        wire.go_on()
        clock_s = cable.clock.now_s() + 3.0
        while cable.clock.now_s() < clock_s:
            events += cable.transport.poll(clock_s)
        cable.heard.clear()
        cable.transport.send(UNITS[0], bytes(100))
        event, _ = outcome(cable, 10.0)
        assert event is not None
    assert any(isinstance(event, Failed) for event in events)
    assert max(event.bus.queue_full for event in events if isinstance(event, Disturbed)) > 0


def test_a_whole_message_does_not_fit_into_a_short_queue_of_the_kernel(wire: Wire) -> None:
    """Why the queue of an slcan adapter has to be long: its driver takes "queued" for "gone", so nothing paces it."""
    queue_length(wire.ours, 10)
    clock = RealClock()
    transport = KernelTransport(KernelSockets(wire.ours), clock)
    with on_bus(can.Bus(interface="socketcan", channel=wire.cars), Cable(transport, clock)) as cable:
        cable.transport.send(UNITS[0], bytes(4095))
        assert isinstance(outcome(cable, 20.0)[0], Failed)


def test_bus_off_is_an_error_frame_and_the_interface_stays_off(wire: Wire) -> None:
    with socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW) as listener:
        listener.setsockopt(socket.SOL_CAN_RAW, CAN_RAW_ERR_FILTER, 0x1FFFFFFF)
        listener.bind((wire.ours,))
        listener.settimeout(5.0)
        wire.off_the_bus()
        (can_id,) = struct.unpack("=I", listener.recv(16)[:4])
    assert can_id & BUS_OFF
    shown = subprocess.run(["ip", "-details", "link", "show", wire.ours], capture_output=True, text=True, check=True)
    assert "BUS-OFF" in shown.stdout


@pytest.mark.parametrize("way", ["user space", "kernel"])
def test_a_controller_off_the_bus_is_a_failure_and_not_silence(way: str, wire: Wire) -> None:
    transport, clock = opened(way, wire)
    wire.off_the_bus()
    clock.sleep_until(clock.now_s() + 0.5)
    transport.send(UNITS[0], b"\x3e\x00")
    with pytest.raises(LinkError, match="off the bus"):
        transport.poll(clock.now_s() + 5.0)
    transport.close()
