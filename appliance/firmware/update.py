"""The one place that drives python-tuf's client: metadata and targets from a source, verified by `ngclient`.

Rules.  `ngclient` decides what may be trusted; every refusal of it is turned into words of ours by `refusals`.  It
works in the folder of a new generation that holds a copy of the metadata in use, which is how it sees that versions
never go back.  Bounds are tighter than its own: a workshop's repository is small.

It reads the system clock itself; the importer judges expiry once more with the time that counts (`expiry`).

Sources: TUF specification 1.0.34, §5 (client workflow); python-tuf 7.0, `ngclient.updater`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tuf.api.exceptions import DownloadError
from tuf.ngclient.config import UpdaterConfig
from tuf.ngclient.updater import Updater

from appliance.errors import RefusedError
from appliance.firmware.chain import LARGEST_METADATA_BYTES, UNREADABLE, authors_of
from appliance.firmware.expiry import Now
from appliance.firmware.fetcher import SourceFetcher
from appliance.firmware.layout import ASK_PUBLISHER, METADATA, TARGETS, Target, author_patterns
from appliance.firmware.refusals import refusal_of
from appliance.firmware.sources import Source

_BOUNDS = UpdaterConfig(
    # The top level and one author: a chain that goes on is refused, but first nobody may lead us along it.
    max_delegations=1,
    root_max_length=LARGEST_METADATA_BYTES,
    timestamp_max_length=16_384,
    snapshot_max_length=LARGEST_METADATA_BYTES,
    targets_max_length=LARGEST_METADATA_BYTES,
)


class Update:
    """One update of the metadata in `metadata`, from `source`.

    Args:
        pinned: The pinned root's file.
        metadata: Folder with a copy of the metadata in use, or empty; gets the new ones.
        scratch: Where downloads lie meanwhile.
        now: The time that counts.
    """

    def __init__(self, pinned: bytes, metadata: Path, source: Source, scratch: Path, now: Now) -> None:
        self._metadata = metadata
        self._source = source
        self._now = now
        self._fetcher = SourceFetcher(source, scratch)
        with self._in_words():
            self._updater = Updater(
                str(metadata),
                METADATA,
                target_base_url=TARGETS,
                fetcher=self._fetcher,
                config=_BOUNDS,
                bootstrap=pinned,
            )

    def metadata(self) -> None:
        """Bring every role up to date: the top level, then each author.

        Raises:
            RefusedError: they are not what may be trusted. BoardError: the source failed. OSError: our disk did.
        """
        with self._in_words():
            self._updater.refresh()
        where = f"{self._source.name}: targets.json"
        for author in authors_of((self._metadata / "targets.json").read_bytes(), where):
            with self._in_words():  # asking for any path of theirs makes ngclient load the author
                self._updater.get_targetinfo(author_patterns(author)[0])

    def target(self, target: Target, into: Path) -> None:
        """Download a target to the file `into`.

        Raises:
            As `metadata`.
        """
        with self._in_words():
            info = self._updater.get_targetinfo(target.path)
            if info is None:
                raise RefusedError(f"nobody signed for {target.path}", where=self._source.name, do=ASK_PUBLISHER)
            self._updater.download_target(info, str(into))

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (*UNREADABLE, DownloadError) as cause:
            fetcher = self._fetcher
            raise refusal_of(
                cause, fetcher.asked, fetcher.offered, self._metadata, self._source.name, self._now
            ) from cause
