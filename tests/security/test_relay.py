"""The relay: from a UNIX socket to a real HTTP server on this machine, and to no other without TLS."""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.clock import RealClock
from appliance.config import SecurityConfig
from appliance.errors import BoardError, UsageError
from appliance.procedure.failures import NoKey
from appliance.security.external import External
from appliance.security.relay import Relay, upstream
from tests.security.programs import BACKWARDS_KEY, CHALLENGE, SEED, answer_of

Answer = Callable[[http.server.BaseHTTPRequestHandler, bytes], None]


def backwards(handler: http.server.BaseHTTPRequestHandler, question: bytes) -> None:
    seed = bytes.fromhex(json.loads(question)["seed"])
    _answer(handler, 200, json.dumps({"key": "ffffffff" + seed[::-1].hex()}).encode())


def refusing(handler: http.server.BaseHTTPRequestHandler, question: bytes) -> None:
    _answer(handler, 403, question)


def redirecting(handler: http.server.BaseHTTPRequestHandler, question: bytes) -> None:
    handler.send_response(307)
    handler.send_header("Location", "http://127.0.0.1:9/")
    handler.end_headers()


def not_http(handler: http.server.BaseHTTPRequestHandler, question: bytes) -> None:
    handler.wfile.write(question)


def endless(handler: http.server.BaseHTTPRequestHandler, question: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 4096)
    except OSError:
        return


def _answer(handler: http.server.BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """A server of the owner's; its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 – http.server's signature
            """Nothing is printed."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with _running(lambda: server.serve_forever(0.01), server.shutdown):
        yield f"http://127.0.0.1:{server.server_port}/key"
    server.server_close()


@contextmanager
def relaying(path: Path, url: str, timeout_s: float = 5.0) -> Iterator[External]:
    relay = Relay(path, upstream(url, timeout_s))
    with _running(lambda: relay.serve_forever(0.01), relay.shutdown):
        yield External(SecurityConfig(socket=path), RealClock())
    relay.server_close()


@contextmanager
def _running(work: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join()


def test_a_key_comes_from_the_server(tmp_path: Path) -> None:
    with serving(backwards) as url, relaying(tmp_path / "key.sock", url) as provider:
        assert answer_of(provider.begin(CHALLENGE)) == BACKWARDS_KEY


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refusing, "HTTP status 403"),
        (redirecting, "HTTP status 307"),
        (not_http, "BadStatusLine"),
    ],
)
def test_a_server_that_gives_no_key_is_told_without_its_words(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], answer: Answer, told: str
) -> None:
    with (
        serving(answer) as url,
        relaying(tmp_path / "key.sock", url) as provider,
        pytest.raises(NoKey, match="the answer is empty"),
    ):
        answer_of(provider.begin(CHALLENGE))
    out, err = capfd.readouterr()
    assert err == f"kl30: a question to 127.0.0.1 got no answer: {told}\n"
    assert SEED.hex() not in out + err


def test_an_endless_server_is_cut_off(tmp_path: Path) -> None:
    with (
        serving(endless) as url,
        relaying(tmp_path / "key.sock", url) as provider,
        pytest.raises(NoKey, match="the answer is longer than 16384 bytes"),
    ):
        answer_of(provider.begin(CHALLENGE))


def test_a_server_that_is_not_there_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://localhost:{taken.getsockname()[1]}/"
        with relaying(tmp_path / "key.sock", url) as provider, pytest.raises(NoKey, match="the answer is empty"):
            answer_of(provider.begin(CHALLENGE))
    assert "localhost got no answer: Connection refused" in capfd.readouterr().err


def test_a_question_longer_than_any_is_not_passed_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked: list[bytes] = []
    with serving(lambda _handler, question: asked.append(question)) as url, relaying(tmp_path / "key.sock", url):
        flood = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        flood.connect(str(tmp_path / "key.sock"))
        with flood, pytest.raises(OSError):  # noqa: PT011 – broken pipe or reset, as it comes
            flood.sendall(bytes(2**24))
    assert asked == []
    assert "the question is too long" in capfd.readouterr().err


@pytest.mark.parametrize("url", ["http://keys.example/x", "http://192.168.1.5/", "http://[::2]/", "ftp://localhost/"])
def test_nothing_leaves_this_machine_unprotected(url: str) -> None:
    with pytest.raises(UsageError, match="unprotected"):
        upstream(url)


@pytest.mark.parametrize(
    "url", ["", "localhost", "https://", "https://me:secret@keys.example/", "https://a b/", "http://[::1"]
)
def test_a_url_without_host_or_with_a_password_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        upstream(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://127.9.9.9:81/a", "http://[::1]:8080/", "http://localhost/"]
)
def test_http_leads_to_this_very_machine(url: str) -> None:
    assert upstream(url).tls is None


def test_https_checks_certificate_and_name() -> None:
    to = upstream("https://keys.example/sign?site=7")
    assert (to.host, to.port, to.target) == ("keys.example", None, "/sign?site=7")
    assert to.tls is not None
    assert to.tls.check_hostname


def test_the_socket_is_for_user_and_group_alone(tmp_path: Path) -> None:
    path = tmp_path / "key.sock"
    with relaying(path, "http://localhost/"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_a_socket_left_behind_is_replaced_and_one_in_use_is_not(tmp_path: Path) -> None:
    path = tmp_path / "key.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left_behind:
        left_behind.bind(str(path))
    with relaying(path, "http://localhost/"), pytest.raises(UsageError, match="another relay listens there"):
        Relay(path, upstream("http://localhost/"))


def test_another_file_is_never_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("mine", encoding="ascii")
    with pytest.raises(UsageError, match="something else of that name"):
        Relay(path, upstream("http://localhost/"))
    assert path.read_text(encoding="ascii") == "mine"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="the socket cannot be made"):
        Relay(tmp_path / "none" / "key.sock", upstream("http://localhost/"))


def test_the_service_gives_keys_until_it_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "key.sock"
    with serving(backwards) as url, started("--url", url, "--socket", str(path)) as service:
        while not _listened_to(path):
            assert service.poll() is None
            os.sched_yield()
        assert answer_of(External(SecurityConfig(socket=path), RealClock()).begin(CHALLENGE)) == BACKWARDS_KEY
        service.send_signal(signal.SIGTERM)
        _, said = service.communicate()
    assert (service.returncode, said, path.exists()) == (0, "", False)


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    """`kl30 security relay`, ended whatever becomes of the test."""
    command = (sys.executable, "-m", "appliance", "security", "relay", *words)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as service:
        try:
            yield service
        finally:
            service.kill()


def _listened_to(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0
