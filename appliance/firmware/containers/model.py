"""What a container holds and says of itself, whatever its format.

The words are those of ODX (ISO 22901-1, flash data) where it has one; the other formats fill in less.  None and empty
mean that the container does not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from appliance.car.sgbm import SgbmId


class ContainerKind(Enum):
    """The format, by content."""

    BINARY = "binary"
    INTEL_HEX = "intel-hex"
    S_RECORD = "s-record"
    ODX_F = "odx-f"
    PSDZ = "psdz"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was given.

    Attributes:
        name: Without folders.
        size_bytes / sha256: Of the whole file; 64 lower-case hex digits.
    """

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Bytes without a gap, as they are sent.

    Attributes:
        address: Where they go; None: the container does not say.
        data: At least one byte; opaque where the data format is not 0x00.
        name: Empty where it has none.
        data_format: Data format identifier of RequestDownload (ISO 14229-1): the high nibble compression, the low one
            encryption; None: the container does not say.
        unpacked_bytes: Their length once unpacked by the control unit; None: the container does not say.
    """

    address: int | None
    data: bytes
    name: str = ""
    data_format: int | None = None
    unpacked_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Ident:
    """What a control unit must answer, or what the data say of themselves.

    Attributes:
        values: As written; of an expected ident any one of them will do.
    """

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Security:
    """Texts a control unit checks; empty: not given.  Nothing here is checked or kept secret by KL30."""

    method: str = ""
    signature: str = ""
    checksum: str = ""
    validity: str = ""


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a range of memory must give after programming; handed on, never computed here.

    Attributes:
        algorithm: Its name, which belongs to the maker; empty: not given.
        address / size_bytes: The range.
        fill_byte: What stands in its gaps; None: not given.
        result: As written.
    """

    name: str
    algorithm: str
    address: int
    size_bytes: int
    fill_byte: int | None
    result: str


@dataclass(frozen=True, slots=True)
class Session:
    """A flash session: which datablocks belong together, and what is checked before and after.

    Attributes:
        datablocks: Names of its datablocks, in order.
    """

    name: str
    datablocks: tuple[str, ...]
    expected_idents: tuple[Ident, ...] = ()
    checksums: tuple[Checksum, ...] = ()
    securities: tuple[Security, ...] = ()


@dataclass(frozen=True, slots=True)
class ContainerBlock:
    """One logical block: all of a file of records, one PSdZ pair, one ODX datablock.

    Attributes:
        segments: By address, at least one; several where there are gaps.
        software: The unit it carries; None: neither the container nor its name says.
        data_type: ODX's word for what it is (`CODE`, `DATA`, `BOOT`); empty: not given.
        start_address: Where records say that execution begins; None: they do not.
        own_idents / securities: Of this block alone.
    """

    name: str
    segments: tuple[Segment, ...]
    software: SgbmId | None = None
    data_type: str = ""
    start_address: int | None = None
    own_idents: tuple[Ident, ...] = ()
    securities: tuple[Security, ...] = ()


@dataclass(frozen=True, slots=True)
class ContainerContent:
    """All of it.

    Attributes:
        sources: The files given, in that order.
        datablocks: At least one.
        sessions: Empty in every format but ODX.
        notes: What its reader should know, a sentence each.
    """

    kind: ContainerKind
    sources: tuple[SourceFile, ...]
    datablocks: tuple[ContainerBlock, ...]
    sessions: tuple[Session, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Every segment of every datablock, in order."""
        return tuple(segment for block in self.datablocks for segment in block.segments)

    @property
    def software(self) -> SgbmId | None:
        """The one unit that all datablocks carry; None: none is named, or several are."""
        named = {block.software for block in self.datablocks}
        return named.pop() if len(named) == 1 else None
