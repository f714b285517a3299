"""`kl30 report export`: one run as a file for somebody who can help, with nothing secret in it.

In the bundle (zip): the report as JSON and as its page, what the journal holds of the run, the recordings of its time,
the self-test, versions, and a list that says what was left out and why.

Never in it, redacted or not: the device's key, seeds and keys of SecurityAccess, firmware images, the data folder's
other runs.  With `--redact` the last seven characters of the VIN are taken out everywhere (`engine.redaction`); such a
report cannot keep its signature and is signed anew, as redacted.
"""

from __future__ import annotations

import platform
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console

from appliance import __version__
from appliance.bus.candump import LoggedFrame, line_of, read_log
from appliance.bus.redacted_log import redacted, without_secrets
from appliance.clock import RealClock
from appliance.commands.selftest import findings
from appliance.config import Config
from appliance.engine.device_key import DeviceKey
from appliance.engine.extract import Extract, extract, redacted_text
from appliance.engine.journal import Journal, Run
from appliance.engine.journal_file import NAME
from appliance.engine.owner import DataLock
from appliance.engine.printed import printed
from appliance.engine.redaction import Redactor, redacted_report
from appliance.engine.signature import Edition
from appliance.errors import EXIT_OK, BoardError, Kl30Error, UsageError
from appliance.values import to_json

RECORDINGS = "recordings"  # of the data folder, and in the bundle
_MARGIN = timedelta(minutes=1)  # a recording begins before its run, and the clock may be set meanwhile
_LARGEST_BYTES = 64 * 1024 * 1024  # of all recordings together, the newest first
_LIST = "contents.txt"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the bundle; `text` is empty and `why` says why when it was left out."""

    name: str
    text: str = ""
    why: str = ""


def export_report(config: Config, identifier: str, out: Path, *, redact: bool) -> int:
    """Write the bundle of a run into a folder, and say where it is; its exit code.

    Raises:
        UsageError: there is no such run, or it was written by another version and cannot be redacted.
        JournalError: the journal cannot be read.
        RefusedError: it could not be made sure that nobody recognises the vehicle.
        BoardError: the bundle cannot be written.
    """
    found, report, vins = _read(config, identifier)
    redactor = Redactor(vins) if redact else None
    entries = [
        *_report(config, found.run, report, redactor),
        Entry("journal.json", redacted_text(found, redactor) if redactor else to_json(found)),
        *_recordings(config, found, redactor),
        _selftest(config, redactor),
        Entry("version.txt", f"KL30 {__version__}\nPython {platform.python_version()}\n{platform.machine()}\n"),
    ]
    if redactor:
        for entry in entries:
            redactor.require_clean(entry.text + entry.why, entry.name)
    path = out / f"kl30-{found.run.id}{'-redacted' if redact else ''}.zip"
    _write(path, [Entry(_LIST, _listed(entries, found.run, redact=redact)), *entries])
    Console(soft_wrap=True, highlight=False, markup=False, emoji=False).print(f"bundle: {path}")
    return EXIT_OK


def _read(config: Config, identifier: str) -> tuple[Extract, str, set[str]]:
    """What there is of a run, its report (empty: none yet), and every VIN the journal knows."""
    path = config.data / NAME
    if not path.exists():
        raise UsageError("there is no journal yet", where=str(path), do="give the data folder with --data")
    with closing(Journal(path, RealClock())) as journal:
        run = journal.run(identifier)
        if run is None:
            raise UsageError(f"there is no run {identifier!r}", do="kl30 report list names them")
        return extract(journal, run), journal.report_of(identifier), {one.vin for one in journal.runs()}


def _report(config: Config, run: Run, text: str, redactor: Redactor | None) -> list[Entry]:
    if not text:
        return [Entry("report.json", why="the run has none yet")]
    if redactor is None:
        return [Entry("report.json", text), _page(config.data / "reports" / f"{run.id}.html")]
    files = printed(redacted_report(text, run, redactor), DeviceKey(config.data, RealClock()), Edition.REDACTED)
    return [Entry("report.json", files.json), Entry("report.html", files.page)]


def _page(path: Path) -> Entry:
    try:
        return Entry("report.html", path.read_bytes().decode("utf-8"))  # byte for byte: it is signed
    except (OSError, UnicodeDecodeError) as error:
        return Entry("report.html", why=f"it cannot be read: {error}")


def _recordings(config: Config, found: Extract, redactor: Redactor | None) -> list[Entry]:
    """Those that reach into the run's time, the newest first as long as there is room, by the clock that wrote them."""
    begun, ended = _span(found)
    entries: list[Entry] = []
    left_bytes = _LARGEST_BYTES
    for path in sorted((config.data / RECORDINGS).glob("*.log"), reverse=True):
        name = f"{RECORDINGS}/{path.name}"
        if path.stat().st_size > left_bytes:
            entries.append(Entry(name, why="the bundle would be too large"))
            continue
        try:
            frames = list(without_secrets(read_log(path)))
        except UsageError as error:
            entries.append(Entry(name, why=str(error)))
            continue
        if frames and frames[0].at_s <= ended and frames[-1].at_s >= begun:
            left_bytes -= path.stat().st_size
            entries.append(Entry(name, _log_text(path.stem.rpartition("-")[0], frames, redactor)))
    return entries or [Entry(RECORDINGS, why="there are none of that time")]


def _span(found: Extract) -> tuple[float, float]:
    begun = datetime.fromisoformat(found.run.begun) - _MARGIN
    if not found.run.verdict or not found.events:
        return begun.timestamp(), float("inf")
    return begun.timestamp(), (datetime.fromisoformat(found.events[-1].wall) + _MARGIN).timestamp()


def _log_text(channel: str, frames: list[LoggedFrame], redactor: Redactor | None) -> str:
    if redactor is not None:
        frames = redacted(frames, [serial.encode("ascii") for serial in redactor.serials])
    return "".join(line_of(frame.at_s, channel, frame.can_id, frame.data) for frame in frames)


def _selftest(config: Config, redactor: Redactor | None) -> Entry:
    """Only while nobody works on this data folder: the checks touch the board."""
    try:
        lock = DataLock(config.data)
    except Kl30Error as error:
        return Entry("selftest.txt", why=_hidden(str(error), redactor))
    try:
        found = findings(config)
    finally:
        lock.release()
    text = "".join(f"{one.name}: {'fit' if one.fit else 'NOT FIT'}: {one.found}\n" for one in found)
    return Entry("selftest.txt", _hidden(text, redactor))


def _hidden(text: str, redactor: Redactor | None) -> str:
    return redactor.text(text) if redactor else text


def _listed(entries: list[Entry], run: Run, *, redact: bool) -> str:
    kind = (
        "Redacted: the last seven characters of every VIN were taken out. The report was signed anew after that; the "
        "signature of the original is not in here.\n"
        if redact
        else "Not redacted: it names the vehicle by its VIN.\n"
    )
    lines = "".join(f"{one.name}{f': left out, {one.why}' if one.why else ''}\n" for one in entries)
    never = (
        "Never in here: the device's key, seeds and keys of SecurityAccess (blanked in recordings), firmware images.\n"
    )
    return f"KL30 support bundle of run {run.id}\n{kind}{never}\n{lines}"


def _write(path: Path, entries: list[Entry]) -> None:
    partial = path.with_name(path.name + ".partial")
    written = RealClock().wall().timetuple()[:6]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as bundle:
            for entry in entries:
                if not entry.why:
                    bundle.writestr(zipfile.ZipInfo(entry.name, written), entry.text, zipfile.ZIP_DEFLATED)
        partial.replace(path)
    except OSError as error:
        raise BoardError(
            f"the bundle cannot be written: {error.strerror}", where=str(path), do="choose another folder with --out"
        ) from error
