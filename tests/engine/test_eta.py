"""The time left: what is expected, corrected by what was seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.campaign.turns import Turns
from appliance.engine.eta import LIKELY, QUICKEST, SLOWEST, Estimate, Load, Pace, load_of, together
from appliance.procedure.job import DatablockJob, Job, Times
from appliance.procedure.words import Work

DME, CLUSTER = 0x12, 0x60
ERASING = Load({Work.ERASE: 100.0})


def job(*lengths: int, coding: tuple[int, ...] = ()) -> Job:
    blocks = tuple(
        DatablockJob(index, f"part {index}", 0x1000 * index, 0x11, "", "", bytes(length))
        for index, length in enumerate(lengths)
    )
    times = Times(erase_s=120.0, check_memory_s=60.0, reset_s=5.0)
    return Job(
        DME, "DME", blocks, (), lambda _level, seed: seed, b"", times=times, coding=coding, rate_bytes_per_s=1000.0
    )


def test_before_anything_is_seen_work_is_a_little_quicker_than_its_label() -> None:
    assert Pace().estimate(DME, ERASING) == Estimate(100 * LIKELY, 100 * LIKELY * QUICKEST, 100 * LIKELY * SLOWEST)


def test_what_was_seen_of_a_control_unit_is_expected_of_it_again() -> None:
    assert Pace().with_one(DME, Work.ERASE, 50.0, 45.0).estimate(DME, ERASING).left_s == pytest.approx(90.0)


def test_what_was_seen_narrows_the_bounds() -> None:
    seen = Pace().with_one(DME, Work.ERASE, 50.0, 45.0).estimate(DME, ERASING)
    unseen = Pace().estimate(DME, ERASING)
    assert seen.high_s - seen.low_s < unseen.high_s - unseen.low_s


def test_a_control_unit_that_has_not_begun_is_taken_to_be_like_the_others() -> None:
    assert Pace().with_one(DME, Work.ERASE, 50.0, 45.0).estimate(CLUSTER, ERASING).left_s == pytest.approx(90.0)


def test_its_own_pace_counts_before_that_of_others() -> None:
    pace = Pace().with_one(DME, Work.ERASE, 50.0, 25.0).with_one(CLUSTER, Work.ERASE, 50.0, 60.0)
    assert pace.estimate(DME, ERASING).left_s == pytest.approx(50.0)


def test_a_check_nobody_has_made_is_as_much_quicker_than_its_label_as_erasing_was() -> None:
    pace = Pace().with_one(DME, Work.ERASE, 100.0, 60.0)
    assert pace.estimate(DME, Load({Work.CHECK: 50.0})).left_s == pytest.approx(30.0)


def test_the_wire_says_nothing_about_flash_memory() -> None:
    pace = Pace().with_one(DME, Work.TRANSFER, 100.0, 20.0)
    assert pace.estimate(DME, ERASING).left_s == pytest.approx(100 * LIKELY)


def test_a_shorter_region_is_erased_sooner() -> None:
    assert load_of(job(1000, 500)).of[Work.ERASE] == pytest.approx(180.0)


def test_the_dependencies_are_checked_once_more() -> None:
    assert load_of(job(1000, 500)).of[Work.CHECK] == pytest.approx(180.0)


def test_a_proven_datablock_is_no_work() -> None:
    assert load_of(job(1000, 500), proven=[0]).of[Work.TRANSFER] == pytest.approx(0.5)


def test_coding_costs_a_reset_for_each_identifier() -> None:
    assert load_of(job(1000, coding=(0x3000, 0x3010))).rest_s - load_of(job(1000)).rest_s == pytest.approx(10.0)


def test_a_control_unit_that_is_only_coded_erases_nothing() -> None:
    assert load_of(job(coding=(0x3000,))) == Load(rest_s=10.0)


def test_side_by_side_takes_as_long_as_the_longest() -> None:
    pace = Pace().with_one(DME, Work.ERASE, 1.0, 1.0)
    loads = {DME: ERASING, CLUSTER: Load({Work.ERASE: 30.0})}
    assert together(pace, loads, Turns(2)).left_s == pytest.approx(100.0)


def test_side_by_side_shares_one_wire() -> None:
    pace = Pace().with_one(DME, Work.TRANSFER, 1.0, 1.0)
    sending = Load({Work.TRANSFER: 60.0})
    assert together(pace, {DME: sending, CLUSTER: sending}, Turns(2)).left_s == pytest.approx(120.0)


def test_what_is_done_is_no_longer_left() -> None:
    assert ERASING.without(Work.ERASE, 30.0).of[Work.ERASE] == pytest.approx(70.0)


def test_no_work_is_ever_less_than_none() -> None:
    assert ERASING.without(Work.ERASE, 300.0).of[Work.ERASE] == 0.0


def test_loads_add_up() -> None:
    both = ERASING + replace(Load({Work.CHECK: 5.0}), rest_s=2.0)
    assert (both.of[Work.ERASE], both.of[Work.CHECK], both.rest_s) == (100.0, 5.0, 2.0)
