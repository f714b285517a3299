"""Tests that are run in the machine, by its own pytest; elsewhere they say that they are skipped."""
