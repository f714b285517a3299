"""Bugs in whose turn it is, where several control units are programmed at the same time."""

from __future__ import annotations

from mutants.mutant import Law, Mutant

_TURNS = "appliance/campaign/turns.py"
_WAITING = "appliance/engine/waiting.py"
_TEST_TURNS = ("tests/campaign/test_turns.py",)
_TEST_LANES = ("tests/engine/test_turns_of_lanes.py",)

TURNS = (
    Mutant(
        "two-critical-at-once",
        Law.ERASE,
        _TURNS,
        "            if len(working) >= self.max_open or taken:\n",
        "            if len(working) >= self.max_open:\n",
        "A supply that gives in takes two control units at once without which the car does not drive.",
        _TEST_TURNS,
    ),
    Mutant(
        "more-open-than-allowed",
        Law.ERASE,
        _TURNS,
        "            if len(working) >= self.max_open or taken:\n",
        "            if taken:\n",
        "Everything that is behind is erased at the same time, whatever the campaign's author allows.",
        _TEST_TURNS,
    ),
    Mutant(
        "begins-after-a-failure",
        Law.ERASE,
        _WAITING,
        "        return [one for one in self._left if one.opened or not failed]\n",
        "        return list(self._left)\n",
        "One control unit after the other is erased in a car in which one has failed already.",
        _TEST_LANES,
    ),
    Mutant(
        "half-programmed-is-left",
        Law.ERASE,
        _WAITING,
        "        return [one for one in self._left if one.opened or not failed]\n",
        "        return [] if failed else list(self._left)\n",
        "A control unit stays in its bootloader because another one has failed.",
        _TEST_LANES,
    ),
)
