"""A loop has an end: attempts are counted over lives, and what keeps dying only reads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from appliance.bench.power_cut import PowerCut
from appliance.clock import UNKNOWN_BOOT
from appliance.engine.journal import Journal
from appliance.engine.loop_guard import Deaths, End, Life, deaths, end_found
from appliance.engine.ports import Command
from appliance.errors import LinkError
from appliance.events import Phase
from tests.engine.workshop import WorkshopBench, dme_of

ERASE, DOWNLOAD = "31 01 FF 00", "34"
READS = {0x22, 0x19, 0x09, 0x3E}  # ReadDataByIdentifier, ReadDTCInformation, OBD vehicle information, TesterPresent
CUTS = 12
RESTART_S = 6.0  # longer than S3: sessions nobody keeps have ended by themselves


class Crash(Exception):
    """What nobody has words for."""


def crash() -> None:
    raise Crash


def cut() -> None:
    raise PowerCut


# -- how a life ended, and what that means


LIFE = Life("boot-1", "2017-06-01T09:00:00+00:00")
KINDS = {
    "o": replace(LIFE, end=End.ORDERLY),
    "s": replace(LIFE, end=End.STOPPED),
    "c": replace(LIFE, end=End.CUT),
    "w": replace(LIFE, end=End.CUT, worked=True),
    "d": replace(LIFE, end=End.DIED, words="the last words"),
    "D": replace(LIFE, end=End.DIED, worked=True),
    "O": replace(LIFE, end=End.ORDERLY, diagnosis=True),
    "C": replace(LIFE, end=End.CUT, diagnosis=True),
    "R": replace(LIFE, end=End.ORDERLY, diagnosis=True, released=True),
    "X": replace(LIFE, end=End.DIED, diagnosis=True, released=True),
    "u": replace(LIFE, end=End.UNLINKED),
}


@pytest.mark.parametrize(
    ("lives", "count"),
    [
        ("", 0),
        ("d", 0),
        ("dd", 2),
        ("ddd", 3),
        ("cccccccccccc", 0),  # power cuts are innocent, however many
        ("dc", 0),
        ("dcd", 2),  # a cut shows nothing: people pull the plug of what hangs
        ("dcccd", 2),
        ("dwd", 0),  # between them it brought a run to its verdict
        ("dod", 0),
        ("dsd", 0),
        ("ddo", 0),
        ("DD", 2),  # a run brought to its verdict excuses no death of the same life
        ("odd", 2),
        ("ddO", 2),  # switched off in diagnosis: the next one is in it again
        ("ddCCO", 2),
        ("ddR", 0),  # a person left it
        ("ddRd", 0),
        ("ddRdd", 2),
        ("ddX", 0),  # left, and died: the first one of a new count
        ("ddXd", 2),
        ("ddOd", 3),  # it dies even while it only reads
        ("uuuu", 0),  # a loose HAT says nothing of what this process does with a control unit
        ("dud", 2),
    ],
)
def test_two_deaths_in_a_row_and_the_next_life_only_reads(lives: str, count: int) -> None:
    found = deaths([KINDS[letter] for letter in lives])
    assert (found.count if found else 0) == count


def test_the_words_are_those_of_the_newest_death() -> None:
    older = replace(KINDS["d"], words="the first words")
    found = deaths([older, KINDS["d"], KINDS["c"]])
    assert found is not None
    assert found.words == "KL30 ended abnormally twice in a row (last: the last words)"
    assert Deaths(3, "").words.startswith("KL30 ended abnormally 3 times in a row (last: it is not known")


@pytest.mark.parametrize(
    ("left_in", "found_in", "end"),
    [
        ("boot-1", "boot-1", End.DIED),
        ("boot-1", "boot-2", End.CUT),
        (UNKNOWN_BOOT, UNKNOWN_BOOT, End.CUT),  # what nobody can tell accuses nobody
        ("boot-1", UNKNOWN_BOOT, End.CUT),
    ],
)
def test_a_life_without_an_end_died_if_its_machine_lived_on(left_in: str, found_in: str, end: End) -> None:
    assert end_found(replace(LIFE, boot=left_in), found_in) is end


# -- attempts, over lives


def erases(bench: WorkshopBench) -> int:
    return sum(1 for payload in bench.requests_to(0x12) if payload[:4] == bytes.fromhex(ERASE))


def test_three_failures_are_the_end_of_it_and_a_boot_does_not_begin_again(bench: WorkshopBench) -> None:
    bench.shelf.spoiled = True
    assert bench.started().verdict == "failed"
    assert (erases(bench), bench.booted()) == (3, None)
    assert erases(bench) == 3


def test_a_start_after_that_brings_a_fresh_set_of_attempts(bench: WorkshopBench) -> None:
    bench.shelf.spoiled = True
    bench.started()
    assert bench.started().verdict == "failed"
    assert erases(bench) == 6
    bench.shelf.spoiled = False
    assert bench.started().verdict == "programmed"


def test_failures_are_counted_over_lives_and_a_cut_is_none(bench: WorkshopBench) -> None:
    """Failed, cut off, failed, failed: three failures, and the cut used up none of them."""
    bench.shelf.spoiled = True
    bench.next_time(DOWNLOAD, lambda: bench.next_time(DOWNLOAD, cut))
    with pytest.raises(PowerCut):
        bench.started()
    report = bench.booted()
    assert report is not None
    assert (report.verdict, dme_of(report).attempts, erases(bench)) == ("failed", 4, 4)
    assert "program failed 3 times, last: check memory of program reported 01" in report.reason


def test_a_cut_after_the_last_failure_only_gives_the_car_back(bench: WorkshopBench) -> None:
    bench.shelf.spoiled = True
    third_check: Callable[[], None] = lambda: bench.next_time("31 01 02 02", lambda: bench.next_time("85 01", cut))  # noqa: E731
    bench.next_time("31 01 02 02", lambda: bench.next_time("31 01 02 02", third_check))
    with pytest.raises(PowerCut):
        bench.started()
    report = bench.booted()
    assert report is not None
    assert (report.verdict, erases(bench)) == ("failed", 3)
    assert all(unit.dtc_setting and unit.normal_messages for unit in bench.plant.car.units.values())


def test_ten_cuts_at_the_same_place_are_innocent(bench: WorkshopBench) -> None:
    for _ in range(10):
        bench.cut_at_next(DOWNLOAD)
    report = bench.booted()
    assert report is not None
    assert (report.verdict, report.interruptions) == ("programmed", 10)


def test_an_erase_that_kills_the_supply_every_time_has_an_end_in_words(bench: WorkshopBench) -> None:
    for _ in range(CUTS):
        bench.cut_at_next(ERASE)
    before = len(bench.sent)
    report = bench.booted()
    assert report is not None
    sent = {payload[0] for _, payload in bench.sent[before:]}
    assert not sent & {0x27, 0x34, 0x36}, "nothing is programmed any more"
    assert (report.verdict, dme_of(report).verdict) == ("failed", "in-bootloader")
    assert "program was cut off 12 times in a row before it was done" in report.reason
    assert "do not replace the control unit" in report.reason
    assert bench.statuses[-1].phase is Phase.FAILED
    assert bench.booted() is None, "it does not resume by itself"
    assert bench.started().verdict == "programmed", "a person has decided"


# -- lives


def crashed_at_next(bench: WorkshopBench, prefix: str) -> None:
    """One life whose process dies when a message that begins so is sent; its machine lives on."""
    bench.next_time(prefix, crash)
    with suppress(Crash):
        bench.started()
        pytest.fail("it did not crash")
    bench.clock.sleep_until(bench.clock.now_s() + RESTART_S)


def twice_crashed(bench: WorkshopBench) -> None:
    crashed_at_next(bench, DOWNLOAD)
    crashed_at_next(bench, DOWNLOAD)
    bench.sent.clear()


def lives_of(bench: WorkshopBench) -> tuple[Life, ...]:
    journal = Journal(bench.folder / "journal.sqlite", bench.clock)
    try:
        return journal.lives()
    finally:
        journal.close()


def test_after_one_crash_the_job_is_finished_by_itself(bench: WorkshopBench) -> None:
    crashed_at_next(bench, DOWNLOAD)
    report = bench.booted()
    assert report is not None
    assert report.verdict == "programmed"
    died, last = lives_of(bench)
    assert (died.end, last.end, last.worked) == (End.DIED, End.ORDERLY, True)
    assert died.words.startswith("while it did this: 0x12 ")


def test_after_two_it_comes_up_reading_only_says_why_and_resumes_nothing(bench: WorkshopBench) -> None:
    twice_crashed(bench)
    assert bench.booted() is None
    status = bench.statuses[-1]
    assert bench.sent == []
    assert status.phase is Phase.REFUSED
    assert status.what.startswith(
        "Read-only diagnosis: KL30 ended abnormally twice in a row (last: while it did this: 0x12 "
    )
    assert "The job of WMWXM5C54G3A12345 is unfinished (DME 0x12: in-bootloader)." in status.what
    assert "Leave the charger on, the ignition as it is and the plug in; do not replace a control unit." in status.do
    assert "hold START and CANCEL together for 5 s" in status.do
    assert not status.safe_to_unplug


def test_start_then_only_reads(bench: WorkshopBench) -> None:
    twice_crashed(bench)
    with bench.switched_on() as engine:
        engine.boot()
        bench.plant.panel.press("start")
        assert engine.ready() is Command.START
        assert engine.start() is None
        assert (bench.statuses[-1].phase, bench.statuses[-1].verdict) == (Phase.REFUSED, "")
    assert {payload[0] for _, payload in bench.sent} <= READS
    status = bench.statuses[-1]
    assert "Read now: VIN WMWXM5C54G3A12345; 4 control units answer; DME 0x12: stuck in its bootloader" in status.what
    assert status.vehicle is not None
    assert not status.safe_to_unplug


def test_another_car_is_read_and_said_to_be_another(bench: WorkshopBench) -> None:
    twice_crashed(bench)
    bench.plant.car.world.vin = "WMWXM5C51G3A99999"
    with bench.switched_on() as engine:
        engine.boot()
        engine.start()
    assert "VIN WMWXM5C51G3A99999, which is not the car of that job" in bench.statuses[-1].what


def test_a_person_leaves_it_and_the_job_goes_on(bench: WorkshopBench) -> None:
    twice_crashed(bench)
    with bench.switched_on() as engine:
        engine.boot()
        bench.plant.panel.press("release")
        assert engine.ready() is Command.START
        report = engine.start()
    bench.watched.ended(report)
    assert report is not None
    assert (report.verdict, report.interruptions) == ("programmed", 2)
    assert any("read-only diagnosis: KL30 ended abnormally twice" in note for note in report.notes)
    assert any(line.text == "RELEASE: a person left read-only diagnosis" for line in report.timeline)


def test_who_left_it_has_two_lives_again(bench: WorkshopBench) -> None:
    twice_crashed(bench)
    bench.next_time(DOWNLOAD, crash)
    with suppress(Crash), bench.switched_on() as engine:
        engine.boot()
        bench.plant.panel.press("release")
        engine.ready()
        engine.start()
        pytest.fail("it did not crash")
    report = bench.booted()
    assert report is not None
    assert report.verdict == "programmed"


@pytest.mark.parametrize("way", ["switched off", "power cut"])
def test_no_other_way_out_of_it(bench: WorkshopBench, way: str) -> None:
    twice_crashed(bench)
    for _ in range(2):
        with suppress(PowerCut), bench.switched_on() as engine:
            engine.boot()
            if way == "power cut":
                raise PowerCut
    assert bench.booted() is None
    assert (bench.statuses[-1].phase, bench.sent) == (Phase.REFUSED, [])


def test_a_crash_a_cut_and_a_crash_are_two_crashes(bench: WorkshopBench) -> None:
    """Who finds a hung appliance pulls its plug; that must not hide the hang."""
    crashed_at_next(bench, DOWNLOAD)
    bench.cut_at_next(DOWNLOAD)
    crashed_at_next(bench, DOWNLOAD)
    assert bench.booted() is None
    assert bench.statuses[-1].phase is Phase.REFUSED


def test_a_job_brought_to_its_end_between_two_crashes_begins_a_new_count(bench: WorkshopBench) -> None:
    crashed_at_next(bench, DOWNLOAD)
    with suppress(PowerCut), bench.switched_on() as engine:
        engine.boot()
        raise PowerCut  # after DONE most people just unplug it
    crashed_at_next(bench, "22")
    assert bench.booted() is None
    assert bench.statuses[-1].phase is not Phase.REFUSED


def test_leaving_it_with_nothing_unfinished_makes_it_ready(bench: WorkshopBench) -> None:
    crashed_at_next(bench, "22")
    crashed_at_next(bench, "22")
    with bench.switched_on() as engine:
        assert engine.boot() is None
        assert "No job is unfinished." in bench.statuses[-1].what
        bench.plant.panel.press("release")
        bench.plant.panel.press("shutdown")
        assert engine.ready() is Command.SHUTDOWN
        assert bench.statuses[-1].phase is Phase.READY


def test_the_gesture_that_leaves_it_means_nothing_anywhere_else(bench: WorkshopBench) -> None:
    bench.at_transfer(2, bench.press(Command.RELEASE))
    with bench.switched_on() as engine:
        engine.boot()
        bench.plant.panel.press("release")
        bench.plant.panel.press("start")
        assert engine.ready() is Command.START
        report = engine.start()
    assert report is not None
    assert report.verdict == "programmed"
    assert any(line.text == "RELEASE: already at work" for line in report.timeline)


@pytest.mark.parametrize(
    ("reason", "end", "words"),
    [
        (RuntimeError("a mistake of ours"), End.DIED, "a mistake of ours"),
        (LinkError("the interface is down", where="can0"), End.UNLINKED, "can0: the interface is down."),
        (KeyboardInterrupt(), End.STOPPED, ""),  # Ctrl-C; SIGTERM of the service manager is made one
        (SystemExit(0), End.STOPPED, ""),
    ],
)
def test_an_error_that_ends_a_life_is_a_death_with_words_and_a_stop_is_none(
    bench: WorkshopBench, reason: BaseException, end: End, words: str
) -> None:
    appliance = bench.assembled()
    appliance.engine.boot()
    appliance.fell(reason)
    (life,) = lives_of(bench)
    assert (life.end, life.words) == (end, words)


def test_an_orderly_end_between_two_crashes_begins_a_new_count(bench: WorkshopBench) -> None:
    crashed_at_next(bench, "22")
    bench.booted()
    crashed_at_next(bench, "22")
    bench.booted()
    assert bench.statuses[-1].phase is not Phase.REFUSED


def test_a_command_that_only_reads_the_journal_is_no_life(bench: WorkshopBench) -> None:
    crashed_at_next(bench, DOWNLOAD)
    bench.runs()
    assert [life.end for life in lives_of(bench)] == [None]
