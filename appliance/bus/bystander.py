"""What the kernel's transport sees beside its messages, folded into one health of the bus.

Pure: the caller brings frames.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.bus.error_frames import counted, off_the_bus
from appliance.bus.raw_frames import RawFrame
from appliance.bus.transport import Disturbed
from appliance.engine.link_health import BusHealth, ControllerState


class Bystander:
    """Counts.

    Args:
        where: The interface, for people.

    Attributes:
        health: Everything so far.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._told = self.health = BusHealth()
        self._dropped: dict[int, int] = {}

    def saw(self, frame: RawFrame) -> None:
        """A frame came out of the watching socket; this machine's own are nobody's business."""
        if frame.error:
            self.health = counted(self.health, frame.can_id, frame.data)
        elif not frame.local:
            self.health = replace(self.health, foreign=self.health.foreign + 1)

    def missed(self, which: int, dropped: int) -> None:
        """A socket has had no room for so many frames in all; 0: it does not say now."""
        more = dropped - self._dropped.get(which, 0)
        if more > 0:
            self._dropped[which] = dropped
            self.health = replace(self.health, overflow=self.health.overflow + more)

    def queue_full(self) -> None:
        """The transmit queue took nothing."""
        self.health = replace(self.health, queue_full=self.health.queue_full + 1)

    def news(self) -> list[Disturbed]:
        """What has to be told: nothing while it is as it was told last."""
        if self.health is self._told:
            return []
        self._told = self.health
        return [Disturbed(self.health)]

    def require_on_bus(self) -> None:
        """Return while the controller takes part.

        Raises:
            LinkError: it has gone off the bus, and nobody has restarted it.
        """
        if self.health.state is ControllerState.BUS_OFF:
            raise off_the_bus(self._where)
