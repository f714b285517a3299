"""`kl30 publish`: the workshop's side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from appliance.cli.shared import AuthorOption, CampaignArgument, ImagesOption, KeysOption, RepositoryArgument, finish

publish_app = typer.Typer(no_args_is_help=True, help="The workshop's side: campaigns, keys and the signed repository.")


@publish_app.command("keys")
def publish_keys(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the keys go.")],
    root_keys: Annotated[int, typer.Option(help="How many root keys; 0: keys of authors only.")] = 3,
    author: Annotated[list[str] | None, typer.Option(help="An author to make a key for; several times.")] = None,
    passphrase: Annotated[bool, typer.Option("--passphrase", help="Ask for one, or KL30_KEY_PASSPHRASE.")] = False,
) -> None:
    """Make the keys of a repository."""
    from appliance.commands.publish import make_keys  # noqa: PLC0415

    finish(lambda: make_keys(folder, root_keys, author or [], passphrase=passphrase))


@publish_app.command("init")
def publish_init(
    repository: RepositoryArgument,
    keys: KeysOption,
    threshold: Annotated[int, typer.Option(help="Root keys that have to agree; 0: more than half.")] = 0,
) -> None:
    """Make an empty repository and print its fingerprint."""
    from appliance.commands.publish import init  # noqa: PLC0415

    finish(lambda: init(repository, keys, threshold))


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

    finish(lambda: remove_author(repository, name, keys) if remove else add_author(repository, name, key, keys))


@publish_app.command("new")
def publish_new(
    bulletin: Annotated[str, typer.Argument(metavar="BULLETIN", help="Its number, as in 'SI M12 05 17'.")] = "",
    kind: Annotated[str, typer.Option(help="As in a campaign's 'kind'.")] = "service-action",
    example: Annotated[bool, typer.Option("--example", help="The bench's campaign, filled in.")] = False,
) -> None:
    """Write a campaign file with every key explained."""
    from appliance.commands.publish_new import new_campaign  # noqa: PLC0415

    finish(lambda: new_campaign(bulletin, kind, Path(), example=example))


@publish_app.command("check")
def publish_check(
    campaign: CampaignArgument,
    images: ImagesOption = Path("images"),
    synthetic: Annotated[bool, typer.Option("--synthetic", help="Make images that are missing.")] = False,
) -> None:
    """Is this campaign right, what does it mean, and does it work on a simulated car?"""
    from appliance.commands.publish_check import check_campaign  # noqa: PLC0415

    finish(lambda: check_campaign(campaign, images, synthetic=synthetic))


@publish_app.command("add")
def publish_add(
    repository: RepositoryArgument,
    files: Annotated[list[Path], typer.Argument(metavar="FILE.toml...", help="Campaigns and level catalogues.")],
    keys: KeysOption,
    images: ImagesOption = Path("images"),
    author: AuthorOption = "",
) -> None:
    """Sign campaigns and level catalogues with their images, and publish them."""
    from appliance.commands.publish import add_files  # noqa: PLC0415

    finish(lambda: add_files(repository, files, images, author, keys))


@publish_app.command("remove")
def publish_remove(
    repository: RepositoryArgument,
    campaign: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    keys: KeysOption,
    author: AuthorOption = "",
) -> None:
    """Withdraw a campaign or a level catalogue."""
    from appliance.commands.publish import remove_campaign  # noqa: PLC0415

    finish(lambda: remove_campaign(repository, campaign, author, keys))


@publish_app.command("sign")
def publish_sign(repository: RepositoryArgument, keys: KeysOption) -> None:
    """Publish what authors have signed elsewhere."""
    from appliance.commands.publish import sign  # noqa: PLC0415

    finish(lambda: sign(repository, keys))


@publish_app.command("refresh")
def publish_refresh(repository: RepositoryArgument, keys: KeysOption) -> None:
    """Sign everything again before it expires."""
    from appliance.commands.publish import refresh  # noqa: PLC0415

    finish(lambda: refresh(repository, keys))


@publish_app.command("root")
def publish_root(
    repository: RepositoryArgument,
    keys: KeysOption,
    new_keys: Annotated[Path | None, typer.Option(help="Folder of the keys that replace the present ones.")] = None,
    threshold: Annotated[int, typer.Option(help="New root keys that have to agree; 0: more than half.")] = 0,
) -> None:
    """Renew the root for a year, or change all keys; needs root keys from the safe."""
    from appliance.commands.publish import new_root  # noqa: PLC0415

    finish(lambda: new_root(repository, keys, new_keys, threshold))


@publish_app.command("unpack")
def publish_unpack(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="A container, or the files of one.")],
    into: Annotated[Path, typer.Option(help="Where the images go.")] = Path("images"),
    fill: Annotated[str, typer.Option(metavar="BYTE", help="What fills gaps, as 0xFF; else they split.")] = "",
) -> None:
    """Take the images out of Intel HEX, S-record, ODX-F, PDX or PSdZ files."""
    from appliance.commands.publish_unpack import unpack_container  # noqa: PLC0415

    finish(lambda: unpack_container(files, into, fill))
