"""What a simulated control unit keeps to itself, and when it speaks (ISO 14229-1:2013, 7.5 and 8.2.2)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from appliance.bench.memory import SlotState
from tests.bench.talk import CHECK_MEMORY, ERASE, QUICK, REQUEST_DOWNLOAD, Talk, is_pending, memory, new_image

SLOW = replace(QUICK, erase_s=9.0)


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        ("23 00", "7F 23 11"),
        ("10", "7F 10 13"),
        ("22 F1", "7F 22 13"),
        ("22 F1 90 F1 01", "7F 22 13"),
        ("14 FF FF", "7F 14 13"),
        ("3E 01", "7F 3E 12"),
    ],
)
def test_what_is_malformed_or_unknown_is_refused(talk: Talk, request_: str, refusal: str) -> None:
    assert talk.ask(request_) == refusal


def test_an_immediate_answer_leaves_after_its_time(talk: Talk) -> None:
    begun_s = talk.now_s
    (said,) = talk.hear("22 F1 90")
    assert said.at_s == pytest.approx(begun_s + QUICK.answer_s)


@pytest.mark.parametrize("request_", ["10 83", "3E 80", "31 81 02 03", "11 81"])
def test_a_positive_response_is_kept_back_on_request(talk: Talk, request_: str) -> None:
    assert talk.hear(request_) == []


@pytest.mark.parametrize(("request_", "became"), [("10 83", 0x03), ("10 81", 0x01)])
def test_what_is_answered_by_silence_is_done_all_the_same(talk: Talk, request_: str, became: int) -> None:
    talk.tell("10 41")
    talk.hear(request_)
    assert talk.unit.session == became


def test_a_refusal_is_said_although_the_answer_was_to_be_kept_back(talk: Talk) -> None:
    assert talk.ask("10 FE") == "7F 10 12"


def test_after_response_pending_the_answer_is_not_kept_back(talk: Talk) -> None:
    talk.tell("10 03")
    assert [said.words for said in talk.hear("10 82")] == ["7F 10 78", "50 02 00 32 01 F4"]


@pytest.mark.parametrize("request_", ["23 00", "10 7E", "22 12 34", "10 02", "85 02"])
def test_not_knowing_is_silence_when_everybody_was_asked(talk: Talk, request_: str) -> None:
    assert talk.ask(request_) in {"7F 23 11", "7F 10 12", "7F 22 31", "7F 10 7E", "7F 85 7F"}
    assert talk.ask(request_, functional=True) == ""


def test_other_refusals_are_said_when_everybody_was_asked(talk: Talk) -> None:
    assert talk.ask("22 F1", functional=True) == "7F 22 13"


def test_a_functional_request_is_answered_as_any_other(talk: Talk) -> None:
    assert talk.ask("22 10 0A", functional=True) == "62 10 0A 00"


def test_work_is_bridged_by_response_pending_within_p2_and_p2_star() -> None:
    talk = Talk(profile=SLOW)
    talk.into_programming()
    begun_s = talk.now_s
    said = talk.hear(ERASE)
    times = [one.at_s for one in said]
    assert all(is_pending(one.words) for one in said[:-1])
    assert times[0] - begun_s <= 0.05
    assert max(after - before for before, after in pairwise(times)) < 5.0
    assert said[-1].words == "71 01 FF 00 00"
    assert times[-1] == pytest.approx(begun_s + 9.0, abs=0.01)


def test_another_request_meanwhile_is_busy() -> None:
    talk = Talk(profile=SLOW)
    talk.into_programming()
    talk.unit.request(talk.now_s, bytes.fromhex(ERASE), functional=False)
    talk.now_s += 1.0
    talk.unit.due(talk.now_s)
    talk.unit.request(talk.now_s, b"\x22\xf1\x01", functional=False)
    assert talk.unit.due(talk.now_s + 0.01) == [b"\x7f\x22\x21"]


def test_an_answer_that_falls_due_while_a_request_arrives_is_not_lost() -> None:
    talk = Talk(profile=SLOW)
    talk.into_programming()
    talk.unit.request(talk.now_s, bytes.fromhex(ERASE), functional=False)
    talk.unit.due(talk.now_s + 8.9)
    talk.unit.request(talk.now_s + 9.1, b"\x3e\x80", functional=True)
    assert talk.unit.due(talk.now_s + 9.1) == [bytes.fromhex("7101FF0000")]


def test_requests_are_remembered_but_for_keep_alives(talk: Talk) -> None:
    talk.ask("22 F1 90")
    talk.ask("3E 80")
    assert talk.unit.requests == [b"\x22\xf1\x90"]


def test_a_brown_out_ends_every_session_and_is_followed_by_a_start(talk: Talk) -> None:
    talk.tell("10 03")
    talk.volts = 8.9
    talk.wait(0.1)
    talk.volts = 13.8
    assert talk.ask("3E 00") == ""
    talk.wait(QUICK.reset_s)
    assert talk.ask("22 F1 86") == "62 F1 86 01"


def test_a_sag_above_the_brown_out_costs_nothing(talk: Talk) -> None:
    talk.tell("10 03")
    talk.volts = 9.1
    talk.wait(0.1)
    assert talk.ask("22 F1 86") == "62 F1 86 03"


def test_a_brown_out_leaves_a_half_written_datablock_erased(talk: Talk) -> None:
    talk.into_programming()
    talk.tell(ERASE, REQUEST_DOWNLOAD)
    talk.transfer(new_image()[:256])
    talk.volts = 6.0
    talk.wait(0.1)
    assert (talk.kept.slots[0].state, talk.kept.slots[0].software) == (SlotState.ERASED, "")


def test_a_brown_out_in_the_middle_of_an_erase_is_never_answered() -> None:
    talk = Talk(profile=SLOW)
    talk.into_programming()
    talk.unit.request(talk.now_s, bytes.fromhex(ERASE), functional=False)
    talk.unit.due(talk.now_s + 1.0)
    talk.volts = 6.0
    talk.unit.due(talk.now_s + 2.0)
    talk.volts = 13.8
    assert talk.unit.due(talk.now_s + 60.0) == []
    assert talk.unit.in_bootloader


def test_a_check_that_lost_its_power_has_not_checked() -> None:
    talk = Talk()
    talk.into_programming()
    talk.download(new_image())
    talk.unit.request(talk.now_s, bytes.fromhex(CHECK_MEMORY), functional=False)
    talk.unit.lose_power()
    assert talk.kept.slots[0].state is SlotState.WRITTEN


def test_power_that_is_lost_and_back_finds_the_same_memory_and_no_session() -> None:
    talk = Talk(memory(energy_mode=3))
    talk.tell("10 03", "85 02")
    talk.unit.lose_power()
    assert talk.ask("22 F1 86") == "62 F1 86 01"
    assert talk.ask("22 10 0A") == "62 10 0A 03"
    assert talk.unit.dtc_setting
