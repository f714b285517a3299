"""The command line: words in, exit codes out. What a command does is in `commands`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from appliance import __version__
from appliance.config import Config
from appliance.errors import EXIT_FAILED, EXIT_OK, EXIT_REFUSED, EXIT_RESUMABLE, Kl30Error

if TYPE_CHECKING:
    from appliance.engine.report import Report

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
report_app = typer.Typer(no_args_is_help=True, help="Reports of this appliance.")
app.add_typer(report_app, name="report")

EXIT_OF = {
    "programmed": EXIT_OK,
    "already-at-target": EXIT_OK,
    "failed": EXIT_FAILED,
    "not-affected": EXIT_REFUSED,
    "cannot-decide": EXIT_REFUSED,
    "refused": EXIT_REFUSED,
    "interrupted": EXIT_RESUMABLE,
}
PROVIDERS = "kl30.security"  # entry point group of SecurityAccess providers

ConfigOption = Annotated[Path | None, typer.Option("--config", help="Settings, a TOML file.")]
DataOption = Annotated[Path | None, typer.Option("--data", help="Data folder.")]
CarOption = Annotated[Path | None, typer.Option("--car", help="A candump -L log that stands in for the car.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback(invoke_without_command=True)
def _main(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Programs BMW/MINI control units from a service bulletin, under a guarded supply."""
    if version:
        typer.echo(f"kl30 {__version__}")
        raise typer.Exit


@app.command()
def bench(
    *,
    scenario: Annotated[str, typer.Option(help="What happens; 'list' names them.")] = "steady",
    auto: Annotated[bool, typer.Option("--auto", help="Press START and leave with the verdict.")] = False,
    fast: Annotated[bool, typer.Option("--fast", help="Virtual time, without wire and page.")] = False,
    as_json: JsonOption = False,
    page: Annotated[bool, typer.Option("--page/--no-page", help="Serve the status page.")] = True,
    port: Annotated[int | None, typer.Option(help="Port of the status page; 0: any free one.")] = None,
    recover: Annotated[str, typer.Option(metavar="ADDR", help="Recover this control unit instead of START.")] = "",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Run the appliance over a simulated car."""
    _finish(
        lambda: _bench(
            scenario,
            auto=auto,
            fast=fast,
            as_json=as_json,
            page=page,
            port=port,
            recover=recover,
            data=data,
            config=config,
        )
    )


def _bench(
    scenario: str,
    *,
    auto: bool,
    fast: bool,
    as_json: bool,
    page: bool,
    port: int | None,
    recover: str,
    data: Path | None,
    config: Path | None,
) -> int:
    from dataclasses import replace  # noqa: PLC0415

    from appliance.bench.scenarios import SCENARIOS, scenario_named  # noqa: PLC0415
    from appliance.commands.bench import BenchOptions, bench_config, run_bench  # noqa: PLC0415
    from appliance.commands.recover import unit_address  # noqa: PLC0415

    if scenario == "list":
        for one in SCENARIOS.values():
            typer.echo(f"{one.name:20} {one.title}")
        return EXIT_OK
    chosen = bench_config(_settings(config), data or Path("bench-data"))
    if port is not None:
        chosen = replace(chosen, page=replace(chosen.page, port=port))
    address = unit_address(recover) if recover else None
    report = run_bench(
        BenchOptions(
            scenario_named(scenario),
            chosen,
            auto=auto,
            fast=fast,
            page=page and not fast,
            quiet=as_json,
            recover=address,
        )
    )
    return _told(report, chosen.data, as_json=as_json)


def _told(report: Report | None, data: Path, *, as_json: bool) -> int:
    """Print how a run ended; its exit code."""
    from appliance.commands.identify import print_json  # noqa: PLC0415
    from appliance.values import to_plain  # noqa: PLC0415

    if report is None:
        return EXIT_OK
    if as_json:
        print_json(to_plain(report))
    else:
        labour = report.claim.labour_operation if report.claim else ""
        fru = f" ({report.claim.fru} FRU)" if report.claim and labour else ""
        typer.echo(f"verdict: {report.verdict}: {report.reason}")
        typer.echo(f"labour operation: {labour or 'none'}{fru}")
        typer.echo(f"report: {data / 'reports' / report.run}.json, claim sheet beside it (.html)")
    return EXIT_OF[report.verdict]


@app.command()
def run(config: ConfigOption = None) -> None:
    """The flasher service: buttons, LEDs, CAN."""
    from appliance.commands.service import run_flasher  # noqa: PLC0415

    providers = {point.name: point.load() for point in entry_points(group=PROVIDERS)}
    _finish(lambda: run_flasher(_settings(config), providers))


@app.command()
def recover(
    ecu: Annotated[str, typer.Option(metavar="ADDR", help="The control unit, as 0x40 or 40.")],
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Program one control unit again that a failed flash has left in its bootloader."""
    from appliance.commands.recover import recover_unit, unit_address  # noqa: PLC0415

    def do() -> int:
        providers = {point.name: point.load() for point in entry_points(group=PROVIDERS)}
        chosen = _config(config, data)
        return _told(recover_unit(chosen, providers, unit_address(ecu), quiet=as_json), chosen.data, as_json=as_json)

    _finish(do)


@app.command()
def page(config: ConfigOption = None, data: DataOption = None) -> None:
    """The status page service."""
    from appliance.commands.service import run_page  # noqa: PLC0415

    _finish(lambda: run_page(_config(config, data)))


@app.command()
def identify(config: ConfigOption = None, car: CarOption = None, as_json: JsonOption = False) -> None:
    """Who is this car? Reads only."""
    from appliance.commands.identify import identify as do  # noqa: PLC0415

    _finish(lambda: do(_settings(config), car, as_json=as_json))


@app.command()
def plan(config: ConfigOption = None, car: CarOption = None, as_json: JsonOption = False) -> None:
    """What would be done to this car, and why? Reads only."""
    from appliance.commands.identify import plan as do  # noqa: PLC0415

    _finish(lambda: do(_settings(config), car, as_json=as_json))


@app.command()
def decode(hex_bytes: Annotated[list[str], typer.Argument(metavar="HEX...", help="Request or response.")]) -> None:
    """Explain a UDS request or response."""
    from appliance.commands.decode import decode as do  # noqa: PLC0415

    _finish(lambda: do(hex_bytes))


@app.command()
def selftest(
    config: ConfigOption = None,
    data: DataOption = None,
    calibrate: Annotated[
        float | None, typer.Option(metavar="VOLTS", help="What a multimeter at the plug says now; is kept.")
    ] = None,
) -> None:
    """Is this board fit for work?"""
    from appliance.commands.selftest import calibrate_monitor  # noqa: PLC0415
    from appliance.commands.selftest import selftest as do  # noqa: PLC0415

    if calibrate is not None:
        meter_v = calibrate
        _finish(lambda: calibrate_monitor(_config(config, data), meter_v))
    _finish(lambda: do(_config(config, data)))


@report_app.command("list")
def report_list(data: DataOption = None, config: ConfigOption = None) -> None:
    """Every run, newest first."""
    from appliance.commands.reports import list_reports  # noqa: PLC0415

    _finish(lambda: list_reports(_config(config, data)))


@report_app.command("show")
def report_show(run: str, data: DataOption = None, config: ConfigOption = None) -> None:
    """One report, as JSON."""
    from appliance.commands.reports import show_report  # noqa: PLC0415

    _finish(lambda: show_report(_config(config, data), run))


def _settings(path: Path | None) -> Config:
    from appliance.wiring import settings  # noqa: PLC0415 – brings every adapter along

    return settings(path)


def _config(path: Path | None, data: Path | None) -> Config:
    from dataclasses import replace  # noqa: PLC0415

    config = _settings(path)
    return replace(config, data=data) if data else config


def _finish(work: Callable[[], int]) -> None:
    """Turn what a command did into an exit code; an error into one line."""
    try:
        code = work()
    except Kl30Error as error:
        sys.stderr.write(f"kl30: {error}\n")
        code = error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("kl30: interrupted; the same command goes on where it stopped\n")
        code = EXIT_RESUMABLE
    except BrokenPipeError:
        # The reader of our output left; Python would complain again while closing it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EXIT_FAILED
    raise typer.Exit(code)
