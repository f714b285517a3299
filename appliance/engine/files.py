"""Files other processes read: replaced whole, so that a reader sees the old one or the new one."""

from __future__ import annotations

import os
from pathlib import Path

from appliance.clock import Clock
from appliance.errors import JournalError
from appliance.status import Status
from appliance.values import to_json

PARTIAL = ".partial"
STATUS_EVERY_S = 0.25  # a phone needs no more


def replace_file(path: Path, text: str, *, durable: bool) -> None:
    """Write a file beside the old one, then take its place.

    Args:
        durable: Also survive a power cut at once (fsync of file and folder).

    Raises:
        JournalError: it could not be written; the old one is still there.
    """
    try:
        put_file(path, text.encode("utf-8"), durable=durable)
    except OSError as error:
        raise JournalError(
            f"could not be written: {error.strerror}", where=str(path), do="free some space or check the card"
        ) from error


def put_file(path: Path, content: bytes, *, durable: bool) -> None:
    """The same for bytes, and for whoever has words of their own for what went wrong.

    Raises:
        OSError: it could not be written; the old one is still there.
    """
    partial = path.with_name(path.name + PARTIAL)
    with partial.open("wb") as file:
        file.write(content)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    partial.replace(path)
    if durable:
        sync(path.parent)


def sync(path: Path) -> None:
    """A file with its content, or a folder with the names that were changed in it, survives a power cut from here on.

    Raises:
        OSError: it cannot be opened, or the card does not take it.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class StatusFile:
    """A view that keeps `status.json` current for the page, at most every `STATUS_EVERY_S`.

    Attributes:
        trouble: Why the file is old; empty while it is not.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._next_s = float("-inf")
        self._phase = ""
        self.trouble = ""

    def __call__(self, status: Status) -> None:
        """A new status; a new phase or a verdict is written at once."""
        now_s = self._clock.now_s()
        urgent = status.phase.value + status.verdict
        if now_s < self._next_s and urgent == self._phase:
            return
        self._next_s, self._phase = now_s + STATUS_EVERY_S, urgent
        try:
            replace_file(self._path, to_json(status), durable=False)
        except JournalError as error:
            # The page says by itself that the status is old; work on a control unit does not end for a picture.
            self.trouble = str(error)
        else:
            self.trouble = ""
