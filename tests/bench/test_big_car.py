"""The bench's car of 24 control units: who they are, how they answer, and which of them are behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from appliance.bench.big_car import OPTIONS, QUICKER, big_car, profiles, quicker, software_of
from appliance.bench.big_car_units import TABLE
from appliance.bench.cache import bench_campaigns, bench_levels
from appliance.bench.car import BODY, DME, GATEWAY, Car
from appliance.bench.memory import MemoryFile
from appliance.bench.scenarios import BIG, ORDER, SCENARIOS
from appliance.campaign.catalogue import Catalogue, Fitted
from appliance.campaign.catalogue_load import parse_catalogue
from appliance.campaign.load import parse_campaign
from appliance.car.addresses import decode_unit_list
from appliance.car.svk import decode_svk
from appliance.car.timings import decode_session
from appliance.errors import MalformedAnswer
from benchmarks.lanes_runs import critical_path_s, least

EGS, PARKING, EPS, REFUSES, HEAD_UNIT, WRONG, NO_TIMES = 0x18, 0x2C, 0x30, 0x61, 0x63, 0x67, 0x5E
G31 = bytes.fromhex("01 08 0B 0D 10 12 18 21 22 29 2C 30 40 43 44 56 5D 5E 60 61 63 67 76 78")  # facts.md §1
BEHIND = {BODY, DME, EGS, 0x60, EPS, GATEWAY}
TO_ALL = [row.address for row in TABLE]


@pytest.fixture
def car() -> Car:
    return Car(MemoryFile(None, SCENARIOS[BIG].car()), lambda: 13.8, profiles=profiles(real_times=False))


@cache
def catalogue() -> Catalogue:
    ((name, text),) = bench_levels(BIG)
    return parse_catalogue(text, name)


def said(car: Car, address: int, request: str, *, functional: bool = False) -> list[bytes]:
    """Everything it says within a second."""
    car.request(0.0, address, bytes.fromhex(request), functional=functional)
    return [reply.payload for reply in car.due(1.0) if reply.address == address]


def whoever_answers(car: Car, request: str) -> Iterator[int]:
    return (address for address in TO_ALL if said(car, address, request, functional=True))


# -- who is there


def test_it_has_the_addresses_of_the_recorded_car(car: Car) -> None:
    assert bytes(car.addresses) == G31


def test_the_gateway_lists_all_of_them(car: Car) -> None:
    (answer,) = said(car, GATEWAY, "22 3F 07")
    assert list(decode_unit_list(answer)) == list(G31)


def test_a_vehicle_order_without_its_option_leaves_a_control_unit_out() -> None:
    usual = replace(SCENARIOS[BIG], fleet=None).car().units
    without = {unit.address for unit in big_car(usual, {"205", "6AC"})}
    assert set(G31) - without == {row.address for row in TABLE if row.options and not {"205", "6AC"} & set(row.options)}


def test_the_order_of_the_scenario_brings_all_of_them() -> None:
    wanted = {option for row in TABLE for option in row.options}
    assert wanted - {*ORDER.options, *OPTIONS} == {"5DP"}  # one of two that bring the same control unit


# -- how they answer


@pytest.mark.parametrize(("address", "timing"), [(EPS, None), (BODY, None), (HEAD_UNIT, 0.299), (DME, 0.05)])
def test_some_answer_a_session_bare_and_some_with_a_long_p2(car: Car, address: int, timing: float | None) -> None:
    *_, answer = said(car, address, "10 03")
    decoded = decode_session(answer)
    assert (decoded.p2_s if decoded else None) == timing


def test_some_ask_for_time_before_a_session(car: Car) -> None:
    assert said(car, EGS, "10 03") == [bytes.fromhex("7F 10 78"), bytes.fromhex("50 03 00 32 01 F4")]


def test_one_is_silent_when_everybody_is_asked_and_answers_alone(car: Car) -> None:
    assert said(car, PARKING, "22 F1 01", functional=True) == []
    assert said(car, PARKING, "22 F1 01") != []


def test_one_that_is_silent_when_everybody_is_asked_does_as_it_is_told(car: Car) -> None:
    said(car, PARKING, "10 03", functional=True)
    assert said(car, PARKING, "22 F1 86") == [bytes.fromhex("62 F1 86 03")]


def test_to_a_functional_request_one_of_them_refuses_and_one_is_silent(car: Car) -> None:
    assert set(G31) - set(whoever_answers(car, "22 F1 01")) == {PARKING}
    assert said(car, REFUSES, "22 F1 01", functional=True) == [bytes.fromhex("7F 22 22")]


@pytest.mark.parametrize(
    "request_", ["22 F1 01", "10 03", "19 02 0C", "31 01 02 03", "27 11 FF FF FF FF", "14 FF FF FF"]
)
def test_one_refuses_whatever_it_may_refuse(car: Car, request_: str) -> None:
    assert said(car, REFUSES, request_)[0][0] == 0x7F


@pytest.mark.parametrize(("request_", "answer"), [("3E 00", "7E 00"), ("10 01", "50 01 00 32 01 F4")])
def test_it_does_not_refuse_what_nobody_may(car: Car, request_: str, answer: str) -> None:
    assert said(car, REFUSES, request_) == [bytes.fromhex(answer)]


def test_one_names_its_software_wrongly(car: Car) -> None:
    (answer,) = said(car, WRONG, "22 F1 01")
    with pytest.raises(MalformedAnswer):
        decode_svk(answer)


def test_and_answers_other_questions_with_another_services_echo(car: Car) -> None:
    assert said(car, WRONG, "22 F1 86") == [bytes.fromhex("6E F1 86 01")]


def test_one_tells_no_flash_times_and_the_others_tell_them_in_three_layouts(car: Car) -> None:
    assert said(car, NO_TIMES, "22 25 04") == [bytes.fromhex("7F 22 31")]
    told = {len(said(car, address, "22 25 04")[0]) - 3 for address in (0x08, DME, BODY)}
    assert told == {10, 12, 15}


def test_the_body_control_unit_tells_what_a_real_one_tells() -> None:
    assert profiles(real_times=True)[BODY].told_timings == bytes.fromhex("01 003C 01 0020 01 0005 02 000A 02 0015")


def test_block_lengths_go_from_255_to_4095() -> None:
    lengths = {row.profile.block_length for row in TABLE if row.behind}
    assert (min(lengths), max(lengths), len(lengths) > 3) == (255, 4095, True)


def test_trouble_codes_of_several_statuses_are_told(car: Car) -> None:
    told = {status for at in (DME, EGS, 0x29, 0x56) for status in said(car, at, "19 02 0C")[0][6::4]}
    assert told == {0x2F, 0x68, 0x20, 0x28, 0x24}


def test_who_is_quicker_says_so() -> None:
    real, quick = (profiles(real_times=real)[DME] for real in (True, False))
    assert quick == quicker(real, QUICKER)
    assert quick.timings[0] == 12
    assert quick.erase_s <= quick.timings[0]


# -- its level catalogue


def test_the_catalogue_knows_everybody_and_brings_software_for_six() -> None:
    level = catalogue()
    known = {unit.address for unit in level.units} | {one.address for one in level.outside}
    assert known == set(G31)
    assert {unit.address for unit in level.units if unit.variants[0].datablocks} == BEHIND


def test_the_catalogues_images_are_two_mebibytes_and_more() -> None:
    sizes = [block.length for unit in catalogue().units for block in unit.variants[0].datablocks]
    assert sum(sizes) >= 2 * 1024 * 1024


def test_the_catalogue_asks_for_the_same_options_as_the_table() -> None:
    asked = {unit.address: unit.options for unit in catalogue().units if unit.fitted is Fitted.BY_ORDER}
    outside = {one.address for one in catalogue().outside}
    assert asked == {row.address: row.options for row in TABLE if row.options and row.address not in outside}


def test_who_is_not_behind_carries_what_the_catalogue_says() -> None:
    memory = SCENARIOS[BIG].car()
    for row in TABLE:
        unit = catalogue().unit(row.address)
        if unit is not None and not row.behind:
            held = tuple(slot.software for slot in memory.unit(row.address).slots)
            assert held == tuple(one.psdz for one in unit.variants[0].target_software)


def test_software_is_named_after_the_address() -> None:
    assert software_of(next(row for row in TABLE if row.address == EGS), "1_2_3")[0] == "swfl_00004184-1_2_3"


def test_the_least_time_is_that_of_who_must_be_alone_and_of_the_longest_of_the_others() -> None:
    bounds = least()
    assert list(bounds) == [BODY, DME, EGS, 0x60, EPS, GATEWAY]
    alone_s = bounds[BODY].own_s + bounds[GATEWAY].own_s
    assert critical_path_s(bounds) == alone_s + max(bounds[DME].own_s, bounds[EGS].own_s + bounds[EPS].own_s)


def test_the_campaign_programs_two_at_a_time() -> None:
    campaign = parse_campaign(dict(bench_campaigns(BIG))["big-car.toml"], "big-car.toml")
    assert (campaign.levels, campaign.max_open) == (catalogue().id, 2)
