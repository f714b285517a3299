"""A campaign: what a service bulletin says, and the firmware that carries it out.

The text is the bulletin's own; the control units and their datablocks come from the campaign's author.  One file
holds everything that decides, so that two appliances with the same file decide alike.  Siblings of the first
bulletin shaped the schema: a range of levels instead of dates, a target for each main series, and "already at
target" that means "diagnose further" instead of "done".

Rules of a single value stand beside it; rules between values are in `campaign.check`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated

from appliance.car.integration_level import Level
from appliance.car.own_voltage import OwnVoltage
from appliance.car.svk import SgbmId
from appliance.toml_file import Rule

ADDRESS_SPACE = 1 << 32  # address and length travel as four bytes each (format 44, facts.md §5.1)


def _is_plain_name(name: str) -> bool:
    return bool(name) and name[0] != "." and not set(name) & set("/\\\0\n")


Text = Annotated[str, Rule("some text", lambda text: bool(text.strip()))]
DefectCode = Annotated[
    str,
    Rule(
        "digits, with or without spaces",  # or nothing, in a recovery: `campaign.check`
        lambda text: not text or text.replace(" ", "").isdecimal(),
    ),
]
Digits = Annotated[str, Rule("digits, with or without spaces", lambda text: text.replace(" ", "").isdecimal())]
FileName = Annotated[str, Rule("a file name without folders", _is_plain_name)]
Sha256 = Annotated[
    str, Rule("64 lower-case hex digits", lambda text: len(text) == 64 and set(text) <= set("0123456789abcdef"))
]
UnitAddress = Annotated[int, Rule("a control unit address, 0x00 to 0xEE", lambda address: 0 <= address <= 0xEE)]
MemoryAddress = Annotated[int, Rule("a memory address of four bytes", lambda at: 0 <= at < ADDRESS_SPACE)]
Size = Annotated[int, Rule("a positive whole number of bytes", lambda size: size > 0)]
Byte = Annotated[int, Rule("one byte, 0x00 to 0xFF", lambda byte: 0 <= byte <= 0xFF)]
Did = Annotated[int, Rule("a data identifier, 0x0000 to 0xFFFF", lambda did: 0 <= did <= 0xFFFF)]
SecurityLevel = Annotated[
    # requestSeed is odd, sendKey the next even number (ISO 14229-1, SecurityAccess)
    int, Rule("an odd requestSeed level, 0x01 to 0x7D", lambda level: level % 2 == 1 and 1 <= level <= 0x7D)
]
MaxOpen = Annotated[
    # One gateway and one wire carry them all; more than a few gain nothing and put more at risk (docs/lanes.md). Ours.
    int, Rule("1 to 6 control units", lambda count: 1 <= count <= 6)
]
Attempts = Annotated[int, Rule("1 to 9 attempts", lambda attempts: 1 <= attempts <= 9)]
# Ours: more than any bad day of loose plugs, far fewer than the erases a flash bears.
Cuts = Annotated[int, Rule("1 to 99 cuts", lambda cuts: 1 <= cuts <= 99)]
CatalogueId = Annotated[
    str, Rule("a file name without folders, or nothing", lambda name: not name or _is_plain_name(name))
]
Mask = Annotated[int, Rule("bits of one byte, 0x01 to 0xFF", lambda mask: 1 <= mask <= 0xFF)]
Offset = Annotated[int, Rule("the place of a byte, 0 or more", lambda place: place >= 0)]
OrderElement = Annotated[  # facts.md §8: options have three characters, E-words, HO-words and type keys four
    str,
    Rule(
        "an option, E-word, HO-word or type key of the vehicle order, three or four capital letters or digits",
        lambda text: len(text) in (3, 4) and text.isascii() and text.isalnum() and text == text.upper(),
    ),
]
Fru = Annotated[int, Rule("a whole number of FRU, 0 or more", lambda fru: fru >= 0)]


class Kind(Enum):
    """What sort of bulletin it is."""

    SERVICE_ACTION = "service-action"
    RECALL = "recall"
    DELIVERY_STOP = "delivery-stop"
    SERVICE_INFORMATION = "service-information"
    RECOVERY = "recovery"  # no bulletin: software for control units that a failed flash has left behind


class AlreadyAtTargetMeans(Enum):
    """What the bulletin says of an affected vehicle that already has the target level."""

    CLAIM_AND_FINISH = "claim-and-finish"
    DIAGNOSE_FURTHER = "diagnose-further"


class Occasion(Enum):
    """Which outcome a labour operation pays for."""

    ALREADY_AT_TARGET = "already-at-target"
    PROGRAMMED = "programmed"


class Container(Enum):
    """How an image file holds its bytes."""

    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class LevelRange:
    """Affected are vehicles whose current level is `min` or higher, and lower than `below`."""

    min: Level
    below: Level


@dataclass(frozen=True, slots=True)
class AffectedVehicles:
    """Which vehicles the bulletin names.

    Attributes:
        main_series: First part of the integration level; several car makers' series share one.
        bodies: Development codes as printed, `F56`.
        models: As printed, for people; the decision does not read them.
        produced_from / produced_to: First and last day of production, both inclusive; None: not by date.
        level_ranges: Not more than one for a main series; empty: not by level.
        type_keys: Four-character type keys, where only some engines or gearboxes are meant; empty: all.
    """

    main_series: tuple[Text, ...]
    bodies: tuple[Text, ...]
    models: tuple[Text, ...] = ()
    produced_from: date | None = None
    produced_to: date | None = None
    level_ranges: tuple[LevelRange, ...] = ()
    type_keys: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """The level that vehicles of one main series have after the campaign."""

    series: Text
    level: Level


@dataclass(frozen=True, slots=True)
class Datablock:
    """One piece of memory, erased, downloaded and checked as a whole.

    Attributes:
        name: For people.
        software: The software unit it carries.
        address / length: Where it goes, and how many bytes of image go there.
        data_format: Data format identifier of RequestDownload; 0x00 is plain, 0x10 compressed (facts.md §5.1).
        file / sha256: The image in the firmware cache.
    """

    name: Text
    software: SgbmId
    address: MemoryAddress
    length: Size
    file: FileName
    sha256: Sha256
    data_format: Byte = 0x00
    container: Container = Container.BINARY


@dataclass(frozen=True, slots=True)
class Need:
    """Software that another control unit must carry, this version or a higher one (`campaign.needs`)."""

    address: UnitAddress
    software: SgbmId


@dataclass(frozen=True, slots=True)
class Recode:
    """Bits of saved coding data that are written anew in vehicles of a certain order (`campaign.recode`).

    Attributes:
        did: One of `coding`.
        byte: Which byte of its data, counted from 0.
        mask: Which bits of it; `value`: what they are then, in their places.
        why: The reason, which plan and report repeat.
        with_ / without: Elements of the vehicle order: all of these, and none of those; empty: whatever it says.
    """

    did: Did
    byte: Offset
    mask: Mask
    value: Byte
    why: Text
    with_: tuple[OrderElement, ...] = ()
    without: tuple[OrderElement, ...] = ()


@dataclass(frozen=True, slots=True)
class CampaignUnit:
    """One control unit and what it is to carry.

    Attributes:
        order: Units are programmed in this order; a gateway usually comes last.
        hwel: Hardware the software is made for; the unit's own must be one of these.
        bootloader: Acceptable bootloaders; empty: any.
        from_software: Acceptable present software; empty: any lower version of the target's.
        target_software: The complete software after programming, whether a datablock carries it or not.
        datablocks: In the order they are written; empty: the unit is only coded.
        coding: Data identifiers saved before programming and written back after it.
        recode: What of these is written anew, in this sequence; empty: all of it is written back as it was.
        individual: Data identifiers of learned values, counters, calibration: saved before programming and written back
            after it. Which they are differs from control unit to control unit, and is not known to us.
        security: Name of the SecurityAccess provider.
        security_level: Its requestSeed level; 0x11 is programming (facts.md §5.1, confirmed for an EGS).
        erase_suffix: Bytes after the address of the erase request; a form without exists (facts.md §12: open).
        abort_recoverable: Whether an aborted download leaves a unit that can be programmed again over the same plug.
        max_attempts: How often one datablock may fail until a person presses START anew.
        max_cuts: How often in a row it may be cut off, by a power cut or a car that falls asleep, before its proof.
        alone: Nobody else is programmed at the same time: others live on it while they are.
        critical: Never open at the same time as another critical one: the vehicle is not to lose both.
        needs: What other control units must carry before this one is programmed; empty: nothing is asked of them.
        lowers: Software higher than the target's that is replaced all the same; empty: nothing ever is.
        lowers_why: The reason for that exception, which plan and report repeat.
    """

    address: UnitAddress
    name: Text
    order: int
    hwel: tuple[SgbmId, ...]
    target_software: tuple[SgbmId, ...]
    security: Text
    abort_recoverable: bool
    bootloader: tuple[SgbmId, ...] = ()
    from_software: tuple[SgbmId, ...] = ()
    datablocks: tuple[Datablock, ...] = ()
    coding: tuple[Did, ...] = ()
    recode: tuple[Recode, ...] = ()
    individual: tuple[Did, ...] = ()
    security_level: SecurityLevel = 0x11
    erase_suffix: bytes = b"\x06"
    max_attempts: Attempts = 3
    max_cuts: Cuts = 12
    alone: bool = False
    critical: bool = False
    needs: tuple[Need, ...] = ()
    lowers: tuple[SgbmId, ...] = ()
    lowers_why: str = ""


@dataclass(frozen=True, slots=True)
class LabourOperation:
    """One line of the bulletin's warranty table."""

    when: Occasion
    number: Digits
    fru: Fru
    text: Text
    plus_work: bool = False


@dataclass(frozen=True, slots=True)
class Campaign:
    """A bulletin, machine-readable.

    Attributes:
        id: Its name in the firmware cache.
        source: The bulletin, as one would cite it.
        defect_code: As printed; compare `defect_code_normalised`. Empty in a recovery, which claims nothing.
        minimum_tool: What the bulletin asks a dealer to use.
        open_shown_in: Where the manufacturer shows whether the vehicle still needs it.
        body_address: Control unit in which the diagnosis power mode is set before programming (facts.md §5.1, row 0);
            None: it is not set.
        levels: Level catalogue (`campaign.catalogue`) whose control units are programmed where they are behind; empty:
            `units` alone decide.
        only: Of the catalogue's control units only these are programmed; empty: every one that is behind.
        raises_level: Off: the integration level is not written, whatever is programmed; the control units decide then,
            and not the level the vehicle has already.
        supply: Control units that can be asked for their own supply voltage, in the order to ask; empty: nobody is.
        max_open: How many control units are programmed at the same time, at most.
        supply_bulletin: The bulletin that asks for a charger; empty: none.
        completed_mark: A label or punch that also proves completion, for people; empty: none.
        consequential / prior: How failures during and before the procedure are claimed.
        work_before / work_after: What it asks for before and after programming, whoever programs; empty: nothing.
        remote_support: What it asks for when a control unit failed while it was programmed; empty: it does not say.
        authorisation: Where the code goes that allows to replace such a control unit; empty: it does not say.
    """

    id: FileName
    title: Text
    kind: Kind
    source: Text
    defect_code: DefectCode
    affected: AffectedVehicles
    targets: tuple[Target, ...]
    already_at_target: AlreadyAtTargetMeans
    units: tuple[CampaignUnit, ...]
    labour: tuple[LabourOperation, ...]
    body_address: UnitAddress | None = None
    levels: CatalogueId = ""
    only: tuple[UnitAddress, ...] = ()
    raises_level: bool = True
    supply: tuple[OwnVoltage, ...] = ()
    max_open: MaxOpen = 1
    when_due: str = ""
    situation: str = ""
    cause: str = ""
    correction: str = ""
    minimum_tool: str = ""
    procedure_reference: str = ""
    open_shown_in: tuple[Text, ...] = ()
    supply_bulletin: str = ""
    completed_mark: str = ""
    consequential: str = ""
    prior: str = ""
    work_before: str = ""
    work_after: str = ""
    remote_support: str = ""
    authorisation: str = ""
    notes: tuple[Text, ...] = ()

    @property
    def defect_code_normalised(self) -> str:
        """The defect code's digits only: bulletins print it with and without spaces."""
        return self.defect_code.replace(" ", "")

    def unit(self, address: int) -> CampaignUnit | None:
        """Its own entry for a control unit; None: it has none."""
        return next((one for one in self.units if one.address == address), None)

    def target(self, series: str) -> Level | None:
        """The target of a main series; None when the campaign has none for it."""
        return next((one.level for one in self.targets if one.series == series), None)

    def labour_for(self, occasion: Occasion) -> LabourOperation | None:
        """The labour operation of an outcome; None when the bulletin pays none."""
        return next((one for one in self.labour if one.when is occasion), None)
