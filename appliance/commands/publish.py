"""`kl30 publish`: keys, and the steps of a repository: init, author, add, remove, sign, refresh, root.

Each step reads the repository, verifies it, makes the next one in memory, checks that an appliance would take it, and
writes it in an order that never leaves a reader with half of it.  Where the keys of snapshot and timestamp are not at
hand, what was signed waits for `kl30 publish sign` by whoever has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from appliance.campaign.catalogue import Catalogue
from appliance.campaign.model import Campaign
from appliance.clock import RealClock
from appliance.commands.publish_file import checked_file
from appliance.commands.publish_keys_at_hand import ask_passphrase, at_hand, new_passphrase
from appliance.commands.publish_say import say
from appliance.commands.publish_words import either_and
from appliance.errors import EXIT_OK, CampaignError, UsageError
from appliance.firmware.layout import CAMPAIGN_END, METADATA, author_patterns
from appliance.firmware.publish.consistency import everything_of, require_consistent, spare_images
from appliance.firmware.publish.content import AuthorContent, campaign_path, levels_path, require_author_name
from appliance.firmware.publish.images import read_images
from appliance.firmware.publish.key_files import PUBLIC_END, SECRET_END, read_public_key, write_keys
from appliance.firmware.publish.keys import AUTHOR_PREFIX, ONLINE, Keys, key_names, new_keys, usual_threshold
from appliance.firmware.publish.opening import FIRST_ROOT, open_repository, root_fingerprint
from appliance.firmware.publish.repository import Repository, create, save
from appliance.toml_file import read_text

MIB = 1024 * 1024


def make_keys(folder: Path, root_keys: int, authors: Sequence[str], *, passphrase: bool) -> int:
    """Make the keys of a repository, and of authors; say where each belongs.

    Args:
        root_keys: 0: keys of authors only.

    Raises:
        UsageError: a key is there already, or no author can be called so.
        BoardError: a file cannot be written.
    """
    for author in authors:
        require_author_name(author)
    if root_keys < 0 or not (root_keys or authors):
        raise UsageError("no key to be made", do="give --root-keys 1 or more, or --author NAME")
    names = key_names(root_keys, authors) if root_keys else tuple(AUTHOR_PREFIX + author for author in authors)
    write_keys(folder, new_keys(names), new_passphrase() if passphrase else b"")
    if root_keys:
        roots = [f"root-{number}{SECRET_END}" for number in range(1, root_keys + 1)]
        needed = usual_threshold(root_keys)
        say(
            f"{folder}: {root_keys + len(ONLINE) + len(authors)} keys",
            f"  {', '.join(roots)}: into the safe, best not all into the same one. {needed} of {root_keys} have to",
            "    agree when keys change, and before the root is a year old.",
            f"  targets{SECRET_END}: needed when authors change, and twice a year",
            f"  snapshot{SECRET_END}, timestamp{SECRET_END}: needed each time something is published, and every month",
        )
    for author in authors:
        say(
            f"  {AUTHOR_PREFIX}{author}{SECRET_END}: {author}'s, to sign campaigns",
            f"  {AUTHOR_PREFIX}{author}{PUBLIC_END}: for whoever runs the repository",
        )
    return EXIT_OK


def init(folder: Path, key_folders: Sequence[Path], threshold: int) -> int:
    """Make an empty repository, and print the fingerprint that appliances are given to trust it.

    Raises:
        UsageError: there is one already, or keys are missing.
        BoardError: a file cannot be written.
    """
    if (folder / METADATA / FIRST_ROOT).exists():
        raise UsageError("there is a repository already", where=str(folder), do="choose another folder")
    keys = at_hand(key_folders)
    save(create(keys, _now(), threshold), folder)
    count = len(keys.root)
    say(f"{folder}: an empty repository; {threshold or usual_threshold(count)} of {count} root keys have to agree")
    _tell_ends(open_repository(folder))
    say("", "fingerprint, to be compared with what `kl30 cache trust` shows:", root_fingerprint(folder))
    say(f"now take {either_and([key.name + SECRET_END for key in keys.root])} away to the safe")
    return EXIT_OK


def add_author(folder: Path, name: str, key: Path | None, key_folders: Sequence[Path]) -> int:
    """Let somebody sign campaigns, or give an author another key.

    Args:
        key: Either half of the author's key; None: the one called after them among those at hand.

    Raises:
        UsageError: a key is missing.
        RefusedError: the repository is not as it was signed.
        BoardError: a file cannot be read or written.
    """
    keys = at_hand(key_folders)
    repository = open_repository(folder)
    if key is None:
        secret = keys.author(name)
        if secret is None:
            raise UsageError(f"there is no key {AUTHOR_PREFIX}{name}", do="give one of its halves with --key")
        public = secret.public
    else:
        public = read_public_key(key, ask_passphrase)
    new = name not in repository.authors
    changed = repository.with_author(name, public, keys, _now())
    folders = either_and([pattern.removesuffix("/*") for pattern in author_patterns(name)])
    say(f"{name} {'may sign campaigns' if new else 'has another key'}: {folders}, nothing else")
    if name in changed.unsigned:
        save(changed, folder)
        say(f"not published yet: {name} has to sign first, with kl30 publish add; then kl30 publish sign")
        return EXIT_OK
    return _publish(changed, folder, keys)


def remove_author(folder: Path, name: str, key_folders: Sequence[Path]) -> int:
    """Take everything an author signed out of the repository, and let them sign nothing more.

    Raises:
        UsageError, RefusedError, BoardError: as `add_author`.
    """
    keys = at_hand(key_folders)
    changed = open_repository(folder).without_author(name, keys, _now())
    say(f"{name} signs nothing any more, and what {name} signed is gone")
    return _publish(changed, folder, keys)


def add_files(folder: Path, paths: Sequence[Path], images: Path, author: str, key_folders: Sequence[Path]) -> int:
    """Sign campaigns and level catalogues with their images as their author, and publish them if the keys are at hand.

    Raises:
        CampaignError, ImageError: something is not as a file says.
        UsageError, RefusedError, BoardError: as `add_author`.
    """
    found = [(path, checked_file(path)) for path in paths]
    contents = [read_images(one, images) for _, one in found]
    keys = at_hand(key_folders)
    repository = open_repository(folder)
    who = author or _only_author(repository)
    content = AuthorContent(
        who,
        tuple(_text(path) for path, one in found if isinstance(one, Campaign)),
        tuple(pair for one in contents for pair in one.items()),
        tuple(_text(path) for path, one in found if isinstance(one, Catalogue)),
    )
    changed = repository.with_content(content, keys, _now())
    require_consistent(changed, folder)
    for path, brought in zip(paths, contents, strict=True):
        size = sum(map(len, brought.values()))
        say(f"{path.name}: signed by {who}, with {len(brought)} images ({size / MIB:.1f} MiB)")
    return _publish(changed, folder, keys)


def remove_campaign(folder: Path, identifier: str, author: str, key_folders: Sequence[Path]) -> int:
    """Take a campaign, or a level catalogue, out of the repository, and the images that only it needs.

    Raises:
        UsageError: there is neither of that name.
        CampaignError: a campaign goes by the catalogue.
        RefusedError, BoardError: as `add_author`.
    """
    keys = at_hand(key_folders)
    repository = open_repository(folder)
    who = author or _only_author(repository)
    name, signed = identifier + CAMPAIGN_END, {target.path for target in repository.targets(who)}
    path = next((one for one in (campaign_path(who, name), levels_path(who, name)) if one in signed), "")
    if not path:
        there = ", ".join(one.id for one in everything_of(repository, folder, who)) or "none"
        raise UsageError(f"{who} publishes no campaign {identifier!r}", do=f"there are: {there}")
    gone = (path, *spare_images(repository, folder, who, identifier))
    changed = repository.without_targets(who, gone, keys, _now())
    require_consistent(changed, folder)
    say(f"{identifier}{CAMPAIGN_END}: gone, with {len(gone) - 1} images that nothing else needs")
    return _publish(changed, folder, keys)


def sign(folder: Path, key_folders: Sequence[Path]) -> int:
    """Publish what authors have signed elsewhere.

    Raises:
        CampaignError: an appliance would refuse it.
        UsageError, RefusedError, BoardError: as `add_author`.
    """
    keys = at_hand(key_folders)
    repository = open_repository(folder)
    waiting = either_and(repository.unpublished)
    say(f"waiting to be published: {waiting}" if waiting else "nothing was waiting; snapshot and timestamp are renewed")
    return _publish(repository.published(keys, _now()), folder, keys)


def refresh(folder: Path, key_folders: Sequence[Path]) -> int:
    """Sign everything again whose keys are at hand, so that it is good for longer.

    Raises:
        UsageError, RefusedError, BoardError: as `add_author`.
    """
    keys, now = at_hand(key_folders), _now()
    repository = open_repository(folder)
    renewed = repository
    for role in repository.renewable(keys):
        renewed = renewed.renewed(role, keys, now)
    return _publish(renewed.published(keys, now), folder, keys)


def new_root(folder: Path, key_folders: Sequence[Path], new: Path | None, threshold: int) -> int:
    """Renew the root for another year, or replace the keys of every role but the authors'.

    Raises:
        UsageError, RefusedError, BoardError: as `add_author`.
    """
    keys = at_hand(key_folders)
    fresh = at_hand([new]) if new else None
    if fresh is None and threshold:
        raise UsageError("another threshold needs new keys", do="give their folder with --new-keys")
    every = keys.and_also(fresh) if fresh else keys
    changed = open_repository(folder).with_new_root(every, _now(), fresh, threshold)
    words = "; every role but the authors has new keys" if fresh else ""
    say(f"root version {changed.root_version}{words}")
    return _publish(changed, folder, every)


def _publish(changed: Repository, folder: Path, keys: Keys) -> int:
    """Write it: visible to appliances if the keys are at hand, waiting for them if not."""
    require_consistent(changed, folder)
    if not changed.can_publish(keys):
        save(changed, folder)
        say("not published yet: kl30 publish sign, with the keys of snapshot and timestamp")
        return EXIT_OK
    save(changed.published(keys, _now()), folder)
    say(f"{folder}: published")
    _tell_ends(open_repository(folder))
    return EXIT_OK


def _tell_ends(repository: Repository) -> None:
    ends = ", ".join(f"{role} {end:%Y-%m-%d}" for role, end in repository.expiries())
    say(f"good until: {ends}")


def _text(path: Path) -> tuple[str, bytes]:
    return path.name, read_text(path, CampaignError).encode()


def _only_author(repository: Repository) -> str:
    if len(repository.authors) != 1:
        names = ", ".join(repository.authors) or "none; kl30 publish author adds one"
        raise UsageError("whose campaign is it?", do=f"give --author; there are: {names}")
    return repository.authors[0]


def _now() -> datetime:
    return RealClock().wall()
