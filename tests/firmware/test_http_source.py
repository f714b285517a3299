"""A web server is asked for files and trusted with nothing: not with time, not with where to go."""

from __future__ import annotations

import gzip
from pathlib import Path
from threading import Event

import pytest

from appliance.clock import VirtualClock
from appliance.errors import BoardError, Kl30Error, RefusedError, UsageError
from appliance.firmware.http_source import FREE_S, SLOWEST_BYTES_PER_S, HttpSource
from appliance.firmware.sources import NotThere
from tests.firmware.place import QuietHandler, served

SILENCE_S = 5.0
CONTENT = bytes(range(256)) * 40


def asked(folder: Path, handler: type[QuietHandler], clock: VirtualClock, silence_s: float = SILENCE_S) -> bytes:
    """What comes of asking such a server for a file."""
    with served(folder, handler) as address:
        return b"".join(HttpSource(address, clock, silence_s).pieces("targets/x"))


def refusal(folder: Path, handler: type[QuietHandler], clock: VirtualClock | None = None) -> Kl30Error:
    with pytest.raises(Kl30Error) as raised:
        asked(folder, handler, clock or VirtualClock())
    return raised.value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "x").write_bytes(CONTENT)
    return tmp_path


class Redirecting(QuietHandler):
    def answer(self) -> None:
        self.send_response(302)
        self.send_header("Location", "file:///etc/passwd")
        self.send_header("Content-Length", "0")
        self.end_headers()


class Failing(QuietHandler):
    def answer(self) -> None:
        self.send_error(503, "Overloaded")


class Forbidding(QuietHandler):
    def answer(self) -> None:
        self.send_error(403)


class BreakingOff(QuietHandler):
    def answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:-100])
        self.close_connection = True


class Packing(QuietHandler):
    """Sends packed what nobody asked to be packed."""

    def answer(self) -> None:
        packed = gzip.compress(bytes(1_000_000))
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)


class Nonsense(QuietHandler):
    def answer(self) -> None:
        self.wfile.write(b"HELLO\r\n\r\n")
        self.close_connection = True


class InPieces(QuietHandler):
    """Sends without saying how much, in chunks."""

    def answer(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for at in range(0, len(CONTENT), 1000):
            piece = CONTENT[at : at + 1000]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")


class Clocked(QuietHandler):
    """A server on whose watch time passes; `step_s` for each byte."""

    clock: VirtualClock
    step_s: float

    def crawl(self, content: bytes) -> None:
        try:
            for at in range(len(content)):
                self.wfile.write(content[at : at + 1])
                self.wfile.flush()
                self.clock.sleep_until(self.clock.now_s() + self.step_s)
        except OSError:
            self.close_connection = True  # the appliance has hung up


class CrawlingBody(Clocked):
    def answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.crawl(CONTENT)


class CrawlingHeader(Clocked):
    def answer(self) -> None:
        self.crawl(b"HTTP/1.1 200 OK\r\n" + b"X-Nothing: nothing\r\n" * 50)


class Silent(QuietHandler):
    """Answers nothing until the test is over."""

    over: Event

    def answer(self) -> None:
        self.over.wait()
        self.close_connection = True


def on_watch(handler: type[Clocked], step_s: float) -> tuple[type[Clocked], VirtualClock]:
    clock = VirtualClock()
    return type("OnWatch", (handler,), {"clock": clock, "step_s": step_s}), clock


def test_a_file_comes_whole(folder: Path) -> None:
    assert asked(folder, QuietHandler, VirtualClock()) == CONTENT


def test_a_file_in_chunks_comes_whole(folder: Path) -> None:
    assert asked(folder, InPieces, VirtualClock()) == CONTENT


def test_a_redirect_is_not_followed(folder: Path) -> None:
    error = refusal(folder, Redirecting)
    assert isinstance(error, RefusedError)
    assert error.what == "the server sends us on to 'file:///etc/passwd' for targets/x"


@pytest.mark.parametrize("handler", [QuietHandler, Forbidding])
def test_a_file_that_is_not_there_is_missing(handler: type[QuietHandler], folder: Path) -> None:
    (folder / "targets" / "x").unlink()
    assert isinstance(refusal(folder, handler), NotThere)


def test_a_server_that_fails_is_no_missing_file(folder: Path) -> None:
    error = refusal(folder, Failing)
    assert isinstance(error, BoardError)
    assert error.what == "the server answered 503 Overloaded for targets/x"


def test_a_file_that_breaks_off_is_not_taken_for_whole(folder: Path) -> None:
    assert refusal(folder, BreakingOff).what == "targets/x broke off 100 bytes before its end"


def test_an_answer_that_is_none_is_said_to_be_none(folder: Path) -> None:
    assert refusal(folder, Nonsense).what == "targets/x cannot be fetched: HELLO"


def test_nothing_is_unpacked(folder: Path) -> None:
    assert len(asked(folder, Packing, VirtualClock())) < 10_000


@pytest.mark.parametrize("handler", [CrawlingBody, CrawlingHeader])
def test_a_server_that_crawls_is_cut_off(handler: type[Clocked], folder: Path) -> None:
    """One byte every two seconds: no timeout of a socket ever fires."""
    crawling, clock = on_watch(handler, 2.0)
    error = refusal(folder, crawling, clock)
    assert error.what.startswith("targets/x came too slowly: less than 2 KiB/s after 30 s")
    assert clock.now_s() < FREE_S + 30


def test_a_server_that_is_slow_but_fast_enough_is_waited_for(folder: Path) -> None:
    slow, clock = on_watch(CrawlingBody, 1 / SLOWEST_BYTES_PER_S)
    assert asked(folder, slow, clock) == CONTENT


def test_a_server_that_says_nothing_is_given_up(folder: Path) -> None:
    over = Event()
    silent = type("SilentNow", (Silent,), {"over": over})
    with served(folder, silent) as address:
        with pytest.raises(RefusedError, match=r"targets/x came too slowly: .* or nothing for 0\.05 s"):
            list(HttpSource(address, VirtualClock(), 0.05).pieces("targets/x"))
        over.set()


def test_a_server_that_is_not_there_is_named(folder: Path) -> None:
    with served(folder) as address:
        pass
    with pytest.raises(BoardError, match="cannot be fetched: Connection refused") as raised:
        list(HttpSource(address, VirtualClock()).pieces("targets/x"))
    assert raised.value.where == address


def test_proxies_of_the_environment_are_not_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert asked(folder, QuietHandler, VirtualClock()) == CONTENT


@pytest.mark.parametrize(
    "address",
    ["http://", "https://:80", "http://host:port", "http://host:99999", "http://[::1", "http://a b/", "http://a/?x=1",
     "http://a/#x", "http://anna:secret@a/", "http://ä/"],
)  # fmt: skip
def test_what_is_no_address_is_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(UsageError):
        HttpSource(address, VirtualClock())


def test_an_address_may_have_a_folder_and_a_slash(folder: Path) -> None:
    with served(folder.parent) as address:
        source = HttpSource(f"{address}/{folder.name}/", VirtualClock())
        assert b"".join(source.pieces("targets/x")) == CONTENT
