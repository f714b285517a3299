"""Waiting for the key to a seed."""

from __future__ import annotations

import pytest

from appliance.procedure.code import restore_coding
from appliance.procedure.failures import CodingFailed, NoKey
from appliance.procedure.job import Job
from appliance.procedure.key import LIMIT_S, POLL_S, Challenge, key_for
from appliance.procedure.session import enter_programming, unlock
from appliance.procedure.words import Wait
from tests.procedure.jobs import CODING_SAVED, INTO_BOOTLOADER, job
from tests.procedure.script import play

SEED, KEY = "01 02 03 04 05 06 07 08", "08 07 06 05 04 03 02 01"
ASK_SEED, SEND_KEY = "12 > 27 11 FF FF FF FF", "12 > 27 12 FF FF FF FF"
CHALLENGE = Challenge(0x12, "DME", 0x11, bytes.fromhex(SEED))


class SlowProvider:
    """Needs to be asked so many times; remembers what became of it."""

    def __init__(self, polls: float, fails: str = "") -> None:
        self._polls = polls
        self._fails = fails
        self.challenges: list[Challenge] = []
        self.closed = 0

    def trouble(self) -> str:
        return ""

    def begin(self, challenge: Challenge) -> SlowProvider:
        self.challenges.append(challenge)
        return self

    def poll(self) -> bytes | None:
        self._polls -= 1
        if self._polls > 0:
            return None
        if self._fails:
            raise NoKey(self._fails, "DME", 0x12)
        return b"\xff\xff\xff\xff" + bytes(reversed(self.challenges[-1].seed))

    def close(self) -> None:
        self.closed += 1


def secured(provider: object, **changes: object) -> Job:
    return job(security=provider, **changes)


def test_a_slow_key_is_waited_for_in_slices_and_sent_once() -> None:
    provider = SlowProvider(3)
    script = f"{ASK_SEED} < 67 11 {SEED}\nwait 0.1\nwait 0.1\n{SEND_KEY} {KEY}"
    assert play(unlock(secured(provider)), script).failure is None
    assert provider.closed == 1


def test_the_provider_is_told_whose_seed_it_is() -> None:
    provider = SlowProvider(1)
    script = f"12 > 27 03 FF FF FF FF < 67 03 {SEED}\n12 > 27 04 FF FF FF FF {KEY}"
    play(unlock(secured(provider, vin="WMWXM5C54G3A12345", security_variant="edc17", security_level=3)), script)
    seed = bytes.fromhex(SEED)
    assert provider.challenges == [Challenge(0x12, "DME", 3, seed, "WMWXM5C54G3A12345", "edc17")]


def test_without_a_key_nothing_is_sent_and_no_other_seed_asked_for() -> None:
    provider = SlowProvider(2, fails="it is broken")
    script = INTO_BOOTLOADER + f"{ASK_SEED} < 67 11 {SEED}\nwait 0.1\n"
    failure = play(enter_programming(secured(provider)), script).failed_with(NoKey)
    assert (failure.what, failure.where) == (
        "there is no SecurityAccess key: it is broken; none was sent",
        "DME 0x12",
    )
    assert provider.closed == 1


def test_a_provider_that_never_ends_is_given_up() -> None:
    provider = SlowProvider(float("inf"))
    waits = round(LIMIT_S / POLL_S)
    played = play(key_for(provider, CHALLENGE), "wait 0.1\n" * waits)
    assert "the provider gave none within 150 s" in played.failed_with(NoKey).what
    assert provider.closed == 1


@pytest.mark.parametrize("size", [0, 4094])
def test_a_key_that_cannot_be_sent_is_none(size: int) -> None:
    played = play(key_for(lambda _level, _seed: bytes(size), CHALLENGE), "")
    assert f"has {size} bytes, 1 to 4093 can be sent" in played.failed_with(NoKey).what


def test_a_procedure_that_is_ended_while_it_waits_gives_the_key_up() -> None:
    provider = SlowProvider(float("inf"))
    waiting = key_for(provider, CHALLENGE)
    assert next(waiting) == Wait(0.1, "the key is computed")
    waiting.close()
    assert provider.closed == 1


def test_what_is_waited_for_says_what_the_key_is_for() -> None:
    waiting = key_for(SlowProvider(2), CHALLENGE, " for coding")
    assert next(waiting) == Wait(0.1, "the key for coding is computed")
    waiting.close()


def test_without_a_key_for_coding_the_saved_data_is_not_lost() -> None:
    script = f"""
        12 > 22 30 00 < 62 30 00 FF FF FF FF
        12 > 10 41
        12 > 27 01 FF FF FF FF < 67 01 {SEED}
    """
    failure = play(restore_coding(secured(SlowProvider(1, "it is broken")), (CODING_SAVED,), ()), script)
    assert "the saved data is in the report" in failure.failed_with(CodingFailed).do
