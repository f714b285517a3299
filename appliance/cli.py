"""The command line: words in, exit codes out. What a command does is in `commands`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
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
cache_app = typer.Typer(no_args_is_help=True, help="The firmware cache: whom it believes, and what it holds.")
app.add_typer(cache_app, name="cache")
publish_app = typer.Typer(no_args_is_help=True, help="The workshop's side: campaigns, keys and the signed repository.")
app.add_typer(publish_app, name="publish")
security_app = typer.Typer(no_args_is_help=True, help="What opens control units: docs/security-access.md.")
app.add_typer(security_app, name="security")

EXIT_OF = {
    "programmed": EXIT_OK,
    "already-at-target": EXIT_OK,
    "failed": EXIT_FAILED,
    "not-affected": EXIT_REFUSED,
    "cannot-decide": EXIT_REFUSED,
    "refused": EXIT_REFUSED,
    "interrupted": EXIT_RESUMABLE,
}

ConfigOption = Annotated[Path | None, typer.Option("--config", help="Settings, a TOML file.")]
DataOption = Annotated[Path | None, typer.Option("--data", help="Data folder.")]
CarOption = Annotated[Path | None, typer.Option("--car", help="A candump -L log that stands in for the car.")]
KeysOption = Annotated[list[Path], typer.Option("--keys", help="A folder of keys; may be given several times.")]
RepositoryArgument = Annotated[Path, typer.Argument(metavar="REPOSITORY", help="The repository's folder.")]
CampaignArgument = Annotated[Path, typer.Argument(metavar="CAMPAIGN.toml", help="The campaign file.")]
ImagesOption = Annotated[Path, typer.Option("--images", help="Folder of the images.")]
AuthorOption = Annotated[str, typer.Option("--author", help="Whose; may be left out where there is one author.")]
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
    from appliance.wiring import security_providers  # noqa: PLC0415

    def do() -> int:
        chosen = _settings(config)
        return run_flasher(chosen, security_providers(chosen))

    _finish(do)


@app.command()
def recover(
    ecu: Annotated[str, typer.Option(metavar="ADDR", help="The control unit, as 0x40 or 40.")],
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Program one control unit again that a failed flash has left in its bootloader."""
    from appliance.commands.recover import recover_unit, unit_address  # noqa: PLC0415
    from appliance.wiring import security_providers  # noqa: PLC0415

    def do() -> int:
        chosen = _config(config, data)
        providers = security_providers(chosen)
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


@security_app.command("relay")
def security_relay(
    url: Annotated[str, typer.Option(help="Where keys come from: https://…")],
    socket: Annotated[Path, typer.Option(help="UNIX socket to listen on, as in security.socket.")],
) -> None:
    """Hand the flasher's questions on to a server: a service of its own, because the flasher has no network."""
    from appliance.commands.security import relay  # noqa: PLC0415

    _finish(lambda: relay(url, socket))


@cache_app.command("trust")
def cache_trust(
    root: Annotated[Path, typer.Argument(metavar="ROOT.json", help="The root your publisher gave you.")],
    replace: Annotated[str, typer.Option(metavar="FINGERPRINT", help="Of the pinned root that may be replaced.")] = "",
    config: ConfigOption = None,
) -> None:
    """Decide whom this appliance believes."""
    from appliance.commands.cache import trust  # noqa: PLC0415

    _finish(lambda: trust(_settings(config), root, replace))


@cache_app.command("import")
def cache_import(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A folder, or an address: https://…")],
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Import a repository, whole or not at all."""
    from appliance.commands.cache import import_from  # noqa: PLC0415

    _finish(lambda: import_from(_config(config, data), source))


@cache_app.command("watch")
def cache_watch(
    mounts: Annotated[Path, typer.Option(help="Where sticks are mounted.")] = Path("/media"),
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Import from every stick that is plugged in, while nobody programs; a service of its own."""
    from appliance.commands.cache_watch import watch  # noqa: PLC0415

    _finish(lambda: watch(_config(config, data), mounts, typer.echo))


@cache_app.command("list")
def cache_list(config: ConfigOption = None) -> None:
    """Every campaign: whose, whence, and for how long."""
    from appliance.commands.cache import list_cache  # noqa: PLC0415

    _finish(lambda: list_cache(_settings(config)))


@cache_app.command("verify")
def cache_verify(config: ConfigOption = None) -> None:
    """Verify every signature and every image again."""
    from appliance.commands.cache import verify  # noqa: PLC0415

    _finish(lambda: verify(_settings(config)))


@publish_app.command("keys")
def publish_keys(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the keys go.")],
    root_keys: Annotated[int, typer.Option(help="How many root keys; 0: keys of authors only.")] = 3,
    author: Annotated[list[str] | None, typer.Option(help="An author to make a key for; several times.")] = None,
    passphrase: Annotated[bool, typer.Option("--passphrase", help="Ask for one, or KL30_KEY_PASSPHRASE.")] = False,
) -> None:
    """Make the keys of a repository."""
    from appliance.commands.publish import make_keys  # noqa: PLC0415

    _finish(lambda: make_keys(folder, root_keys, author or [], passphrase=passphrase))


@publish_app.command("init")
def publish_init(
    repository: RepositoryArgument,
    keys: KeysOption,
    threshold: Annotated[int, typer.Option(help="Root keys that have to agree; 0: more than half.")] = 0,
) -> None:
    """Make an empty repository and print its fingerprint."""
    from appliance.commands.publish import init  # noqa: PLC0415

    _finish(lambda: init(repository, keys, threshold))


@publish_app.command("author")
def publish_author(
    repository: RepositoryArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits, hyphens.")],
    keys: KeysOption,
    key: Annotated[Path | None, typer.Option(help="The author's key, either half; else author-NAME.pem.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="The author signs nothing any more.")] = False,
) -> None:
    """Let somebody sign campaigns, or nothing any more."""
    from appliance.commands.publish import add_author, remove_author  # noqa: PLC0415

    _finish(lambda: remove_author(repository, name, keys) if remove else add_author(repository, name, key, keys))


@publish_app.command("new")
def publish_new(
    bulletin: Annotated[str, typer.Argument(metavar="BULLETIN", help="Its number, as in 'SI M12 05 17'.")] = "",
    kind: Annotated[str, typer.Option(help="As in a campaign's 'kind'.")] = "service-action",
    example: Annotated[bool, typer.Option("--example", help="The bench's campaign, filled in.")] = False,
) -> None:
    """Write a campaign file with every key explained."""
    from appliance.commands.publish_new import new_campaign  # noqa: PLC0415

    _finish(lambda: new_campaign(bulletin, kind, Path(), example=example))


@publish_app.command("check")
def publish_check(
    campaign: CampaignArgument,
    images: ImagesOption = Path("images"),
    synthetic: Annotated[bool, typer.Option("--synthetic", help="Make images that are missing.")] = False,
) -> None:
    """Is this campaign right, what does it mean, and does it work on a simulated car?"""
    from appliance.commands.publish_check import check_campaign  # noqa: PLC0415

    _finish(lambda: check_campaign(campaign, images, synthetic=synthetic))


@publish_app.command("add")
def publish_add(
    repository: RepositoryArgument,
    campaign: CampaignArgument,
    keys: KeysOption,
    images: ImagesOption = Path("images"),
    author: AuthorOption = "",
) -> None:
    """Sign a campaign and its images, and publish them."""
    from appliance.commands.publish import add_campaign  # noqa: PLC0415

    _finish(lambda: add_campaign(repository, campaign, images, author, keys))


@publish_app.command("remove")
def publish_remove(
    repository: RepositoryArgument,
    campaign: Annotated[str, typer.Argument(metavar="ID", help="The campaign's id.")],
    keys: KeysOption,
    author: AuthorOption = "",
) -> None:
    """Withdraw a campaign."""
    from appliance.commands.publish import remove_campaign  # noqa: PLC0415

    _finish(lambda: remove_campaign(repository, campaign, author, keys))


@publish_app.command("sign")
def publish_sign(repository: RepositoryArgument, keys: KeysOption) -> None:
    """Publish what authors have signed elsewhere."""
    from appliance.commands.publish import sign  # noqa: PLC0415

    _finish(lambda: sign(repository, keys))


@publish_app.command("refresh")
def publish_refresh(repository: RepositoryArgument, keys: KeysOption) -> None:
    """Sign everything again before it expires."""
    from appliance.commands.publish import refresh  # noqa: PLC0415

    _finish(lambda: refresh(repository, keys))


@publish_app.command("root")
def publish_root(
    repository: RepositoryArgument,
    keys: KeysOption,
    new_keys: Annotated[Path | None, typer.Option(help="Folder of the keys that replace the present ones.")] = None,
    threshold: Annotated[int, typer.Option(help="New root keys that have to agree; 0: more than half.")] = 0,
) -> None:
    """Renew the root for a year, or change all keys; needs root keys from the safe."""
    from appliance.commands.publish import new_root  # noqa: PLC0415

    _finish(lambda: new_root(repository, keys, new_keys, threshold))


@publish_app.command("unpack")
def publish_unpack(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="A container, or the files of one.")],
    into: Annotated[Path, typer.Option(help="Where the images go.")] = Path("images"),
    fill: Annotated[str, typer.Option(metavar="BYTE", help="What fills gaps, as 0xFF; else they split.")] = "",
) -> None:
    """Take the images out of Intel HEX, S-record, ODX-F, PDX or PSdZ files."""
    from appliance.commands.publish_unpack import unpack_container  # noqa: PLC0415

    _finish(lambda: unpack_container(files, into, fill))


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

    _finish(lambda: verify_report(file, trust or (), trusted))


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

    _finish(lambda: export_report(_config(config, data), run, out, redact=redact))


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
