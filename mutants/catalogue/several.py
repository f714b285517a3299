"""Bugs where a cache holds several campaigns: what is chosen, what contradicts, what is invoiced."""

from __future__ import annotations

from mutants.mutant import Law, Mutant

_TOGETHER = "appliance/campaign/together.py"
_CLAIM = "appliance/campaign/claim.py"
_CHOOSING = "appliance/engine/choosing.py"
_TEST_TOGETHER = ("tests/campaign/test_together.py",)
_TEST_BESIDE = ("tests/campaign/test_claim_beside.py",)
_TEST_SEVERAL = ("tests/engine/test_several_campaigns.py",)

SEVERAL = (
    Mutant(
        "contradiction-ignored",
        Law.VERIFY,
        "appliance/campaign/disagreement.py",
        "    if found:\n",
        "    if len(found) > len(due):\n",
        "Of two campaigns that contradict each other, one is carried out over the other.",
        _TEST_TOGETHER,
    ),
    Mutant(
        "level-over-an-undone-campaign",
        Law.LEVEL,
        _TOGETHER,
        "    if not plan.raises_level or not undone or",
        "    if not plan.raises_level or undone or",
        "The level is written over a campaign that could not be carried out, and its own START calls it done.",
        _TEST_TOGETHER,
    ),
    Mutant(
        "programming-invoiced-twice",
        Law.TRUTH,
        _CLAIM,
        "    labour = None if unpaid or once else",
        "    labour = None if unpaid else",
        "Two campaigns of one visit are both paid for programming.",
        _TEST_BESIDE,
    ),
    Mutant(
        "closed-by-a-failure",
        Law.TRUTH,
        _CLAIM,
        "    if verdict is not Verdict.PROGRAMMED:\n        return f",
        "    if verdict is Verdict.REFUSED:\n        return f",
        "A campaign is closed by a programming that failed.",
        _TEST_BESIDE,
    ),
    Mutant(
        "a-look-begins",
        Law.CLOSED,
        _CHOOSING,
        "                if Command.CHOOSE in pressed:\n",
        "                if pressed:\n",
        "A short press that was to show the next campaign begins to program.",
        _TEST_SEVERAL,
    ),
    Mutant(
        "job-of-another-campaign-forgotten",
        Law.RESTORED,
        "appliance/engine/chosen_run.py",
        "        return tuple(dict.fromkeys((*super()._filed(plan), *self._ids)))\n",
        "        return super()._filed(plan)\n",
        "What one campaign saved of a control unit's coding is not given back when another one is chosen.",
        _TEST_SEVERAL,
    ),
)
