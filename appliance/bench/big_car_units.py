"""A table of 24 control units: addresses of facts.md §1, and manners that were seen in real cars.

Confirmed are the addresses, which are those of a recorded G31, and what a comment gives a source for.  Everything else
is assumed: which option of the vehicle order brings which control unit, sizes, trouble codes, and how much quicker a
control unit is than its label (DID 2504 says what it may need).
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.bench.memory import StoredFault
from appliance.bench.unit.manner import Manner
from appliance.bench.unit.own_voltage import IBS, MILLIVOLTS
from appliance.bench.unit.profile import NO_TIMING, SLOW_TIMING, Profile

# Statuses of trouble codes (facts.md §9): 2F is present; 28 and 20 are stored, and told whatever the mask; 50 is what
# clearing leaves behind.  24 and 68 are by the standard's bits: pending, and stored but not tested in this cycle.
PRESENT, STORED, OLD, CLEARED, PENDING, UNTESTED = 0x2F, 0x28, 0x20, 0x50, 0x24, 0x68

KIB = 1024
READ_ONLY = (40, 20, 1, 5, 3, 10)  # DID 2504 of those that are only read


@dataclass(frozen=True, slots=True)
class BigUnit:
    """One row.

    Attributes:
        options: One of these in the vehicle order means that it is fitted; empty: it always is.
        regions: Sizes of its flash regions, bytes; empty: it is one of the bench's usual control units.
        behind: Its software is older than the level's.
        faults: Synthetic codes.
    """

    address: int
    profile: Profile
    options: tuple[str, ...] = ()
    regions: tuple[int, ...] = (64 * KIB,)
    behind: bool = False
    faults: tuple[StoredFault, ...] = ()


USUAL: tuple[int, ...] = ()  # `regions` of who has software of its own already

TABLE = (
    BigUnit(0x01, Profile("airbag", timings=READ_ONLY, block_length=255), faults=(StoredFault(0x930A11, STORED),)),
    BigUnit(0x08, Profile("chassis", timings=READ_ONLY[:5], block_length=1026)),  # a layout of five words (§3.4)
    BigUnit(0x0B, Profile("comfort", timings=READ_ONLY, session_timing=NO_TIMING)),
    BigUnit(0x0D, Profile("tailgate", timings=READ_ONLY, block_length=514), options=("316",)),
    BigUnit(
        0x10,
        Profile(
            "gateway",
            erase_s=48.0,
            check_s=22.0,
            reset_s=4.0,
            timings=(60, 30, 1, 10, 5, 20),
            block_length=2050,
            session_timing=SLOW_TIMING,  # §5.4, confirmed
            answer_s=0.05,
        ),
        regions=USUAL,
        behind=True,
    ),
    BigUnit(
        0x12,
        Profile(
            "DME",
            erase_s=100.0,
            check_s=45.0,
            reset_s=4.0,
            timings=(120, 60, 1, 10, 5, 20),  # §3.4, confirmed
            calibration=True,
            voltage_did=IBS,
        ),
        regions=USUAL,
        behind=True,
        faults=(StoredFault(0x105A20, PRESENT), StoredFault(0x108A01, CLEARED), StoredFault(0x11200B, UNTESTED)),
    ),
    BigUnit(
        0x18,
        Profile(
            "EGS",
            erase_s=75.0,
            check_s=48.0,
            reset_s=1.6,
            timings=(90, 60, 5, 10, 2, 60),  # §3.4, confirmed
            block_length=0xBB9,  # §1, confirmed over Ethernet
            session_s=0.3,  # response pending before `50 03` (§5.4, confirmed for an F25)
        ),
        options=("205",),
        regions=(384 * KIB, 128 * KIB, 128 * KIB),
        behind=True,
        faults=(StoredFault(0x420C18, OLD),),
    ),
    BigUnit(0x21, Profile("active steering", timings=READ_ONLY), options=("2VH",)),
    BigUnit(0x22, Profile("seat", timings=READ_ONLY, answer_s=0.02), options=("459",)),
    BigUnit(0x29, Profile("DSC", timings=READ_ONLY, block_length=1794), faults=(StoredFault(0x480A2F, STORED),)),
    BigUnit(0x2C, Profile("parking", timings=READ_ONLY, speaks_to_all=False), options=("508", "5DP")),
    BigUnit(
        0x30,
        Profile(
            "EPS",
            erase_s=12.0,
            check_s=8.0,
            reset_s=2.5,
            timings=(15, 10, 20, 2, 3, 10),  # §3.4, confirmed
            block_length=255,
            session_timing=NO_TIMING,  # §5.4, confirmed
        ),
        regions=(192 * KIB, 64 * KIB),
        behind=True,
    ),
    BigUnit(
        0x40,
        Profile(
            "body control unit",
            erase_s=50.0,
            check_s=26.0,
            reset_s=17.0,
            timings=(60, 32, 5, 10, 21),  # as a real BDC has them (§3.4), and what it writes before each word
            timing_bytes=bytes.fromhex("01 01 01 02 02"),
            block_length=1026,
            session_timing=NO_TIMING,
            voltage_did=MILLIVOLTS,
        ),
        regions=USUAL,
        behind=True,
    ),
    BigUnit(0x43, Profile("headlight left", timings=READ_ONLY, block_length=255), options=("5A2",)),
    BigUnit(0x44, Profile("headlight right", timings=READ_ONLY, block_length=255), options=("5A2",)),
    BigUnit(0x56, Profile("roof", timings=READ_ONLY), options=("403",), faults=(StoredFault(0xD50C01, PENDING),)),
    BigUnit(0x5D, Profile("camera", timings=READ_ONLY, session_s=0.3), options=("5AS",)),
    BigUnit(0x5E, Profile("gear selector"), options=("205",)),  # tells no times
    BigUnit(
        0x60,
        Profile(
            "instrument cluster",
            erase_s=75.0,
            check_s=40.0,
            reset_s=4.0,
            timings=(90, 60, 1, 10, 5, 60),
            session_timing=SLOW_TIMING,  # §5.4, confirmed
            answer_s=0.12,
        ),
        regions=USUAL,
        behind=True,
        faults=(StoredFault(0xE12402, STORED),),
    ),
    BigUnit(0x61, Profile("telematics", manner=Manner.REFUSES), options=("6AC",)),
    BigUnit(
        0x63,
        Profile(
            "head unit",
            timings=(3600, 60, 1, 10, 30, 600),  # an erase of one hour: §3.4, confirmed
            session_timing=SLOW_TIMING,  # §5.4, confirmed, as is P2
            answer_s=0.29,
            session_s=0.3,
        ),
        faults=(StoredFault(0xB7F835, STORED), StoredFault(0xB7F836, OLD)),
    ),
    BigUnit(0x67, Profile("controller", timings=READ_ONLY, manner=Manner.WRONG), options=("6UN",)),
    BigUnit(0x76, Profile("video", timings=READ_ONLY, session_timing=SLOW_TIMING, answer_s=0.1), options=("6UN",)),
    BigUnit(0x78, Profile("climate", timings=READ_ONLY), faults=(StoredFault(0x801240, CLEARED),)),
)
