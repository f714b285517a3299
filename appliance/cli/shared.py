"""What the commands share: options in the same words everywhere, and exit codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.outcome import outcome
from appliance.config import Config
from appliance.errors import EXIT_FAILED, EXIT_OK, EXIT_REFUSED, EXIT_RESUMABLE

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
CampaignOption = Annotated[str, typer.Option("--campaign", metavar="ID", help="Which one, where there are several.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def settings_of(path: Path | None) -> Config:
    """The settings in a file; None: the defaults."""
    from appliance.wiring import settings  # noqa: PLC0415 – brings every adapter along

    return settings(path)


def config_of(path: Path | None, data: Path | None) -> Config:
    """The same, with another data folder where one is given."""
    from dataclasses import replace  # noqa: PLC0415

    config = settings_of(path)
    return replace(config, data=data) if data else config


def finish(work: Callable[[], int]) -> None:
    """Turn what a command did into an exit code; an error into one line."""
    raise typer.Exit(outcome(work))
