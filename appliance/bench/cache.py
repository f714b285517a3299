"""The bench's firmware cache: one campaign (the bulletin's, unless another is asked for), the recoveries, and synthetic
images for them.

What is already right stays untouched, so that filling is cheap at every start; what is missing or wrong is replaced
whole, so that a cut leaves the old file or the new one.
"""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from appliance.campaign.load import parse_campaign
from appliance.errors import BoardError
from appliance.firmware.synthetic import synthetic_image

BULLETIN = "service-action-dme"
OTHERS = ("two-units",)  # campaigns of the bench that take the bulletin's place where a scenario says so


def bench_campaigns(campaign: str = BULLETIN) -> tuple[tuple[str, str], ...]:
    """File name and text of this campaign and of every recovery that comes with the bench, in order of name."""
    folder = resources.files("appliance.bench") / "campaigns"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    not_asked_for = _of_the_bench() - {f"{campaign}.toml"}
    return tuple((one.name, one.read_text(encoding="utf-8")) for one in files if one.name not in not_asked_for)


def _of_the_bench() -> set[str]:
    return {f"{name}.toml" for name in (BULLETIN, *OTHERS)}


def fill_bench_cache(folder: Path, campaign: str = BULLETIN) -> tuple[Path, ...]:
    """Make `folder` hold this campaign of the bench, its recoveries and their images; another one of the bench goes.

    Returns:
        The files that had to be written.

    Raises:
        BoardError: a file cannot be written.
    """
    wanted: dict[Path, bytes] = {}
    for name, text in bench_campaigns(campaign):
        for unit in parse_campaign(text, name).units:
            for block in unit.datablocks:
                wanted[folder / "images" / block.file] = synthetic_image(block.software, block.length)
        wanted[folder / "campaigns" / name] = text.encode("utf-8")  # last: a campaign never comes before its images
    for name in _of_the_bench() - {f"{campaign}.toml"}:
        (folder / "campaigns" / name).unlink(missing_ok=True)
    return tuple(path for path, content in wanted.items() if _put(path, content))


def _put(path: Path, content: bytes) -> bool:
    """Whether the file had to be written."""
    partial = path.with_name(path.name + ".partial")
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _keep_folder(path.parent)
    except OSError as error:
        raise BoardError(
            f"the bench's firmware cache cannot be written: {error.strerror}",
            where=str(path),
            do="free some space, or choose another folder with --data",
        ) from error
    return True


def _keep_folder(folder: Path) -> None:
    """The new name survives a power cut only when the folder is on disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
