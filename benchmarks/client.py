"""What a megabyte costs the processor: our client, and the one everybody begins with.  `python -m benchmarks.client`

The same image goes by TransferData to the same control unit, over python-can's `virtual` bus, which takes no time: what
is measured is work, not waiting.  With `--socketcan vcan0` it is a CAN interface of the kernel, and one more way:

    bus       the same frames handed to the bus, by nobody who thinks
    ours      UdsLink over CanTransport, polled in one thread
    kernel    UdsLink over KernelTransport: ISO-TP is the kernel's work, which counts
    plain     udsoncan's client over a can-isotp stack, which has a thread of its own

The control unit knows just enough ISO-TP to keep both going; its thread's own time is taken off.  Runs alternate, each
figure is the median of its runs, and what counts is their ratio within one run of the command.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import can
import isotp
from udsoncan.client import Client
from udsoncan.connections import PythonIsoTpConnection

from appliance.bus.can_port import TESTER_ID
from appliance.bus.can_transport import CanTransport
from appliance.bus.isotp import frames_of
from appliance.bus.transport import Transport
from appliance.bus.uds_link import UdsLink
from appliance.clock import Clock, RealClock
from appliance.engine.ports import Positive
from appliance.procedure.words import Ask
from benchmarks.throughput import SIZE_BYTES, UNIT, blocks

RUNS = 3
BLOCK_LENGTH = 4095
GOAL, KERNEL_GOAL = 0.5, 0.25  # of what the plain client costs; ours in user space above the bus
UNIT_ID = 0x600 + UNIT
_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds for a megabyte: the bus alone, ours, the plain client's, and ours with the kernel's ISO-TP.

    Attributes:
        kernel_s: None: the bus is not the kernel's.
    """

    bus_s: float
    ours_s: float
    plain_s: float
    kernel_s: float | None = None

    @property
    def share(self) -> float:
        """Ours of the plain client's, the bus included."""
        return self.ours_s / self.plain_s

    @property
    def share_above(self) -> float:
        """The same without what python-can's bus costs both."""
        return (self.ours_s - self.bus_s) / (self.plain_s - self.bus_s)


class Responder(threading.Thread):
    """A control unit that lets everything pass (block size 0, STmin 0) and says yes to each block.

    Attributes:
        cpu_s: Its own processor time.
    """

    def __init__(self, bus: can.BusABC) -> None:
        super().__init__(name="responder", daemon=True)
        self._bus = bus
        self._stopped = threading.Event()
        self.cpu_s = 0.0

    def run(self) -> None:
        """Until it is stopped."""
        left = counter = 0
        while not self._stopped.is_set():
            message = self._bus.recv(0.1)
            if message is None or message.arbitration_id != TESTER_ID:
                continue
            kind, data = message.data[1] >> 4, message.data
            if kind == 1:  # first frame: length, then the first five bytes of the message
                left, counter = ((data[1] & 0x0F) << 8 | data[2]) - 5, data[4]
                self._send(bytes((0xF1, 0x30, 0, 0)))
            elif kind == 2:
                left -= 6
                if left <= 0:
                    self._send(bytes((0xF1, 2, 0x76, counter)))
            elif kind == 0 and data[2] == 0x36:
                self._send(bytes((0xF1, 2, 0x76, data[3])))
            self.cpu_s = time.thread_time()

    def stop(self) -> None:
        """End it."""
        self._stopped.set()
        self.join()
        self._bus.shutdown()

    def _send(self, data: bytes) -> None:
        self._bus.send(can.Message(arbitration_id=UNIT_ID, is_extended_id=False, data=data.ljust(8, b"\xaa")))


@dataclass(frozen=True, slots=True)
class Channel:
    """A bus by its name, opened as often as anybody wants to be on it."""

    interface: str
    name: str

    def bus(self) -> can.BusABC:
        """One more node."""
        return can.Bus(interface=self.interface, channel=self.name)


def ours(channel: Channel) -> None:
    """Send the image with the appliance's own link."""
    clock = RealClock()
    _by_link(CanTransport(channel.bus(), clock), clock)


def kernel(channel: Channel) -> None:
    """The same over the kernel's ISO-TP."""
    from appliance.bus.kernel_sockets import KernelSockets  # noqa: PLC0415 – where AF_CAN is
    from appliance.bus.kernel_transport import KernelTransport  # noqa: PLC0415

    clock = RealClock()
    _by_link(KernelTransport(KernelSockets(channel.name), clock), clock)


def _by_link(transport: Transport, clock: Clock) -> None:
    link = UdsLink(transport, clock)
    for request in blocks(BLOCK_LENGTH):
        link.submit(Ask(UNIT, request, "transfer"))
        answers = link.poll(clock.now_s() + _PATIENCE_S)
        if not (answers and isinstance(answers[0], Positive)):
            raise RuntimeError(f"block not answered: {answers}")
    link.close()


def plain(channel: Channel) -> None:
    """Send the image as the libraries' own examples do."""
    bus = channel.bus()
    address = isotp.Address(
        isotp.AddressingMode.Extended_11bits, txid=TESTER_ID, rxid=UNIT_ID, source_address=0xF1, target_address=UNIT
    )
    stack = isotp.CanStack(bus, address=address, params={"tx_padding": 0, "stmin": 0, "blocksize": 0})
    settings = {"request_timeout": _PATIENCE_S, "p2_timeout": _PATIENCE_S, "exception_on_unexpected_response": True}
    with Client(PythonIsoTpConnection(stack), config=settings) as client:
        for request in blocks(BLOCK_LENGTH):
            client.transfer_data(request[1], request[2:])
    bus.shutdown()


def bus_alone(channel: Channel) -> None:
    """Hand the image's frames to the bus."""
    bus = channel.bus()
    for request in blocks(BLOCK_LENGTH):
        for frame in frames_of(UNIT, request):
            bus.send(can.Message(arbitration_id=TESTER_ID, is_extended_id=False, data=frame))
    bus.shutdown()


def measured(send: Callable[[Channel], None], channel: Channel) -> float:
    """Processor seconds of one transfer of the image, without the control unit's, for a megabyte."""
    responder = Responder(channel.bus())
    responder.start()
    before_s = _cpu_s() - responder.cpu_s
    send(channel)
    cost_s = _cpu_s() - responder.cpu_s - before_s
    responder.stop()
    return cost_s / SIZE_BYTES * 1e6


def compare(interface: str = "", runs: int = RUNS) -> Cost:
    """All of them, in turn.

    Args:
        interface: A CAN interface of the kernel; empty: python-can's `virtual` bus, a new one each time.
    """
    virtual = (Channel("virtual", f"client {number}") for number in itertools.count())
    real = itertools.repeat(Channel("socketcan", interface))
    channels = real if interface else virtual
    clients = (bus_alone, ours, plain, *((kernel,) if interface else ()))
    rounds = [[measured(client, next(channels)) for client in clients] for _ in range(runs)]
    return Cost(*(median(costs) for costs in zip(*rounds, strict=True)))


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Measure, print, and fail above the goal."""
    parser = argparse.ArgumentParser("python -m benchmarks.client")
    parser.add_argument("--socketcan", default="", metavar="INTERFACE")
    parser.add_argument("--runs", type=int, default=RUNS, help="of which each figure is the median")
    asked = parser.parse_args()
    interface: str = asked.socketcan
    cost = compare(interface, asked.runs)
    print(f"TransferData of {SIZE_BYTES // 1024} KiB, block length {BLOCK_LENGTH}, {interface or 'a virtual bus'}")
    print(f"bus alone {cost.bus_s:.2f} s/MB · ours {cost.ours_s:.2f} · plain udsoncan and can-isotp {cost.plain_s:.2f}")
    print(f"ours of the plain client's: {cost.share:.2f}; without the bus: {cost.share_above:.2f}")
    if cost.kernel_s is None:
        return 0 if cost.share_above <= GOAL else 1
    print(
        f"with the kernel's ISO-TP {cost.kernel_s:.2f} s/MB: {cost.kernel_s / cost.plain_s:.2f} of the plain client's"
    )
    return 0 if cost.kernel_s <= KERNEL_GOAL * cost.plain_s else 1


if __name__ == "__main__":
    raise SystemExit(main())
