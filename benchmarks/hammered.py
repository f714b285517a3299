"""Does a flash keep its pace while fifty ask the page?  `python -m benchmarks.hammered`

The transfer of `benchmarks.throughput`, with and without fifty connections that ask the page for its status as fast as
it answers.  The page is a process of its own, as nice as its service is (image/, Nice=10; its CPUQuota is not given
here), and the status it shows is written meanwhile by who transfers, as the flasher does.  Those who ask are phones,
whose processors are not the appliance's: they are as nice as can be.

Transfers take turns with and without, and what counts is the ratio of their medians within one run of the command.
"""

from __future__ import annotations

import http.client
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from multiprocessing.synchronize import Event
from pathlib import Path
from socket import create_connection
from statistics import median
from typing import TypeAlias

from appliance.clock import RealClock
from appliance.engine.files import StatusFile
from appliance.events import Phase, PhaseEntered
from appliance.status import Status, apply
from benchmarks.throughput import BLOCK_LENGTHS, SIZE_BYTES, transfer

CONNECTIONS = 50
PAIRS = 3
GOAL = 0.98
FLOOR = 0.90  # below it something is wrong with more than the machine
PAGE_NICE, PHONES_NICE = 10, 19
_HOST, _PORT = "127.0.0.1", 18031
_PATIENCE_S = 20.0
_TELL_S = 0.25
Answers: TypeAlias = "multiprocessing.Queue[int]"


@dataclass(frozen=True, slots=True)
class Hammered:
    """Bytes a second without and with the crowd, and how often the page answered it."""

    quiet: float
    hammered: float
    answers: int

    @property
    def ratio(self) -> float:
        """Of the rate that is kept."""
        return self.hammered / self.quiet


def measure(pairs: int = PAIRS) -> Hammered:
    """Transfers with and without, in turns.

    Raises:
        RuntimeError: the page did not come up, or a block was not answered.
    """
    quiet, hammered, answers = [], [], 0
    with tempfile.TemporaryDirectory() as folder, _told(Path(folder) / "data"), _page(Path(folder)):
        for _ in range(pairs):
            quiet.append(_rate())
            with _crowd() as asked:
                hammered.append(_rate())
            answers += asked.get(timeout=_PATIENCE_S)
    return Hammered(median(quiet), median(hammered), answers)


def _rate() -> float:
    return SIZE_BYTES / transfer(BLOCK_LENGTHS[0]).elapsed_s


@contextmanager
def _told(data: Path) -> Iterator[None]:
    """The status of a job, kept fresh."""
    data.mkdir()
    clock, status = RealClock(), apply(Status(), 0.0, PhaseEntered(Phase.PROGRAMMING, "Programming DME.", "", ""))
    view = StatusFile(data / "status.json", clock)
    ticker = clock.every(_TELL_S, lambda: view(status), "status")
    yield
    ticker.stop()


@contextmanager
def _page(folder: Path) -> Iterator[None]:
    settings = folder / "kl30.toml"
    settings.write_text(f'[page]\nhost = "{_HOST}"\nport = {_PORT}\n', encoding="utf-8")
    words = ("-m", "appliance", "page", "--config", str(settings), "--data", str(folder / "data"))
    command = ("nice", "-n", str(PAGE_NICE), sys.executable, *words)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as page:
        try:
            _await_page()
            yield
        finally:
            page.terminate()


def _await_page() -> None:
    clock = RealClock()
    until_s = clock.now_s() + _PATIENCE_S
    while True:
        try:
            create_connection((_HOST, _PORT), timeout=1.0).close()
        except OSError as error:
            if clock.now_s() > until_s:
                raise RuntimeError(f"the page did not come up: {error}") from error
            clock.sleep_until(clock.now_s() + 0.1)
        else:
            return


@contextmanager
def _crowd() -> Iterator[Answers]:
    """Fifty connections from a process of their own; how many answers they got is told when they have left."""
    spawn = multiprocessing.get_context("spawn")
    begun, stop = spawn.Event(), spawn.Event()
    asked: Answers = spawn.Queue()
    crowd = spawn.Process(target=_ask_all, args=(begun, stop, asked), daemon=True)
    crowd.start()
    if not begun.wait(_PATIENCE_S):
        raise RuntimeError("nobody got an answer of the page")
    try:
        yield asked
    finally:
        stop.set()


def _ask_all(begun: Event, stop: Event, asked: Answers) -> None:
    os.nice(PHONES_NICE)
    counts = [0] * CONNECTIONS
    phones = [threading.Thread(target=_ask, args=(stop, counts, number)) for number in range(CONNECTIONS)]
    for phone in phones:
        phone.start()
    clock = RealClock()
    while not sum(counts) and not stop.is_set():
        clock.sleep_until(clock.now_s() + 0.05)
    begun.set()
    for phone in phones:
        phone.join()
    asked.put(sum(counts))


def _ask(stop: Event, counts: list[int], number: int) -> None:
    connection = http.client.HTTPConnection(_HOST, _PORT, timeout=5.0)
    while not stop.is_set():
        try:
            connection.request("GET", "/status.json")
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):  # too many at once: refused, or too late
            connection.close()
            continue
        counts[number] += answer.status == HTTPStatus.OK
    connection.close()


def main() -> int:
    """Measure, print, and fail below the floor."""
    found = measure()
    print(
        f"{found.quiet / 1000:.1f} kB/s alone, {found.hammered / 1000:.1f} kB/s while {CONNECTIONS} connections ask "
        f"the page ({found.answers} answers): {found.ratio:.3f}, to be {GOAL:.2f} on an idle machine"
    )
    return 0 if found.ratio >= FLOOR and found.answers else 1


if __name__ == "__main__":
    raise SystemExit(main())
