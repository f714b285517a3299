"""The other end of the cable: ISO-TP for many simulated control units on one python-can bus.

It stands on can-isotp, which shares no code with the appliance's own ISO-TP: each is the other's referee.  One
`TransportLayerLogic` for each unit; requests to all units (0xDF) are single frames and need none.  Answers are padded
with 0xAA, as a real EGS does (facts.md §1, confirmed).

Driving it: frames are taken in batches and `process()` is called once for each unit that got one, and for units with
something to send; with flow control "block size 0, STmin 0" it then empties its message at the speed of the bus.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeAlias

import can
import isotp

from appliance import uds
from appliance.clock import Clock
from appliance.errors import LinkError

PAD = 0xAA
_UNITS_ID = 0x600
_TESTER_ID = 0x6F1
_ACTIVE_WAIT_S = 0.005  # while a message is under way: how often its timers are looked at

Request: TypeAlias = tuple[int, bool, bytes]  # control unit address, whether all units were asked, payload


class CarTransport:
    """Requests in, answers out, for the units of a simulated car.

    Args:
        bus: Where the tester is; stays the caller's.
        addresses: The units that listen.
        clock: The clock that `bus.recv` waits by.
        block_size: Asked of the tester in our flow control; 0 is "all at once".
        stmin: Asked of the tester, as coded in ISO 15765-2.
        listens: Whether a unit is on the bus now; one that is not takes no frame.
    """

    def __init__(
        self,
        bus: can.BusABC,
        addresses: Iterable[int],
        clock: Clock,
        block_size: int = 0,
        stmin: int = 0,
        listens: Callable[[int], bool] = lambda _address: True,
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._units = {address: _Unit(address, bus, block_size, stmin) for address in addresses}
        self._requests: list[Request] = []
        self._listens = listens

    def poll(self, until_s: float) -> list[Request]:
        """Move frames until there is a request or the clock reads `until_s`; a functional one is told once a unit.

        Raises:
            LinkError: the bus is gone.
        """
        while True:
            self._turn(until_s)
            if self._requests or self._clock.now_s() >= until_s:
                requests, self._requests = self._requests, []
                return requests

    def reply(self, address: int, payload: bytes) -> None:
        """Queue an answer of a unit; it leaves during `poll`."""
        self._units[address].layer.send(payload)

    def _turn(self, until_s: float) -> None:
        try:
            busy = self._advance(unit for unit in self._units.values() if unit.layer.transmitting())
            left_s = max(0.0, until_s - self._clock.now_s())
            self._take(self._bus.recv(min(left_s, _ACTIVE_WAIT_S) if busy else left_s))
        except can.CanError as error:
            raise LinkError(f"the bench's bus cannot be used: {error}", where=str(self._bus.channel_info)) from error

    def _take(self, message: can.Message | None) -> None:
        """Take in a frame and whatever has come behind it, then let its units work."""
        touched: set[int] = set()
        while message is not None:
            if message.arbitration_id == _TESTER_ID and len(message.data) > 1:
                touched |= self._sort(message)
            message = self._bus.recv(0.0)
        self._advance(self._units[address] for address in touched)

    def _sort(self, message: can.Message) -> set[int]:
        """Give a frame to whom it is for; the addresses that have work to do."""
        target = message.data[0]
        if target == uds.FUNCTIONAL:
            length = message.data[1]
            if 1 <= length <= len(message.data) - 2:
                payload = bytes(message.data[2 : 2 + length])
                self._requests += [(address, True, payload) for address in self._units if self._listens(address)]
            return set()
        if target not in self._units:
            return set()
        if not self._listens(target):
            self._units[target].layer.reset()  # half a message in its working memory is gone as well
            return set()
        self._units[target].inbox.append(
            isotp.CanMessage(arbitration_id=_TESTER_ID, dlc=message.dlc, data=bytes(message.data))
        )
        return {target}

    def _advance(self, units: Iterable[_Unit]) -> bool:
        """Let units work; true when one has something under way."""
        busy = False
        for unit in units:
            unit.layer.process()
            while (payload := unit.layer.recv()) is not None:
                self._requests.append((unit.address, False, bytes(payload)))
            busy |= unit.layer.transmitting()
        return busy


class _Unit:
    """One control unit's ISO-TP."""

    def __init__(self, address: int, bus: can.BusABC, block_size: int, stmin: int) -> None:
        self.address = address
        self.inbox: deque[isotp.CanMessage] = deque()
        self._bus = bus
        self.layer = isotp.TransportLayerLogic(
            rxfn=self._receive,
            txfn=self._send,
            address=isotp.Address(
                isotp.AddressingMode.Extended_11bits,
                txid=_UNITS_ID + address,
                rxid=_TESTER_ID,
                source_address=address,
                target_address=uds.TESTER,
            ),
            params={"tx_padding": PAD, "blocksize": block_size, "stmin": stmin, "wftmax": 16},
        )

    def _receive(self, timeout: float) -> isotp.CanMessage | None:  # noqa: ARG002 – can-isotp's signature
        return self.inbox.popleft() if self.inbox else None

    def _send(self, message: isotp.CanMessage) -> None:
        self._bus.send(
            can.Message(arbitration_id=message.arbitration_id, is_extended_id=False, data=message.data, is_rx=False)
        )
