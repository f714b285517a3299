"""What the services of one simulated control unit share: its memory, its session, whether it can be heard.

`Core.during` holds all that lives exactly as long as a session.  Every entry into a session, the same one again
included, makes it new, so SecurityAccess is locked and a download forgotten by construction (ISO 14229-1:2013, 9.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.bench.memory import UnitMemory
from appliance.bench.unit.profile import HIGH_V, LOW_V, Profile, World
from appliance.bench.unit.reaction import Reaction, Session, refuse


@dataclass(slots=True)
class Download:
    """A download under way into the flash region that begins at `address`."""

    address: int
    length: int
    received: bytearray = field(default_factory=bytearray)
    next_counter: int = 1


@dataclass(slots=True)
class During:
    """What lasts as long as a session.

    Attributes:
        unlocked: Level opened by SecurityAccess; 0: none.
        seed: Given out, its key has not come yet; None: there is none. A session has one level only.
        download: None: none was requested.
        erasing: Beginning of the flash region that is being erased; None: none is.
    """

    session: Session
    unlocked: int = 0
    seed: bytes | None = None
    download: Download | None = None
    erasing: int | None = None


class Core:
    """One control unit's state.

    Attributes:
        now_s: Time of the request at hand.
        silent_until_s: It hears and says nothing before, because it is starting.
        awake: Whether it runs at all; asleep, or with terminal 15 off, it is not on the bus.

    Args:
        keep: Called with the new memory whenever something durable changes.
    """

    def __init__(self, memory: UnitMemory, profile: Profile, world: World, keep: Callable[[UnitMemory], None]) -> None:
        self.memory = memory
        self.profile = profile
        self.world = world
        self.during = During(Session.DEFAULT)
        self.dtc_setting = True
        self.normal_messages = True
        self.now_s = 0.0
        self.silent_until_s = 0.0
        self.awake = True
        self._keep = keep

    @property
    def session(self) -> Session:
        """The session it is in."""
        return self.during.session

    @property
    def in_bootloader(self) -> bool:
        """Whether its application is not running."""
        return self.session is Session.PROGRAMMING or not self.memory.good

    def begin(self, session: Session) -> None:
        """Enter a session; the default session also ends what others had switched off (ISO 14229-1:2013, 9.2)."""
        self.during = During(session)
        if session is Session.DEFAULT:
            self.dtc_setting = self.normal_messages = True

    def restart(self, at_s: float) -> None:
        """Start anew: the bootloader, then the application if it is good."""
        self.begin(Session.DEFAULT)
        self.silent_until_s = at_s + self.profile.reset_s

    def store(self, memory: UnitMemory) -> None:
        """Make a change durable."""
        if memory != self.memory:
            self.memory = memory
            self._keep(memory)

    def may_flash(self) -> bool:
        """Whether flash memory may be erased and written now."""
        return self.session is Session.PROGRAMMING and self.during.unlocked == 0x11

    def voltage_refusal(self, sid: int) -> Reaction | None:
        """The refusal to touch flash memory at this voltage; None: it is good enough."""
        volts = self.world.volts()
        if volts < LOW_V:
            return refuse(sid, 0x93)
        return refuse(sid, 0x92) if volts > HIGH_V else None

    def unmet(self) -> bytes:
        """Codes of the preconditions of programming that are not met (facts.md §5.3: 01 confirmed, the rest likely)."""
        reasons = {
            0x01: self.world.engine_running,
            0x08: self.world.volts() < LOW_V,
            0x09: not self.world.ignition_on,
        }
        return bytes(code for code, unmet in reasons.items() if unmet)
