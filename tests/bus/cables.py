"""The transports under contract, each with a car of can-isotp's making at the other end of its cable."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import can
import pytest

from appliance.bench.car_transport import CarTransport
from appliance.bench.wire import Wire, WireBus
from appliance.bus.can_port import FrameLog
from appliance.bus.can_transport import CanTransport
from appliance.bus.kernel_sockets import KernelSockets
from appliance.bus.kernel_transport import KernelTransport
from appliance.bus.transport import Disturbed, Transport, TransportEvent
from appliance.clock import Clock, RealClock, VirtualClock
from tests.bus.virtual_time import VirtualTimeBus

UNITS = (0x12, 0x18, 0x40)
CHANNEL = os.environ.get("KL30_TEST_CAN", "vcan0")  # an interface of this machine, up, for what needs a CAN kernel
CAR_CHANNEL = os.environ.get(
    "KL30_TEST_CAN_CAR", CHANNEL
)  # where the car is; another one: at the other end of its wire

PATIENCE_S = float(os.environ.get("KL30_TEST_PATIENCE_S", "3"))  # more on a machine whose processor is emulated

React: TypeAlias = Callable[[int, bool, bytes], bytes | None]


def silence(_address: int, _functional: bool, _payload: bytes) -> bytes | None:
    return None


@dataclass
class Cable:
    """A transport and what the units at its other end heard; `react` makes their answers.

    Attributes:
        own: Nobody else is on the wire, and nothing disturbs it. A machine's interface may lose frames at any time,
            which is told beside what is promised here.
    """

    transport: Transport
    clock: Clock
    react: React = silence
    own: bool = True
    heard: list[tuple[int, bool, bytes]] = field(default_factory=list)

    def work(self, car: CarTransport, until_s: float) -> None:
        for address, functional, payload in car.poll(until_s):
            self.heard.append((address, functional, payload))
            answer = self.react(address, functional, payload)
            if answer is not None:
                car.reply(address, answer)

    def events(self, count: int, within_s: float = PATIENCE_S) -> list[TransportEvent]:
        """The first `count` events, or fewer when the time is over."""
        until_s = self.clock.now_s() + within_s
        found: list[TransportEvent] = []
        while len(found) < count and self.clock.now_s() < until_s:
            events = self.transport.poll(until_s)
            found += [event for event in events if self.own or not isinstance(event, Disturbed)]
        return found


@contextmanager
def virtual_cable(recorder: FrameLog | None = None) -> Iterator[Cable]:
    """User space over python-can's virtual bus, in virtual time."""
    clock = VirtualClock()
    bus = VirtualTimeBus(clock)
    other_end = bus.other_end()
    car = CarTransport(other_end, UNITS, clock)
    cable = Cable(CanTransport(bus, clock, recorder), clock)

    def others_work() -> None:
        for _ in range(2):  # hear, then speak
            cable.work(car, clock.now_s())

    bus.others_work = others_work
    yield cable
    cable.transport.close()
    other_end.shutdown()


@contextmanager
def wire_cable(recorder: FrameLog | None = None) -> Iterator[Cable]:
    """User space at wire speed, in real time, the car in a thread."""
    clock = RealClock()
    wire = Wire(clock)
    with on_bus(WireBus(wire), Cable(CanTransport(WireBus(wire), clock, recorder), clock)) as cable:
        yield cable


@contextmanager
def kernel_cable() -> Iterator[Cable]:
    """The kernel's ISO-TP on an interface of this machine, the car in a thread."""
    needs_interface()
    clock = RealClock()
    car_bus = can.Bus(interface="socketcan", channel=CAR_CHANNEL)
    with on_bus(car_bus, Cable(KernelTransport(KernelSockets(CHANNEL), clock), clock, own=False)) as cable:
        yield cable


@contextmanager
def socket_cable(recorder: FrameLog | None = None) -> Iterator[Cable]:
    """User space on an interface of this machine, the car in a thread."""
    needs_interface()
    clock = RealClock()
    bus, car_bus = (can.Bus(interface="socketcan", channel=channel) for channel in (CHANNEL, CAR_CHANNEL))
    with on_bus(car_bus, Cable(CanTransport(bus, clock, recorder), clock, own=False)) as cable:
        yield cable


@contextmanager
def on_bus(bus: can.BusABC, cable: Cable) -> Iterator[Cable]:
    """The car in a thread, at its end of a cable: `bus`, which is closed afterwards."""
    car = CarTransport(bus, UNITS, cable.clock)
    stopped = threading.Event()

    def run() -> None:
        while not stopped.is_set():
            cable.work(car, cable.clock.now_s() + 0.02)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield cable
    finally:
        stopped.set()
        thread.join()
        cable.transport.close()
        bus.shutdown()


def needs_interface() -> None:
    """Skip, and say it, where there is no CAN kernel or no such interface."""
    try:
        probe = socket.socket(socket.AF_CAN, socket.SOCK_DGRAM, socket.CAN_ISOTP)
    except OSError as error:
        pytest.skip(f"KERNEL ISO-TP NOT TESTED: this kernel has no CAN_ISOTP sockets ({error})")
    probe.close()
    missing = {CHANNEL, CAR_CHANNEL} - {name for _, name in socket.if_nameindex()}
    if missing:
        pytest.skip(f"KERNEL ISO-TP NOT TESTED: no interface {missing}; ip link add dev vcan0 type vcan, and up")
