"""From a UNIX socket to a URL: `kl30 security relay`, a service of its own beside the flasher.

The flasher can open no IP socket, and neither can what it starts.  Who wants keys from a server runs this as another
service, as another user, and names its socket in the flasher's `security.socket`.  The question is posted as it comes,
and the answer handed back as it comes; the flasher judges it.

Rules.

1. Only https, with the certificate checked by the system's authorities; http to this very machine.  No redirect is
   followed, no proxy asked, nothing sent but the question.
2. Whoever gets no answer gets nothing: the connection is closed, and the flasher says so.
3. On standard error stands that something failed and of which kind; never a byte of question or answer.  A URL is
   told without user, path and query, which may hold a password.
4. The socket belongs to user and group of this process, mode 0660.

Sources: RFC 9110, RFC 9112 (HTTP); RFC 6761, 6.3 (localhost is this machine).
"""

from __future__ import annotations

import http.client
import os
import socket
import socketserver
import ssl
import sys
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from appliance.errors import BoardError, UsageError
from appliance.security.messages import LONGEST_ANSWER_BYTES

QUESTION_S = 5.0  # for the question to arrive: the flasher sends it in one piece
TIMEOUT_S = 25.0  # for each word of the server; less than the flasher's own limit, so that the reason is told here


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where questions are posted to.

    Attributes:
        tls: None: http, to this machine.
        timeout_s: For the connection, and for each piece of the answer.
    """

    host: str
    port: int | None
    target: str
    tls: ssl.SSLContext | None
    timeout_s: float = TIMEOUT_S

    def posted(self, question: bytes) -> bytes:
        """The body of the answer, at most one byte longer than it may be.

        Raises:
            OSError, http.client.HTTPException: there is none.
        """
        connection = self._connection()
        try:
            connection.request("POST", self.target, question, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise OSError(f"HTTP status {answer.status}")
            return answer.read(LONGEST_ANSWER_BYTES + 1)
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self.tls is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=self.timeout_s)
        return http.client.HTTPSConnection(self.host, self.port, timeout=self.timeout_s, context=self.tls)


def upstream(url: str, timeout_s: float = TIMEOUT_S) -> Upstream:
    """Where a URL leads.

    Raises:
        UsageError: it is neither https, nor http to this machine.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError("the URL cannot be read", do="write it as https://host/path") from None
    if not host or parts.username is not None or not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError("the URL needs a host, and may hold no user", do="write it as https://host/path")
    match parts.scheme:
        case "https":
            return Upstream(host, port, _target(parts), ssl.create_default_context(), timeout_s)
        case "http" if _this_machine(host):
            return Upstream(host, port, _target(parts), None, timeout_s)
        case _:
            raise UsageError(
                "seed and key would go over the network unprotected",
                where=f"{parts.scheme}://{host}",
                do="use https; http only leads to 127.0.0.1, ::1 or localhost",
            )


class Relay(socketserver.ThreadingUnixStreamServer):
    """Listens until `shutdown`; one thread for each question.

    Raises:
        UsageError: somebody listens there already, or something else has that name.
        BoardError: there can be no socket.
    """

    daemon_threads = True

    def __init__(self, path: Path, to: Upstream) -> None:
        self.to = to
        before = os.umask(0o117)  # 0660 from the moment it is there
        try:
            _make_room(path)
            super().__init__(str(path), _Question)
        except OSError as error:
            why = f"the socket cannot be made: {error.strerror or error}"
            raise BoardError(why, where=str(path), do="check that the folder is there and may be written to") from error
        finally:
            os.umask(before)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 – socketserver's signature
        """Instead of a traceback, whose last line may quote the server."""
        sys.stderr.write(f"kl30: a question to {self.to.host} got no answer: {_kind(sys.exception())}\n")
        sys.stderr.flush()


class _Question(socketserver.BaseRequestHandler):
    """One connection of the flasher."""

    request: socket.socket
    server: Relay

    def handle(self) -> None:
        """Take the question, post it, give the answer back."""
        self.request.settimeout(QUESTION_S)
        question = bytearray()
        while piece := self.request.recv(LONGEST_ANSWER_BYTES):
            question += piece
            if len(question) > LONGEST_ANSWER_BYTES:
                raise OSError("the question is too long")
        if question:  # without one somebody only looked whether we listen
            self.request.sendall(self.server.to.posted(bytes(question)))


def _kind(error: BaseException | None) -> str:
    """What sort of failure it was; an `HTTPException` quotes the server, an `OSError` nobody."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return type(error).__name__


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _make_room(path: Path) -> None:
    """Take away what a relay that was killed has left; not what somebody listens on."""
    if not path.is_socket():
        if path.exists():
            raise UsageError("there is something else of that name", where=str(path), do="choose another path")
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise UsageError("another relay listens there", where=str(path), do="stop it first")
