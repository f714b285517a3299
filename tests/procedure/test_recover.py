"""The ladder: which rung is next, when it is climbed, and what each does differently."""

from __future__ import annotations

import pytest

from appliance.engine.person import GUIDES
from appliance.errors import Kl30Error, NegativeResponse, NoResponse
from appliance.procedure.facts import DatablockFailed, Fact, Rung, RungBegun, StepConfirmed
from appliance.procedure.failures import (
    AttemptsSpent,
    CodingFailed,
    PreconditionsNotMet,
    ReadBackFailed,
    SecurityFailed,
)
from appliance.procedure.recover import NEEDS_PERSON, SHORT_BLOCK, climbs, job_on, next_rung, person_due, rung_of
from tests.procedure.jobs import DME, job

FAILED = DatablockFailed(DME, 0, "aa" * 32, "check memory reported 01")


def begun(rung: Rung) -> RungBegun:
    return RungBegun(DME, rung)


def test_the_ladder_ends() -> None:
    rungs: list[Rung | None] = [Rung.AS_FOUND]
    while rungs[-1] is not None:
        rungs.append(next_rung(rungs[-1]))
    assert rungs == [*Rung, None]


def test_the_newest_rung_of_this_unit_counts() -> None:
    facts = (begun(Rung.AS_FOUND), begun(Rung.SLOWER), RungBegun(0x40, Rung.BATTERY))
    assert rung_of(facts, DME) is Rung.SLOWER
    assert rung_of(facts, 0x60) is None


def test_a_person_is_needed_for_nothing_the_appliance_can_do_alone() -> None:
    assert {Rung.POWER_CYCLE, Rung.BATTERY} == NEEDS_PERSON == set(GUIDES)
    assert [*Rung][-2:] == [*GUIDES]


@pytest.mark.parametrize("rung", GUIDES)
def test_what_a_person_confirmed_is_not_asked_again_and_an_earlier_word_does_not_count(rung: Rung) -> None:
    asked = (begun(rung),)
    assert person_due(rung, asked, DME)
    assert not person_due(rung, (*asked, StepConfirmed(DME, rung)), DME)
    assert person_due(rung, (*asked, StepConfirmed(DME, rung), *asked), DME)


@pytest.mark.parametrize(
    ("failure", "facts", "expected"),
    [
        (AttemptsSpent("failed once"), (begun(Rung.AS_FOUND), FAILED), True),
        (AttemptsSpent("cut off 12 times"), (FAILED, begun(Rung.SLOWER)), False),
        (ReadBackFailed("not programmed"), (), True),
        (NegativeResponse(DME, 0x10, 0x22, "conditionsNotCorrect"), (), True),
        (NoResponse(DME, 0x31, "silence"), (), True),
        (SecurityFailed("invalid key"), (), False),
        (PreconditionsNotMet("engine is running"), (), False),
        (CodingFailed("not written back"), (), False),
    ],
)
def test_it_is_climbed_when_the_unit_itself_failed(failure: Kl30Error, facts: tuple[Fact, ...], expected: bool) -> None:
    assert climbs(failure, facts, DME) is expected


def test_each_rung_has_attempts_of_its_own() -> None:
    history = (begun(Rung.AS_FOUND), FAILED, begun(Rung.FRESH_SESSION), FAILED, FAILED, begun(Rung.SLOWER))
    assert job_on(job(), Rung.AS_FOUND, history[:1]).max_attempts == 1
    assert job_on(job(), Rung.FRESH_SESSION, history[:3]).max_attempts == 1 + 2
    assert job_on(job(), Rung.SLOWER, history).max_attempts == 3 + 2


def test_a_restart_within_a_rung_does_not_give_it_more_attempts() -> None:
    history = (begun(Rung.AS_FOUND), FAILED, begun(Rung.FRESH_SESSION))
    plain = job()
    assert job_on(plain, Rung.FRESH_SESSION, (*history, FAILED)) == job_on(plain, Rung.FRESH_SESSION, history)


def test_only_the_slower_rung_is_slower() -> None:
    slow = [rung for rung in Rung if job_on(job(), rung, ()).block_limit is not None]
    assert slow == [Rung.SLOWER]
    assert job_on(job(), Rung.SLOWER, ()).block_limit == SHORT_BLOCK
