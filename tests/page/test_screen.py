"""What the status page decides to show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.events import Estimated, Phase
from appliance.page.screen import screen
from appliance.page.status_file import Condition, Seen
from tests.page.states import DME, EGS, HOLD_LIMIT_S, STATES, creeping, done, failed, held, programming, ready


@pytest.mark.parametrize("condition", [Condition.MISSING, Condition.UNREADABLE, Condition.STALE])
@pytest.mark.parametrize("state", ["ready", "done"])
def test_an_appliance_that_does_not_report_is_never_safe_to_unplug(condition: Condition, state: str) -> None:
    status = STATES[state]() if condition is Condition.STALE else None
    assert screen(Seen(condition, status, 60.0)).headline.safe is False


@pytest.mark.parametrize("state", STATES)
def test_the_word_of_a_reporting_appliance_is_its_phase(state: str) -> None:
    assert screen(Seen(Condition.LIVE, STATES[state]())).headline.word == state.upper()


@pytest.mark.parametrize("state", STATES)
def test_safe_to_unplug_is_what_the_status_says(state: str) -> None:
    status = STATES[state]()
    assert screen(Seen(Condition.LIVE, status)).headline.safe is status.safe_to_unplug


def test_a_stale_status_says_the_last_word_and_its_age() -> None:
    headline = screen(Seen(Condition.STALE, programming(), 40.0)).headline
    assert headline.what == "The appliance has stopped answering. Its last word was PROGRAMMING, 40 s ago."


def test_a_status_from_the_future_gives_no_age() -> None:
    assert "the clock was set" in screen(Seen(Condition.STALE, ready(), -90.0)).headline.what


def test_progress_counts_all_control_units() -> None:
    progress = screen(Seen(Condition.LIVE, programming())).progress
    assert progress is not None
    assert (progress.done_percent, progress.left) == (34, Estimated(690.0, 600.0, 780.0))


def test_the_time_left_is_unknown_until_it_is_told() -> None:
    progress = screen(Seen(Condition.LIVE, replace(programming(), left=None))).progress
    assert progress is not None
    assert progress.left is None


@pytest.mark.parametrize("state", ["ready", "checking", "refused", "done", "failed"])
def test_there_is_no_progress_when_nothing_is_programmed(state: str) -> None:
    assert screen(Seen(Condition.LIVE, STATES[state]())).progress is None


def test_a_unit_with_nothing_to_do_is_only_in_the_plan() -> None:
    shown = screen(Seen(Condition.LIVE, programming())).at_work
    assert [unit.address for unit in shown] == [DME, EGS]


def test_a_hold_says_how_long_it_lasts() -> None:
    shown = screen(Seen(Condition.LIVE, held())).alarm
    assert shown is not None
    assert (shown.held_s, shown.gives_up_in_s) == (84.0, HOLD_LIMIT_S - 84.0)


def test_the_longer_a_hold_lasts_the_more_it_looks_like_an_alarm() -> None:
    tones = [screen(Seen(Condition.LIVE, held(for_s=for_s))).headline.look.tone for for_s in (10, 84, 1460)]
    assert tones == ["held", "warning", "urgent"]


def test_a_silent_appliance_promises_nothing_about_the_supply() -> None:
    assert screen(Seen(Condition.LIVE, creeping())).lasting is not None
    assert screen(Seen(Condition.STALE, creeping(), 40.0)).lasting is None


def test_an_ended_run_says_its_reason() -> None:
    headline = screen(Seen(Condition.LIVE, done())).headline
    assert headline.what == "Programmed. Two control units were behind and now name the target software."


def test_a_verdict_that_is_the_phase_is_not_said_twice() -> None:
    assert screen(Seen(Condition.LIVE, failed())).headline.what == "DME refused check memory three times (NRC 72)."


def test_an_incomplete_unit_is_named_beside_safe_to_unplug() -> None:
    assert "DME: not complete" in screen(Seen(Condition.LIVE, failed())).headline.safe_why


def test_the_tab_says_phase_and_percent() -> None:
    assert screen(Seen(Condition.LIVE, programming())).title == f"{Phase.PROGRAMMING.value} 34 % · KL30"
