"""The images of a campaign on the author's computer: found, measured, hashed; or made, where they are synthetic.

Rules.  An image is what its campaign says, to the byte, or it is refused with what to write instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from appliance.campaign.catalogue import Catalogue
from appliance.campaign.model import Campaign, Datablock
from appliance.errors import ImageError
from appliance.firmware.contents import datablocks
from appliance.firmware.layout import LARGEST_IMAGE_BYTES
from appliance.firmware.publish.files import read_file, write_files
from appliance.firmware.synthetic import MINIMUM_LENGTH, software_of, synthetic_image


def read_images(campaign: Campaign | Catalogue, folder: Path) -> dict[str, bytes]:
    """The bytes of every image a campaign or level catalogue names, by file name.

    Raises:
        ImageError: one is missing, or not what the campaign says.
        BoardError: one cannot be read.
    """
    return {block.file: read_image(block, folder) for block in datablocks_of(campaign)}


def read_image(block: Datablock, folder: Path) -> bytes:
    """The bytes of one datablock.

    Raises:
        ImageError: the file is missing, or not what its campaign says; the message says what to write.
        BoardError: it cannot be read.
    """
    path = folder / block.file
    if not path.is_file():
        raise ImageError(
            f"the image of {block.name} is missing",
            where=str(path),
            do="put it there, or name the folder with --images; kl30 publish unpack takes images out of containers",
        )
    image = read_file(path, LARGEST_IMAGE_BYTES)
    if len(image) != block.length:
        raise ImageError(
            f"the image of {block.name} has {len(image)} bytes, the campaign says {block.length}",
            where=str(path),
            do=f"take the right file, or write length = {len(image):#x} and the hash that belongs to it",
        )
    found = hashlib.sha256(image).hexdigest()
    if found != block.sha256:
        raise ImageError(
            f"the image of {block.name} is another one than the campaign says: its SHA-256 is not {block.sha256}",
            where=str(path),
            do=f'take the right file, or write sha256 = "{found}"',
        )
    return image


def write_synthetic_images(campaign: Campaign | Catalogue, folder: Path) -> tuple[Path, ...]:
    """Make a synthetic image for each datablock whose file is not there; the files written.

    Raises:
        ImageError: a datablock is too short for one.
        BoardError: a file cannot be written.
    """
    missing: Mapping[str, Datablock] = {
        block.file: block for block in datablocks_of(campaign) if not (folder / block.file).exists()
    }
    for block in missing.values():
        if block.length < MINIMUM_LENGTH:
            raise ImageError(f"{block.name} is too short for a synthetic image, which has {MINIMUM_LENGTH} bytes")
    return write_files(folder, {name: synthetic_image(block.software, block.length) for name, block in missing.items()})


def is_synthetic(image: bytes) -> bool:
    """Whether it is made for the bench and runs nowhere."""
    return bool(software_of(image))


def datablocks_of(campaign: Campaign | Catalogue) -> tuple[Datablock, ...]:
    """Every datablock, in the order of the file."""
    return tuple(datablocks(campaign))
