"""One exchange: whose message it is, for whoever carries it without sorting first."""

from __future__ import annotations

from appliance.bus.exchange import Exchange, Heard
from appliance.engine.ports import Positive
from appliance.procedure.words import Ask

ASK = Ask(0x12, b"\x22\xf1\x01", "read the software")
ANSWER = b"\x62\xf1\x01\x01"


def sent() -> Exchange:
    exchange = Exchange(ASK)
    exchange.sent(0.0)
    return exchange


def test_another_control_units_answer_is_none() -> None:
    assert sent().received(0x18, ANSWER, 0.1) is Heard.IGNORED
    assert isinstance(sent().received(0x12, ANSWER, 0.1), Positive)


def test_another_control_units_response_pending_grants_no_time() -> None:
    exchange = sent()
    before_s = exchange.due_s
    assert exchange.received(0x18, b"\x7f\x22\x78", 0.1) is Heard.IGNORED
    assert exchange.due_s == before_s


def test_an_answer_from_before_the_request_went_out_is_none() -> None:
    assert Exchange(ASK).received(0x12, ANSWER, 0.1) is Heard.IGNORED
