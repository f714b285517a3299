"""A workshop's repository for tests, made with python-tuf alone: everything in it can be bent before it is signed.

Independent of the product's own publisher, so that the two do not share a misunderstanding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

IMAGE = bytes(range(200))
FIRST = 5  # version of everything but the root: there are older ones to go back to
TOP = ("root", "timestamp", "snapshot", "targets")


def soon(days: float = 30) -> datetime:
    """A time relative to the system clock, which `ngclient` reads by itself."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)


def new_key() -> CryptoSigner:
    """A key of nobody's."""
    return CryptoSigner(Ed25519PrivateKey.generate())


def campaign_text(name: str, image: bytes = IMAGE, file: str = "image.bin", unit: str = "DME") -> str:
    """The shortest campaign with one image."""
    return f"""
id = "{name}"
title = "Campaign {name}"
kind = "service-action"
source = "made for a test"
defect_code = "0012440400"
already_at_target = "claim-and-finish"

[affected]
main_series = ["F056"]
bodies = ["F56"]
produced_from = 2013-12-04
produced_to = 2017-02-27

[[targets]]
series = "F056"
level = "F056-17-03-502"

[[labour]]
when = "programmed"
number = "00 64 979"
fru = 8
text = "Programming and coding"

[[labour]]
when = "already-at-target"
number = "00 64 978"
fru = 1
text = "Was done before"

[[units]]
address = 0x12
name = "{unit}"
order = 1
hwel = ["hwel_00002ccb-001_003_004"]
target_software = ["swfl_00002cce-021_020_002"]
abort_recoverable = true
security = "bench-stand-in"

[[units.datablocks]]
name = "program"
software = "swfl_00002cce-021_020_002"
address = 0x8002_0000
length = {len(image)}
file = "{file}"
sha256 = "{hashlib.sha256(image).hexdigest()}"
"""


class Workshop:
    """A repository in `folder`, and everybody's keys.

    Every attribute may be changed; `publish` makes it the next version, signs it and writes it.

    Attributes:
        signers: Role → who signs for it now; delegations say who may.
        files: Target path → content.
        alter: Called with a role and its signed value before it is signed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signers: dict[str, list[CryptoSigner]] = {role: [new_key()] for role in TOP}
        self.root = Root(1, expires=soon(365))
        for role in TOP:
            self.root.add_key(self.signers[role][0].public_key, role)
        self.timestamp = Timestamp(FIRST, expires=soon())
        self.snapshot = Snapshot(FIRST, expires=soon())
        self.targets = Targets(FIRST, expires=soon(), delegations=Delegations({}, {}))
        self.authors: dict[str, Targets] = {}
        self.files: dict[str, bytes] = {}
        self.published = False
        self.alter: Callable[[str, Signed], None] = lambda _role, _signed: None

    @property
    def first_root(self) -> Path:
        """What is to be pinned."""
        return self.metadata / "1.root.json"

    @property
    def metadata(self) -> Path:
        """Where metadata lie."""
        return self.folder / "metadata"

    def author(self, name: str, paths: list[str] | None = None, *, terminating: bool = True) -> None:
        """Somebody more may sign campaigns."""
        self.signers[name] = [new_key()]
        self.authors[name] = Targets(FIRST, expires=soon())
        patterns = [f"{name}/{one}/*" for one in ("campaigns", "levels", "images")] if paths is None else paths
        self.delegations.roles = dict(self.delegations.roles or {})
        self.delegations.roles[name] = DelegatedRole(name, [], 1, terminating=terminating, paths=patterns)
        self.targets.add_key(self.signers[name][0].public_key, name)

    def campaign(self, author: str, name: str, image: bytes = IMAGE, text: str | None = None) -> None:
        """A campaign and its image, signed by an author with the next `publish`."""
        self.put(author, f"{author}/images/image.bin", image)
        self.put(
            author,
            f"{author}/campaigns/{name}.toml",
            (text or campaign_text(name, image)).encode("utf-8", "surrogateescape"),
        )

    def put(self, author: str, path: str, content: bytes) -> None:
        """Any file under any path, signed by an author with the next `publish`."""
        self.files[path] = content
        self.authors[author].targets[path] = TargetFile.from_data(path, content, ["sha256"])

    def drop(self, author: str, path: str) -> None:
        """An author signs for this no more."""
        del self.authors[author].targets[path]
        del self.files[path]

    @property
    def delegations(self) -> Delegations:
        """Whom the top level delegates to."""
        assert self.targets.delegations is not None
        return self.targets.delegations

    def publish(self) -> None:
        """The next version of everything but the root."""
        if self.published:
            for signed in (self.timestamp, self.snapshot, self.targets, *self.authors.values()):
                signed.version += 1
        self.write()

    def write(self) -> None:
        """Sign and write everything as it is, files of targets too."""
        self.write_targets()
        if not self.published:
            self.write_root()
        for name, signed in (*self.authors.items(), ("targets", self.targets)):
            self.write_role(name, signed)
            self.snapshot.meta[f"{name}.json"] = MetaFile(signed.version)
        self.write_snapshot()
        self.published = True

    def write_snapshot(self) -> None:
        """Sign and write the snapshot, and the timestamp that names it."""
        raw = self.write_role("snapshot", self.snapshot)
        self.timestamp.snapshot_meta = MetaFile.from_data(self.snapshot.version, raw, ["sha256"])
        self.write_role("timestamp", self.timestamp)

    def write_role(self, role: str, signed: Signed, *, name: str = "") -> bytes:
        """Sign and write one role; its bytes."""
        self.alter(role, signed)
        raw = self.signed(role, signed)
        prefix = "" if role == "timestamp" or not self.root.consistent_snapshot else f"{signed.version}."
        self._write(f"metadata/{name or prefix + role + '.json'}", raw)
        return raw

    def signed(self, role: str, signed: Any) -> bytes:
        """Metadata with the signatures of whoever signs for the role now."""
        metadata = Metadata(signed)
        for signer in self.signers[role]:
            metadata.sign(signer, append=True)
        return metadata.to_bytes()

    def write_root(self, *also: CryptoSigner) -> None:
        """Sign and write the root as it is; `also`: the keys of the one before."""
        metadata = Metadata(self.root)
        for signer in (*also, *self.signers["root"]):
            metadata.sign(signer, append=True)
        self._write(f"metadata/{self.root.version}.root.json", metadata.to_bytes())

    def next_root(self) -> None:
        """The root's next version, signed by the same keys."""
        self.root.version += 1
        self.write_root()

    def rotate(self, role: str) -> None:
        """Another key for a top-level role, announced by the next root."""
        old = self.signers[role]
        self.signers[role] = [new_key()]
        self.root.revoke_key(old[0].public_key.keyid, role)
        self.root.add_key(self.signers[role][0].public_key, role)
        self.root.version += 1
        self.write_root(*(old if role == "root" else ()))

    def write_targets(self) -> None:
        """Every target's file, under its hash where snapshots are consistent."""
        for path, content in self.files.items():
            self._write(f"targets/{self.stored(path)}", content)

    def stored(self, path: str) -> str:
        """Where a target lies below `targets/`."""
        folder, _, name = path.rpartition("/")
        prefix = f"{hashlib.sha256(self.files[path]).hexdigest()}." if self.root.consistent_snapshot else ""
        return f"{folder}/{prefix}{name}"

    def target_file(self, path: str) -> Path:
        """A target's file."""
        return self.folder / "targets" / self.stored(path)

    def newest(self, role: str) -> Path:
        """The newest file of a role."""
        signed = {"root": self.root, "snapshot": self.snapshot, "targets": self.targets, **self.authors}.get(role)
        name = f"{signed.version}.{role}.json" if signed and self.root.consistent_snapshot else f"{role}.json"
        return self.metadata / name

    def _write(self, path: str, content: bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def anna_in(folder: Path) -> Workshop:
    """A workshop with one author, anna, and one campaign of hers, `first`; published."""
    workshop = Workshop(folder)
    workshop.author("anna")
    workshop.campaign("anna", "first")
    workshop.publish()
    return workshop
