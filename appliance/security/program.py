"""One question to a program: started without a shell, the question on its standard input, the answer on its output.

Rules.

1. Nothing here waits but `close`, which waits for a killed process to be gone, `GONE_S` at most.
2. The answer counts when the program has ended with exit code 0; what it wrote is read to its end then.
3. What it says on standard error is thrown away: it may hold the seed or the key.  So may its arguments, of which only
   the path is told.
4. It inherits standard streams and an environment of four names, and nothing else: no open file, not the service
   manager's socket.  It is in a session of its own, so that whatever it has started is killed with it.

Sources: pipe(7) (a pipe takes 64 KiB; the question is never longer), kill(2), signal(7).
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from appliance.security.messages import LONGEST_ANSWER_BYTES, NoAnswer, add

GONE_S = 1.0  # for SIGKILL to take effect; a process the disk keeps longer is left to the system
_ENVIRONMENT = ("PATH", "HOME", "LANG", "TZ")


class Program:
    """A program at work on one question.

    Raises:
        NoAnswer: it cannot be started.
    """

    def __init__(self, argv: Sequence[str], question: bytes) -> None:
        self._path = argv[0]
        self._question = question
        self._answer = bytearray()
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        try:
            self._process = subprocess.Popen(  # noqa: S603 – the owner's own program, as configured
                argv,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            why = f"{self._path} cannot be started: {error.strerror}"
            raise NoAnswer(why, "check the path in security.program and that it may be executed") from error
        self._input, self._output = _stream(self._process.stdin), _stream(self._process.stdout)
        os.set_blocking(self._input.fileno(), False)
        os.set_blocking(self._output.fileno(), False)

    def step(self) -> bytes | None:
        """Move what can be moved now; the whole answer, or None: it is still at work.

        Raises:
            NoAnswer: it ended with another exit code than 0, or says too much.
        """
        code = self._process.poll()  # before the last look at its output: afterwards nothing comes any more
        self._ask()
        self._read()
        if code is None:
            return None
        if code != 0:
            ended = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            raise NoAnswer(f"{self._path} {ended}", "see the program's own log")
        return bytes(self._answer)

    def close(self) -> None:
        """Kill it if it is still at work, and let go of it."""
        if self._process.poll() is None:
            # A program with another user's rights cannot be killed, one in the kernel's hands dies when it wakes:
            # neither has anything of ours any more, as both pipes are closed.
            with suppress(PermissionError, subprocess.TimeoutExpired):
                os.killpg(self._process.pid, signal.SIGKILL)  # not reaped yet, so the number is still its own
                self._process.wait(GONE_S)
        self._input.close()
        self._output.close()

    def _ask(self) -> None:
        if self._input.closed:
            return
        try:
            taken = self._input.write(self._question) or 0  # None: the pipe is full
        except BrokenPipeError:
            taken = len(self._question)  # it does not want to hear it; what it then says is looked at
        self._question = self._question[taken:]
        if not self._question:
            self._input.close()

    def _read(self) -> None:
        while True:
            piece = self._output.read(LONGEST_ANSWER_BYTES)
            if not piece:  # None: nothing now; empty: nothing ever
                return
            add(self._answer, piece)


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None, "both are pipes"
    return stream
