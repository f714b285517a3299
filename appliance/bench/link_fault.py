"""What can go wrong with the wires: a short that drives the appliance's controller off the bus, another tester.

Both are played at the appliance's end of the cable, in virtual time as on the wire: what a transport would tell of
them, and no more.  The other tester is a polite one, its TesterPresent does nothing to the car; what two testers do to
a control unit is not modelled.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.bus.error_frames import off_the_bus
from appliance.bus.transport import Disturbed, Transport, TransportEvent
from appliance.clock import Clock
from appliance.engine.link_health import QUIET

TESTER_PRESENT_S = 2.0  # of the other tester; half of S3 (ISO 14229-2)
WHERE = "the bench's CAN interface"


class LinkFaults:
    """What is wrong with the wires now; it outlives the appliance's lives.

    Attributes:
        off: Whether the controller is off the bus.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tester_from_s = self._tester_until_s = 0.0
        self.off = False

    def short(self) -> None:
        """The two CAN wires touch for a moment: the controller goes off the bus, and stays off."""
        self.off = True

    def restart(self) -> None:
        """Somebody with the right to do so restarts the controller, as the service manager does before each life."""
        self.off = False

    def other_tester(self, for_s: float) -> None:
        """Another tester talks from now on."""
        self._tester_from_s = self._clock.now_s()
        self._tester_until_s = self._tester_from_s + for_s

    def foreign(self, since_s: float) -> int:
        """Frames that the other tester has sent since then."""
        from_s = max(since_s, self._tester_from_s)
        until_s = min(self._clock.now_s(), self._tester_until_s)
        return 1 + int((until_s - from_s) / TESTER_PRESENT_S) if until_s > from_s else 0


class DisturbedTransport:
    """A transport over wires that something may be wrong with; one for each life of the appliance."""

    def __init__(self, inner: Transport, faults: LinkFaults, clock: Clock) -> None:
        self._inner = inner
        self._faults = faults
        self._since_s = clock.now_s()
        self._bus = self._told = QUIET

    def send(self, address: int, payload: bytes) -> None:
        """As the transport's."""
        self._inner.send(address, payload)

    def poll(self, until_s: float) -> list[TransportEvent]:
        """As the transport's, with what the wires do.

        Raises:
            LinkError: the controller is off the bus; what had arrived is lost.
        """
        events = self._inner.poll(until_s)
        if self._faults.off:
            raise off_the_bus(WHERE)
        for event in events:
            if isinstance(event, Disturbed):
                self._bus = event.bus
        seen = replace(self._bus, foreign=self._bus.foreign + self._faults.foreign(self._since_s))
        if seen == self._told:
            return events
        self._told = seen
        return [*(event for event in events if not isinstance(event, Disturbed)), Disturbed(seen)]

    def abandon(self, address: int) -> None:
        """As the transport's."""
        self._inner.abandon(address)

    def receiving(self, address: int | None) -> bool:
        """As the transport's."""
        return self._inner.receiving(address)

    def close(self) -> None:
        """As the transport's."""
        self._inner.close()
