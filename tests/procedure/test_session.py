"""Into the programming session, and out of every session again."""

from __future__ import annotations

import pytest

from appliance.errors import NegativeResponse, NoResponse
from appliance.procedure.failures import SecurityFailed
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


def test_a_refused_programming_session_is_not_gone_past() -> None:
    script = INTO_BOOTLOADER.split("12 > 10 02")[0] + "12 > 10 02 < nrc 22"
    play(enter_programming(job()), script).failed_with(NegativeResponse)


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
    refusing = "12 > 31 01 10 03 00 < nrc 7F\n12 > 31 01 0F 0C 00 < silence\n"
    script = EVERYWHERE + refusing + "DF > 10 01 < 12: 50 01"
    assert play(restore((0x12,), (0x12,)), script).result == ()


def test_what_cannot_be_sent_to_all_does_not_keep_each_from_being_asked_alone() -> None:
    """A functional request is lost when the bus does not take the frame; everything after it still counts."""
    unsent = "DF > 10 03 < silence\nDF > 28 00 01 < silence\nDF > 85 01 < silence\n"
    script = unsent + MODES + "DF > 10 01 < silence\n12 > 10 01\n40 > 10 01"
    assert play(restore((0x12, 0x40), (0x12,)), script).result == ()


def test_restore_may_be_repeated() -> None:
    script = EVERYWHERE + MODES + "DF > 10 01 < 12: 50 01"
    assert play(restore((0x12,), (0x12,)), script).result == play(restore((0x12,), (0x12,)), script).result
