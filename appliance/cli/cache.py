"""`kl30 cache`: whom the firmware cache believes, and what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from appliance.cli.shared import ConfigOption, DataOption, config_of, finish, settings_of

cache_app = typer.Typer(no_args_is_help=True, help="The firmware cache: whom it believes, and what it holds.")


@cache_app.command("trust")
def cache_trust(
    root: Annotated[Path, typer.Argument(metavar="ROOT.json", help="The root your publisher gave you.")],
    replace: Annotated[str, typer.Option(metavar="FINGERPRINT", help="Of the pinned root that may be replaced.")] = "",
    config: ConfigOption = None,
) -> None:
    """Decide whom this appliance believes."""
    from appliance.commands.cache import trust  # noqa: PLC0415

    finish(lambda: trust(settings_of(config), root, replace))


@cache_app.command("import")
def cache_import(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A folder, or an address: https://…")],
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Import a repository, whole or not at all."""
    from appliance.commands.cache import import_from  # noqa: PLC0415

    finish(lambda: import_from(config_of(config, data), source))


@cache_app.command("watch")
def cache_watch(
    mounts: Annotated[Path, typer.Option(help="Where sticks are mounted.")] = Path("/media"),
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Import from every stick that is plugged in, while nobody programs; a service of its own."""
    from appliance.commands.cache_watch import watch  # noqa: PLC0415

    finish(lambda: watch(config_of(config, data), mounts, typer.echo))


@cache_app.command("list")
def cache_list(config: ConfigOption = None) -> None:
    """Every campaign: whose, whence, and for how long."""
    from appliance.commands.cache import list_cache  # noqa: PLC0415

    finish(lambda: list_cache(settings_of(config)))


@cache_app.command("verify")
def cache_verify(config: ConfigOption = None) -> None:
    """Verify every signature and every image again."""
    from appliance.commands.cache import verify  # noqa: PLC0415

    finish(lambda: verify(settings_of(config)))
