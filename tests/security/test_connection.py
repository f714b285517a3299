"""A UNIX socket as `external`: real sockets, friendly and hostile listeners."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.clock import RealClock, VirtualClock
from appliance.config import SecurityConfig
from appliance.procedure.failures import NoKey
from appliance.security.external import External
from tests.security.programs import BACKWARDS_KEY, CHALLENGE, SEED, answer_of

Behaviour = Callable[[socket.socket], None]


@contextmanager
def listening(path: Path, behaviour: Behaviour) -> Iterator[None]:
    """Somebody who takes one connection."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    server.listen(1)

    def serve() -> None:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            behaviour(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown(socket.SHUT_RDWR)  # who waits for a connection that never came waits no more
        thread.join()
        server.close()


def question(connection: socket.socket) -> bytes:
    said = b""
    while piece := connection.recv(4096):
        said += piece
    return said


def backwards(connection: socket.socket) -> None:
    seed = bytes.fromhex(json.loads(question(connection))["seed"])
    connection.sendall(json.dumps({"key": "ffffffff" + seed[::-1].hex()}).encode())


def breaks(connection: socket.socket) -> None:
    """A reset: what was sent is not read."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def endless(connection: socket.socket) -> None:
    question(connection)
    try:
        while True:
            connection.sendall(b"x" * 4096)
    except OSError:
        return


def says(words: bytes) -> Behaviour:
    def say(connection: socket.socket) -> None:
        question(connection)
        connection.sendall(words)

    return say


def provider(path: Path) -> External:
    return External(SecurityConfig(socket=path), RealClock())


def test_a_key_is_what_the_listener_says(tmp_path: Path) -> None:
    with listening(tmp_path / "key.sock", backwards):
        assert answer_of(provider(tmp_path / "key.sock").begin(CHALLENGE)) == BACKWARDS_KEY


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        (question, "the answer is empty"),
        (breaks, r"the connection to .*key\.sock broke: (Connection reset by peer|Broken pipe)"),
        (endless, "the answer is longer than 16384 bytes"),
        (says(b"<html>"), "the answer is no JSON"),
        (says(b'{"key": ""}'), "the key in the answer has 0 bytes"),
    ],
)
def test_a_listener_that_gives_no_key_is_told_in_words_of_its_own(
    tmp_path: Path, behaviour: Behaviour, why: str
) -> None:
    with listening(tmp_path / "key.sock", behaviour), pytest.raises(NoKey, match=why) as refused:
        answer_of(provider(tmp_path / "key.sock").begin(CHALLENGE))
    assert SEED.hex() not in str(refused.value)


def test_a_silent_listener_is_given_up_after_the_limit(tmp_path: Path) -> None:
    clock, given_up = VirtualClock(), threading.Event()

    def silent(_connection: socket.socket) -> None:
        given_up.wait()

    with listening(tmp_path / "key.sock", silent):
        pending = External(SecurityConfig(socket=tmp_path / "key.sock", timeout_s=5.0), clock).begin(CHALLENGE)
        clock.sleep_until(4.9)
        assert pending.poll() is None
        clock.sleep_until(5.0)
        with pytest.raises(NoKey, match="no answer within 5 s"):
            pending.poll()
        pending.close()
        given_up.set()


def test_where_nobody_listens_is_told(tmp_path: Path) -> None:
    path = tmp_path / "key.sock"
    assert provider(path).trouble() == f"there is no socket {path}"
    with pytest.raises(NoKey, match="cannot be connected to: No such file"):
        provider(path).begin(CHALLENGE)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left_behind:
        left_behind.bind(str(path))
    with pytest.raises(NoKey, match="cannot be connected to: Connection refused"):
        provider(path).begin(CHALLENGE)


def test_a_path_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoKey, match="path too long"):
        provider(tmp_path / ("x" * 200)).begin(CHALLENGE)


def test_a_listener_whose_queue_is_full_keeps_nobody_waiting(tmp_path: Path) -> None:
    path = tmp_path / "key.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen(0)
        pending = [provider(path).begin(CHALLENGE)]
        with pytest.raises(NoKey, match="cannot be connected to: Resource temporarily unavailable"):
            pending += [provider(path).begin(CHALLENGE) for _ in range(10)]
        for one in pending:
            one.close()
