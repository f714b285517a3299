"""Running the page with waitress: as the service `kl30 page`, or in a thread of the bench.

A service manager may hand over a socket that listens already; the service then needs neither a privilege for port 80
nor a network of its own (image/systemd).  Source: sd_listen_fds(3).

Bounds, so that a flood costs the page and nothing else: connections, threads, size of a request, time of silence.
Threads are the live seats and some more, so that who only listens cannot starve who asks.
"""

from __future__ import annotations

import errno
import os
import socket
import threading
from dataclasses import dataclass
from typing import Any

import waitress  # type: ignore[import-untyped]  # it ships no types
from flask import Flask

from appliance.errors import BoardError, UsageError
from appliance.page.live import SEATS

_THREADS = SEATS + 4
_CONNECTIONS = 64
_SILENCE_S = 30
_HIGHEST_PORT = 0xFFFF
_LARGEST_REQUEST_BYTES = 16 * 1024
_END_S = 5.0  # a listener looks up every half second
_FIRST_HANDED = 3  # SD_LISTEN_FDS_START (sd-daemon.h)


@dataclass(frozen=True, slots=True)
class Running:
    """A page being served from a thread.

    Attributes:
        url: Where, with the port that was found when any was asked for.
    """

    url: str
    _server: Any  # waitress ships no types
    _thread: threading.Thread

    def wait(self) -> None:
        """Return when the server has ended."""
        self._thread.join()

    def stop(self) -> None:
        """Hang up on everybody and end the server's threads."""
        if self._thread.is_alive():
            self._server.trigger.pull_trigger(lambda: _hang_up(self._server))
        self._thread.join(_END_S)
        self._server.task_dispatcher.shutdown(timeout=_END_S)


def serve(app: Flask, host: str, port: int) -> None:
    """Serve until interrupted: on the socket the service manager has handed over, else on host and port.

    Raises:
        UsageError: the address is taken or not ours; what was handed over is not one listening socket.
        BoardError: the server ended by itself.
    """
    handed = _handed_over()
    running = start_in_thread(app, host, port) if handed is None else _started(app, handed, *handed.getsockname()[:2])
    try:
        running.wait()
    except KeyboardInterrupt:
        running.stop()
        return
    raise BoardError("the page's server ended by itself", where=running.url, do="restart the service kl30 page")


def start_in_thread(app: Flask, host: str, port: int) -> Running:
    """Serve from a thread of its own; port 0 is any free one.

    Raises:
        UsageError: the address is taken or not ours.
    """
    listening = _listen(host, port)
    return _started(app, listening, host, listening.getsockname()[1])


def _started(app: Flask, listening: socket.socket, host: str, port: int) -> Running:
    server = waitress.create_server(
        app,
        sockets=[listening],
        threads=_THREADS,
        connection_limit=_CONNECTIONS,
        channel_timeout=_SILENCE_S,
        cleanup_interval=10,
        channel_request_lookahead=1,  # lets a listener's departure be noticed while it is being served
        max_request_header_size=_LARGEST_REQUEST_BYTES,
        max_request_body_size=_LARGEST_REQUEST_BYTES,
        ident=None,
    )
    thread = threading.Thread(target=server.run, name="page", daemon=True)
    thread.start()
    return Running(_url(host, port), server, thread)


def require_free(host: str, port: int) -> None:
    """Complain now, before anything else begins, if the page could not be served there.

    Raises:
        UsageError: the address is taken or not ours.
    """
    _listen(host, port).close()


def _handed_over() -> socket.socket | None:
    """The socket this process was started with; None: there is none, and it opens its own."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None  # nobody handed anything over, or not to us
    count = os.environ.get("LISTEN_FDS", "")
    do = "have the service manager hand over one TCP socket: kl30-page.socket"
    if count != "1":
        raise UsageError(f"{count or 'no'} sockets were handed over instead of one", where="LISTEN_FDS", do=do)
    try:
        handed = socket.socket(fileno=_FIRST_HANDED)
        listens = handed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise UsageError(f"what was handed over is no socket ({error.strerror})", where="LISTEN_FDS", do=do) from error
    if not listens or handed.family not in (socket.AF_INET, socket.AF_INET6):
        raise UsageError("the socket that was handed over does not listen on TCP", where="LISTEN_FDS", do=do)
    handed.set_inheritable(False)
    return handed


def _listen(host: str, port: int) -> socket.socket:
    where = f"{host} port {port}"
    if not 0 <= port <= _HIGHEST_PORT:
        raise UsageError("the page cannot listen there: no such port", where=where, do="check page.port")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        match error.errno:
            case errno.EADDRINUSE:
                what, do = "another program already listens there", "choose another page.port"
            case errno.EACCES:
                what, do = "this port needs a privilege", "choose a port above 1023"
            case _:
                what, do = f"the page cannot listen there: {error}", "check page.host"
        raise UsageError(what, where=where, do=do) from error


def _url(host: str, port: int) -> str:
    # An unspecified address is everywhere; a person opens it here.
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _hang_up(server: Any) -> None:
    """Runs in the server's thread; with its last socket closed, that thread ends."""
    for channel in list(server.active_channels.values()):
        channel.handle_close()
    server.close()
