"""A recording of the bus: every frame of both directions, as `candump -L` writes it.

The disk is kept out of the way of the frames: `frame` only remembers, `write_some` writes a few, and the transport
calls it when it has nothing better to do (an SD card that pauses under load loses received frames: measured on a
Pi 3 with an MCP2515, sponaugle.com 2018).
Files are rotated by size and named by a number that only grows, since a Pi's date may jump; the oldest are deleted.

Seeds and keys of SecurityAccess are blanked before anything is written (`secrets`).

A disk that cannot be written ends the recording, not the programming: `stopped` says why, for the report.
"""

from __future__ import annotations

import re
from collections import deque
from io import TextIOWrapper
from pathlib import Path

from appliance.bus.candump import line_of
from appliance.bus.secrets import Blanker
from appliance.clock import Clock

_CHUNK = 256  # frames formatted and written in one go: about a millisecond on a Raspberry Pi
_BACKLOG = 16_384  # frames remembered at most, about four seconds of a full bus; then writing cannot wait


class Recorder:
    """Writes what it is shown to numbered files in a folder.

    Args:
        folder: Made if missing.
        clock: Its wall time of the beginning, plus its monotonic seconds, is what the lines carry.
        channel: The interface's name in the lines and file names.
        max_bytes: A file is closed when it is longer than this.
        keep: Files kept, the current one included.

    Attributes:
        stopped: Why nothing is recorded any more; empty while it is.
    """

    def __init__(self, folder: Path, clock: Clock, channel: str, max_bytes: int, keep: int) -> None:
        self._folder = folder
        self._clock = clock
        self._channel = channel
        self._max_bytes = max_bytes
        self._keep = keep
        self._wall_minus_clock_s = clock.wall().timestamp() - clock.now_s()
        self._backlog: deque[tuple[float, int, bytes]] = deque()
        self._file: TextIOWrapper | None = None  # None: the next frame opens one
        self._written = 0
        self._blanker = Blanker()
        self.stopped = ""

    def frame(self, can_id: int, data: bytes | bytearray) -> None:
        """Remember a frame that passed just now."""
        if self.stopped:
            return
        self._backlog.append((self._clock.now_s(), can_id, bytes(data)))
        if len(self._backlog) >= _BACKLOG:
            self.write_some()

    def write_some(self) -> bool:
        """Write a few of the remembered frames; true when more are waiting."""
        if not self._backlog:
            return False
        lines = []
        for _ in range(min(_CHUNK, len(self._backlog))):
            at_s, can_id, data = self._backlog.popleft()
            shown = self._blanker.blanked(can_id, data)
            lines.append(line_of(at_s + self._wall_minus_clock_s, self._channel, can_id, shown))
        try:
            self._write("".join(lines))
        except OSError as error:
            self.stopped = f"the recording stopped: {error.strerror}"
            self._backlog.clear()
        return bool(self._backlog)

    def close(self) -> None:
        """Write all that is remembered and close the file."""
        while self.write_some():
            pass
        self._close_file()

    def files(self) -> list[Path]:
        """The recordings in the folder, oldest first."""
        pattern = re.compile(re.escape(self._channel) + r"-\d{6,}\.log")
        return sorted(path for path in self._folder.glob("*.log") if pattern.fullmatch(path.name))

    def _write(self, text: str) -> None:
        if self._file is None:
            self._file = self._open_next()
        self._file.write(text)
        self._written += len(text)
        if not self._backlog:
            self._file.flush()  # to the kernel: the last words of a process that dies are in the file
        if self._written >= self._max_bytes:
            self._close_file()

    def _open_next(self) -> TextIOWrapper:
        self._folder.mkdir(parents=True, exist_ok=True)
        old = self.files()
        number = int(old[-1].stem.rpartition("-")[2]) + 1 if old else 1
        for path in old[: max(0, len(old) - self._keep + 1)]:
            path.unlink()
        self._written = 0
        return (self._folder / f"{self._channel}-{number:06}.log").open("x", encoding="ascii")

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
