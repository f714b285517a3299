"""What goes wrong around the machine."""

from __future__ import annotations


class MachineError(Exception):
    """The machine, or something in it, did not do what it should."""


class NotPossible(Exception):
    """The virtual machine cannot be run here; the message says what is missing and how to get it."""
