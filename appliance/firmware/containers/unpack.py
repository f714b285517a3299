"""A container as raw files, one for each datablock, and the tables of the campaign that names them.

Rules.  What is written is what will be sent, byte for byte.  All files appear or none: each is written beside its place
first, and only then do they take their names.  A file that is there already with other bytes is never replaced.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import UsageError
from appliance.firmware.containers.datablocks_toml import datablocks_toml
from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.limits import LIMITS, Limits
from appliance.firmware.containers.model import ContainerContent
from appliance.firmware.containers.pieces import Piece, pieces_of
from appliance.firmware.containers.read import read_container


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One raw file; `piece` says what it is, where it goes, and its SHA-256."""

    path: Path
    piece: Piece


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came of a container.

    Attributes:
        content: All that the container says; `content.sources` has the hashes of the files given.
        files: In the container's order, at least one.
        toml: `[[units.datablocks]]` for all of them, ready to be pasted.
    """

    content: ContainerContent
    files: tuple[WrittenFile, ...]
    toml: str


def unpack(paths: Sequence[Path], into: Path, fill: int | None = None, limits: Limits = LIMITS) -> Unpacked:
    """Write the datablocks of a container into a folder, which is made where it is missing.

    Args:
        paths: As of `read_container`.
        fill: As of `pieces_of`.

    Raises:
        ContainerError: as `read_container` and `pieces_of`, or a file of that name is there with other bytes; nothing
            was written.
        UsageError: the folder cannot be written; no new file was left there.
    """
    if fill is not None and not 0 <= fill <= 0xFF:
        raise UsageError(f"the fill byte {fill} is none, expected 0x00 to 0xFF")
    content = read_container(paths, limits)
    pieces = pieces_of(content, fill, limits)
    written = tuple(WrittenFile(into / piece.file, piece) for piece in pieces)
    try:
        into.mkdir(parents=True, exist_ok=True)
        _write([one for one in written if not _is_there(one)])
    except OSError as cause:
        raise UsageError(
            f"it cannot be written: {cause.strerror}", where=str(into), do="check the folder, its rights and its space"
        ) from cause
    return Unpacked(content, written, datablocks_toml(pieces, content.notes))


def _is_there(one: WrittenFile) -> bool:
    """Whether it is written already, as by the same command before."""
    if not os.path.lexists(one.path):
        return False
    with one.path.open("rb") as file:
        same = file.read(len(one.piece.data) + 1) == one.piece.data
    if not same:
        raise ContainerError(
            "there is a file of that name with other bytes",
            where=str(one.path),
            do="unpack into an empty folder, or move that file away",
        )
    return True


def _write(files: Sequence[WrittenFile]) -> None:
    partials = [one.path.with_name(f".{one.path.name}.partial") for one in files]
    done: list[Path] = []
    try:
        for one, partial in zip(files, partials, strict=True):
            with partial.open("wb") as file:
                file.write(one.piece.data)
                file.flush()
                os.fsync(file.fileno())
        for one, partial in zip(files, partials, strict=True):
            partial.replace(one.path)
            done.append(one.path)
    except OSError:
        for path in (*partials, *done):
            path.unlink(missing_ok=True)
        raise
