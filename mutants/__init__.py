"""Deliberate bugs: does the suite notice them?  `make mutants`, `make mutants-generic`; results: docs/mutants.md.

A named mutant (`catalogue`) is a bug that somebody might really write, in one line, with the law it breaks and what it
would do to a car.  It is put into a copy of the checkout, and the tests have to fail.  A mutant that survives is a gap
in the tests; one whose line is gone "no longer applies", and whoever moved the line moves the mutant along.

    mutant.py      what a mutant is
    workplace.py   the copy it is put into
    trial.py       run the tests against it
    round.py       all of them, two at a time, as a table
    generic/       bugs nobody thought of: small changes to the syntax tree, a seeded sample of them
"""
