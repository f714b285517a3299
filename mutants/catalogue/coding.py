"""Bugs in new coding and individual data: the base, which rules apply, what is given back and what is not."""

from __future__ import annotations

from mutants.mutant import Law, Mutant

_BYTES = "appliance/car/coding.py"
_CODE = "appliance/procedure/code.py"
_INDIVIDUAL = "appliance/procedure/individual.py"
_PROGRAM = "appliance/procedure/program.py"
_RULES = "appliance/campaign/recode.py"
_TEST_BYTES = ("tests/car/test_coding.py",)
_TEST_CODE = ("tests/procedure/test_recode.py",)
_TEST_INDIVIDUAL = ("tests/procedure/test_individual.py",)
_TEST_RULES = ("tests/campaign/test_recode.py",)

CODING = (
    Mutant(
        "bits-beside-the-mask",
        Law.TRUTH,
        _BYTES,
        "(new[change.byte] & ~change.mask) | (change.value & change.mask)",
        "change.value & change.mask",
        "A rule for one bit takes the other seven of its byte along.",
        _TEST_BYTES,
    ),
    Mutant(
        "new-coding-not-made",
        Law.TRUTH,
        _CODE,
        "        return recoded(kept.did, kept.data, job.changes)\n",
        "        return recoded(kept.did, kept.data, job.changes[:0])\n",
        "The plan promises new coding, and the car gets its old one.",
        _TEST_CODE,
    ),
    Mutant(
        "rule-does-not-fit-found-out-too-late",
        Law.VERIFY,
        _CODE,
        "    for kept in saved.values():\n        _as_it_is_to_be(job, kept)\n",
        "",
        "That a rule does not fit the coding data is noticed when the software is erased.",
        _TEST_CODE,
    ),
    Mutant(
        "coding-begun-not-marked",
        Law.JOURNAL,
        _CODE,
        "        yield Mark(CodingBegun(job.address, did))\n",
        "        _ = CodingBegun(job.address, did)\n",
        "After a failure what was written half is read, saved and changed as if it were the car's own coding.",
        _TEST_CODE,
    ),
    Mutant(
        "coding-begun-forgotten",
        Law.RESTORED,
        "appliance/engine/journal.py",
        "isinstance(fact, DatablockBegun | CodingBegun | LevelBegun)",
        "isinstance(fact, DatablockBegun | LevelBegun)",
        "A control unit that was only coded, badly, is begun again from what it holds by now.",
        ("tests/engine/test_recoded.py::test_what_was_saved_stays_the_base_whatever_it_holds_by_now",),
    ),
    Mutant(
        "half-coded-called-untouched",
        Law.TRUTH,
        "appliance/engine/unit_verdict.py",
        '        return "half-coded"\n',
        '        return "untouched"\n',
        "The report calls a control unit untouched whose coding was begun and never read back.",
        ("tests/engine/test_recoded.py::test_a_cancel_in_the_middle_of_coding_says_so_and_start_goes_on",),
    ),
    Mutant(
        "either-of-the-order-will-do",
        Law.CLOSED,
        _RULES,
        "elements.issuperset(rule.with_) and elements.isdisjoint(rule.without)",
        "elements.issuperset(rule.with_) or elements.isdisjoint(rule.without)",
        "A car is coded for equipment that it does not have.",
        _TEST_RULES,
    ),
    Mutant(
        "coding-guessed-without-an-order",
        Law.CLOSED,
        _RULES,
        "    if order is None and asks_for_order(unit):\n",
        "    if order is None and not unit.recode:\n",
        "A car whose order cannot be read is coded as if it had no equipment at all.",
        _TEST_RULES,
    ),
    Mutant(
        "rules-that-contradict-each-other",
        Law.VERIFY,
        _RULES,
        "    if found := contradiction(changes):\n",
        "    if found := contradiction(changes[:1]):\n",
        "Of two rules that contradict each other whichever comes last in the file codes the car.",
        _TEST_RULES,
    ),
    Mutant(
        "coded-only-if-programmed",
        Law.TRUTH,
        "appliance/campaign/plan.py",
        "    if changes:\n",
        "    if changes and not unit.datablocks:\n",
        "A control unit that had its software already never gets the coding that belongs to it.",
        _TEST_RULES,
    ),
    Mutant(
        "coding-left-out-by-the-chosen-campaign",
        Law.TRUTH,
        "appliance/campaign/reach.py",
        "    if not includes(mine.changes if mine else (), unit.changes):\n        return False\n",
        "",
        "A campaign is called carried out by another one's programming that leaves out its coding.",
        _TEST_RULES,
    ),
    Mutant(
        "individual-data-read-after-the-erase",
        Law.RESTORED,
        _INDIVIDUAL,
        "    if not due or may_be_lost(job, facts):\n",
        "    if not due:\n",
        "A resume saves the empty values of an erased control unit as what it had learned.",
        _TEST_INDIVIDUAL,
    ),
    Mutant(
        "individual-data-not-given-back",
        Law.RESTORED,
        _PROGRAM,
        "        yield from restore_individual(job, individual, facts)\n",
        "        yield from restore_individual(job, (), facts)\n",
        "The engine idles badly for a week, because the control unit has forgotten what it had learned.",
        _TEST_INDIVIDUAL,
    ),
    Mutant(
        "individual-data-not-read-back",
        Law.TRUTH,
        _INDIVIDUAL,
        '"read individual data back")) != kept.data:\n',
        '"read individual data back")) is None:\n',
        "Learned values that a control unit did not take are reported as given back.",
        _TEST_INDIVIDUAL,
    ),
    Mutant(
        "coding-waits-for-individual-data",
        Law.RESTORED,
        _PROGRAM,
        "    except IndividualFailed as failed:\n        failure = failed\n",
        "    except IndividualFailed as failed:\n        raise failed\n",
        "Because of a learned value that cannot be written the control unit stays without its coding.",
        _TEST_INDIVIDUAL,
    ),
    Mutant(
        "older-coding-for-a-stuck-control-unit",
        Law.RESTORED,
        "appliance/engine/lineage.py",
        "    elif isinstance(fact, CodingRestored) and fact.data:\n",
        "    elif isinstance(fact, CodingRestored) and not fact.data:\n",
        "A recovered control unit gets the coding from before it was coded anew.",
        ("tests/engine/test_lineage.py",),
    ),
)
