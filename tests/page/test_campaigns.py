"""Where the cache holds several campaigns, the page lists them, says which is chosen, and why the others are not."""

from __future__ import annotations

from pathlib import Path

from flask.testing import FlaskClient

from appliance.engine.choosing import ASKS, WHY
from appliance.events import Asked, CampaignSeen, CampaignsJudged, Phase, PhaseEntered
from appliance.page.report_view import view
from appliance.status import Status, apply
from tests.page.states import REPORT, RUN, checking, write_report, write_status

LIST = CampaignsJudged(
    (
        CampaignSeen("one", "The first", "open", "its level is below", chosen=True),
        CampaignSeen("two", "The second", "open", "the programming for one carries it out as well", fulfilled=True),
        CampaignSeen("three", "The third", "not-affected", "it is a F56"),
    )
)
OTHER = {
    "campaign": "two",
    "title": "The second",
    "closing": "closed",
    "defect_code": "0099",
    "labour_operation": "00 99 620",
    "sentences": ["Close it: programming already invoiced under 00 64 979."],
}


def choosing() -> Status:
    asked = apply(checking(), 1.0, Asked(ASKS, WHY))
    return apply(asked, 1.0, LIST)


def test_every_campaign_is_listed_with_what_it_is_to_the_car(client: FlaskClient, data: Path) -> None:
    write_status(data, choosing())
    text = client.get("/fragment").text
    assert "open, chosen" in text
    assert "open, done with the chosen one" in text
    assert "not affected" in text
    assert "it is a F56" in text


def test_how_to_choose_stands_large_above_the_list(client: FlaskClient, data: Path) -> None:
    write_status(data, choosing())
    assert f'<p class="large">{ASKS}</p>' in client.get("/").text


def test_with_one_campaign_there_is_no_list(client: FlaskClient, data: Path) -> None:
    write_status(data, checking())
    assert 'id="campaigns"' not in client.get("/").text


def test_the_next_car_begins_without_the_list_of_the_last_one() -> None:
    done = apply(choosing(), 2.0, PhaseEntered(Phase.DONE, "The run has ended."))
    assert apply(done, 3.0, PhaseEntered(Phase.CHECKING, "The car is being read.")).campaigns == ()


def test_the_report_says_what_became_of_the_other_campaigns(client: FlaskClient, data: Path) -> None:
    write_report(data, RUN, {**REPORT, "claim": {"others": [OTHER]}})
    text = client.get(f"/reports/{RUN}").text
    assert all(word in text for word in ("The second: closed", "00 99 620", "already invoiced under 00 64 979"))


def test_the_report_says_what_a_control_unit_that_failed_asks_for() -> None:
    shown = view(RUN, {"claim": {"remote_support": {"instructions": ["Do not replace it.", "Ask."]}}})
    assert shown.claim.remote_support == ("Do not replace it.", "Ask.")


def test_the_report_names_the_stages_of_the_job() -> None:
    stage = {"run": "r1", "verdict": "failed", "plan_sha256": "ab" * 32, "report_sha256": "cd" * 32}
    assert view(RUN, {"claim": {"stages": [stage]}}).claim.stages == (
        "run r1: failed, measures plan abababababababab…, report cdcdcdcdcdcdcdcd…",
    )
