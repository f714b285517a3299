"""A repository read back from its folder, verified.

Rules.  The newest version of each role that is signed as the role above it asks is the one that counts; a newer one
that is not was left behind by a step that was cut off, and is made anew by the next.  What clients may have seen has to
be there: a repository that has lost a version, or its root, is refused, because whatever it signs next clients refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from appliance.errors import RefusedError, UsageError
from appliance.firmware.chain import fingerprint_of
from appliance.firmware.layout import METADATA
from appliance.firmware.publish.content import USUAL, Validity
from appliance.firmware.publish.files import read_file
from appliance.firmware.publish.keys import SNAPSHOT, TARGETS
from appliance.firmware.publish.repository import Repository
from appliance.firmware.publish.roles import ROOT, Roles

FIRST_ROOT = "1.root.json"
LARGEST_METADATA_BYTES = 5_000_000  # what python-tuf's client accepts of targets metadata
_RESTORE = "restore the folder from your copy of it; nothing was written"
_NAME = re.compile(r"([1-9][0-9]{0,8})\.(.+)\.json")


def open_repository(folder: Path, validity: Validity = USUAL) -> Repository:
    """The repository in a folder.

    Raises:
        UsageError: there is none.
        RefusedError: a signature does not hold, or a version is missing.
        BoardError: a file cannot be read.
    """
    metadata = folder / METADATA
    if not (metadata / FIRST_ROOT).is_file():
        raise UsageError("there is no repository", where=str(folder), do="kl30 publish init makes one")
    root = _newest_root(metadata)
    targets = _newest(metadata, TARGETS, Targets, root.signed)
    if targets is None:
        raise RefusedError("no targets are signed as the root asks", where=str(metadata), do=_RESTORE)
    delegations = targets.signed.delegations
    names = tuple(delegations.roles) if delegations and delegations.roles else ()
    authors = {name: one for name in names if (one := _newest(metadata, name, Targets, targets.signed))}
    snapshot = _newest(metadata, SNAPSHOT, Snapshot, root.signed)
    timestamp = metadata / "timestamp.json"
    roles = Roles(
        root,
        targets,
        snapshot,
        # Only its version is used, and cut off behind a new root it is still signed with the old key.
        _parsed(timestamp, Timestamp) if timestamp.is_file() else None,
        authors,
    )
    _require_what_is_published(roles, metadata)
    return Repository(roles, validity=validity)


def root_fingerprint(folder: Path) -> str:
    """What `kl30 cache trust` shows for this repository.

    Raises:
        BoardError: its first root cannot be read.
    """
    return fingerprint_of(read_file(folder / METADATA / FIRST_ROOT, LARGEST_METADATA_BYTES))


def _newest_root(metadata: Path) -> Metadata[Root]:
    """The end of the chain of roots: each is signed by itself and by the one before."""
    root: Metadata[Root] = _parsed(metadata / FIRST_ROOT, Root)
    _require_signed(root, ROOT, root.signed, metadata / FIRST_ROOT)
    while (path := metadata / f"{root.signed.version + 1}.root.json").is_file():
        following: Metadata[Root] = _parsed(path, Root)
        if following.signed.version != root.signed.version + 1:
            raise RefusedError("its name and its version do not agree", where=str(path), do=_RESTORE)
        for delegator in (root.signed, following.signed):
            _require_signed(following, ROOT, delegator, path)
        root = following
    return root


def _newest(metadata: Path, role: str, kind: type[Any], delegator: Root | Targets) -> Metadata[Any] | None:
    """The newest version that is signed as asked; None: there is none."""
    for _, path in sorted(_versions(metadata, role), reverse=True):
        one = _parsed(path, kind)
        if _is_signed(one, role, delegator):
            return one
    return None


def _versions(metadata: Path, role: str) -> Iterator[tuple[int, Path]]:
    for path in metadata.glob(f"*.{role}.json"):
        found = _NAME.fullmatch(path.name)
        if found and found[2] == role:
            yield int(found[1]), path


def _require_what_is_published(roles: Roles, metadata: Path) -> None:
    listed = roles.snapshot.signed.meta if roles.snapshot else {}
    for name, one in {TARGETS: roles.targets, **{name: roles.authors.get(name) for name in roles.delegated}}.items():
        published = listed.get(f"{name}.json")
        if published and (one is None or one.signed.version < published.version):
            raise RefusedError(
                f"version {published.version} of {name} was published, and is not here or not signed as it has to be",
                where=str(metadata),
                do=_RESTORE,
            )


def _parsed(path: Path, kind: type[Any]) -> Metadata[Any]:
    try:
        metadata: Metadata[Any] = Metadata.from_bytes(read_file(path, LARGEST_METADATA_BYTES))
    except DeserializationError as error:
        raise RefusedError("it is no metadata of a repository", where=str(path), do=_RESTORE) from error
    if not isinstance(metadata.signed, kind):
        raise RefusedError(f"it is metadata of another role: {metadata.signed.type}", where=str(path), do=_RESTORE)
    return metadata


def _require_signed(metadata: Metadata[Any], role: str, delegator: Root | Targets, path: Path) -> None:
    if not _is_signed(metadata, role, delegator):
        raise RefusedError("it is not signed by enough of the keys it has to be", where=str(path), do=_RESTORE)


def _is_signed(metadata: Metadata[Any], role: str, delegator: Root | Targets) -> bool:
    try:
        delegator.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except (RepositoryError, ValueError):
        return False
    return True
