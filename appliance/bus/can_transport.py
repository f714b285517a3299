"""ISO-TP in user space over any python-can interface, in the caller's thread.

The tester sends on 0x6F1; unit `a` answers on 0x600 + a (facts.md §1, confirmed).  One `Sender` for each unit asked,
one `Receiver` for each unit that talks, so the answers to a functional request interleave as they please.

Pace.  A pause the unit asks for (STmin) is kept by deadline: the bus is waited on until a millisecond before, the
rest is spun, because sleeping 1 ms was measured to take 2.4 ms.  Without a pause frames go out in short bursts
between two looks at what has arrived.
"""

from __future__ import annotations

import math
from collections import deque

import can

from appliance.bus.can_port import BusCounters, CanPort, FrameLog
from appliance.bus.isotp import FLOW_CONTROL, IsoTpTiming
from appliance.bus.isotp_receiver import Aborted, Message, Receiver, Reply
from appliance.bus.isotp_sender import Sender, Sending
from appliance.bus.transmit_queue import RETRY_S, TransmitQueue
from appliance.bus.transport import Disturbed, Failed, Received, Sent, TransportEvent, check_sendable
from appliance.clock import Clock

_SPIN_S = 0.001
_BURST = 4  # frames between two looks at what has arrived
_DRAIN = 512  # frames taken in before anything else happens; a flood must not stop the clock


class CanTransport:
    """A `Transport` over a python-can bus.

    Args:
        bus: Open, at 500 kbit/s; closed by `close`.
        clock: The clock that `bus.recv` waits by.
        recorder: Sees every frame in both directions; None: nobody does.
        timing: Time limits of ISO-TP.
    """

    def __init__(
        self,
        bus: can.BusABC,
        clock: Clock,
        recorder: FrameLog | None = None,
        timing: IsoTpTiming = IsoTpTiming(),  # noqa: B008 – frozen
    ) -> None:
        self._port = CanPort(bus, recorder)
        self._clock = clock
        self._timing = timing
        self._queues: dict[int, deque[Sender]] = {}  # the first of each is on its way
        self._receivers: dict[int, Receiver] = {}
        self._flow: deque[bytes] = deque()  # flow control we owe; goes before everything else
        self._events: list[TransportEvent] = []
        self._transmit_queue = TransmitQueue()
        self._retry_s = -math.inf  # after a full transmit queue: nothing goes before this
        self._aborted = 0
        self._told = self._port.health

    @property
    def counters(self) -> BusCounters:
        """What passed so far."""
        port = self._port
        interrupted = sum(receiver.interrupted for receiver in self._receivers.values())
        return BusCounters(port.sent, port.received, port.other, self._aborted, interrupted)

    def send(self, address: int, payload: bytes) -> None:
        """Queue a message; messages to one unit go one after the other."""
        check_sendable(address, payload)
        self._queues.setdefault(address, deque()).append(Sender(address, payload, self._timing))

    def abandon(self, address: int) -> None:
        """Forget everything under way to and from the unit."""
        self._queues.pop(address, None)
        self._flow = deque(frame for frame in self._flow if frame[0] != address)
        if address in self._receivers:
            self._receivers[address].stop()

    def receiving(self, address: int | None) -> bool:
        """Whether a message of several frames is arriving."""
        if address is None:
            return any(receiver.active for receiver in self._receivers.values())
        return address in self._receivers and self._receivers[address].active

    def close(self) -> None:
        """Shut the bus down."""
        self._port.close()

    def poll(self, until_s: float) -> list[TransportEvent]:
        """Take in what has arrived, hand over what may go, wait; until there is something to tell."""
        while True:
            self._drain()
            self._port.require_on_bus()
            now_s = self._clock.now_s()
            self._check(now_s)
            moved = self._pump(now_s)
            if self._events or now_s >= until_s:
                return self._all_to_tell()
            if not moved and not self._port.record_some():
                self._wait(until_s, now_s)

    def _all_to_tell(self) -> list[TransportEvent]:
        events, self._events = self._events, []
        if self._port.health is not self._told:
            self._told = self._port.health
            events.append(Disturbed(self._told))
        return events

    def _drain(self) -> None:
        for _ in range(_DRAIN):
            message = self._port.recv(0.0)
            if message is None:
                return
            self._take(message)

    def _wait(self, until_s: float, now_s: float) -> None:
        """Wait on the bus until a frame comes or something falls due."""
        # The spin: in the last millisecond before a frame may go this is past, and `recv` only looks.
        pace_s = self._retry_s if now_s < self._retry_s else self._next_frame_s() - _SPIN_S
        due_s = min(until_s, self._next_deadline_s(), pace_s)
        message = self._port.recv(max(0.0, due_s - now_s))
        if message is not None:
            self._take(message)

    def _next_deadline_s(self) -> float:
        waiting = [queue[0].due_s for queue in self._queues.values() if queue[0].state is Sending.WAITING]
        arriving = [receiver.deadline_s for receiver in self._receivers.values()]
        return min((*waiting, *arriving), default=math.inf)

    def _next_frame_s(self) -> float:
        """When the next frame of ours may go; infinite when none is ready."""
        if self._flow:
            return -math.inf
        ready = [queue[0].due_s for queue in self._queues.values() if queue[0].state is Sending.READY]
        return min(ready, default=math.inf)

    def _take(self, message: can.Message) -> None:
        source = self._port.sort(message)
        if source is None:
            return
        now_s = self._clock.now_s()
        if message.data[1] >> 4 == FLOW_CONTROL:
            if source in self._queues:
                self._queues[source][0].on_flow_control(message.data, now_s)
            return
        receiver = self._receivers.get(source)
        if receiver is None:
            receiver = self._receivers[source] = Receiver(source, self._timing)
        match receiver.feed(message.data, now_s):
            case Message(payload):
                self._events.append(Received(source, payload))
            case Reply(frame):
                self._flow.append(frame)
            case Aborted(reason):
                self._broke_off(source, reason)

    def _broke_off(self, source: int, reason: str) -> None:
        self._aborted += 1
        self._events.append(Failed(source, reason))

    def _check(self, now_s: float) -> None:
        """Find what is overdue; only after `_drain`: a caller who comes late has not made the frame late."""
        for address, queue in list(self._queues.items()):
            queue[0].check(now_s)
            if queue[0].state is Sending.FAILED:
                self._events.append(Failed(address, queue[0].reason))
                self._drop_first(address)
        for source, receiver in self._receivers.items():
            overdue = receiver.check(now_s)
            if overdue is not None:
                self._broke_off(source, overdue.reason)

    def _drop_first(self, address: int) -> None:
        queue = self._queues[address]
        queue.popleft()
        if not queue:
            del self._queues[address]

    def _pump(self, now_s: float) -> bool:
        """Hand over what may go; true when the bus took a frame."""
        if now_s < self._retry_s:
            return False
        moved = False
        while self._flow:
            if not self._hand_over(self._flow[0], now_s):
                if self._transmit_queue.stuck(now_s):
                    self._flow.clear()  # their receptions run into N_Cr and say so
                return moved
            self._flow.popleft()
            moved = True
        for address in list(self._queues):
            moved |= self._pump_one(address, now_s)
        return moved

    def _pump_one(self, address: int, now_s: float) -> bool:
        sender = self._queues[address][0]
        for count in range(_BURST):
            if sender.state is not Sending.READY or sender.due_s > now_s:
                return count > 0
            if not self._hand_over(sender.frame, now_s):
                if self._transmit_queue.stuck(now_s):
                    self._events.append(Failed(address, self._transmit_queue.reason))
                    self._drop_first(address)
                return count > 0
            # Read again: handing over may have waited for room, and STmin counts from its end.
            sender.handed_over(self._clock.now_s())
            if sender.done:
                self._events.append(Sent(address))
                self._drop_first(address)
                return True
        return True

    def _hand_over(self, frame: bytes, now_s: float) -> bool:
        """Offer a frame to the bus; false when its queue is full."""
        if self._port.offer(frame):
            self._transmit_queue.took()
            return True
        self._transmit_queue.refused(now_s)
        self._retry_s = now_s + RETRY_S
        return False
