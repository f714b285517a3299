"""Asking around: reads only, and every refusal and silence is a value."""

from __future__ import annotations

import pytest

from appliance.car.own_voltage import Opinion, OwnVoltage, VoltageUnit
from appliance.procedure.ask_around import own_voltages, roll_call
from appliance.procedure.words import Effect
from tests.procedure.script import play

DME = OwnVoltage(0x12, 0x402B, 2, 2, VoltageUnit.VOLT, divide=4000, add=6.0)
BODY = OwnVoltage(0x40, 0x40C6, 0, 2, VoltageUnit.MILLIVOLT)
DME_SAYS = "12 > 22 40 2B < 62 40 2B 00 D2 7A 12 09 AE\n"
BODY_SAYS = "40 > 22 40 C6 < 62 40 C6 35 B6 FF D0 14 01\n"


def opinions(script: str) -> tuple[Opinion, ...]:
    found: tuple[Opinion, ...] = play(own_voltages((DME, BODY)), script).result
    return found


def test_each_source_is_asked_in_its_order_and_gives_one_opinion() -> None:
    dme, body = opinions(DME_SAYS + BODY_SAYS)
    assert (dme.address, body.address) == (0x12, 0x40)
    assert dme.volts == pytest.approx(13.8125)
    assert (body.volts, body.why) == (13.75, "")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("nrc 31", "request 22 refused with NRC 31 requestOutOfRange"),
        ("silence", "no answer to request 22: scripted silence"),
        ("62 40 2B 00", "DID 402B (own supply voltage): found 1 byte, expected at least 4 bytes"),
    ],
)
def test_a_unit_that_tells_none_has_a_reason_and_the_next_one_is_asked(answer: str, why: str) -> None:
    dme, body = opinions(f"12 > 22 40 2B < {answer}\n" + BODY_SAYS)
    assert dme == Opinion(0x12, None, why)
    assert body.volts == 13.75


def test_nobody_to_ask_is_no_opinion_and_no_request() -> None:
    assert play(own_voltages(()), "").result == ()


def test_asking_around_only_reads() -> None:
    played = play(own_voltages((DME, BODY)), DME_SAYS + BODY_SAYS)
    assert {ask.effect for ask in played.asks} == {Effect.READ}


def test_a_roll_call_is_who_answers_a_tester_present_to_all() -> None:
    assert play(roll_call(), "DF > 3E 00 < 10: 7E 00 ; 12: 7E 00 ; 60: 7E 00").result == {0x10, 0x12, 0x60}


@pytest.mark.parametrize("answer", ["", "< silence"], ids=["nobody answers", "the bus takes no frame"])
def test_a_roll_call_of_a_sleeping_car_is_empty(answer: str) -> None:
    assert play(roll_call(), f"DF > 3E 00 {answer}").result == frozenset()


def test_a_roll_call_is_named_by_who_calls_it() -> None:
    assert play(roll_call("is the car still there"), "DF > 3E 00").asks[0].step == "is the car still there"
