"""The charger test, with a person: ask for the consumer, see it, watch it, ask for its end, judge.

    asked     "Switch the low beam on": the step is found by itself, nobody presses anything
    watched   until the charger has shown what it does: 20 s of a good one, up to a minute of a doubtful one
    asked     "Switch the low beam off again", and a short look at the recovery

CANCEL ends it as any wait before the work; START, pressed briefly, skips it.  Nobody is left with the consumer on: who
skips it while it is seen on is asked to switch it off, who cancels is told to.  A test that was passed is not asked for
again while this process lives and the plug stays in; a skip and a test without result are in the report, and leave the
decision to the forecast, whose outlook takes no slope from the test.  What the supply's answer means is
`power.charger_test`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from appliance.clock import Clock
from appliance.engine.narrator import Narrator
from appliance.engine.runner import Runner
from appliance.errors import RefusedError
from appliance.events import Asked, ChargerTested, Noted, Phase, PhaseEntered
from appliance.power.charger_rules import ChargerTestRules
from appliance.power.charger_test import ChargerTest, ChargerVerdict, judge_load, unseen
from appliance.power.consumer import Load, back_after_s, load_since, off_since
from appliance.power.limits import Limits

SEE_S = 120.0  # somebody has to walk around the car; then nobody is there
OFF_S = 30.0  # to switch it off: the result is known by then
RECOVERY_S = 15.0  # looked at after that
SHUT_S = 6.0  # a gate shut for longer, with no consumer seen, is not the consumer's doing

ON = "Switch the low beam on."
OFF = "Switch the low beam off again."
WHY_ON = "The charger must show that it carries it, as it must carry programming. To skip the test, press START."
WHY_OFF = "The charger test is over."
CANCELLED = "switch the low beam off again, if it is on"
STRONGER = "switch the low beam off, connect a charger that carries it without the voltage falling, then press START"
SWITCHED_OFF = ChargerTest(ChargerVerdict.OFF, "switched off in the configuration (power.charger_test)")
SKIPPED = ChargerTest(ChargerVerdict.SKIPPED, "skipped by the technician with START")


class ChargerCheck:
    """Carries out one charger test, or knows why there is none to carry out.

    Args:
        clock: The appliance's.
        limits: Of the gate; they say whether the test is wanted, and what the consumer takes.
        runner: Whose gate and foresight see the supply.
        narrator: Told what is asked, and what came of it.
        wait: One slice of waiting; whether START was pressed in it.  Raises `RefusedError` on CANCEL.
    """

    def __init__(
        self, clock: Clock, limits: Limits, runner: Runner, narrator: Narrator, wait: Callable[[], bool]
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._rules = ChargerTestRules(consumer_a=limits.consumer_a)
        self._runner = runner
        self._foresight = runner.foresight
        self._tell = narrator.tell
        self._wait = wait

    def require(self) -> bool:
        """Test the charger if it has not been; whether that came to an end.

        Returns:
            False: the supply became unfit before a consumer was seen, and the test must begin anew.

        Raises:
            RefusedError: the charger does not carry the consumer, or the technician cancelled.
        """
        test = self._known() or self._tested()
        if test is None:
            return False
        figures = (test.sag_v, test.source_ohm, test.fall_v_per_min, test.recovery_s)
        self._tell(ChargerTested(test.verdict.value, test.words, *figures))
        match test.verdict:
            case ChargerVerdict.REFUSED:
                raise RefusedError(f"the charger test was not passed: {test.words}", do=STRONGER)
            case ChargerVerdict.INCONCLUSIVE | ChargerVerdict.SKIPPED:
                self._tell(Noted(f"charger test {test.verdict.value}: {test.words}", attention=True))
            case _:
                pass
        return True

    def _known(self) -> ChargerTest | None:
        """What needs no test; None: there is to be one."""
        if not self._limits.charger_test:
            return SWITCHED_OFF
        passed = self._foresight.charger_passed
        return replace(passed, words=f"earlier in this session: {passed.words}") if passed else None

    def _tested(self) -> ChargerTest | None:
        test = self._on()
        self._tell(Asked(""))
        if test is not None and test.verdict is ChargerVerdict.PASSED:
            self._foresight.charger_passed = test
        return test

    # -- the consumer on

    def _on(self) -> ChargerTest | None:
        asked_s = open_s = self._clock.now_s()
        self._ask(ON, WHY_ON, "the low beam")
        while self._clock.now_s() - asked_s <= SEE_S:
            if self._lit():
                return SKIPPED
            load = self._load(asked_s)
            if load is not None:
                return self._seen(asked_s, load)
            open_s = self._clock.now_s() if self._runner.gate.is_open else open_s
            if self._clock.now_s() - open_s > SHUT_S:
                return None
        return unseen(self._rules)

    def _seen(self, asked_s: float, load: Load) -> ChargerTest:
        self._foresight.consumer_on(load.on_s)
        try:
            return self._watched(asked_s, load)
        finally:
            self._foresight.consumer_off(self._clock.now_s())

    def _watched(self, asked_s: float, load: Load) -> ChargerTest:
        self._tell(Asked(""))
        what = "The low beam is on, and the charger is being watched."
        self._tell(PhaseEntered(Phase.CHECKING, what, "what the charger does", "Leave the low beam on."))
        seen_s = self._clock.now_s()
        while True:
            test = judge_load(load, self._limits, self._rules)
            if test is not None:
                return self._off(test, load)
            if self._lit():
                return self._off(SKIPPED, load)
            now = self._load(asked_s)
            if now is None or self._clock.now_s() - seen_s > 2 * self._rules.most_s:
                words = "the low beam did not stay on for long enough, or something else was switched meanwhile"
                return replace(unseen(self._rules), verdict=ChargerVerdict.INCONCLUSIVE, words=words)
            load = now

    def _load(self, asked_s: float) -> Load | None:
        return load_since(self._foresight.history, asked_s, self._rules)

    # -- and off again

    def _off(self, test: ChargerTest, load: Load) -> ChargerTest:
        asked_s = self._clock.now_s()
        self._ask(OFF, WHY_OFF, "the low beam being off")
        off_s = None
        while off_s is None and self._clock.now_s() - asked_s <= OFF_S and not self._lit():
            off_s = off_since(self._foresight.history, asked_s, self._rules)
        if off_s is None:
            return test
        self._foresight.consumer_off(off_s)
        self._tell(Asked(""))
        if test.verdict is ChargerVerdict.SKIPPED:
            return test
        back_s = back_after_s(self._foresight.history, off_s, load.before_v, self._rules)
        while back_s is None and self._clock.now_s() - off_s <= RECOVERY_S and not self._wait():
            back_s = back_after_s(self._foresight.history, off_s, load.before_v, self._rules)
        return replace(test, recovery_s=back_s)

    def _lit(self) -> bool:
        """One slice of waiting while the consumer may be on; whether START was pressed in it."""
        try:
            return self._wait()
        except RefusedError as cancelled:
            raise RefusedError(cancelled.what, do=CANCELLED) from cancelled

    def _ask(self, what: str, why: str, waits_for: str) -> None:
        self._tell(PhaseEntered(Phase.CHECKING, "The charger is being tested.", waits_for, what))
        self._tell(Asked(what, why))
