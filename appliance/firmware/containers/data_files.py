"""The data files that flash data name: members of the archive, or files given beside the document."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.firmware.containers.archive import Archive
from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.names import printable


class DataFiles:
    """Finds a file by the name in DATAFILE; remembers which of the given ones were asked for.

    Args:
        beside: Files given with the container, by name without folders.
        archive: The archive around the document; None: there is none.
    """

    def __init__(self, beside: Mapping[str, bytes], archive: Archive | None = None) -> None:
        self._beside = beside
        self._archive = archive
        self._used: set[str] = set()

    def find(self, name: str, where: str) -> bytes:
        """The bytes of the file that flash data at `where` name: an exact name first, then one without its folders.

        Raises:
            ContainerError: there is none, or more than one that would fit.
        """
        short = _without_folders(name)
        if self._archive is not None and (member := self._member(self._archive, name, short, where)) is not None:
            return self._archive.read(member)
        if short not in self._beside:
            raise ContainerError(
                f"its data file {printable(name)} is neither in the container nor among the files given",
                where=where,
                do="give that file as well",
            )
        self._used.add(short)
        return self._beside[short]

    def _member(self, archive: Archive, name: str, short: str, where: str) -> str | None:
        if name in archive.names:
            return name
        found = [one for one in archive.names if _without_folders(one) == short]
        if len(found) > 1:
            do = "have the container made with the whole name"
            raise ContainerError(f"several members are called {printable(short)}", where=where, do=do)
        return found[0] if found else None

    def unused(self) -> list[str]:
        """Files given that nobody asked for."""
        return [name for name in self._beside if name not in self._used]


def _without_folders(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]
