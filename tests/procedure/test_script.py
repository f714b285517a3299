"""The driver has teeth: a conversation that differs in one byte, or ends early, is noticed."""

from __future__ import annotations

import pytest

from appliance.procedure.words import Ask, Procedure, Wait, ask
from tests.procedure.script import play


def _two_steps() -> Procedure[str]:
    response = yield from ask(Ask(0x12, b"\x22\xf1\x90", "read"))
    yield Wait(1.5, "it settles")
    return response.payload.hex()


def test_the_script_answers_and_the_result_comes_back() -> None:
    assert play(_two_steps(), "12 > 22 F1 90 < 62 F1 90 41\nwait 1.5").result == "62f19041"


@pytest.mark.parametrize(
    "script",
    [
        "12 > 22 F1 91 < 62 F1 91 41\nwait 1.5",  # another request
        "10 > 22 F1 90 < 62 F1 90 41\nwait 1.5",  # another control unit
        "12 > 22 F1 90 < 62 F1 90 41\nwait 2",  # another time
        "12 > 22 F1 90 < 62 F1 90 41",  # a step too many
        "12 > 22 F1 90 < 62 F1 90 41\nwait 1.5\nwait 1",  # a step too few
        "12 > 22 F1 90 < 62 F1 91 41\nwait 1.5",  # an answer no link would let through
    ],
)
def test_a_script_that_differs_is_a_failure(script: str) -> None:
    with pytest.raises(AssertionError):
        play(_two_steps(), script)
