"""SecurityAccess of a simulated control unit (ISO 14229-1:2013, 9.4)."""

from __future__ import annotations

import pytest

from appliance.bench.security import bench_key
from tests.bench.talk import Talk

ALREADY_OPEN = "67 11 00 00 00 00 00 00 00 00"
WRONG_KEY = "27 12 FF FF FF FF 00"


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.tell("10 03", "10 02")
    return talk


def lock_out(talk: Talk) -> list[str]:
    answers = []
    for _ in range(3):
        talk.ask("27 11")
        answers.append(talk.ask(WRONG_KEY))
    return answers


def seed(talk: Talk) -> bytes:
    return bytes.fromhex(talk.ask("27 11"))[2:]


def test_a_seed_has_eight_bytes_and_another_one_is_another(talk: Talk) -> None:
    first, second = seed(talk), seed(talk)
    assert len(first) == len(second) == 8
    assert first != second


def test_the_right_key_opens_it(talk: Talk) -> None:
    assert talk.unlock(0x11) == "67 12"


def test_what_is_open_already_gives_a_seed_of_zeros(talk: Talk) -> None:
    talk.unlock(0x11)
    assert talk.ask("27 11") == ALREADY_OPEN


def test_a_key_without_a_seed_is_out_of_sequence(talk: Talk) -> None:
    assert talk.ask(WRONG_KEY) == "7F 27 24"


def test_a_seed_is_good_for_one_key(talk: Talk) -> None:
    key = bench_key(0x11, seed(talk))
    assert talk.ask(WRONG_KEY) == "7F 27 35"
    assert talk.ask(b"\x27\x12" + key) == "7F 27 24"


def test_only_the_newest_seed_counts(talk: Talk) -> None:
    old = seed(talk)
    seed(talk)
    assert talk.ask(b"\x27\x12" + bench_key(0x11, old)) == "7F 27 35"


def test_the_third_wrong_key_locks_it(talk: Talk) -> None:
    assert lock_out(talk) == ["7F 27 35", "7F 27 35", "7F 27 36"]
    assert talk.ask("27 11") == "7F 27 37"


def test_the_lock_ends_after_ten_seconds(talk: Talk) -> None:
    lock_out(talk)
    talk.keep_alive(9.9)
    assert talk.ask("27 11") == "7F 27 37"
    talk.keep_alive(0.2)
    assert talk.unlock(0x11) == "67 12"


def test_neither_a_reset_nor_a_loss_of_power_ends_the_lock(talk: Talk) -> None:
    lock_out(talk)
    talk.unit.lose_power()
    talk.tell("10 03", "10 02")
    assert talk.ask("27 11") == "7F 27 37"


def test_a_right_key_forgives_the_wrong_ones(talk: Talk) -> None:
    for _ in range(2):
        talk.ask("27 11")
        talk.ask(WRONG_KEY)
    talk.unlock(0x11)
    talk.tell("10 02")
    talk.ask("27 11")
    assert talk.ask(WRONG_KEY) == "7F 27 35"


def test_the_same_session_again_locks_it(talk: Talk) -> None:
    talk.unlock(0x11)
    talk.tell("10 02")
    assert talk.ask("27 11") != ALREADY_OPEN


def test_a_seed_does_not_outlive_its_session(talk: Talk) -> None:
    key = bench_key(0x11, seed(talk))
    talk.tell("10 02")
    assert talk.ask(b"\x27\x12" + key) == "7F 27 24"


def test_a_level_belongs_to_its_session() -> None:
    talk = Talk()
    talk.tell("10 03")
    assert talk.ask("27 11") == "7F 27 7E"
    talk.tell("10 41")
    assert talk.unlock(0x01) == "67 02"


def test_a_level_nobody_knows_is_refused(talk: Talk) -> None:
    assert talk.ask("27 05") == "7F 27 12"
