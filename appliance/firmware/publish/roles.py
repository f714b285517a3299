"""The metadata of a repository as a value: the newest of each role, and how one becomes the next.  Pure.

Rules.  Nothing is changed in place: every step gives a new `Roles`.  A role that changed since it was saved keeps its
version until it is, so that one publication is one version.  The root is the exception that must be saved before it
changes again: clients need every version of it.

Sources: TUF specification 1.0.34, §4 (metadata), §5.3.4 (a new root is signed by the old one and by itself), §6.2
(consistent snapshots).
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from appliance.errors import UsageError
from appliance.firmware.layout import author_patterns
from appliance.firmware.publish.content import Validity
from appliance.firmware.publish.keys import ONLINE, SNAPSHOT, TARGETS, TIMESTAMP, Keys, PublicKey
from appliance.firmware.publish.signing import listed_key, sign

ROOT = "root"

S = TypeVar("S", Root, Timestamp, Snapshot, Targets)


@dataclass(frozen=True, slots=True)
class Roles:
    """The newest metadata of each role.

    Attributes:
        snapshot / timestamp: None: nothing was published yet.
        authors: By name; one that is delegated and has signed nothing yet is not among them.
        unsaved: Roles that changed since they were read from, or written to, a folder.
    """

    root: Metadata[Root]
    targets: Metadata[Targets]
    snapshot: Metadata[Snapshot] | None = None
    timestamp: Metadata[Timestamp] | None = None
    authors: Mapping[str, Metadata[Targets]] = field(default_factory=dict)
    unsaved: frozenset[str] = frozenset()

    @property
    def delegated(self) -> tuple[str, ...]:
        """Names of all authors, also of those who have signed nothing yet."""
        delegations = self.targets.signed.delegations
        return tuple(delegations.roles) if delegations and delegations.roles else ()

    def files(self) -> dict[str, bytes]:
        """What has to be written: file name in `metadata/` and content, in this order.

        The root comes late: cut off before it, what the new root's keys have signed is passed over by `opening`.
        """
        files: dict[str, bytes] = {}
        for name, one in sorted(self.authors.items()):
            if name in self.unsaved:
                files[f"{one.signed.version}.{name}.json"] = one.to_bytes()
        if TARGETS in self.unsaved:
            files[f"{self.targets.signed.version}.targets.json"] = self.targets.to_bytes()
        if self.snapshot and SNAPSHOT in self.unsaved:
            files[f"{self.snapshot.signed.version}.snapshot.json"] = self.snapshot.to_bytes()
        if ROOT in self.unsaved:
            files[f"{self.root.signed.version}.root.json"] = self.root.to_bytes()
        if self.timestamp and TIMESTAMP in self.unsaved:
            files["timestamp.json"] = self.timestamp.to_bytes()
        return files


def first_roles(keys: Keys, threshold: int, now: datetime, validity: Validity) -> Roles:
    """A repository of nothing, signed; nothing is published yet.

    Raises:
        UsageError: a key is missing, or the threshold cannot be met.
    """
    root = Root(1, expires=validity.until(ROOT, now), consistent_snapshot=True)
    _list_keys(root, keys, threshold)
    metadata = Metadata(root)
    sign(metadata, ROOT, (root,), keys)
    targets = Metadata(Targets(1, expires=validity.until(TARGETS, now), delegations=Delegations({}, {})))
    sign(targets, TARGETS, (root,), keys)
    return Roles(metadata, targets, unsaved=frozenset((ROOT, TARGETS)))


def with_new_root(
    roles: Roles, keys: Keys, now: datetime, validity: Validity, new: Keys | None = None, threshold: int = 0
) -> Roles:
    """The next root, good for another year.

    Args:
        keys: At hand; they have to reach the old threshold and the new one.
        new: These become the keys of all top-level roles; None: the keys stay.
        threshold: Of the new root keys; read with `new` only.

    Raises:
        UsageError: too few keys for one of the two thresholds.
    """
    assert ROOT not in roles.unsaved, "every version of a root is saved"
    root = _next(roles, ROOT, roles.root, now, validity)
    if new is not None:
        root.signed.roles = {name: Role([], 1) for name in (ROOT, *ONLINE)}
        root.signed.keys = {}
        _list_keys(root.signed, new, threshold)
    sign(root, ROOT, (roles.root.signed, root.signed), keys)
    changed = replace(roles, root=root, unsaved=roles.unsaved | {ROOT})
    return changed if new is None else with_targets(changed, keys, now, validity)


def with_targets(roles: Roles, keys: Keys, now: datetime, validity: Validity) -> Roles:
    """The next targets with the same content: renewed, or for another key."""
    return _delegating(roles, roles.targets.signed.delegations, keys, now, validity)


def with_author(roles: Roles, name: str, key: PublicKey, keys: Keys, now: datetime, validity: Validity) -> Roles:
    """An author may sign from now on; who was an author before has this key now, and no other."""
    listed = listed_key(key)
    delegations = deepcopy(roles.targets.signed.delegations) or Delegations({}, {})
    delegations.roles = dict(delegations.roles or {})
    delegations.roles[name] = DelegatedRole(
        name, [listed.keyid], 1, terminating=True, paths=list(author_patterns(name))
    )
    delegations.keys[listed.keyid] = listed
    return _delegating(roles, _without_spare_keys(delegations), keys, now, validity)


def without_author(roles: Roles, name: str, keys: Keys, now: datetime, validity: Validity) -> Roles:
    """An author signs nothing any more, and what they signed is gone."""
    delegations = deepcopy(roles.targets.signed.delegations) or Delegations({}, {})
    delegations.roles = {one: role for one, role in (delegations.roles or {}).items() if one != name}
    kept = {one: metadata for one, metadata in roles.authors.items() if one != name}
    left = replace(roles, authors=kept, unsaved=roles.unsaved - {name})
    return _delegating(left, _without_spare_keys(delegations), keys, now, validity)


def with_signed(
    roles: Roles, author: str, targets: Mapping[str, TargetFile], keys: Keys, now: datetime, validity: Validity
) -> Roles:
    """An author signs exactly these targets.

    Raises:
        UsageError: their key is not at hand.
    """
    old = roles.authors.get(author)
    if old is None:  # or was an author before; a version that clients have seen never comes back
        new = Metadata(Targets(_published_version(roles, author) + 1, expires=validity.until(author, now)))
    else:
        new = _next(roles, author, old, now, validity)
    new.signed.targets = dict(sorted(targets.items()))
    sign(new, author, (roles.targets.signed,), keys)
    return replace(roles, authors={**roles.authors, author: new}, unsaved=roles.unsaved | {author})


def published(roles: Roles, keys: Keys, now: datetime, validity: Validity) -> Roles:
    """A new snapshot of all roles, and the timestamp that makes it the current one.

    Raises:
        UsageError: an author has signed nothing yet, or a key is not at hand.
    """
    silent = [name for name in roles.delegated if name not in roles.authors]
    if silent:
        raise UsageError(
            f"{silent[0]} is an author and has signed nothing yet",
            do=f"run kl30 publish add with the key of {silent[0]} first, or remove the author",
        )
    # Who is no author any more stays listed: clients refuse a snapshot that has lost a name (§5.5.5).
    versions = {name: file.version for name, file in (roles.snapshot.signed.meta if roles.snapshot else {}).items()}
    versions |= {"targets.json": roles.targets.signed.version}
    versions |= {f"{name}.json": one.signed.version for name, one in roles.authors.items()}
    snapshot = (
        _next(roles, SNAPSHOT, roles.snapshot, now, validity)
        if roles.snapshot
        else Metadata(Snapshot(1, expires=validity.until(SNAPSHOT, now)))
    )
    snapshot.signed.meta = {file: MetaFile(version) for file, version in sorted(versions.items())}
    root = roles.root.signed
    sign(snapshot, SNAPSHOT, (root,), keys)
    timestamp = (
        _next(roles, TIMESTAMP, roles.timestamp, now, validity)
        if roles.timestamp
        else Metadata(Timestamp(1, expires=validity.until(TIMESTAMP, now)))
    )
    raw = snapshot.to_bytes()
    timestamp.signed.snapshot_meta = MetaFile.from_data(snapshot.signed.version, raw, ["sha256"])
    sign(timestamp, TIMESTAMP, (root,), keys)
    return replace(roles, snapshot=snapshot, timestamp=timestamp, unsaved=roles.unsaved | {SNAPSHOT, TIMESTAMP})


def _next(roles: Roles, role: str, old: Metadata[S], now: datetime, validity: Validity) -> Metadata[S]:
    new = Metadata(deepcopy(old.signed))
    new.signed.version = old.signed.version + (role not in roles.unsaved)
    new.signed.expires = validity.until(role, now)
    return new


def _published_version(roles: Roles, author: str) -> int:
    """The version clients may have of somebody who is no author at the moment; 0: none."""
    listed = roles.snapshot.signed.meta.get(f"{author}.json") if roles.snapshot else None
    return listed.version if listed else 0


def _delegating(roles: Roles, delegations: Delegations | None, keys: Keys, now: datetime, validity: Validity) -> Roles:
    targets = _next(roles, TARGETS, roles.targets, now, validity)
    targets.signed.delegations = delegations
    sign(targets, TARGETS, (roles.root.signed,), keys)
    return replace(roles, targets=targets, unsaved=roles.unsaved | {TARGETS})


def _without_spare_keys(delegations: Delegations) -> Delegations:
    used = {keyid for role in (delegations.roles or {}).values() for keyid in role.keyids}
    delegations.keys = {keyid: key for keyid, key in delegations.keys.items() if keyid in used}
    return delegations


def _list_keys(root: Root, keys: Keys, threshold: int) -> None:
    """Let these keys sign for the top-level roles their names say."""
    if not 1 <= threshold <= len(keys.root):
        raise UsageError(
            f"{threshold} of {len(keys.root)} root keys can never sign",
            do="choose a threshold from 1 to the number of root keys, or give the folder that holds them with --keys",
        )
    for key in keys.root:
        root.add_key(listed_key(key.public), ROOT)
    root.roles[ROOT].threshold = threshold
    for role in ONLINE:
        root.add_key(listed_key(_required(keys, role)), role)


def _required(keys: Keys, name: str) -> PublicKey:
    key = keys.named(name)
    if key is None:
        raise UsageError(f"the key {name} is not at hand", do="give the folder that holds it with --keys")
    return key.public
