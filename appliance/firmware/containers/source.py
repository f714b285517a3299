"""The files of a container, read once and whole, so that what is hashed is what is parsed."""

from __future__ import annotations

import hashlib
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.limits import Limits
from appliance.firmware.containers.model import SourceFile
from appliance.firmware.containers.names import printable


@dataclass(frozen=True, slots=True)
class Source:
    """One file and its bytes; `file` is what is told of it."""

    file: SourceFile
    data: bytes

    @property
    def name(self) -> str:
        """The file's name without folders."""
        return self.file.name


def read_sources(paths: Sequence[Path], limits: Limits) -> tuple[Source, ...]:
    """Every file, in order.

    Raises:
        ContainerError: none is given, one is given twice, missing, no plain file, unreadable or empty, or they are too
            many or too large; the sizes are asked for before anything is read.
    """
    if not paths:
        raise ContainerError("there is no file to read", do="name the container, and every file that belongs to it")
    if len(paths) > limits.segments:
        raise ContainerError(f"{len(paths)} files at once, at most {limits.segments} are read", do="give fewer")
    if twice := [name for name, times in Counter(path.name for path in paths).items() if times > 1]:
        raise ContainerError("a file of that name is given twice", where=printable(twice[0]), do="give each one once")
    total = sum(_size_bytes(path) for path in paths)
    if total > limits.files_bytes:
        where = str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
        raise _too_large(total, limits, where)
    return tuple(_read(path, limits) for path in paths)


def _size_bytes(path: Path) -> int:
    try:
        found = path.stat()
    except FileNotFoundError as cause:
        raise ContainerError("there is no such file", where=str(path), do="check the path") from cause
    except (OSError, ValueError) as cause:  # ValueError: a name with a NUL in it
        raise ContainerError("the file cannot be read", where=str(path), do="check the path") from cause
    if not stat.S_ISREG(found.st_mode):  # a device or pipe has no end
        raise ContainerError("it is no file", where=str(path), do="name a file, not a folder or device")
    return found.st_size


def _read(path: Path, limits: Limits) -> Source:
    try:
        with path.open("rb") as file:
            data = file.read(_size_bytes(path) + 1)  # one more tells a file that grows meanwhile
    except OSError as cause:
        raise ContainerError(f"the file cannot be read: {cause.strerror}", where=str(path)) from cause
    if len(data) > limits.files_bytes:
        raise _too_large(len(data), limits, str(path))
    if not data:
        raise ContainerError("the file is empty", where=str(path), do="get it again from where it came from")
    return Source(SourceFile(printable(path.name), len(data), hashlib.sha256(data).hexdigest()), data)


def _too_large(size_bytes: int, limits: Limits, where: str) -> ContainerError:
    return ContainerError(
        f"{size_bytes} bytes to read, at most {limits.files_bytes} are read",
        where=where,
        do="check that it is firmware; a larger container is read with larger limits",
    )
