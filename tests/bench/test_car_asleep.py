"""A car that falls asleep, or loses terminal 15: who is silent when, what stays, and how it comes back."""

from __future__ import annotations

import pytest

from appliance import uds
from appliance.bench.car import BODY, CLUSTER, DME, GATEWAY, MISSING_DME, NOD_OFF_S, Car
from appliance.bench.control_unit import S3_S
from appliance.bench.direct import N_BS_S, DirectTransport
from appliance.bench.memory import MemoryFile, SlotState
from appliance.bench.plant import Plant
from appliance.bench.scenarios import STEADY, Happening, Kind, Scenario, scenario_named
from appliance.bench.security import bench_key
from appliance.bus.transport import Failed, Sent, TransportEvent
from appliance.clock import VirtualClock
from tests.bench.talk import ERASE
from tests.bench.test_car import Drive

EVERYBODY = {GATEWAY, DME, BODY, CLUSTER}
LATER_S = 30.0
REQUEST_DOWNLOAD = "34 00 44 80 02 00 00 00 04 00 00"


def there(drive: Drive) -> set[int]:
    """Who answers a TesterPresent now."""
    return set(drive.everybody("3E 00"))


@pytest.fixture
def drive() -> Drive:
    return Drive()


@pytest.fixture
def asleep(drive: Drive) -> Drive:
    drive.car.sleep(drive.now_s)
    drive.run(LATER_S)
    return drive


def test_the_units_fall_silent_one_after_the_other_and_the_dme_last(drive: Drive) -> None:
    drive.car.sleep(drive.now_s)
    seen = []
    for _ in range(5):
        seen.append(tuple(drive.car.addresses))
        drive.run(NOD_OFF_S)
    assert seen[0] == (GATEWAY, DME, BODY, CLUSTER)
    assert seen[1:] == [(DME, CLUSTER), (DME,), (), ()]


def test_a_unit_that_is_being_programmed_sleeps_after_those_that_are_not(drive: Drive) -> None:
    drive.say(GATEWAY, "10 03")
    drive.say(GATEWAY, "10 02")
    drive.run(1.0)
    drive.car.sleep(drive.now_s)
    drive.run(1.5 * NOD_OFF_S)
    assert set(drive.car.addresses) == {GATEWAY, DME}


def test_a_sleeping_car_answers_nobody(asleep: Drive) -> None:
    assert there(asleep) == set()
    asleep.car.request(asleep.now_s, DME, b"\x22\xf1\x01")
    assert asleep.car.due(asleep.now_s + 1.0) == []


def test_messages_do_not_wake_it_and_it_has_no_next_moment(asleep: Drive) -> None:
    asleep.run(60.0)
    assert there(asleep) == set()
    assert asleep.car.next_s() is None


def test_what_it_said_before_it_fell_asleep_was_said(drive: Drive) -> None:
    drive.car.request(0.0, GATEWAY, b"\x3e\x00")
    drive.car.sleep(0.5)
    assert [reply.address for reply in drive.car.due(10.0)] == [GATEWAY]


def test_the_next_moment_of_a_car_that_goes_to_sleep_is_the_next_unit(drive: Drive) -> None:
    drive.car.sleep(5.0)
    drive.car.due(5.0)
    assert drive.car.next_s() == 5.0 + NOD_OFF_S


def test_terminal_15_silences_everybody_at_once(drive: Drive) -> None:
    drive.car.terminal_15(drive.now_s, on=False)
    assert there(drive) == set()


def test_an_answer_under_way_is_lost_with_terminal_15(drive: Drive) -> None:
    drive.car.request(0.0, CLUSTER, b"\x3e\x00")
    drive.car.terminal_15(0.05, on=False)
    assert drive.car.due(1.0) == []


def test_terminal_15_on_starts_everybody_anew(asleep: Drive) -> None:
    asleep.car.terminal_15(asleep.now_s, on=True)
    assert there(asleep) == set(), "a restart takes its time"
    asleep.run(2.0)
    assert there(asleep) == EVERYBODY


def test_terminal_15_on_ends_a_sleep_half_way(drive: Drive) -> None:
    drive.car.sleep(drive.now_s)
    drive.run(1.5 * NOD_OFF_S)
    drive.car.terminal_15(drive.now_s, on=True)
    drive.run(LATER_S)
    assert there(drive) == EVERYBODY


def test_who_is_awake_is_not_restarted_by_terminal_15_on(drive: Drive) -> None:
    drive.say(DME, "10 03")
    drive.car.terminal_15(drive.now_s, on=True)
    assert drive.car.units[DME].session == 0x03


def test_the_ignition_comes_back_when_it_was_said_to(drive: Drive) -> None:
    drive.car.sleep(0.0)
    drive.car.ignition_again(20.0)
    drive.run(19.9)
    assert drive.car.addresses == ()
    drive.run(2.0)
    assert there(drive) == EVERYBODY


def test_a_programming_session_does_not_survive_a_sleep_shorter_than_s3(drive: Drive) -> None:
    drive.say(DME, "10 03")
    drive.say(DME, "10 02")
    drive.run(1.0)
    drive.car.terminal_15(drive.now_s, on=False)
    drive.now_s += S3_S / 2
    drive.car.terminal_15(drive.now_s, on=True)
    drive.run(2.0)
    assert drive.car.units[DME].session == 0x01


def test_a_half_written_datablock_stays_half_written(drive: Drive) -> None:
    programming(drive)
    for request in (ERASE, REQUEST_DOWNLOAD, "36 01 AA BB"):
        drive.say(DME, request)
        drive.run(4.0)
    drive.car.terminal_15(drive.now_s, on=False)
    drive.now_s += LATER_S
    drive.car.terminal_15(drive.now_s, on=True)
    drive.run(2.0)
    slot = drive.memory.now.unit(DME).slots[0]
    assert (slot.state, slot.clean) == (SlotState.ERASED, False)
    assert drive.car.units[DME].in_bootloader


def test_nobody_misses_the_dme_in_a_car_that_sleeps_and_wakes(drive: Drive) -> None:
    drive.car.sleep(drive.now_s)
    drive.run(LATER_S)
    drive.car.terminal_15(drive.now_s, on=True)
    drive.run(LATER_S)
    assert (drive.faults(BODY), drive.faults(CLUSTER)) == ({}, {})


def test_a_dme_that_wakes_in_its_bootloader_is_missed() -> None:
    drive = Drive(scenario_named("ecu-in-bootloader"))
    drive.car.terminal_15(0.0, on=False)
    drive.run(LATER_S)
    assert drive.faults(BODY) == {}, "who sleeps stores nothing"
    drive.car.terminal_15(drive.now_s, on=True)
    drive.run(LATER_S)
    assert set(drive.faults(BODY)) == {MISSING_DME}


# -- over the appliance's cable


@pytest.mark.parametrize(
    ("address", "payload", "told"),
    [
        (DME, b"\x36".ljust(100, b"\0"), Failed(DME, f"no flow control within {N_BS_S:g} s")),
        (DME, b"\x3e\x00", Sent(DME)),
        (uds.FUNCTIONAL, b"\x3e\x00", Sent(uds.FUNCTIONAL)),
    ],
    ids=["long", "short", "to all"],
)
def test_a_sleeping_unit_takes_no_long_message_and_answers_no_short_one(
    address: int, payload: bytes, told: TransportEvent
) -> None:
    clock = VirtualClock()
    car = Car(MemoryFile(None, STEADY.car()), lambda: 13.8)
    transport = DirectTransport(clock, car)
    car.terminal_15(0.0, on=False)
    transport.send(address, payload)
    events = [*transport.poll(5.0), *transport.poll(5.0)]
    assert events == [told]


# -- as a happening of a scenario


@pytest.mark.parametrize(
    ("kind", "at_once"), [(Kind.DOOR_SLEEP, (DME, BODY, CLUSTER)), (Kind.TERMINAL_15, ())], ids=str
)
def test_it_happens_in_the_middle_of_a_transfer_and_passes(kind: Kind, at_once: tuple[int, ...]) -> None:
    scenario = Scenario("day", "a day", happenings=(Happening(kind, 2, for_s=20.0),))
    plant = Plant(scenario, VirtualClock(50.0), None, fresh=True, on_wire=False)
    for _ in range(2):
        plant.car.request(50.0, DME, b"\x36\x01\x00")
    seen = {}
    for at_s in (50.5, 54.0, 69.9, 70.0):
        plant.car.due(at_s)
        seen[at_s] = plant.car.addresses
    assert seen == {50.5: at_once, 54.0: (), 69.9: (), 70.0: (GATEWAY, DME, BODY, CLUSTER)}


def test_before_its_transfer_nothing_happens() -> None:
    plant = Plant(scenario_named("door-sleep"), VirtualClock(), None, fresh=True, on_wire=False)
    plant.car.request(0.0, DME, b"\x36\x01\x00")
    plant.car.due(LATER_S)
    assert set(plant.car.addresses) == EVERYBODY


def programming(drive: Drive) -> None:
    drive.say(DME, "10 03")
    drive.say(DME, "10 02")
    drive.run(1.0)
    drive.car.request(drive.now_s, DME, bytes.fromhex("27 11 FF FF FF FF"))
    seed = drive.car.due(drive.now_s + 0.01)[-1].payload[2:]
    drive.say(DME, (b"\x27\x12" + bench_key(0x11, seed)).hex())
