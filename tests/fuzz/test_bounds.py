"""Input made to take long or to take much: refused or read in seconds and some megabytes, on this computer.

Sizes a mutator does not reach.  A Raspberry Pi takes some ten times longer, which is still bounded.
"""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.bus.candump import read_log
from appliance.bus.isotp import IsoTpTiming
from appliance.bus.isotp_receiver import Receiver
from appliance.campaign.load import load_open_list
from appliance.clock import RealClock
from appliance.config import load_config
from appliance.errors import CampaignError, ConfigError, UsageError
from appliance.page.reports import Reports
from appliance.page.status_file import Condition, StatusFile
from tests.campaign.cars import BULLETIN
from tests.fuzz.targets import holds, target_named

CPU_S = 4.0
MEBIBYTE = 1024 * 1024
TOML = 256 * 1024  # the longest that is looked at
ENDLESS = 1 << 30  # a file of holes: it takes no room, and whoever reads it whole falls over


@contextmanager
def quickly() -> Iterator[None]:
    """Bounded in time."""
    begun_s = time.process_time()
    yield
    assert time.process_time() - begun_s < CPU_S


@contextmanager
def within(mebibytes: float) -> Iterator[None]:
    """Bounded in memory."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1] / MEBIBYTE
    finally:
        tracemalloc.stop()
    assert peak < mebibytes


def endless(path: Path) -> Path:
    path.touch()
    os.truncate(path, ENDLESS)
    return path


BIG: dict[str, tuple[str, bytes]] = {
    "an SVK of 65535 entries that are not there": ("SVK", bytes.fromhex("62F1010101FFFF") + bytes(4090)),
    "an SVK of 65535 entries": ("SVK", bytes.fromhex("62F1010101FFFF180130") + bytes(10 + 8 * 65535)),
    "a vehicle order of 65535 bytes": ("vehicle order", bytes.fromhex("623F06FFFF03") + b"\x41" * 65534),
    "a vehicle order as long as a message": ("vehicle order", bytes.fromhex("623F060FF803") + b"\x86" * 4087),
    "a million unit addresses": ("unit list", bytes.fromhex("623F07") + b"\xff\xff" * 500_000),
    "trouble codes, a megabyte": ("trouble codes", bytes.fromhex("5902FF") + b"\x01" * 400_000),
    "half a megabyte of hexadecimal": ("hexadecimal text", b"62 F1 90 " * 70_000),
    "one hexadecimal word of a megabyte": ("hexadecimal text", b"62F190" * 60_000),
    "a VIN of a megabyte": ("VIN text", b"W" * MEBIBYTE),
    "first frames, and no more": ("ISO-TP frames", bytes.fromhex("08F11FFF0000000000") * 20_000),
    "a log of one line": ("candump log", b"(1.0) can0 123#" + b"00" * MEBIBYTE),
    "a log of many lines": ("replay", b"(1.0) can0 6F1#180322F190000000\n(1.0) can0 618#F1037F2278000000\n" * 6_000),
    "a time of a million digits": ("candump log", b"(" + b"9" * 900 + b") can0 123#00\n" * 10_000),
    "TOML of many brackets": ("configuration", b"a=" + b"[" * (TOML - 2)),
    "TOML of many braces": ("configuration", b"a=" + b"{a=" * 80_000),
    "TOML with a key of many parts": ("configuration", b"a." * 100_000 + b"a=1"),
    "TOML with a quoted key of many parts": ("configuration", b'"a" . ' * 40_000 + b"a=1"),
    "TOML with a table of many parts": ("configuration", b"[" + b"a." * 100_000 + b"a]"),
    "TOML with a endless key": ("configuration", b"a" * (TOML - 10) + b"=1"),
    "TOML with many keys": ("configuration", b"".join(b"a%d=1\n" % n for n in range(25_000))),
    "TOML with many unknown tables": ("configuration", b"".join(b"[a%d]\n" % n for n in range(25_000))),
    "TOML with a endless number": ("configuration", b"[page]\nport=0x" + b"F" * (TOML - 100)),
    "TOML with a endless text": ("configuration", b'[page]\nport="' + b"F" * (TOML - 100) + b'"'),
    "TOML of blank lines": ("configuration", b"\n" * (TOML - 1)),
    "TOML longer than any": ("campaign", b"#" * (2 * MEBIBYTE)),
    "a campaign with an image of a gibibyte": (
        "campaign",
        BULLETIN.replace("length = ", "length = 1073741824 #").encode(),
    ),
    "JSON of a million brackets": ("journal: plan", b"[" * MEBIBYTE),
    "JSON of a million braces": ("journal: report", b'{"units":' * 100_000),
    "a number of a million digits": ("calibration file", b'{"offset_v":' + b"9" * MEBIBYTE + b"}"),
    "a fact with a megabyte of data": (
        "journal: fact",
        b'CodingSaved\n{"address":1,"did":2,"data":"' + b"00" * MEBIBYTE + b'"}',
    ),
    "a status with endless notes": ("status file", b'{"phase":"READY","notes":[' + b'"x",' * 200_000 + b'"x"]}'),
    "a report with endless units": ("report file", b'{"units":[' + b"{}," * 20_000 + b"{}]}"),
    "a report nested to the brim": ("report file", b'{"claim":' * 400 + b"1" + b"}" * 400),
}


DECLARED = (
    "an SVK of 65535 entries that are not there",
    "first frames, and no more",
    "a campaign with an image of a gibibyte",
    "JSON of a million brackets",
    "TOML of many brackets",
)


@pytest.mark.parametrize("what", BIG)
def test_big_input_is_read_or_refused_in_bounded_time(what: str) -> None:
    name, data = BIG[what]
    target = target_named(name)
    with quickly():
        holds(target, data)


@pytest.mark.parametrize("what", DECLARED)
def test_what_is_only_declared_takes_no_room(what: str) -> None:
    name, data = BIG[what]
    holds(target_named(name), data)  # what is made once and kept does not count
    with within(20):
        holds(target_named(name), data)


def refused(error: type[Exception], read: Callable[[], object]) -> None:
    with pytest.raises(error):
        read()


def test_an_endless_file_is_no_setting(tmp_path: Path) -> None:
    with within(200):
        refused(ConfigError, lambda: load_config(endless(tmp_path / "kl30.toml")))


def test_an_endless_file_is_no_open_list(tmp_path: Path) -> None:
    with within(200):
        refused(CampaignError, lambda: load_open_list(endless(tmp_path / "open.txt")))


def test_an_endless_file_is_no_recording(tmp_path: Path) -> None:
    with within(10):
        refused(UsageError, lambda: list(read_log(endless(tmp_path / "car.log"))))


def test_an_endless_file_is_no_status(tmp_path: Path) -> None:
    endless(tmp_path / "status.json")
    with within(20):
        assert StatusFile(tmp_path, RealClock()).read().condition is Condition.UNREADABLE


def test_an_endless_file_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    endless(tmp_path / "reports" / "r-1.json")
    with within(20):
        assert Reports(tmp_path).read("r-1") is None


def test_a_long_recording_does_not_have_to_fit_into_memory(tmp_path: Path) -> None:
    log = tmp_path / "car.log"
    log.write_bytes(b"(1.0) can0 618#F1037F2278000000\n" * 30_000)
    with within(2):
        assert sum(1 for _ in read_log(log)) == 30_000


def test_a_message_that_never_ends_keeps_no_more_than_its_length(tmp_path: Path) -> None:
    receiver = Receiver(0x12, IsoTpTiming())
    with within(1):
        receiver.feed(bytes.fromhex("F11FFF0000000000"), 0.0)
        for number in range(20_000):
            receiver.feed(bytes([0xF1, 0x20 | (number + 1) & 0xF]) + bytes(6), 0.0)
