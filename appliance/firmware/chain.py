"""The chain of trust as it lies on the disk, verified without any network from the pinned root to the last file name.

Rules.  Nothing is believed because it was verified before: each opening starts at the pinned root, and goes on only
through what the step before vouches for — root by root, timestamp, snapshot, targets, authors; signatures and
thresholds, versions, hashes, lengths.  Expiry is not judged here: what was imported in time stays usable for a grace
(`expiry`).  Rollback is not either: the importer compares with the generation before (`update`).

The files lie as `ngclient` keeps them: `root_history/<n>.root.json`, and one file for each other role.

Sources: TUF specification 1.0.34, §5.3 to §5.6; decision 0023.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from appliance.errors import RefusedError
from appliance.firmware.expiry import SignedRole
from appliance.firmware.layout import ASK_PUBLISHER, Delegated, Target, require_delegations, target_at
from appliance.firmware.signatures import signature_problem

S = TypeVar("S", Root, Timestamp, Snapshot, Targets)

ROOT_HISTORY = "root_history"
LARGEST_METADATA_BYTES = 1_000_000  # some five thousand files of one author
AGAIN = "import the repository again from where you trust it: kl30 cache import"

# What foreign metadata can make python-tuf raise: its own errors, and those of Python about a wrong type.
UNREADABLE = (RepositoryError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Chain:
    """What verified metadata vouch for.

    Attributes:
        fingerprint: SHA-256 of the pinned root's file.
        roles: Root, timestamp, snapshot, targets, then the authors, each in its newest version.
        targets: Every file of every author.
    """

    fingerprint: str
    roles: tuple[SignedRole, ...]
    targets: tuple[Target, ...]


def fingerprint_of(root: bytes) -> str:
    """What people compare: SHA-256 of the root's file, 64 hex digits."""
    return hashlib.sha256(root).hexdigest()


def pinned_root(raw: bytes, where: str) -> Root:
    """The first link of every chain, verified by itself.

    Raises:
        RefusedError: it is no root, or not signed as it says itself.
    """
    metadata = _parsed(raw, Root, where)
    _require_signed("root", metadata, metadata.signed, where)
    return metadata.signed


def authors_of(targets: bytes, where: str) -> tuple[str, ...]:
    """The authors that top-level targets metadata, verified before, delegate to.

    Raises:
        RefusedError: they break the layout.
    """
    return _authors(_parsed(targets, Targets, where).signed, where)


def verified_chain(pinned: bytes, folder: Path, source: str = "") -> Chain:
    """The chain in a folder of metadata.

    Args:
        pinned: The pinned root's file.
        source: Whence the folder's content comes, for messages; empty: the folder is the place to name.

    Raises:
        RefusedError: which file is missing, altered, or does not belong to the others.
        OSError: the disk failed.
    """
    root = _newest_root(pinned_root(pinned, "root.json"), folder)
    timestamp = _verified(folder / "timestamp.json", "timestamp", Timestamp, root, None)
    snapshot = _verified(folder / "snapshot.json", "snapshot", Snapshot, root, timestamp.snapshot_meta)
    top = _listed(folder, "targets", root, snapshot)
    roles = [("root", root), ("timestamp", timestamp), ("snapshot", snapshot), ("targets", top)]
    targets: list[Target] = []
    where = f"{source}: targets.json" if source else str(folder / "targets.json")
    for author in _authors(top, where):
        signed = _listed(folder, author, top, snapshot)
        targets += _targets(signed, author, f"{source}: {author}.json" if source else str(folder / f"{author}.json"))
        roles.append((author, signed))
    seen = tuple(SignedRole(name, one.version, one.expires) for name, one in roles)
    return Chain(fingerprint_of(pinned), seen, tuple(targets))


def named_hashes(folder: Path) -> frozenset[str]:
    """SHA-256 of everything the metadata in a folder name, verified or not; unreadable metadata name nothing.

    For tidying up only: nothing unverified may be read, and nothing still named be thrown away.
    """
    hashes: set[str] = set()
    for path in sorted(folder.glob("*.json")):
        try:
            signed = Metadata[Targets].from_bytes(path.read_bytes()).signed
        except (*UNREADABLE, OSError):  # whatever it is, nothing can be reached through it
            continue
        if isinstance(signed, Targets):
            hashes |= {file.hashes["sha256"] for file in signed.targets.values() if "sha256" in file.hashes}
    return frozenset(hashes)


def read_metadata(path: Path) -> bytes:
    """A file of metadata, bounded.

    Raises:
        RefusedError: it is missing or too long.
        OSError: the disk failed.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_METADATA_BYTES + 1)
    except FileNotFoundError as cause:
        raise RefusedError("this file of the firmware cache is missing", where=str(path), do=AGAIN) from cause
    if len(raw) > LARGEST_METADATA_BYTES:
        raise RefusedError(f"it is longer than {LARGEST_METADATA_BYTES} bytes", where=str(path), do=AGAIN)
    return raw


def _newest_root(root: Root, folder: Path) -> Root:
    """Every next root is signed by the one before it and by itself (§5.3.4), and its version is one more (§5.3.5)."""
    while (path := folder / ROOT_HISTORY / f"{root.version + 1}.root.json").exists():
        metadata = _parsed(read_metadata(path), Root, str(path))
        _require_signed("root", metadata, root, str(path))
        _require_signed("root", metadata, metadata.signed, str(path))
        if metadata.signed.version != root.version + 1:
            raise _wrong_version(path, metadata.signed.version, root.version + 1)
        root = metadata.signed
    return root


def _listed(folder: Path, role: str, delegator: Root | Targets, snapshot: Snapshot) -> Targets:
    """The targets metadata of a role, as the snapshot lists them."""
    path = folder / f"{quote(role, '')}.json"
    meta = snapshot.meta.get(f"{role}.json")
    if meta is None:
        raise RefusedError(f"the snapshot does not list {role}.json", where=str(path), do=ASK_PUBLISHER)
    return _verified(path, role, Targets, delegator, meta)


def _verified(path: Path, role: str, kind: type[S], delegator: Root | Targets, listed: MetaFile | None) -> S:
    raw = read_metadata(path)
    metadata = _parsed(raw, kind, str(path))
    _require_signed(role, metadata, delegator, str(path))
    if listed is not None:
        _require_as_listed(path, raw, metadata.signed.version, listed)
    return metadata.signed


def _require_as_listed(path: Path, raw: bytes, version: int, listed: MetaFile) -> None:
    if version != listed.version:
        raise _wrong_version(path, version, listed.version)
    try:
        listed.verify_length_and_hashes(raw)
    except RepositoryError as cause:
        raise RefusedError(
            "its length or hash is not the one that is signed for it", where=str(path), do=AGAIN
        ) from cause


def _wrong_version(path: Path, found: int, expected: int) -> RefusedError:
    return RefusedError(f"it is version {found}, and version {expected} belongs here", where=str(path), do=AGAIN)


def _parsed(raw: bytes, kind: type[S], where: str) -> Metadata[S]:
    try:
        metadata = Metadata[S].from_bytes(raw)
    except UNREADABLE as cause:
        raise RefusedError("it is no TUF metadata", where=where, do=AGAIN) from cause
    if not isinstance(metadata.signed, kind):
        raise RefusedError(f"it is {metadata.signed.type}, not {kind.type} metadata", where=where, do=AGAIN)
    return metadata


def _require_signed(role: str, metadata: Metadata[S], delegator: Root | Targets, where: str) -> None:
    try:
        problem = signature_problem(role, metadata, delegator)
    except UNREADABLE as cause:
        raise RefusedError("its signatures cannot be verified", where=where, do=AGAIN) from cause
    if problem:
        raise RefusedError(problem, where=where, do=AGAIN)


def _authors(top: Targets, where: str) -> tuple[str, ...]:
    """Whom the top level delegates to; it signs for no file itself."""
    for path in top.targets:
        raise RefusedError(f"{path!r} is signed by no author", where=where, do=ASK_PUBLISHER)
    if top.delegations is None:
        return ()
    if top.delegations.roles is None:
        raise RefusedError("it delegates to hash bins, not to authors", where=where, do=ASK_PUBLISHER)
    delegated = [
        Delegated(role.name, None if role.paths is None else tuple(role.paths), role.terminating)
        for role in top.delegations.roles.values()
    ]
    require_delegations(delegated, where)
    return tuple(one.author for one in delegated)


def _targets(signed: Targets, author: str, where: str) -> list[Target]:
    """The files of an author, who answers for them alone."""
    if signed.delegations is not None and (signed.delegations.roles or signed.delegations.succinct_roles):
        raise RefusedError(f"the author {author} delegates to others", where=where, do=ASK_PUBLISHER)
    return [
        target_at(path, author, file.length, file.hashes.get("sha256"), where)
        for path, file in sorted(signed.targets.items())
    ]
