"""What is known of each control unit from what was said, by the standard alone.

What is not `open`, `programmed`, `at_target` or `changed` is forgotten when a new life of the appliance begins:
whatever the control unit still remembers then, a tester must not rely on it.  Clauses are those of ISO 14229-1:2013.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance import uds
from appliance.bench.referee.job import Job, Unit
from appliance.bench.referee.seen import (
    ERASE,
    NOT_DONE,
    SVK,
    Answer,
    Marked,
    Request,
)

DEFAULT, PROGRAMMING = 0x01, 0x02  # sessions (9.2)
FLASH_LEVEL = 0x11  # SecurityAccess (facts.md §5.1 row 8, confirmed)
PASSED = 0x01  # SVK byte 1 (facts.md §3.1, confirmed)
GOOD = b"\x00"  # result of check memory (facts.md §5.1 row 15, confirmed) and of the dependencies (HIS, likely)


@dataclass(slots=True)
class Transfer:
    """A download that was accepted: into where, how much, in pieces how large; what has come of it."""

    place: int
    length: int
    block_length: int
    received: bytearray = field(default_factory=bytearray)
    counter: int = 1


@dataclass(slots=True)
class Known:
    """One control unit.

    Attributes:
        session: None: it was not heard in this life.
        begun: Datablocks whose `DatablockBegun` is durable and not used up by an erase.
        erased: Where an erase was confirmed and no download begun yet.
        exited: Where a download was ended and confirmed, and not checked yet.
        checked: Datablocks found good by check memory since their last erase.
        open: Datablocks an erase was sent for, and none was proven since.
        dependencies: They were found met since the last erase.
        named: It named exactly the target, good, after it left the programming session.
        programmed: `UnitProgrammed` stands.
        at_target: It named the target like that since its last erase, in whatever life, reset since or not.
        dtc_off / quiet: Trouble codes are not stored; normal messages are not sent.
        left_open: A session that an earlier life entered was not seen to end.
    """

    session: int | None = None
    unlocked: bool = False
    begun: set[int] = field(default_factory=set)
    erased: int | None = None
    transfer: Transfer | None = None
    exited: int | None = None
    checked: set[int] = field(default_factory=set)
    open: set[int] = field(default_factory=set)
    dependencies: bool = False
    named: bool = False
    programmed: bool = False
    at_target: bool = False
    dtc_off: bool = False
    quiet: bool = False
    left_open: bool = False

    @property
    def changed(self) -> bool:
        """Whether something of it was switched and not given back."""
        return self.dtc_off or self.quiet or self.in_session

    @property
    def in_session(self) -> bool:
        """Whether it is in another session than the default one, as far as anybody heard."""
        return self.left_open or self.session not in (None, DEFAULT)

    def enter(self, session: int) -> None:
        """A session begins: what belonged to the one before is gone (9.2)."""
        self.session, self.unlocked, self.left_open = session, False, False
        self.erased, self.transfer, self.exited = None, None, None
        if session == DEFAULT:
            self.dtc_off = self.quiet = False


class Ledger:
    """Every control unit's state, by its address."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.units: dict[int, Known] = {}

    def of(self, address: int) -> Known:
        """What is known of one control unit."""
        return self.units.setdefault(address, Known())

    @property
    def open_blocks(self) -> list[tuple[int, int]]:
        """Address and number of every datablock that is erased and not proven."""
        return [(address, index) for address, known in self.units.items() for index in known.open]

    def begin(self) -> None:
        """A new life."""
        for address, old in self.units.items():
            self.units[address] = Known(
                open=old.open,
                programmed=old.programmed,
                at_target=old.at_target,
                dtc_off=old.dtc_off,
                quiet=old.quiet,
                left_open=old.in_session,
            )

    def asked(self, request: Request) -> None:
        """Enter a request: an erase counts from when it is sent, a reset makes everything read before it old."""
        unit = self._job.unit(request.to)
        if request.routine == ERASE and unit is not None:
            self._erase_sent(self.of(request.to), unit.index_of(request.place))
        elif request.sid == uds.Sid.ECU_RESET:
            self.of(request.to).named = False

    def _erase_sent(self, known: Known, index: int | None) -> None:
        known.erased = known.exited = known.transfer = None
        known.dependencies = known.named = known.programmed = known.at_target = False
        if index is not None:
            known.begun.discard(index)
            known.checked.discard(index)
            known.open.add(index)

    def answered(self, answer: Answer) -> None:
        """Enter an answer."""
        known, request = self.of(answer.source), answer.request
        unit = self._job.unit(answer.source)
        if not answer.positive:
            if request.routine == ERASE and unit is not None and answer.nrc in NOT_DONE:
                self._not_erased(known, unit.index_of(request.place))
            return
        match request.sid:
            case uds.Sid.DIAGNOSTIC_SESSION_CONTROL:
                known.enter(request.sub)
                known.named = known.named and request.sub != PROGRAMMING
            case uds.Sid.ECU_RESET:
                known.enter(DEFAULT)
            case uds.Sid.SECURITY_ACCESS:
                self._access(known, answer)
            case uds.Sid.CONTROL_DTC_SETTING:
                known.dtc_off = request.sub != 0x01
            case uds.Sid.COMMUNICATION_CONTROL:
                known.quiet = request.sub in (0x01, 0x03)
            case uds.Sid.READ_DATA_BY_IDENTIFIER if request.identifier == SVK and unit is not None:
                known.named = known.session != PROGRAMMING and names(unit, answer.payload)
                known.at_target = known.named or known.at_target
            case _ if unit is not None:
                self._flash(known, unit, answer)

    def _not_erased(self, known: Known, index: int | None) -> None:
        if index is not None:
            known.begun.add(index)

    def _access(self, known: Known, answer: Answer) -> None:
        """The key was right, or the seed says "open already" with zeros (9.4)."""
        opened = answer.request.sub == FLASH_LEVEL and not any(answer.payload[2:])
        if opened or answer.request.sub == FLASH_LEVEL + 1:
            known.unlocked = True

    def _flash(self, known: Known, unit: Unit, answer: Answer) -> None:
        request = answer.request
        match request.sid, request.routine:
            case _, 0xFF00 if not any(answer.status[:1]):
                known.erased = request.place
            case uds.Sid.REQUEST_DOWNLOAD, _:
                known.erased, known.transfer = None, _accepted(answer)
            case uds.Sid.TRANSFER_DATA, _ if known.transfer is not None:
                known.transfer.received += request.payload[2:]
                known.transfer.counter = (request.payload[1] + 1) & 0xFF
            case uds.Sid.REQUEST_TRANSFER_EXIT, _ if known.transfer is not None:
                known.exited, known.transfer = known.transfer.place, None
            case _, 0x0202:
                self._check(known, unit, answer)
            case _, 0xFF01:
                known.dependencies = answer.status[:1] == GOOD
            case _:
                pass

    def _check(self, known: Known, unit: Unit, answer: Answer) -> None:
        index = unit.index_of(answer.request.place)
        if index is not None and known.exited == answer.request.place and answer.status[:1] == GOOD:
            known.checked.add(index)
        known.exited = None

    def marked(self, mark: Marked) -> None:
        """Enter a fact."""
        if mark.address is None:
            return
        known = self.of(mark.address)
        match mark.name:
            case "DatablockBegun" if mark.index is not None:
                known.begun.add(mark.index)
                known.programmed = False
            case "DatablockProgrammed" if mark.index is not None:
                known.open.discard(mark.index)
            case "UnitProgrammed":
                known.programmed = True
            case _:
                pass


def names(unit: Unit, svk: bytes) -> bool:
    """Whether `62 F1 01 …` holds every entry of the target and says that the check is passed (facts.md §3.1)."""
    if len(svk) < 20 or svk[4] != PASSED:
        return False
    entries = {svk[at : at + 8] for at in range(20, len(svk) - 7, 8)}
    return entries.issuperset(unit.entries)


def _accepted(answer: Answer) -> Transfer | None:
    """`34 <format> <sizes> <address> <length>` and `74 <size> <block length>` (14.2); None: it is not whole."""
    request = answer.request.payload
    if not answer.block_length:
        return None
    of_length, of_address = request[2] >> 4, request[2] & 0xF
    place = int.from_bytes(request[3 : 3 + of_address], "big")
    length = int.from_bytes(request[3 + of_address : 3 + of_address + of_length], "big")
    return Transfer(place, length, answer.block_length)
