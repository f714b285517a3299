"""A recorded conversation: which requests a log holds, and what each control unit answered.

Frames are put together by a listener that takes no part: it needs no flow control and no time.  An answer belongs to
the latest request that it can be an answer to (its echo, or a refusal of its service).

Pure.  Addressing: facts.md §1 (confirmed).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from appliance import uds
from appliance.bus.candump import LoggedFrame
from appliance.bus.isotp import CONSECUTIVE, CONSECUTIVE_FRAME_BYTES, FIRST, FIRST_FRAME_BYTES, SINGLE
from appliance.bus.transport import SINGLE_FRAME_MAX

_UNITS = 0x600


@dataclass(frozen=True, slots=True)
class Utterance:
    """A whole message in a log; `unit` is the control unit it went to or came from (0xDF: to all)."""

    unit: int
    by_tester: bool
    payload: bytes


@dataclass(slots=True)
class _Partial:
    length: int
    payload: bytearray
    number: int = 0


@dataclass(slots=True)
class Occurrence:
    """One time a request was made: every message one unit answered it with, response pending included."""

    answers: list[bytes] = field(default_factory=list)

    @property
    def final(self) -> bool:
        """Whether the unit came to an answer."""
        return bool(self.answers) and not _is_pending(self.answers[-1])


def utterances(frames: Iterable[LoggedFrame]) -> Iterator[Utterance]:
    """The whole messages between tester and control units, in order of their last frames."""
    partials: dict[tuple[bool, int], _Partial] = {}
    for frame in frames:
        sender, data = frame.can_id - _UNITS, frame.data
        by_tester = sender == uds.TESTER
        if not 0 <= sender <= 0xFF or len(data) < 2 or not (by_tester or data[0] == uds.TESTER):
            continue
        unit = data[0] if by_tester else sender
        payload = _put_together(partials, (by_tester, unit), data)
        if payload is not None:
            yield Utterance(unit, by_tester, payload)


def _put_together(partials: dict[tuple[bool, int], _Partial], key: tuple[bool, int], data: bytes) -> bytes | None:
    kind, low = data[1] >> 4, data[1] & 0xF
    if kind == SINGLE:
        partials.pop(key, None)
        return data[2 : 2 + low] if 1 <= low <= min(SINGLE_FRAME_MAX, len(data) - 2) else None
    length = low << 8 | data[2] if kind == FIRST and len(data) >= 3 + FIRST_FRAME_BYTES else 0
    if length > SINGLE_FRAME_MAX:
        partials[key] = _Partial(length, bytearray(data[3:]))
    if kind != CONSECUTIVE or key not in partials:
        return None
    partial = partials[key]
    partial.number = partial.number + 1 & 0xF
    if low != partial.number:
        del partials[key]  # frames are missing from the log
        return None
    partial.payload += data[2 : 2 + CONSECUTIVE_FRAME_BYTES]
    if len(partial.payload) < partial.length:
        return None
    del partials[key]
    return bytes(partial.payload[: partial.length])


class Conversation:
    """What a log answers.

    Attributes:
        requests: How many requests the log holds.
    """

    def __init__(self, spoken: Iterable[Utterance]) -> None:
        self._physical: dict[tuple[int, bytes], list[Occurrence]] = {}  # by unit and request
        self._functional: dict[tuple[int, bytes], list[Occurrence]] = {}  # by answering unit and request
        self.requests = 0
        self._read(spoken)

    def to_unit(self, unit: int, request: bytes) -> list[Occurrence]:
        """How the unit answered this request, each time it did; asked alone, or else asked among all."""
        alone = _answered(self._physical.get((unit, request), []))
        return alone or _answered(self._functional.get((unit, request), []))

    def to_all(self, request: bytes) -> dict[int, list[Occurrence]]:
        """How each unit answered this request; asked among all, or else asked alone. Units in order of the log."""
        units = [unit for unit, bytes_ in (*self._functional, *self._physical) if bytes_ == request]
        found = {
            unit: _answered(self._functional.get((unit, request), []))
            or _answered(self._physical.get((unit, request), []))
            for unit in units
        }
        return {unit: occurrences for unit, occurrences in found.items() if occurrences}

    def _read(self, spoken: Iterable[Utterance]) -> None:
        latest: dict[int, tuple[int, bytes]] = {}  # by unit or 0xDF: when, what
        current: dict[tuple[int, bool], tuple[int, Occurrence]] = {}  # by unit and kind: of which request
        for utterance in spoken:
            if utterance.by_tester:
                self.requests += 1
                latest[utterance.unit] = (self.requests, utterance.payload)
                continue
            unit = utterance.unit
            asked = [(*latest[to], to == uds.FUNCTIONAL) for to in (unit, uds.FUNCTIONAL) if to in latest]
            fitting = [question for question in asked if _answers(question[1], utterance.payload)]
            if not fitting:
                continue
            when, request, among_all = max(fitting)
            if current.get((unit, among_all), (0,))[0] != when:
                occurrence = Occurrence()
                current[unit, among_all] = (when, occurrence)
                book = self._functional if among_all else self._physical
                book.setdefault((unit, request), []).append(occurrence)
            current[unit, among_all][1].answers.append(utterance.payload)


def _answers(request: bytes, response: bytes) -> bool:
    return uds.is_positive(request, response) or uds.negative_code(request, response) is not None


def _is_pending(response: bytes) -> bool:
    return len(response) == 3 and response[0] == uds.NEGATIVE and response[2] == uds.Nrc.RESPONSE_PENDING


def _answered(occurrences: list[Occurrence]) -> list[Occurrence]:
    """Those that came to an answer; if none did, all: a unit that only ever asked for time is shown to do so."""
    return [occurrence for occurrence in occurrences if occurrence.final] or occurrences
