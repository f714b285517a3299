"""The keys a repository is signed with, as plain values: 32 secret bytes each, Ed25519.

Rules.  The name of a key says what it is for: `root-1`, `root-2`, …, `targets`, `snapshot`, `timestamp`, and
`author-NAME` for each author of campaigns.  Which role a key may sign for is never taken from its name afterwards, but
from the metadata that lists it.  Nothing here reads or writes a file (`key_files`).

Root keys decide over all others and are needed when keys change or the root's year is over; they belong in a safe,
not all in the same one.  The others are needed whenever something is published.

Sources: RFC 8032 (Ed25519); TUF specification 1.0.34, §2.1 and §6.1 (roles, and which keys to keep offline).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECRET_BYTES = 32
ROOT_PREFIX, AUTHOR_PREFIX = "root-", "author-"
TARGETS, SNAPSHOT, TIMESTAMP = "targets", "snapshot", "timestamp"
ONLINE = (TARGETS, SNAPSHOT, TIMESTAMP)
DEFAULT_ROOT_KEYS = 3  # with a threshold of two: one may be lost, and one alone can be misused for nothing


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half everybody may know; `raw` is its 32 bytes."""

    name: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The secret half; `secret` is never shown."""

    name: str
    secret: bytes = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """Its other half."""
        key = Ed25519PrivateKey.from_private_bytes(self.secret).public_key()
        return PublicKey(self.name, key.public_bytes_raw())


@dataclass(frozen=True, slots=True)
class Keys:
    """All secret keys somebody has at hand."""

    keys: tuple[SigningKey, ...] = ()

    @property
    def root(self) -> tuple[SigningKey, ...]:
        """The root keys among them."""
        return tuple(key for key in self.keys if key.name.startswith(ROOT_PREFIX))

    def named(self, name: str) -> SigningKey | None:
        """The key of that name; None: it is not at hand."""
        return next((key for key in self.keys if key.name == name), None)

    def author(self, name: str) -> SigningKey | None:
        """The key of an author; None: it is not at hand."""
        return self.named(AUTHOR_PREFIX + name)

    def and_also(self, others: Keys) -> Keys:
        """These and those."""
        return Keys((*self.keys, *others.keys))


def usual_threshold(root_keys: int) -> int:
    """How many root keys have to agree, where nobody says otherwise: more than half of them; 2 of 3, 1 of 1."""
    return root_keys // 2 + 1


def key_names(root_keys: int, authors: Sequence[str]) -> tuple[str, ...]:
    """What the keys of a repository are called."""
    roots = (f"{ROOT_PREFIX}{number}" for number in range(1, root_keys + 1))
    return (*roots, *ONLINE, *(AUTHOR_PREFIX + name for name in authors))


def new_keys(names: Sequence[str]) -> Keys:
    """Fresh keys of these names, from the operating system's chance."""
    return Keys(tuple(SigningKey(name, secrets.token_bytes(SECRET_BYTES)) for name in names))


def throwaway_keys(seed: bytes, authors: Sequence[str] = ("bench",), root_keys: int = 1) -> Keys:
    """Keys for tests and the bench, the same for the same seed.  Whoever knows the seed has them: they protect nothing.

    Args:
        authors: Whom to make a key for beside the roles of the repository.
    """
    names = key_names(root_keys, authors)
    return Keys(tuple(SigningKey(name, hashlib.sha256(seed + b"\0" + name.encode()).digest()) for name in names))
