"""A workshop's repository as a value: who may publish in it, and what they do.  TUF carries it (docs/decisions/0023).

    <folder>/metadata/1.root.json, 2.root.json, …, 7.targets.json, 3.anna.json, 9.snapshot.json, timestamp.json
    <folder>/targets/anna/campaigns/<sha256>.<id>.toml
    <folder>/targets/anna/levels/<sha256>.<id>.toml
    <folder>/targets/anna/images/<sha256>.<file>

Rules.  Every step gives a new value, and nothing is on disk before `save`.  Nothing a client sees has changed before
`published`.  The time is the caller's, so that equal input gives equal bytes.

Every name of a file carries its version or its hash (consistent snapshots), so that a folder behind a web server can be
written while it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from tuf.api.metadata import TargetFile

from appliance.errors import UsageError
from appliance.firmware.layout import METADATA, MOST_AUTHORS, TARGETS
from appliance.firmware.publish.content import (
    USUAL,
    AuthorContent,
    Target,
    Validity,
    require_author_name,
    target_files,
)
from appliance.firmware.publish.files import write_files, write_throwaway_files
from appliance.firmware.publish.keys import AUTHOR_PREFIX, SNAPSHOT, TIMESTAMP, Keys, PublicKey, usual_threshold
from appliance.firmware.publish.roles import (
    Roles,
    first_roles,
    published,
    with_author,
    with_new_root,
    with_signed,
    with_targets,
    without_author,
)
from appliance.firmware.publish.signing import can_sign

__all__ = ["USUAL", "AuthorContent", "Repository", "Target", "Validity", "build_repository", "create", "save"]


@dataclass(frozen=True, slots=True)
class Repository:
    """What is published, and what has changed since it was saved.

    Attributes:
        contents: Target files to be saved: path below the folder, and bytes.
        validity: How long what is signed from now on is good.
    """

    _roles: Roles
    contents: Mapping[str, bytes] = field(default_factory=dict)
    validity: Validity = USUAL

    @property
    def root_version(self) -> int:
        """How often the root has changed, counted from 1."""
        return self._roles.root.signed.version

    @property
    def authors(self) -> tuple[str, ...]:
        """Everybody who may sign campaigns, in order of name."""
        return tuple(sorted(self._roles.delegated))

    def targets(self, author: str) -> tuple[Target, ...]:
        """What an author has signed, in order of path; empty: nothing yet."""
        metadata = self._roles.authors.get(author)
        files = metadata.signed.targets.values() if metadata else ()
        return tuple(sorted((_target(file) for file in files), key=lambda one: one.path))

    def expiries(self) -> tuple[tuple[str, datetime], ...]:
        """Each role that was signed, and until when that is good; the first to end comes first."""
        roles = self._roles
        ends = {"root": roles.root.signed.expires, TARGETS: roles.targets.signed.expires}
        ends |= {name: one.signed.expires for name, one in roles.authors.items()}
        if roles.snapshot and roles.timestamp:
            ends |= {SNAPSHOT: roles.snapshot.signed.expires, TIMESTAMP: roles.timestamp.signed.expires}
        return tuple(sorted(ends.items(), key=lambda pair: pair[1]))

    @property
    def unsigned(self) -> tuple[str, ...]:
        """Authors who have signed nothing yet, which keeps the repository from being published."""
        return tuple(name for name in self.authors if name not in self._roles.authors)

    @property
    def unpublished(self) -> tuple[str, ...]:
        """Roles that were signed and that clients do not see yet, and authors who have to sign first."""
        roles = self._roles
        seen = roles.snapshot.signed.meta if roles.snapshot and roles.timestamp else {}
        newest = {TARGETS: roles.targets, **roles.authors}
        signed = {f"{name}.json": one.signed.version for name, one in newest.items()}
        new = (file for file, version in signed.items() if file not in seen or seen[file].version != version)
        return tuple(sorted((*(file.removesuffix(".json") for file in new), *self.unsigned)))

    def renewable(self, keys: Keys) -> tuple[str, ...]:
        """Of `targets` and the authors who have signed something, those whose keys are at hand."""
        top = (TARGETS,) if can_sign(TARGETS, self._roles.root.signed, keys) else ()
        return (*top, *(name for name in sorted(self._roles.authors) if self.can_sign_as(name, keys)))

    def can_publish(self, keys: Keys) -> bool:
        """Whether the keys of snapshot and timestamp are at hand."""
        return all(can_sign(role, self._roles.root.signed, keys) for role in (SNAPSHOT, TIMESTAMP))

    def can_sign_as(self, author: str, keys: Keys) -> bool:
        """Whether an author's key is at hand."""
        return can_sign(author, self._roles.targets.signed, keys)

    def with_author(self, name: str, key: PublicKey, keys: Keys, now: datetime) -> Repository:
        """With somebody more who may sign campaigns, or with another key for an author.

        What an author has signed is signed again with the new key, which has to be at hand then; where it is at hand
        for a new author, an empty list of campaigns is signed.

        Raises:
            UsageError: the name is not possible, or a key is not at hand.
        """
        require_author_name(name)
        if len({*self.authors, name}) > MOST_AUTHORS:
            raise UsageError(f"an appliance believes at most {MOST_AUTHORS} authors", do="remove one first")
        roles = with_author(self._roles, name, key, keys, now, self.validity)
        if name in roles.authors or can_sign(name, roles.targets.signed, keys):
            old = roles.authors.get(name)
            roles = with_signed(roles, name, old.signed.targets if old else {}, keys, now, self.validity)
        return replace(self, _roles=roles)

    def without_author(self, name: str, keys: Keys, now: datetime) -> Repository:
        """Without an author and everything they signed.

        Raises:
            UsageError: there is no such author, or a key is not at hand.
        """
        self._require_author(name)
        return replace(self, _roles=without_author(self._roles, name, keys, now, self.validity))

    def with_content(self, content: AuthorContent, keys: Keys, now: datetime) -> Repository:
        """With these campaigns and images of an author, new or in place of those of the same name.

        Raises:
            UsageError: there is no such author, their key is not at hand, or a name is not possible; or they may not
                sign level catalogues, because they were made an author before there were any.
        """
        self._require_author(content.author)
        added = target_files(content)
        self._require_allowed(content.author, added)
        files = {path: TargetFile.from_data(path, data, ["sha256"]) for path, data in added.items()}
        old = self._roles.authors.get(content.author)
        targets = {**(old.signed.targets if old else {}), **files}
        roles = with_signed(self._roles, content.author, targets, keys, now, self.validity)
        stored = {_target(file).stored_as: added[path] for path, file in files.items()}
        return replace(self, _roles=roles, contents={**self.contents, **stored})

    def without_targets(self, author: str, paths: Sequence[str], keys: Keys, now: datetime) -> Repository:
        """Without these targets of an author; their files stay, and nothing names them any more.

        Raises:
            UsageError: there is no such author, or their key is not at hand.
        """
        self._require_author(author)
        old = self._roles.authors.get(author)
        left = {path: file for path, file in (old.signed.targets if old else {}).items() if path not in set(paths)}
        return replace(self, _roles=with_signed(self._roles, author, left, keys, now, self.validity))

    def renewed(self, role: str, keys: Keys, now: datetime) -> Repository:
        """With the same content of `targets` or of an author, good for longer.

        Raises:
            UsageError: there is no such role, or its key is not at hand.
        """
        if role == TARGETS:
            return replace(self, _roles=with_targets(self._roles, keys, now, self.validity))
        return self.without_targets(role, (), keys, now)

    def with_new_root(self, keys: Keys, now: datetime, new: Keys | None = None, threshold: int = 0) -> Repository:
        """With the next root.

        Args:
            keys: At hand; they reach the old threshold and, with `new`, the new one.
            new: The keys of all top-level roles from now on; None: they stay, the root is good for longer.
            threshold: How many of the new root keys have to agree; 0: the usual number.

        Raises:
            UsageError: too few keys at hand, or a key of a role is missing.
        """
        agreeing = threshold or (usual_threshold(len(new.root)) if new else 0)
        return replace(self, _roles=with_new_root(self._roles, keys, now, self.validity, new, agreeing))

    def published(self, keys: Keys, now: datetime) -> Repository:
        """With everything that was signed, visible to clients from `save` on.

        Raises:
            UsageError: the key of snapshot or timestamp is not at hand, or an author has signed nothing yet.
        """
        return replace(self, _roles=published(self._roles, keys, now, self.validity))

    def files(self) -> dict[str, bytes]:
        """What `save` writes: path below the folder and content, in the order it has to be written."""
        metadata = {f"{METADATA}/{name}": content for name, content in self._roles.files().items()}
        return {**self.contents, **metadata}

    def _require_allowed(self, name: str, paths: Iterable[str]) -> None:
        delegations = self._roles.targets.signed.delegations
        role = delegations.roles[name] if delegations and delegations.roles else None
        foreign = [path for path in paths if role is None or not role.is_delegated_path(path)]
        if foreign:
            raise UsageError(
                f"{name} may not sign for {foreign[0]} yet",
                do=f"say again what {name} may sign for: kl30 publish author REPOSITORY {name}",
            )

    def _require_author(self, name: str) -> None:
        if name not in self._roles.delegated:
            raise UsageError(
                f"{name} is no author of this repository",
                do=f"its authors are: {', '.join(self.authors) or 'nobody yet'}; kl30 publish author adds one",
            )


def create(keys: Keys, now: datetime, threshold: int = 0, validity: Validity = USUAL) -> Repository:
    """An empty repository, published.

    Args:
        keys: All root keys, and those of targets, snapshot and timestamp.
        now: Aware, UTC.
        threshold: How many root keys have to agree on a new root; 0: the usual number.

    Raises:
        UsageError: a key is missing, or the threshold cannot be met.
    """
    roles = first_roles(keys, threshold or usual_threshold(len(keys.root)), now, validity)
    return Repository(roles, validity=validity).published(keys, now)


def save(repository: Repository, folder: Path) -> tuple[Path, ...]:
    """Write what has changed; the files written, `timestamp.json` last.

    Raises:
        BoardError: a file cannot be written; readers still find what was there.
    """
    return write_files(folder, repository.files())


def build_repository(
    folder: Path, keys: Keys, now: datetime, content: Sequence[AuthorContent], validity: Validity = USUAL
) -> Repository:
    """A whole repository at once, for tests and the bench: the same bytes for the same input, and not made durable.

    Args:
        keys: As `create`, and one for each author, called `author-NAME`.
        now: Aware, UTC.

    Raises:
        UsageError: a key is missing, or a name is not possible.
        BoardError: a file cannot be written.
    """
    made = Repository(first_roles(keys, usual_threshold(len(keys.root)), now, validity), validity=validity)
    for one in content:
        key = keys.author(one.author)
        if key is None:
            raise UsageError(f"there is no key {AUTHOR_PREFIX}{one.author}", do="make one of that name")
        made = made.with_author(one.author, key.public, keys, now).with_content(one, keys, now)
    made = made.published(keys, now)
    write_throwaway_files(folder, made.files())
    return made


def _target(file: TargetFile) -> Target:
    return Target(file.path, file.length, file.hashes["sha256"])
