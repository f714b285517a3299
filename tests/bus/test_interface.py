"""Interfaces as /sys shows them: this machine's own, and folders of the same shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.bus.interface import INTERFACES, Interface, read_interface, require_up
from appliance.errors import LinkError


def shown(folder: Path, flags: str, carrier: str | None, queue: str = "128") -> Path:
    path = folder / "can0"
    path.mkdir()
    (path / "flags").write_text(f"{flags}\n", encoding="ascii")
    (path / "tx_queue_len").write_text(f"{queue}\n", encoding="ascii")
    if carrier is not None:
        (path / "carrier").write_text(f"{carrier}\n", encoding="ascii")
    return folder


def test_an_interface_that_works(tmp_path: Path) -> None:
    assert read_interface("can0", shown(tmp_path, "0x400c1", "1")) == Interface(True, True, 128)


def test_an_interface_off_the_bus_has_no_carrier(tmp_path: Path) -> None:
    assert read_interface("can0", shown(tmp_path, "0x400c1", "0")) == Interface(True, False, 128)


def test_an_interface_that_is_down_is_not_asked_for_its_carrier(tmp_path: Path) -> None:
    """The kernel refuses to tell it then."""
    assert read_interface("can0", shown(tmp_path, "0x400c0", None)) == Interface(False, False, 128)


def test_an_interface_that_is_down_is_not_begun_with(tmp_path: Path) -> None:
    """Its socket can be bound all the same, and the life that did so would die at its first poll."""
    with pytest.raises(LinkError, match="can0: the CAN interface is down"):
        require_up("can0", shown(tmp_path, "0x400c0", None))


def test_an_interface_that_is_up_or_not_shown_is_begun_with(tmp_path: Path) -> None:
    require_up("can0", shown(tmp_path, "0x400c1", "0"))
    require_up("no-such-can", tmp_path)


@pytest.mark.parametrize("flags", ["", "up"])
def test_what_makes_no_sense_is_not_known(tmp_path: Path, flags: str) -> None:
    assert read_interface("can0", shown(tmp_path, flags, "1")) is None


def test_there_is_no_such_interface() -> None:
    assert read_interface("no-such-can") is None


@pytest.mark.skipif(not (INTERFACES / "lo").exists(), reason="THIS MACHINE SHOWS NO INTERFACES")
def test_this_machines_own_can_be_read() -> None:
    assert read_interface("lo") is not None
