"""The algebra of changed bits: nothing else moves, twice is once, and who agrees may come in any order."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from appliance.car.coding import Change, contradiction, differ, includes, recoded
from appliance.errors import MalformedAnswer

DID = 0x3000
data = st.binary(min_size=4, max_size=12)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    mask = draw(st.integers(1, 0xFF))
    return Change(DID, draw(st.integers(0, 3)), mask, draw(st.integers(0, 0xFF)) & mask, "so")


several = st.lists(changes(), max_size=4)


@pytest.mark.parametrize(
    ("change", "new"),
    [
        (Change(DID, 0, 0xFF, 0xA5, ""), "A5 04 22"),
        (Change(DID, 1, 0x0F, 0x03, ""), "01 03 22"),
        (Change(DID, 2, 0x20, 0x00, ""), "01 04 02"),
        (Change(0x3010, 0, 0xFF, 0xA5, ""), "01 04 22"),
    ],
)
def test_the_bits_of_the_mask_become_the_value(change: Change, new: str) -> None:
    assert recoded(DID, bytes.fromhex("010422"), (change,)) == bytes.fromhex(new)


@given(data, several)
def test_no_bit_outside_the_masks_is_touched(before: bytes, made: list[Change]) -> None:
    free = bytearray(b"\xff" * len(before))
    for change in made:
        free[change.byte] &= ~change.mask & 0xFF
    after = recoded(DID, before, made)
    assert len(after) == len(before)
    assert all((a ^ b) & mask == 0 for a, b, mask in zip(before, after, free, strict=True))


@given(data, several)
def test_carried_out_twice_is_as_once(before: bytes, made: list[Change]) -> None:
    once = recoded(DID, before, made)
    assert recoded(DID, once, made) == once


@given(data, several)
def test_changes_that_agree_may_come_in_any_order(before: bytes, made: list[Change]) -> None:
    assume(contradiction(made) is None)
    assert len({recoded(DID, before, order) for order in permutations(made)}) == 1


@given(data, changes(), changes())
def test_two_that_differ_leave_something_else_the_other_way_round(before: bytes, one: Change, other: Change) -> None:
    in_turn = {recoded(DID, before, (one, other)), recoded(DID, before, (other, one))}
    assert (len(in_turn) == 2) is differ(one, other)


@given(data, several, several)
def test_what_is_included_changes_nothing_more(before: bytes, whole: list[Change], part: list[Change]) -> None:
    assume(contradiction(whole) is None)
    done = recoded(DID, before, whole)
    if includes(whole, part):
        assert recoded(DID, done, part) == done
    assert includes([*whole, *part], part)


@pytest.mark.parametrize("part", [Change(DID, 0, 0x10, 0x10, ""), Change(DID, 0, 0x30, 0x10, "")])
def test_a_part_of_the_bits_is_included_if_they_agree(part: Change) -> None:
    assert includes((Change(DID, 0, 0xF0, 0x10, ""),), (part,))
    assert not includes((Change(DID, 0, 0xF0, 0x20, ""),), (part,))
    assert not includes((Change(DID, 1, 0xF0, 0x10, ""),), (part,))
    assert not includes((), (part,))


@given(data, st.integers(0, 3))
def test_beyond_the_end_nothing_is_made_up(before: bytes, beyond: int) -> None:
    with pytest.raises(MalformedAnswer, match=f"expected {len(before) + beyond + 1} or more: 3000 byte"):
        recoded(DID, before, (Change(DID, len(before) + beyond, 1, 1, "it is so"),))


def test_a_change_says_what_it_does_and_why() -> None:
    assert Change(DID, 4, 0x30, 0x20, "an automatic gearbox").words == (
        "3000 byte 4, bits 30 become 20, because an automatic gearbox"
    )
