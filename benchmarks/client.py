"""What a megabyte costs the processor: our client, and the one everybody begins with.  `python -m benchmarks.client`

The same image goes by TransferData to the same control unit, over python-can's `virtual` bus, which takes no time: what
is measured is work, not waiting.

    bus       the same frames handed to the bus, by nobody who thinks
    ours      UdsLink over CanTransport, polled in one thread
    plain     udsoncan's client over a can-isotp stack, which has a thread of its own

The control unit knows just enough ISO-TP to keep both going; its thread's own time is taken off.  Runs alternate, each
figure is the median of its runs, and what counts is their ratio within one run of the command.
"""

from __future__ import annotations

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
from appliance.bus.uds_link import UdsLink
from appliance.clock import RealClock
from appliance.engine.ports import Positive
from appliance.procedure.words import Ask
from benchmarks.throughput import SIZE_BYTES, UNIT, blocks

RUNS = 3
BLOCK_LENGTH = 4095
GOAL = 0.5  # of what the plain client costs above the bus
UNIT_ID = 0x600 + UNIT
_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds for a megabyte: the bus alone, ours, and the plain client's."""

    bus_s: float
    ours_s: float
    plain_s: float

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

    def __init__(self, channel: str) -> None:
        super().__init__(name="responder", daemon=True)
        self._bus = can.Bus(interface="virtual", channel=channel)
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


def ours(channel: str) -> None:
    """Send the image with the appliance's own link."""
    clock = RealClock()
    link = UdsLink(CanTransport(can.Bus(interface="virtual", channel=channel), clock), clock)
    for request in blocks(BLOCK_LENGTH):
        link.submit(Ask(UNIT, request, "transfer"))
        answers = link.poll(clock.now_s() + _PATIENCE_S)
        if not (answers and isinstance(answers[0], Positive)):
            raise RuntimeError(f"block not answered: {answers}")
    link.close()


def plain(channel: str) -> None:
    """Send the image as the libraries' own examples do."""
    bus = can.Bus(interface="virtual", channel=channel)
    address = isotp.Address(
        isotp.AddressingMode.Extended_11bits, txid=TESTER_ID, rxid=UNIT_ID, source_address=0xF1, target_address=UNIT
    )
    stack = isotp.CanStack(bus, address=address, params={"tx_padding": 0, "stmin": 0, "blocksize": 0})
    settings = {"request_timeout": _PATIENCE_S, "p2_timeout": _PATIENCE_S, "exception_on_unexpected_response": True}
    with Client(PythonIsoTpConnection(stack), config=settings) as client:
        for request in blocks(BLOCK_LENGTH):
            client.transfer_data(request[1], request[2:])
    bus.shutdown()


def bus_alone(channel: str) -> None:
    """Hand the image's frames to the bus."""
    bus = can.Bus(interface="virtual", channel=channel)
    for request in blocks(BLOCK_LENGTH):
        for frame in frames_of(UNIT, request):
            bus.send(can.Message(arbitration_id=TESTER_ID, is_extended_id=False, data=frame))
    bus.shutdown()


def measured(send: Callable[[str], None], channel: str) -> float:
    """Processor seconds of one transfer of the image, without the control unit's, for a megabyte."""
    responder = Responder(channel)
    responder.start()
    before_s = _cpu_s() - responder.cpu_s
    send(channel)
    cost_s = _cpu_s() - responder.cpu_s - before_s
    responder.stop()
    return cost_s / SIZE_BYTES * 1e6


def compare(runs: int = RUNS) -> Cost:
    """Both, in turn."""
    names = (f"client {number}" for number in itertools.count())
    clients = (bus_alone, ours, plain)
    rounds = [[measured(client, next(names)) for client in clients] for _ in range(runs)]
    return Cost(*(median(costs) for costs in zip(*rounds, strict=True)))


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Measure, print, and fail above the goal."""
    cost = compare()
    print(f"TransferData of {SIZE_BYTES // 1024} KiB, block length {BLOCK_LENGTH}, python-can's virtual bus")
    print(f"bus alone {cost.bus_s:.2f} s/MB · ours {cost.ours_s:.2f} · plain udsoncan and can-isotp {cost.plain_s:.2f}")
    print(f"ours of the plain client's: {cost.share:.2f}; without the bus: {cost.share_above:.2f}")
    return 0 if cost.share_above <= GOAL else 1


if __name__ == "__main__":
    raise SystemExit(main())
