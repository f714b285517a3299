"""What stands outside of the machine: the workshop's campaign, the serial adapter, the rules about journal and car."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import can
import pytest

from appliance.bench.car import DME
from appliance.bench.memory import SlotState
from tests.vm.car_outside import Adapter, fresh_car
from tests.vm.look import Fact, Found, untruths
from tests.vm.workshop import campaign

UNIT = campaign().units[0]
FIRST = UNIT.datablocks[0]


def test_the_images_fit_the_flash_memory_of_the_car() -> None:
    slots = {slot.address: slot.length for slot in fresh_car().unit(DME).slots}
    assert {block.address: block.length for block in UNIT.datablocks} == slots


def test_the_key_comes_from_a_service_of_the_owners() -> None:
    assert {unit.security for unit in campaign().units} == {"external"}


@pytest.fixture
def line(tmp_path: Path) -> Iterator[tuple[Adapter, socket.socket]]:
    adapter = Adapter(tmp_path / "adapter")
    with socket.socket(socket.AF_UNIX) as machine:
        machine.connect(str(adapter.path))
        adapter.recv(0.5)
        yield adapter, machine
    adapter.close()


def test_frames_of_the_machine_arrive_and_settings_do_not(line: tuple[Adapter, socket.socket]) -> None:
    adapter, machine = line
    machine.sendall(b"S6\rO\rt6F1412023E00\rt6F1")
    message = adapter.recv(1.0)
    assert message is not None
    assert (message.arbitration_id, bytes(message.data)) == (0x6F1, b"\x12\x02\x3e\x00")
    assert adapter.recv(0.05) is None
    machine.sendall(b"112\r")
    message = adapter.recv(1.0)
    assert message is not None
    assert bytes(message.data) == b"\x12"


def test_frames_of_the_car_are_spelled_for_slcan(line: tuple[Adapter, socket.socket]) -> None:
    adapter, machine = line
    adapter.send(can.Message(arbitration_id=0x612, is_extended_id=False, data=b"\xf1\x02\x7e\x00"))
    assert machine.recv(64) == b"t6124F1027E00\r"


def test_a_machine_that_died_is_followed_by_the_next(line: tuple[Adapter, socket.socket]) -> None:
    adapter, machine = line
    machine.sendall(b"t6F1")
    machine.close()
    with socket.socket(socket.AF_UNIX) as following:
        following.connect(str(adapter.path))
        following.sendall(b"t6F10\r")
        found = [message for _ in range(4) if (message := adapter.recv(0.3)) is not None]
    assert [message.arbitration_id for message in found] == [0x6F1]


def begun(index: int) -> Fact:
    return Fact("DatablockBegun", {"index": index})


def told(*facts: Fact, erased: tuple[int, ...] = (), slot_state: SlotState = SlotState.GOOD) -> list[str]:
    fresh = fresh_car()
    slot = replace(fresh.unit(DME).slots[0], software=FIRST.software.psdz, state=slot_state)
    car = fresh.with_unit(fresh.unit(DME).with_slot(slot))
    return untruths(Found((), facts), fresh, car, erased, UNIT)


def test_an_erase_that_is_journalled_is_in_order() -> None:
    assert told(begun(0), erased=(FIRST.address,)) == []


def test_an_erase_without_its_mark_on_the_card_is_found() -> None:
    (wrong,) = told(begun(0), erased=(FIRST.address, FIRST.address))
    assert "erased 2 times, journalled 1 times" in wrong


def test_a_proof_that_is_true_is_in_order() -> None:
    assert told(begun(0), Fact("DatablockProgrammed", {"index": 0}), erased=(FIRST.address,)) == []


def test_a_proof_of_what_the_car_does_not_hold_is_found() -> None:
    proof = Fact("DatablockProgrammed", {"index": 0})
    (wrong,) = told(begun(0), proof, erased=(FIRST.address,), slot_state=SlotState.ERASED)
    assert "journalled as programmed" in wrong


def test_a_proof_that_was_withdrawn_is_no_claim() -> None:
    proof = Fact("DatablockProgrammed", {"index": 0})
    assert told(begun(0), proof, begun(0), slot_state=SlotState.ERASED) == []
