"""ISO-TP in the kernel: the same `Transport` over CAN_ISOTP sockets, paced by the kernel's timers.

Who handles what:

* To a unit: its own socket, opened when it is first asked and thrown away after any error, since a socket whose
  transmission failed does not recover (hartkopp/can-isotp #42, #65).  One socket for a unit at a time (#51).
* To all units: a single frame through the raw socket.
* From a unit with a socket: the kernel; the raw socket only watches, because the kernel does not tell that a message
  is arriving, and P2 must not run out meanwhile.
* From any other unit (an answer to all, from somebody never asked alone): our own `Receiver`s on the raw socket.  A
  socket opened in advance for each of 240 possible units would do as well, and take seconds to close.
* From the controller, and from other testers: the watching socket.
"""

from __future__ import annotations

import errno
import os
import select
import socket
from collections import deque
from collections.abc import Callable
from math import ceil, inf

from appliance import uds
from appliance.bus.bystander import Bystander
from appliance.bus.isotp import FLOW_CONTROL, IsoTpTiming, frames_of, is_for_tester
from appliance.bus.isotp_receiver import Aborted, Message, Receiver, Reply
from appliance.bus.kernel_sockets import TESTER_ID, UNITS_ID, Sockets
from appliance.bus.raw_frames import RawFrame, offered, pack_frame, receive
from appliance.bus.transmit_queue import RETRY_S, TransmitQueue
from appliance.bus.transport import LENGTH_MAX, Failed, Received, Sent, TransportEvent, check_sendable
from appliance.clock import Clock
from appliance.errors import LinkError

SEND_LIMIT_S = 120.0  # 683 frames at the longest STmin take 87 s; the kernel puts up with "wait" without end
_DRAIN = 512
_GONE = frozenset({errno.ENETDOWN, errno.ENODEV, errno.ENXIO, errno.EBADF})
_REASONS = {
    errno.ECOMM: "no flow control in time, or a frame did not get out",
    errno.EMSGSIZE: "the request is longer than the unit can take (flow control: overflow)",
    errno.ETIMEDOUT: "the answer broke off",
    errno.EILSEQ: "a frame of the answer came out of turn",
    errno.EBADMSG: "a frame of the answer made no sense",
}


class KernelTransport:
    """A `Transport` over the kernel's ISO-TP.

    Args:
        sockets: Opens them.
        clock: A real clock.
        timing: Time limits of the receptions this side handles; the kernel has its own, 1 s each.

    Raises:
        LinkError: there is no such interface.
    """

    def __init__(self, sockets: Sockets, clock: Clock, timing: IsoTpTiming = IsoTpTiming()) -> None:  # noqa: B008
        self._sockets = sockets
        self._clock = clock
        self._timing = timing
        self._raw = sockets.raw()
        self._watched = sockets.watch()
        self._bystander = Bystander(sockets.channel)
        self._units: dict[int, socket.socket] = {}
        self._receivers: dict[int, Receiver] = {}
        self._queues: dict[int, deque[bytes]] = {}
        self._on_its_way: dict[int, float] = {}  # by unit: until when the message has to be gone
        self._transmit_queue = TransmitQueue()
        self._events: list[TransportEvent] = []

    def send(self, address: int, payload: bytes) -> None:
        """Queue a message."""
        check_sendable(address, payload)
        self._queues.setdefault(address, deque()).append(payload)

    def abandon(self, address: int) -> None:
        """Forget the unit; when its message is on its way its socket goes with it.

        Closing such a socket makes the kernel wait for the frame it expects, a second at most.
        """
        self._queues.pop(address, None)
        if address in self._receivers:
            self._receivers[address].stop()
        if address in self._on_its_way:
            self._discard(address)

    def receiving(self, address: int | None) -> bool:
        """Whether a message of several frames is arriving."""
        if address is None:
            return any(receiver.active for receiver in self._receivers.values())
        return address in self._receivers and self._receivers[address].active

    def close(self) -> None:
        """Close every socket."""
        for address in list(self._units):
            self._discard(address)
        self._watched.close()
        self._raw.close()

    def poll(self, until_s: float) -> list[TransportEvent]:
        """Take in what has arrived, hand over what may go, wait; until there is something to tell."""
        self._take_in(0.0)
        while True:
            now_s = self._clock.now_s()
            self._check(now_s)
            self._start(now_s)
            if self._events or now_s >= until_s:
                events, self._events = self._events, []
                return [*events, *self._bystander.news()]
            self._take_in(max(0.0, min(until_s, self._next_due_s(now_s)) - self._clock.now_s()))

    def _next_due_s(self, now_s: float) -> float:
        retry_s = now_s + RETRY_S if self._transmit_queue.full else inf
        arriving = [receiver.deadline_s for receiver in self._receivers.values()]
        return min((retry_s, *self._on_its_way.values(), *arriving))

    def _take_in(self, timeout_s: float) -> None:
        by_number = {unit.fileno(): address for address, unit in self._units.items()}
        happened = self._wait(by_number, timeout_s)
        # "Gone" before "arrived": an answer can be there as soon as its request is.
        for number, address in by_number.items():
            if address in self._on_its_way and happened.get(number, 0) & ~select.POLLIN:
                self._sent(address, self._units[address])
        if self._watched.fileno() in happened:
            self._drain(self._watched, self._bystander.saw)
        self._bystander.require_on_bus()
        if self._raw.fileno() in happened:
            self._drain(self._raw, self._heard)
        for number, address in by_number.items():
            if happened.get(number, 0) & ~select.POLLOUT and address in self._units:
                self._read(address, self._units[address])

    def _wait(self, by_number: dict[int, int], timeout_s: float) -> dict[int, int]:
        """What has happened, by the socket's number: bits of poll(2); an error counts as either.

        Not select(2): to that a unit's socket is writable all the time.  While a message is on its way the kernel takes
        back POLLOUT, but not POLLWRBAND, which select counts as well (net/can/isotp.c, fs/select.c).
        """
        poller = select.poll()
        for watching in (self._raw, self._watched):
            poller.register(watching, select.POLLIN)
        for number, address in by_number.items():
            poller.register(number, select.POLLIN | (select.POLLOUT if address in self._on_its_way else 0))
        try:
            happened = dict(poller.poll(ceil(timeout_s * 1000)))
        except OSError as error:
            raise self._gone(error) from error
        if any(bits & select.POLLNVAL for bits in happened.values()):
            raise self._gone(OSError(errno.EBADF, os.strerror(errno.EBADF)))
        return happened

    def _sent(self, address: int, unit: socket.socket) -> None:
        number = unit.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._broken(address, number)
        else:
            del self._on_its_way[address]
            self._events.append(Sent(address))

    def _read(self, address: int, unit: socket.socket) -> None:
        try:
            payload = unit.recv(LENGTH_MAX + 1)
        except BlockingIOError:
            return
        except OSError as error:
            self._broken(address, error.errno or 0)
            return
        self._events.append(Received(address, payload))

    def _drain(self, raw: socket.socket, take: Callable[[RawFrame], None]) -> None:
        for _ in range(_DRAIN):
            try:
                frame = receive(raw)
            except BlockingIOError:
                return
            except OSError as error:
                raise self._gone(error) from error
            self._bystander.missed(raw.fileno(), frame.dropped)
            take(frame)

    def _heard(self, frame: RawFrame) -> None:
        """A unit's frame: news of a reception, and the reception itself for those that have no socket."""
        if is_for_tester(frame.data) and frame.data[1] >> 4 != FLOW_CONTROL:
            self._frame_from(frame.can_id - UNITS_ID, frame.data)

    def _frame_from(self, source: int, data: bytes) -> None:
        receiver = self._receivers.setdefault(source, Receiver(source, self._timing))
        outcome = receiver.feed(data, self._clock.now_s())
        if source in self._units:
            return
        match outcome:
            case Message(payload):
                self._events.append(Received(source, payload))
            case Reply(frame):
                if not self._put(frame):  # the unit would wait for it in vain
                    receiver.stop()
                    self._events.append(Failed(source, "the transmit queue is full"))
            case Aborted(reason):
                self._events.append(Failed(source, reason))

    def _check(self, now_s: float) -> None:
        for address, until_s in list(self._on_its_way.items()):
            if now_s >= until_s:
                self._fail(address, f"the request was not taken within {SEND_LIMIT_S:g} s")
        for source, receiver in self._receivers.items():
            overdue = receiver.check(now_s)
            if overdue is not None and source not in self._units:
                self._events.append(Failed(source, overdue.reason))

    def _start(self, now_s: float) -> None:
        """Hand over the next message of each unit that has none on its way."""
        for address, queue in list(self._queues.items()):
            if address in self._on_its_way:
                continue
            if self._offer(address, queue[0], now_s):
                self._transmit_queue.took()
            else:
                self._bystander.queue_full()
                self._transmit_queue.refused(now_s)
                if not self._transmit_queue.stuck(now_s):
                    continue
                self._events.append(Failed(address, self._transmit_queue.reason))
            queue.popleft()
            if not queue:
                del self._queues[address]

    def _offer(self, address: int, payload: bytes, now_s: float) -> bool:
        """Give a message to the kernel; false when its transmit queue is full."""
        if address == uds.FUNCTIONAL:
            if not self._put(frames_of(address, payload)[0]):
                return False
            self._events.append(Sent(address))
            return True
        if address not in self._units:
            self._units[address] = self._sockets.unit(address)
        try:
            taken = offered(self._units[address], payload)
        except OSError as error:
            self._broken(address, error.errno or 0)
            return True
        if taken:
            self._on_its_way[address] = now_s + SEND_LIMIT_S
        return taken

    def _put(self, frame: bytes) -> bool:
        try:
            return offered(self._raw, pack_frame(TESTER_ID, frame))
        except OSError as error:
            raise self._gone(error) from error

    def _broken(self, address: int, number: int) -> None:
        if number in _GONE:
            raise self._gone(OSError(number, os.strerror(number)))
        self._fail(address, _REASONS.get(number, os.strerror(number)))

    def _gone(self, error: OSError) -> LinkError:
        return LinkError(
            f"the CAN interface cannot be used: {error}",
            where=self._sockets.channel,
            do="check that the interface is up (ip -details link show) and the CAN HAT is seated",
        )

    def _fail(self, address: int, reason: str) -> None:
        self._discard(address)
        self._events.append(Failed(address, reason))

    def _discard(self, address: int) -> None:
        self._on_its_way.pop(address, None)
        self._units.pop(address).close()
