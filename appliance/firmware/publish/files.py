"""A repository folder on disk: written so that whoever reads it meanwhile, or after a power cut, finds it whole.

Rules.  Every file is written beside its place and renamed into it.  Targets come before the metadata that names them,
and `timestamp.json` comes last: until it is there, a reader finds the old repository (TUF specification 1.0.34, §6.2).
Nothing is ever deleted or overwritten but `timestamp.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from appliance.engine.files import put_file
from appliance.errors import BoardError


def write_files(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files in this order, each durable before the next; their paths.

    Args:
        files: Path below `folder`, with slashes, and content.

    Raises:
        BoardError: one cannot be written; the ones before it are there.
    """
    return tuple(_write(folder / name, content, durable=True) for name, content in files.items())


def write_throwaway_files(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """The same for files nobody would miss after a power cut; much faster."""
    return tuple(_write(folder / name, content, durable=False) for name, content in files.items())


def read_file(path: Path, limit_bytes: int) -> bytes:
    """The bytes of a file.

    Raises:
        BoardError: it is missing, cannot be read, or is longer than `limit_bytes`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(limit_bytes + 1)
    except OSError as error:
        raise BoardError(f"the file cannot be read: {error.strerror}", where=str(path)) from error
    if len(content) > limit_bytes:
        raise BoardError(f"the file is longer than {limit_bytes} bytes", where=str(path))
    return content


def _write(path: Path, content: bytes, *, durable: bool) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        put_file(path, content, durable=durable)
    except OSError as error:
        raise BoardError(
            f"the repository cannot be written: {error.strerror}",
            where=str(path),
            do="free some space or check the stick, and run the same command again; readers still find what was there",
        ) from error
    return path
