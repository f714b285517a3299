"""Firmware that comes in while the appliance is ready, and trust that grows old."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.engine.incoming import (
    NAME,
    FirmwareChanged,
    ImportNotice,
    ImportState,
    Incoming,
    read_notice,
    write_notice,
)
from appliance.engine.ports import Command
from appliance.engine.workshop import TrustAge
from appliance.events import Event, Noted, Phase
from tests.engine.workshop import WorkshopBench

UNDER_WAY = ImportNotice(ImportState.UNDER_WAY, "2017-06-01T09:00:00", "/media/stick", "Firmware is being imported")
IMPORTED = replace(UNDER_WAY, state=ImportState.IMPORTED, words="firmware was imported: service-action-dme")
REFUSED = replace(UNDER_WAY, state=ImportState.REFUSED, words="it was not imported", do="ask your publisher")


@contextmanager
def told_after(bench: WorkshopBench, seconds: float, notice: ImportNotice) -> Iterator[None]:
    """The importer writes this so many seconds from now; a ticker's first call is at once."""
    due = iter((False, True))

    def tell() -> None:
        if next(due, False):
            write_notice(bench.folder, notice)

    importer = bench.clock.every(seconds, tell, "the importer")
    yield
    importer.stop()


def test_a_notice_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_notice(tmp_path, REFUSED)
    assert read_notice(tmp_path) == REFUSED


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 100_000, b"null"])
def test_a_notice_nobody_can_read_says_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(content)
    assert read_notice(tmp_path) is None


def test_what_was_imported_before_this_life_is_no_news(tmp_path: Path) -> None:
    write_notice(tmp_path, IMPORTED)
    told: list[Event] = []
    assert Incoming(tmp_path, told.append).look() is False
    assert told == []


def test_a_refused_import_is_told_once_and_changes_nothing(tmp_path: Path) -> None:
    told: list[Event] = []
    incoming = Incoming(tmp_path, told.append)
    write_notice(tmp_path, REFUSED)
    assert [incoming.look(), incoming.look()] == [False, False]
    assert told == [Noted("it was not imported; ask your publisher", attention=True)]


def test_a_ready_appliance_shows_an_import_and_leaves_once_it_is_done(bench: WorkshopBench) -> None:
    with bench.switched_on() as engine:
        engine.boot()
        write_notice(bench.folder, UNDER_WAY)
        with told_after(bench, 5.0, IMPORTED), pytest.raises(FirmwareChanged):
            engine.ready()
    assert Phase.CHECKING in {status.phase for status in bench.statuses}


def test_start_waits_while_firmware_is_imported(bench: WorkshopBench) -> None:
    with bench.switched_on() as engine:
        engine.boot()
        write_notice(bench.folder, UNDER_WAY)
        with bench.pressed_after(2.0, Command.START), told_after(bench, 9.0, IMPORTED), pytest.raises(FirmwareChanged):
            engine.ready()
    assert any("press again" in note for status in bench.statuses for note in status.notes)
    assert bench.sent == []


def test_the_next_life_says_what_was_imported(bench: WorkshopBench) -> None:
    write_notice(bench.folder, IMPORTED)
    with bench.switched_on() as engine:
        engine.boot()
    assert "firmware was imported: service-action-dme (2017-06-01)" in bench.statuses[-1].notes


def test_after_a_refused_import_it_is_ready_again(bench: WorkshopBench) -> None:
    with bench.switched_on() as engine:
        engine.boot()
        write_notice(bench.folder, UNDER_WAY)
        with told_after(bench, 3.0, REFUSED), bench.pressed_after(8.0, Command.START):
            assert engine.ready() is Command.START


# -- trust that grows old


def aged(bench: WorkshopBench, age: TrustAge) -> WorkshopBench:
    bench.age = age
    return bench


def test_trust_that_is_too_old_begins_nothing_and_says_what_to_do(bench: WorkshopBench) -> None:
    report = aged(bench, TrustAge(usable=False, words="its grace was over on Monday")).started()
    assert report.verdict == "refused"
    assert "its grace was over on Monday" in report.reason
    assert "kl30 cache import" in report.reason
    assert bench.sent == []


def test_within_its_grace_it_is_used_and_that_is_said(bench: WorkshopBench) -> None:
    report = aged(bench, TrustAge(usable=True, words="it may be used until Monday")).started()
    assert report.verdict == "programmed"
    assert any("it may be used until Monday" in note for status in bench.statuses for note in status.notes)


def test_a_job_that_was_begun_in_time_is_finished(bench: WorkshopBench) -> None:
    bench.cut_off(at=60)
    assert aged(bench, TrustAge(usable=False, words="its grace was over on Monday")).started().verdict == "programmed"
