"""`kl30 decode`: bytes in any spelling, in words; rubbish, in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.kl30 import Said, kl30

# SVK of a recorded G31's DME (facts.md §3.1, confirmed).
HEAD = "62F101"
BODY = (
    "0101 0006 180130 8A 04D2 01 00001000 0000 0100002CCB010304 0200004147FFFFFF "
    "0600002CCD150A01 0800002CCE150A02 08000046DA150A34 05000029B700140A"
).replace(" ", "")
PLAIN = HEAD + BODY
PAIRS = [PLAIN[at : at + 2] for at in range(0, len(PLAIN), 2)]
NAMED = [
    ("HWEL", "hwel_00002ccb-001_003_004, version 1.3.4"),
    ("HWAP", "hwap_00004147-255_255_255, version not applicable"),
    ("BTLD", "btld_00002ccd-021_010_001, version 21.10.1"),
    ("SWFL", "swfl_00002cce-021_010_002, version 21.10.2"),
    ("SWFL", "swfl_000046da-021_010_052, version 21.10.52"),
    ("CAFD", "cafd_000029b7-000_020_010, version 0.20.10"),
]


def decoded(*words: str, cwd: Path) -> Said:
    return kl30("decode", *words, cwd=cwd)


def rows(said: Said) -> list[str]:
    """The table's lines, each row of several lines put together."""
    lines: list[str] = []
    for line in said.out.splitlines():
        cells = [cell.strip() for cell in line.strip("│").split("│")]
        if len(cells) < 2:
            continue
        if cells[0]:
            lines.append(" ".join(cells))
        elif lines:
            lines[-1] = " ".join([lines[-1], *filter(None, cells)])
    return lines


@pytest.mark.parametrize(
    "words",
    [
        [PLAIN],
        [PLAIN.lower()],
        PAIRS,
        [" ".join(PAIRS)],
        [":".join(PAIRS)],
        ["0x" + pair for pair in PAIRS],
        [HEAD, BODY],
        [BODY],
        [BODY.lower()],
    ],
    ids=["plain", "small", "pairs", "blanks", "colons", "0x", "two words", "without 62F101", "without 62F101, small"],
)
def test_every_software_unit_of_the_golden_svk_is_named(words: list[str], tmp_path: Path) -> None:
    said = decoded(*words, cwd=tmp_path)
    assert said.code == 0, said.err
    shown = [row for row in rows(said) if row.split()[0] in {kind for kind, _ in NAMED}]
    assert len(shown) == len(NAMED)
    for row, (kind, named) in zip(shown, NAMED, strict=True):
        assert row.startswith(kind)
        assert row.endswith(named)


def test_a_refusal_is_named(tmp_path: Path) -> None:
    said = decoded("7F", "22", "31", cwd=tmp_path)
    assert (said.code, "requestOutOfRange" in said.out) == (0, True)


def test_text_of_a_car_is_printed_as_it_is(tmp_path: Path) -> None:
    """A calibration id is the car's own text; brackets and colons in it mean nothing to us."""
    said = decoded("49 04 01", b"[/b]:car:CAL-ID 0".hex()[:32], cwd=tmp_path)
    assert said.code == 0, said.err
    assert "[/b]:car:CAL-ID" in said.out


@pytest.mark.parametrize("words", [["zz"], ["62F"], ["62", "F1", "0x"], ["62 F1 01 →"]])
def test_what_is_no_byte_is_named(words: list[str], tmp_path: Path) -> None:
    said = decoded(*words, cwd=tmp_path)
    assert said.code == 2
    assert "is no hexadecimal byte. → give two digits for each byte" in said.complaint


@pytest.mark.parametrize(
    ("message", "found", "expected"),
    [
        (HEAD, "found 0 bytes", "expected at least 17 bytes"),
        (HEAD + BODY[:12], "found 6 bytes", "expected at least 17 bytes"),
        (HEAD + BODY[:50], "found 25 bytes", "expected 65 bytes for its 6 entries"),
        (HEAD + BODY + "00", "found 66 bytes", "expected 65 bytes for its 6 entries"),
    ],
)
def test_an_svk_of_the_wrong_length_says_found_and_expected(
    message: str, found: str, expected: str, tmp_path: Path
) -> None:
    said = decoded(message, cwd=tmp_path)
    assert said.code == 1
    assert said.complaint == f"DID F101 (SVK): {found}, {expected}."
