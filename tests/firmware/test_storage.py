"""A card that is full, write-protected or failing is said to be so, and costs nothing that was there."""

from __future__ import annotations

import errno
import os
import resource
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.clock import RealClock
from appliance.errors import BoardError
from appliance.firmware.folder_source import FolderSource
from appliance.firmware.importer import import_repository, storage_error
from appliance.firmware.store import Store
from tests.firmware.place import Place, digest_of

LARGE = bytes(300_000)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a disk has left, as `shutil.disk_usage` says it."""

    free: int


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "delete old recordings and reports, or use a larger card"),
        (errno.EIO, "the card is failing: replace it, and do not program with this one"),
        (errno.EROFS, "the card is write-protected or worn out: replace it"),
        (errno.EACCES, "run the command as the user who owns the folder"),
        (errno.ENODEV, "check the card"),
    ],
)
def test_each_trouble_of_a_card_has_its_advice(number: int, advice: str) -> None:
    error = storage_error(Path("cache"), OSError(number, os.strerror(number), "cache/pool/x"))
    assert str(error) == (
        f"cache/pool/x: the firmware cache cannot be written: {os.strerror(number)}. → {advice}; "
        "nothing was imported; what was in the cache before is still in use"
    )


def limited(cache: Path, repository: Path, most_bytes: int) -> int:
    """Import in a process whose files may not grow further; its exit code: 0, 1 for a `BoardError`, 2 for another."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
        try:
            import_repository(cache, FolderSource(repository), RealClock())
        except BoardError as error:
            os._exit(1 if "cannot be written" in str(error) else 2)
        except BaseException:  # noqa: BLE001 – nothing of the test's own machinery may go on in this copy of it
            os._exit(3)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("most_bytes", [0, 500, 1500, 3000, 100_000, 299_999])
def test_a_disk_that_fills_meanwhile_leaves_what_was_there(most_bytes: int, memory: Path) -> None:
    place = Place(memory)
    place.workshop.campaign("anna", "first", LARGE)
    place.workshop.publish()
    before = digest_of(place.cache)
    assert limited(place.cache, place.workshop.folder, most_bytes) == 1
    assert digest_of(place.cache) == before
    assert place.imported().code == 0
    store = Store(place.cache)
    assert store.load_image(store.campaigns()[0].units[0].datablocks[0]) == LARGE


def test_too_little_room_is_said_before_the_download(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(memory)
    place.workshop.campaign("anna", "first", LARGE)
    place.workshop.publish()
    before = place.digest()
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(2**20))
    said = place.imported()
    assert said.code == 1
    assert "the import needs 33 MB, and 1 MB are free" in said.err
    assert place.digest() == before
