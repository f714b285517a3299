"""A network interface as Linux shows it to everybody, without a socket and without a privilege.

A CAN interface that is up and has no carrier is off the bus: the driver takes the carrier away (linux, can_bus_off).

Sources: Documentation/ABI/testing/sysfs-class-net; linux/if.h (IFF_UP).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from appliance.errors import LinkError

INTERFACES = Path("/sys/class/net")
_UP = 0x1


@dataclass(frozen=True, slots=True)
class Interface:
    """What is known of an interface.

    Attributes:
        up: Whether it was switched on.
        carrier: Whether it takes part in its bus; False while it is down.
        queue_frames: Frames its transmit queue has room for.
    """

    up: bool
    carrier: bool
    queue_frames: int


def require_up(name: str, folder: Path = INTERFACES) -> None:
    """Return unless the interface is there and down: a socket can be bound to it, and its first poll fails.

    Raises:
        LinkError: it is down.
    """
    interface = read_interface(name, folder)
    if interface is not None and not interface.up:
        raise LinkError(
            "the CAN interface is down",
            where=name,
            do="wait: KL30 tries again by itself; where it stays so, check that the CAN HAT is seated (kl30 selftest)",
        )


def read_interface(name: str, folder: Path = INTERFACES) -> Interface | None:
    """The interface of that name; None: there is none, or this system does not show it."""
    path = folder / name
    try:
        up = bool(int((path / "flags").read_text(encoding="ascii"), 16) & _UP)
        queue_frames = int((path / "tx_queue_len").read_text(encoding="ascii"))
        carrier = up and (path / "carrier").read_text(encoding="ascii").strip() == "1"
    except (OSError, ValueError):
        return None
    return Interface(up, carrier, queue_frames)
