"""From START to a run where the firmware cache holds several campaigns: look, judge all of them, choose, carry out.

    observe → judge each → contradictions? → a stuck control unit goes first → one open: it; several: ask → run

Asked for is a press of the button and nothing else: START, briefly, shows the next campaign; START, held and let go
between 3 and 5 seconds, begins with the one that is shown (`board.presses`).  While nobody presses, nothing begins, and
after a while nothing is asked any more.  Where nobody can press (a command, a bench that presses by itself), the
default is taken (`campaign.together`, rule 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from appliance.campaign.selection import Judged, judge_offers
from appliance.campaign.together import Beside, Choice, choices, chosen
from appliance.campaign.verdict import Verdict
from appliance.car.vehicle import Vehicle
from appliance.engine.campaign_run import CampaignRun
from appliance.engine.campaigns_view import campaign_seen
from appliance.engine.chosen_run import ChosenRun
from appliance.engine.journal import Run
from appliance.engine.ports import Command
from appliance.engine.recovery_run import RecoveryRun, to_recover
from appliance.engine.report import Ending
from appliance.engine.workshop import Workshop
from appliance.errors import RefusedError
from appliance.events import Asked, CampaignsJudged, Commanded, Phase, PhaseEntered

PATIENCE_S = 300.0  # since the last press; whoever reads the page has had time for it by then. Ours.
ASKS = "Choose: press START briefly for the next campaign; hold START for 4 s and let go to begin."
WHY = "Several campaigns are open for this car. The one that is chosen is the one that programming is invoiced under."


class Choosing:
    """One START.

    Args:
        wanted: Id of the campaign to be carried out; empty: the choice is free.
        asks: Somebody stands at the buttons.

    Attributes:
        nobody: Why nothing was chosen, a sentence without a full stop; empty: something was, or nothing was asked.
    """

    def __init__(self, workshop: Workshop, run: Run, wanted: str = "", *, asks: bool = False) -> None:
        self._shop = workshop
        self._run = run
        self._wanted = wanted
        self._asks = asks
        self._tell = workshop.narrator.tell
        self.nobody = ""

    def first(self) -> Ending:
        """From START.

        Raises:
            RefusedError: supply, trust or a control unit speaks against it; nothing was written.
            UsageError: there is no such campaign.
            JournalError, LinkError: our own side failed.
        """
        vehicle = CampaignRun(self._shop, self._run).look()
        trusted = self._shop.trusted
        judged = judge_offers(trusted.offers, vehicle, trusted.open_list)
        self._show(judged)
        begun = self._begun(vehicle)
        try:
            made = choices(judged, vehicle, begun)
        except RefusedError as refusal:
            others = tuple(Beside(one.campaign, one.standing, one.why) for one in judged[1:])
            return Ending(Verdict.REFUSED, str(refusal), judged[0].campaign, beside=others)
        choice = chosen(made, judged, self._wanted, begun) if self._wanted else made[0]
        shop = replace(self._shop, trusted=trusted.only(choice.offer))
        stuck = to_recover(shop.trusted, vehicle)
        if stuck is not None:
            return RecoveryRun(shop, self._run, stuck).first()
        if self._asks and len(made) > 1 and not self._wanted and not begun:
            found = self._asked(made, judged)
            if found is None:
                return Ending(Verdict.REFUSED, f"{self.nobody}; nothing was begun")
            choice = found
        self._show(judged, choice)
        return ChosenRun(self._shop, self._run, choice).of(vehicle)

    def _begun(self, vehicle: Vehicle) -> str:
        """The campaign whose run on this vehicle is to be gone on with, the newest; empty: there is none."""
        if vehicle.vin is None:
            return ""
        journal, vin = self._shop.journal, vehicle.vin.text
        ids = {offer.campaign.id for offer in self._shop.trusted.offers}
        found = {run.id for one in ids if (run := journal.touched_before(vin, one)) is not None}
        return next((run.campaign for run in journal.runs() if run.id in found), "")

    def _asked(self, made: Sequence[Choice], judged: Sequence[Judged]) -> Choice | None:
        """What somebody at the buttons chooses; None: nothing, and `nobody` says why."""
        at, until_s = 0, self._shop.clock.now_s() + PATIENCE_S
        self._offer(made, judged, at)
        try:
            while self._shop.clock.now_s() < until_s:
                pressed = self._shop.runner.idle()
                if {Command.CANCEL, Command.SHUTDOWN} & set(pressed):
                    self.nobody = "the choice of a campaign was cancelled"
                    return None
                if steps := sum(command is Command.START for command in pressed):
                    at, until_s = (at + steps) % len(made), self._shop.clock.now_s() + PATIENCE_S
                    self._offer(made, judged, at)
                if Command.CHOOSE in pressed:
                    self._tell(Commanded(Command.CHOOSE.value, f"begins with {made[at].campaign.id}"))
                    return made[at]
        finally:
            self._tell(Asked(""))
        self.nobody = f"nobody chose one of the open campaigns within {PATIENCE_S / 60:.0f} minutes"
        return None

    def _offer(self, made: Sequence[Choice], judged: Sequence[Judged], at: int) -> None:
        shown = made[at].campaign
        what = f"{at + 1} of {len(made)} open campaigns: {shown.title} ({shown.id})."
        self._tell(PhaseEntered(Phase.CHECKING, what, "START, held for 4 s and let go", ASKS))
        self._tell(Asked(ASKS, WHY))
        self._show(judged, made[at])

    def _show(self, judged: Sequence[Judged], choice: Choice | None = None) -> None:
        self._tell(CampaignsJudged(tuple(campaign_seen(one, choice) for one in judged)))
