"""The referee catches each way of breaking a law, and finds nothing in a run that breaks none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance import uds
from appliance.bench.memory import CarMemory, SlotState
from appliance.bench.referee.job import Recoding
from appliance.bench.referee.referee import LawBroken
from appliance.bench.referee.seen import End, Said
from tests.bench.referee_talk import (
    AT_TARGET_LABOUR,
    DME,
    DONE,
    ENDED,
    GATEWAY,
    GOOD,
    JOB,
    LEVEL,
    PROGRAMMED_LABOUR,
    SVK,
    Ask,
    Cut,
    Mark,
    Pass,
    Step,
    Talk,
    ask,
    before,
    car,
    instead,
    place_of,
    until,
    without,
)

ERASE = "3101FF00 0240 80020000 06"
OPEN_ALREADY = [step for step in instead("2711", ask("2711 FFFFFFFF", "6711 0000")) if step != GOOD[place_of("2712")]]
CUT_IN_TRANSFER = [*until("3601"), Cut(6.0), *GOOD]
LOST = End(0.0, Said("interrupted", "", ((DME, "in-bootloader"),), ""), car(1, state=SlotState.ERASED), level_met=False)


def found(steps: list[Step], end: End | None = None) -> list[str]:
    return Talk().hears(steps).ends(end)


# -- what breaks no law


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(list(GOOD), id="the good run"),
        pytest.param(CUT_IN_TRANSFER, id="a power cut, and everything again"),
        pytest.param(OPEN_ALREADY, id="a seed of zeros: open already"),
        pytest.param(before(ERASE, ask(ERASE, "7F3121")), id="a busy unit is asked again"),
        pytest.param(before("3602", ask("3602 0304", "7F3693")), id="a piece refused for the supply is sent again"),
        pytest.param(before("3602", Pass(1.0, volts=12.3), Pass(12.0)), id="a dip, and its hold"),
        pytest.param(before("3602", Pass(60.0, readable=False), Pass(12.0)), id="a blind monitor, and its hold"),
        pytest.param(before("3602", Pass(0.4, volts=12.9)), id="a dip shorter than the debounce"),
        pytest.param(before("22F101", ask("22F101", "7F2231")), id="a refused reading is repeated"),
    ],
)
def test_a_run_that_keeps_the_laws_is_clean(steps: list[Step]) -> None:
    assert found(steps, ENDED) == []


# -- law 12, 3: the supply


@pytest.mark.parametrize("request_", [ERASE, "34 00", "3602", "37", "2EF15A", "2E100B"])
@pytest.mark.parametrize("volts", [12.9, 15.1])
def test_nothing_is_written_on_a_supply_beyond_its_limits(request_: str, volts: float) -> None:
    assert any("12: written to" in one for one in found(before(request_, Pass(0.9, volts))))


@pytest.mark.parametrize("volts", [12.4, 16.2])
def test_far_beyond_the_limits_there_is_no_debounce(volts: float) -> None:
    (one,) = found(before("3602", Pass(0.4, volts)))
    assert one.startswith("12: written to 0x12")


def test_reading_is_allowed_on_any_supply() -> None:
    assert found(before("22F101", Pass(5.0, 11.0))) == []


def test_nothing_is_written_while_the_supply_cannot_be_read() -> None:
    assert found(before("3602", Pass(1.0, readable=False))) == ["3: written to 0x12 while the supply cannot be read"]


def test_a_declared_second_opinion_finishes_the_open_datablock_and_begins_no_other() -> None:
    blind = Pass(1.0, readable=False)
    steps = before("3602", blind)
    at = place_of("DatablockBegun", steps, nth=2)
    talk = Talk(replace(JOB, second_opinion=True)).hears(steps[:at])
    assert talk.ends(None) == []
    talk.hears([steps[at], blind, steps[at + 1]])
    assert talk.ends(None) == ["3: written to 0x12 while the supply cannot be read"]


# -- laws 1, 5, 6: erasing


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (without("1002"), "1: erase outside a confirmed programming session"),
        (instead("1002", ask("1002", "7F1022")), "1: erase outside a confirmed programming session"),
        (without("2712"), "1: erase without SecurityAccess in this session"),
        (before(ERASE, ask("1002", "5002")), "1: erase without SecurityAccess in this session"),
        (before(ERASE, Cut(), Mark("DatablockBegun", 0)), "1: erase outside a confirmed programming session"),
        (without("DatablockBegun"), "6: erase of datablock 0 without a new DatablockBegun before it"),
        (before(ERASE, ask(ERASE, "7F3172")), "6: erase of datablock 0 without a new DatablockBegun before it"),
        (before("3601", ask(ERASE, "7101FF0000")), "6: erase of datablock 0 without a new DatablockBegun before it"),
        (
            instead(ERASE, ask("3101FF00 0240 80FF0000", "7101FF0000")),
            "6: erase at 80FF0000 of 0x12, which is not of the job",
        ),
    ],
)
def test_a_wrong_erase_is_caught(steps: list[Step], words: str) -> None:
    assert words in found(steps)


# -- laws 1, 2, 5: downloading


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (without(ERASE), "5: download of datablock 0, not erased before it"),
        (instead(ERASE, ask(ERASE, "7F3178")), "5: download of datablock 0, not erased before it"),
        (instead(ERASE, ask(ERASE, "7101FF00 01")), "5: download of datablock 0, not erased before it"),
        (
            instead("34", ask("34 00 44 80080000 00000002", "74 20 0005")),
            "5: download of datablock 1, not erased before it",
        ),
        (instead("34", ask("34 00 44 80020000 00000004", "74 20 0005")), "5: download of 4 bytes instead of 5"),
        (
            instead("34", ask("34 00 44 80FF0000 00000005", "74 20 0005")),
            "5: download to 80ff0000 of 0x12, which is not of the job",
        ),
        (instead("34", ask("34 00 44 80020000 00000005", "7F3470")), "1: TransferData outside a download"),
        (instead("3602", ask("3603 0304", "7603")), "1: block sequence counter 03 instead of 02"),
        (without("3601"), "1: block sequence counter 02 instead of 01"),
        (instead("3601", ask("3601 00010203", "7601")), "1: TransferData of 6 bytes, granted 5"),
        (instead("3602", ask("3602 030405", "7602")), "1: 6 bytes sent of 5 announced"),
        (instead("3601", ask("3601 000102")), "1: TransferData before the piece before is confirmed"),
        (instead("3601", ask("3601 000102", "7F3672")), "1: TransferData before the piece before is confirmed"),
        (instead("3602", ask("3602 0304")), "1: RequestTransferExit before the piece before is confirmed"),
        (without("3602"), "1: transfer ended after 3 of 5 bytes"),
        (instead("3602", ask("3602 0305", "7602")), "2: what was sent of datablock 0 is not its image"),
        (without("37"), "1: check memory at 80020000 without a download before it"),
        (
            instead("31010202", ask("31010202 1240 80080000 0000", "71010202 00")),
            "1: check memory at 80080000 without a download before it",
        ),
    ],
)
def test_a_wrong_download_is_caught(steps: list[Step], words: str) -> None:
    assert words in found(steps)


# -- law 6: marks


CHECK = "31010202 1240 80020000 0000"


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (without("31010202"), "6: DatablockProgrammed of datablock 0"),
        (instead("31010202", ask(CHECK, "71010202 01")), "6: DatablockProgrammed of datablock 0"),
        (instead("31010202", ask(CHECK, "71010202")), "6: DatablockProgrammed of datablock 0"),
        (instead("31010202", ask(CHECK, "7F3178")), "6: DatablockProgrammed of datablock 0"),
        (instead("31010202", ask(CHECK)), "6: DatablockProgrammed of datablock 0"),
        (
            before("DatablockProgrammed", Mark("DatablockBegun", 0), ask(ERASE, "7101FF0000")),
            "6: DatablockProgrammed of datablock 0",
        ),
        (before("DatablockProgrammed", Cut()), "6: DatablockProgrammed of datablock 0"),
        (without("3101FF01"), "6: DependenciesChecked"),
        (instead("3101FF01", ask("3101FF01", "7101FF01 04")), "6: DependenciesChecked"),
        (
            before("DependenciesChecked", Mark("DatablockBegun", 0), ask(ERASE, "7101FF0000")),
            "6: DependenciesChecked",
        ),
        (without("22F101", nth=2), "6: UnitProgrammed"),
        (instead("22F101", ask("22F101", SVK.replace("01 01 0002", "01 02 0002")), nth=2), "6: UnitProgrammed"),
        (instead("22F101", ask("22F101", SVK[:-2] + "00"), nth=2), "6: UnitProgrammed"),
        (before("UnitProgrammed", ask("1101", "5101")), "6: UnitProgrammed"),
        (without("1101"), "6: UnitProgrammed"),
    ],
)
def test_a_mark_of_what_is_not_proven_is_caught(steps: list[Step], words: str) -> None:
    assert any(one.startswith(words) for one in found(steps))


def test_a_read_back_after_a_cut_is_enough_for_a_unit_whose_reset_was_before_it() -> None:
    steps = before("22F101", Cut(6.0), nth=2)
    assert found(steps, ENDED) == []


# -- law 9: the integration level


WRITE = ask(f"2E100B {LEVEL}", "6E100B", to=GATEWAY)
READ = ask("22100B", f"62100B {LEVEL}", to=GATEWAY)
OLD = ask("22100B", "62100B 4630353610070000", to=GATEWAY)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (before("DatablockBegun", Mark("LevelBegun", address=None), WRITE), "while 0x12 is not proven"),
        (before("3601", Mark("LevelBegun", address=None), WRITE), "while a datablock is erased"),
        (instead("2E100B", ask(f"2E100B {LEVEL}", "6E100B")), "to another than the gateway"),
        (without("LevelBegun"), "without LevelBegun before it"),
        (before("LevelWritten", WRITE), "a second time"),
        (before("2E100B", WRITE), "a second time"),
        (without("22100B", nth=2), "LevelWritten is marked and the level was not read back so"),
        (instead("22100B", OLD, nth=2), "LevelWritten is marked and the level was not read back so"),
        (before("LevelWritten", Cut()), "LevelWritten is marked and the level was not read back so"),
    ],
)
def test_a_level_out_of_its_turn_is_caught(steps: list[Step], words: str) -> None:
    assert any(one.startswith("9: ") and words in one for one in found(steps))


@pytest.mark.parametrize(
    "first",
    [
        pytest.param([ask(f"2E100B {LEVEL}", "7F2E22", to=GATEWAY)], id="refused"),
        pytest.param([ask(f"2E100B {LEVEL}", to=GATEWAY), OLD], id="without an answer, and read back as it was"),
    ],
)
def test_a_level_that_did_not_take_may_be_written_again(first: list[Step]) -> None:
    assert found(before("2E100B", *first), ENDED) == []


# -- law 5: SecurityAccess


KEY = ask("2712 0304", "6712")
SEED = ask("2711 FFFFFFFF", "6711 0102")


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (before("2EF15A", KEY), "SendKey without a seed of its own"),
        (without("2711"), "SendKey without a seed of its own"),
        (before("2712", ask("2712 0305", "7F2735")), "SendKey without a seed of its own"),
        (before("2712", ask("1002", "5002")), "SendKey without a seed of its own"),
        (before("2712", Cut()), "SendKey without a seed of its own"),
        (instead("2712", ask("2702 0304", "6702")), "SendKey without a seed of its own"),
        (before("2711", SEED, ask("2712 05", "7F2736")), "SendKey before the delay of NRC 0x36 or 0x37 is over"),
        (before("2711", ask("2711 FFFFFFFF", "7F2737")), "SendKey before the delay of NRC 0x36 or 0x37 is over"),
    ],
)
def test_a_wrong_key_is_caught(steps: list[Step], words: str) -> None:
    assert f"5: {words}" in found(steps)


def test_after_the_delay_a_new_seed_may_be_answered() -> None:
    steps = before("2711", ask("2711 FFFFFFFF", "7F2737"), Pass(10.1))
    assert found(steps, ENDED) == []


# -- law 1: one at a time


def test_the_next_request_waits_for_p2() -> None:
    talk = Talk()
    talk.referee.asked(100.0, DME, b"\x22\xf1\x01")
    talk.referee.sent(100.001, DME)
    talk.referee.asked(100.03, DME, b"\x22\xf1\x90")
    assert talk.ends(None) == ["1: 0x12 is asked before P2 of the request before is over"]


def test_the_next_request_waits_until_the_one_before_is_sent() -> None:
    talk = Talk()
    talk.referee.asked(100.0, DME, b"\x22\xf1\x01")
    talk.referee.asked(109.0, DME, b"\x22\xf1\x90")
    assert talk.ends(None) == ["1: 0x12 is asked while a request to it is not sent yet"]


def test_a_request_that_broke_off_is_over() -> None:
    talk = Talk()
    talk.referee.asked(100.0, DME, b"\x22\xf1\x01")
    talk.referee.broke(100.01, DME)
    talk.referee.asked(100.02, DME, b"\x22\xf1\x90")
    assert talk.ends(None) == []


def test_a_response_pending_is_waited_for_as_long_as_p2_star() -> None:
    (one,) = found([Ask("22F190", ("7F2278",), pause_s=4.0), ask("22F190", "62F190")])
    assert one == "1: 0x12 is asked 4.00 s after it asked for time (NRC 0x78)"


@pytest.mark.parametrize(
    ("times", "pause_s", "found_"),
    [
        (8, 1.9, []),  # it asks on, and nobody needs to wait for ever
        (8, 2.1, ["1: 0x12 is asked 2.10 s after it asked for time (NRC 0x78)"]),  # it has fallen quiet
        (4, 1.9, ["1: 0x12 is asked 1.90 s after it asked for time (NRC 0x78)"]),  # too soon to lose patience
    ],
)
def test_only_who_asks_for_time_on_and_on_may_be_given_up(times: int, pause_s: float, found_: list[str]) -> None:
    talk = Talk()
    talk.referee.asked(100.0, DME, b"\x22\xf1\x01")
    talk.referee.sent(100.001, DME)
    for number in range(times):
        talk.referee.said(100.01 + 2.0 * number, DME, b"\x7f\x22\x78")
    talk.referee.asked(98.01 + 2.0 * times + pause_s, DME, b"\x22\xf1\x90")
    assert talk.ends(None) == found_


def test_a_unit_that_names_its_own_p2_is_given_it() -> None:
    talk = Talk().hears([ask("1003", "5003 012B 01F4"), ask("8502", "C502")])
    talk.referee.asked(talk.now_s, DME, b"\x22\xf1\x01")
    talk.referee.sent(talk.now_s, DME)
    talk.referee.asked(talk.now_s + 0.2, DME, b"\x22\xf1\x90")
    assert talk.ends(None) == ["1: 0x12 is asked before P2 of the request before is over"]


def test_nobody_is_asked_while_all_are_asked() -> None:
    talk = Talk()
    talk.referee.asked(100.0, uds.FUNCTIONAL, b"\x22\xf1\x01")
    talk.referee.sent(100.001, uds.FUNCTIONAL)
    talk.referee.asked(100.02, DME, b"\x22\xf1\x90")
    assert talk.ends(None) == ["1: 0x12 is asked before P2 of the request before is over"]


def test_a_tester_present_waits_for_nobody() -> None:
    talk = Talk()
    talk.referee.asked(100.0, DME, b"\x22\xf1\x01")
    talk.referee.asked(100.0, uds.FUNCTIONAL, uds.TESTER_PRESENT)
    assert talk.ends(None) == []


# -- law 7: S3


def test_a_session_that_nobody_keeps_is_caught() -> None:
    (one,) = found(before("3602", Pass(5.2, kept_alive=False)))
    assert one.startswith("7: 0x12 is at work and has heard nothing for 5.0")


def test_after_the_session_is_left_nobody_need_be_kept_awake() -> None:
    assert found([*until("1101"), Pass(9.0, kept_alive=False)]) == []


# -- law 4: nobody is disturbed by what goes to everybody


@pytest.mark.parametrize("sent", ["1003", "8502", "280101", "1001"])
def test_a_datablock_gone_on_with_after_something_was_sent_to_everybody_is_caught(sent: str) -> None:
    found_ = found(before("3602", ask(sent, to=uds.FUNCTIONAL)))
    assert f"4: 0x12 is gone on with after {bytes.fromhex(sent)[:2].hex(' ')} was sent to everybody" in found_


def test_a_roll_call_disturbs_nobody() -> None:
    assert found(before("3602", ask("3E00", "7E00", to=uds.FUNCTIONAL))) == []


def test_who_is_in_a_new_programming_session_is_not_disturbed_by_what_was_before_it() -> None:
    assert found(before("1002", ask("1003", "5003", to=uds.FUNCTIONAL))) == []


# -- law 8: everything given back


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("8501", "trouble codes are off"),
        ("280001", "normal messages are off"),
    ],
)
def test_what_was_switched_off_and_not_on_again_is_caught(name: str, words: str) -> None:
    steps = [*GOOD[: place_of("1002")], *(step for step in GOOD[-3:-1] if step != GOOD[place_of(name)])]
    end = replace(ENDED, said=None)
    (one,) = found(steps, end)
    assert one.startswith("8: 0x12 is not given back")
    assert words in one


def test_a_session_left_open_is_caught() -> None:
    (one,) = found(until("1002"), replace(ENDED, said=None))
    assert "it is not in its default session" in one


def test_who_says_that_it_is_not_restored_keeps_the_law() -> None:
    said = Said("failed", "", (), "not restored: control unit 0x12 did not confirm its default session")
    assert found(until("1002"), End(0.0, said, car(1), level_met=False)) == []


def test_what_a_cut_left_behind_is_the_next_life_s_to_give_back() -> None:
    steps = [*until("1002"), Cut(1.0)]
    assert len(found(steps, replace(ENDED, said=None))) == 1


def test_what_a_cut_left_behind_ends_with_s3() -> None:
    steps = [*until("1002"), Cut(6.0)]
    assert found(steps, replace(ENDED, said=None)) == []


# -- law 4: never abandoned


GIVEN_BACK = [ask("1001", "5001", to=uds.FUNCTIONAL)]


def test_a_datablock_left_erased_by_choice_is_caught() -> None:
    assert found([*until("3601"), *GIVEN_BACK], LOST) == [
        "4: datablock 0 of 0x12 is left erased, and nothing forced it"
    ]


@pytest.mark.parametrize(
    "last",
    [
        pytest.param([Pass(1.0, volts=12.0)], id="the supply is unfit"),
        pytest.param([Pass(1.0, readable=False)], id="the supply cannot be read"),
        pytest.param([ask("3602 0304", "7F3693")], id="the unit says so"),
        pytest.param([ask("3602 0304")], id="the unit is silent"),
    ],
)
def test_a_datablock_left_erased_for_a_reason_is_not(last: list[Step]) -> None:
    assert found([*until("3601"), *last, *GIVEN_BACK], LOST) == []


@pytest.mark.parametrize(("begin", "short"), [("34", "74"), ("34", "742010"), ("31010202", "71010202")])
def test_an_answer_without_what_is_mandatory_in_it_is_no_reason_to_go_on(begin: str, short: str) -> None:
    """ISO 14229-1:2013, 14.2: nobody can transfer blocks of an unknown length; and a check without a result proves
    nothing, so that a datablock that gets no other is left erased by force.
    """
    steps = until(begin)
    asked = steps[-1]
    assert isinstance(asked, Ask)
    failed = replace(LOST, said=Said("failed", "", ((DME, "in-bootloader"),), ""))
    assert found([*steps[:-1], replace(asked, answers=(short,)), *GIVEN_BACK], failed) == []


@pytest.mark.parametrize(("verdict", "violations"), [("failed", 0), ("interrupted", 1)])
def test_a_refusal_excuses_a_failure_and_no_cancel(verdict: str, violations: int) -> None:
    said = Said(verdict, "", ((DME, "in-bootloader"),), "")
    steps = [*until("3601"), ask("3602 0304", "7F3672"), *GIVEN_BACK]
    assert len(found(steps, replace(LOST, said=said))) == violations


def test_what_an_earlier_life_erased_is_not_this_one_s_choice() -> None:
    assert found([*until("3601"), Cut(6.0), *GIVEN_BACK], LOST) == []


# -- law 1: the report


@pytest.mark.parametrize(
    ("end", "words"),
    [
        pytest.param(replace(ENDED, car=car(1)), "says programmed, and the car is not", id="old software"),
        pytest.param(replace(ENDED, car=car(2, coding=((0x3000, b"\xff\xff"),))), "says programmed", id="coding lost"),
        pytest.param(replace(ENDED, car=car(2, state=SlotState.WRITTEN)), "says programmed", id="not checked"),
        pytest.param(replace(ENDED, level_met=False), "says programmed", id="old level"),
        pytest.param(replace(ENDED, car=car(1)), f"{PROGRAMMED_LABOUR} is claimed", id="claimed and not done"),
        pytest.param(
            replace(ENDED, said=replace(DONE, labour=AT_TARGET_LABOUR)), f"{AT_TARGET_LABOUR} is claimed", id="claim"
        ),
        pytest.param(
            replace(ENDED, said=replace(DONE, verdict="failed")), f"{PROGRAMMED_LABOUR} is claimed", id="failed claim"
        ),
        pytest.param(replace(ENDED, car=car(1)), "0x12 is called 'programmed'", id="unit not programmed"),
        pytest.param(
            replace(LOST, said=replace(DONE, verdict="failed", labour="", units=((DME, "untouched"),))),
            "0x12 is called 'untouched'",
            id="unit touched",
        ),
        pytest.param(
            replace(ENDED, said=replace(DONE, units=((DME, "untouched"),))),
            "0x12 is called 'untouched'",
            id="unit programmed and called untouched",
        ),
        pytest.param(
            replace(ENDED, said=replace(DONE, units=((DME, "in-bootloader"),))),
            "0x12 is called 'in-bootloader'",
            id="unit not in its bootloader",
        ),
        pytest.param(
            replace(ENDED, said=Said("refused", "", (), "")), "says refused, and something was written", id="refused"
        ),
    ],
)
def test_an_untrue_report_is_caught(end: End, words: str) -> None:
    assert any(one.startswith("1: ") and words in one for one in found(list(GOOD), end))


RECODED = replace(
    JOB,
    units=(
        replace(
            JOB.units[0],
            recodings=(
                Recoding(0x3000, 1, 0x0F, 0x0A, needs=("205",), excludes=("2VB",)),
                Recoding(0x3000, 0, 0xFF, 0x77, needs=("5AS",)),
            ),
        ),
    ),
    order=frozenset({"205", "2TB"}),
)
LEARNED = ((0x6110, b"\x5a"),)


def arrived(version: int, coding: str, learned: tuple[tuple[int, bytes], ...] = LEARNED) -> CarMemory:
    made = car(version, coding=((0x3000, bytes.fromhex(coding)),))
    return replace(made, units=(replace(made.units[0], individual=learned),))


def judged(end: CarMemory, *steps: Step, said: Said = DONE) -> list[str]:
    talk = Talk(RECODED, arrived(1, "0104")).hears([*until("UnitProgrammed"), *steps])
    talk.hears(GOOD[len(until("UnitProgrammed")) :])
    return talk.ends(replace(ENDED, car=end, said=said))


def test_coding_changed_by_what_applies_and_nothing_else_is_right() -> None:
    assert judged(arrived(2, "010A")) == []


@pytest.mark.parametrize("coding", ["0104", "770A", "010E", "030A", "FFFF"])
def test_any_other_coding_is_not_programmed(coding: str) -> None:
    assert "1: the report says programmed, and the car is not" in judged(arrived(2, coding))


def test_what_was_learned_and_is_gone_is_not_programmed() -> None:
    assert "1: the report says programmed, and the car is not" in judged(arrived(2, "010A", ((0x6110, b"\xff"),)))


@pytest.mark.parametrize(
    ("written", "wrong"),
    [("2E3000 010A", False), ("2E3000 0104", True), ("2E3000 0A0A", True), ("2E6110 5A", False), ("2E6110 5B", True)],
)
def test_whoever_writes_such_data_writes_what_is_due(written: str, wrong: bool) -> None:
    steps = (ask("1003", "5003 0032 01F4"), ask(written, f"6E{written[2:6]}"), ask("1101", "5101"), Pass(2.0))
    assert [words for words in judged(arrived(2, "010A"), *steps) if "is written otherwise" in words] == (
        [f"1: {written[2:6]} of 0x12 is written otherwise than it came and the job's rules make it"] if wrong else []
    )


def test_a_car_at_its_target_keeps_the_coding_it_came_with() -> None:
    said = Said("already-at-target", AT_TARGET_LABOUR, ((DME, "untouched"),), "")
    talk = Talk(RECODED, arrived(2, "0104")).hears([ask("22F101", SVK)])
    assert talk.ends(End(0.0, said, arrived(2, "0104"), level_met=True)) == []


@pytest.mark.parametrize(("verdict", "coding", "caught"), [("coded", "010A", 0), ("coded", "0104", 1)])
def test_who_is_called_coded_is(verdict: str, coding: str, caught: int) -> None:
    said = Said("failed", "", ((DME, verdict),), "")
    talk = Talk(RECODED, arrived(2, "0104")).hears([ask("22F101", SVK)])
    assert len(talk.ends(End(0.0, said, arrived(2, coding), level_met=False))) == caught


def test_who_was_coded_is_not_called_untouched() -> None:
    said = Said("failed", "", ((DME, "untouched"),), "")
    steps: list[Step] = [
        ask("22F101", SVK),
        ask("1041", "5041"),
        ask("2E3000 010A", "6E3000"),
        ask("1101", "5101"),
        Pass(2.0),
    ]
    talk = Talk(RECODED, arrived(2, "0104")).hears(steps)
    assert any("is called 'untouched'" in words for words in talk.ends(End(0.0, said, arrived(2, "010A"), False)))


def test_a_car_that_was_at_its_target_is_claimed_as_such() -> None:
    end = End(0.0, Said("already-at-target", AT_TARGET_LABOUR, ((DME, "untouched"),), ""), car(2), level_met=True)
    assert Talk(arrived=car(2)).hears([ask("22F101", SVK)]).ends(end) == []


# -- what is told of a violation


def test_a_violation_shows_what_was_said_before_it() -> None:
    talk = Talk().hears(without("DatablockBegun"))
    with pytest.raises(LawBroken, match="without a new DatablockBegun") as broken:
        talk.referee.require_clean()
    assert "> 12 31 01 ff 00 02 40 80 02 00 00 06" in str(broken.value)


def test_an_answer_that_nobody_asked_for_proves_nothing() -> None:
    talk = Talk().hears(until("2EF15A"))
    talk.referee.said(talk.now_s, DME, bytes.fromhex("7101FF0000"))
    talk.hears([Mark("DatablockBegun", 0), GOOD[place_of("34")]])
    assert talk.ends(None) == ["5: download of datablock 0, not erased before it"]
