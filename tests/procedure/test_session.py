"""Into the programming session, and out of every session again."""

from __future__ import annotations

import pytest

from appliance.errors import NegativeResponse, NoResponse
from appliance.procedure.failures import ProgrammingRefused, SecurityFailed
from appliance.procedure.session import enter_programming, restore, unlock
from tests.procedure.jobs import INTO_BOOTLOADER, Provider, job
from tests.procedure.script import play, transcript

SEED_1, KEY_1 = "01 02 03 04 05 06 07 08", "08 07 06 05 04 03 02 01"
SEED_2, KEY_2 = "11 12 13 14 15 16 17 18", "18 17 16 15 14 13 12 11"
ASK_SEED, SEND_KEY = "12 > 27 11 FF FF FF FF", "12 > 27 12 FF FF FF FF"
DELAYED = f"{ASK_SEED} < nrc 37\nwait 10\n"

# -- SecurityAccess


def test_a_running_delay_timer_is_waited_out_and_a_new_seed_asked_for() -> None:
    script = DELAYED + f"{ASK_SEED} < 67 11 {SEED_1}\n{SEND_KEY} {KEY_1}"
    assert play(unlock(job()), script).failure is None


def test_a_key_delayed_is_not_sent_again_but_made_for_a_new_seed() -> None:
    script = f"""
        {ASK_SEED} < 67 11 {SEED_1}
        {SEND_KEY} {KEY_1} < nrc 37
        wait 10
        {ASK_SEED} < 67 11 {SEED_2}
        {SEND_KEY} {KEY_2}
    """
    provider = Provider()
    played = play(unlock(job(security=provider)), script)
    assert len(set(played.requests("2712"))) == len(played.requests("2712")) == len(provider.seeds)


@pytest.mark.parametrize("nrc", ["21", "92", "93"])
def test_a_key_that_came_at_a_bad_moment_is_not_sent_again_but_made_for_a_new_seed(nrc: str) -> None:
    script = f"""
        {ASK_SEED} < 67 11 {SEED_1}
        {SEND_KEY} {KEY_1} < nrc {nrc}
        wait 10
        {ASK_SEED} < 67 11 {SEED_2}
        {SEND_KEY} {KEY_2}
    """
    assert play(unlock(job()), script).failure is None


def test_a_seed_refused_for_too_many_attempts_is_asked_for_again_only_after_their_delay() -> None:
    script = f"{ASK_SEED} < nrc 36\nwait 10\n{ASK_SEED} < 67 11 {SEED_1}\n{SEND_KEY} {KEY_1}"
    assert play(unlock(job()), script).failure is None


def test_a_delay_that_does_not_end_is_a_failure() -> None:
    failure = play(unlock(job()), DELAYED * 3).failed_with(SecurityFailed)
    assert "delay did not run out" in failure.what


@pytest.mark.parametrize("nrc", ["35", "36", "24", "31", "33"])
def test_a_refused_key_is_never_followed_by_another(nrc: str) -> None:
    played = play(unlock(job()), f"{ASK_SEED} < 67 11 {SEED_1}\n{SEND_KEY} {KEY_1} < nrc {nrc}")
    failure = played.failed_with(SecurityFailed)
    assert nrc in failure.what
    assert "another wrong key may lock the control unit" in failure.do


def test_a_key_without_an_answer_is_not_sent_again() -> None:
    played = play(unlock(job()), f"{ASK_SEED} < 67 11 {SEED_1}\n{SEND_KEY} {KEY_1} < silence")
    played.failed_with(NoResponse)


def test_a_seed_of_zeros_means_it_is_open_already() -> None:
    provider = Provider()
    play(unlock(job(security=provider)), f"{ASK_SEED} < 67 11 00 00 00 00 00 00 00 00")
    assert provider.seeds == []


def test_level_and_seed_record_are_the_jobs() -> None:
    script = "12 > 27 03 00 01 < 67 03 AA BB\n12 > 27 04 FF FF FF FF BB AA"
    assert play(unlock(job(security_level=0x03, seed_record=b"\x00\x01")), script).failure is None


# -- programming session


REFUSED_ENTRY = "12 > 10 03 < nrc 7E\n12 > 10 02 < nrc 22\n"
FINGERPRINT = "12 > 2E F1 5A 17 06 01 8A 04 D2 01 4B 4C 33 30 00 00"
OPEN_ALREADY = f"{ASK_SEED} < 67 11 00\n"


@pytest.mark.parametrize("refused", [REFUSED_ENTRY, REFUSED_ENTRY + "wait 2\n" + REFUSED_ENTRY])
def test_a_programming_session_refused_once_or_twice_is_no_verdict(refused: str) -> None:
    pause = "wait 5\n" if "wait 2" in refused else "wait 2\n"
    script = refused + pause + INTO_BOOTLOADER + OPEN_ALREADY + FINGERPRINT
    assert play(enter_programming(job()), script).failure is None


def test_a_programming_session_refused_three_times_is_a_refusal_and_not_gone_past() -> None:
    script = "wait {}\n".join([REFUSED_ENTRY] * 3).format(2, 5)
    failure = play(enter_programming(job()), script).failed_with(ProgrammingRefused)
    words = "it answers but refuses to be programmed, 3 times in a row, last: request 10 refused with NRC 22 "
    assert (failure.what, failure.where) == (f"{words}conditionsNotCorrect", "DME 0x12")


def test_a_seed_refused_three_times_is_the_same_refusal() -> None:
    no_seed = INTO_BOOTLOADER + f"{ASK_SEED} < nrc 22\n"
    provider = Provider()
    script = "wait {}\n".join([no_seed] * 3).format(2, 5)
    play(enter_programming(job(security=provider)), script).failed_with(ProgrammingRefused)
    assert provider.seeds == []


def test_after_a_refused_key_it_is_not_entered_again() -> None:
    script = INTO_BOOTLOADER + f"{ASK_SEED} < 67 11 {SEED_1}\n{SEND_KEY} {KEY_1} < nrc 35"
    play(enter_programming(job()), script).failed_with(SecurityFailed)


@pytest.mark.parametrize("nrc", ["21", "92", "93"])
def test_who_is_only_busy_or_short_of_supply_does_not_refuse(nrc: str) -> None:
    played = play(enter_programming(job()), f"12 > 10 03\n12 > 10 02 < nrc {nrc}")
    assert not isinstance(played.failed_with(NegativeResponse), ProgrammingRefused)


def test_a_refused_fingerprint_is_not_gone_past() -> None:
    script = INTO_BOOTLOADER + f"{ASK_SEED} < 67 11 {SEED_1}\n{SEND_KEY} {KEY_1}\n"
    fingerprint = "12 > 2E F1 5A 17 06 01 8A 04 D2 01 4B 4C 33 30 00 00 < nrc 33"
    play(enter_programming(job()), script + fingerprint).failed_with(NegativeResponse)


def test_the_change_into_the_bootloader_may_take_as_long_as_its_reset() -> None:
    script = INTO_BOOTLOADER + f"{ASK_SEED} < 67 11 00\n12 > 2E F1 5A 17 06 01 8A 04 D2 01 4B 4C 33 30 00 00"
    change = next(ask for ask in play(enter_programming(job()), script).asks if ask.request == b"\x10\x02")
    assert (change.p2_s, change.pending_limit_s) == (2.0 * 1.5 + 10, 2.0 * 1.5 + 10)


# -- restore

ALL = (0x10, 0x12, 0x40, 0x60)
MODES = "12 > 31 01 10 03 00\n12 > 31 01 0F 0C 00\n"
EVERYWHERE = "DF > 10 03\nDF > 28 00 01\nDF > 85 01\n"


def test_giving_the_car_back_byte_for_byte() -> None:
    assert play(restore(ALL, (0x12,)), transcript("restore")).result == ()


def test_a_control_unit_that_does_not_confirm_is_named() -> None:
    silent = "60 > 10 01 < silence\nwait 1\n60 > 10 01 < nrc 22\nwait 1\n60 > 10 01 < silence\nwait 1\n"
    script = EVERYWHERE + MODES + "DF > 10 01 < 10: 50 01 ; 12: 50 01 ; 40: 50 01\n" + silent
    assert play(restore(ALL, (0x12,)), script).result == ("control unit 0x60 did not confirm its default session",)


def test_a_bootloader_that_knows_no_modes_is_restored_all_the_same() -> None:
    refusing = "12 > 31 01 10 03 00 < nrc 31\n12 > 31 01 0F 0C 00 < nrc 11\n"
    script = EVERYWHERE + refusing + "DF > 10 01 < 12: 50 01"
    assert play(restore((0x12,), (0x12,)), script).result == ()


@pytest.mark.parametrize("nrc", ["10", "22", "24", "36", "37", "72"])
def test_a_mode_refused_by_a_unit_that_knows_it_is_not_taken_for_given_back(nrc: str) -> None:
    refused = f"12 > 31 01 10 03 00\n12 > 31 01 0F 0C 00 < nrc {nrc}\n"
    again = "12 > 10 03\n12 > 31 01 0F 0C 00\n12 > 10 01\n"
    script = EVERYWHERE + refused + "DF > 10 01 < 12: 50 01\n" + again
    assert play(restore((0x12,), (0x12,)), script).result == ()


def test_a_control_unit_that_has_started_anew_is_put_into_its_session_again_to_give_a_mode_back() -> None:
    refused = "12 > 31 01 10 03 00\n12 > 31 01 0F 0C 00 < nrc 7F\n"
    again = "12 > 10 03\n12 > 31 01 0F 0C 00\n12 > 10 01\n"
    script = EVERYWHERE + refused + "DF > 10 01 < 12: 50 01\n" + again
    assert play(restore((0x12,), (0x12,)), script).result == ()


def test_a_mode_that_is_not_given_back_is_named_and_keeps_nobody_else_waiting() -> None:
    silent = "12 > 31 01 10 03 00\n12 > 31 01 0F 0C 00 < silence\n"
    again = 3 * "12 > 10 03 < silence\n12 > 31 01 0F 0C 00 < silence\nwait 1\n"
    script = EVERYWHERE + silent + "DF > 10 01 < 12: 50 01\n" + again + "12 > 10 01\n"
    assert play(restore((0x12,), (0x12,)), script).result == ("control unit 0x12 did not take: energy mode normal",)


def test_what_cannot_be_sent_to_all_does_not_keep_each_from_being_asked_alone() -> None:
    """A functional request is lost when the bus does not take the frame; everything after it still counts."""
    unsent = "DF > 10 03 < silence\nDF > 28 00 01 < silence\nDF > 85 01 < silence\n"
    script = unsent + MODES + "DF > 10 01 < silence\n12 > 10 01\n40 > 10 01"
    assert play(restore((0x12, 0x40), (0x12,)), script).result == ()


def test_restore_may_be_repeated() -> None:
    script = EVERYWHERE + MODES + "DF > 10 01 < 12: 50 01"
    assert play(restore((0x12,), (0x12,)), script).result == play(restore((0x12,), (0x12,)), script).result
