"""What the Pi says about itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.board.health import PiFlags, disk_free_bytes, flags_of, pi_flags
from appliance.errors import BoardError

NO_TOOL = "no-such-vcgencmd"


def kernel_file(folder: Path, text: str) -> Path:
    path = folder / "get_throttled"
    path.write_text(text, encoding="ascii")
    return path


def tool(folder: Path, script: str) -> str:
    path = folder / "vcgencmd"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    path.chmod(0o755)
    return str(path)


def test_a_healthy_pi_has_no_flags() -> None:
    assert flags_of(0) == PiFlags(False, False, False, False, False, False)


@pytest.mark.parametrize(
    ("bit", "flag"),
    [
        (0, "under_voltage"),
        (2, "throttled"),
        (3, "hot"),
        (16, "was_under_voltage"),
        (18, "was_throttled"),
        (19, "was_hot"),
    ],
)
def test_each_flag_has_its_bit(bit: int, flag: str) -> None:
    flags = flags_of(1 << bit)

    assert [name for name in PiFlags.__slots__ if getattr(flags, name)] == [flag]


def test_the_kernels_word_is_hexadecimal_without_prefix(tmp_path: Path) -> None:
    assert pi_flags(kernel_file(tmp_path, "50005\n"), NO_TOOL) == flags_of(0x50005)


def test_without_the_kernels_file_the_firmwares_tool_is_asked(tmp_path: Path) -> None:
    assert pi_flags(tmp_path / "none", tool(tmp_path, "echo throttled=0x50000")) == flags_of(0x50000)


def test_where_there_is_nobody_to_ask_nothing_is_known(tmp_path: Path) -> None:
    assert pi_flags(tmp_path / "none", NO_TOOL) is None


def test_a_senseless_word_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="throttled word"):
        pi_flags(kernel_file(tmp_path, "hello"), NO_TOOL)


def test_a_broken_tool_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="vcgencmd"):
        pi_flags(tmp_path / "none", tool(tmp_path, "exit 3"))


@pytest.mark.parametrize(("word", "refuses"), [(0x1, True), (0x4, True), (0x50000, False), (0x8, False), (0, False)])
def test_only_what_is_wrong_now_refuses_a_start(word: int, refuses: bool) -> None:
    assert bool(flags_of(word).start_refusal) == refuses


def test_free_space_is_told_in_bytes(tmp_path: Path) -> None:
    assert disk_free_bytes(tmp_path) > 0


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="free space"):
        disk_free_bytes(tmp_path / "none")
