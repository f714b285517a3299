"""A source as `ngclient` asks for it, remembering what came: a refusal can then say what was wrong with which file.

Rules.  Nothing longer than asked for is read.  What is downloaded lies in the cache's own folder meanwhile, in a file
without a name: the card has the room that is checked for, `/tmp` may be memory; and nothing is left behind by a cut.

Source: TUF specification 1.0.34, §5.1 to §5.7 (bounds of every download), §1.5.2 (endless data).
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient.fetcher import FetcherInterface

from appliance.errors import RefusedError
from appliance.firmware.layout import TAKE_AGAIN
from appliance.firmware.sources import NotThere, Source

_NOT_FOUND = 404  # ngclient knows this number, whatever the source


class SourceFetcher(FetcherInterface):
    """Downloads from `source`, over nameless files in `scratch`.

    Attributes:
        asked: Path of the newest file asked for; empty: none yet.
        offered: What came of it, if it is metadata; empty while it is under way.
    """

    def __init__(self, source: Source, scratch: Path) -> None:
        self._source = source
        self._scratch = scratch
        self.asked = ""
        self.offered = b""

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """The content of a file of metadata.

        Raises:
            RefusedError: it is longer than `max_length`, or the source refuses.
            BoardError: the source failed. OSError: the cache's disk did.
        """
        self.offered = b""
        self.offered = super().download_bytes(url, max_length)
        return self.offered

    @contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        """An open file with the content of `url`, at its beginning.

        Raises:
            As `download_bytes`.
        """
        self.asked = url
        with tempfile.TemporaryFile(dir=self._scratch) as file, closing(self._pieces(url)) as pieces:
            for piece in pieces:
                if file.tell() + len(piece) > max_length:
                    raise RefusedError(
                        f"{url} does not end after the {max_length} bytes it may have",
                        where=self._source.name,
                        do=TAKE_AGAIN,
                    )
                file.write(piece)
            file.seek(0)
            yield file

    def _fetch(self, url: str) -> Iterator[bytes]:
        return self._pieces(url)

    def _pieces(self, url: str) -> Generator[bytes, None, None]:
        """Raises:
        DownloadHTTPError: there is no such file.
        """
        try:
            yield from self._source.pieces(url)
        except NotThere as missing:
            raise DownloadHTTPError(str(missing), _NOT_FOUND) from missing
