"""Every attack by name, and the words of the refusal it meets."""

from __future__ import annotations

from dataclasses import dataclass

from tests.firmware.attacks import (
    Attack,
    bins,
    bob_not_in_the_snapshot,
    bob_signs_as_anna,
    campaign,
    declared,
    delegating,
    double_signature,
    edited,
    endless,
    endless_root,
    expired,
    foreign_repository,
    hash_prefixes,
    image,
    image_of_bob,
    listing,
    many_authors,
    missing,
    not_terminating,
    older_author_under_the_new_name,
    only_without_hash,
    onwards,
    other_hash,
    patterns,
    replaced,
    revoked_key,
    root_of_a_stranger,
    root_signed_by_the_old_only,
    root_that_lies,
    root_with_one_of_two,
    same_id_twice,
    signed_by,
    signs_for,
    snapshot_as_timestamp,
    snapshot_of_another_day,
    snapshot_without_anna,
    target_gone,
    targets_of_another_day,
    threshold_of_two,
    top_level_target,
)
from tests.firmware.repository import IMAGE, campaign_text, new_key


@dataclass(frozen=True, slots=True)
class Case:
    """An attack, and words of the refusal it meets."""

    attack: Attack
    says: tuple[str, ...]


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
    "author with the key of another": Case(bob_signs_as_anna, ("anna.json", "with no key that may sign it")),
    "author with one of two": Case(threshold_of_two, ("anna.json", "it has 1 of the 2 signatures it needs")),
    "timestamp altered": Case(
        edited("timestamp", lambda one: one["signed"].update(version=9)), ("changed after it was signed", "timestamp")
    ),
    "author altered": Case(edited("anna", lambda one: one["signed"]["targets"].clear()), ("changed after it was",)),
    "one signature twice": Case(edited("timestamp", double_signature), ("timestamp.json is no TUF metadata",)),
    "timestamp with a revoked key": Case(revoked_key, ("timestamp.json", "with no key that may sign it")),
    "root of a stranger": Case(root_of_a_stranger, ("2.root.json", "no key that may sign", "root before count")),
    "root without its own key": Case(root_signed_by_the_old_only, ("2.root.json", "its own keys count as well")),
    "root with one of two": Case(root_with_one_of_two, ("2.root.json", "it has 1 of the 2", "its own keys")),
    "repository of somebody else": Case(foreign_repository, ("timestamp.json", "with no key that may sign it")),
}

VERSIONS: dict[str, Case] = {
    "older snapshot in a newer timestamp": Case(listing("timestamp", "", 4), ("go back: snapshot.json is version 4",)),
    "older targets in a newer snapshot": Case(
        listing("snapshot", "targets.json", 4), ("go back: targets.json is version 4",)
    ),
    "older author in a newer snapshot": Case(listing("snapshot", "anna.json", 4), ("go back: anna.json is version 4",)),
    "author gone from the snapshot": Case(snapshot_without_anna, ("lists anna.json no more",)),
    "root that skips a version": Case(root_that_lies(3), ("belong together", "2.root.json says it is version 3")),
    "root that stays behind": Case(root_that_lies(1), ("belong together", "2.root.json says it is version 1")),
    "snapshot newer than listed": Case(
        snapshot_of_another_day,
        (
            "belong together",
            "snapshot.json has another",
        ),
    ),
    "targets older than listed": Case(targets_of_another_day, ("belong together", "targets.json is version 5")),
    "author older than listed": Case(older_author_under_the_new_name, ("belong together", "anna.json is version 5")),
    "snapshot in place of timestamp": Case(snapshot_as_timestamp, ("timestamp.json is the metadata of another role",)),
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
    "image without its hash in its name": Case(only_without_hash, ("has no file targets/anna/images/",)),
    "image altered": Case(image(lambda raw: b"\0" + raw[1:]), ("image.bin is not the file that was signed",)),
    "image shorter": Case(image(lambda raw: raw[:-1]), ("image.bin is not the file that was signed",)),
    "image empty": Case(image(lambda _: b""), ("image.bin is not the file that was signed",)),
    "image endless": Case(image(lambda raw: raw * 999), ("image.bin does not end after the 203 bytes",)),
    "campaign altered": Case(
        image(lambda raw: raw.replace(b"DME", b"DDE"), "anna/campaigns/first.toml"), ("first.toml is not the file",)
    ),
    "timestamp endless": Case(endless("timestamp"), ("timestamp.json does not end after the 16384 bytes",)),
    "snapshot endless": Case(endless("snapshot"), ("snapshot.json does not end after",)),
    "targets endless": Case(endless("targets"), ("targets.json does not end after the 1000000 bytes",)),
    "author endless": Case(endless("anna"), ("anna.json does not end after the 1000000 bytes",)),
    "root endless": Case(endless_root, ("2.root.json does not end after the 1000000 bytes",)),
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
    "patterns of everything": Case(delegating(patterns("*", "*/*/*")), ("anna may sign for *, */*/*, instead of",)),
    "patterns of another": Case(delegating(patterns("bob/campaigns/*", "bob/images/*")), ("anna may sign for bob/",)),
    "patterns of a third folder": Case(
        delegating(patterns("anna/campaigns/*", "anna/images/*", "anna/keys/*")), ("anna may sign for", "anna/keys/*")
    ),
    "no pattern": Case(delegating(hash_prefixes), ("anna may sign for no pattern at all",)),
    "delegation that does not end": Case(delegating(not_terminating), ("lets others answer for the same files",)),
    "author delegating to a friend": Case(onwards("friend"), ("the author anna delegates to others",)),
    "author delegating to herself": Case(onwards("anna"), ("the author anna delegates to others",)),
    "hash bins": Case(delegating(bins), ("it delegates to hash bins",)),
    "thirty-three authors": Case(delegating(many_authors), ("it delegates to 33 authors, more than 32",)),
    "author with a path for a name": Case(
        delegating(lambda workshop: workshop.author("../x")), ("no author can be called '../x'",)
    ),
    "author in capitals": Case(delegating(lambda one: one.author("Bob")), ("no author can be called 'Bob'",)),
    "target of the top level": Case(delegating(top_level_target), ("'bulletin.pdf' is signed by no author",)),
    "author who is not in the snapshot": Case(bob_not_in_the_snapshot, ("does not list bob.json",)),
    "target without SHA-256": Case(other_hash, ("anna/images/other.bin is signed without its SHA-256",)),
    "image larger than any": Case(declared("anna/images/x.bin", 2**40), ("is said to have 1099511627776 bytes",)),
    "campaign larger than any": Case(declared("anna/campaigns/x.toml", 2**21), ("is said to have 2097152 bytes",)),
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
    "image of another author": Case(image_of_bob, ("needs the image other.bin, and anna signed for no such image",)),
    "image with another hash": Case(
        campaign(campaign_text("first", IMAGE[::-1])),
        ("program needs image.bin with 200 bytes and SHA-256", "one with"),
    ),
    "image with another length": Case(
        campaign(campaign_text("first", IMAGE[:-1])), ("image.bin with 199 bytes", "one with 200 bytes")
    ),
    "one id of two authors": Case(same_id_twice, ("campaign first is signed by two authors, anna and bob",)),
}

ALL: dict[str, Case] = {**SIGNATURES, **VERSIONS, **TIME, **FILES, **LAYOUT, **CONTENT}
