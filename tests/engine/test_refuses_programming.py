"""A control unit that answers, but lets nobody program it again: said so, and never after one refusal only."""

from __future__ import annotations

import pytest

from tests.engine.odd_dme import RefusingUnit, with_dme
from tests.engine.workshop import WorkshopBench, dme_of

DOORS = {"programming session": "1002", "seed": "2711", "erase": "3101FF00"}
ALWAYS = 1000


def refuses(bench: WorkshopBench, door: str, times: int, nrc: int = 0x22) -> None:
    unit = with_dme(bench, RefusingUnit)
    unit.refused, unit.times, unit.nrc = bytes.fromhex(DOORS[door]), times, nrc


@pytest.mark.parametrize("door", DOORS)
def test_who_refuses_for_good_after_an_erase_is_named_as_that(bench: WorkshopBench, door: str) -> None:
    refuses(bench, door, ALWAYS)
    report = bench.started()
    unit = dme_of(report)
    assert (report.verdict, unit.verdict) == ("failed", "failed")
    assert "it answers but refuses to be programmed, " in report.reason
    assert unit.what_to_do.startswith("it answers but refuses to be programmed: leave the charger on")


def test_nobody_is_told_to_press_start_or_to_replace_what_refuses(bench: WorkshopBench) -> None:
    refuses(bench, "programming session", ALWAYS)
    report = bench.started()
    words = f"{report.reason} {dme_of(report).what_to_do}"
    assert "press START" not in words
    assert words.count("do not replace the control unit yet") == 2
    assert "do not unplug" in words


def test_the_next_start_finds_it_the_same(bench: WorkshopBench) -> None:
    refuses(bench, "programming session", ALWAYS)
    bench.started()
    report = bench.started()
    assert (report.verdict, dme_of(report).verdict) == ("failed", "failed")


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("door", ["programming session", "seed"])
def test_who_refuses_once_or_twice_is_programmed(bench: WorkshopBench, door: str, times: int) -> None:
    refuses(bench, door, times)
    assert bench.started().verdict == "programmed"


def test_an_erase_refused_once_is_begun_again(bench: WorkshopBench) -> None:
    refuses(bench, "erase", 1)
    report = bench.started()
    assert (report.verdict, dme_of(report).attempts) == ("programmed", 5)


@pytest.mark.parametrize("door", DOORS)
def test_who_is_busy_for_ever_is_not_said_to_refuse(bench: WorkshopBench, door: str) -> None:
    refuses(bench, door, ALWAYS, nrc=0x21)
    unit = dme_of(bench.started())
    assert (unit.verdict, "refuses" in unit.what_to_do) == ("in-bootloader", False)
