"""How much of the wire do we use?  `python -m benchmarks.throughput`

256 KiB go by TransferData over a simulated 500 kbit/s wire that counts every stuffed bit, through the appliance's own
link and transport, to a control unit on can-isotp in a second thread.  100 % is a tester whose first and consecutive
frames lie back to back: no flow control, no answers, no thinking.
"""

from __future__ import annotations

import resource
import threading
from dataclasses import dataclass

from appliance import uds
from appliance.bench.car_transport import CarTransport
from appliance.bench.wire import Wire, WireBus, frame_bits
from appliance.bus.can_port import TESTER_ID
from appliance.bus.can_transport import CanTransport
from appliance.bus.isotp import frames_of
from appliance.bus.uds_link import UdsLink
from appliance.clock import RealClock
from appliance.engine.ports import Positive
from appliance.procedure.words import Ask

SIZE_BYTES = 256 * 1024
BLOCK_LENGTHS = (4095, 1026)  # of the whole request, as in RequestDownload's answer
GOAL = 0.90
UNIT = 0x12


@dataclass(frozen=True, slots=True)
class Measured:
    """One transfer.

    Attributes:
        block_length: Of one TransferData request, bytes.
        elapsed_s: From the first request to the last answer.
        ideal_s: The data frames alone, back to back.
        busy_s: The wire was busy, answers and flow control included.
        frames: All frames the tester sent.
        tester_cpu_s: Processor time of the tester's thread, its share of the simulated wire included.
    """

    block_length: int
    elapsed_s: float
    ideal_s: float
    busy_s: float
    frames: int
    tester_cpu_s: float

    @property
    def share(self) -> float:
        """Of the wire's limit."""
        return self.ideal_s / self.elapsed_s


class Responder:
    """A control unit that says yes to every block, in a thread of its own."""

    def __init__(self, wire: Wire) -> None:
        self._bus = WireBus(wire)
        self._clock = wire.clock
        self._car = CarTransport(self._bus, [UNIT], wire.clock)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="responder", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped.is_set():
            for address, _, payload in self._car.poll(self._clock.now_s() + 0.1):
                self._car.reply(address, uds.expected_prefix(payload))

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._thread.join()
        self._bus.shutdown()


def blocks(block_length: int) -> list[bytes]:
    """The TransferData requests for the image: bytes that neither repeat nor favour the stuffing."""
    state, image = 1, bytearray()
    while len(image) < SIZE_BYTES:
        state = state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1  # Knuth's MMIX generator
        image += (state >> 32).to_bytes(4, "big")
    step = block_length - 2
    chunks = [bytes(image[at : at + step]) for at in range(0, SIZE_BYTES, step)]
    return [bytes([uds.Sid.TRANSFER_DATA, count & 0xFF]) + chunk for count, chunk in enumerate(chunks, start=1)]


def transfer(block_length: int) -> Measured:
    """Send the image once.

    Raises:
        RuntimeError: a block was not answered.
    """
    clock = RealClock()
    wire = Wire(clock)
    responder = Responder(wire)
    transport = CanTransport(WireBus(wire), clock)
    link = UdsLink(transport, clock)
    requests = blocks(block_length)
    ideal_bits = sum(frame_bits(TESTER_ID, frame) for request in requests for frame in frames_of(UNIT, request))
    cpu_s, start_s = _cpu_s(), clock.now_s()
    for request in requests:
        link.submit(Ask(UNIT, request, "transfer"))
        answers = link.poll(clock.now_s() + 10)
        if not (answers and isinstance(answers[0], Positive)):
            raise RuntimeError(f"block not answered: {answers}")
    elapsed_s = clock.now_s() - start_s
    cpu_s = _cpu_s() - cpu_s
    link.close()
    responder.stop()
    return Measured(block_length, elapsed_s, ideal_bits / wire.bitrate, wire.busy_s, transport.counters.sent, cpu_s)


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_THREAD)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Measure, print, and fail below the goal."""
    results = [transfer(block_length) for block_length in BLOCK_LENGTHS]
    print(f"TransferData, {SIZE_BYTES // 1024} KiB, extended addressing, STmin 0, simulated 500 kbit/s wire")
    for result in results:
        print(
            f"block length {result.block_length:4}: {result.share:6.1%} of the wire's limit"
            f" · {SIZE_BYTES / result.elapsed_s / 1000:.1f} kB/s · {result.frames / result.elapsed_s:.0f} frames/s"
            f" · wire busy {result.busy_s / result.elapsed_s:.1%}"
            f" · CPU {result.tester_cpu_s / SIZE_BYTES * 1e6:.1f} s/MB (the tester's thread)"
        )
    return 0 if all(result.share >= GOAL for result in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
