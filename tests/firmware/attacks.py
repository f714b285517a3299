"""What an attacker, a broken server or a careless author can make of a repository, and what each is answered.

An attack bends a workshop whose first version was imported before.  Attackers hold no key, unless the attack says so:
TUF's point is that one stolen key is not enough.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, MetaFile, SuccinctRoles, TargetFile

from tests.firmware.repository import IMAGE, Workshop, anna_in, campaign_text, new_key, soon

Attack = Callable[[Workshop], object]


@dataclass(frozen=True, slots=True)
class Case:
    """An attack, and words of the refusal it meets."""

    attack: Attack
    says: tuple[str, ...]


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


def _with_bob(workshop: Workshop) -> None:
    workshop.author("bob")
    workshop.campaign("bob", "second")


def _threshold_of_two(workshop: Workshop) -> None:
    second = new_key()
    workshop.targets.add_key(second.public_key, "anna")
    assert workshop.delegations.roles
    workshop.delegations.roles["anna"].threshold = 2
    workshop.publish()


def _bob_signs_as_anna(workshop: Workshop) -> None:
    _with_bob(workshop)
    workshop.signers["anna"] = workshop.signers["bob"]
    workshop.publish()


def _revoked_key(workshop: Workshop) -> None:
    old = workshop.signers["timestamp"]
    workshop.rotate("timestamp")
    workshop.signers["timestamp"] = old
    workshop.publish()


def _root_of_a_stranger(workshop: Workshop) -> None:
    workshop.signers["root"] = [new_key()]
    workshop.root.roles["root"].keyids = []
    workshop.root.add_key(workshop.signers["root"][0].public_key, "root")
    workshop.next_root()


def _root_signed_by_the_old_only(workshop: Workshop) -> None:
    old = workshop.signers["root"]
    workshop.rotate("root")
    workshop.signers["root"] = old
    workshop.write_root()


def _root_with_one_of_two(workshop: Workshop) -> None:
    workshop.root.add_key(new_key().public_key, "root")
    workshop.root.roles["root"].threshold = 2
    workshop.next_root()


def _root_that_lies(version: int) -> Attack:
    def attack(workshop: Workshop) -> None:
        workshop.root.version = version
        metadata = Metadata(workshop.root)
        metadata.sign(workshop.signers["root"][0])
        (workshop.metadata / "2.root.json").write_bytes(metadata.to_bytes())

    return attack


def _foreign_repository(workshop: Workshop) -> None:
    anna_in(workshop.folder)


def _older_author_under_the_new_name(workshop: Workshop) -> None:
    old = workshop.newest("anna").read_bytes()
    workshop.publish()
    workshop.newest("anna").write_bytes(old)


def _snapshot_of_another_day(workshop: Workshop) -> None:
    old = workshop.newest("snapshot").read_bytes()
    workshop.publish()
    workshop.newest("snapshot").write_bytes(old)


def _targets_of_another_day(workshop: Workshop) -> None:
    old = workshop.newest("targets").read_bytes()
    workshop.publish()
    workshop.newest("targets").write_bytes(old)


def _snapshot_without_anna(workshop: Workshop) -> None:
    workshop.publish()
    del workshop.snapshot.meta["anna.json"]
    workshop.snapshot.version += 1
    workshop.timestamp.version += 1
    workshop.write_snapshot()


def _bob_not_in_the_snapshot(workshop: Workshop) -> None:
    _with_bob(workshop)
    workshop.publish()
    del workshop.snapshot.meta["bob.json"]
    workshop.snapshot.version += 1
    workshop.timestamp.version += 1
    workshop.write_snapshot()


def _snapshot_as_timestamp(workshop: Workshop) -> None:
    workshop.publish()
    (workshop.metadata / "timestamp.json").write_bytes(workshop.newest("snapshot").read_bytes())


def _endless(role: str) -> Attack:
    def attack(workshop: Workshop) -> None:
        workshop.publish()
        path = workshop.newest(role)
        path.write_bytes(path.read_bytes() + b" " * 1_100_000)

    return attack


def _endless_root(workshop: Workshop) -> None:
    (workshop.metadata / "2.root.json").write_bytes(b"{" * 1_100_000)


def _only_without_hash(workshop: Workshop) -> None:
    workshop.campaign("anna", "first", b"new" + IMAGE)
    workshop.publish()
    stored = workshop.target_file("anna/images/image.bin")
    stored.rename(stored.parent / "image.bin")


def _onwards(target: str) -> Attack:
    """Anna delegates her own folder further."""

    def attack(workshop: Workshop) -> None:
        key = new_key()
        role = DelegatedRole(target, [key.public_key.keyid], 1, terminating=False, paths=["anna/images/*"])
        workshop.authors["anna"].delegations = Delegations({key.public_key.keyid: key.public_key}, {target: role})
        workshop.publish()

    return attack


def _many_authors(workshop: Workshop) -> None:
    for number in range(32):
        workshop.author(f"author-{number}")


def _hash_prefixes(workshop: Workshop) -> None:
    assert workshop.delegations.roles
    role = workshop.delegations.roles["anna"]
    role.paths, role.path_hash_prefixes = None, ["0", "1"]


def _bins(workshop: Workshop) -> None:
    key = workshop.signers["anna"][0].public_key
    workshop.targets.delegations = Delegations({key.keyid: key}, None, SuccinctRoles([key.keyid], 1, 1, "bin"))


def _top_level_target(workshop: Workshop) -> None:
    workshop.targets.targets["bulletin.pdf"] = TargetFile.from_data("bulletin.pdf", b"pdf", ["sha256"])


def _patterns(*paths: str) -> Callable[[Workshop], object]:
    def change(workshop: Workshop) -> None:
        assert workshop.delegations.roles
        workshop.delegations.roles["anna"].paths = list(paths)

    return change


def _not_terminating(workshop: Workshop) -> None:
    assert workshop.delegations.roles
    workshop.delegations.roles["anna"].terminating = False


def _other_hash(workshop: Workshop) -> None:
    path = "anna/images/other.bin"
    workshop.files[path] = IMAGE
    workshop.authors["anna"].targets[path] = TargetFile.from_data(path, IMAGE, ["sha512"])
    workshop.publish()


def _declared(path: str, length: int) -> Attack:
    def attack(workshop: Workshop) -> None:
        workshop.authors["anna"].targets[path] = TargetFile(length, {"sha256": "0" * 64}, path)
        workshop.publish()

    return attack


def _same_id_twice(workshop: Workshop) -> None:
    workshop.author("bob")
    workshop.campaign("bob", "first")
    workshop.publish()


def _image_of_bob(workshop: Workshop) -> None:
    _with_bob(workshop)
    workshop.put("bob", "bob/images/other.bin", IMAGE)
    workshop.campaign("anna", "first", IMAGE, campaign_text("first", file="other.bin"))
    workshop.publish()


def _double_signature(document: Any) -> None:
    document["signatures"] *= 2


_HUGE = b'{"signatures": [], "signed": {"version": ' + b"9" * 9000 + b"}}"
_DEEP = b"[" * 15_000

SIGNATURES: dict[str, Case] = {
    "timestamp not signed": Case(signed_by("timestamp"), ("timestamp.json: it is not signed",)),
    "snapshot not signed": Case(signed_by("snapshot"), ("snapshot.json: it is not signed",)),
    "targets not signed": Case(signed_by("targets"), ("targets.json: it is not signed",)),
    "author not signed": Case(signed_by("anna"), ("anna.json: it is not signed",)),
    "timestamp of a stranger": Case(signed_by("timestamp", new_key()), ("with no key that may sign it",)),
    "snapshot of a stranger": Case(signed_by("snapshot", new_key()), ("6.snapshot.json: it is signed, but with no",)),
    "targets of a stranger": Case(signed_by("targets", new_key()), ("6.targets.json: it is signed, but with no",)),
    "author of a stranger": Case(signed_by("anna", new_key()), ("6.anna.json: it is signed, but with no",)),
    "snapshot with the key of timestamp": Case(signed_by("snapshot", "timestamp"), ("with no key that may sign",)),
    "author with the key of targets": Case(signed_by("anna", "targets"), ("anna.json", "with no key that may sign it")),
    "author with the key of another": Case(_bob_signs_as_anna, ("anna.json", "with no key that may sign it")),
    "author with one of two": Case(_threshold_of_two, ("anna.json", "it has 1 of the 2 signatures it needs")),
    "timestamp altered": Case(
        edited("timestamp", lambda one: one["signed"].update(version=9)), ("changed after it was signed", "timestamp")
    ),
    "author altered": Case(edited("anna", lambda one: one["signed"]["targets"].clear()), ("changed after it was",)),
    "one signature twice": Case(edited("timestamp", _double_signature), ("timestamp.json is no TUF metadata",)),
    "timestamp with a revoked key": Case(_revoked_key, ("timestamp.json", "with no key that may sign it")),
    "root of a stranger": Case(_root_of_a_stranger, ("2.root.json", "no key that may sign", "root before count")),
    "root without its own key": Case(_root_signed_by_the_old_only, ("2.root.json", "its own keys count as well")),
    "root with one of two": Case(_root_with_one_of_two, ("2.root.json", "it has 1 of the 2", "its own keys")),
    "repository of somebody else": Case(_foreign_repository, ("timestamp.json", "with no key that may sign it")),
}

VERSIONS: dict[str, Case] = {
    "older snapshot in a newer timestamp": Case(listing("timestamp", "", 4), ("go back: snapshot.json is version 4",)),
    "older targets in a newer snapshot": Case(
        listing("snapshot", "targets.json", 4), ("go back: targets.json is version 4",)
    ),
    "older author in a newer snapshot": Case(listing("snapshot", "anna.json", 4), ("go back: anna.json is version 4",)),
    "author gone from the snapshot": Case(_snapshot_without_anna, ("lists anna.json no more",)),
    "root that skips a version": Case(_root_that_lies(3), ("belong together", "2.root.json says it is version 3")),
    "root that stays behind": Case(_root_that_lies(1), ("belong together", "2.root.json says it is version 1")),
    "snapshot newer than listed": Case(
        _snapshot_of_another_day,
        (
            "belong together",
            "snapshot.json has another",
        ),
    ),
    "targets older than listed": Case(_targets_of_another_day, ("belong together", "targets.json is version 5")),
    "author older than listed": Case(_older_author_under_the_new_name, ("belong together", "anna.json is version 5")),
    "snapshot in place of timestamp": Case(_snapshot_as_timestamp, ("timestamp.json is the metadata of another role",)),
}

TIME: dict[str, Case] = {
    f"{role} expired": Case(expired(role), (f"{role}.json expired on", "system clock"))
    for role in ("root", "timestamp", "snapshot", "targets", "anna")
}

FILES: dict[str, Case] = {
    "timestamp missing": Case(missing("timestamp"), ("the repository has no file metadata/timestamp.json",)),
    "snapshot missing": Case(missing("snapshot"), ("the repository has no file metadata/6.snapshot.json",)),
    "targets missing": Case(missing("targets"), ("the repository has no file metadata/6.targets.json",)),
    "author missing": Case(missing("anna"), ("the repository has no file metadata/6.anna.json",)),
    "image missing": Case(target_gone("anna/images/image.bin"), ("has no file targets/anna/images/", ".image.bin")),
    "campaign missing": Case(target_gone("anna/campaigns/first.toml"), ("has no file targets/anna/campaigns/",)),
    "image without its hash in its name": Case(_only_without_hash, ("has no file targets/anna/images/",)),
    "image altered": Case(image(lambda raw: b"\0" + raw[1:]), ("image.bin is not the file that was signed",)),
    "image shorter": Case(image(lambda raw: raw[:-1]), ("image.bin is not the file that was signed",)),
    "image empty": Case(image(lambda _: b""), ("image.bin is not the file that was signed",)),
    "image endless": Case(image(lambda raw: raw * 999), ("image.bin does not end after the 203 bytes",)),
    "campaign altered": Case(
        image(lambda raw: raw.replace(b"DME", b"DDE"), "anna/campaigns/first.toml"), ("first.toml is not the file",)
    ),
    "timestamp endless": Case(_endless("timestamp"), ("timestamp.json does not end after the 16384 bytes",)),
    "snapshot endless": Case(_endless("snapshot"), ("snapshot.json does not end after",)),
    "targets endless": Case(_endless("targets"), ("targets.json does not end after the 1000000 bytes",)),
    "author endless": Case(_endless("anna"), ("anna.json does not end after the 1000000 bytes",)),
    "root endless": Case(_endless_root, ("2.root.json does not end after the 1000000 bytes",)),
    "timestamp empty": Case(replaced("timestamp", b""), ("timestamp.json is no TUF metadata",)),
    "timestamp of garbage": Case(replaced("timestamp", b"\xff\xfe{}"), ("timestamp.json is no TUF metadata",)),
    "timestamp cut off": Case(replaced("timestamp", b'{"signatures": ['), ("timestamp.json is no TUF metadata",)),
    "timestamp nested deeply": Case(replaced("timestamp", _DEEP), ("timestamp.json is no TUF metadata",)),
    "timestamp with a huge number": Case(replaced("timestamp", _HUGE), ("timestamp.json is no TUF metadata",)),
    "timestamp that is a list": Case(replaced("timestamp", b"[]"), ("timestamp.json is no TUF metadata",)),
    "targets of garbage": Case(replaced("targets", b"{}"), ("targets.json is no TUF metadata",)),
}

LAYOUT: dict[str, Case] = {
    "file of another author": Case(signs_for("bob/images/x.bin"), ("'bob/images/x.bin', which is outside",)),
    "file outside of the two folders": Case(signs_for("anna/x.bin"), ("'anna/x.bin', which is outside",)),
    "file in a folder of a folder": Case(signs_for("anna/images/a/x.bin"), ("which is outside of their folders",)),
    "file up the path": Case(signs_for("anna/images/../../x"), ("which is outside of their folders",)),
    "file called up": Case(signs_for("anna/images/.."), ("'anna/images/..' is no name",)),
    "file with an absolute path": Case(signs_for("/etc/passwd"), ("'/etc/passwd', which is outside",)),
    "file with an odd name": Case(signs_for("anna/images/a b%2f.bin"), ("is no name for a file of the images",)),
    "campaign that is no TOML": Case(signs_for("anna/campaigns/x.txt"), ("is no name for a file of the campaigns",)),
    "patterns of everything": Case(delegating(_patterns("*", "*/*/*")), ("anna may sign for *, */*/*, instead of",)),
    "patterns of another": Case(delegating(_patterns("bob/campaigns/*", "bob/images/*")), ("anna may sign for bob/",)),
    "patterns of a third folder": Case(
        delegating(_patterns("anna/campaigns/*", "anna/images/*", "anna/keys/*")), ("anna may sign for", "anna/keys/*")
    ),
    "no pattern": Case(delegating(_hash_prefixes), ("anna may sign for no pattern at all",)),
    "delegation that does not end": Case(delegating(_not_terminating), ("lets others answer for the same files",)),
    "author delegating to a friend": Case(_onwards("friend"), ("the author anna delegates to others",)),
    "author delegating to herself": Case(_onwards("anna"), ("the author anna delegates to others",)),
    "hash bins": Case(delegating(_bins), ("it delegates to hash bins",)),
    "thirty-three authors": Case(delegating(_many_authors), ("it delegates to 33 authors, more than 32",)),
    "author with a path for a name": Case(
        delegating(lambda workshop: workshop.author("../x")), ("no author can be called '../x'",)
    ),
    "author in capitals": Case(delegating(lambda one: one.author("Bob")), ("no author can be called 'Bob'",)),
    "target of the top level": Case(delegating(_top_level_target), ("'bulletin.pdf' is signed by no author",)),
    "author who is not in the snapshot": Case(_bob_not_in_the_snapshot, ("does not list bob.json",)),
    "target without SHA-256": Case(_other_hash, ("anna/images/other.bin is signed without its SHA-256",)),
    "image larger than any": Case(_declared("anna/images/x.bin", 2**40), ("is said to have 1099511627776 bytes",)),
    "campaign larger than any": Case(_declared("anna/campaigns/x.toml", 2**21), ("is said to have 2097152 bytes",)),
}

CONTENT: dict[str, Case] = {
    "campaign that does not parse": Case(campaign("id = "), ("anna/campaigns/first.toml:1: no valid TOML",)),
    "campaign that lacks a key": Case(
        campaign(campaign_text("first").replace('title = "Campaign first"\n', "")), ("first.toml", "title", "missing")
    ),
    "campaign in another encoding": Case(
        campaign(campaign_text("first").replace("Programming", "Programming\udcff"), "first"),
        ("anna/campaigns/first.toml: the file is not UTF-8",),
    ),
    "campaign of another id": Case(campaign(campaign_text("second")), ("first.toml: it holds the campaign second",)),
    "image nobody signed for": Case(
        campaign(campaign_text("first", file="none.bin")), ("needs the image none.bin, and anna signed for no such",)
    ),
    "image of another author": Case(_image_of_bob, ("needs the image other.bin, and anna signed for no such image",)),
    "image with another hash": Case(
        campaign(campaign_text("first", IMAGE[::-1])),
        ("program needs image.bin with 200 bytes and SHA-256", "one with"),
    ),
    "image with another length": Case(
        campaign(campaign_text("first", IMAGE[:-1])), ("image.bin with 199 bytes", "one with 200 bytes")
    ),
    "one id of two authors": Case(_same_id_twice, ("campaign first is signed by two authors, anna and bob",)),
}

ALL: dict[str, Case] = {**SIGNATURES, **VERSIONS, **TIME, **FILES, **LAYOUT, **CONTENT}


def replayed(folder: Path, workshop: Workshop) -> Path:
    """A copy of the repository as it is, for later."""
    for path in workshop.folder.rglob("*"):
        if path.is_file():
            copy = folder / path.relative_to(workshop.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    return folder
