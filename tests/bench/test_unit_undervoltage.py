"""A sagging supply spoils what is erased or written, and can be a control unit's end."""

from __future__ import annotations

import pytest

from appliance.bench.memory import SlotState
from appliance.bench.unit.profile import BROWN_OUT_V
from appliance.bench.unit.undervoltage import DEADLY_V, WEAK_V
from tests.bench.talk import CHECK_DEPENDENCIES, CHECK_MEMORY, ERASE, REQUEST_DOWNLOAD, Talk, new_image

SPOILT = "71 01 02 02 01"
GOOD = "71 01 02 02 00"


@pytest.fixture
def talk() -> Talk:
    """Unlocked in the programming session."""
    talk = Talk()
    talk.into_programming()
    return talk


def erase_at(talk: Talk, volts: float) -> None:
    """Begin an erase, and let the supply sag in the middle of it."""
    talk.unit.request(talk.now_s, bytes.fromhex(ERASE), functional=False)
    talk.now_s += 0.5
    talk.volts = volts
    talk.unit.due(talk.now_s)


def lost() -> Talk:
    talk = Talk()
    talk.into_programming()
    erase_at(talk, DEADLY_V - 0.05)
    talk.volts = 13.8
    talk.unit.lose_power()  # as a technician tries first
    return talk


def test_what_is_written_at_a_weak_supply_is_not_there(talk: Talk) -> None:
    talk.tell(ERASE, REQUEST_DOWNLOAD)
    talk.volts = WEAK_V - 0.05
    talk.transfer(new_image())
    talk.volts = 13.8
    talk.tell("37")
    assert talk.ask(CHECK_MEMORY) == SPOILT


def test_what_is_erased_at_a_weak_supply_does_not_hold_what_is_written(talk: Talk) -> None:
    erase_at(talk, WEAK_V - 0.05)
    talk.volts = 13.8
    talk.now_s += 4.0
    assert talk.unit.due(talk.now_s)[-1] == bytes.fromhex("71 01 FF 00 00")
    talk.tell(REQUEST_DOWNLOAD)
    talk.transfer(new_image())
    talk.tell("37")
    assert talk.ask(CHECK_MEMORY) == SPOILT


def test_a_spoilt_region_can_be_programmed_again(talk: Talk) -> None:
    talk.tell(ERASE, REQUEST_DOWNLOAD)
    talk.volts = WEAK_V - 0.05
    talk.transfer(new_image())
    talk.volts = 13.8
    talk.tell("37")
    talk.ask(CHECK_MEMORY)
    talk.download(new_image())
    assert talk.ask(CHECK_MEMORY) == GOOD


@pytest.mark.parametrize("volts", [WEAK_V, 12.3, 13.0])
def test_a_supply_that_is_merely_low_spoils_nothing(talk: Talk, volts: float) -> None:
    talk.volts = volts
    talk.download(new_image())
    assert talk.ask(CHECK_MEMORY) == GOOD


def test_while_nothing_is_erased_or_written_a_deep_sag_does_no_harm(talk: Talk) -> None:
    talk.download(new_image())
    talk.volts = BROWN_OUT_V + 0.1
    talk.unit.due(talk.now_s)
    talk.volts = 13.8
    assert (talk.ask(CHECK_MEMORY), talk.kept.lost) == (GOOD, False)


def test_a_deep_sag_while_it_erases_is_its_end(talk: Talk) -> None:
    talk.unit.request(talk.now_s, bytes.fromhex(ERASE), functional=False)
    talk.volts = DEADLY_V - 0.05
    assert talk.unit.due(talk.now_s + 0.01) == [bytes.fromhex("7F 31 72")]
    assert talk.kept.lost


def test_a_supply_that_goes_at_once_costs_the_region_only(talk: Talk) -> None:
    erase_at(talk, BROWN_OUT_V - 0.1)
    assert (talk.kept.lost, talk.kept.slots[0].state) == (False, SlotState.ERASED)


REFUSED = ("11 01", "10 02", "27 11 FF FF FF FF", ERASE, REQUEST_DOWNLOAD, "36 01 00", "37", CHECK_DEPENDENCIES)


@pytest.mark.parametrize("request_", REFUSED)
def test_lost_it_completes_no_reset_and_is_not_programmed(request_: str) -> None:
    assert lost().ask(request_) == f"7F {request_[:2]} 22"


@pytest.mark.parametrize("request_", ["22 F1 01", "3E 00", "10 01", "10 03"])
def test_lost_it_still_answers(request_: str) -> None:
    assert lost().ask(request_).startswith(f"{int(request_[:2], 16) + 0x40:02X}")


def test_lost_it_has_no_trouble_codes() -> None:
    assert lost().ask("19 02 0C").startswith("59 02")


def test_lost_it_says_itself_that_it_is_not_programmed() -> None:
    svk = bytes.fromhex(lost().ask("22 F1 01"))[3:]
    assert svk[1] == 2  # facts.md §3.1: the result of its own check


def test_losing_a_control_unit_ends_its_erase_with_its_last_word() -> None:
    talk = Talk()
    talk.into_programming()
    talk.unit.request(talk.now_s, bytes.fromhex(ERASE), functional=False)
    talk.volts = DEADLY_V - 0.05
    talk.unit.due(talk.now_s + 0.01)
    talk.volts = 13.8
    assert talk.unit.due(talk.now_s + 4.0) == []
