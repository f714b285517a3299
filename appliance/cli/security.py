"""`kl30 security`: what opens control units."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from appliance.cli.shared import finish

security_app = typer.Typer(no_args_is_help=True, help="What opens control units: docs/security-access.md.")


@security_app.command("relay")
def security_relay(
    url: Annotated[str, typer.Option(help="Where keys come from: https://…")],
    socket: Annotated[Path, typer.Option(help="UNIX socket to listen on, as in security.socket.")],
) -> None:
    """Hand the flasher's questions on to a server: a service of its own, because the flasher has no network."""
    from appliance.commands.security import relay  # noqa: PLC0415

    finish(lambda: relay(url, socket))
