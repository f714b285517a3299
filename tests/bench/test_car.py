"""The simulated car: one bus, four control units, and what each notices of the others."""

from __future__ import annotations

import pytest

from appliance.bench.car import BODY, CLUSTER, DME, GATEWAY, LOOK_S, MISSING_DME, PRESENT, STORED, Car
from appliance.bench.memory import MemoryFile
from appliance.bench.scenarios import STEADY, Scenario, scenario_named


class Drive:
    """A car and the time in it."""

    def __init__(self, scenario: Scenario = STEADY) -> None:
        self.volts = 13.8
        self.memory = MemoryFile(None, scenario.car())
        self.car = Car(self.memory, lambda: self.volts)
        self.now_s = 0.0

    def say(self, address: int, request: str, *, functional: bool = False) -> None:
        self.car.request(self.now_s, address, bytes.fromhex(request), functional=functional)
        self.run(0.3)

    def everybody(self, request: str) -> dict[int, str]:
        payload = bytes.fromhex(request)
        for address in self.car.addresses:
            self.car.request(self.now_s, address, payload, functional=True)
        self.now_s += 0.3
        return {reply.address: reply.payload.hex(" ").upper() for reply in self.car.due(self.now_s)}

    def run(self, seconds: float) -> None:
        """Time passes; the tester keeps every session alive."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s = min(self.now_s + LOOK_S, until_s)
            self.car.due(self.now_s)
            for address in self.car.addresses:
                self.car.request(self.now_s, address, b"\x3e\x80", functional=True)

    def faults(self, address: int) -> dict[int, int]:
        return {fault.code: fault.status for fault in self.memory.now.unit(address).faults}


@pytest.fixture
def drive() -> Drive:
    return Drive()


def test_everybody_answers_a_functional_request_from_its_own_address(drive: Drive) -> None:
    answers = drive.everybody("22 10 0A")
    assert answers == dict.fromkeys((GATEWAY, DME, BODY, CLUSTER), "62 10 0A 00")


def test_who_does_not_know_is_silent_among_all(drive: Drive) -> None:
    assert set(drive.everybody("22 10 0B")) == {GATEWAY}


def test_units_differ_in_how_they_answer_a_session(drive: Drive) -> None:
    assert drive.everybody("10 03") == {
        GATEWAY: "50 03 00 32 01 F4",
        DME: "50 03 00 32 01 F4",
        BODY: "50 03",
        CLUSTER: "50 03 01 2B 01 F4",
    }


def test_the_cluster_takes_longer_than_50_ms_and_less_than_the_299_it_announces(drive: Drive) -> None:
    drive.car.request(0.0, CLUSTER, b"\x22\xf1\x01")
    assert drive.car.due(0.05) == []
    assert len(drive.car.due(0.299)) == 1


def test_a_request_to_nobody_is_not_answered(drive: Drive) -> None:
    drive.car.request(0.0, 0x77, b"\x22\xf1\x01")
    assert drive.car.due(10.0) == []


def test_each_unit_has_an_s3_of_its_own(drive: Drive) -> None:
    for address in (DME, BODY):
        drive.car.request(0.0, address, b"\x10\x03")
    drive.car.due(0.1)
    for at_s in (2.0, 4.0, 6.0):
        drive.car.request(at_s, DME, b"\x3e\x80")
        drive.car.due(at_s)
    assert (drive.car.units[DME].session, drive.car.units[BODY].session) == (0x03, 0x01)


def test_an_idle_car_has_no_next_moment(drive: Drive) -> None:
    assert drive.car.next_s() is None


def test_a_car_with_an_open_session_looks_at_its_voltage_often(drive: Drive) -> None:
    drive.say(DME, "10 03")
    assert drive.car.next_s() == pytest.approx(drive.now_s + LOOK_S)


def test_a_short_brown_out_is_felt_by_every_unit(drive: Drive) -> None:
    for address in drive.car.addresses:
        drive.say(address, "10 03")
    drive.volts = 8.0
    drive.run(0.1)
    drive.volts = 13.8
    drive.run(2.0)
    assert {unit.session for unit in drive.car.units.values()} == {0x01}


@pytest.mark.parametrize("address", [BODY, CLUSTER])
def test_a_silent_dme_is_stored_as_a_present_fault(drive: Drive, address: int) -> None:
    drive.say(DME, "10 03")
    drive.say(DME, "10 02")
    drive.run(2.0)
    assert drive.faults(address) == {MISSING_DME: PRESENT}


def test_a_silence_under_a_second_is_not_noticed(drive: Drive) -> None:
    drive.say(DME, "10 03")
    drive.say(DME, "28 01 01")
    drive.run(0.5)
    drive.say(DME, "28 00 01")
    drive.run(2.0)
    assert drive.faults(BODY) == {}


def test_a_dme_that_may_not_send_is_silent_too(drive: Drive) -> None:
    drive.say(DME, "10 03")
    drive.say(DME, "28 01 01")
    drive.run(2.0)
    assert drive.faults(BODY) == {MISSING_DME: PRESENT}


@pytest.mark.parametrize("address", [BODY, CLUSTER])
def test_nobody_stores_the_silence_while_storing_is_off(drive: Drive, address: int) -> None:
    drive.everybody("10 03")
    drive.everybody("85 02")
    drive.say(DME, "10 02")
    drive.run(60.0)
    assert drive.faults(address) == {}


def test_clearing_does_not_help_while_the_dme_is_silent_and_does_afterwards(drive: Drive) -> None:
    drive.say(DME, "10 03")
    drive.say(DME, "10 02")
    drive.run(2.0)
    drive.say(BODY, "14 FF FF FF")
    assert drive.faults(BODY) == {MISSING_DME: PRESENT}
    drive.say(DME, "10 01")
    drive.run(2.0)
    assert drive.faults(BODY) == {MISSING_DME: STORED}
    drive.say(BODY, "14 FF FF FF")
    assert drive.faults(BODY) == {}


def test_a_dme_in_its_bootloader_is_missed_from_the_beginning() -> None:
    drive = Drive(scenario_named("ecu-in-bootloader"))
    drive.run(2.0)
    assert drive.faults(CLUSTER) == {MISSING_DME: PRESENT}


def test_the_scenario_is_told_of_each_transfer_to_the_dme(drive: Drive) -> None:
    told: list[int] = []
    drive.car.on_transfer = told.append
    drive.say(DME, "36 01 00")
    drive.say(BODY, "36 01 00")
    drive.say(DME, "36 02 00")
    assert told == [1, 2]


def test_what_a_unit_stores_is_in_the_cars_memory(drive: Drive) -> None:
    drive.say(DME, "10 03")
    drive.say(DME, "31 01 0F 0C 03")
    assert drive.memory.now.unit(DME).energy_mode == 3


def test_a_car_without_power_has_no_session(drive: Drive) -> None:
    drive.say(BODY, "10 03")
    drive.car.lose_power()
    assert drive.car.units[BODY].session == 0x01
