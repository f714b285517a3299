"""Messages to waiting phones: from a virtual clock, and over a real server on the loopback interface."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from appliance.clock import RealClock, VirtualClock
from appliance.page.app import create_app
from appliance.page.live import KEEP_ALIVE_S, messages
from appliance.page.serve import Running, start_in_thread
from appliance.page.status_file import StatusFile
from tests.page.states import held, programming, write_status

PATIENCE_S = 10.0


def stays() -> bool:
    return False


def told(data: Path, clock: VirtualClock, gone: Callable[[], bool] = stays) -> Iterator[str]:
    return messages(StatusFile(data, clock), clock, gone)


def test_a_listener_is_told_at_once(data: Path) -> None:
    first, second = islice(told(data, VirtualClock()), 2)
    assert (first, second.startswith("data: ")) == ("retry: 2000\n\n", True)


def test_a_listener_is_told_of_a_change(data: Path) -> None:
    write_status(data, programming())
    stream = told(data, VirtualClock())
    _, before = islice(stream, 2)
    write_status(data, held())
    assert next(stream).startswith("data: ")
    assert next(stream) != before


def test_silence_is_broken_by_a_comment_every_15_seconds(data: Path) -> None:
    clock = VirtualClock()
    stream = told(data, clock)
    list(islice(stream, 2))
    assert (next(stream), clock.now_s()) == (": still here\n\n", KEEP_ALIVE_S)
    assert (next(stream), clock.now_s()) == (": still here\n\n", 2 * KEEP_ALIVE_S)


def test_a_listener_who_is_gone_is_told_nothing(data: Path) -> None:
    assert list(told(data, VirtualClock(), lambda: True)) == ["retry: 2000\n\n"]


@pytest.fixture
def served(data: Path) -> Iterator[Running]:
    write_status(data, programming())
    running = start_in_thread(create_app(data, RealClock(), seats=2), "127.0.0.1", 0)
    yield running
    running.stop()


class Listener:
    """A phone with the page open."""

    def __init__(self, running: Running) -> None:
        self._connection = http.client.HTTPConnection(running.url.removeprefix("http://"), timeout=PATIENCE_S)
        self._connection.request("GET", "/events")
        self.answer = self._connection.getresponse()

    def hear(self) -> str:
        """The next stamp."""
        while not (line := self.answer.readline()).startswith(b"data: "):
            if not line:
                raise EOFError("the server hung up")
        return line.decode().strip()

    def leave(self) -> None:
        self.answer.close()
        self._connection.close()


@pytest.mark.realtime
def test_a_change_of_the_file_reaches_a_phone(served: Running, data: Path) -> None:
    phone = Listener(served)
    before = phone.hear()
    write_status(data, held())
    assert phone.hear() != before
    phone.leave()


@pytest.mark.realtime
def test_a_phone_without_a_seat_gets_503_and_the_page_still_answers(served: Running) -> None:
    phones = [Listener(served), Listener(served)]
    late = Listener(served)
    connection = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=PATIENCE_S)
    connection.request("GET", "/fragment")
    answer = connection.getresponse()
    assert (late.answer.status, late.answer.headers["Retry-After"], answer.status) == (503, "5", 200)
    answer.read()
    connection.close()
    for phone in (*phones, late):
        phone.leave()


@pytest.mark.realtime
def test_a_phone_that_leaves_gives_its_seat_back(served: Running) -> None:
    for _ in range(2):
        Listener(served).leave()
    clock = RealClock()
    give_up_s = clock.now_s() + PATIENCE_S
    status = 503
    while status == 503 and clock.now_s() < give_up_s:
        phone = Listener(served)
        status = phone.answer.status
        phone.leave()
    assert status == 200


@pytest.mark.realtime
def test_asking_for_the_headers_only_keeps_no_seat(served: Running) -> None:
    for _ in range(5):
        connection = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=PATIENCE_S)
        connection.request("HEAD", "/events")
        assert connection.getresponse().status == 200
        connection.close()
