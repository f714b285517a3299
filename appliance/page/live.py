"""Telling a phone that something changed: server-sent events (WHATWG HTML, section 9.2).

Each listener occupies a thread of the server, so there is a fixed number of seats.  Who finds none gets 503 and asks
again from time to time, which is a little slower and loses nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, request

from appliance.clock import Clock
from appliance.page.status_file import StatusFile

SEATS = 8
LOOK_S = 0.5  # between two looks at the file; the eye needs no more
KEEP_ALIVE_S = 15.0  # a comment at least this often, so that a lost phone is noticed
RETRY_MS = 2000


class Seats:
    """A fixed number of seats."""

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)

    def take(self) -> bool:
        """Whether there was one left; it is taken now."""
        return self._free.acquire(blocking=False)

    def leave(self) -> None:
        """Give one back."""
        self._free.release()


def messages(file: StatusFile, clock: Clock, gone: Callable[[], bool]) -> Iterator[str]:
    """One message at once and one for each change of the status file, until the listener is `gone`.

    The data is a stamp, worth nothing but for being different; what changed is fetched by its own address.
    """
    yield f"retry: {RETRY_MS}\n\n"
    told, spoke_s = "", clock.now_s()
    while not gone():
        stamp, now_s = file.stamp(), clock.now_s()
        if stamp != told:
            yield f"data: {stamp}\n\n"
            told, spoke_s = stamp, now_s
        elif now_s - spoke_s >= KEEP_ALIVE_S:
            yield ": still here\n\n"
            spoke_s = now_s
        clock.sleep_until(now_s + LOOK_S)


def create_live_blueprint(file: StatusFile, clock: Clock, seats: int = SEATS) -> Blueprint:
    """The address `/events`, for at most `seats` listeners at a time."""
    blueprint = Blueprint("live", __name__)
    room = Seats(seats)

    @blueprint.get("/events")
    def events() -> Response:
        if not room.take():
            return Response("All live seats are taken; ask again.\n", 503, {"Retry-After": "5"}, mimetype="text/plain")
        # waitress puts this into the environment; under another server a listener is gone when a write fails.
        gone = request.environ.get("waitress.client_disconnected", lambda: False)
        response = Response(messages(file, clock, gone), mimetype="text/event-stream")
        response.call_on_close(room.leave)
        return response

    return blueprint
