"""`kl30 cache watch`: a stick with a signed repository is imported by itself, while nobody programs.

A service of its own: the flasher reads the cache and never writes it.  What is on a stick is tried once; plugged in
again, or changed, it is tried again.  Only a repository that the pinned root vouches for changes anything, so anybody
may plug in any stick.

While the flasher is at work nothing is imported: an import changes the images under it.  Its status file says whether
it is; one that is missing or old means that no flasher works, and an unfinished job's images are kept by the import
itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.clock import Clock, RealClock
from appliance.commands.cache import needed_images
from appliance.config import Config
from appliance.engine.incoming import ImportNotice, ImportState, write_notice
from appliance.errors import Kl30Error, UsageError
from appliance.events import Phase
from appliance.firmware.importer import ImportResult, import_repository
from appliance.firmware.layout import METADATA
from appliance.firmware.sources import find_repositories, source_at
from appliance.page.status_file import Condition, StatusFile

EVERY_S = 2.0
IDLE = frozenset({Phase.READY, Phase.REFUSED, Phase.DONE, Phase.FAILED})
NEWEST = "timestamp.json"  # it changes with everything a publisher does (TUF specification 1.0.34, §4.6)


@dataclass(frozen=True, slots=True)
class Sight:
    """A repository as it was seen: where, and in which edition."""

    folder: Path
    changed_ns: int


class Watcher:
    """Looks at the sticks, and imports what is new.

    Args:
        mounts: The folder sticks are mounted below.
        told: Gets one line for each import.
    """

    def __init__(self, config: Config, clock: Clock, mounts: Path, told: Callable[[str], None]) -> None:
        self._config = config
        self._clock = clock
        self._mounts = mounts
        self._told = told
        self._status = StatusFile(config.data, clock)
        self._tried: frozenset[Sight] = frozenset()

    def look(self) -> None:
        """One look: import every repository that was not tried yet; forget those that are gone."""
        seen = frozenset(sight for folder in find_repositories(self._mounts) if (sight := _sight(folder)))
        self._tried &= seen
        for sight in sorted(seen - self._tried, key=lambda one: one.folder):
            if not self._idle():
                return
            self._tried |= {sight}
            self._import(sight.folder)

    def _idle(self) -> bool:
        seen = self._status.read()
        return seen.condition is not Condition.LIVE or seen.status is None or seen.status.phase in IDLE

    def _import(self, folder: Path) -> None:
        self._notice(ImportState.UNDER_WAY, folder, f"Firmware is being imported from {folder}")
        try:
            source = source_at(str(folder), self._clock)
            result = import_repository(self._config.cache, source, self._clock, needed_images(self._config))
        except Kl30Error as refusal:
            words = f"the firmware on the stick was not imported: {refusal.what}"
            self._notice(ImportState.REFUSED, folder, words, refusal.do)
            self._told(str(refusal))
            return
        self._notice(ImportState.IMPORTED, folder, _words(result))
        self._told(f"{folder}: {_words(result)}")

    def _notice(self, state: ImportState, folder: Path, words: str, do: str = "") -> None:
        at = self._clock.wall().isoformat(timespec="seconds")
        write_notice(self._config.data, ImportNotice(state, at, str(folder), words, do))


def watch(config: Config, mounts: Path, told: Callable[[str], None]) -> int:
    """Look at the sticks until the process is ended."""
    if not mounts.is_dir():
        raise UsageError("there is no such folder", where=str(mounts), do="name where sticks are mounted: --mounts")
    clock = RealClock()
    watcher = Watcher(config, clock, mounts, told)
    while True:
        watcher.look()
        clock.sleep_until(clock.now_s() + EVERY_S)


def _sight(folder: Path) -> Sight | None:
    """None: it was pulled out meanwhile, or holds nothing a publisher has finished."""
    try:
        return Sight(folder, (folder / METADATA / NEWEST).stat().st_mtime_ns)
    except OSError:
        return None


def _words(result: ImportResult) -> str:
    names = ", ".join(one.campaign.id for one in result.campaigns) or "no campaign"
    return f"firmware was imported: {names}"
