"""What the simulated car keeps: one file, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.bench.memory import MemoryFile, SlotState, load_memory
from appliance.bench.scenarios import STEADY
from appliance.errors import JournalError


def test_a_car_survives_a_reload(tmp_path: Path) -> None:
    car = STEADY.car()
    MemoryFile(tmp_path / "car.json", car)
    assert load_memory(tmp_path / "car.json") == car


def test_every_change_is_on_disk_at_once(tmp_path: Path) -> None:
    memory = MemoryFile(tmp_path / "car.json", STEADY.car())
    unit = memory.now.unit(0x12)
    lost = replace(unit.slots[0], software="", state=SlotState.ERASED, clean=False)
    memory.keep(memory.now.with_unit(unit.with_slot(lost)))
    assert load_memory(tmp_path / "car.json") == memory.now


def test_what_has_happened_is_kept(tmp_path: Path) -> None:
    MemoryFile(tmp_path / "car.json", STEADY.car()).happened("0-dip")
    kept = load_memory(tmp_path / "car.json")
    assert kept is not None
    assert kept.done == ("0-dip",)


def test_nothing_partial_is_left_behind(tmp_path: Path) -> None:
    MemoryFile(tmp_path / "car.json", STEADY.car())
    assert [path.name for path in tmp_path.iterdir()] == ["car.json"]


def test_without_a_path_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    MemoryFile(None, STEADY.car()).happened("0-dip")
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_no_car(tmp_path: Path) -> None:
    assert load_memory(tmp_path / "car.json") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"scenario": "steady"}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "car.json"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="damaged") as caught:
        load_memory(path)
    assert caught.value.where == str(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be read") as caught:
        load_memory(tmp_path)
    assert caught.value.where == str(tmp_path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="could not be kept") as caught:
        MemoryFile(tmp_path / "missing" / "car.json", STEADY.car())
    assert "car.json" in caught.value.where


def test_coding_is_lost_when_any_of_it_is_blank() -> None:
    unit = STEADY.car().unit(0x12)
    assert not unit.coding_lost
    assert replace(unit, coding=((0x3000, b"\x01"), (0x3010, b"\xff\xff"))).coding_lost
