"""One question to whoever listens on a UNIX socket: `kl30 security relay`, or a program of the owner's.

The question is sent whole and our half of the connection is closed; the answer counts when the other half is.
Nothing here waits.

Sources: unix(7), connect(2).
"""

from __future__ import annotations

import socket
from pathlib import Path

from appliance.security.messages import LONGEST_ANSWER_BYTES, NoAnswer, add

_DO = "check security.socket and that whoever listens there runs"


class Connection:
    """A question on its way.

    Raises:
        NoAnswer: nobody listens there.
    """

    def __init__(self, path: Path, question: bytes) -> None:
        self._path = path
        self._question = question
        self._answer = bytearray()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        try:
            self._socket.connect(str(path))
        except OSError as error:  # also when its queue is full: a UNIX socket connects at once or not at all
            self._socket.close()
            raise NoAnswer(f"{path} cannot be connected to: {error.strerror or error}", _DO) from error

    def step(self) -> bytes | None:
        """Move what can be moved now; the whole answer, or None: there is more to come.

        Raises:
            NoAnswer: the connection broke, or the answer is too long.
        """
        try:
            self._ask()
            while True:
                piece = self._socket.recv(LONGEST_ANSWER_BYTES)
                if not piece:
                    return bytes(self._answer)
                add(self._answer, piece)
        except BlockingIOError:
            return None
        except OSError as error:
            raise NoAnswer(f"the connection to {self._path} broke: {error.strerror}", _DO) from error

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _ask(self) -> None:
        if not self._question:
            return
        self._question = self._question[self._socket.send(self._question) :]
        if not self._question:
            self._socket.shutdown(socket.SHUT_WR)
