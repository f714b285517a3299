"""What a simulated control unit is, and what it feels of the car around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from appliance.bench.unit.manner import Manner

USUAL_TIMING = bytes.fromhex("003201F4")  # P2 50 ms, P2* 5000 ms (facts.md §5.4, confirmed)
SLOW_TIMING = bytes.fromhex("012B01F4")  # P2 299 ms: instrument cluster, head unit (same section)
NO_TIMING = b""  # the bare `50 03` that some answer (same section)

# Below and above these a control unit does not touch its flash memory (NRC 0x93 and 0x92).  No source gives them;
# trouble codes count from 9 to 16 V (facts.md §6), and a flash pump wants more than that: assumed.
LOW_V, HIGH_V = 11.0, 16.0
BROWN_OUT_V = 9.0  # below this its processor stops; from memory, the lower end of the same 9 to 16 V


@dataclass(frozen=True, slots=True)
class Profile:
    """What kind of control unit it is.

    Attributes:
        erase_s / check_s / reset_s: How long it really takes; `erase_s` for its largest flash region.
        timings: DID 2504 as u16 seconds; empty: not offered.
        timing_bytes: Byte before each of its words, as a real BDC has them; empty: none, as everybody else.
        block_length: maxNumberOfBlockLength it grants (ISO 14229-1:2013, 14.2).
        session_timing: What follows `50 xx`: P2 in ms and P2* in 10 ms, or nothing.
        calibration: OBD mode 09 identity is answered.
        answer_s: Time from request to an immediate answer.
        counter_max: DID 2503.
        voltage_did: Identifier that tells its own supply (`own_voltage`); None: it tells none.
        session_s: How long a change of session takes; longer than `answer_s` with response pending (NRC 0x78) before.
        speaks_to_all: Whether it answers what everybody is asked; off: it does as it is told, and says nothing.
        manner: How far what it says can be used.
    """

    name: str
    erase_s: float = 3.0
    check_s: float = 0.8
    reset_s: float = 1.2
    timings: tuple[int, ...] = ()
    timing_bytes: bytes = b""
    block_length: int = 4095
    session_timing: bytes = USUAL_TIMING
    calibration: bool = False
    answer_s: float = 0.002
    counter_max: int = 0x00F7
    voltage_did: int | None = None
    session_s: float = 0.0
    speaks_to_all: bool = True
    manner: Manner = Manner.USUAL

    @property
    def told_timings(self) -> bytes:
        """What DID 2504 holds."""
        words = [word.to_bytes(2, "big") for word in self.timings]
        if not self.timing_bytes:
            return b"".join(words)
        return b"".join(bytes((before,)) + word for before, word in zip(self.timing_bytes, words, strict=True))


@dataclass(slots=True)
class World:
    """What a control unit feels of the car around it.

    Attributes:
        volts: The voltage it really has.
        reads_v_off: By how much what it tells of that differs: a worn sensor, or a plug that sees something else.
    """

    volts: Callable[[], float]
    vin: str
    engine_running: bool = False
    ignition_on: bool = True
    reads_v_off: float = 0.0
