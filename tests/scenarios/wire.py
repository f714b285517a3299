"""What a tester said, read from a candump log with nothing of the product: ISO 15765-2 with extended addressing.

    (1496307600.000000) can0 6F1#180322F190000000

On 6F1 the first byte is the control unit, then comes the PCI: 0 single, 1 first, 2 consecutive frame, 3 flow control.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TESTER = 0x6F1


@dataclass(frozen=True, slots=True)
class Request:
    """A whole message of the tester."""

    to: int
    payload: bytes


def requests(log: Path) -> list[Request]:
    """Every message of the tester, by the time it was complete."""
    return list(_assembled(frame for can_id, frame in frames(log) if can_id == TESTER))


def frames(log: Path) -> Iterator[tuple[int, bytes]]:
    """Id and data of every frame."""
    for line in log.read_text(encoding="ascii").splitlines():
        _time, _channel, frame = line.split()
        can_id, data = frame.split("#")
        yield int(can_id, 16), bytes.fromhex(data)


def _assembled(data: Iterable[bytes]) -> Iterator[Request]:
    open_messages: dict[int, tuple[int, bytearray]] = {}
    for frame in data:
        to, pci = frame[0], frame[1]
        match pci >> 4:
            case 0:
                yield Request(to, frame[2 : 2 + (pci & 0x0F)])
            case 1:
                open_messages[to] = ((pci & 0x0F) << 8 | frame[2], bytearray(frame[3:]))
            case 2:
                length, payload = open_messages[to]
                payload += frame[2:]
                if len(payload) >= length:
                    yield Request(to, bytes(payload[:length]))
            case 3:
                pass
            case other:
                raise AssertionError(f"PCI {other:X} is not of ISO 15765-2: {frame.hex(' ')}")
