"""The vehicle test as a table."""

from __future__ import annotations

import pytest

from appliance.campaign.vehicle_test import Became, new_codes, vehicle_test
from appliance.car.faults import Fault
from appliance.car.vehicle import UnitSeen, Vehicle

PRESENT, STORED = 0x2F, 0x28
DME, BODY = 0x12, 0x40


def car(*units: tuple[int, tuple[tuple[int, int], ...] | None]) -> Vehicle:
    seen = (
        UnitSeen(address, svk=None, faults=None if codes is None else tuple(Fault(*code) for code in codes))
        for address, codes in units
    )
    return Vehicle(None, None, None, tuple(seen), ())


def became(before: Vehicle, after: Vehicle) -> list[Became]:
    return [row.became for row in vehicle_test(before, after, {})]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (((1, PRESENT),), ((1, PRESENT),), Became.PRIOR),
        (((1, PRESENT),), ((1, STORED),), Became.PRIOR),
        ((), ((1, PRESENT),), Became.CONSEQUENTIAL),
        (((1, STORED),), (), Became.HEALED),
    ],
)
def test_a_code_is_prior_consequential_or_healed(
    before: tuple[tuple[int, int], ...], after: tuple[tuple[int, int], ...], expected: Became
) -> None:
    assert became(car((DME, before)), car((DME, after))) == [expected]


def test_nothing_is_new_in_a_unit_whose_codes_could_not_be_read_before() -> None:
    before, after = car((DME, None)), car((DME, ((1, PRESENT),)))
    assert became(before, after) == [Became.PRIOR]
    assert new_codes(before, after) == ()


def test_a_code_of_a_unit_that_does_not_answer_any_more_is_not_healed() -> None:
    assert became(car((DME, ((1, STORED),))), car()) == [Became.PRIOR]


def test_a_code_of_a_unit_that_does_not_tell_its_codes_any_more_is_not_healed() -> None:
    assert became(car((DME, ((1, STORED),))), car((DME, None))) == [Became.PRIOR]


def test_what_was_kept_beside_a_code_stands_in_its_row() -> None:
    (row,) = vehicle_test(car((DME, ())), car((DME, ((0x105A20, PRESENT),))), {(DME, 0x105A20): ("frequency 1",)})
    assert (row.code, row.before, row.kept) == ("105A20", "", ("frequency 1",))
    assert row.after.startswith("failed now")


def test_rows_are_in_order_of_control_unit_and_code() -> None:
    after = car((BODY, ((2, STORED),)), (DME, ((9, STORED), (3, STORED))))
    rows = vehicle_test(car((DME, ()), (BODY, ())), after, {})
    assert [(row.address, row.code) for row in rows] == [(DME, "000003"), (DME, "000009"), (BODY, "000002")]


def test_no_code_is_no_row() -> None:
    assert vehicle_test(car((DME, ())), car((DME, ())), {}) == ()


def test_what_is_new_is_named_by_control_unit_and_code() -> None:
    after = car((DME, ((1, STORED), (2, STORED))), (BODY, ((3, PRESENT),)))
    assert new_codes(car((DME, ((1, PRESENT),)), (BODY, ())), after) == ((DME, 2), (BODY, 3))
