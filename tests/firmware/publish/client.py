"""What a client makes of a repository: python-tuf's own, over a folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import Updater
from tuf.ngclient.fetcher import FetcherInterface

from appliance.firmware.publish.content import AuthorContent, Validity

NOW = datetime(2017, 6, 1, 9, tzinfo=UTC)
# The client knows no other time than the machine's, so what it is to accept is good for ever.
LONG = Validity(*[40_000.0] * 4)
CONTENT = AuthorContent("anna", (("one.toml", b"id = 'one'"),), (("a.bin", b"image a"), ("b.bin", b"image b")))


class FolderFetcher(FetcherInterface):
    """Reads `folder:…` addresses."""

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = Path(url.removeprefix("folder:"))
        if not path.is_file():
            raise DownloadHTTPError("not there", 404)
        yield path.read_bytes()


class Client:
    """An appliance that has trusted the first root it saw, and keeps what it knows in `home`."""

    def __init__(self, repository: Path, home: Path) -> None:
        self._repository = repository
        self._home = home
        self._home.mkdir()
        self._root = (repository / "metadata" / "1.root.json").read_bytes()

    def fetch(self, path: str) -> bytes | None:
        """Update, and take one target; None: nobody signs for it.

        Raises:
            tuf.api.exceptions.RepositoryError: the repository is not to be trusted.
        """
        updater = Updater(
            str(self._home),
            f"folder:{self._repository}/metadata/",
            str(self._home),
            f"folder:{self._repository}/targets/",
            FolderFetcher(),
            bootstrap=self._root,
        )
        info = updater.get_targetinfo(path)
        return Path(updater.download_target(info)).read_bytes() if info else None
