"""A recorded conversation in place of the car: `kl30 identify --car FILE`.

A request gets what the recording answered to the same bytes, time by time in recorded order; asked more often than
recorded, the last answer stays.  A functional request gets the union: units that answered it among all, and units
that answered the same bytes alone.  A physical request may likewise be answered from a functional one.  What the
recording does not hold gets no answer, as from a silent unit.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from appliance import uds
from appliance.bus.candump import read_log
from appliance.bus.conversation import Conversation, Occurrence, utterances
from appliance.bus.transport import MessageEvent, Received, Sent, TransportEvent, check_sendable
from appliance.clock import Clock
from appliance.errors import UsageError


class ReplayTransport:
    """A `Transport` that a recording answers.

    Args:
        path: A `candump -L` log.
        clock: Waited by; a virtual one makes silence cost nothing.

    Raises:
        UsageError: the file is missing, empty, not a `candump -L` log, or holds no request to a control unit.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        frames = read_log(path)
        first = next(frames, None)
        if first is None:
            raise UsageError("the recording is empty", where=str(path))
        self._conversation = Conversation(utterances(chain((first,), frames)))
        if not self._conversation.requests:
            raise UsageError(
                "the recording holds no diagnostic request (no ISO-TP message on 6F1)",
                where=str(path),
                do="record on the OBD plug while a tester talks to the car",
            )
        self._clock = clock
        self._asked: dict[tuple[int, int, bytes], int] = {}  # to whom, by whom answered, what: how often
        self._events: list[MessageEvent] = []

    def send(self, address: int, payload: bytes) -> None:
        """Look the request up; its answers come out of the next `poll`."""
        check_sendable(address, payload)
        self._events.append(Sent(address))
        if address != uds.FUNCTIONAL:
            self._answer(address, address, payload, self._conversation.to_unit(address, payload))
            return
        for unit, occurrences in self._conversation.to_all(payload).items():
            self._answer(address, unit, payload, occurrences)

    def poll(self, until_s: float) -> list[TransportEvent]:
        """What is ready; else wait, since nothing will come."""
        if not self._events:
            self._clock.sleep_until(until_s)
        events, self._events = self._events, []
        return [*events]

    def abandon(self, address: int) -> None:
        """Forget what was not told yet."""
        self._events = [event for event in self._events if _concerns(event) != address]

    def receiving(self, address: int | None) -> bool:  # noqa: ARG002 – messages come whole
        """Never: messages come whole."""
        return False

    def close(self) -> None:
        """Nothing to give back."""

    def _answer(self, address: int, unit: int, request: bytes, occurrences: list[Occurrence]) -> None:
        if not occurrences:
            return
        key = (address, unit, request)
        times = self._asked.get(key, 0)
        self._asked[key] = times + 1
        occurrence = occurrences[min(times, len(occurrences) - 1)]
        self._events += [Received(unit, payload) for payload in occurrence.answers]


def _concerns(event: MessageEvent) -> int:
    return event.source if isinstance(event, Received) else event.address
