"""A CAN wire that takes its time: python-can's virtual bus, paced frame by frame to the bit rate.

A frame occupies the wire for its exact length, stuff bits and checksum included, plus the three bits between frames
(ISO 11898-1, data frame in base format).  `send` reserves the wire behind what is already on its way and returns at
once while fewer than `QUEUED_FRAMES` of the sender's frames are waiting, as a transmit queue does; `recv` gives a
message out when the last bit of it has passed.

Not modelled: arbitration (the wire is served in the order of `send`), acknowledgement, error frames.
Thread-safe: car and tester may each have a thread.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from typing import Any

import can
from can.interfaces.virtual import VirtualBus

from appliance.clock import Clock

BITRATE = 500_000
QUEUED_FRAMES = 16

_CRC_POLYNOMIAL = 0x4599  # CRC-15-CAN (ISO 11898-1)
_STUFF_AFTER = 5  # equal bits in a row
_TAIL_BITS = 1 + 1 + 1 + 7 + 3  # CRC delimiter, ACK, ACK delimiter, end of frame; intermission


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte << 7
        for _ in range(8):
            crc = crc << 1 ^ _CRC_POLYNOMIAL if crc & 0x4000 else crc << 1
        table.append(crc & 0x7FFF)
    return tuple(table)


def _stuff_table() -> tuple[tuple[tuple[int, int], ...], ...]:
    """For each state (last bit × 5 + run length − 1) and byte: the next state and the stuff bits inserted."""
    return tuple(
        tuple(_stuffed(last, run, byte) for byte in range(256)) for last in (0, 1) for run in range(1, _STUFF_AFTER + 1)
    )


def _stuffed(last: int, run: int, byte: int) -> tuple[int, int]:
    inserted = 0
    for shift in range(7, -1, -1):
        if run == _STUFF_AFTER:  # the stuff bit is the opposite one, and begins a run of its own
            last, run = 1 - last, 1
            inserted += 1
        bit = byte >> shift & 1
        last, run = bit, run + 1 if bit == last else 1
    return last * _STUFF_AFTER + run - 1, inserted


_CRC = _crc_table()
_STUFF = _stuff_table()
_FULL_RUNS = frozenset({_STUFF_AFTER - 1, 2 * _STUFF_AFTER - 1})


def frame_bits(can_id: int, data: bytes | bytearray) -> int:
    """Bits on the wire of a data frame with an 11-bit id, the three bits to the next frame included.

    Eight bytes take 111 bits, or up to 135 when stuffing is worst.
    """
    # Start of frame 0, id, RTR 0, IDE 0, r0 0, length: 19 bits, and the data makes it a multiple of eight less five.
    # Five zeros in front change no checksum that starts from zero.
    head = (can_id << 7 | len(data)).to_bytes(3, "big")
    crc = 0
    for byte in head + data:
        crc = (crc << 8 ^ _CRC[(crc >> 7 ^ byte) & 0xFF]) & 0x7FFF
    bits = 19 + 8 * len(data) + 15
    # With the checksum that is two bits more than whole bytes; those two are start of frame and the id's top bit.
    value = ((can_id << 7 | len(data)) << 8 * len(data) | int.from_bytes(data, "big")) << 15 | crc
    state = _STUFF_AFTER if can_id >> 10 else 1  # one 1, or two 0 in a row
    stuff_bits = 0
    for byte in (value & (1 << bits - 2) - 1).to_bytes((bits - 2) // 8, "big"):
        state, inserted = _STUFF[state][byte]
        stuff_bits += inserted
    return bits + stuff_bits + (state in _FULL_RUNS) + _TAIL_BITS


class Wire:
    """What all buses on it share: who has it, until when.

    Args:
        clock: A real clock.
        bitrate: Bits per second.
    """

    def __init__(self, clock: Clock, bitrate: int = BITRATE) -> None:
        self.clock = clock
        self.bitrate = bitrate
        self.lock = threading.Lock()
        self._busy_until_s = 0.0
        self._busy_bits = 0

    @property
    def busy_s(self) -> float:
        """Seconds for which the wire has carried, or is bound to carry, frames."""
        return self._busy_bits / self.bitrate

    def reserve(self, can_id: int, data: bytes | bytearray) -> float:
        """Take the wire for a frame, behind those before it, and return when its last bit will have passed.

        The caller holds `lock`.
        """
        bits = frame_bits(can_id, data)
        self._busy_until_s = max(self.clock.now_s(), self._busy_until_s) + bits / self.bitrate
        self._busy_bits += bits
        return self._busy_until_s


class WireBus(VirtualBus):
    """One node on a `Wire`; a message's timestamp is the end of its frame, on the wire's clock."""

    def __init__(self, wire: Wire, **settings: Any) -> None:
        super().__init__(channel=wire, preserve_timestamps=True, **settings)  # type: ignore[arg-type]
        self.channel_info = "wire"
        self._wire = wire
        self._on_its_way: deque[float] = deque()  # ends of our own frames
        self._held: can.Message | None = None  # received, but its frame has not ended

    def send(self, msg: can.Message, timeout: float | None = None) -> None:  # noqa: ARG002 – bounded by the queue
        """Put a frame on the wire; waits while the transmit queue is full."""
        self._check_if_open()
        with self._wire.lock:
            end_s = self._wire.reserve(msg.arbitration_id, msg.data)
            for inbox in self.channel:
                if inbox is not self.queue or self.receive_own_messages:
                    inbox.put(_delivered(msg, end_s, own=inbox is self.queue))
        self._on_its_way.append(end_s)
        self._wait_for_room()

    def _wait_for_room(self) -> None:
        now_s = self._wire.clock.now_s()
        while self._on_its_way and self._on_its_way[0] <= now_s:
            self._on_its_way.popleft()
        if len(self._on_its_way) > QUEUED_FRAMES:
            self._wire.clock.sleep_until(self._on_its_way[-QUEUED_FRAMES - 1])

    def _recv_internal(self, timeout: float | None) -> tuple[can.Message | None, bool]:
        self._check_if_open()
        clock = self._wire.clock
        give_up_s = None if timeout is None else clock.now_s() + timeout
        if self._held is None:
            try:
                self._held = self.queue.get(block=timeout != 0, timeout=timeout)
            except queue.Empty:
                return None, False
        message = self._held
        if give_up_s is not None and message.timestamp > give_up_s:
            clock.sleep_until(give_up_s)
            return None, False
        clock.sleep_until(message.timestamp)
        self._held = None
        return message, False


def _delivered(sent: can.Message, at_s: float, *, own: bool) -> can.Message:
    return can.Message(
        timestamp=at_s,
        arbitration_id=sent.arbitration_id,
        is_extended_id=sent.is_extended_id,
        data=bytes(sent.data),
        is_rx=not own,
    )
