"""A control unit that asks for more time (NRC 0x78) and comes to no end: it is given its time, and it has a bound."""

from __future__ import annotations

import pytest

from tests.engine.odd_dme import Stuck, StuckUnit, with_dme
from tests.engine.workshop import WorkshopBench, dme_of

WORK = {"erase": "3101FF00", "transfer": "36", "check memory": "31010202"}
# Of the bench's DME, DID 2504 and `procedure.job.Times.limit_s`: erase and transfer 30 s at most, check memory 15 s.
NEAR_ITS_LIMIT_S = {"erase": (14.0, 17.0, 29.0), "transfer": (28.0, 29.0, 31.0), "check memory": (13.0, 14.0, 16.0)}


@pytest.mark.parametrize(("what", "for_s"), [(what, for_s) for what in WORK for for_s in NEAR_ITS_LIMIT_S[what]])
def test_whenever_it_falls_quiet_its_p2_star_is_over_before_it_is_asked_again(
    bench: WorkshopBench, what: str, for_s: float
) -> None:
    """The referee watches; the datablock is begun again, and the job finished."""
    with_dme(bench, StuckUnit).stuck = Stuck(bytes.fromhex(WORK[what]), for_s)
    report = bench.started()
    assert (report.verdict, dme_of(report).attempts) == ("programmed", 4)


@pytest.mark.parametrize("what", WORK)
def test_a_unit_that_is_pending_for_ever_ends_as_a_truthful_failure(bench: WorkshopBench, what: str) -> None:
    with_dme(bench, StuckUnit).stuck = Stuck(bytes.fromhex(WORK[what]))
    report = bench.started()
    assert (report.verdict, dme_of(report).verdict) == ("failed", "in-bootloader")
    assert "busyRepeatRequest" in report.reason
    assert "not restored: control unit 0x12 did not confirm its default session" in report.notes
    assert all(note.startswith("not restored: control unit 0x12") for note in report.notes)


@pytest.mark.parametrize("what", WORK)
def test_a_unit_that_is_pending_for_ever_is_named_as_that(bench: WorkshopBench, what: str) -> None:
    with_dme(bench, StuckUnit).stuck = Stuck(bytes.fromhex(WORK[what]))
    told = [line.text for line in bench.started().timeline]
    assert [text for text in told if "no answer, response pending for longer than " in text]
