"""The card keeps what a flush has confirmed, and nothing else for certain; and it speaks NBD."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.vm.card import SECTOR_BYTES, Card, Medium

SECTORS = 64
OLD, NEW = b"\x11", b"\x22"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "card.img"
    path.write_bytes(OLD * SECTORS * SECTOR_BYTES)
    return path


@pytest.fixture
def medium(image: Path) -> Iterator[Medium]:
    made = Medium(image, Random(1))
    yield made
    made.close()


def whole(byte: bytes, sectors: int = SECTORS) -> bytes:
    return byte * sectors * SECTOR_BYTES


def test_what_was_written_is_read_before_it_is_confirmed(medium: Medium) -> None:
    medium.write(SECTOR_BYTES, whole(NEW, 2))
    assert medium.read(0, 4 * SECTOR_BYTES) == whole(OLD, 1) + whole(NEW, 2) + whole(OLD, 1)


def test_a_flush_is_kept(medium: Medium, image: Path) -> None:
    medium.write(0, whole(NEW))
    medium.flush()
    medium.power_lost()
    assert image.read_bytes() == whole(NEW)


def test_of_what_no_flush_confirmed_each_sector_is_there_or_not(medium: Medium, image: Path) -> None:
    medium.write(0, whole(NEW))
    loss = medium.power_lost()
    kept = image.read_bytes()
    sectors = [kept[at : at + SECTOR_BYTES] for at in range(0, len(kept), SECTOR_BYTES)]
    assert set(sectors) == {whole(OLD, 1), whole(NEW, 1)}
    assert (loss.unconfirmed, loss.gone) == (SECTORS, sectors.count(whole(OLD, 1)))


def test_a_write_through_is_kept_alone(medium: Medium, image: Path) -> None:
    medium.write(0, whole(NEW, 1))
    medium.write_through(SECTOR_BYTES, whole(NEW, 1))
    assert image.read_bytes()[: 2 * SECTOR_BYTES] == whole(OLD, 1) + whole(NEW, 1)


def test_a_flush_after_the_power_went_never_happened(medium: Medium, image: Path) -> None:
    medium.before_flush = lambda: False
    medium.write(0, whole(NEW))
    medium.flush()
    assert image.read_bytes() == whole(OLD)


def test_a_machine_writes_flushes_and_reads_over_the_socket(image: Path, tmp_path: Path) -> None:
    card = Card(image, tmp_path / "nbd", Random(1))
    with socket.socket(socket.AF_UNIX) as machine:
        machine.connect(str(card.path))
        reader = machine.makefile("rb")
        assert reader.read(18)[:8] == b"NBDMAGIC"
        machine.sendall(struct.pack(">I", 3) + b"IHAVEOPT" + struct.pack(">II", 1, 0))
        (size_bytes, _) = struct.unpack(">QH", reader.read(10))
        assert size_bytes == SECTORS * SECTOR_BYTES
        for kind, data, length in ((1, whole(NEW, 1), SECTOR_BYTES), (3, b"", 0), (0, b"", SECTOR_BYTES)):
            machine.sendall(struct.pack(">IHHQQI", 0x25609513, 0, kind, 7, 0, length) + data)
            assert reader.read(16) == struct.pack(">IIQ", 0x67446698, 0, 7)
        assert reader.read(SECTOR_BYTES) == whole(NEW, 1)
        reader.close()
    card.close()
    assert image.read_bytes()[:SECTOR_BYTES] == whole(NEW, 1)
