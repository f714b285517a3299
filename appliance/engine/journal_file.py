"""The journal's place: opening it for the engine, and setting a damaged one aside.

Rules:
1. A damaged journal is renamed, with its -wal and -shm, and never deleted, repaired or believed; a new one is begun.
   A journal that only cannot be used now (locked, disk full) is left alone and refused by name.
2. What that means is written beside it and said at every start and in every report, until somebody takes the files
   away: an unfinished job is unknown now, and coding data that only the journal held may be owed to a car.
3. The main file is renamed first.  After a cut between the renames its log has no file to belong to; the other way
   round an older state of the file would stand there and look sound.

Only the one writer sets aside, behind the lock of the data folder; `Journal` alone is for readers, and changes nothing.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from appliance.clock import Clock
from appliance.engine.files import replace_file, sync
from appliance.engine.journal import Journal
from appliance.engine.journal_check import DamagedJournal
from appliance.engine.journal_loss import loss_words, salvage
from appliance.engine.wal_check import torn_in_the_middle
from appliance.errors import JournalError

NAME = "journal.sqlite"
_MARK = ".damaged-"
_NOTICE = ".txt"
_LOGS = ("-wal", "-shm")
_LONGEST_NOTICE = 2000  # characters; a notice is a few sentences
_LONGEST_LOG_BYTES = 64 * 1024 * 1024  # SQLite empties it at some 4 MB
_MOST_NOTICES = 3  # the newest; a card that breaks more journals than that says nothing new

_WHAT_NOW = (
    "A car that was being worked on is read anew at START. Coding data that only this file held may still be owed to a "
    "control unit: if a job was cut off, check its coding with the dealer tool before the car is used. Earlier reports "
    "are still there as files. Copy the files {name}* away, take them out of the data folder, and replace the card if "
    "this happens again."
)


def open_journal(folder: Path, clock: Clock) -> Journal:
    """The journal of a data folder, sound; a damaged one is set aside first, and `Journal.lost` says so.

    Raises:
        JournalError: it cannot be used now, or the damaged one cannot be moved away.
    """
    path = folder / NAME
    try:
        why = _vanished(path) or _torn(path)
        if not why:
            try:
                return Journal(path, clock, notices(folder))
            except DamagedJournal as damage:
                why = damage.what
        _set_aside(path, why, clock)
        return Journal(path, clock, notices(folder))
    except OSError as error:
        raise JournalError(
            f"its folder cannot be used: {error.strerror}", where=str(path), do="check the card and its permissions"
        ) from error


def notices(folder: Path) -> tuple[str, ...]:
    """What is to be said of the damaged journals in a folder, oldest first; empty: there are none."""
    found = {path.name.removesuffix(_NOTICE) for path in folder.glob(f"{NAME}{_MARK}*")}
    names = sorted(name for name in found if name.isprintable() and not name.endswith(_LOGS))
    return tuple(_notice(folder, name) for name in names[-_MOST_NOTICES:])


def _notice(folder: Path, name: str) -> str:
    with suppress(OSError):  # a power cut came before it was written, or the card takes it: the file itself speaks
        with (folder / f"{name}{_NOTICE}").open(encoding="utf-8", errors="replace") as file:
            text = file.read(_LONGEST_NOTICE).strip()
        if text.isprintable() and text:
            return text
    return f"A damaged journal was set aside as {name}. {_WHAT_NOW.format(name=name)}"


def _vanished(path: Path) -> str:
    """Why the journal is no journal although there was one; empty: it is there, or there never was one."""
    if path.is_symlink() or path.exists():
        if not path.is_file() or path.stat().st_size:
            return ""
        state = "it is empty"
    else:
        state = "it is missing"
    wal = path.with_name(path.name + "-wal")
    begun = (wal.exists() and not wal.is_file()) or (wal.is_file() and wal.stat().st_size > 0)
    return state if begun or any((path.parent / "reports").glob("*.json")) else ""


def _torn(path: Path) -> str:
    """Why the journal would come up older than it was; empty: it would not."""
    log = path.with_name(path.name + "-wal")
    if not log.is_file():
        return ""
    try:
        with log.open("rb") as file:
            content = file.read(min(log.stat().st_size, _LONGEST_LOG_BYTES))
    except OSError:  # SQLite cannot read it either, and has a name for that
        return ""
    return "its log is damaged in the middle" if torn_in_the_middle(content) else ""


def _set_aside(path: Path, why: str, clock: Clock) -> None:
    """Rename the journal and its logs, and write down why.

    Raises:
        JournalError: the folder cannot be changed.
    """
    aside = path.with_name(_free_name(path, clock))
    try:
        for ending in ("", *_LOGS):
            source = path.with_name(path.name + ending)
            if source.is_symlink() or source.exists():
                source.rename(aside.with_name(aside.name + ending))
        sync(path.parent)
    except OSError as error:
        raise JournalError(
            f"it is damaged ({why}) and cannot be moved away: {error.strerror}",
            where=str(path),
            do="check the card and its permissions, then move this file away and keep it",
        ) from error
    words = f"The journal could not be used ({why}). It was set aside as {aside.name} and a new one was begun."
    text = f"{words} {loss_words(salvage(aside))} {_WHAT_NOW.format(name=aside.name)}"
    printable = "".join(one if one.isprintable() else " " for one in text)
    replace_file(aside.with_name(aside.name + _NOTICE), printable + "\n", durable=True)


def _free_name(path: Path, clock: Clock) -> str:
    """A name nothing has yet: a Pi without a clock may come up twice at the same time."""
    stamp = clock.wall().strftime("%Y%m%d-%H%M%S")
    name, number = f"{path.name}{_MARK}{stamp}", 1
    while any(path.parent.glob(f"{name}*")):
        number += 1
        name = f"{path.name}{_MARK}{stamp}-{number}"
    return name
