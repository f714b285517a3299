"""Every error of the appliance, by whose fault it is.

    Kl30Error
    ├── UsageError          the person or the configuration asked for something that cannot be   (exit 2)
    │   ├── ConfigError
    │   └── CampaignError
    ├── RefusedError        the appliance will not do it: supply, eligibility, trust            (exit 3)
    │   └── ImageError
    ├── CarError            the car said something, or nothing, that we cannot use              (exit 1)
    │   ├── MalformedAnswer
    │   ├── NegativeResponse
    │   └── NoResponse
    └── BoardError          our own hardware or storage failed                                  (exit 1)
        ├── LinkError
        ├── SensorError
        └── JournalError

A message says what happened; `where` names file and line, device or control unit; `do` is the next thing to do.
Foreign exceptions are translated at the adapter that met them.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_REFUSED = 3
EXIT_RESUMABLE = 4


class Kl30Error(Exception):
    """Something a person must be told: what happened, where, and what to do.

    Args:
        what: One sentence without a full stop.
        where: File and line, device, or control unit; empty when `what` says it.
        do: The next thing to do, as an imperative; empty when nothing helps.
    """

    exit_code = EXIT_FAILED

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.do = do

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" → {self.do}" if self.do else ""
        return f"{place}{self.what}.{advice}"


class UsageError(Kl30Error):
    """The command or its input cannot be carried out as asked."""

    exit_code = EXIT_USAGE


class ConfigError(UsageError):
    """A configuration file is unreadable, or a value in it is not allowed."""


class CampaignError(UsageError):
    """A campaign file is unreadable, incomplete or contradicts itself."""


class RefusedError(Kl30Error):
    """The appliance will not do this: supply, eligibility or trust."""

    exit_code = EXIT_REFUSED


class ImageError(RefusedError):
    """A firmware image is missing, incomplete, altered or made for other hardware."""


class CarError(Kl30Error):
    """The car gave an answer we cannot use, or none."""


class MalformedAnswer(CarError):
    """An answer is too short, too long or contradicts itself.

    Args:
        name: What was read, as in `"DID F101 (SVK)"`.
        found: What was there: a length in bytes, or the offending bytes.
        expected: What the layout calls for.
    """

    def __init__(self, name: str, *, found: str, expected: str) -> None:
        super().__init__(f"{name}: found {found}, expected {expected}")
        self.name = name
        self.found = found
        self.expected = expected


class NegativeResponse(CarError):
    """A control unit refused a request (`7F sid nrc`)."""

    def __init__(self, address: int, sid: int, nrc: int, meaning: str) -> None:
        super().__init__(
            f"request {sid:02X} refused with NRC {nrc:02X} {meaning}", where=f"control unit 0x{address:02X}"
        )
        self.address = address
        self.sid = sid
        self.nrc = nrc


class NoResponse(CarError):
    """A control unit gave no usable answer in time; whether it acted on the request is unknown."""

    def __init__(self, address: int, sid: int, reason: str) -> None:
        super().__init__(f"no answer to request {sid:02X}: {reason}", where=f"control unit 0x{address:02X}")
        self.address = address
        self.sid = sid
        self.reason = reason


class BoardError(Kl30Error):
    """Our own hardware, operating system or storage failed."""


class LinkError(BoardError):
    """The CAN interface is missing, down, or cannot send."""


class SensorError(BoardError):
    """The voltage monitor gave no usable reading."""


class JournalError(BoardError):
    """The journal could not be read or written; nothing was done that it does not hold."""
