"""ISO 15765-2 in BMW's flavour: what the frames look like, and how long anybody waits.

The flavour (facts.md §1, confirmed): 11-bit ids, extended addressing, so data[0] is the target's address and each
frame carries one byte less than usual: single frame 6, first frame 5, consecutive frame 6; a 12-bit length, at most
4095; always eight bytes, padded with 0x00.  A unit may pad with anything (EGS: 0xAA) and its padding is not looked at.

The two machines on top of it are `isotp_sender.Sender` and `isotp_receiver.Receiver`; both are without I/O: the
caller brings the frames and the time, and carries the frames away.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance import uds
from appliance.bus.transport import SINGLE_FRAME_MAX

FIRST_FRAME_BYTES = 5
CONSECUTIVE_FRAME_BYTES = 6
FRAME_BYTES = 8
PAD = b"\x00"

TESTERS = ((0x6F0, 0x7F0), (0x7DF, 0x7FF), (0x7E0, 0x7F8))
"""Ids that testers alone send on, as id and mask: 0x600 and their own address (facts.md §1, confirmed for 0xF1; that
all from 0xF0 up are testers' is from memory), and requests of legislated OBD (ISO 15765-4; from memory)."""

SINGLE, FIRST, CONSECUTIVE, FLOW_CONTROL = range(4)  # the type, upper nibble of the first byte after the address
CONTINUE, WAIT, OVERFLOW = range(3)  # flow status, lower nibble of a flow control

_STMIN_RESERVED_S = 0.127  # reserved codes mean the longest time there is


@dataclass(frozen=True, slots=True)
class IsoTpTiming:
    """How long, how often.

    Attributes:
        n_bs_s: Longest wait for a flow control; ISO 15765-2 and BMW's adapter: 1000 ms (facts.md §1, confirmed).
        n_cr_s: Longest wait for the next consecutive frame; same.
        wait_limit: Flow controls "wait" in a row that are put up with (N_WFTmax; from memory, nobody publishes one).
        frame_s: Added to STmin, which runs from the *end* of a frame while we only know when it was handed over:
            the longest frame, 135 bits at 500 kbit/s.
    """

    n_bs_s: float = 1.0
    n_cr_s: float = 1.0
    wait_limit: int = 16
    frame_s: float = 135 / 500_000


def stmin_s(code: int) -> float:
    """Separation time of a flow control: 0x00–0x7F milliseconds, 0xF1–0xF9 hundreds of microseconds."""
    if code <= 0x7F:
        return code / 1000
    if 0xF1 <= code <= 0xF9:
        return (code - 0xF0) / 10_000
    return _STMIN_RESERVED_S


def flow_control(target: int, status: int = CONTINUE) -> bytes:
    """Our flow control frame to a unit: block size 0, STmin 0."""
    return bytes([target, FLOW_CONTROL << 4 | status, 0, 0]).ljust(FRAME_BYTES, PAD)


def frames_of(target: int, payload: bytes) -> list[bytes]:
    """The frames of a message, in order: one single frame, or a first frame and consecutive ones."""
    length = len(payload)
    if length <= SINGLE_FRAME_MAX:
        return [(bytes([target, length]) + payload).ljust(FRAME_BYTES, PAD)]
    first = bytes([target, FIRST << 4 | length >> 8, length & 0xFF]) + payload[:FIRST_FRAME_BYTES]
    rest = range(FIRST_FRAME_BYTES, length, CONSECUTIVE_FRAME_BYTES)
    return [first] + [
        (bytes([target, CONSECUTIVE << 4 | number & 0xF]) + payload[at : at + CONSECUTIVE_FRAME_BYTES]).ljust(
            FRAME_BYTES, PAD
        )
        for number, at in enumerate(rest, start=1)
    ]


def is_from_tester(can_id: int) -> bool:
    """Whether a frame with an 11-bit id is a tester's, ours or somebody else's."""
    return any(can_id & mask == tester for tester, mask in TESTERS)


def is_for_tester(data: bytes | bytearray) -> bool:
    """Whether a unit's frame is addressed to us."""
    return len(data) > 1 and data[0] == uds.TESTER
