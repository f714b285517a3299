"""`kl30 publish unpack`: from the container an author was given to raw images and the tables that name them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from appliance.commands.publish_say import say
from appliance.errors import EXIT_OK, UsageError
from appliance.firmware.containers.unpack import unpack


def unpack_container(paths: Sequence[Path], into: Path, fill: str) -> int:
    """Write one raw file for each datablock, and print what a campaign says about them.

    Args:
        fill: The byte that stands in the gaps of a datablock, as `0xFF`; empty: none is filled.

    Raises:
        UsageError: the files are no container, or cannot be read or written.
    """
    unpacked = unpack(paths, into, _byte(fill) if fill else None)
    for source in unpacked.content.sources:
        say(f"# {source.name}: {source.size_bytes} bytes, SHA-256 {source.sha256}")
    for written in unpacked.files:
        say(f"# {written.path}: {len(written.piece.data)} bytes")
    say("", unpacked.toml.rstrip())
    return EXIT_OK


def _byte(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError as error:
        raise UsageError(f"{text!r} is no byte", do="write the fill byte in hexadecimal, as 0xFF") from error
