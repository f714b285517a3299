"""The link to the car has a card of its own as soon as something is known of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flask.testing import FlaskClient

from appliance.events import LinkJudged, LinkSeen, Phase, PhaseEntered
from appliance.status import LinkNow, apply
from tests.page.states import checking, write_status

GOOD = LinkNow(fit=True, words="9 answers, 95 of 100 within 20 ms, none lost, bus undisturbed.")
BAD = LinkNow(fit=False, words="Another tester was heard on the bus (3 frames).")


def card(client: FlaskClient) -> str:
    return client.get("/").text.partition('<section id="link"')[2].partition("</section>")[0]


def test_what_it_is_like_is_shown(client: FlaskClient, data: Path) -> None:
    write_status(data, replace(checking(), link=GOOD))
    assert GOOD.words in card(client)
    assert "mark-good" in card(client)


def test_a_bad_one_looks_bad(client: FlaskClient, data: Path) -> None:
    write_status(data, replace(checking(), link=BAD))
    assert "mark-bad" in card(client)


def test_without_a_word_of_it_there_is_no_card(client: FlaskClient, data: Path) -> None:
    write_status(data, replace(checking(), link=LinkNow()))
    assert card(client) == ""


def test_a_judgement_becomes_the_status() -> None:
    judged = apply(checking(), 1.0, LinkJudged(False, "another tester was heard", 9, 0.02, 0))
    assert judged.link == LinkNow(False, "Another tester was heard.")


def test_trouble_becomes_the_status_and_the_next_check_forgets_it() -> None:
    seen = apply(checking(), 1.0, LinkSeen("error-active", "1 frame is disturbed", False, (("disturbed", 1),)))
    assert seen.link == LinkNow(False, "1 frame is disturbed.")
    ended = apply(seen, 2.0, PhaseEntered(Phase.DONE, "done"))
    assert apply(ended, 3.0, PhaseEntered(Phase.CHECKING, "anew")).link == LinkNow()
