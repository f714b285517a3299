"""`kl30 report`: reports of this appliance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from appliance.cli.shared import ConfigOption, DataOption, config_of, finish

report_app = typer.Typer(no_args_is_help=True, help="Reports of this appliance.")


@report_app.command("list")
def report_list(data: DataOption = None, config: ConfigOption = None) -> None:
    """Every run, newest first."""
    from appliance.commands.reports import list_reports  # noqa: PLC0415

    finish(lambda: list_reports(config_of(config, data)))


@report_app.command("show")
def report_show(run: str, data: DataOption = None, config: ConfigOption = None) -> None:
    """One report, as JSON."""
    from appliance.commands.reports import show_report  # noqa: PLC0415

    finish(lambda: show_report(config_of(config, data), run))


@report_app.command("verify")
def report_verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A report, as JSON or as its page to print.")],
    trust: Annotated[
        list[str] | None, typer.Option("--trust", metavar="FINGERPRINT", help="A device that is trusted; repeatable.")
    ] = None,
    trusted: Annotated[
        Path | None, typer.Option("--trusted", help="A file of trusted devices: a fingerprint and a name on each line.")
    ] = None,
) -> None:
    """Is this report what an appliance signed? Exit: 0 genuine, 1 altered, 3 unknown device."""
    from appliance.commands.report_verify import verify_report  # noqa: PLC0415

    finish(lambda: verify_report(file, trust or (), trusted))


@report_app.command("export")
def report_export(
    *,
    run: str,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the bundle.")] = Path(),
    redact: Annotated[bool, typer.Option("--redact", help="Take the last seven characters of the VIN out.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """One run as a file for somebody who can help: report, journal, recordings, self-test."""
    from appliance.commands.report_export import export_report  # noqa: PLC0415

    finish(lambda: export_report(config_of(config, data), run, out, redact=redact))
