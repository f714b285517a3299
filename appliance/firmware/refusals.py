"""What `ngclient` refused, in plain words: which attack or mistake it looks like, in which file, and what to do.

`ngclient` raises one class for several things (every wrong version is a `BadVersionNumberError`), so the file that was
offered is looked at once more, beside the metadata it was to follow.  Nothing is decided here any more.

Source: TUF specification 1.0.34, §1.5.2 (the attacks), §5.3 to §5.7 (where each is met).
"""

from __future__ import annotations

import re
from pathlib import Path

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadHTTPError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    UnsignedMetadataError,
)
from tuf.api.metadata import TOP_LEVEL_ROLE_NAMES, Metadata, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from appliance.errors import RefusedError
from appliance.firmware.chain import UNREADABLE
from appliance.firmware.expiry import Now, expired
from appliance.firmware.layout import ASK_PUBLISHER, METADATA, TAKE_AGAIN
from appliance.firmware.signatures import signature_problem
from appliance.firmware.sources import not_there

_VERSIONED = re.compile(r"(\d+)\.(.+)")
_UNLISTED = re.compile(r"Role (\S+) was delegated but is not part of snapshot")  # ngclient's words; it has no class
_NEWER = f"somebody may be offering old files, on purpose or by mistake; {TAKE_AGAIN}"


def refusal_of(cause: Exception, asked: str, offered: bytes, metadata: Path, source: str, now: Now) -> RefusedError:
    """The refusal to show a person.

    Args:
        asked: Path of the file `ngclient` asked for last; empty: none.
        offered: What came of it, if it is metadata.
        metadata: The folder `ngclient` keeps metadata in.
    """
    file = asked.rpartition("/")[2]
    if isinstance(cause, DownloadHTTPError):
        return not_there(asked, source)
    if not asked.startswith(METADATA):
        return _of_target(cause, asked, source)
    role = role_of(file)
    if isinstance(cause, ExpiredMetadataError):
        return _of_expiry(cause, role, metadata, offered, source, now)
    if isinstance(cause, DeserializationError):
        return RefusedError(f"{file} is no TUF metadata", where=source, do=TAKE_AGAIN)
    if isinstance(cause, LengthOrHashMismatchError):
        return _mixed(f"{file} has another length or hash than the one signed for it", source)
    if isinstance(cause, UnsignedMetadataError):
        return RefusedError(f"{file}: {_signatures(role, metadata, offered)}", where=source, do=TAKE_AGAIN)
    if isinstance(cause, BadVersionNumberError):
        return _of_version(role, file, metadata, offered, source)
    return _other(cause, role, file, metadata, offered, source)


def role_of(file: str) -> str:
    """`snapshot` of `12.snapshot.json`."""
    stem = file.removesuffix(".json")
    versioned = _VERSIONED.fullmatch(stem)
    return versioned[2] if versioned else stem


def _of_target(cause: Exception, asked: str, source: str) -> RefusedError:
    if isinstance(cause, LengthOrHashMismatchError):
        what = f"{asked} is not the file that was signed: its length or its hash is another"
        return RefusedError(what, where=source, do=TAKE_AGAIN)
    return RefusedError(f"{asked or 'the pinned root'} cannot be used: {cause}", where=source, do=TAKE_AGAIN)


def _of_expiry(cause: Exception, role: str, metadata: Path, offered: bytes, source: str, now: Now) -> RefusedError:
    # The final root is judged when the timestamp comes (§5.3.10), the timestamp with the snapshot, and so on.
    named = next(
        (one for one in ("root", "timestamp", "snapshot") if str(cause).startswith((one, f"Final {one}"))), role
    )
    raw = offered if named == role else _kept(metadata, named)
    parsed = _parsed(raw)
    return expired(f"{named}.json", parsed.expires if parsed else None, now, source)


def _signatures(role: str, metadata: Path, offered: bytes) -> str:
    delegator = _parsed(_kept(metadata, "root" if role in ("root", "timestamp", "snapshot", "targets") else "targets"))
    offered_metadata = Metadata[Root].from_bytes(offered)
    if not isinstance(delegator, Root | Targets):
        return "it is not signed by whom it should be"
    problem = signature_problem(role, offered_metadata, delegator)
    if problem:
        return problem + (" (the keys of the root before count)" if role == "root" else "")
    if offered_metadata.signed.type == Root.type:
        own = signature_problem(role, offered_metadata, offered_metadata.signed)
        return f"{own} (its own keys count as well)"
    return "it is not signed by whom it should be"


def _of_version(role: str, file: str, metadata: Path, offered: bytes, source: str) -> RefusedError:
    new, old = _parsed(offered), _parsed(_kept(metadata, role))
    match new, old:
        case Root(), _:
            return _mixed(f"{file} says it is version {new.version}", source)
        case Timestamp(), Timestamp() if new.version < old.version:
            return _rollback("timestamp.json", new.version, old.version, source)
        case Timestamp(), Timestamp():
            return _rollback("snapshot.json", new.snapshot_meta.version, old.snapshot_meta.version, source)
        case Snapshot(), _:
            return _of_snapshot(file, new, old, metadata, source)
    found = f"version {new.version}" if new else "another version"
    return _mixed(f"{file} is {found}, and the snapshot lists another", source)


def _of_snapshot(file: str, new: Snapshot, old: object, metadata: Path, source: str) -> RefusedError:
    for name, listed in old.meta.items() if isinstance(old, Snapshot) else ():
        following = new.meta.get(name)
        if following is not None and following.version < listed.version:
            return _rollback(name, following.version, listed.version, source)
    timestamp = _parsed(_kept(metadata, "timestamp"))
    listed_version = timestamp.snapshot_meta.version if isinstance(timestamp, Timestamp) else "another"
    return _mixed(f"{file} is version {new.version}, and the timestamp lists {listed_version}", source)


def _other(cause: Exception, role: str, file: str, metadata: Path, offered: bytes, source: str) -> RefusedError:
    new, old = _parsed(offered), _parsed(_kept(metadata, role))
    if new is not None and new.type != (role if role in TOP_LEVEL_ROLE_NAMES else Targets.type):
        return RefusedError(f"{file} is the metadata of another role, {new.type}", where=source, do=TAKE_AGAIN)
    if isinstance(new, Snapshot) and isinstance(old, Snapshot) and (gone := sorted(old.meta.keys() - new.meta.keys())):
        what = f"{file} lists {gone[0]} no more; a file that was listed once may only become newer"
        return RefusedError(what, where=source, do=_NEWER)
    if unlisted := _UNLISTED.search(str(cause)):
        what = f"the snapshot does not list {unlisted[1]}.json, to which targets.json delegates"
        return RefusedError(what, where=source, do=ASK_PUBLISHER)
    return RefusedError(f"{file} cannot be used: {cause}", where=source, do=TAKE_AGAIN)


def _rollback(name: str, offered: int, seen: int, source: str) -> RefusedError:
    return RefusedError(
        f"it would go back: {name} is version {offered} there, and this appliance has seen version {seen}",
        where=source,
        do=_NEWER,
    )


def _mixed(what: str, source: str) -> RefusedError:
    return RefusedError(f"files that do not belong together: {what}", where=source, do=TAKE_AGAIN)


def _kept(metadata: Path, role: str) -> bytes:
    """What `ngclient` has kept of a role; nothing: it has none."""
    path = metadata / f"{role}.json"
    return path.read_bytes() if path.is_file() else b""


def _parsed(raw: bytes) -> Root | Timestamp | Snapshot | Targets | None:
    """None: it is no metadata."""
    try:
        signed: object = Metadata[Root].from_bytes(raw).signed  # whichever it is
    except UNREADABLE:
        return None
    return signed if isinstance(signed, Root | Timestamp | Snapshot | Targets) else None
