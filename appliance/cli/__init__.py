"""The command line: words in, exit codes out. What a command does is in `commands`."""

from __future__ import annotations

from appliance.cli.cache import cache_app
from appliance.cli.publish import publish_app
from appliance.cli.report import report_app
from appliance.cli.security import security_app
from appliance.cli.shared import EXIT_OF
from appliance.cli.work import app

app.add_typer(report_app, name="report")
app.add_typer(cache_app, name="cache")
app.add_typer(publish_app, name="publish")
app.add_typer(security_app, name="security")

__all__ = ["EXIT_OF", "app"]
