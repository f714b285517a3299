"""The status as plain lines."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from appliance.commands.terminal import LineView
from appliance.events import Phase
from appliance.status import Status

CHECKING = Status(phase=Phase.CHECKING, what="The charger is being tested.")
ASKING = replace(CHECKING, asks="Switch the low beam on.")


def lines(*statuses: Status) -> list[str]:
    out = StringIO()
    view = LineView(out)
    for status in statuses:
        view(status)
    return out.getvalue().splitlines()


def test_what_is_asked_has_a_line_once() -> None:
    assert lines(ASKING, ASKING) == ["CHECKING: The charger is being tested.", "  asks: Switch the low beam on."]


def test_asked_again_it_is_printed_again() -> None:
    assert lines(ASKING, CHECKING, ASKING).count("  asks: Switch the low beam on.") == 2
