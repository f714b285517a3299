"""The firmware cache for whoever programs: campaigns and images that the pinned root vouches for, and nothing else.

Rules.  Nothing here writes.  Opening verifies the whole chain, without any network; what it does not name is not read.
An image is read completely and hashed at every use, against what was signed and not only against what its campaign
says (law 2).  Expired metadata still open: whether they may be used is said as a value (`expiry`), so that a job that
was begun in time can be finished.

Source: decision 0023.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from appliance.campaign.model import Campaign, Datablock
from appliance.errors import BoardError, ImageError, RefusedError
from appliance.firmware.cache_folder import CacheFolder, Generation
from appliance.firmware.chain import Chain, fingerprint_of, verified_chain
from appliance.firmware.contents import Signed, SignedCatalogue, signed_campaigns, signed_catalogues
from appliance.firmware.expiry import Expiry, expiry_of, now_at_least
from appliance.firmware.layout import Target, TargetKind
from appliance.firmware.pool import Pool
from appliance.firmware.record import Imported, read_record
from appliance.firmware.trust import read_pinned

_DO = "import the repository again from where you trust it: kl30 cache import; nothing was sent to the car"


class Store:
    """The cache in `folder`, as it was when it was opened; an import meanwhile is seen by the next one to open it.

    A folder that is not there, or into which nothing was imported, is an empty store.

    Attributes:
        chain: What was verified; None: nothing was imported.
        imported: Whence and when; None: nothing was imported.

    Raises:
        RefusedError: which file of the chain is missing, altered, or does not belong to the others.
        UsageError: something was imported and no root is pinned.
        BoardError: the disk failed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pool = Pool(folder)
        self.chain: Chain | None = None
        self.imported: Imported | None = None
        try:
            current = CacheFolder(folder).current()
            if current is not None:
                self._open(current)
        except OSError as cause:
            raise BoardError(
                f"the firmware cache cannot be read: {cause.strerror}",
                where=str(cause.filename or folder),
                do="check the card, and import the repository again",
            ) from cause

    def _open(self, current: Generation) -> None:
        self.chain = verified_chain(read_pinned(self._folder), current.metadata)
        self.imported = read_record(current.folder)

    @property
    def fingerprint(self) -> str:
        """Of the pinned root; empty: none is pinned."""
        if self.chain is not None:
            return self.chain.fingerprint
        path = CacheFolder(self._folder).root
        return fingerprint_of(path.read_bytes()) if path.is_file() else ""

    def campaigns(self) -> tuple[Campaign, ...]:
        """Every campaign, in order of id; none is an empty tuple.

        Raises:
            CampaignError: which one cannot be used, with its line.
            ImageError: its file is missing or altered.
        """
        return tuple(one.campaign for one in self.signed())

    def signed(self) -> tuple[Signed, ...]:
        """Every campaign with its author, in order of id.

        Raises:
            As `campaigns`.
        """
        if self.chain is None:
            return ()
        return signed_campaigns(self.chain.targets, self.content, str(self._folder))

    def catalogues(self) -> tuple[SignedCatalogue, ...]:
        """Every level catalogue with its author, in order of id, also those that no campaign goes by.

        Raises:
            As `campaigns`.
        """
        if self.chain is None:
            return ()
        return signed_catalogues(self.chain.targets, self.content, str(self._folder))

    def load_image(self, datablock: Datablock) -> bytes:
        """The bytes of a datablock, exactly those its campaign names and its author signed.

        Raises:
            ImageError: nobody signed for it, or it is missing, unreadable, too short, too long, or altered.
        """
        signed = next((one for one in self._images() if one.sha256 == datablock.sha256), None)
        if signed is None:
            raise ImageError(
                f"nobody signed for the image {datablock.file} with SHA-256 {datablock.sha256}",
                where=str(self._folder),
                do=_DO,
            )
        if signed.length != datablock.length:
            raise ImageError(
                f"the image {datablock.file} is signed with {signed.length} bytes, {datablock.name} is declared with "
                f"{datablock.length}",
                where=str(self._folder),
                do=_DO,
            )
        return self._pool.read(f"the image {datablock.file}", signed.length, signed.sha256)

    def content(self, target: Target) -> bytes:
        """The bytes of a verified target.

        Raises:
            ImageError: as `load_image`.
        """
        return self._pool.read(target.path, target.length, target.sha256)

    def expiry(self, wall: datetime, grace_days: float) -> Expiry:
        """What the age of the metadata allows now.

        Args:
            wall: What the system clock says.
            grace_days: How long expired metadata may still be used.

        Raises:
            RefusedError: nothing was imported.
        """
        if self.chain is None or self.imported is None:
            raise RefusedError(
                "nothing was imported into the firmware cache yet", where=str(self._folder), do="run kl30 cache import"
            )
        return expiry_of(self.chain.roles, now_at_least(wall, self.imported.at), grace_days)

    def _images(self) -> tuple[Target, ...]:
        targets = self.chain.targets if self.chain else ()
        return tuple(target for target in targets if target.kind is TargetKind.IMAGE)
