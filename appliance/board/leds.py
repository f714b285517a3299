"""Four LEDs: what they say, and in which rhythm.

    phase        POWER      BUSY        ATTENTION     FAULT         tells
    -----------  ---------  ----------  ------------  ------------  ----------------------------------
    READY        slow       off         off           off           waiting for START
    CHECKING     steady     even        off           off           reading the car; nothing is changed
      asks       steady     even        quick         off           switch on or off what the page names
    REFUSED      steady     off         long          off           will not begin; the page says why
    PROGRAMMING  steady     quick       off           off           do not unplug
    HELD         steady     steady      double flash  off           waits for the supply; do not unplug
      1 min on   steady     steady      double, fast  off           still waits: somebody is needed
      last 1/4   steady     steady      flicker       in turn       the car is given back soon
    RESUMING     steady     even        opposite      off           finishing what was cut off
    DONE         steady     off         off           off           may be unplugged
    FAILED       steady     off         off           triple flash  the page says what to do

No two lines share a rhythm, so the card can be read without telling the colours apart.  The lines of HELD are the
levels of `engine.alarm`.  Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.engine.alarm import AlarmLevel, alarm
from appliance.events import Phase
from appliance.status import Status


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A light that repeats: lit from each `on_s` to the `off_s` beside it, in each `period_s`."""

    words: str
    period_s: float
    lit: tuple[tuple[float, float], ...]

    def is_lit(self, now_s: float) -> bool:
        """Whether it is lit at that time."""
        at_s = now_s % self.period_s
        return any(on_s <= at_s < off_s for on_s, off_s in self.lit)


OFF = Rhythm("off", 1.0, ())
STEADY = Rhythm("steady", 1.0, ((0.0, 1.0),))
SLOW = Rhythm("slow blink", 2.0, ((0.0, 1.0),))
EVEN = Rhythm("even blink", 1.0, ((0.0, 0.5),))
OPPOSITE = Rhythm("in turn with BUSY", 1.0, ((0.5, 1.0),))
QUICK = Rhythm("quick blink", 0.4, ((0.0, 0.2),))
LONG = Rhythm("long on, short off", 2.0, ((0.0, 1.6),))
DOUBLE = Rhythm("fast double flash", 1.0, ((0.0, 0.1), (0.2, 0.3)))
DOUBLE_FAST = Rhythm("faster double flash", 0.5, ((0.0, 0.1), (0.2, 0.3)))
FLICKER = Rhythm("flicker", 0.2, ((0.0, 0.1),))
FLICKER_OPPOSITE = Rhythm("flicker in turn with ATTENTION", 0.2, ((0.1, 0.2),))
TRIPLE = Rhythm("fast triple flash", 1.6, ((0.0, 0.1), (0.2, 0.3), (0.4, 0.5)))


@dataclass(frozen=True, slots=True)
class Card:
    """One line of the LED card: the rhythm of each LED, and what it tells."""

    power: Rhythm
    busy: Rhythm
    attention: Rhythm
    fault: Rhythm
    tells: str


CARDS = {
    Phase.READY: Card(SLOW, OFF, OFF, OFF, "waiting for START"),
    Phase.CHECKING: Card(STEADY, EVEN, OFF, OFF, "reading the car; nothing is changed"),
    Phase.REFUSED: Card(STEADY, OFF, LONG, OFF, "will not begin; the page says why"),
    Phase.PROGRAMMING: Card(STEADY, QUICK, OFF, OFF, "do not unplug"),
    Phase.HELD: Card(STEADY, STEADY, DOUBLE, OFF, "waits for the supply; do not unplug"),
    Phase.RESUMING: Card(STEADY, EVEN, OPPOSITE, OFF, "finishing what was cut off; do not unplug"),
    Phase.DONE: Card(STEADY, OFF, OFF, OFF, "may be unplugged"),
    Phase.FAILED: Card(STEADY, OFF, OFF, TRIPLE, "the page says what to do, and what not to do"),
}

ASKED = Card(STEADY, EVEN, QUICK, OFF, "do what the page asks for at the car")
HELD_CARDS = {
    AlarmLevel.NOTICE: CARDS[Phase.HELD],
    AlarmLevel.WARNING: Card(STEADY, STEADY, DOUBLE_FAST, OFF, "still waits; look at the charger, do not unplug"),
    AlarmLevel.URGENT: Card(
        STEADY, STEADY, FLICKER, FLICKER_OPPOSITE, "gives the car back soon; help the charger now, do not unplug"
    ),
}
_WORDS = {
    AlarmLevel.NOTICE: "HELD",
    AlarmLevel.WARNING: "HELD for more than 1 min",
    AlarmLevel.URGENT: "HELD, last quarter of its time",
}


@dataclass(frozen=True, slots=True)
class Leds:
    """Which LEDs are lit."""

    power: bool
    busy: bool
    attention: bool
    fault: bool


def leds_for(status: Status, now_s: float) -> Leds:
    """Which LEDs this status lights at that time."""
    held = alarm(status, now_s)
    card = HELD_CARDS[held.level] if held else ASKED if status.asks else CARDS[status.phase]
    return Leds(
        card.power.is_lit(now_s), card.busy.is_lit(now_s), card.attention.is_lit(now_s), card.fault.is_lit(now_s)
    )


CALL = Rhythm("two beeps", 1.8, ((0.0, 0.2), (0.6, 0.8)))
BEEPS = Rhythm("three beeps", 1.8, ((0.0, 0.2), (0.6, 0.8), (1.2, 1.4)))
LONG_BEEP = Rhythm("one long beep", 1.8, ((0.0, 0.8),))
_SOUNDS = {Phase.HELD: BEEPS, Phase.REFUSED: BEEPS, Phase.FAILED: BEEPS, Phase.DONE: LONG_BEEP}
_AGAIN = {
    AlarmLevel.WARNING: Rhythm("three beeps every 30 s", 30.0, BEEPS.lit),
    AlarmLevel.URGENT: Rhythm("three beeps every 5 s", 5.0, BEEPS.lit),
}


def beeps(status: Status, since_s: float, now_s: float) -> bool:
    """Whether the buzzer sounds: somebody should look.

    Args:
        status: As now shown.
        since_s: Seconds since its phase was entered, or since it last asked for something else.
        now_s: On the clock of the status.
    """
    held = alarm(status, now_s)
    if held and held.level in _AGAIN:
        return _AGAIN[held.level].is_lit(held.held_s)
    sound = CALL if status.asks else _SOUNDS.get(status.phase)
    return sound is not None and since_s < sound.period_s and sound.is_lit(since_s)


def led_card() -> str:
    """The LED card of docs/hardware.md, as Markdown."""
    lines: list[tuple[str, Card]] = []
    for phase, card in CARDS.items():
        held = phase is Phase.HELD
        lines += [(_WORDS[level], one) for level, one in HELD_CARDS.items()] if held else [(phase.value, card)]
        lines += [(f"{phase.value}, something is asked", ASKED)] if phase is Phase.CHECKING else []
    rows = [
        f"| {words} | {c.power.words} | {c.busy.words} | {c.attention.words} | {c.fault.words} | {c.tells} |"
        for words, c in lines
    ]
    head = [
        "| Word | POWER (green) | BUSY (blue) | ATTENTION (yellow) | FAULT (red) | Tells |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows])
