"""A tester's seat beside one control unit: bytes in, bytes out, time at hand.

Requests and answers are written as on the wire, in hex.  Asking waits as a tester does: through response pending, and
for silence until every P2 is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.bench.control_unit import ControlUnit
from appliance.bench.memory import MemoryFile, Slot, UnitMemory
from appliance.bench.security import bench_key
from appliance.bench.unit.profile import Profile, World
from appliance.car.sgbm import parse_sgbm
from appliance.firmware.synthetic import synthetic_image

ADDRESS = 0x12
PROGRAM, DATA = 0x80020000, 0x80080000
PROGRAM_LENGTH, DATA_LENGTH = 0x200, 0x100
OLD = ("swfl_00002cce-021_010_002", "swfl_000046da-021_010_052")
NEW = "swfl_00002cce-021_020_002"
VIN = "WMWXM5C54G3A12345"
ERASE = "31 01 FF 00 02 40 80 02 00 00 06"
REQUEST_DOWNLOAD = "34 00 44 80 02 00 00 00 00 02 00"
CHECK_MEMORY = "31 01 02 02 12 40 80 02 00 00 00 00"
CHECK_DEPENDENCIES = "31 01 FF 01"
QUICK = Profile("DME", timings=(6, 3, 1, 1, 2, 20), calibration=True, block_length=0x82)
SILENCE_S = 0.4  # longer than the slowest P2, 299 ms
CODING = bytes.fromhex("0104 22A0")


def memory(**changes: object) -> UnitMemory:
    """A control unit with a program and a data region, both good."""
    slots = (Slot(PROGRAM, PROGRAM_LENGTH, OLD[0]), Slot(DATA, DATA_LENGTH, OLD[1]))
    plain: dict[str, object] = {
        "address": ADDRESS,
        "fixed": ("hwel_00002ccb-001_003_004", "btld_00002ccd-021_010_001", "cafd_000029b7-000_020_010"),
        "slots": slots,
        "coding": ((0x3000, CODING),),
    }
    return UnitMemory(**{**plain, **changes})  # type: ignore[arg-type]


def new_image() -> bytes:
    """Good firmware for the program region."""
    return synthetic_image(parse_sgbm(NEW), PROGRAM_LENGTH)


@dataclass
class Said:
    """One message of the control unit, and when it left."""

    at_s: float
    words: str


@dataclass
class Talk:
    """A tester, a control unit, and the car around it; all of them may be changed between two requests."""

    kept: UnitMemory = field(default_factory=memory)
    profile: Profile = QUICK
    vehicle: MemoryFile | None = None
    volts: float = 13.8
    now_s: float = 1000.0

    def __post_init__(self) -> None:
        self.world = World(lambda: self.volts, VIN)
        self.unit = ControlUnit(self.kept, self.profile, self.world, self._keep, self.vehicle)

    def _keep(self, changed: UnitMemory) -> None:
        self.kept = changed

    def hear(self, request: str | bytes, *, functional: bool = False) -> list[Said]:
        """Everything the unit says to a request, response pending included."""
        payload = bytes.fromhex(request) if isinstance(request, str) else request
        self.unit.request(self.now_s, payload, functional=functional)
        until_s = self.now_s + SILENCE_S
        said: list[Said] = []
        while (at_s := self.unit.next_s()) is not None and at_s <= until_s:
            self.now_s = at_s
            said += [Said(at_s, payload.hex(" ").upper()) for payload in self.unit.due(at_s)]
            if said and not is_pending(said[-1].words):
                return said
            until_s = at_s + 5.0 if said else until_s
        self.now_s = until_s
        return said

    def ask(self, request: str | bytes, *, functional: bool = False) -> str:
        """The final answer; empty for silence."""
        said = [one.words for one in self.hear(request, functional=functional) if not is_pending(one.words)]
        return said[-1] if said else ""

    def tell(self, *requests: str) -> None:
        """Requests whose positive answers are taken for granted."""
        for request in requests:
            answer = self.ask(request)
            assert answer[:2] not in ("", "7F"), f"{request}: {answer or 'silence'}"

    def wait(self, seconds: float) -> None:
        """Let time pass without a word."""
        self.now_s += seconds
        assert self.unit.due(self.now_s) == []

    def keep_alive(self, seconds: float) -> None:
        """Let time pass with TesterPresent every two seconds."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.unit.request(self.now_s, b"\x3e\x80", functional=True)
            self.wait(min(2.0, until_s - self.now_s))

    # -- whole steps

    def unlock(self, level: int) -> str:
        """SecurityAccess with the right key; the answer to it."""
        seed = bytes.fromhex(self.ask(bytes((0x27, level)) + b"\xff\xff\xff\xff"))[2:]
        return self.ask(bytes((0x27, level + 1)) + bench_key(level, seed))

    def into_programming(self) -> None:
        """Programming session, unlocked."""
        self.tell("10 03", "10 02")
        assert self.unlock(0x11) == "67 12"

    def transfer(self, image: bytes) -> Sequence[str]:
        """TransferData for all of an image; the answers."""
        size = self.profile.block_length - 2
        pieces = [image[start : start + size] for start in range(0, len(image), size)]
        return [self.ask(bytes((0x36, number & 0xFF)) + piece) for number, piece in enumerate(pieces, 1)]

    def download(self, image: bytes) -> None:
        """Erase the program region and write an image into it, unchecked."""
        self.tell(ERASE, REQUEST_DOWNLOAD)
        self.transfer(image)
        self.tell("37")

    def program(self) -> None:
        """The whole flash of the program region."""
        self.into_programming()
        self.download(new_image())
        self.tell(CHECK_MEMORY, CHECK_DEPENDENCIES)


def is_pending(words: str) -> bool:
    """Whether a message is a response pending."""
    return words.startswith("7F") and words.endswith("78")
