"""A repository on a web server.

Rules.  One connection for each file, no redirects, no proxies, no compression: what is asked for is what comes, from
where a person said.  The server is not trusted; TLS only keeps the workshop's business to itself.

A server that answers, but hardly, must not hold an appliance for ever (slow retrieval).  A timeout of the socket does
not see one byte every few seconds, neither in a body nor in a header.  So a ticker looks at the file as a whole: it
has `FREE_S`, and beyond that the time its bytes take at `SLOWEST_BYTES_PER_S`; then the connection is cut.

Sources: RFC 9110, RFC 9112; TUF specification 1.0.34, §1.5.2 (slow retrieval).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult, quote, urlsplit

from appliance import __version__
from appliance.clock import Clock
from appliance.errors import BoardError, RefusedError, UsageError
from appliance.firmware.layout import UNCHANGED
from appliance.firmware.sources import PIECE_BYTES, not_there

CONNECT_S = 15.0  # also the longest silence; a mobile network takes seconds to wake up
FREE_S = 30.0
SLOWEST_BYTES_PER_S = 2048.0  # ours: half of what GPRS gives, the slowest mobile network a workshop may stand in
_TICK_S = 0.5
_MISSING = (403, 404)  # some stores say "forbidden" of a file that is not there (ngclient does the same)


class HttpSource:
    """The repository at `address`, which begins with `https://` or `http://`.

    Raises:
        UsageError: the address is none.
    """

    def __init__(self, address: str, clock: Clock, silence_s: float = CONNECT_S) -> None:
        self._address = address.rstrip("/")
        self._clock = clock
        self._silence_s = silence_s
        self._parts = _checked(self._address)

    @property
    def name(self) -> str:
        """The address."""
        return self._address

    def pieces(self, path: str) -> Iterator[bytes]:
        """As the interface says."""
        connection = self._connection()
        pace = Pace(self._clock, connection)
        ticker = self._clock.every(_TICK_S, pace.judge, "download-pace")
        try:
            with self._response(connection, pace, path) as response:
                self._require_file(response, path)
                while piece := response.read1(PIECE_BYTES):
                    pace.received(len(piece))
                    yield piece
                left_bytes = response.length or 0  # announced and not sent
        except (OSError, HTTPException) as cause:
            raise self._too_slow(path) if pace.too_slow else self._translated(path, cause) from cause
        finally:
            ticker.stop()
            connection.close()
        if pace.too_slow:  # the cut looked like an end
            raise self._too_slow(path)
        if left_bytes:
            raise self._failed(f"{path} broke off {left_bytes} bytes before its end", "try again")

    def _connection(self) -> HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            return HTTPSConnection(host, port, timeout=self._silence_s, context=ssl.create_default_context())
        return HTTPConnection(host, port, timeout=self._silence_s)

    def _response(self, connection: HTTPConnection, pace: Pace, path: str) -> HTTPResponse:
        connection.connect()
        pace.line = connection.sock
        headers = {"Accept-Encoding": "identity", "Connection": "close", "User-Agent": f"kl30/{__version__}"}
        connection.request("GET", f"{self._parts.path}/{quote(path, safe='/%+')}", headers=headers)
        return connection.getresponse()

    def _require_file(self, response: HTTPResponse, path: str) -> None:
        if response.status in _MISSING:
            raise not_there(path, self.name)
        if 300 <= response.status < 400:
            raise RefusedError(
                f"the server sends us on to {response.headers.get('Location', 'nowhere')!r} for {path}",
                where=self.name,
                do=f"give the address where the repository is, if you trust it; {UNCHANGED}",
            )
        if response.status != 200:
            what = f"the server answered {response.status} {response.reason} for {path}"
            raise self._failed(what, "try again, or tell whoever runs the server")

    def _translated(self, path: str, cause: Exception) -> RefusedError | BoardError:
        if isinstance(cause, TimeoutError):
            return self._too_slow(path)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return RefusedError(
                f"the server's certificate is not valid: {cause.verify_message}",
                where=self.name,
                do=f"check the address and the date of this appliance; {UNCHANGED}",
            )
        reason = getattr(cause, "strerror", None) or str(cause).strip() or type(cause).__name__
        return self._failed(f"{path} cannot be fetched: {reason}", "check the network and the address")

    def _too_slow(self, path: str) -> RefusedError:
        return RefusedError(
            f"{path} came too slowly: less than {SLOWEST_BYTES_PER_S / 1024:.0f} KiB/s after {FREE_S:.0f} s, "
            f"or nothing for {self._silence_s:g} s",
            where=self.name,
            do=f"try again on a better network, or bring the repository on a stick; {UNCHANGED}",
        )

    def _failed(self, what: str, do: str) -> BoardError:
        return BoardError(what, where=self.name, do=f"{do}; {UNCHANGED}")


class Pace:
    """Cuts a connection whose file takes longer than any honest one."""

    def __init__(self, clock: Clock, connection: HTTPConnection) -> None:
        self._clock = clock
        self._connection = connection
        self._begun_s = clock.now_s()
        self._received_bytes = 0
        self.line: socket.socket | None = None  # set when it is up; the connection forgets it before the body is read
        self.too_slow = False

    def received(self, count: int) -> None:
        """So many bytes more."""
        self._received_bytes += count

    def judge(self) -> None:
        """Cut the connection if its time is over; the reader is told by the socket."""
        allowed_s = FREE_S + self._received_bytes / SLOWEST_BYTES_PER_S
        if self._clock.now_s() - self._begun_s <= allowed_s:
            return
        self.too_slow = True
        line = self.line or self._connection.sock  # not up yet: the handshake of TLS can crawl as well
        if line is None:
            return
        try:
            socket.socket.shutdown(line, socket.SHUT_RDWR)  # TLS is not asked: its state belongs to the reader
        except OSError:  # the reader was faster and has closed it
            return


def _checked(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        port_fits = parts.port is None or parts.port > 0
    except ValueError as cause:
        raise UsageError(f"it is no web address: {cause}", where=address, do="check the address") from cause
    if not parts.hostname or not port_fits or not address.isascii() or " " in address:
        raise UsageError("it is no web address", where=address, do="check the address")
    if parts.query or parts.fragment or parts.username is not None:
        raise UsageError("an address with a name, a query or a mark is not used", where=address, do="take that away")
    return parts
