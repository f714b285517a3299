"""What a recording must not hold: seeds and keys of SecurityAccess, on whatever way their frames went.

Frame by frame, in the order they passed.  Of a SecurityAccess message (`27`, and `67` of a control unit) address,
frame type, length, service and level stay, and every byte behind them becomes 00; so a recording still shows who asked
whom for which level, and what a refusal (`7F 27 …`) said.

In doubt it is blanked: a consecutive frame is only shown while it goes on, in turn, with a message whose first frame
was seen and was none of these.  Messages are told apart by id and address byte, so they may interleave.  Frames outside
0x600 to 0x6FF are not ours and pass.

Pure.  Sources: ISO 15765-2 (frame types), ISO 14229-1, 9.4; addressing: facts.md §1.
"""

from __future__ import annotations

from appliance.bus.isotp import CONSECUTIVE, CONSECUTIVE_FRAME_BYTES, FIRST, FIRST_FRAME_BYTES, SINGLE
from appliance.uds import POSITIVE_OFFSET, Sid

_SECRET = frozenset({int(Sid.SECURITY_ACCESS), Sid.SECURITY_ACCESS + POSITIVE_OFFSET})
_SINGLE_SHOWN = 4  # address, length, service, level
_FIRST_SHOWN = 5  # one byte more of length
_CONSECUTIVE_SHOWN = 2  # address and number


class Blanker:
    """Blanks the frames of one bus."""

    def __init__(self) -> None:
        # By id and address byte, of each message that may be shown: the number of its next frame, and bytes to come.
        self._shown: dict[int, tuple[int, int]] = {}

    def blanked(self, can_id: int, data: bytes) -> bytes:
        """The frame as it may be written."""
        if can_id >> 8 != 0x6 or len(data) < 2:
            return data
        key = can_id << 8 | data[0]
        kind = data[1] >> 4
        if kind == CONSECUTIVE:
            number, left = self._shown.get(key, (-1, 0))
            if number != data[1] & 0xF:
                self._shown.pop(key, None)
                return _blank(data, _CONSECUTIVE_SHOWN)
            self._go_on(key, number, left - CONSECUTIVE_FRAME_BYTES)
            return data
        if kind == SINGLE:
            self._shown.pop(key, None)
            return _blank(data, _SINGLE_SHOWN) if data[2:3] and data[2] in _SECRET else data
        if kind == FIRST:
            self._shown.pop(key, None)
            if len(data) < _FIRST_SHOWN or data[3] in _SECRET:
                return _blank(data, _FIRST_SHOWN)
            self._go_on(key, 0, ((data[1] & 0xF) << 8 | data[2]) - FIRST_FRAME_BYTES)
        return data

    def _go_on(self, key: int, number: int, left: int) -> None:
        if left > 0:
            self._shown[key] = (number + 1 & 0xF, left)
        else:
            self._shown.pop(key, None)


def _blank(data: bytes, shown: int) -> bytes:
    return data[:shown] + bytes(max(0, len(data) - shown))
