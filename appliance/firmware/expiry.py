"""How old trust may be: which time it is at least, and what expired metadata still allow.

Rules (decision 0023).  The time is the highest of system clock, time of the last import, and build of the software: a
Raspberry Pi has no clock of its own and may believe anything after a power cut.  Nothing is imported that has
expired.  What was imported before it expired stays usable for the grace after that, with a warning; then a START is
refused.  A clock that runs behind delays the warning and never shortens the grace.

Pure.  Sources: TUF specification 1.0.34, §5.3.10, §5.4.4, §5.5.6, §5.6.5 (freeze attacks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from appliance import BUILT
from appliance.errors import RefusedError
from appliance.firmware.layout import UNCHANGED


@dataclass(frozen=True, slots=True)
class SignedRole:
    """One role's verified metadata: name, version, and when they expire (UTC)."""

    name: str
    version: int
    expires: datetime


@dataclass(frozen=True, slots=True)
class Now:
    """The time that counts, and in words where it is from."""

    at: datetime
    source: str


class Freshness(Enum):
    """What the age of the metadata allows."""

    FRESH = "fresh"
    GRACE = "grace"  # expired; a START is allowed, with a warning
    OVER = "over"  # a START is refused


@dataclass(frozen=True, slots=True)
class Expiry:
    """Whether what was imported may still be used.

    Attributes:
        role: Whose metadata expire first.
        expires: When they do.
        usable_until: When the grace is over.
        words: The same as a sentence without a full stop.
    """

    freshness: Freshness
    role: str
    expires: datetime
    usable_until: datetime
    words: str


def now_at_least(wall: datetime, last_import: datetime | None) -> Now:
    """The latest of all times known.

    Args:
        wall: What the system clock says.
        last_import: Time of the last import; None: there was none.
    """
    candidates = [Now(wall, "system clock"), Now(BUILT, "build of this software")]
    if last_import is not None:
        candidates.append(Now(last_import, "time of the last import; the system clock is behind it"))
    return max(candidates, key=lambda one: one.at)


def first_to_expire(roles: Sequence[SignedRole]) -> SignedRole:
    """Whose metadata expire first; there is at least the root."""
    return min(roles, key=lambda role: role.expires)


def require_fresh(roles: Sequence[SignedRole], now: Now, where: str) -> None:
    """Nothing has expired.

    Raises:
        RefusedError: something has; a repository that is not renewed may be kept from us on purpose.
    """
    first = first_to_expire(roles)
    if first.expires <= now.at:
        raise expired(f"{first.name}.json", first.expires, now, where)


def expired(file: str, expires: datetime | None, now: Now, where: str) -> RefusedError:
    """The refusal of expired metadata; `expires` None: nobody could read since when."""
    since = f"expired on {_day(expires)}" if expires else "has expired"
    return RefusedError(
        f"{file} {since}, and it is {_day(now.at)} ({now.source})",
        where=where,
        do=f"take a newer copy of the repository, or have it renewed, or put the clock right; {UNCHANGED}",
    )


def expiry_of(roles: Sequence[SignedRole], now: Now, grace_days: float) -> Expiry:
    """What the age of these metadata allows."""
    first = first_to_expire(roles)
    until = first.expires + timedelta(days=grace_days)
    if now.at < first.expires:
        words = f"the firmware cache is good until {_day(first.expires)}"
        return Expiry(Freshness.FRESH, first.name, first.expires, until, words)
    since = f"the firmware cache expired on {_day(first.expires)} ({first.name})"
    if now.at < until:
        words = f"{since} and may be used until {_day(until)}; import a renewed repository before"
        return Expiry(Freshness.GRACE, first.name, first.expires, until, words)
    words = f"{since}, and its grace was over on {_day(until)}; import a renewed repository"
    return Expiry(Freshness.OVER, first.name, first.expires, until, words)


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
