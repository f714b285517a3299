"""Memory and time are bounded, whatever a file declares: measured in a process of its own, with its peak."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.firmware.containers.makers import (
    IMAGE,
    Folder,
    archive,
    datablock,
    extern,
    flashdata,
    good_odx,
    intel_hex,
    odx,
    odx_segment,
    psdz_segment,
    psdz_xml,
    s_record,
)

ROOT = Path(__file__).parents[3]
MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30
HOSTILE_MEBIBYTES = 30  # beyond the interpreter and its libraries; the largest here takes 18
TIMES_THE_FILE = 5  # of a good one: 2 for records, 3.5 for hexadecimal text in XML
# Not getrusage: its peak is inherited from the process that started this one, and hides ours.
MEASURE = """
import sys
from pathlib import Path
import bincopy, odxtools.database
from appliance.errors import Kl30Error
from appliance.firmware.containers.unpack import unpack
def kib(name):
    return int(Path("/proc/self/status").read_text().partition(name + ":")[2].split()[0])
fill = 0 if sys.argv[1] == "fill" else None
before = kib("VmRSS")
try:
    if sys.argv[1] == "control":
        bytearray(int(sys.argv[2]))
    else:
        unpack([Path(one) for one in sys.argv[3:]], Path(sys.argv[2]), fill)
except Kl30Error as error:
    print("refused", error)
else:
    print("read")
print(kib("VmHWM") - before)
"""


def peak_mebibytes(paths: list[Path], fill: bool = False) -> tuple[str, float]:
    """What came of it, and how much memory it took at its peak."""
    return measured("fill" if fill else "", str(paths[0].parent / "out"), *map(str, paths))


def measured(*arguments: str) -> tuple[str, float]:
    command = [sys.executable, "-c", MEASURE, *arguments]
    *said, peak_kib = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    ).stdout.splitlines()
    return " ".join(said), int(peak_kib) / 1024


def test_what_is_measured_is_there() -> None:
    assert 60 <= measured("control", str(64 * MEBIBYTE))[1] < 80


def sparse(files: Folder) -> list[Path]:
    path = files.file("endless.bin", b"")
    os.truncate(path, GIBIBYTE)
    return [path]


def psdz(files: Folder) -> list[Path]:
    segment = psdz_segment((0, GIBIBYTE - 1), (0, GIBIBYTE - 1))
    return [files.file("a.bin", IMAGE), files.file("a.xml", psdz_xml(segment))]


def document(files: Folder) -> list[Path]:
    return [files.file("a.odx", odx(datablock(odx_segment(0, GIBIBYTE)), flashdata(IMAGE.hex())))]


def far_apart(files: Folder) -> list[Path]:
    return [files.file("a.hex", intel_hex([(0, b"ab"), (GIBIBYTE, b"cd")]))]


def laughs(files: Folder) -> list[Path]:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<!DOCTYPE ODX [<!ENTITY l0 "ha">{entities}]>'
    return [files.file("a.odx", odx(datablock(odx_segment(0, 2)), flashdata("&l11;"), head=head))]


def bomb(files: Folder) -> list[Path]:
    """As large as the limit allows; nobody reads what nobody names."""
    return [files.file("a.pdx", archive({"a.odx": good_odx(), "zeros": bytes(95 * MEBIBYTE)}))]


def scattered(files: Folder) -> list[Path]:
    data = b"".join(
        b":01%04X0061%02X\n" % (at, -(1 + (at >> 8) + (at & 0xFF) + 0x61) & 0xFF) for at in range(0, 65536, 2)
    )
    return [files.file("a.hex", data * 8)]


def wide(files: Folder) -> list[Path]:
    """Python keeps four bytes for each character of such a text."""
    return [files.file("a.odx", odx(datablock(odx_segment(0, 2)), flashdata("0" * 4 * MEBIBYTE + "😀")))]


def elements(files: Folder) -> list[Path]:
    return [files.file("a.odx", odx("<X/>" * MEBIBYTE, ""))]


def attribute(files: Folder) -> list[Path]:
    return [files.file("a.odx", odx(f'<X a="{"x" * 4 * MEBIBYTE}"/>', ""))]


HOSTILE = (sparse, psdz, document, far_apart, laughs, bomb, scattered, wide, elements, attribute)
READ = (bomb,)


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_a_hostile_container_takes_little(make: Callable[[Folder], list[Path]], tmp_path: Path) -> None:
    said, peak = peak_mebibytes(make(Folder(tmp_path)), fill=make is far_apart)
    assert said.startswith("read" if make in READ else "refused")
    assert peak < HOSTILE_MEBIBYTES


GOOD_BYTES = MEBIBYTE
GOOD: dict[str, Callable[[bytes], bytes]] = {
    "raw": lambda data: data,
    "Intel HEX": lambda data: intel_hex([(0, data)]),
    "S-record": lambda data: s_record([(0, data)]),
    "ODX-F": lambda data: odx(datablock(odx_segment(0, len(data))), flashdata(data.hex())),
    "PDX": lambda data: archive({"a.odx": odx(datablock(odx_segment(0, len(data))), extern("a.bin")), "a.bin": data}),
}


@pytest.mark.parametrize("what", GOOD)
def test_a_good_container_takes_a_few_times_its_size(what: str, tmp_path: Path) -> None:
    data = IMAGE * (GOOD_BYTES // len(IMAGE))
    path = Folder(tmp_path).file("good", GOOD[what](data))
    said, peak = peak_mebibytes([path])
    assert said == "read"
    assert peak < max(path.stat().st_size, GOOD_BYTES) / MEBIBYTE * TIMES_THE_FILE + 2
