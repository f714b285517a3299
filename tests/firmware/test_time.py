"""What the clock may decide: never to trust longer than it should, never to take away what was imported in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import BUILT
from appliance.clock import VirtualClock
from appliance.errors import RefusedError
from appliance.firmware.expiry import Freshness, SignedRole, expiry_of, now_at_least, require_fresh
from appliance.firmware.store import Store
from tests.firmware.place import Place
from tests.firmware.repository import soon

DAY = timedelta(days=1)
START = datetime(2030, 1, 1, tzinfo=UTC)
EXPIRED = "the firmware cache expired on 2030-01-31 00:00 UTC (timestamp)"
ROLES = (SignedRole("root", 1, START + 300 * DAY), SignedRole("timestamp", 3, START + 30 * DAY))
TIMES = st.integers(0, 90 * 365).map(lambda days: datetime(1970, 1, 1, tzinfo=UTC) + days * DAY)


def clock_at(at: datetime) -> VirtualClock:
    return VirtualClock(wall=at)


@given(TIMES, st.none() | TIMES)
def test_the_time_is_never_before_the_build_nor_the_last_import(wall: datetime, last: datetime | None) -> None:
    assert now_at_least(wall, last).at == max(wall, BUILT, last or wall)


@pytest.mark.parametrize(
    ("days", "freshness"),
    [
        (0, Freshness.FRESH),
        (29.99, Freshness.FRESH),
        (30, Freshness.GRACE),
        (44, Freshness.GRACE),
        (45, Freshness.OVER),
    ],
)
def test_metadata_are_fresh_then_in_grace_then_over(days: float, freshness: Freshness) -> None:
    expiry = expiry_of(ROLES, now_at_least(START + days * DAY, None), 15)
    assert expiry.freshness is freshness
    assert (expiry.role, expiry.expires, expiry.usable_until) == ("timestamp", START + 30 * DAY, START + 45 * DAY)


def test_the_state_is_said_in_a_sentence_with_both_dates() -> None:
    said = [expiry_of(ROLES, now_at_least(START + days * DAY, None), 15).words for days in (0, 31, 60)]
    assert said == [
        "the firmware cache is good until 2030-01-31 00:00 UTC",
        f"{EXPIRED} and may be used until 2030-02-15 00:00 UTC; import a renewed repository before",
        f"{EXPIRED}, and its grace was over on 2030-02-15 00:00 UTC; import a renewed repository",
    ]


@given(TIMES, TIMES)
def test_a_clock_that_runs_behind_never_shortens_the_grace(true: datetime, behind: datetime) -> None:
    order = list(Freshness)
    honest = expiry_of(ROLES, now_at_least(max(true, behind), None), 15)
    late = expiry_of(ROLES, now_at_least(min(true, behind), None), 15)
    assert order.index(late.freshness) <= order.index(honest.freshness)


def test_a_refusal_says_which_time_counted() -> None:
    with pytest.raises(RefusedError) as raised:
        require_fresh(ROLES, now_at_least(START, START + 40 * DAY), "stick")
    assert raised.value.what == (
        "timestamp.json expired on 2030-01-31 00:00 UTC, and it is 2030-02-10 00:00 UTC "
        "(time of the last import; the system clock is behind it)"
    )


def test_an_expired_repository_is_refused_though_the_system_clock_went_back(memory: Path) -> None:
    """The last import was tomorrow, by a clock that was right; today the clock is a week behind."""
    place = Place(memory, imported=False)
    assert place.imported(clock=clock_at(soon(20))).code == 0
    place.workshop.timestamp.expires = soon(10)
    place.workshop.publish()
    before = place.digest()
    said = place.imported(clock=clock_at(soon(-7)))
    assert said.code == 3
    assert "timestamp.json expired on" in said.err
    assert "(time of the last import; the system clock is behind it)" in said.err
    assert place.digest() == before


def test_a_clock_that_never_was_set_keeps_nothing_from_being_imported(memory: Path) -> None:
    place = Place(memory, imported=False)
    assert place.imported(clock=clock_at(datetime(1970, 1, 1, tzinfo=UTC))).code == 0


def test_the_time_of_an_import_never_goes_back(memory: Path) -> None:
    place = Place(memory, imported=False)
    for wall in (soon(10), soon(-100)):
        assert place.imported(clock=clock_at(wall)).code == 0
    imported = Store(place.cache).imported
    assert imported is not None
    assert imported.at > soon(9)


def test_a_damaged_record_of_the_last_import_says_so_and_is_repaired_by_the_next(memory: Path) -> None:
    place = Place(memory)
    (place.cache / "current" / "imported.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RefusedError, match="the record of the import is damaged"):
        Store(place.cache)
    assert place.imported().code == 0
    assert Store(place.cache).imported is not None


def test_what_was_imported_in_time_opens_after_it_expired(memory: Path) -> None:
    """A job that was begun in time must be finished; whether one may be begun is said as a value."""
    place = Place(memory)
    store = Store(place.cache)
    assert [store.expiry(soon(days), 30).freshness for days in (1, 31, 61)] == list(Freshness)
    assert len(store.campaigns()) == 1


def test_an_empty_cache_has_no_expiry(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="nothing was imported into the firmware cache yet"):
        Store(tmp_path).expiry(START, 30)
