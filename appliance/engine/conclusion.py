"""The end of a run: its report is made, signed, kept and told, in this order.

The files are durable before the journal says that the run has ended: a cut in between makes the next life end it again.
"""

from __future__ import annotations

from pathlib import Path

from appliance.campaign.verdict import Verdict
from appliance.clock import Clock
from appliance.engine.device_key import DeviceKey
from appliance.engine.files import replace_file
from appliance.engine.journal import Journal, Run
from appliance.engine.narrator import Narrator
from appliance.engine.printed import printed
from appliance.engine.report import Ending, Report
from appliance.engine.report_of_run import build_report
from appliance.events import Noted, Phase, PhaseEntered, RunEnded

_PHASE = {
    Verdict.PROGRAMMED: Phase.DONE,
    Verdict.ALREADY_AT_TARGET: Phase.DONE,
    Verdict.NOT_AFFECTED: Phase.REFUSED,
    Verdict.CANNOT_DECIDE: Phase.REFUSED,
    Verdict.REFUSED: Phase.REFUSED,
    Verdict.FAILED: Phase.FAILED,
    Verdict.INTERRUPTED: Phase.FAILED,
}
_DO = {
    Verdict.PROGRAMMED: "Print the claim sheet, disconnect the charger and unplug.",
    Verdict.ALREADY_AT_TARGET: "Print the claim sheet and unplug.",
    Verdict.NOT_AFFECTED: "Unplug. Nothing was written.",
    Verdict.CANNOT_DECIDE: "Supply what is asked for, then press START. Nothing was written.",
    Verdict.REFUSED: "Put the reason right, then press START. Nothing was written.",
    Verdict.FAILED: "Read the report. Leave the charger on, do not replace the control unit, press START to try again.",
    Verdict.INTERRUPTED: "Press START to go on.",
}


class Conclusion:
    """Ends runs.

    Args:
        reports: Folder for final reports (JSON) and claim sheets (HTML).
        key: What they are signed with.
    """

    def __init__(self, clock: Clock, journal: Journal, narrator: Narrator, reports: Path, key: DeviceKey) -> None:
        self._clock = clock
        self._journal = journal
        self._narrator = narrator
        self._reports = reports
        self._key = key

    def of(self, run: Run, ending: Ending) -> Report:
        """Bring a run to its verdict.

        Raises:
            JournalError, BoardError: report or verdict cannot be kept; the run is unfinished then.
        """
        self._journal.flush()
        files = printed(build_report(self._journal, run, ending, wall_text(self._clock)), self._key)
        report = files.report
        self._reports.mkdir(parents=True, exist_ok=True)
        replace_file(self._reports / f"{run.id}.json", files.json, durable=True)
        replace_file(self._reports / f"{run.id}.html", files.page, durable=True)
        self._journal.end(run.id, ending.verdict.value, files.json)
        self._journal.worked_life()
        self._tell(run, ending, report)
        self._journal.flush()
        return report

    def _tell(self, run: Run, ending: Ending, report: Report) -> None:
        for unit in report.units:
            if unit.what_to_do:
                self._narrator.tell(Noted(f"{unit.name} {unit.address}: {unit.what_to_do}", attention=True))
        self.tell_lost()  # the first check took it off the page
        labour = report.claim.labour_operation if report.claim else ""
        self._narrator.tell(RunEnded(ending.verdict.value, ending.reason, labour, run.id))
        self._narrator.tell(PhaseEntered(_PHASE[ending.verdict], "The run has ended.", "", _DO[ending.verdict]))

    def tell_lost(self) -> None:
        """What earlier journals and keys took with them: nobody but a person can make up for it."""
        for words in (*self._journal.lost, *self._key.notices()):
            self._narrator.tell(Noted(words, attention=True))


def wall_text(clock: Clock) -> str:
    """The wall clock's time for people, to the second."""
    return clock.wall().isoformat(timespec="seconds")
