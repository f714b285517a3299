"""Containers of synthetic bytes, made for the tests; nothing here is anybody's firmware."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import bincopy

from appliance.car.sgbm import parse_sgbm
from appliance.firmware.synthetic import synthetic_image

PROGRAM = parse_sgbm("swfl_00002cce-021_020_002")
IMAGE = synthetic_image(PROGRAM, 1024)
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def binfile(parts: Iterable[tuple[int, bytes]]) -> bincopy.BinFile:
    file = bincopy.BinFile()
    for address, data in parts:
        file.add_binary(data, address)
    return file


def intel_hex(parts: Iterable[tuple[int, bytes]]) -> bytes:
    return bytes(binfile(parts).as_ihex(), "ascii")


def s_record(parts: Iterable[tuple[int, bytes]], width: int = 32, header: str = "") -> bytes:
    file = binfile(parts)
    file.execution_start_address = 0
    if header:
        file.header = header
    return bytes(file.as_srec(address_length_bits=width), "ascii")


def psdz_segment(
    source: tuple[int, int], target: tuple[int, int] | None = None, status: str = "", name: str = "PROG"
) -> str:
    goes = (
        f"<TARGET-START-ADDRESS>{target[0]:08X}</TARGET-START-ADDRESS>"
        f"<TARGET-END-ADDRESS>{target[1]:08X}</TARGET-END-ADDRESS>"
        if target
        else ""
    )
    attribute = f' COMPRESSION-STATUS="{status}"' if status else ""
    return (
        f"<FLASH-SEGMENT{attribute}><SHORT-NAME>{name}</SHORT-NAME>"
        f"<SOURCE-START-ADDRESS>{source[0]:08X}</SOURCE-START-ADDRESS>"
        f"<SOURCE-END-ADDRESS>{source[1]:08X}</SOURCE-END-ADDRESS>{goes}</FLASH-SEGMENT>"
    )


def psdz_xml(*segments: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<BINARY-HEADER xmlns="binary-header.xsd"><BINARY-FLASHBLOCK>'
        f"<FLASH-SEGMENTS>\n{''.join(segments)}\n</FLASH-SEGMENTS></BINARY-FLASHBLOCK></BINARY-HEADER>\n"
    ).encode()


def odx_segment(start: int, size: int, name: str = "SEG", extra: str = "") -> str:
    return (
        f'<SEGMENT ID="{name}.{start:X}"><SHORT-NAME>{name}</SHORT-NAME>'
        f"<SOURCE-START-ADDRESS>{start:08X}</SOURCE-START-ADDRESS>"
        f"<UNCOMPRESSED-SIZE>{size}</UNCOMPRESSED-SIZE>{extra}</SEGMENT>"
    )


def flashdata(data: str, selection: str = "BINARY", method: str = "00", name: str = "FD") -> str:
    return (
        f'<FLASHDATA ID="{name}" xsi:type="INTERN-FLASHDATA"><SHORT-NAME>{name}</SHORT-NAME>'
        f'<DATAFORMAT SELECTION="{selection}"/>'
        f'<ENCRYPT-COMPRESS-METHOD TYPE="A_BYTEFIELD">{method}</ENCRYPT-COMPRESS-METHOD><DATA>{data}</DATA></FLASHDATA>'
    )


def extern(file: str, selection: str = "BINARY", name: str = "FD") -> str:
    return (
        f'<FLASHDATA ID="{name}" xsi:type="EXTERN-FLASHDATA"><SHORT-NAME>{name}</SHORT-NAME>'
        f'<DATAFORMAT SELECTION="{selection}"/><DATAFILE LATEBOUND-DATAFILE="false">{file}</DATAFILE></FLASHDATA>'
    )


def datablock(segments: str, extra: str = "", name: str = "DB", flash: str = "FD") -> str:
    return (
        f'<DATABLOCK ID="{name}" TYPE="CODE"><SHORT-NAME>{name}</SHORT-NAME><FLASHDATA-REF ID-REF="{flash}"/>'
        f"<SEGMENTS>{segments}</SEGMENTS>{extra}</DATABLOCK>"
    )


OWN_IDENT = (
    '<OWN-IDENTS><OWN-IDENT ID="OI"><SHORT-NAME>SWID</SHORT-NAME>'
    '<IDENT-VALUE TYPE="A_ASCIISTRING">swfl_00002cce-021_020_002</IDENT-VALUE></OWN-IDENT></OWN-IDENTS>'
)
SECURITY = (
    '<SECURITYS><SECURITY><SECURITY-METHOD TYPE="A_ASCIISTRING">ED25519</SECURITY-METHOD>'
    '<FW-SIGNATURE TYPE="A_BYTEFIELD">C0FFEE</FW-SIGNATURE><FW-CHECKSUM TYPE="A_UINT32">4711</FW-CHECKSUM>'
    "</SECURITY></SECURITYS>"
)
SESSION = (
    '<SESSION ID="S"><SHORT-NAME>Flash</SHORT-NAME><EXPECTED-IDENTS><EXPECTED-IDENT ID="EI">'
    '<SHORT-NAME>HWID</SHORT-NAME><IDENT-VALUES><IDENT-VALUE TYPE="A_ASCIISTRING">hwel_00002ccb-001_003_004'
    '</IDENT-VALUE><IDENT-VALUE TYPE="A_ASCIISTRING">hwel_00002ccb-001_003_005</IDENT-VALUE></IDENT-VALUES>'
    '</EXPECTED-IDENT></EXPECTED-IDENTS><CHECKSUMS><CHECKSUM ID="CS"><SHORT-NAME>CRC</SHORT-NAME>'
    "<FILLBYTE>FF</FILLBYTE><SOURCE-START-ADDRESS>80020000</SOURCE-START-ADDRESS>"
    "<CHECKSUM-ALG>CRC32</CHECKSUM-ALG><SOURCE-END-ADDRESS>800203FF</SOURCE-END-ADDRESS>"
    '<CHECKSUM-RESULT TYPE="A_UINT32">12345</CHECKSUM-RESULT></CHECKSUM></CHECKSUMS>'
    '<DATABLOCK-REFS><DATABLOCK-REF ID-REF="DB"/></DATABLOCK-REFS></SESSION>'
)
CONNECTOR = (
    '<ECU-MEM-CONNECTORS><ECU-MEM-CONNECTOR ID="C"><SHORT-NAME>C</SHORT-NAME><FLASH-CLASSS/>'
    '<ECU-MEM-REF ID-REF="EM"/><LAYER-REFS><LAYER-REF ID-REF="BV" DOCREF="DME" DOCTYPE="CONTAINER"/></LAYER-REFS>'
    "</ECU-MEM-CONNECTOR></ECU-MEM-CONNECTORS>"
)


def odx(datablocks: str, flashdatas: str, sessions: str = "", head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<ODX MODEL-VERSION="2.2.0" {XSI}>\n'
        '<FLASH ID="F"><SHORT-NAME>F</SHORT-NAME><ECU-MEMS><ECU-MEM ID="EM"><SHORT-NAME>EM</SHORT-NAME><MEM>'
        f"<SESSIONS>{sessions}</SESSIONS>\n<DATABLOCKS>{datablocks}</DATABLOCKS>\n"
        f"<FLASHDATAS>{flashdatas}</FLASHDATAS></MEM></ECU-MEM></ECU-MEMS>{CONNECTOR}</FLASH></ODX>\n"
    ).encode()


def good_odx() -> bytes:
    """With everything a document can say, and its data inside."""
    block = datablock(odx_segment(0x8002_0000, len(IMAGE)), OWN_IDENT + SECURITY)
    return odx(block, flashdata(IMAGE.hex()), SESSION)


def archive(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as pdx:
        for name, data in members.items():
            pdx.writestr(name, data)
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Folder:
    """Writes files and gives their paths."""

    path: Path

    def __call__(self, **files: bytes) -> Sequence[Path]:
        return [self.file(name.replace("__", "."), data) for name, data in files.items()]

    def file(self, name: str, data: bytes) -> Path:
        path = self.path / name
        path.write_bytes(data)
        return path


BIN_NAME = "swfl_00002cce.bin.021_020_002"
XML_NAME = "swfl_00002cce.xml.021_020_002"
