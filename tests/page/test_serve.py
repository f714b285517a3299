"""The server: found ports, taken ports, and an end."""

from __future__ import annotations

import http.client
import socket
import threading
from pathlib import Path

import pytest

from appliance.clock import RealClock
from appliance.errors import UsageError
from appliance.page.app import create_app
from appliance.page.serve import serve, start_in_thread
from tests.page.states import ready, write_status


def get(url: str, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_port_0_finds_a_free_one_and_serves_there(data: Path) -> None:
    write_status(data, ready())
    running = start_in_thread(create_app(data, RealClock()), "127.0.0.1", 0)
    answer = get(running.url, "/health")
    running.stop()
    assert answer.status == 200


def test_the_server_does_not_name_itself(data: Path) -> None:
    running = start_in_thread(create_app(data, RealClock()), "127.0.0.1", 0)
    answer = get(running.url, "/")
    running.stop()
    assert answer.headers["Server"] is None


def test_a_stopped_server_leaves_no_thread_and_frees_its_port(data: Path) -> None:
    before = set(threading.enumerate())
    running = start_in_thread(create_app(data, RealClock()), "127.0.0.1", 0)
    get(running.url, "/")
    running.stop()
    assert set(threading.enumerate()) == before
    again = start_in_thread(create_app(data, RealClock()), "127.0.0.1", int(running.url.rpartition(":")[2]))
    again.stop()


@pytest.mark.realtime
def test_a_server_stops_while_a_phone_listens(data: Path) -> None:
    running = start_in_thread(create_app(data, RealClock()), "127.0.0.1", 0)
    connection = http.client.HTTPConnection(running.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/events")
    answer = connection.getresponse()
    clock = RealClock()
    began_s = clock.now_s()
    running.stop()
    connection.close()
    answer.close()
    assert clock.now_s() - began_s < 3.0


def test_stopping_twice_is_stopping(data: Path) -> None:
    running = start_in_thread(create_app(data, RealClock()), "127.0.0.1", 0)
    running.stop()
    running.stop()


def test_a_taken_port_is_a_usage_error_that_says_which(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"127\.0\.0\.1 port {port}: another program already listens there"):
            serve(create_app(data, RealClock()), "127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "port"), [("192.0.2.1", 8030), ("127.0.0.1", 70_000), ("127.0.0.1", -1), ("no-such-host.invalid", 8030)]
)
def test_an_address_that_is_not_ours_is_a_usage_error(data: Path, host: str, port: int) -> None:
    with pytest.raises(UsageError, match="cannot listen there"):
        serve(create_app(data, RealClock()), host, port)


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "http://127.0.0.1:"), ("::1", "http://[::1]:")])
def test_the_url_is_one_that_opens_on_this_machine(data: Path, host: str, shown: str) -> None:
    running = start_in_thread(create_app(data, RealClock()), host, 0)
    running.stop()
    assert running.url.startswith(shown)


def test_a_request_larger_than_any_of_ours_is_refused(data: Path) -> None:
    running = start_in_thread(create_app(data, RealClock()), "127.0.0.1", 0)
    answer = get(running.url, "/?" + "x" * 20_000)
    running.stop()
    assert answer.status == 431
