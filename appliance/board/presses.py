"""What a person means by pressing a button.

    START   down for less than 3 s, then let go    START
    START   down for 3 to 5 s, then let go         CHOOSE
    START   down for 5 s                           SHUTDOWN, once, while still down
    CANCEL  down for 3 s                           CANCEL, once, while still down
    both    down for 5 s                           RELEASE, once, while still down; CANCEL came at 3 s

A level counts once it has lasted 30 ms.  A button that is down when we begin to look
(stuck, or leant on) means nothing until it has been up.  START alone means nothing while CANCEL is down.

CHOOSE means something only while one of several campaigns is being chosen: START steps through them, and one step too
many must begin nothing.

RELEASE needs both hands, because it lets the appliance write again after it has died twice; START held alone switches
off, always, and must not begin anything.

Pure: the caller brings levels and the time.
"""

from __future__ import annotations

from appliance.engine.ports import Command

DEBOUNCE_S = 0.03  # tactile switches bounce for 5 to 10 ms (from memory)
SHORT_S = 3.0
SHUTDOWN_S = 5.0
CANCEL_S = 3.0
RELEASE_S = 5.0


class _Button:
    """One debounced button."""

    def __init__(self) -> None:
        self.down_since_s: float | None = None  # None: up, or never seen up
        self._seen_up = False
        self._raw: bool | None = None
        self._raw_since_s = 0.0

    def held_s(self, now_s: float) -> float:
        """How long it has been down; 0 when it is up."""
        return 0.0 if self.down_since_s is None else now_s - self.down_since_s

    def see(self, now_s: float, pressed: bool) -> float | None:
        """Take in a level; gives how long it had been down if this is its release, else None."""
        if pressed != self._raw:
            self._raw, self._raw_since_s = pressed, now_s
        if now_s - self._raw_since_s < DEBOUNCE_S:
            return None
        if pressed:
            if self._seen_up and self.down_since_s is None:
                self.down_since_s = self._raw_since_s
            return None
        self._seen_up = True
        if self.down_since_s is None:
            return None
        was_down_s = self._raw_since_s - self.down_since_s
        self.down_since_s = None
        return was_down_s


class Presses:
    """Levels in, commands out."""

    def __init__(self) -> None:
        self._start = _Button()
        self._cancel = _Button()
        self._start_spent = False  # this press has already meant something, or must not
        self._cancel_spent = False
        self._both_spent = False

    def see(self, now_s: float, start_pressed: bool, cancel_pressed: bool) -> tuple[Command, ...]:
        """The commands that these levels complete, usually none."""
        released_after_s = self._start.see(now_s, start_pressed)
        self._cancel.see(now_s, cancel_pressed)
        return (*self._cancelled(now_s), *self._started(now_s, released_after_s), *self._released(now_s))

    def _released(self, now_s: float) -> tuple[Command, ...]:
        both_s = min(self._start.held_s(now_s), self._cancel.held_s(now_s))
        if both_s < RELEASE_S:
            self._both_spent = self._both_spent and both_s > 0.0
            return ()
        if self._both_spent:
            return ()
        self._both_spent = True
        return (Command.RELEASE,)

    def _cancelled(self, now_s: float) -> tuple[Command, ...]:
        if self._cancel.down_since_s is None:
            self._cancel_spent = False
            return ()
        if self._cancel_spent or self._cancel.held_s(now_s) < CANCEL_S:
            return ()
        self._cancel_spent = True
        return (Command.CANCEL,)

    def _started(self, now_s: float, released_after_s: float | None) -> tuple[Command, ...]:
        if self._cancel.down_since_s is not None:
            self._start_spent = True
        if released_after_s is not None:
            spent, self._start_spent = self._start_spent, False
            return () if spent else (Command.START if released_after_s < SHORT_S else Command.CHOOSE,)
        if self._start.down_since_s is None:
            self._start_spent = self._cancel.down_since_s is not None
            return ()
        if self._start_spent or self._start.held_s(now_s) < SHUTDOWN_S:
            return ()
        self._start_spent = True
        return (Command.SHUTDOWN,)
