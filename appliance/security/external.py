"""The provider `external`: the owner's own program, or whoever listens on a UNIX socket, computes the key.

Built in, and there only when the configuration names one (`config.SecurityConfig`).  One question for each seed; one
answer, bounded in time and size; nothing of it is told to anybody.  The procedure that waits polls; nothing here
waits.
"""

from __future__ import annotations

import os
from typing import Protocol

from appliance.clock import Clock
from appliance.config import SecurityConfig
from appliance.procedure.failures import NoKey
from appliance.procedure.key import Challenge
from appliance.security.connection import Connection
from appliance.security.messages import NoAnswer, key_of, request_of
from appliance.security.program import Program


class Talk(Protocol):
    """One question, and the answer to it."""

    def step(self) -> bytes | None:
        """Move what can be moved now; the whole answer, or None: it is not there yet.

        Raises:
            NoAnswer: there will be none.
        """

    def close(self) -> None:
        """Give it up if it is still at work; may be called again."""


class External:
    """A `KeyService` that hands every challenge on.

    Args:
        config: Names a program or a socket.
        clock: What the time limit is measured with; the one the program lives by.
    """

    def __init__(self, config: SecurityConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock

    def trouble(self) -> str:
        """Whether program or socket are there at all; whether they answer is seen when they are asked."""
        socket = self._config.socket
        if socket is not None:
            return "" if socket.is_socket() else f"there is no socket {socket}"
        path = self._config.program[0]
        return "" if os.access(path, os.X_OK) else f"there is no program {path} that may be executed"

    def begin(self, challenge: Challenge) -> PendingKey:
        """Ask.

        Raises:
            NoKey: it cannot be asked.
        """
        try:
            talk = self._asked(request_of(challenge))
        except NoAnswer as failure:
            raise NoKey(failure.why, challenge.name, challenge.address, failure.do) from failure
        return PendingKey(talk, challenge, self._config, self._clock)

    def _asked(self, question: bytes) -> Talk:
        if self._config.socket is not None:
            return Connection(self._config.socket, question)
        return Program(self._config.program, question)


class PendingKey:
    """A key being computed."""

    def __init__(self, talk: Talk, challenge: Challenge, config: SecurityConfig, clock: Clock) -> None:
        self._talk = talk
        self._name, self._address = challenge.name, challenge.address
        self._config = config
        self._clock = clock
        self._due_s = clock.now_s() + config.timeout_s

    def poll(self) -> bytes | None:
        """The key; None: not yet.

        Raises:
            NoKey: there will be none.
        """
        try:
            answer = self._talk.step()
            if answer is not None:
                return key_of(answer, self._config.key_bytes)
        except NoAnswer as failure:
            raise NoKey(failure.why, self._name, self._address, failure.do) from failure
        if self._clock.now_s() >= self._due_s:
            do = "see why it takes so long, or raise security.timeout_s, then press START again"
            why = f"no answer within {self._config.timeout_s:g} s (security.timeout_s)"
            raise NoKey(why, self._name, self._address, do)
        return None

    def close(self) -> None:
        """Give it up if it is still at work."""
        self._talk.close()
