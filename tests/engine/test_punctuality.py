"""What was said of the time left, beside how long it took."""

from __future__ import annotations

from appliance.engine.journal_rows import Logged
from appliance.engine.punctuality import Punctuality, punctuality
from appliance.events import Estimated, Event, HeldBegan, HeldEnded, Noted, Started

END = Noted("done")


def run(*told: tuple[float, Event]) -> Punctuality | None:
    return punctuality([Logged(number, at_s, "boot", "", event) for number, (at_s, event) in enumerate(told)])


def left(seconds: float) -> Estimated:
    return Estimated(seconds, seconds / 2, seconds * 2)


HELD = HeldBegan("erase", "the supply is low", 12.9, 13.0, 0.1)


def test_nothing_said_is_nothing_judged() -> None:
    assert run((0.0, Started("1")), (9.0, END)) is None


def test_a_job_that_took_what_was_said_is_not_off() -> None:
    found = run((0.0, left(100)), (50.0, left(50)), (100.0, END))
    assert found == Punctuality(100, 100.0, 0.0, 0.0)


def test_an_estimate_that_said_too_much_is_off_by_its_share_of_the_job() -> None:
    found = run((0.0, left(100)), (50.0, left(60)), (100.0, END))
    assert found is not None
    assert found.worst_off_percent == 10.0


def test_what_is_said_in_the_first_fifth_is_not_judged() -> None:
    found = run((0.0, left(300)), (10.0, left(300)), (20.0, left(80)), (100.0, END))
    assert found is not None
    assert found.worst_off_percent == 0.0


def test_holds_are_nobodys_mistake() -> None:
    found = run((0.0, left(100)), (30.0, HELD), (630.0, HeldEnded(600.0)), (650.0, left(50)), (700.0, END))
    assert found == Punctuality(100, 100.0, 600.0, 0.0)


def test_an_estimate_within_a_hold_is_not_blamed_for_the_rest_of_it() -> None:
    found = run((0.0, left(100)), (50.0, HELD), (60.0, left(50)), (150.0, HeldEnded(100.0)), (200.0, END))
    assert found is not None
    assert found.worst_off_percent == 0.0


def test_only_the_last_life_is_judged() -> None:
    found = run((0.0, left(500)), (5.0, Started("1")), (10.0, left(40)), (50.0, END))
    assert found is not None
    assert found.said_s == 40


def test_the_words_name_all_of_it() -> None:
    words = Punctuality(466, 450.0, 30.0, -3.9).words
    assert words == (
        "7 min 46 s was estimated at the start, and it took 7 min 30 s, and 30 s of holds; "
        "from 20% on no estimate was off by more than 4 %"
    )
