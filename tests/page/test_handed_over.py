"""The page on a socket that the service manager has opened: as `kl30-page.service` gets it."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.page import serve
from tests.page.states import ready, write_status

# Puts the socket where a service manager does, says so in the environment, and becomes the program: sd_listen_fds(3).
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ["LISTEN_PID"] = str(os.getpid())
os.environ["LISTEN_FDS"] = sys.argv[2]
os.execv(sys.executable, [sys.executable, "-m", "appliance", "page", "--data", sys.argv[3]])
"""


def page_with(handed: int, count: str, data: Path) -> subprocess.Popen[str]:
    data.mkdir(exist_ok=True)
    command = (sys.executable, "-c", HAND_OVER, str(handed), count, str(data))
    return subprocess.Popen(command, pass_fds=(handed,), stderr=subprocess.PIPE, text=True, cwd=data)


def refused(handed: int, count: str, data: Path) -> tuple[int, str]:
    page = page_with(handed, count, data)
    _, said = page.communicate(timeout=30)
    return page.returncode, said


@pytest.fixture(params=["127.0.0.1", "::1"])
def listening(request: pytest.FixtureRequest) -> socket.socket:
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    if ":" in request.param and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    return socket.create_server((request.param, 0), family=family)


def test_the_page_answers_on_the_socket_it_was_handed(listening: socket.socket, data: Path) -> None:
    write_status(data, ready())
    host, port = listening.getsockname()[:2]
    with listening, page_with(listening.fileno(), "1", data) as page:
        connection = http.client.HTTPConnection(host, port, timeout=30)
        connection.request("GET", "/health")
        status = connection.getresponse().status
        connection.close()
        page.terminate()
    assert status == 200


def a_file(data: Path) -> int:
    data.mkdir()
    return os.open(data / "plain", os.O_RDWR | os.O_CREAT)


def a_datagram_socket(_data: Path) -> int:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind(("127.0.0.1", 0))
    return one.detach()


def a_socket_that_does_not_listen(_data: Path) -> int:
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM).detach()


@pytest.mark.parametrize("wrong", [a_file, a_datagram_socket, a_socket_that_does_not_listen])
def test_what_is_no_listening_socket_is_refused_with_what_to_hand_over(
    wrong: Callable[[Path], int], data: Path
) -> None:
    handed = wrong(data)
    code, said = refused(handed, "1", data)
    os.close(handed)
    assert (code, "kl30-page.socket" in said) == (2, True)


def test_two_sockets_are_refused(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        code, said = refused(listening.fileno(), "2", data)
    assert (code, "2 sockets were handed over instead of one" in said) == (2, True)


def test_a_socket_for_another_process_is_left_alone(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that was passed on must not make a program take whatever happens to be open as number 3."""
    monkeypatch.setenv("LISTEN_PID", str(os.getppid()))
    monkeypatch.setenv("LISTEN_FDS", "1")
    assert serve._handed_over() is None
