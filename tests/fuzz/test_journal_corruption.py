"""Whatever a card does to the journal: it is sound and true, or it is set aside in words; nobody lies because of it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.bench.power_cut import PowerCut
from appliance.clock import VirtualClock
from appliance.engine.journal import BEFORE, Journal, Run
from appliance.engine.journal_check import DamagedJournal
from appliance.engine.journal_file import NAME, notices, open_journal
from appliance.errors import JournalError
from appliance.procedure.facts import Fact
from tests.engine.workshop import WorkshopBench, number_of, undisturbed

EXAMPLES = int(os.environ.get("KL30_FUZZ", "150"))
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
PAGE = 4096
_ROWS = re.compile(rb"CodingSaved|DatablockBegun|DatablockProgrammed|UnitProgrammed|LevelBegun|service-action-dme")
LATE = 8  # of TransferData; so far in, datablocks are proven and one is begun


@dataclass(frozen=True, slots=True)
class Truth:
    """A journal as it lies on the disk, and what is true of it."""

    files: dict[str, bytes]
    runs: tuple[Run, ...]
    facts: tuple[Fact, ...]


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="kl30-", dir=MEMORY) as name:
        yield Path(name)


def _left_in(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in data.glob(f"{NAME}*")}


@cache
def cut_off() -> Truth:
    """In the middle of the transfer, with the log as the writer left it."""
    with folder() as data:
        bench = WorkshopBench(data)
        files: dict[str, bytes] = {}

        def cut() -> None:
            files.update(_left_in(data))
            raise PowerCut

        bench.at_message(number_of(undisturbed(), "36", nth=LATE), cut)
        with pytest.raises(PowerCut):
            bench.started()
    return _truth(files)


@cache
def finished() -> Truth:
    """A run that was programmed; closed in order, so that there is no log."""
    with folder() as data:
        WorkshopBench(data).started()
        return _truth(_left_in(data))


def _truth(files: dict[str, bytes]) -> Truth:
    with folder() as data:
        written(data, files)
        with closing(Journal(data / NAME, VirtualClock())) as journal:
            runs = journal.runs()
            return Truth(files, runs, journal.facts(runs[0].id))


def written(data: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (data / name).write_bytes(content)


def spoiled(random: Random, truth: Truth) -> dict[str, bytes]:
    """What a card, a cut and a person do to files."""
    files = dict(truth.files)
    for _ in range(random.choice((1, 1, 2, 5))):
        name = random.choice(sorted(truth.files))
        if name in files:
            files[name] = _spoiled(random, files[name])
        if random.random() < 0.05:
            files.pop(name, None)
    return files


def _spoiled(random: Random, content: bytes) -> bytes:
    if not content:
        return content
    at = _place(random, content)
    page, other = (random.randrange(0, len(content), PAGE) for _ in range(2))
    match random.randrange(8):
        case 0 | 1 | 2:
            return content[:at] + bytes([content[at] ^ 1 << random.randrange(8)]) + content[at + 1 :]
        case 3:
            return content[:at]
        case 4:
            return content[:page] + bytes(min(PAGE, len(content) - page)) + content[page + PAGE :]
        case 5:
            return content[:page] + content[other : other + PAGE] + content[page + PAGE :]
        case 6:
            noise = bytes(random.getrandbits(8) for _ in range(random.choice((1, 4, 32))))
            return content[:at] + noise + content[at + len(noise) :]
        case _:
            head = random.randrange(100)  # the file's header says how the rest is read
            return content[:head] + bytes([random.getrandbits(8)]) + content[head + 1 :]


def _place(random: Random, content: bytes) -> int:
    """Anywhere, or where it matters most: in what a restart relies on."""
    rows = [found.start() for found in _ROWS.finditer(content)]
    if not rows or random.random() < 0.5:
        return random.randrange(len(content))
    return min(len(content) - 1, random.choice(rows) + random.randrange(120))


def _require_true(journal: Journal, truth: Truth) -> None:
    """What the journal says was once true: rows as they were written, and none that was not."""
    true = {run.id: run for run in truth.runs}
    for run in journal.runs():
        was = true[run.id]
        assert run.verdict in ("", was.verdict)
        assert run.plan in ("", was.plan)
        assert run.vin in ("", was.vin)
    for run in truth.runs:
        said = journal.facts(run.id)
        assert said == truth.facts[: len(said)], "facts in order, the newest missing at most"
        journal.events(run.id)
        journal.samples(run.id)
        journal.observed(run.id, BEFORE)
        assert journal.report_of(run.id) in ("", was_report(truth, run.id))


def was_report(truth: Truth, run: str) -> str:
    return next(one.report for one in truth.runs if one.id == run)


@pytest.mark.timeout(max(120, EXAMPLES))
@pytest.mark.parametrize("which", [cut_off, finished], ids=["cut off", "finished"])
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_a_corrupted_journal_says_the_truth_or_is_set_aside(which: object, random: Random) -> None:
    truth = cut_off() if which is cut_off else finished()
    with folder() as data:
        written(data, spoiled(random, truth))
        with closing(open_journal(data, VirtualClock())) as journal:
            if journal.lost:
                assert journal.runs() == ()
                assert notices(data)
                return
            try:
                _require_true(journal, truth)
            except DamagedJournal:
                return  # found late, in words: another car's rows are read when they are needed


@settings(max_examples=min(EXAMPLES, 100), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_a_reader_of_a_corrupted_journal_gets_words(random: Random) -> None:
    with folder() as data:
        written(data, spoiled(random, cut_off()))
        before = sorted(path.name for path in data.iterdir() if NAME in path.name)
        try:
            Journal(data / NAME, VirtualClock()).close()
        except JournalError as error:
            assert error.where  # noqa: PT017 – both ways are good
        assert not notices(data), before


@pytest.mark.timeout(600)
@settings(max_examples=max(8, EXAMPLES // 20), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_a_car_is_reported_programmed_only_if_it_is_whatever_became_of_the_journal(random: Random) -> None:
    """A job cut off in mid transfer, its journal spoiled, and the plug put back."""
    with folder() as data:
        bench = WorkshopBench(data)
        bench.cut_off(number_of(undisturbed(), "36", nth=LATE))
        files = spoiled(random, cut_off())
        for path in data.glob(f"{NAME}*"):
            path.unlink()
        written(data, files)
        with bench.switched_on() as engine:
            report = engine.boot() or engine.start()
        assert report is not None
        assert report.verdict in ("programmed", "failed", "interrupted")
        assert (report.verdict == "programmed") is bench.dme.good
        if "set aside" in " ".join(report.notes):
            assert any(path.name.startswith(f"{NAME}.damaged-") for path in data.iterdir())
