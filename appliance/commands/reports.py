"""`kl30 report`: list the runs of this appliance, show one."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Column, Table

from appliance.clock import RealClock
from appliance.commands.identify import print_json
from appliance.config import Config
from appliance.engine.journal import Journal
from appliance.engine.journal_file import NAME, notices
from appliance.errors import EXIT_OK, UsageError


def list_reports(config: Config) -> int:
    """Every run, newest first."""
    journal = _journal(config)
    try:
        run = Column("run", no_wrap=True)  # whole, however narrow the terminal: `report show` asks for it
        table = Table(run, *(Column(name, overflow="fold") for name in ("begun", "VIN", "campaign", "verdict")))
        for one in journal.runs():
            unfinished = "unfinished" if one.plan else "not begun"
            table.add_row(one.id, one.begun, one.vin or "-", one.campaign, one.verdict or unfinished)
        console = Console(markup=False, emoji=False)
        console.print(table)
        for words in notices(config.data):
            console.print(words)
    finally:
        journal.close()
    return EXIT_OK


def show_report(config: Config, identifier: str) -> int:
    """One run's report as JSON."""
    journal = _journal(config)
    try:
        report = journal.report_of(identifier)
    finally:
        journal.close()
    if not report:
        raise UsageError(f"there is no report {identifier!r}", do="kl30 report list names them")
    print_json(json.loads(report))
    return EXIT_OK


def _journal(config: Config) -> Journal:
    path = config.data / NAME
    if not path.exists():
        raise UsageError("there is no journal yet", where=str(path), do="give the data folder with --data")
    return Journal(path, RealClock())
