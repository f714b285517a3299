"""What an attacker, a broken server or a careless author can make of a repository, and what each is answered.

An attack bends a workshop whose first version was imported before.  Attackers hold no key, unless the attack says so:
TUF's point is that one stolen key is not enough.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, MetaFile, SuccinctRoles, TargetFile

from tests.firmware.repository import IMAGE, Workshop, anna_in, campaign_text, new_key, soon

Attack = Callable[[Workshop], object]


def signed_by(role: str, *signers: str | CryptoSigner) -> Attack:
    """The next version, in which a role is signed by these instead; nobody: not at all."""

    def attack(workshop: Workshop) -> None:
        workshop.signers[role] = [
            key for one in signers for key in (workshop.signers[one] if isinstance(one, str) else [one])
        ]
        workshop.publish()

    return attack


def edited(role: str, change: Callable[[Any], object]) -> Attack:
    """A change to a file of metadata that was signed before."""

    def attack(workshop: Workshop) -> None:
        workshop.publish()
        path = workshop.newest(role)
        document = json.loads(path.read_bytes())
        change(document)
        path.write_text(json.dumps(document), encoding="utf-8")

    return attack


def replaced(role: str, content: bytes) -> Attack:
    """Other bytes in place of a file of metadata."""

    def attack(workshop: Workshop) -> None:
        workshop.publish()
        workshop.newest(role).write_bytes(content)

    return attack


def missing(role: str) -> Attack:
    """A file of metadata is not there."""

    def attack(workshop: Workshop) -> None:
        workshop.publish()
        workshop.newest(role).unlink()

    return attack


def expired(role: str) -> Attack:
    """The newest version of a role is over since yesterday."""

    def attack(workshop: Workshop) -> None:
        signed = {"root": workshop.root, "timestamp": workshop.timestamp, "snapshot": workshop.snapshot,
                  "targets": workshop.targets, **workshop.authors}[role]  # fmt: skip
        signed.expires = soon(-1)
        if role == "root":
            workshop.next_root()
        workshop.publish()

    return attack


def listing(role: str, file: str, version: int) -> Attack:
    """With the keys of snapshot and timestamp: a snapshot or timestamp that lists another version."""

    def attack(workshop: Workshop) -> None:
        workshop.publish()
        if role == "snapshot":
            workshop.snapshot.version += 1
            workshop.timestamp.version += 1
            workshop.snapshot.meta[file] = MetaFile(version)
            workshop.write_snapshot()
        else:
            workshop.timestamp.version += 1
            workshop.timestamp.snapshot_meta = MetaFile(version)
            workshop.write_role("timestamp", workshop.timestamp)

    return attack


def image(change: Callable[[bytes], bytes], path: str = "anna/images/image.bin") -> Attack:
    """The file of a new target is not what was signed."""

    def attack(workshop: Workshop) -> None:
        workshop.campaign("anna", "first", b"new" + IMAGE)
        workshop.publish()
        file = workshop.target_file(path)
        file.write_bytes(change(file.read_bytes()))

    return attack


def target_gone(path: str) -> Attack:
    """The file of a new target is not there."""

    def attack(workshop: Workshop) -> None:
        workshop.campaign("anna", "first", b"new" + IMAGE)
        workshop.publish()
        workshop.target_file(path).unlink()

    return attack


def signs_for(path: str, content: bytes = b"anything") -> Attack:
    """Anna signs for a path."""

    def attack(workshop: Workshop) -> None:
        workshop.authors["anna"].targets[path] = TargetFile.from_data(path, content, ["sha256"])
        workshop.publish()

    return attack


def campaign(text: str, name: str = "first", content: bytes = IMAGE) -> Attack:
    """Anna publishes this text as a campaign."""

    def attack(workshop: Workshop) -> None:
        workshop.campaign("anna", name, content, text)
        workshop.publish()

    return attack


def delegating(change: Callable[[Workshop], object]) -> Attack:
    """The targets key says other things of authors."""

    def attack(workshop: Workshop) -> None:
        change(workshop)
        workshop.publish()

    return attack


def with_bob(workshop: Workshop) -> None:
    workshop.author("bob")
    workshop.campaign("bob", "second")


def threshold_of_two(workshop: Workshop) -> None:
    second = new_key()
    workshop.targets.add_key(second.public_key, "anna")
    assert workshop.delegations.roles
    workshop.delegations.roles["anna"].threshold = 2
    workshop.publish()


def bob_signs_as_anna(workshop: Workshop) -> None:
    with_bob(workshop)
    workshop.signers["anna"] = workshop.signers["bob"]
    workshop.publish()


def revoked_key(workshop: Workshop) -> None:
    old = workshop.signers["timestamp"]
    workshop.rotate("timestamp")
    workshop.signers["timestamp"] = old
    workshop.publish()


def root_of_a_stranger(workshop: Workshop) -> None:
    workshop.signers["root"] = [new_key()]
    workshop.root.roles["root"].keyids = []
    workshop.root.add_key(workshop.signers["root"][0].public_key, "root")
    workshop.next_root()


def root_signed_by_the_old_only(workshop: Workshop) -> None:
    old = workshop.signers["root"]
    workshop.rotate("root")
    workshop.signers["root"] = old
    workshop.write_root()


def root_with_one_of_two(workshop: Workshop) -> None:
    workshop.root.add_key(new_key().public_key, "root")
    workshop.root.roles["root"].threshold = 2
    workshop.next_root()


def root_that_lies(version: int) -> Attack:
    def attack(workshop: Workshop) -> None:
        workshop.root.version = version
        metadata = Metadata(workshop.root)
        metadata.sign(workshop.signers["root"][0])
        (workshop.metadata / "2.root.json").write_bytes(metadata.to_bytes())

    return attack


def foreign_repository(workshop: Workshop) -> None:
    anna_in(workshop.folder)


def older_author_under_the_new_name(workshop: Workshop) -> None:
    old = workshop.newest("anna").read_bytes()
    workshop.publish()
    workshop.newest("anna").write_bytes(old)


def snapshot_of_another_day(workshop: Workshop) -> None:
    old = workshop.newest("snapshot").read_bytes()
    workshop.publish()
    workshop.newest("snapshot").write_bytes(old)


def targets_of_another_day(workshop: Workshop) -> None:
    old = workshop.newest("targets").read_bytes()
    workshop.publish()
    workshop.newest("targets").write_bytes(old)


def snapshot_without_anna(workshop: Workshop) -> None:
    workshop.publish()
    del workshop.snapshot.meta["anna.json"]
    workshop.snapshot.version += 1
    workshop.timestamp.version += 1
    workshop.write_snapshot()


def bob_not_in_the_snapshot(workshop: Workshop) -> None:
    with_bob(workshop)
    workshop.publish()
    del workshop.snapshot.meta["bob.json"]
    workshop.snapshot.version += 1
    workshop.timestamp.version += 1
    workshop.write_snapshot()


def snapshot_as_timestamp(workshop: Workshop) -> None:
    workshop.publish()
    (workshop.metadata / "timestamp.json").write_bytes(workshop.newest("snapshot").read_bytes())


def endless(role: str) -> Attack:
    def attack(workshop: Workshop) -> None:
        workshop.publish()
        path = workshop.newest(role)
        path.write_bytes(path.read_bytes() + b" " * 1_100_000)

    return attack


def endless_root(workshop: Workshop) -> None:
    (workshop.metadata / "2.root.json").write_bytes(b"{" * 1_100_000)


def only_without_hash(workshop: Workshop) -> None:
    workshop.campaign("anna", "first", b"new" + IMAGE)
    workshop.publish()
    stored = workshop.target_file("anna/images/image.bin")
    stored.rename(stored.parent / "image.bin")


def onwards(target: str) -> Attack:
    """Anna delegates her own folder further."""

    def attack(workshop: Workshop) -> None:
        key = new_key()
        role = DelegatedRole(target, [key.public_key.keyid], 1, terminating=False, paths=["anna/images/*"])
        workshop.authors["anna"].delegations = Delegations({key.public_key.keyid: key.public_key}, {target: role})
        workshop.publish()

    return attack


def many_authors(workshop: Workshop) -> None:
    for number in range(32):
        workshop.author(f"author-{number}")


def hash_prefixes(workshop: Workshop) -> None:
    assert workshop.delegations.roles
    role = workshop.delegations.roles["anna"]
    role.paths, role.path_hash_prefixes = None, ["0", "1"]


def bins(workshop: Workshop) -> None:
    key = workshop.signers["anna"][0].public_key
    workshop.targets.delegations = Delegations({key.keyid: key}, None, SuccinctRoles([key.keyid], 1, 1, "bin"))


def top_level_target(workshop: Workshop) -> None:
    workshop.targets.targets["bulletin.pdf"] = TargetFile.from_data("bulletin.pdf", b"pdf", ["sha256"])


def patterns(*paths: str) -> Callable[[Workshop], object]:
    def change(workshop: Workshop) -> None:
        assert workshop.delegations.roles
        workshop.delegations.roles["anna"].paths = list(paths)

    return change


def not_terminating(workshop: Workshop) -> None:
    assert workshop.delegations.roles
    workshop.delegations.roles["anna"].terminating = False


def other_hash(workshop: Workshop) -> None:
    path = "anna/images/other.bin"
    workshop.files[path] = IMAGE
    workshop.authors["anna"].targets[path] = TargetFile.from_data(path, IMAGE, ["sha512"])
    workshop.publish()


def declared(path: str, length: int) -> Attack:
    def attack(workshop: Workshop) -> None:
        workshop.authors["anna"].targets[path] = TargetFile(length, {"sha256": "0" * 64}, path)
        workshop.publish()

    return attack


def same_id_twice(workshop: Workshop) -> None:
    workshop.author("bob")
    workshop.campaign("bob", "first")
    workshop.publish()


def image_of_bob(workshop: Workshop) -> None:
    with_bob(workshop)
    workshop.put("bob", "bob/images/other.bin", IMAGE)
    workshop.campaign("anna", "first", IMAGE, campaign_text("first", file="other.bin"))
    workshop.publish()


def double_signature(document: Any) -> None:
    document["signatures"] *= 2


def replayed(folder: Path, workshop: Workshop) -> Path:
    """A copy of the repository as it is, for later."""
    for path in workshop.folder.rglob("*"):
        if path.is_file():
            copy = folder / path.relative_to(workshop.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    return folder
