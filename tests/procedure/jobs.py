"""A small DME-like job, and the pieces conversations about it are made of."""

from __future__ import annotations

from dataclasses import replace

from appliance.procedure.facts import (
    CodingSaved,
    DatablockBegun,
    DatablockProgrammed,
    DependenciesChecked,
    UnitProgrammed,
)
from appliance.procedure.job import DatablockJob, Job, Times

DME = 0x12
SOFTWARE = ("swfl_00002cce-021_020_002", "swfl_000046da-021_020_052")
PROGRAM = DatablockJob(
    0, "program", 0x80020000, 0x00, "aa" * 32, SOFTWARE[0], bytes.fromhex("101112131415161718191A1B")
)
DATA = DatablockJob(1, "data", 0x80180000, 0x00, "bb" * 32, SOFTWARE[1], bytes.fromhex("D0D1D2D3D4"))

# 62 F1 01, version, own check, count, fingerprint; hardware, bootloader, two software units of eight bytes each.
_FIXED = "17 06 01 8A 04 D2 01 4B 4C 33 30 00 00  01 00002CCB 01 03 04  06 00002CCD 15 0A 01"
SVK_TARGET = f"62 F1 01 01 01 00 04 {_FIXED} 08 00002CCE 15 14 02  08 000046DA 15 14 34"
SVK_OLD = f"62 F1 01 01 01 00 04 {_FIXED} 08 00002CCE 15 0A 02  08 000046DA 15 0A 34"
SVK_SURPLUS = f"62 F1 01 01 01 00 05 {_FIXED} 08 00002CCE 15 14 02  08 000046DA 15 14 34  08 00009999 01 02 03"
SVK_UNPROVEN = f"62 F1 01 01 02 00 04 {_FIXED} 08 00002CCE 15 14 02  08 000046DA 15 14 34"
SVK_ERASED = f"62 F1 01 01 02 00 04 {_FIXED} FF FFFFFFFF FF FF FF  08 000046DA 15 14 34"

CODING_SAVED = CodingSaved(DME, 0x3000, bytes.fromhex("010422A0"))
BEGUN = tuple(DatablockBegun(DME, block.index, block.sha256, 1) for block in (PROGRAM, DATA))
PROVEN = tuple(DatablockProgrammed(DME, block.index, block.sha256) for block in (PROGRAM, DATA))
CHECKED = DependenciesChecked(DME)
PROGRAMMED = UnitProgrammed(DME, SOFTWARE)


class Provider:
    """SecurityAccess of these conversations: the key is the seed backwards; remembers every seed it was given."""

    def __init__(self) -> None:
        self.seeds: list[tuple[int, bytes]] = []

    def __call__(self, level: int, seed: bytes) -> bytes:
        self.seeds.append((level, seed))
        return b"\xff\xff\xff\xff" + bytes(reversed(seed))


def job(**changes: object) -> Job:
    """The job; without coding and body control unit, unless they are given."""
    plain = Job(
        address=DME,
        name="DME",
        datablocks=(PROGRAM, DATA),
        target_software=SOFTWARE,
        security=Provider(),
        fingerprint=bytes.fromhex("170601 8A 04D2 01 4B4C3330 0000"),
        times=Times(erase_s=6.0, check_memory_s=3.0, authentication_s=1.0, reset_s=2.0),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


PRE_PROGRAMMING = """
12 > 10 01
12 > 31 01 02 03           # preconditions: none unmet
DF > 10 03
12 > 10 03
12 > 31 01 0F 0C 03        # energy mode flash
DF > 85 02                 # no trouble codes stored
DF > 28 01 01              # no normal messages
12 > 31 01 10 03 01        # extended mode flash
"""
BOOTLOADER_PRE_PROGRAMMING = """
DF > 10 03
DF > 85 02
DF > 28 01 01
"""
INTO_BOOTLOADER = """
12 > 10 03
12 > 10 02
wait 2
"""
ENTER = f"""
{INTO_BOOTLOADER}
12 > 27 11 FF FF FF FF < 67 11 01 02 03 04 05 06 07 08
12 > 27 12 FF FF FF FF 08 07 06 05 04 03 02 01
12 > 2E F1 5A 17 06 01 8A 04 D2 01 4B 4C 33 30 00 00
"""
ERASE = "12 > 31 01 FF 00 02 40 80 02 00 00 06"
REQUEST = "12 > 34 00 44 80 02 00 00 00 00 00 0C"
PIECE_1, PIECE_2 = "12 > 36 01 10 11 12 13 14 15 16 17", "12 > 36 02 18 19 1A 1B"
EXIT = "12 > 37"
CHECK = "12 > 31 01 02 02 12 40 80 02 00 00 00 00"
_PROGRAM = f"""
{ERASE} < 71 01 FF 00 00
{REQUEST} < 74 20 00 0A     # ten bytes: eight of them image
{PIECE_1}
{PIECE_2}
{EXIT}
{CHECK} < 71 01 02 02 00
mark DatablockProgrammed 12 0
"""
_DATA = """
12 > 31 01 FF 00 02 40 80 18 00 00 06 < 71 01 FF 00 00
12 > 34 00 44 80 18 00 00 00 00 00 05 < 74 20 00 0A
12 > 36 01 D0 D1 D2 D3 D4
12 > 37
12 > 31 01 02 02 12 40 80 18 00 00 00 00 < 71 01 02 02 00
mark DatablockProgrammed 12 1
"""
DEPENDENCIES = """
12 > 31 01 FF 01 < 71 01 FF 01 00
mark DependenciesChecked 12
"""
RESET = """
12 > 11 01
wait 2
"""
READ_BACK = f"""
12 > 22 F1 01 < {SVK_TARGET}
mark UnitProgrammed 12 {" ".join(SOFTWARE)}
"""
DOUBTED = "mark DatablockFailed 12 0\nmark DatablockFailed 12 1\n"  # what does not read back puts all in doubt
FINISH = DEPENDENCIES + RESET + READ_BACK


def begun(index: int, attempt: int = 1) -> str:
    return f"mark DatablockBegun 12 {index} attempt {attempt}\n"


def program_block(attempt: int = 1) -> str:
    return begun(0, attempt) + _PROGRAM


def data_block(attempt: int = 1) -> str:
    return begun(1, attempt) + _DATA
