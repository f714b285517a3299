"""A recording to be given away: nothing secret in it, and no vehicle that could be recognised by it.

Blank first, then show: every data byte becomes 00, and comes back when it belongs to a whole diagnostic message of
which it is known that it holds none of the secrets.  So padding, messages that were cut off or lost a frame, and frames
of anybody else stay blank; address, frame type and length are shown.

A serial number that comes in two messages, or packed in another way than as text, is not found.

Pure.  Sources: ISO 15765-2 (frame types); addressing: facts.md §1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from appliance.bus.candump import LoggedFrame
from appliance.bus.isotp import CONSECUTIVE, CONSECUTIVE_FRAME_BYTES, FIRST, FIRST_FRAME_BYTES, FLOW_CONTROL, SINGLE
from appliance.bus.secrets import Blanker

_DIAGNOSTIC = 0x6  # the upper digit of ids between tester and control units
_HEAD = {SINGLE: 2, FIRST: 3, CONSECUTIVE: 2, FLOW_CONTROL: 5}  # address, type and length; flow control says no more


@dataclass(slots=True)
class _Part:
    """Where a piece of a message stands: which frame, from which byte."""

    frame: int
    start: int
    data: bytes


@dataclass(slots=True)
class _Message:
    length: int
    parts: list[_Part] = field(default_factory=list)
    number: int = 0
    received: int = 0

    def add(self, frame: int, start: int, data: bytes) -> bool:
        """One more piece; whether the message is whole."""
        piece = data[: self.length - self.received]
        self.parts.append(_Part(frame, start, piece))
        self.received += len(piece)
        return self.received == self.length


def without_secrets(frames: Iterable[LoggedFrame]) -> Iterator[LoggedFrame]:
    """The frames without seeds and keys, also when whoever recorded them left them in."""
    blanker = Blanker()
    return (replace(frame, data=blanker.blanked(frame.can_id, frame.data)) for frame in frames)


def redacted(frames: Iterable[LoggedFrame], secrets: Collection[bytes]) -> list[LoggedFrame]:
    """The frames of a log with every byte of these secrets, and whatever might be one, blanked."""
    logged = list(frames)
    shown = [bytearray(_head(frame)) for frame in logged]
    for message in _messages(logged):
        payload = b"".join(part.data for part in message.parts)
        hidden = _blanked(payload, secrets)
        at = 0
        for part in message.parts:
            shown[part.frame][part.start : part.start + len(part.data)] = hidden[at : at + len(part.data)]
            at += len(part.data)
    return [replace(frame, data=bytes(data)) for frame, data in zip(logged, shown, strict=True)]


def _head(frame: LoggedFrame) -> bytes:
    data = frame.data
    known = _HEAD.get(data[1] >> 4, 0) if frame.can_id >> 8 == _DIAGNOSTIC and len(data) > 1 else 0
    return data[:known].ljust(len(data), b"\0")


def _messages(frames: list[LoggedFrame]) -> Iterator[_Message]:
    """The whole messages; told apart by id and address byte, they may interleave."""
    arriving: dict[tuple[int, int], _Message] = {}
    for index, frame in enumerate(frames):
        data = frame.data
        if frame.can_id >> 8 != _DIAGNOSTIC or len(data) < 3:
            continue
        key, kind, low = (frame.can_id, data[0]), data[1] >> 4, data[1] & 0xF
        if kind == SINGLE:
            arriving.pop(key, None)
            message = _Message(low)
            if 0 < low <= len(data) - 2 and message.add(index, 2, data[2:]):
                yield message
        elif kind == FIRST:
            arriving[key] = _Message(low << 8 | data[2])
            if arriving[key].add(index, 3, data[3 : 3 + FIRST_FRAME_BYTES]):
                yield arriving.pop(key)
        elif kind == CONSECUTIVE and key in arriving:
            message = arriving[key]
            message.number = message.number + 1 & 0xF
            if low != message.number:
                del arriving[key]  # frames are missing from the log
            elif message.add(index, 2, data[2 : 2 + CONSECUTIVE_FRAME_BYTES]):
                yield arriving.pop(key)


def _blanked(payload: bytes, secrets: Collection[bytes]) -> bytes:
    for secret in secrets:
        payload = payload.replace(secret, bytes(len(secret)))
    return payload
