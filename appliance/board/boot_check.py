"""Whether the file system that holds the data is checked when the machine comes up.

A power cut in the middle of a commit block leaves an ext4 journal whose last transaction is not whole.  The kernel then
refuses to mount ("journal transaction is corrupt", seen in the virtual machine), and `e2fsck -p` puts it right without
losing anything that was confirmed.  Whoever comes up without that check stays down until somebody takes the card out.

Sources: fstab(5), sixth field; systemd-fsck@.service(8), fsck.mode=; linux, fs/jbd2/journal.c (jbd2_journal_load).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from appliance.errors import BoardError

FSTAB, KERNEL_WORDS = Path("/etc/fstab"), Path("/proc/cmdline")
_EXT = ("ext2", "ext3", "ext4")
_SKIPPED = "fsck.mode=skip"


@dataclass(frozen=True, slots=True)
class _Entry:
    mounted_at: PurePosixPath
    kind: str
    checked: bool


def checked_at_boot(data: Path, fstab: str, kernel_words: str) -> str:
    """What is known of it, in words.

    Args:
        data: A folder; the file system that holds it is meant.
        fstab: What /etc/fstab says.
        kernel_words: The kernel's command line.

    Raises:
        BoardError: it is not checked.
    """
    if _SKIPPED in kernel_words.split():
        raise BoardError(
            f"no file system is checked at boot ({_SKIPPED})",
            where=str(KERNEL_WORDS),
            do="take these words out of /boot/firmware/cmdline.txt: after a power cut the card may not be mounted",
        )
    holding = [one for one in map(_entry, fstab.splitlines()) if one and data.is_relative_to(one.mounted_at)]
    if not holding:
        return f"{FSTAB} names no file system that holds {data}"
    nearest = max(holding, key=lambda one: len(one.mounted_at.parts))
    if nearest.kind in _EXT and not nearest.checked:
        raise BoardError(
            f"{nearest.mounted_at} is not checked at boot",
            where=str(FSTAB),
            do="set the sixth field of its line to 1: after a power cut the card may not be mounted",
        )
    return f"{nearest.mounted_at} ({nearest.kind}) is " + (
        "checked at boot" if nearest.checked else "not to be checked"
    )


def _entry(line: str) -> _Entry | None:
    """One line of fstab; None: it names no place. A missing field is 0 (fstab(5))."""
    fields = line.partition("#")[0].split()
    if len(fields) < 3 or not fields[1].startswith("/"):
        return None
    return _Entry(PurePosixPath(fields[1]), fields[2], checked=fields[5:6] not in ([], ["0"]))
