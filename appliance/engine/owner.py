"""One owner: two processes never work on one journal, nor talk on one CAN interface.

Both locks are the kernel's: they end with the process that holds them, however it ends, so nothing left behind by a
dead one blocks.  Each is as wide as what it guards:

    data folder     flock(2) on the folder itself; a file in it could be deleted by hand, and would lock no more
    CAN interface   a listening socket in the abstract namespace of unix(7), which is of one network namespace, as the
                    interface is; it needs no folder anybody may write to

Whoever is refused is told who has it: process, command, since when.  Readers ask for neither lock.

Sources: flock(2), unix(7) (abstract names, SO_PEERCRED), proc_pid_stat(5); docs/decisions/0019.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
from datetime import timedelta
from pathlib import Path

from appliance.clock import Clock, RealClock
from appliance.errors import JournalError, LinkError, UsageError

LOCK_FILE = "lock"  # in the data folder: the number of the process that has it, for the message; it locks nothing
_UCRED = struct.Struct("3i")  # struct ucred: pid, uid, gid (unix(7))
_START_TIME = 19  # field 22 of proc_pid_stat(5), counted from the one behind the command's name
_COMMAND_CHARACTERS = 80
_REFUSED_KEPT = 4096  # who was refused stays in the queue that names us; the kernel takes at most net.core.somaxconn


class DataLock:
    """The data folder, owned by this process until `release`.

    Attributes:
        unnamed: Why others will not be told who has it; empty: they will.

    Raises:
        UsageError: another process has it.
        JournalError: the folder cannot be made, opened or locked.
    """

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self.unnamed = ""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise _unusable(folder, error) from error
        try:
            fcntl.flock(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._folder)
            if not isinstance(error, BlockingIOError):
                raise _unusable(folder, error) from error
            raise UsageError(
                f"another KL30 process works on this data folder: {who(_pid_in(folder), clock or RealClock())}",
                where=str(folder),
                do="stop that one first, or choose another folder with --data",
            ) from error
        try:
            (folder / LOCK_FILE).write_text(f"{os.getpid()}\n", encoding="ascii")
        except OSError as error:  # on a full card the job before the last is still to be finished
            self.unnamed = f"{error.strerror}"

    def release(self) -> None:
        """Let another process have it."""
        os.close(self._folder)


class InterfaceLock:
    """A CAN interface, owned by this process until `release`.

    Args:
        interface: In python-can's words, as in "socketcan"; with `channel`, as in "can0", its name.

    Raises:
        UsageError: another process has it.
        LinkError: this system has no such locks.
    """

    def __init__(self, interface: str, channel: str, clock: Clock) -> None:
        name = f"\0kl30/can/{interface}/{channel}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.bind(name)
            self._socket.listen(_REFUSED_KEPT)
        except OSError as error:
            self._socket.close()
            if error.errno != errno.EADDRINUSE:
                raise LinkError(
                    f"the CAN interface cannot be kept for one process: {error}",
                    where=f"{interface} {channel}",
                    do="check the name of the channel; KL30 needs Linux here",
                ) from error
            raise UsageError(
                f"another KL30 process has this CAN interface: {who(_pid_behind(name), clock)}",
                where=f"{interface} {channel}",
                do="wait until it has finished, or stop it, but never while it programs",
            ) from error

    def release(self) -> None:
        """Let another process have it."""
        self._socket.close()


def who(pid: int | None, clock: Clock) -> str:
    """A process for people: number, command, since when; each as far as this system tells.

    Args:
        pid: None: it is not known.
    """
    if pid is None:
        return "which one is not known"
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        up_s = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    except OSError:  # it has just ended, or it is somebody else's and hidden
        return f"process {pid}"
    began_s = int(stat.rpartition(")")[2].split()[_START_TIME]) / os.sysconf("SC_CLK_TCK")
    age_s = max(0.0, up_s - began_s)
    since = clock.wall() - timedelta(seconds=age_s)
    return f"process {pid} ({_command(command)}), since {since:%Y-%m-%d %H:%M:%S} UTC ({_age(age_s)})"


def _command(cmdline: bytes) -> str:
    words = cmdline.decode("utf-8", "replace").rstrip("\0").split("\0")
    if len(words) > 1 and Path(words[0]).name.startswith("python"):
        words = words[1:]
    text = " ".join([Path(words[0]).name, *words[1:]])
    printable = "".join(one if one.isprintable() else " " for one in text)
    return printable if len(printable) <= _COMMAND_CHARACTERS else printable[: _COMMAND_CHARACTERS - 1] + "…"


def _age(age_s: float) -> str:
    minutes = int(age_s) // 60
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {int(age_s) % 60} s"


def _pid_in(folder: Path) -> int | None:
    """Who says that the folder is theirs; None: nobody yet, or not readable."""
    try:
        text = (folder / LOCK_FILE).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None


def _pid_behind(name: str) -> int | None:
    """Who listens, as the kernel knows it; None: nobody now, or outside our PID namespace, or the queue is full."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.setblocking(False)
        try:
            asking.connect(name)
            pid, _, _ = _UCRED.unpack(asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
        except OSError:
            return None
    return int(pid) or None


def _unusable(folder: Path, error: OSError) -> JournalError:
    return JournalError(
        f"the data folder cannot be used: {error.strerror}", where=str(folder), do="check path and permissions"
    )
