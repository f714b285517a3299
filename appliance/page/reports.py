"""The folder of final reports: which there are, and one of them.

A run's name is letters, digits and hyphens; anything else is no report, whatever file it might reach.
Newest first goes by the file's time, then by name: the wall clock may be wrong (the report says how far).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from appliance import values
from appliance.page.report_trace import picture
from appliance.page.report_view import ReportView, view

FOLDER = "reports"
SHOWN = 100  # in the list; older ones still open by their address
_LARGEST_BYTES = 64 * 1024 * 1024  # a report of some hours has a few million
_RUN = re.compile(r"[A-Za-z0-9-]{1,100}")


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list. `report` is None when the file cannot be read."""

    run: str
    written: datetime
    report: ReportView | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The newest reports, and how many older ones are left off."""

    newest: tuple[Listed, ...]
    older: int


class Reports:
    """The reports of one data folder."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER
        # A report does not change; a list of a hundred with voltage traces would be read again at each look.
        self._parsed = lru_cache(maxsize=SHOWN)(_parse)

    def listing(self) -> Listing:
        """The newest `SHOWN`, newest first; empty without a folder."""
        found = sorted(self._stamped(), reverse=True)
        lines = (
            Listed(
                run, datetime.fromtimestamp(mtime_ns / 1e9, UTC), self._parsed(self._folder / f"{run}.json", mtime_ns)
            )
            for mtime_ns, run in found[:SHOWN]
        )
        return Listing(tuple(lines), max(0, len(found) - SHOWN))

    def file(self, run: str, suffix: str) -> Path | None:
        """The file of a run (`.json` or `.html`); None when there is none of that name."""
        if not _RUN.fullmatch(run):
            return None
        path = self._folder / f"{run}{suffix}"
        return path if path.is_file() else None

    def read(self, run: str) -> ReportView | None:
        """The report of a run for display; None when it is missing or unreadable (ask `file` which)."""
        path = self.file(run, ".json")
        return None if path is None else self._parsed(path, path.stat().st_mtime_ns)

    def picture(self, run: str) -> str:
        """The voltage trace of a run as inline SVG; empty when there is none to draw."""
        path = self.file(run, ".json")
        plain = None if path is None else _plain(path)
        return "" if plain is None else picture(plain)

    def _stamped(self) -> list[tuple[int, str]]:
        if not self._folder.is_dir():
            return []
        files = (path for path in self._folder.glob("*.json") if _RUN.fullmatch(path.stem) and path.is_file())
        return [(path.stat().st_mtime_ns, path.stem) for path in files]


def _parse(path: Path, _mtime_ns: int) -> ReportView | None:
    plain = _plain(path)
    try:
        return None if plain is None else view(path.stem, plain)
    except RecursionError:  # deep enough to be read, too deep to be told
        return None


def _plain(path: Path) -> dict[str, object] | None:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return None
        text = path.read_text(encoding="utf-8")
        plain = values.parse_json(text)
        if "\\ud" in text.lower():  # JSON can spell half a character, which no page can
            json.dumps(plain, ensure_ascii=False).encode()
    except (OSError, ValueError, RecursionError):
        return None
    return plain if isinstance(plain, dict) else None
