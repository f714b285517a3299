"""The commands that work on a car, or on the bench's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from appliance import __version__
from appliance.cli.shared import (
    EXIT_OF,
    CampaignOption,
    CarOption,
    ConfigOption,
    DataOption,
    JsonOption,
    config_of,
    finish,
    settings_of,
)
from appliance.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from appliance.engine.report import Report

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


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
    program: Annotated[str, typer.Option(metavar="ADDR", help="Program it alone instead of START.")] = "",
    campaign: CampaignOption = "",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Run the appliance over a simulated car."""
    finish(
        lambda: _bench(
            scenario,
            auto=auto,
            fast=fast,
            as_json=as_json,
            page=page,
            port=port,
            recover=recover,
            program=program,
            campaign=campaign,
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
    program: str,
    campaign: str,
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
    chosen = bench_config(settings_of(config), data or Path("bench-data"))
    if port is not None:
        chosen = replace(chosen, page=replace(chosen.page, port=port))
    if recover and program:
        raise UsageError("recover and program both name a control unit", do="give one of the two")
    report = run_bench(
        BenchOptions(
            scenario_named(scenario),
            chosen,
            auto=auto,
            fast=fast,
            page=page and not fast,
            quiet=as_json,
            recover=unit_address(recover) if recover else None,
            program=unit_address(program) if program else None,
            campaign=campaign,
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
    from appliance.wiring import security_providers  # noqa: PLC0415

    def do() -> int:
        chosen = settings_of(config)
        return run_flasher(chosen, security_providers(chosen))

    finish(do)


@app.command()
def recover(
    ecu: Annotated[str, typer.Option(metavar="ADDR", help="The control unit, as 0x40 or 40.")],
    campaign: CampaignOption = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Program one control unit again that a failed flash has left in its bootloader."""
    from appliance.commands.recover import recover_unit, unit_address  # noqa: PLC0415
    from appliance.wiring import security_providers  # noqa: PLC0415

    def do() -> int:
        chosen = config_of(config, data)
        providers = security_providers(chosen)
        report = recover_unit(chosen, providers, unit_address(ecu), campaign, quiet=as_json)
        return _told(report, chosen.data, as_json=as_json)

    finish(do)


@app.command()
def program(
    ecu: Annotated[str, typer.Option(metavar="ADDR", help="The control unit, as 0x12 or 12.")],
    campaign: CampaignOption = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Program one control unit of the campaign alone; the integration level is not raised."""
    from appliance.commands.recover import program_unit, unit_address  # noqa: PLC0415
    from appliance.wiring import security_providers  # noqa: PLC0415

    def do() -> int:
        chosen = config_of(config, data)
        providers = security_providers(chosen)
        report = program_unit(chosen, providers, unit_address(ecu), campaign, quiet=as_json)
        return _told(report, chosen.data, as_json=as_json)

    finish(do)


@app.command()
def page(config: ConfigOption = None, data: DataOption = None) -> None:
    """The status page service."""
    from appliance.commands.service import run_page  # noqa: PLC0415

    finish(lambda: run_page(config_of(config, data)))


@app.command()
def identify(config: ConfigOption = None, car: CarOption = None, as_json: JsonOption = False) -> None:
    """Who is this car? Reads only."""
    from appliance.commands.identify import identify as do  # noqa: PLC0415

    finish(lambda: do(settings_of(config), car, as_json=as_json))


@app.command()
def plan(
    config: ConfigOption = None, car: CarOption = None, campaign: CampaignOption = "", as_json: JsonOption = False
) -> None:
    """What would be done to this car, and why? Reads only."""
    from appliance.commands.identify import plan as do  # noqa: PLC0415

    finish(lambda: do(settings_of(config), car, campaign, as_json=as_json))


@app.command()
def decode(hex_bytes: Annotated[list[str], typer.Argument(metavar="HEX...", help="Request or response.")]) -> None:
    """Explain a UDS request or response."""
    from appliance.commands.decode import decode as do  # noqa: PLC0415

    finish(lambda: do(hex_bytes))


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
        finish(lambda: calibrate_monitor(config_of(config, data), meter_v))
    finish(lambda: do(config_of(config, data)))
