"""Nothing that a run leaves behind holds a seed or a key: journal, status, reports, recordings, printed words.

The run goes over CAN frames, with the recorder of a real appliance; seeds and keys are known to the test because it
stands between the bench's control units and its provider.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import can
import pytest

from appliance.bench.car_transport import CarTransport
from appliance.bench.security import BENCH_PROVIDER, bench_key
from appliance.bus.can_transport import CanTransport
from appliance.bus.recording import Recorder
from appliance.bus.transport import Transport
from appliance.engine.report import Report
from tests.bus.virtual_time import VirtualTimeBus
from tests.engine.workshop import WorkshopBench

STEP_S = 0.005  # how often the car looks at its end of the bus
WINDOW = 5  # bytes in a row that are no coincidence: a consecutive frame carries six


class PatientBus(VirtualTimeBus):
    """A long look at the bus is many short ones, so that the car gets to work between them."""

    def recv(self, timeout: float | None = None) -> can.Message | None:
        return super().recv(min(timeout or 0.0, STEP_S))


class RecordedBench(WorkshopBench):
    """A workshop whose car is at the other end of a CAN bus, which is recorded."""

    def line(self) -> Transport:
        bus = PatientBus(self.clock)
        car, self.other_end = self.plant.car, bus.other_end()
        self.recorder = Recorder(self.folder / "recordings", self.clock, "can0", 64 * 2**20, 4)
        units = CarTransport(self.other_end, car.units, self.clock)

        def work() -> None:
            for address, functional, payload in units.poll(self.clock.now_s()):
                car.request(self.clock.now_s(), address, payload, functional=functional)
            for reply in car.due(self.clock.now_s()):
                units.reply(reply.address, reply.payload)

        bus.others_work = work
        return CanTransport(bus, self.clock, self.recorder)


class Spied:
    """The bench's provider; remembers what must be found nowhere."""

    def __init__(self) -> None:
        self.secrets: list[bytes] = []

    def __call__(self, level: int, seed: bytes) -> bytes:
        key = bench_key(level, seed)
        self.secrets += [seed, key[4:]]  # the first four are FFFFFFFF, which says nothing
        return key


def spellings(secret: bytes) -> Iterator[bytes]:
    """Every way a piece of it could stand in a file."""
    for at in range(len(secret) - WINDOW + 1):
        piece = secret[at : at + WINDOW]
        yield piece
        for text in (piece.hex(), piece.hex(" "), piece.hex(":"), repr(piece)[2:-1]):
            yield text.encode()
            yield text.upper().encode()
    for shift in range(3):
        yield base64.b64encode(secret[shift : shift + 6])


def found(secrets: list[bytes], folder: Path, printed: str = "") -> list[str]:
    """Where one of them stands."""
    texts = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    texts["printed"] = printed.encode()
    marks = {spelling for secret in secrets for spelling in spellings(secret)}
    return sorted({name for name, text in texts.items() for mark in marks if mark in text})


def ran(bench: RecordedBench) -> Report:
    report = bench.started()
    bench.recorder.close()
    bench.other_end.shutdown()
    return report


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("(1.0) can0 6F1#12210102030405060708\n", encoding="ascii")
    (tmp_path / "b.json").write_text('{"seed": "01 02 03 04 05 06"}', encoding="ascii")
    (tmp_path / "c.sqlite").write_bytes(b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x00")
    (tmp_path / "d.json").write_text('{"seed": "090909090909"}', encoding="ascii")
    assert found([bytes(range(1, 9))], tmp_path) == ["a.log", "b.json", "c.sqlite"]


def test_a_whole_run_leaves_neither_seed_nor_key_behind(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bench, spied = RecordedBench(tmp_path), Spied()
    bench.providers = {BENCH_PROVIDER: spied}
    assert ran(bench).verdict == "programmed"
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert {"journal.sqlite", "status.json", "can0-000001.log"} <= names
    assert len(spied.secrets) >= 4  # for programming, and for coding
    assert found(spied.secrets, tmp_path, "".join(capfd.readouterr())) == []
    log = (tmp_path / "recordings" / "can0-000001.log").read_text(encoding="ascii")
    assert "6F1#120627110000000" in log  # a seed of which level was asked for,
    assert "612#F1026712" in log  # that the key was taken,
    assert "6F1#12" in log.split("612#F1026712")[1]  # and what came then
    assert max(map(len, log.split("0000000000"))) > 1000  # the transfers are whole


def test_a_run_that_gets_no_access_leaves_neither_behind(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[bytes] = []

    def wrong(level: int, seed: bytes) -> bytes:
        key = bytes(reversed(bench_key(level, seed)))
        seen.extend((seed, key[:64]))
        return key

    bench = RecordedBench(tmp_path)
    bench.providers = {BENCH_PROVIDER: wrong}
    assert ran(bench).verdict == "failed"
    assert len(seen) == 2
    assert found(seen, tmp_path, "".join(capfd.readouterr())) == []
