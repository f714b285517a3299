"""Values to JSON and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.bench.memory import Slot, SlotState
from appliance.car.vin import Vin
from appliance.events import Event, Noted, Phase, PhaseEntered
from appliance.procedure.facts import CodingSaved, Fact
from appliance.status import Status
from appliance.values import from_json, from_plain, to_json, to_plain
from tests.instances import bare, full, members


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Inner:
    data: bytes
    colour: Colour


@dataclass(frozen=True, slots=True)
class Outer:
    inners: tuple[Inner, ...]
    day: date
    at: datetime
    volts: float | None = None
    name: str = ""


OUTER = Outer(
    (Inner(b"\x00\xff", Colour.RED), Inner(b"", Colour.RED)),
    date(2017, 6, 1),
    datetime(2017, 6, 1, 9, 30, tzinfo=UTC),
    13.8,
    "ü <script>",
)


def test_a_nested_value_comes_back_equal() -> None:
    assert from_json(to_json(OUTER), Outer) == OUTER


def test_the_spelling_is_for_people_and_other_programs() -> None:
    assert to_plain(OUTER) == {
        "inners": [{"data": "00ff", "colour": "red"}, {"data": "", "colour": "red"}],
        "day": "2017-06-01",
        "at": "2017-06-01T09:30:00+00:00",
        "volts": 13.8,
        "name": "ü <script>",
    }


def test_equal_values_give_equal_text() -> None:
    text = to_json(OUTER)
    assert text == to_json(from_json(text, Outer))
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("kind", [*members(Event), *members(Fact), Status], ids=lambda kind: kind.__name__)
def test_every_event_every_fact_and_the_status_come_back_equal(kind: type) -> None:
    for value in (full(kind), bare(kind)):
        assert from_json(to_json(value), kind) == value


@given(st.binary(max_size=64), st.integers(0, 0xFFFF))
def test_coding_data_comes_back_byte_for_byte(data: bytes, did: int) -> None:
    fact = CodingSaved(0x12, did, data)
    assert from_json(to_json(fact), CodingSaved) == fact


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{}", Inner),  # a field is missing
        ('{"data": "0g", "colour": "red"}', Inner),  # no hex
        ('{"data": 7, "colour": "red"}', Inner),
        ('{"data": "00", "colour": "blue"}', Inner),  # no such member
        ("[]", Inner),
        ("null", Inner),
        ('"text"', Inner),
        ("{", Inner),  # no JSON
        ('{"phase": "READY"}', PhaseEntered),
        ('{"phase": "ready", "what": ""}', PhaseEntered),
        ('{"text": "TOO SHORT"}', Vin),  # a value that refuses itself
    ],
)
def test_text_of_another_shape_is_refused(text: str, kind: type) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_json(text, kind)


def test_the_refusal_names_the_class_and_the_field() -> None:
    with pytest.raises(ValueError, match=r"Outer: .*inners\[0\]"):
        from_plain({**to_plain(OUTER), "inners": [{"data": "00", "colour": "blue"}]}, Outer)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["data", "colour", "x"]), inner),
    max_leaves=6,
)


@given(JSON)
def test_whatever_the_json_it_is_a_value_or_a_value_error(plain: object) -> None:
    try:
        value = from_plain(plain, Inner)
    except ValueError:
        return
    assert isinstance(value, Inner)


def test_an_enum_is_written_as_its_value() -> None:
    assert '"phase":"HELD"' in to_json(PhaseEntered(Phase.HELD, ""))


def test_a_text_that_is_one_of_a_few_comes_back_as_what_it_was() -> None:
    slot = Slot(0x8000, 16, "", SlotState.ERASED)
    assert from_json(to_json(slot), Slot).state is SlotState.ERASED


@pytest.mark.parametrize("text", ['"\\ud800"', '"a\\udfff"'])
def test_half_a_character_is_no_text(text: str) -> None:
    """Nothing could store, print or send it."""
    with pytest.raises(ValueError, match="invalid value for type, expected str"):
        from_json('{"text":' + text + ',"attention":false}', Noted)


def test_json_nested_too_deeply_is_refused_like_any_other() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        from_json("[" * 100_000, Noted)
