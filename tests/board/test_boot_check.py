"""A card whose last write was torn is mounted only where it is checked first."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.board.boot_check import checked_at_boot
from appliance.errors import BoardError

DATA = Path("/var/lib/kl30")
# As Raspberry Pi OS has it.
STOCK = """proc            /proc           proc    defaults          0       0
PARTUUID=4a0f52e1-01  /boot/firmware  vfat    defaults          0       2
PARTUUID=4a0f52e1-02  /               ext4    defaults,noatime  0       1
"""
WORDS = "console=tty1 root=PARTUUID=4a0f52e1-02 rootfstype=ext4 fsck.repair=yes rootwait"


def test_a_stock_card_is_checked() -> None:
    assert checked_at_boot(DATA, STOCK, WORDS) == "/ (ext4) is checked at boot"


@pytest.mark.parametrize("line", ["/dev/sda2 / ext4 defaults 0 0", "/dev/sda2 / ext4 defaults", "/dev/sda2 / ext4"])
def test_a_file_system_that_nobody_checks_is_unfit(line: str) -> None:
    with pytest.raises(BoardError, match="/ is not checked at boot") as refused:
        checked_at_boot(DATA, line, WORDS)
    assert "sixth field" in refused.value.do


def test_a_kernel_that_is_told_to_check_nothing_is_unfit() -> None:
    with pytest.raises(BoardError, match="no file system is checked at boot"):
        checked_at_boot(DATA, STOCK, f"{WORDS} fsck.mode=skip")


def test_the_file_system_that_holds_the_data_counts() -> None:
    own = f"{STOCK}/dev/sda3 /var/lib ext4 defaults 0 0\n/dev/sda4 /var/lib/kl30-cache ext4 defaults 0 2\n"
    with pytest.raises(BoardError, match="/var/lib is not"):
        checked_at_boot(DATA, own, WORDS)


def test_one_that_needs_no_check_is_fit() -> None:
    assert "not to be checked" in checked_at_boot(DATA, "/dev/sda2 / btrfs defaults 0 0", WORDS)


@pytest.mark.parametrize("fstab", ["", "# nothing here\n", "UUID=1 none swap sw 0 0"])
def test_a_machine_that_says_nothing_is_not_accused(fstab: str) -> None:
    assert "names no file system" in checked_at_boot(DATA, fstab, "")
