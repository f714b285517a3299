"""Who the car is: every refusal and silence is a value, and nothing is written."""

from __future__ import annotations

import pytest

from appliance.car.integration_level import parse_level
from appliance.car.vehicle import Vehicle
from appliance.car.vin import Vin
from appliance.procedure.identify import identify, read_levels
from appliance.procedure.words import Effect
from tests.procedure.jobs import SVK_ERASED, SVK_TARGET
from tests.procedure.script import Played, play

VIN, OTHER_VIN = "WMWXM5C54G3A12345", "WMWXM5C51G3A99999"
_HEX, _OTHER = VIN.encode().hex(), OTHER_VIN.encode().hex()
LEVELS = "46 30 35 36 10 07 01 F6" + " 00" * 8 + " 46 30 35 36 10 03 01 F6"
ALL_SVK = f"DF > 22 F1 01 < 10: {SVK_TARGET} ; 12: {SVK_TARGET}\n"
ALL_VIN = f"DF > 22 F1 90 < 10: 62 F1 90 {_HEX} ; 12: 62 F1 90 {_HEX}\n"
GATEWAY = f"10 > 22 10 0B < 62 10 0B {LEVELS}\n10 > 22 3F 06 < nrc 31\n"
FAULTS = "DF > 19 02 0C < 10: 59 02 FF ; 12: 59 02 FF 10 5A 20 2F E1 24 02 20\n"
CLOSELY = """
12 > 22 25 04 < 62 25 04 00 78 00 3C 00 01 00 0A 00 05 00 14
12 > 22 25 02 < 62 25 02 00 00 00 02
12 > 22 25 03 < 62 25 03 00 3F
12 > 09 04 < 49 04 01 41 42 43 44 00 00 00 00 00 00 00 00 00 00 00 00
12 > 09 06 < 49 06 01 DE AD BE EF
"""


def test_a_whole_car_is_observed() -> None:
    vehicle = _observed(ALL_SVK + ALL_VIN + GATEWAY + FAULTS + CLOSELY)
    dme = vehicle.unit(0x12)
    assert vehicle.vin == Vin(VIN)
    assert vehicle.levels is not None
    assert vehicle.levels.current == parse_level("F056-16-07-502")
    assert dme is not None
    assert (dme.counter, dme.counter_max, dme.calibration_id, dme.cvn) == (2, 63, "ABCD", "DEADBEEF")
    assert dme.timings is not None
    assert dme.timings.erase_s == 120
    assert [fault.text for fault in dme.faults or ()] == ["105A20"]  # status 20 does not match what was asked


def test_observing_changes_nothing() -> None:
    played = play(identify((0x12,)), ALL_SVK + ALL_VIN + GATEWAY + FAULTS + CLOSELY)
    assert {ask.effect for ask in played.asks} == {Effect.READ}
    assert {ask.request[0] for ask in played.asks} == {0x22, 0x19, 0x09}
    assert played.facts == ()


def test_refusals_and_silence_are_unknowns_with_a_reason() -> None:
    refusing = """
        12 > 22 25 04 < nrc 31
        12 > 22 25 02 < silence
        12 > 22 25 03 < 62 25 03 00
        12 > 09 04 < nrc 11
        12 > 09 06 < silence
    """
    vehicle = _observed(ALL_SVK + ALL_VIN + GATEWAY + FAULTS + refusing)
    dme = vehicle.unit(0x12)
    assert dme is not None
    assert (dme.timings, dme.counter, dme.counter_max, dme.calibration_id, dme.cvn) == (None, None, None, "", "")
    assert [trouble.split(":")[0] for trouble in vehicle.troubles] == ["control unit 0x10"] + 5 * ["control unit 0x12"]
    assert "NRC 31 requestOutOfRange" in vehicle.troubles[1]


def test_a_silent_car_is_an_observation_of_nothing() -> None:
    script = """
        DF > 22 F1 01
        DF > 22 F1 90
        10 > 22 F1 90 < silence
        10 > 22 10 0B < silence
        10 > 22 3F 06 < silence
        DF > 19 02 0C
        12 > 22 F1 01 < silence
        12 > 22 F1 86 < silence
    """
    vehicle = _observed(script)
    assert (vehicle.vin, vehicle.levels, vehicle.order, vehicle.units) == (None, None, None, ())
    assert len(vehicle.troubles) == 5


def test_a_bus_that_takes_no_frame_is_an_observation_of_nothing_too() -> None:
    script = """
        DF > 22 F1 01 < silence
        DF > 22 F1 90 < silence
        10 > 22 F1 90 < silence
        10 > 22 10 0B < silence
        10 > 22 3F 06 < silence
        DF > 19 02 0C < silence
        12 > 22 F1 01 < silence
        12 > 22 F1 86 < silence
    """
    vehicle = _observed(script)
    assert (vehicle.vin, vehicle.units) == (None, ())
    assert vehicle.troubles[0] == "read every control unit's software: no answer to request 22: scripted silence"


def test_a_control_unit_silent_among_all_is_asked_alone_before_it_counts_as_silent() -> None:
    only_gateway = f"DF > 22 F1 01 < 10: {SVK_TARGET}\n"
    no_faults = "DF > 19 02 0C < 10: 59 02 FF\n"
    alone = f"12 > 22 F1 01 < {SVK_ERASED}\n12 > 22 F1 86 < 62 F1 86 02\n"
    vehicle = _observed(only_gateway + ALL_VIN + GATEWAY + no_faults + alone + CLOSELY)
    dme = vehicle.unit(0x12)
    assert dme is not None
    assert dme.in_bootloader
    assert (dme.faults, dme.session) == (None, 0x02)


@pytest.mark.parametrize("session", ["02", "02 81"])
def test_a_bootloader_that_names_nothing_is_known_by_its_session(session: str) -> None:
    only_gateway = f"DF > 22 F1 01 < 10: {SVK_TARGET}\n"
    alone = f"12 > 22 F1 01 < nrc 31\n12 > 22 F1 86 < 62 F1 86 {session}\n"
    vehicle = _observed(only_gateway + ALL_VIN + GATEWAY + "DF > 19 02 0C < 10: 59 02 FF\n" + alone + CLOSELY)
    dme = vehicle.unit(0x12)
    assert dme is not None
    assert dme.in_bootloader


@pytest.mark.parametrize(
    ("who", "vin", "named"),
    [
        (
            f"10: 62 F1 90 {_OTHER} ; 12: 62 F1 90 {_HEX} ; 40: 62 F1 90 {_HEX}",
            VIN,
            f"0x10 {OTHER_VIN}, 0x12 {VIN}",
        ),  # most
        # evenly: the gateway's
        (f"01: 62 F1 90 {_HEX} ; 10: 62 F1 90 {_OTHER}", OTHER_VIN, f"0x01 {VIN}, 0x10 {OTHER_VIN}"),
    ],
)
def test_control_units_that_disagree_about_the_vin_are_all_named(who: str, vin: str, named: str) -> None:
    vehicle = _observed(ALL_SVK + f"DF > 22 F1 90 < {who}\n" + GATEWAY + FAULTS + CLOSELY)
    assert vehicle.vin == Vin(vin)
    assert named in vehicle.troubles[0]


def test_one_answer_that_makes_no_sense_costs_that_answer_only() -> None:
    vehicle = _observed(f"DF > 22 F1 01 < 10: 62 F1 01 01 ; 12: {SVK_TARGET}\n" + ALL_VIN + GATEWAY + FAULTS + CLOSELY)
    gateway = vehicle.unit(0x10)
    assert gateway is not None
    assert gateway.svk is None
    assert vehicle.troubles[0].startswith("control unit 0x10: DID F101 (SVK)")


def test_only_the_control_units_of_the_campaign_are_asked_closely() -> None:
    played = play(identify(()), ALL_SVK + ALL_VIN + GATEWAY + FAULTS)
    assert not [ask for ask in played.asks if ask.to == 0x12]


def test_who_is_known_and_silent_when_all_are_asked_is_asked_alone() -> None:
    script = ALL_SVK + ALL_VIN + GATEWAY + FAULTS + f"60 > 22 F1 01 < {SVK_TARGET}\n"
    vehicle: Vehicle = play(identify((), known=(0x12, 0x60)), script).result
    assert [unit.address for unit in vehicle.units] == [0x10, 0x12, 0x60]


def test_who_refuses_to_say_who_it_is_is_there_all_the_same() -> None:
    refusing = "60 > 22 F1 01 < nrc 22\n60 > 22 F1 86 < nrc 22\n"
    vehicle: Vehicle = play(identify((), known=(0x60,)), ALL_SVK + ALL_VIN + GATEWAY + FAULTS + refusing).result
    refuses = vehicle.unit(0x60)
    assert refuses is not None
    assert refuses.svk is None


def test_who_says_nothing_at_all_is_not_there() -> None:
    silent = "60 > 22 F1 01 < silence\n60 > 22 F1 86 < silence\n"
    vehicle: Vehicle = play(identify((), known=(0x60,)), ALL_SVK + ALL_VIN + GATEWAY + FAULTS + silent).result
    assert vehicle.unit(0x60) is None


def test_the_integration_level_alone_can_be_read() -> None:
    assert play(read_levels(), "10 > 22 10 0B < nrc 31").result is None


def _observed(script: str) -> Vehicle:
    played: Played = play(identify((0x12,)), script)
    vehicle = played.result
    assert isinstance(vehicle, Vehicle)
    return vehicle
