"""What a simulated control unit says of its own supply, read with the appliance's decoder."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.bench.car import BODY, CLUSTER, DME, GATEWAY, SLOW_DME, Car
from appliance.bench.memory import MemoryFile
from appliance.bench.scenarios import STEADY, scenario_named
from appliance.bench.unit.own_voltage import IBS, MILLIVOLTS
from appliance.car.own_voltage import OwnVoltage, VoltageUnit
from tests.bench.talk import QUICK, Talk
from tests.campaign.cars import bulletin

FORMS = {
    IBS: OwnVoltage(0x12, IBS, 2, 2, VoltageUnit.VOLT, divide=4000, add=6.0),
    MILLIVOLTS: OwnVoltage(0x12, MILLIVOLTS, 0, 2, VoltageUnit.MILLIVOLT),
}


def told(talk: Talk, did: int) -> float:
    return FORMS[did].decode(bytes.fromhex(talk.ask(b"\x22" + did.to_bytes(2, "big"))))


@pytest.fixture(params=sorted(FORMS), ids=["402B", "40C6"])
def did(request: pytest.FixtureRequest) -> int:
    chosen: int = request.param
    return chosen


@pytest.fixture
def talk(did: int) -> Talk:
    return Talk(profile=replace(QUICK, voltage_did=did))


@pytest.mark.parametrize("volts", [9.5, 12.34, 13.8, 15.9])
def test_it_tells_the_voltage_it_has(talk: Talk, did: int, volts: float) -> None:
    talk.volts = volts
    assert told(talk, did) == pytest.approx(volts, abs=0.001)


def test_it_tells_what_its_sensor_is_off_by_and_feels_what_there_is(talk: Talk, did: int) -> None:
    talk.world.reads_v_off = -4.0
    assert told(talk, did) == pytest.approx(9.8, abs=0.001)
    assert talk.ask("31 01 02 03") == "71 01 02 03", "13.8 V are no unmet precondition"


def test_a_voltage_it_cannot_write_is_the_largest_it_can(talk: Talk, did: int) -> None:
    talk.world.reads_v_off = 100.0
    assert "FF FE" in talk.ask(b"\x22" + did.to_bytes(2, "big"))


def test_its_bootloader_does_not_know(talk: Talk, did: int) -> None:
    talk.tell("10 03", "10 02")
    assert talk.ask(b"\x22" + did.to_bytes(2, "big")) == "7F 22 31"


def test_a_unit_without_a_sensor_does_not_know(did: int) -> None:
    assert Talk().ask(b"\x22" + did.to_bytes(2, "big")) == "7F 22 31"


def test_the_slow_dme_has_the_same_sensor() -> None:
    assert SLOW_DME.voltage_did == IBS


def test_the_units_of_the_bench_that_tell_are_those_its_campaign_asks() -> None:
    car = Car(MemoryFile(None, STEADY.car()), lambda: 13.8)
    assert {one.address: one.did for one in bulletin().supply} == {DME: IBS, BODY: MILLIVOLTS}
    assert {unit.profile.voltage_did for unit in car.units.values()} == {IBS, MILLIVOLTS, None}
    for source in bulletin().supply:
        car.request(0.0, source.address, b"\x22" + source.did.to_bytes(2, "big"))
    assert [source.decode(reply.payload) for source, reply in zip(bulletin().supply, car.due(0.3), strict=True)] == [
        13.8,
        13.8,
    ]


def test_a_dme_in_its_bootloader_leaves_the_body_control_unit_to_tell() -> None:
    car = Car(MemoryFile(None, scenario_named("ecu-in-bootloader").car()), lambda: 13.8)
    for source in bulletin().supply:
        car.request(0.0, source.address, b"\x22" + source.did.to_bytes(2, "big"))
    assert {reply.address: reply.payload[0] for reply in car.due(0.3)} == {DME: 0x7F, BODY: 0x62}
    assert {GATEWAY, CLUSTER} <= set(car.addresses)
