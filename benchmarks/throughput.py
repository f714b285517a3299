"""How much of the wire do we use?  `python -m benchmarks.throughput`

256 KiB go by TransferData over a simulated 500 kbit/s wire that counts every stuffed bit, through the appliance's own
link and transport, to a control unit on can-isotp in a second thread.  100 % is a tester whose first and consecutive
frames lie back to back, or as far apart as the control unit's STmin asks: no flow control, no answers, no thinking.

The host's gap is read off the wire by a third node: from the last bit of an answer to the first of the next request.
"""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import quantiles

from appliance import uds
from appliance.bench.car_transport import CarTransport
from appliance.bench.wire import BITRATE, Wire, WireBus, frame_bits
from appliance.bus.can_port import TESTER_ID
from appliance.bus.can_transport import CanTransport
from appliance.bus.isotp import frames_of
from appliance.bus.isotp import stmin_s as stmin_s_of
from appliance.bus.uds_link import UdsLink
from appliance.clock import RealClock
from appliance.engine.ports import Positive
from appliance.procedure.words import Ask

SIZE_BYTES = 256 * 1024
BLOCK_LENGTHS = (4095, 1026)  # of the whole request, as in RequestDownload's answer
GOAL = 0.97  # at the longest block, on an idle machine
FLOOR = 0.90  # below it something is wrong with more than the machine
GAP_GOAL_S = 0.005  # 99th percentile, on an idle machine
UNIT = 0x12
_FIRST_FRAME = 1  # upper half of the protocol control byte (ISO 15765-2 §9.6)


@dataclass(frozen=True, slots=True)
class Measured:
    """One transfer.

    Attributes:
        block_length: Of one TransferData request, bytes.
        stmin_s: The pause the control unit asked for between consecutive frames.
        elapsed_s: From the first request to the last answer.
        ideal_s: The data frames alone, with nothing between them but those pauses.
        busy_s: The wire was busy, answers and flow control included.
        frames: All frames the tester sent.
        tester_cpu_s: Processor time of the tester's thread, its share of the simulated wire included.
        gaps_s: The host's gap before each block but the first, ascending.
    """

    block_length: int
    stmin_s: float
    elapsed_s: float
    ideal_s: float
    busy_s: float
    frames: int
    tester_cpu_s: float
    gaps_s: tuple[float, ...]

    def gap_s(self, percent: int) -> float:
        """That percentile of the host's gap."""
        return quantiles(self.gaps_s, n=100, method="inclusive")[percent - 1]

    @property
    def share(self) -> float:
        """Of the wire's limit."""
        return self.ideal_s / self.elapsed_s


class Responder:
    """A control unit that says yes to every block, in a thread of its own."""

    def __init__(self, wire: Wire, stmin: int) -> None:
        self._bus = WireBus(wire)
        self._clock = wire.clock
        self._car = CarTransport(self._bus, [UNIT], wire.clock, stmin=stmin)
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


def transfer(block_length: int, stmin: int = 0) -> Measured:
    """Send the image once.

    Args:
        stmin: What the control unit asks for, as coded in ISO 15765-2.

    Raises:
        RuntimeError: a block was not answered.
    """
    clock = RealClock()
    wire = Wire(clock)
    listener = WireBus(wire)
    responder = Responder(wire, stmin)
    transport = CanTransport(WireBus(wire), clock)
    link = UdsLink(transport, clock)
    requests = blocks(block_length)
    messages = [frames_of(UNIT, request) for request in requests]
    ideal_bits = sum(frame_bits(TESTER_ID, frame) for frames in messages for frame in frames)
    stmin_s = stmin_s_of(stmin)
    pauses_s = stmin_s * sum(max(0, len(frames) - 2) for frames in messages)  # between consecutive frames only
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
    ideal_s, gaps_s = ideal_bits / wire.bitrate + pauses_s, tuple(sorted(_gaps_s(listener)))
    listener.shutdown()
    return Measured(block_length, stmin_s, elapsed_s, ideal_s, wire.busy_s, transport.counters.sent, cpu_s, gaps_s)


def _gaps_s(listener: WireBus) -> Iterator[float]:
    """From the end of an answer to the beginning of the first frame after it; a frame's timestamp is its end."""
    answered_s: float | None = None
    while (message := listener.recv(0.0)) is not None:
        if message.arbitration_id != TESTER_ID:
            is_answer = message.data[1] >> 4 == 0
            answered_s = message.timestamp if is_answer else answered_s
        elif message.data[1] >> 4 == _FIRST_FRAME and answered_s is not None:
            yield message.timestamp - frame_bits(TESTER_ID, message.data) / BITRATE - answered_s


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_THREAD)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Measure, print, and fail below the floor."""
    results = [transfer(block_length) for block_length in BLOCK_LENGTHS]
    print(f"TransferData, {SIZE_BYTES // 1024} KiB, extended addressing, STmin 0, simulated 500 kbit/s wire")
    for result in results:
        print(
            f"block length {result.block_length:4}: {result.share:6.1%} of the wire's limit"
            f" · {SIZE_BYTES / result.elapsed_s / 1000:.1f} kB/s · {result.frames / result.elapsed_s:.0f} frames/s"
            f" · gap p50 {result.gap_s(50) * 1000:.1f} ms, p99 {result.gap_s(99) * 1000:.1f} ms"
            f" · wire busy {result.busy_s / result.elapsed_s:.1%}"
            f" · CPU {result.tester_cpu_s / SIZE_BYTES * 1e6:.1f} s/MB (the tester's thread)"
        )
    print(f"goals on an idle machine: {GOAL:.0%} at {BLOCK_LENGTHS[0]}, and a gap p99 of {GAP_GOAL_S * 1000:.0f} ms")
    return 0 if all(result.share >= FLOOR for result in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
